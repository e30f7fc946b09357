"""What supervision takes and shows, as schemas: boards, letters, time, reminders."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf, Range

from engine import supervision
from reports import city, custody
from webapp.api.schemas import NamedSchema, Shown, nested, text, words
from webapp.api.schemas import Sent as SentIn

LEVELS = ("", *city.LEVELS)
LETTER_ACTS = ("reply", "close", "return")


class BoardQuery(Schema):
    """How to narrow the board."""

    department = text(40)
    item = text(80)
    period = fields.String(load_default=city.PERIODS[0], validate=OneOf(city.PERIODS))
    level = fields.String(load_default="", validate=OneOf(LEVELS))


class StandingSchema(Shown):
    """How cases stand; closed ones are those of the period."""

    in_progress = fields.Integer()
    near = fields.Integer()
    overdue = fields.Integer()
    closed = fields.Integer()
    closed_on_time = fields.Integer()
    yellow = fields.Integer()
    red = fields.Integer()


class BoardRowSchema(Shown):
    """One department or item."""

    code = fields.String()
    name = words()
    standing = nested(StandingSchema)


class BoardSchema(Shown):
    """The board at one moment."""

    total = nested(StandingSchema)
    departments = nested(BoardRowSchema, many=True)
    items = nested(BoardRowSchema, many=True)
    since = fields.DateTime()


class HeldSchema(Shown):
    """One holder of a case: hours add up to the case's."""

    kind = fields.String(validate=OneOf(tuple(custody.KIND_NAMES)))
    who = words()
    person = fields.String()
    step = words()
    hours = fields.Integer(metadata={"description": "whole working hours"})
    office_seconds = fields.Integer(metadata={"description": "time in office hours"})
    seconds = fields.Integer(metadata={"description": "time on the wall"})


class CustodySchema(Shown):
    """Who held a case, from its receipt until it closed or until now."""

    start = fields.DateTime()
    end = fields.DateTime()
    closed = fields.Boolean()
    hours = fields.Integer()
    office_seconds = fields.Integer()
    seconds = fields.Integer()
    rows = nested(HeldSchema, many=True)


class UsageQuery(Schema):
    """Which closed cases to look at."""

    days = fields.Integer(load_default=custody.PERIODS[0], validate=Range(min=1, max=366))
    department = text(40)
    item = text(80)


class UsedSchema(Shown):
    """Working hours in which a department or person held cases."""

    department = nested(NamedSchema, null=True)
    person = fields.String()
    cases = fields.Integer()
    waiting = fields.Float()
    working = fields.Float()


class UsageSchema(Shown):
    """How the time of the cases closed lately was used, in working hours."""

    cases = fields.Integer()
    cut = fields.Boolean(metadata={"description": "more were closed than are counted"})
    departments = nested(UsedSchema, many=True)
    persons = nested(UsedSchema, many=True)
    applicants = fields.Float()
    stopped = fields.Float()
    between_steps = fields.Float()


class ReminderSchema(SentIn):
    """A few words with a reminder."""

    text = text(200)


class StatedSchema(SentIn):
    """Words that go on the record."""

    reason = text(2000, least=1, needed=True)


class WritingSchema(SentIn):
    """A letter: about cards of the unit, about a case, or with a source about the unit as such."""

    kind = fields.String(required=True, validate=OneOf(tuple(supervision.LETTERS)))
    department = text(40, least=1, needed=True)
    role = text(40)
    subject = text(100, least=1, needed=True)
    findings = text(4000, least=1, needed=True)
    demands = text(4000, least=1, needed=True)
    reply_on = fields.Date(required=True)
    case = text(40)
    cards = fields.List(fields.Integer(validate=Range(min=1, max=2147483647)), load_default=list)
    source = fields.String(load_default="", validate=OneOf(("", *supervision.SOURCES)))


class LettersQuery(Schema):
    """Which letters to list."""

    kind = fields.String(load_default="", validate=OneOf(("", *supervision.LETTERS)))
    state = fields.String(load_default="", validate=OneOf(("", *supervision.LETTER_STATES)))
    department = text(40)
    at = text(200)


class LetterActSchema(SentIn):
    """What is done on a letter: its unit replies; a supervisor closes it or sends it back."""

    act = fields.String(required=True, validate=OneOf(LETTER_ACTS))
    text = text(4000, least=1, needed=True)


class ProofSchema(SentIn):
    """A breach that a supervisor proves in a case."""

    cause = fields.String(required=True, validate=OneOf(supervision.PROVEN))
    department = text(50, least=1, needed=True)
    happened_on = fields.Date(required=True)
    findings = text(2000, least=1, needed=True)


class ProvenSchema(Shown):
    """What came of a proven breach: the card, unless the rule is switched off."""

    number = fields.String(metadata={"description": "办件编号 number of the case"})
    card = fields.Integer(allow_none=True)


class LetterSchema(Shown):
    """A letter of supervision."""

    id = fields.Integer()
    kind = fields.String(validate=OneOf(tuple(supervision.LETTERS)))
    number = fields.String()
    case = fields.String(allow_none=True)
    source = fields.String(validate=OneOf(("", *supervision.SOURCES)))
    department = nested(NamedSchema, null=True)
    role = fields.String()
    issuer = nested(NamedSchema, null=True)
    subject = fields.String()
    findings = fields.List(fields.String())
    demands = fields.List(fields.String())
    cards = fields.List(fields.Integer())
    state = fields.String(validate=OneOf(tuple(supervision.LETTER_STATES)))
    issued_at = fields.DateTime()
    reply_by = fields.DateTime()
    replied_at = fields.DateTime(allow_none=True)
    closed_at = fields.DateTime(allow_none=True)


class LetterListSchema(Shown):
    """A page of letters, the latest first."""

    rows = nested(LetterSchema, many=True)
    next = fields.String(allow_none=True)


class RemindedSchema(Shown):
    """A case whose people were reminded, whose delay was explained or whose data are shown."""

    number = fields.String()
    done = fields.Boolean()
