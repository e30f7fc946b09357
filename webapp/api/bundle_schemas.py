"""The schemas of bundles compared, played and simulated."""

from marshmallow import fields

from webapp.api.schemas import Shown, nested, words


class SideSchema(Shown):
    """One of the bundles that are compared."""

    ref = fields.String(metadata={"description": "as in the address"})
    label = words()


class FactSchema(Shown):
    """An attribute that differs."""

    key = fields.String()
    label = words()
    before = words()
    after = words()


class ChangeSchema(Shown):
    """What happened to one thing."""

    part = fields.String(
        metadata={"description": "process, element, flow, form, table, guide or file"}
    )
    kind = fields.String(metadata={"description": "added, removed, changed or moved"})
    id = fields.String()
    was = fields.String(metadata={"description": "its id before, when that was another"})
    name = words()
    facts = nested(FactSchema, many=True)


class ComparisonSchema(Shown):
    """Everything that differs between two bundles of one item."""

    item = fields.String()
    old = nested(SideSchema)
    new = nested(SideSchema)
    same = fields.Boolean()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    gaps = fields.List(words(), metadata={"description": "what could not be compared, and why"})
    changes = nested(ChangeSchema, many=True)
