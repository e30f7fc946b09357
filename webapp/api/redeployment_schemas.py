"""The schemas of versions in and out of service, and of running cases moved between them."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from webapp.api.schemas import Sent, Shown, nested, text, words

LONGEST_REASON = 500
MOST_PICKED = 1000
STATES = ("running", "paused", "cancelled", "done", "undoing", "undone")
FARED = ("waiting", "moved", "refused", "undone", "kept")
_NUMBER = Range(1, 2147483647)


class VersionsQuery(Schema):
    """Of which item; none: of all."""

    item = text(80)


class VersionSchema(Shown):
    """One deployed version of an item."""

    id = fields.Integer()
    item = fields.String()
    number = fields.Integer()
    title = words()
    state = fields.String(validate=OneOf(("active", "retired")))
    state_why = fields.String()
    current = fields.Boolean(metadata={"description": "new cases start on it"})
    deployed_at = fields.DateTime()
    effective_at = fields.DateTime(allow_none=True)
    note = fields.String()
    running = fields.Integer()
    total = fields.Integer()


class WhySchema(Sent):
    """The reason of an act."""

    why = text(LONGEST_REASON, least=1, needed=True)


class WaySchema(Sent):
    """From which version to which, and what becomes of elements that are named differently."""

    old = fields.Integer(required=True, validate=_NUMBER, strict=True)
    new = fields.Integer(required=True, validate=_NUMBER, strict=True)
    mapping = fields.Dict(
        keys=fields.String(validate=Length(max=200)),
        values=fields.String(validate=Length(max=200)),
        load_default=dict,
        validate=Length(max=500),
        metadata={"description": "old element: new element, where the ids differ"},
    )
    steps_anew = fields.Boolean(load_default=False)
    promise_anew = fields.Boolean(load_default=False)


class MoveSchema(WaySchema):
    """A move to be begun."""

    reason = text(LONGEST_REASON, least=1, needed=True)
    cases = fields.List(
        text(40),
        load_default=None,
        allow_none=True,
        validate=Length(max=MOST_PICKED),
        metadata={"description": "numbers of cases; none: all that can be moved"},
    )
    begins_at = fields.AwareDateTime(load_default=None, allow_none=True)


class FaultSchema(Shown):
    """Why cases stay: at which element, and the reason."""

    element = fields.String()
    why = words()


class DueChangeSchema(Shown):
    """A due time that changes: ``statutory``, ``promised`` or a step of the new version."""

    which = fields.String()
    old = fields.DateTime(allow_none=True)
    new = fields.DateTime(allow_none=True)


class GroupSchema(Shown):
    """Cases that stand at the same places, and what a move would do with them."""

    elements = fields.List(fields.String())
    suspended = fields.Boolean(
        metadata={"description": "they stay so: new limits and timers are counted when resumed"}
    )
    cases = fields.Integer()
    samples = fields.List(fields.String())
    movable = fields.Boolean()
    mixed = fields.Boolean()
    faults = nested(FaultSchema, many=True)
    due = nested(DueChangeSchema, many=True)
    timers_begun = fields.Dict(keys=fields.String(), values=fields.DateTime())
    timers_dropped = fields.List(fields.String())
    timers_kept = fields.Dict(
        keys=fields.String(),
        values=fields.DateTime(),
        metadata={"description": "drawn differently; those that wait keep these due times"},
    )


class ImpactSchema(Shown):
    """What a move would do; nothing is changed."""

    total = fields.Integer()
    movable = fields.Integer()
    staying = fields.Integer()
    untried = fields.Integer()
    at = fields.Dict(keys=fields.String(), values=fields.Integer())
    groups = nested(GroupSchema, many=True)


class RedeploymentSchema(Shown):
    """One move of running cases, and how far it is."""

    id = fields.Integer()
    item = fields.String()
    old = fields.Integer()
    new = fields.Integer()
    mapping = fields.Dict(keys=fields.String(), values=fields.String())
    choice = fields.String(validate=OneOf(("all", "picked")))
    steps_anew = fields.Boolean()
    promise_anew = fields.Boolean()
    reason = fields.String()
    state = fields.String(validate=OneOf(STATES))
    begins_at = fields.DateTime()
    created_at = fields.DateTime()
    ended_at = fields.DateTime(allow_none=True)
    counts = fields.Dict(keys=fields.String(validate=OneOf(FARED)), values=fields.Integer())


class SteeringSchema(Sent):
    """What to do with a move that is not over."""

    act = fields.String(required=True, validate=OneOf(("pause", "resume", "cancel")))


class FaredQuery(Schema):
    """Which cases of a move."""

    state = fields.String(load_default="moved", validate=OneOf(FARED))
    at = fields.String(load_default="", validate=Length(max=500))


class FaredSchema(Shown):
    """How one case fared."""

    case = fields.String()
    state = fields.String(validate=OneOf(FARED))
    element = fields.String()
    why = words()
    due = nested(DueChangeSchema, many=True)
    done_at = fields.DateTime(allow_none=True)
