"""The schemas of licences."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf

from engine.licences import ACTS, APPLICATIONS, GROUNDS, STATES
from engine.licences.judging import MAX_ARTICLE, MAX_WORDS
from webapp.api.case_schemas import DocumentSchema, EventSchema
from webapp.api.schemas import NamedSchema, Sent, Shown, nested, text, words


class LicencesQuery(Schema):
    """What licences to list; an applicant sees the own ones only."""

    text = fields.String(load_default="", validate=Length(max=200))
    state = fields.String(load_default="", validate=OneOf(("", *STATES)))
    item = fields.String(load_default="", validate=Length(max=60))
    at = fields.String(
        load_default="",
        validate=Length(max=500),
        metadata={"description": "``next`` or ``previous`` of another page; none: the first"},
    )


class OfferSchema(Shown):
    """What can be applied for on a licence: now or not, until when or why not."""

    kind = fields.String(validate=OneOf(tuple(APPLICATIONS)))
    name = words()
    open = fields.Boolean()
    said = words()
    article = words()
    item = fields.String()


class LicenceRowSchema(Shown):
    """A licence in a list, as it stands today."""

    id = fields.Integer()
    number = fields.String()
    title = words()
    item = fields.String()
    department = nested(NamedSchema)
    holder = fields.String()
    holder_id = fields.String()
    state = fields.String(validate=OneOf(tuple(STATES)))
    state_text = words()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)


class RenewalWindowSchema(Shown):
    """From when and until when a renewal may be applied for."""

    opens_on = fields.Date(allow_none=True)
    until_on = fields.Date()
    provisional = fields.Boolean()
    article = words()
    silence = fields.String(validate=OneOf(("wait", "renewed")))


class EndingNoticeSchema(Shown):
    """What the holder was told is to be decided: until when to answer, the hearing, what next."""

    act = fields.String(validate=OneOf(tuple(ACTS)))
    ground = fields.String(validate=OneOf(tuple(GROUNDS)))
    article = fields.String()
    reason = fields.String()
    number = fields.String()
    told_at = fields.DateTime()
    answer_by = fields.DateTime()
    stated_at = fields.DateTime(allow_none=True)
    hearing_asked_at = fields.DateTime(allow_none=True)
    hearing_at = fields.DateTime(allow_none=True)
    hearing_place = fields.String()
    hearing_chair = fields.String()
    heard_at = fields.DateTime(allow_none=True)
    statements = fields.List(fields.String())
    #: why nothing can be decided yet; null when it can
    waiting_for = words(null=True)


class LicenceSchema(LicenceRowSchema):
    """A licence with everything the asker may see of it."""

    edition = fields.Integer()
    issued_at = fields.DateTime()
    case = fields.String()
    ended_on = fields.Date(allow_none=True)
    ended_as = fields.String(allow_none=True)
    ground = fields.String(allow_none=True)
    begin_by = fields.Date(allow_none=True)
    begun_on = fields.Date(allow_none=True)
    renewal = nested(RenewalWindowSchema, null=True)
    offers = nested(OfferSchema, many=True)
    documents = nested(DocumentSchema, many=True)
    acts = fields.List(
        fields.String(validate=OneOf(tuple(ACTS))),
        metadata={"description": "what the asker may decide on it now"},
    )
    ending_notice = nested(EndingNoticeSchema, null=True)


class LicenceListSchema(Shown):
    """One page of licences, the latest first."""

    rows = nested(LicenceRowSchema, many=True)
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class LicenceHistorySchema(Shown):
    """What happened to a licence, oldest first."""

    rows = nested(EventSchema, many=True)


class ApplyingSchema(Sent):
    """What is applied for on a licence."""

    kind = fields.String(required=True, validate=OneOf(tuple(APPLICATIONS)))


class EndingSchema(Sent):
    """An act that ends a licence or registers its end; each act has grounds of its own."""

    act = fields.String(required=True, validate=OneOf(tuple(ACTS)))
    ground = fields.String(required=True, validate=OneOf(tuple(GROUNDS)))
    reason = text(MAX_WORDS, least=1, needed=True)
    article = text(MAX_ARTICLE)
    compensation = text(MAX_WORDS)
    considered = text(MAX_WORDS)


class StatementSchema(Sent):
    """What the holder says to what was told."""

    statement = text(MAX_WORDS, least=1, needed=True)


class SittingSchema(Sent):
    """When and where a hearing is, and who presides."""

    hearing_at = fields.AwareDateTime(required=True, attribute="at")
    hearing_place = fields.String(required=True, validate=Length(1, 200), attribute="place")
    hearing_chair = fields.String(required=True, validate=Length(1, 60), attribute="chair")


class MinutesSchema(Sent):
    """What was put on record of a hearing."""

    minutes = fields.String(required=True, validate=Length(1, MAX_WORDS), attribute="text")
    minutes_signed = fields.Boolean(required=True, attribute="signed")
    held_in_public = fields.Boolean(required=True, attribute="in_public")


class DroppingSchema(Sent):
    """Why what was announced is not decided."""

    drop_reason = text(MAX_WORDS, least=1, needed=True)


class BegunSchema(Sent):
    """The day on which works began."""

    begun_on = fields.Date(required=True)


class MoreTimeSchema(Sent):
    """More time to begin, in months, and why."""

    months = fields.Integer(required=True)
    reason = text(MAX_WORDS, least=1, needed=True)
