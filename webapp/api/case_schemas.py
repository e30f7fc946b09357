"""The schemas of cases, tasks, co-handling and documents."""

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from webapp.api.schemas import (
    ANSWERS,
    MaterialSchema,
    NamedSchema,
    Sent,
    Shown,
    WordsSchema,
    nested,
    text,
    words,
)

MAX_OPINION = 4000
MAX_POINTS = 200


class CaseRowSchema(Shown):
    """A case in a list."""

    number = fields.String()
    item = nested(NamedSchema)
    subject = fields.String()
    applicant = fields.String()
    status = fields.String()
    status_text = words()
    result = fields.String(allow_none=True)
    received_at = fields.DateTime()
    due_at = fields.DateTime(allow_none=True)
    closed_at = fields.DateTime(allow_none=True)


class DueSchema(Shown):
    """A due time that explains itself."""

    due_at = fields.DateTime(allow_none=True)
    explanation = words()
    left = words()
    provisional = fields.Boolean(
        metadata={"description": "the calendar of that year is not published yet"}
    )


class CaseLimitsSchema(Shown):
    """The limits of a case: the promised one binds, the statutory one stands behind it."""

    receipt = nested(DueSchema)
    promised = nested(DueSchema)
    statutory = nested(DueSchema)
    delivery = nested(DueSchema)


class StepStateSchema(Shown):
    """A step of the diagram, as far as the case has come with it."""

    element = fields.String()
    name = words()
    act = fields.String()
    state = fields.String(validate=OneOf(("done", "current", "todo")))
    department = words()
    at = fields.DateTime(allow_none=True)
    due_at = fields.DateTime(allow_none=True)


class DocumentSchema(Shown):
    """A document issued in a case."""

    id = fields.Integer()
    kind = fields.String()
    number = fields.String()
    title = words()
    issuer = nested(NamedSchema)
    issued_at = fields.DateTime()
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    verify_code = fields.String()


class PointSchema(Shown):
    """A point of a correction notice."""

    kind = fields.String()
    target = fields.String()
    label = words()
    reason = fields.String()


class CorrectionSchema(Shown):
    """A one-time correction notice."""

    asked_at = fields.DateTime()
    answered_at = fields.DateTime(allow_none=True)
    new_facts = fields.String(metadata={"description": "why there was a second notice"})
    lapse_at = fields.DateTime(allow_none=True)
    points = nested(PointSchema, many=True)


class CoHandlingRowSchema(Shown):
    """A department asked in a co-handling."""

    id = fields.Integer()
    element = fields.String()
    department = nested(NamedSchema)
    state = fields.String(validate=OneOf(("open", "answered", "skipped", "cancelled")))
    asked_at = fields.DateTime()
    due_at = fields.DateTime(allow_none=True)
    answered_at = fields.DateTime(allow_none=True)
    opinion = fields.String()
    urged_count = fields.Integer()
    urged_at = fields.DateTime(allow_none=True)


class CoHandlingSchema(CoHandlingRowSchema):
    """A department asked, as the lead's board shows it."""

    name = words()
    outcome = words(null=True)
    left = words()
    urgency = fields.String()
    no_reply = fields.String()
    people = fields.List(fields.String())
    tasks = fields.List(fields.String())


class CoHandlingListSchema(Shown):
    """The departments whose silence was taken as agreement."""

    rows = nested(CoHandlingRowSchema, many=True)


class OpenTaskSchema(Shown):
    """A task of the case that waits for somebody."""

    id = fields.String()
    element = fields.String()
    name = words()
    act = fields.String()
    due_at = fields.DateTime(allow_none=True)


class CaseSchema(CaseRowSchema):
    """A case with everything the asker may see of it."""

    version = fields.Integer()
    application_kind = fields.String(metadata={"description": "first, renewal, change, reissue"})
    licence = fields.String(allow_none=True, metadata={"description": "the licence it is about"})
    query_code = fields.String(allow_none=True, metadata={"description": "for its applicant"})
    accepted_at = fields.DateTime(allow_none=True)
    decided_at = fields.DateTime(allow_none=True)
    delivered_at = fields.DateTime(allow_none=True)
    suspended_at = fields.DateTime(allow_none=True)
    limits = nested(CaseLimitsSchema)
    whose_turn = words()
    applicants_turn = fields.Boolean()
    answers = fields.Dict(metadata={"description": ANSWERS})
    steps = nested(StepStateSchema, many=True)
    tasks = nested(OpenTaskSchema, many=True)
    materials = nested(MaterialSchema, many=True)
    documents = nested(DocumentSchema, many=True)
    corrections = nested(CorrectionSchema, many=True)
    cohandling = fields.List(
        fields.Nested(CoHandlingSchema),
        metadata={"description": "the lead's board; empty for the applicant"},
    )


class EventSchema(Shown):
    """Something that happened; staff see who did it and all its data."""

    seq = fields.Integer()
    type = fields.String()
    at = fields.DateTime()
    actor = fields.String(allow_none=True)
    department = nested(NamedSchema, null=True)
    data = fields.Dict()


class HistorySchema(Shown):
    """What happened in a case, oldest first."""

    rows = nested(EventSchema, many=True)


class LicenceStandingSchema(Shown):
    """The licence a document is about, as it stands today."""

    number = fields.String()
    state = fields.String()
    state_text = words()
    valid_to = fields.Date(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    replaced = fields.Boolean(metadata={"description": "a newer paper has taken its place"})


class VerifiedSchema(Shown):
    """A document that was issued here; a person's name is masked."""

    title = words()
    kind = fields.String()
    number = fields.String()
    issuer = nested(NamedSchema)
    issued_at = fields.DateTime()
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    holder = fields.String()
    case = fields.String(allow_none=True)
    verify_code = fields.String()
    licence = nested(LicenceStandingSchema, null=True)


# --- tasks ---


class SentPointSchema(Sent):
    """A point to be corrected: a question, a material, or something else."""

    kind = fields.String(required=True, validate=OneOf(("field", "material", "other")))
    target = text(100)
    reason = text(2000, least=1, needed=True)


class DoingSchema(Sent):
    """What somebody does with a task, or has typed so far."""

    outcome = text(60)
    # As JSON has it, its keys are texts.
    answers = fields.Dict(load_default=dict, metadata={"description": ANSWERS})
    opinion = text(MAX_OPINION)
    reasons = fields.List(
        fields.String(validate=Length(max=60)),
        load_default=list,
        validate=Length(max=MAX_POINTS),
        metadata={"description": "codes of the item's reasons for refusal"},
    )
    corrections = fields.List(
        fields.Nested(SentPointSchema), load_default=list, validate=Length(max=MAX_POINTS)
    )
    agency = text(200)
    new_facts = text(1000)


class CompletionSchema(DoingSchema):
    """The outcome of a task, with all that goes with it."""

    outcome = text(60, least=1, needed=True)


class OutcomeSchema(Shown):
    """A way to end a task."""

    code = fields.String()
    label = words()
    reasons_required = fields.Boolean()


class SignatureSchema(Shown):
    """A signature under the contents of a task that needs two persons."""

    name = fields.String()
    signed_at = fields.DateTime()


class TaskRowSchema(Shown):
    """A task in a list."""

    id = fields.String()
    case = fields.String()
    subject = fields.String()
    item = nested(NamedSchema)
    element = fields.String()
    name = words()
    act = fields.String()
    state = fields.String(validate=OneOf(("open", "completed", "cancelled")))
    department = nested(NamedSchema, null=True)
    role = fields.String()
    assignee = fields.String(allow_none=True)
    created_at = fields.DateTime()
    due_at = fields.DateTime(allow_none=True)
    completed_at = fields.DateTime(allow_none=True)
    outcome = fields.String(allow_none=True)


class PointRowSchema(Shown):
    """A point to be corrected, as it was typed."""

    kind = fields.String()
    target = fields.String()
    reason = fields.String()


class TypedSchema(Shown):
    """What was typed into a task so far."""

    outcome = fields.String()
    answers = fields.Dict()
    opinion = fields.String()
    corrections = nested(PointRowSchema, many=True)
    agency = fields.String()
    new_facts = fields.String()
    reasons = fields.List(fields.String())


class TaskSchema(TaskRowSchema):
    """A task with all that is needed to decide on it."""

    due = nested(DueSchema)
    help = words()
    opinion_rule = fields.String(validate=OneOf(("required", "optional", "none")))
    outcomes = nested(OutcomeSchema, many=True)
    form = fields.Dict(allow_none=True, metadata={"description": "JSON Schema of its answers"})
    draft = nested(TypedSchema)
    answers = fields.Dict(metadata={"description": ANSWERS})
    opinion = fields.String()
    hints = fields.List(
        fields.Nested(WordsSchema), metadata={"description": "what the law asks of this step"}
    )
    may = fields.List(fields.String(validate=OneOf(("claim", "release", "complete", "sign"))))
    why_not = words(null=True)
    persons = fields.Integer()
    signatures = nested(SignatureSchema, many=True)
    signatures_missing = fields.Integer()
    asked = nested(PointSchema, many=True)


class CompletedSchema(Shown):
    """What came of it: the case has moved on, or a further signature is needed."""

    task = nested(TaskRowSchema)
    case = nested(CaseRowSchema)
    signatures_missing = fields.Integer()
