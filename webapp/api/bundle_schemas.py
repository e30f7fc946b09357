"""The schemas of bundles compared, played and simulated."""

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from engine.playing import KINDS, MAX_MOVES
from engine.playing.moves import MAX_CODES
from webapp.api.schemas import Sent, Shown, nested, words


class ComparedSideSchema(Shown):
    """One of the bundles that are compared."""

    ref = fields.String(metadata={"description": "as in the address"})
    label = words()


class ChangedFactSchema(Shown):
    """An attribute that differs."""

    key = fields.String()
    label = words()
    before = words()
    after = words()


class BundleChangeSchema(Shown):
    """What happened to one thing."""

    part = fields.String(
        metadata={"description": "process, element, flow, form, table, guide or file"}
    )
    kind = fields.String(metadata={"description": "added, removed, changed or moved"})
    id = fields.String()
    was = fields.String(metadata={"description": "its id before, when that was another"})
    name = words()
    facts = nested(ChangedFactSchema, many=True)


class ComparisonSchema(Shown):
    """Everything that differs between two bundles of one item."""

    item = fields.String()
    old = nested(ComparedSideSchema)
    new = nested(ComparedSideSchema)
    same = fields.Boolean()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    gaps = fields.List(words(), metadata={"description": "what could not be compared, and why"})
    changes = nested(BundleChangeSchema, many=True)


# --- plays ---
class PlayPointSchema(Sent):
    """One point of a correction notice."""

    kind = fields.String(required=True, metadata={"description": "field, material or other"})
    target = fields.String(required=True)
    reason = fields.String(required=True)
    label_zh = fields.String(load_default="")
    label_en = fields.String(load_default="")


class PlayMoveSchema(Sent):
    """One move of a play; exactly one of complete, sign, message, signal and advance."""

    complete = fields.String(metadata={"description": "the element of an open task"})
    sign = fields.String(
        metadata={"description": "the same, signed by one of several people; the last completes"}
    )
    outcome = fields.String()
    for_ = fields.String(
        data_key="for", metadata={"description": "the branch, mostly a department"}
    )
    answers = fields.Dict()
    opinion = fields.String()
    corrections = fields.List(fields.Nested(PlayPointSchema), validate=Length(max=MAX_CODES))
    new_facts = fields.String()
    agency = fields.String()
    reasons = fields.List(fields.String(), validate=Length(max=MAX_CODES))
    materials = fields.List(
        fields.String(),
        validate=Length(max=MAX_CODES),
        metadata={"description": "codes of the materials that are there after a correction"},
    )
    message = fields.String()
    signal = fields.String()
    correlation = fields.Raw()
    data = fields.Dict()
    advance = fields.String(metadata={"description": "P1WD, PT4WH, P3D, PT30M…"})


class PlaySchema(Sent):
    """A play: when it begins, what the application says, and the moves so far."""

    began = fields.AwareDateTime(
        load_default=None, metadata={"description": "default: today, 9:00 in the city"}
    )
    kind = fields.String(load_default="first", validate=OneOf(tuple(KINDS)))
    answers = fields.Dict(load_default=dict)
    materials = fields.List(
        fields.String(),
        load_default=list,
        validate=Length(max=MAX_CODES),
        metadata={"description": "codes of the materials handed in with the application"},
    )
    moves = fields.List(
        fields.Nested(PlayMoveSchema), load_default=list, validate=Length(max=MAX_MOVES)
    )


class PlayDeadlineSchema(Shown):
    """Until when something is to be done, and why."""

    name = words()
    at = fields.DateTime(allow_none=True)
    why = words()


class PlayTodoSchema(Shown):
    """An open task of a play."""

    element = fields.String()
    name = words()
    department = fields.String(metadata={"description": "empty for the applicant"})
    role = fields.String()
    for_ = fields.String(data_key="for")
    opened_at = fields.DateTime()
    due = nested(PlayDeadlineSchema, null=True)
    outcomes = fields.List(fields.String())
    form = fields.String(allow_none=True)
    opinion = fields.String(metadata={"description": "required, optional or none"})
    persons = fields.Integer(metadata={"description": "how many must sign the same"})
    signatures = fields.Integer(metadata={"description": "how many have signed"})
    hints = fields.List(words(), metadata={"description": "what the law asks of the step"})


class PlayDoneSchema(Shown):
    """A step of a play that is done."""

    element = fields.String(attribute="step.element")
    department = fields.String(metadata={"description": "empty for the applicant"})
    outcome = fields.String()
    label = words()
    opinion = fields.String()
    at = fields.DateTime()


class PlayLackingSchema(Shown):
    """What the inbox or the portal would have refused in a move that was made."""

    number = fields.Integer(metadata={"description": "the move, from 1; 0: the application"})
    field = fields.String()
    text = words()


class PlayAwaitedSchema(Shown):
    """Something a play waits for: a timer, message or signal."""

    kind = fields.String()
    element = fields.String()
    name = fields.String()
    key = fields.String(allow_none=True)
    at = fields.DateTime(allow_none=True)


class PlayNoticeSchema(Shown):
    """A notice that would go out."""

    at = fields.DateTime()
    to = words()
    title = words()
    body = words()


class PlaySceneSchema(Shown):
    """A play as it stands after its last move."""

    now = fields.DateTime()
    completed = fields.Boolean()
    fault = words(null=True)
    todos = nested(PlayTodoSchema, many=True)
    awaited = nested(PlayAwaitedSchema, many=True)
    deadlines = nested(PlayDeadlineSchema, many=True)
    notices = nested(PlayNoticeSchema, many=True)
    done = fields.List(fields.String())
    steps_done = nested(PlayDoneSchema, many=True)
    lacking = nested(PlayLackingSchema, many=True)


# --- simulations ---
class WhatIfSchema(Sent):
    """The numbers of a simulation; what is left out is taken from past cases and people."""

    arrivals = fields.Float(load_default=None, allow_none=True)
    days = fields.Integer(load_default=250)
    replications = fields.Integer(load_default=5)
    seed = fields.Integer(load_default=1)
    people = fields.Dict(
        keys=fields.String(), values=fields.Integer(), load_default=dict,
        metadata={"description": "by post, as department:role"},
    )  # fmt: skip
    work = fields.Dict(
        keys=fields.String(), values=fields.Float(), load_default=dict,
        metadata={"description": "office hours by element"},
    )  # fmt: skip


class SimulatedFigureSchema(Shown):
    """A number over all runs."""

    mean = fields.Float()
    least = fields.Float()
    most = fields.Float()


class SimulatedStepSchema(Shown):
    """A step: tasks, office hours until somebody began, share done late."""

    element = fields.String()
    tasks = nested(SimulatedFigureSchema)
    wait = nested(SimulatedFigureSchema)
    wait_p90 = nested(SimulatedFigureSchema)
    late = nested(SimulatedFigureSchema, null=True)


class SimulatedPostSchema(Shown):
    """A post: its people and the share of their time that is taken."""

    post = fields.String()
    people = fields.Integer()
    load_ = fields.Nested(SimulatedFigureSchema, data_key="load", attribute="load")


class SimulatedFaultSchema(Shown):
    """Cases that the diagram could not take on."""

    why = words()
    cases = fields.Integer()


class SimulatedSideSchema(Shown):
    """All runs of one bundle; durations in working days from receipt to decision."""

    ref = fields.String()
    label = words()
    runs = fields.Integer()
    kept = nested(SimulatedFigureSchema, null=True)
    median = nested(SimulatedFigureSchema, null=True)
    p90 = nested(SimulatedFigureSchema, null=True)
    received = nested(SimulatedFigureSchema)
    unfinished = nested(SimulatedFigureSchema)
    steps = nested(SimulatedStepSchema, many=True)
    posts = nested(SimulatedPostSchema, many=True)
    faults = nested(SimulatedFaultSchema, many=True)


class SimulatedSchema(Shown):
    """A bundle beside the running version."""

    past_cases = fields.Integer()
    seed = fields.Integer()
    sides = nested(SimulatedSideSchema, many=True)


# --- time budgets ---
class BudgetShareSchema(Shown):
    """What one activity on the longest way takes."""

    element = fields.String()
    name = words()
    limit = words()
    takes = fields.Float(metadata={"description": "in the unit of the budget"})
    until = fields.Float(metadata={"description": "how much is used when it is done"})
    stopped = fields.Boolean(metadata={"description": "whether it stops the clock"})
    of = fields.String(metadata={"description": "item@version, where it is in another item"})


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
    reasons = fields.Dict(
        keys=fields.String(),
        values=words(),
        metadata={"description": "why calls of other items could not be counted, by element"},
    )


class BudgetsSchema(Shown):
    """The time budget of a bundle: one for each limit of the item."""

    item = fields.String()
    of = nested(ComparedSideSchema)
    budgets = nested(BudgetSchema, many=True)
