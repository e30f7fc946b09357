"""Handlers for the clock of a case: its limits, stops, suspension, extension, withdrawal."""

from collections.abc import Callable
from typing import Any

from flask.views import MethodView

from engine import cases, clock, db
from engine.cases import emergencies, extending, stopping, suspending, withdrawing
from engine.permissions import Actor
from webapp import visitor
from webapp.api import shown
from webapp.api.case_schemas import CaseSchema
from webapp.api.clock_schemas import (
    AskExtensionSchema,
    AskStopSchema,
    AskSuspensionSchema,
    ClockSchema,
    ResumptionSchema,
    StopSchema,
    WithdrawalSchema,
)
from webapp.api.routes import ACTED, SENT, answers, route, takes
from webapp.doors import token_only

#: An act on a stop or suspension of this number.
ON_STOP = "/stops/<int(max=2147483647):stop_id>"
ON_SUSPENSION = "/suspensions/<int(max=2147483647):suspension_id>"


@route("/cases/<string:number>/clock", tag="clock")
@token_only
class CaseClock(MethodView):
    """The clock of a case."""

    @answers("办件的计时", ClockSchema, refused=(401, 404))
    def get(self, number: str) -> dict[str, Any]:
        """Show every limit that runs, how it came about, and what moved it."""
        actor = visitor.actor()
        return _clock(cases.find(number, actor), actor)


@route("/cases/<string:number>/stops", tag="clock")
@token_only
class Stops(MethodView):
    """Stops of the clock."""

    @answers("申请停止计时", StopSchema, status=201, refused=SENT)
    @takes(AskStopSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Ask the head to stop the clock on a lawful ground (lead department)."""
        asking = stopping.Asking(**sent)
        with db.transaction():
            case = cases.find(number, visitor.actor())
            row = stopping.ask_stop(case.id, asking, actor=visitor.actor(), now=clock.now())
            return _stop(row)


@route(f"{ON_STOP}/approval", tag="clock")
@token_only
class StopApproval(MethodView):
    """The head's yes to a stop."""

    @answers("批准停止计时", StopSchema, refused=ACTED)
    def post(self, stop_id: int) -> dict[str, Any]:
        """Approve a stop: the clock stands still, and the applicant gets the notice."""
        return _act(stopping.approve_stop, stop_id)


@route(f"{ON_STOP}/refusal", tag="clock")
@token_only
class StopRefusal(MethodView):
    """The head's no to a stop."""

    @answers("不批准停止计时", StopSchema, refused=ACTED)
    def post(self, stop_id: int) -> dict[str, Any]:
        """Refuse a stop that was asked for."""
        return _act(stopping.refuse_stop, stop_id)


@route(f"{ON_STOP}/end", tag="clock")
@token_only
class StopEnd(MethodView):
    """The end of a stop."""

    @answers("恢复计时", StopSchema, refused=ACTED)
    def post(self, stop_id: int) -> dict[str, Any]:
        """Let the clock go on before the planned end."""
        return _act(stopping.end_stop, stop_id)


@route("/cases/<string:number>/suspensions", tag="clock")
@token_only
class Suspensions(MethodView):
    """Suspensions of a case."""

    @answers("申请中止办理", StopSchema, status=201, refused=SENT)
    @takes(AskSuspensionSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Ask the head to suspend a case for a dispute or suit (lead department)."""
        asking = suspending.Asking(**sent)
        with db.transaction():
            case = cases.find(number, visitor.actor())
            row = suspending.ask(case.id, asking, actor=visitor.actor(), now=clock.now())
            return _stop(row)


@route(f"{ON_SUSPENSION}/approval", tag="clock")
@token_only
class SuspensionApproval(MethodView):
    """The head's yes to a suspension."""

    @answers("批准中止", StopSchema, refused=ACTED)
    def post(self, suspension_id: int) -> dict[str, Any]:
        """Suspend a case: nobody works on it, no limit runs; the applicant gets the notice."""
        return _act(suspending.approve, suspension_id)


@route(f"{ON_SUSPENSION}/refusal", tag="clock")
@token_only
class SuspensionRefusal(MethodView):
    """The head's no to a suspension."""

    @answers("不批准中止", StopSchema, refused=ACTED)
    def post(self, suspension_id: int) -> dict[str, Any]:
        """Refuse a suspension that was asked for."""
        return _act(suspending.refuse, suspension_id)


@route(f"{ON_SUSPENSION}/resumption", tag="clock")
@token_only
class Resumption(MethodView):
    """The end of a suspension."""

    @answers("恢复办理", StopSchema, refused=SENT)
    @takes(ResumptionSchema)
    def post(self, sent: dict[str, Any], suspension_id: int) -> dict[str, Any]:
        """Let a suspended case go on, with the reason; its due times are computed anew."""
        with db.transaction():
            actor, now = visitor.actor(), clock.now()
            return _stop(suspending.resume(suspension_id, sent["reason"], actor=actor, now=now))


@route("/cases/<string:number>/extension", tag="clock")
@token_only
class Extending(MethodView):
    """The extension of a limit."""

    @answers("批准延期", ClockSchema, status=201, refused=SENT)
    @takes(AskExtensionSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Extend the statutory limit, once, before it ends (the head)."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            case = cases.find(number, actor)
            extending.extend(case.id, sent["days"], sent["reason"], actor=actor, now=now)
            return _clock(case, actor)


@route("/cases/<string:number>/withdrawal", tag="clock")
@token_only
class Withdrawal(MethodView):
    """Taking an application back."""

    @answers("撤回申请", CaseSchema, refused=(*SENT, 429))
    @takes(WithdrawalSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Withdraw one's application before the decision, signed (the applicant)."""
        actor, now = visitor.actor(), clock.now()
        case_id = cases.find(number, actor).id
        proof = withdrawing.prove(case_id, withdrawing.Signed(**sent), actor=actor, now=now)
        with db.transaction():
            case = withdrawing.withdraw(proof, actor=actor, now=now)
            return shown.case(cases.file_of(case), actor, now)


def _act(act: Callable[..., Any], number: int) -> dict[str, Any]:
    with db.transaction():
        return _stop(act(number, actor=visitor.actor(), now=clock.now()))


def _clock(case: Any, actor: Actor) -> dict[str, Any]:
    now, facts = clock.now(), case.due_facts
    longer = extending.of_case(case)
    return {
        "suspended_at": case.suspended_at,
        "deemed_accepted": bool(facts.get("deemed")),
        "limits": [_hand(hand) for hand in cases.clockface.hands(case, actor)],
        "stops": [_stop(row) for row in stopping.of_case(case) if _may_see(row, actor)],
        "extension": longer
        and {
            "limit": longer.limit,
            "reason": longer.reason,
            "approved_at": longer.approved_at,
            "notice": longer.notice_number,
        },
        "emergency": _emergency(case),
        "statutory": shown.due(case.statutory_due_at, facts.get("statutory"), now),
        "promised": shown.due(case.promised_due_at, facts.get("promised"), now),
        "may_withdraw": withdrawing.why_not(case, actor) is None,
    }


def _may_see(row: Any, actor: Actor) -> bool:
    """Say whether a stop is for this person: what was only asked for is work inside the office."""
    return actor.kind == "staff" or row.state in ("running", "ended")


def _hand(hand: cases.clockface.Hand) -> dict[str, Any]:
    due = shown.due(hand.due_at, None, clock.now())
    keys = ("code", "name", "whose", "due_at", "provisional")
    found = {key: getattr(hand, key) for key in keys}
    return {**found, "explanation": hand.words, "left": due["left"]}


def _stop(row: Any) -> dict[str, Any]:
    keys = (
        *("id", "kind", "element", "ground", "state", "planned", "reason", "asked_at"),
        *("started_at", "planned_end_at", "ended_at", "end_reason"),
    )
    found = {key: getattr(row, key) for key in keys}
    return {**found, "ground_text": stopping.name_of(row.ground), "notice": row.notice_number}


def _emergency(case: Any) -> dict[str, Any] | None:
    due_at = emergencies.due_at(case)
    if due_at is None:
        return None
    return {
        "acted_at": case.emergency_at,
        "due_at": due_at,
        "late": emergencies.is_late(case),
        "explanation": emergencies.words(case),
    }
