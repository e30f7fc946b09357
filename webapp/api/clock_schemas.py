"""The schemas of the clock: limits, stops, suspensions, the extension, withdrawal, calendars."""

from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from webapp.api.case_schemas import DueSchema
from webapp.api.schemas import Sent, Shown, nested, text, words

MAX_REASON = 1000
MAX_DAYS = 366


class HandSchema(Shown):
    """A limit that runs: of the case, of a step, or of a co-handler."""

    code = fields.String(
        validate=OneOf(("receipt", "promised", "statutory", "delivery", "step", "cohandling"))
    )
    name = words()
    whose = words()
    due_at = fields.DateTime(allow_none=True, metadata={"description": "null: it stands still"})
    explanation = words()
    left = words()
    provisional = fields.Boolean()


class StopSchema(Shown):
    """A time that is not counted, or a suspension of the whole procedure."""

    id = fields.Integer()
    kind = fields.String(validate=OneOf(("stop", "suspension")))
    element = fields.String(allow_none=True, metadata={"description": "null: an act of the staff"})
    ground = fields.String()
    ground_text = words()
    state = fields.String(validate=OneOf(("asked", "refused", "running", "ended")))
    planned = fields.String(allow_none=True)
    reason = fields.String()
    asked_at = fields.DateTime()
    started_at = fields.DateTime(allow_none=True)
    planned_end_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
    end_reason = fields.String()
    notice = fields.String(metadata={"description": "number of the document to the applicant"})


class ExtensionSchema(Shown):
    """The one extension of the statutory limit."""

    limit = fields.String()
    reason = fields.String()
    approved_at = fields.DateTime()
    notice = fields.String()


class EmergencySchema(Shown):
    """That the applicant acted first, and applied within 24 hours or later."""

    acted_at = fields.DateTime()
    due_at = fields.DateTime()
    late = fields.Boolean()
    explanation = words()


class ClockSchema(Shown):
    """The clock of a case: every limit that runs and how it came about, and what moved it."""

    suspended_at = fields.DateTime(allow_none=True)
    deemed_accepted = fields.Boolean()
    limits = nested(HandSchema, many=True)
    stops = nested(StopSchema, many=True)
    extension = nested(ExtensionSchema, null=True)
    emergency = nested(EmergencySchema, null=True)
    statutory = nested(DueSchema)
    promised = nested(DueSchema)
    may_withdraw = fields.Boolean()


class AskStopSchema(Sent):
    """A stop asked for, on a lawful ground: a code of art. 45, or ``own:<article>``."""

    ground = text(80, least=1, needed=True)
    planned_days = fields.Integer(required=True, validate=Range(1, MAX_DAYS), strict=True)
    reason = text(MAX_REASON, least=2, needed=True)


class AskSuspensionSchema(Sent):
    """A suspension asked for: a dispute or a suit, and the item's article."""

    cause = fields.String(required=True, validate=OneOf(("dispute", "suit")))
    article = text(60, least=2, needed=True)
    reason = text(MAX_REASON, least=2, needed=True)


class ResumptionSchema(Sent):
    """Why."""

    reason = text(MAX_REASON, least=2, needed=True)


class AskExtensionSchema(Sent):
    """By how much the statutory limit is extended, in its own unit, and why."""

    days = fields.Integer(required=True, validate=Range(1, MAX_DAYS), strict=True)
    reason = text(MAX_REASON, least=2, needed=True)


class WithdrawalSchema(Sent):
    """A withdrawal, signed with the applicant's password or the case's query code."""

    password = text(200)
    query_code = text(20)
    reason = text(MAX_REASON)


# --- calendars ---


class CalendarDaySchema(Sent):
    """A day that differs from Monday to Friday."""

    date = fields.Date(required=True)
    workday = fields.Boolean(required=True)
    note = text(100)


class NoticeSchema(Sent):
    """A yearly notice: its days; none: the year as the software knows it."""

    year = fields.Integer(required=True, validate=Range(2000, 2099), strict=True)
    source = text(200)
    days = fields.List(
        fields.Nested(CalendarDaySchema), load_default=list, validate=Length(max=400)
    )


class MovedSchema(Shown):
    """A due time that moves."""

    case = fields.String()
    limit = fields.String(validate=OneOf(("statutory", "promised")))
    old = fields.DateTime(allow_none=True)
    new = fields.DateTime(allow_none=True)


class PreviewSchema(Shown):
    """What a notice would do; nothing is changed."""

    year = fields.Integer()
    replaces = fields.Boolean()
    days = fields.Integer()
    moved_count = fields.Integer()
    moved = fields.List(
        fields.Nested(MovedSchema), metadata={"description": "the first thousand of them"}
    )


class ImportSchema(Shown):
    """A notice that was put into force."""

    id = fields.Integer()
    year = fields.Integer()
    source = fields.String()
    days = fields.Integer()
    moved_count = fields.Integer()
    applied_at = fields.DateTime()
    undone_at = fields.DateTime(allow_none=True)


class YearSchema(Shown):
    """A year in force."""

    year = fields.Integer()
    loaded_at = fields.DateTime()


class CalendarsSchema(Shown):
    """The years in force, and all imports, the latest first."""

    years = nested(YearSchema, many=True)
    imports = nested(ImportSchema, many=True)
