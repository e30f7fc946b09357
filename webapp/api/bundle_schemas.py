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


class BudgetShareSchema(Shown):
    """What one activity on the longest way takes."""

    element = fields.String()
    name = words()
    limit = words()
    takes = fields.Float(metadata={"description": "in the unit of the budget"})
    until = fields.Float(metadata={"description": "how much is used when it is done"})
    stopped = fields.Boolean(metadata={"description": "whether it stops the clock"})


class BudgetWaySchema(Shown):
    """One way through the diagram."""

    total = fields.Float()
    elements = fields.List(fields.String())
    flows = fields.List(fields.String())
    shares = nested(BudgetShareSchema, many=True)


class BudgetSchema(Shown):
    """One limit of an item, and the longest way against it."""

    clock = fields.String(metadata={"description": "promised, statutory, receipt or delivery"})
    name = words()
    limit = fields.String()
    amount = fields.Float()
    unit = fields.String(metadata={"description": "wd, wh, d or min"})
    slack = fields.Float(metadata={"description": "negative: the way is too long"})
    broken = fields.Boolean(metadata={"description": "too long whenever a case begins"})
    tight = fields.Boolean(metadata={"description": "too long from some hours or weekdays on"})
    way = nested(BudgetWaySchema)
    again = nested(BudgetWaySchema, null=True)
    again_broken = fields.Boolean(metadata={"description": "too long after one way back"})
    remarks = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "what could not be counted, by element"},
    )


class BudgetsSchema(Shown):
    """The time budget of a bundle: one for each limit of the item."""

    item = fields.String()
    of = nested(SideSchema)
    budgets = nested(BudgetSchema, many=True)
