"""Questions, complaints and ratings as they go in and out."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from engine import voices
from webapp.api.schemas import NamedSchema, Sent, Shown, nested
from webapp.api.schemas import text as written

_LONG = voices.LONGEST


class MarksQuery(Schema):
    """Which page of a list that is turned by marks; its size is fixed."""

    at = fields.String(load_default="", validate=Length(max=500))


class QuestionsQuery(MarksQuery):
    """Which questions: one's own, or for staff those of their departments."""

    state = fields.String(load_default="open", validate=OneOf(tuple(voices.questions.STATES)))


class PublishedQuery(MarksQuery):
    """Which published questions."""

    item = written(60)
    q = written(80)


class AskingSchema(Sent):
    """What is asked: of an item, or of an own case by its number."""

    title = written(voices.questions.TITLE, least=1, needed=True)
    text = written(_LONG, least=1, needed=True)
    item = written(60)
    case = written(40)


class AnswerSchema(Sent):
    """An answer, a reason or a report in words; empty where the act needs none."""

    text = written(_LONG)


class PublicationSchema(Sent):
    """A question and its answer as everybody may read them."""

    title = written(voices.questions.TITLE, least=1, needed=True)
    text = written(_LONG, least=1, needed=True)
    answer = written(_LONG, least=1, needed=True)


class AskedQuestionSchema(Shown):
    """A question."""

    id = fields.Integer()
    number = fields.String()
    item = fields.String()
    case = fields.String(allow_none=True)
    department = nested(NamedSchema)
    title = fields.String()
    text = fields.String()
    state = fields.String(validate=OneOf(tuple(voices.questions.STATES)))
    asked_at = fields.DateTime()
    due_at = fields.DateTime()
    answer = fields.String()
    answered_at = fields.DateTime(allow_none=True)
    published_at = fields.DateTime(allow_none=True)


class PublishedSchema(Shown):
    """A published question."""

    item = fields.String()
    department = nested(NamedSchema)
    title = fields.String()
    text = fields.String()
    answer = fields.String()
    answered_at = fields.DateTime()


class FilingSchema(Sent):
    """A complaint by name: about an own case, an item or a department."""

    text = written(_LONG, least=1, needed=True)
    department = written(40)
    item = written(60)
    case = written(40)


class ComplaintsQuery(MarksQuery):
    """Which complaints."""

    state = fields.String(load_default="", validate=OneOf(("", *voices.complaints.STATES)))


class ComplaintSchema(Shown):
    """A complaint, as far as its reader may know it."""

    id = fields.Integer()
    number = fields.String()
    case = fields.String(allow_none=True)
    department = nested(NamedSchema)
    text = fields.String()
    state = fields.String(validate=OneOf(tuple(voices.complaints.STATES)))
    named = fields.Boolean()
    filed_at = fields.DateTime()
    due_at = fields.DateTime()
    answer = fields.String()
    answered_at = fields.DateTime(allow_none=True)
    answer_number = fields.String()


class RatingInSchema(Sent):
    """A rating: five levels, once a case."""

    level = fields.Integer(strict=True, required=True, validate=Range(1, 5))
    text = written(_LONG)
    named = fields.Boolean(load_default=True)


class RatingSchema(Shown):
    """A rating as its applicant sees it."""

    level = fields.Integer()
    text = fields.String()
    named = fields.Boolean()
    rated_at = fields.DateTime()
    state = fields.String()


class RatingsSchema(Shown):
    """How an item is rated; counts are given only when there are enough of them."""

    total = fields.Integer()
    shown = fields.Boolean()
    mean = fields.Float(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)


class RatingsQuery(MarksQuery):
    """Which bad ratings."""

    state = fields.String(load_default="", validate=OneOf(("", *voices.ratings.STATES)))


class BadRatingSchema(RatingSchema):
    """A bad rating by name, and what was done about it."""

    id = fields.Integer()
    case = fields.String()
    department = nested(NamedSchema)
    due_at = fields.DateTime(allow_none=True)
    contacted_at = fields.DateTime(allow_none=True)
    finding = fields.String()
    remedy = fields.String()
    called_at = fields.DateTime(allow_none=True)
    satisfied = fields.Boolean(allow_none=True)


class FindingSchema(Sent):
    """What was found, and what is put right until when."""

    finding = fields.String(required=True, validate=OneOf(tuple(voices.ratings.FINDINGS)))
    remedy = written(_LONG, least=1, needed=True)


class CallBackSchema(Sent):
    """Whether the applicant is satisfied now."""

    satisfied = fields.Boolean(required=True)
    note = written(_LONG, least=1, needed=True)
