"""The schemas of items: what the city offers, as it must be public."""

from marshmallow import fields

from webapp.api.schemas import NamedSchema, Shown, WordsSchema, nested, words


class LimitSchema(Shown):
    """A time limit: as the diagram writes it (``14wd``), and in words."""

    value = fields.String()
    text = words()


class BasisSchema(Shown):
    """A law or rule the item rests on."""

    title = words()
    articles = fields.String()
    text = words()


class QuantitySchema(Shown):
    """Whether the number of licences is limited."""

    limited = fields.Boolean()
    text = words()


class WantedSchema(Shown):
    """A material asked of the applicant."""

    code = fields.String()
    name = words()
    required = fields.Boolean()
    required_when = fields.String(
        allow_none=True, metadata={"description": "FEEL over the application's answers"}
    )
    types = fields.List(fields.String())
    max_mb = fields.Integer()
    copies = fields.Integer()
    source = fields.String()
    note = words()
    sample = words()


class FeeSchema(Shown):
    """Whether and on which basis a fee is charged."""

    charged = fields.Boolean()
    basis = words()
    standard = words()


class ResultSchema(Shown):
    """The document a grant ends in."""

    kind = fields.String()
    name = words()
    valid_years = fields.Integer(allow_none=True)


class PartSchema(Shown):
    """What one department decides in a joint item."""

    department = nested(NamedSchema)
    name = words()
    result = nested(ResultSchema)


class ReasonSchema(Shown):
    """A ground for refusal."""

    code = fields.String()
    text = words()
    article = fields.String()


class ContactSchema(Shown):
    """Where and when people can ask."""

    department = fields.String()
    place = words()
    hours = words()
    phone = fields.String()


class QuestionSchema(Shown):
    """A question people often ask."""

    question = words()
    answer = words()


class LimitsSchema(Shown):
    """The limits of the whole item."""

    statutory = nested(LimitSchema, null=True)
    promised = nested(LimitSchema, null=True)


class ElementsSchema(Shown):
    """The nine elements that must be public (行政许可法 30, 58)."""

    name = words()
    basis = nested(BasisSchema, many=True)
    conditions = nested(WordsSchema, many=True)
    quantity = nested(QuantitySchema)
    materials = nested(WantedSchema, many=True)
    procedure = words()
    limits = nested(LimitsSchema)
    fee_basis = words()
    fee_standard = words()


class ItemStepSchema(Shown):
    """A step of the procedure."""

    element = fields.String()
    name = words()
    act = fields.String()
    who = words()
    limit = nested(LimitSchema, null=True)
    help = words()


class ItemRowSchema(Shown):
    """An item in a list."""

    code = fields.String()
    title = words()
    short = words()
    theme = fields.String()
    kind = fields.String()
    department = nested(NamedSchema)
    version = fields.Integer()


class ItemSchema(ItemRowSchema):
    """Everything about an item, from its deployed version."""

    applicants = fields.List(fields.String())
    deployed_at = fields.DateTime()
    elements = nested(ElementsSchema)
    charged = fields.Boolean()
    steps = nested(ItemStepSchema, many=True)
    result = nested(ResultSchema)
    parts = nested(PartSchema, many=True)
    refusal_reasons = nested(ReasonSchema, many=True)
    remedies = words()
    contact = nested(ContactSchema, null=True)
    faq = nested(QuestionSchema, many=True)
    form = fields.Dict(metadata={"description": "JSON Schema of the application's answers"})
