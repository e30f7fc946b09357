"""Acts on the clock of a case: stops asked for and decided, the extension of its limit."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import cases, clock, clocks, db
from engine.bpmn.grounds import OWN, SUSPENSIONS
from engine.cases import extending, stopping, suspending
from engine.duetimes import SUSPENSION
from engine.errors import ConflictError, EngineError, InvalidError
from engine.permissions import Actor
from forms.text import Text
from webapp import visitor
from webapp.doors import staff_only
from webapp.inbox import screen
from webapp.inbox.routes import blueprint
from webapp.language import t

ITEMS_OWN: Final = "own"
Act = Callable[[Any, Actor, datetime], Any]
#: Which form of the page was sent, by the address it goes to.
_FORMS: Final = {
    "inbox.ask_stop": "stop",
    "inbox.extend": "extend",
    "inbox.ask_suspension": "suspend",
    "inbox.resume_suspension": "resume",
}
_STATES: Final[Mapping[str, tuple[Text, str]]] = {
    "asked": (Text("待负责人批准", "Waits for the head"), "warn"),
    "refused": (Text("未批准", "Not approved"), "plain"),
    "running": (Text("正在停止计时", "The clock stands still"), "info"),
    "overrun": (Text("已超过计划时间", "Longer than planned"), "bad"),
    "ended": (Text("已恢复计时", "The clock goes on"), "done"),
}
_SUSPENDED: Final = {
    "running": Text("已中止", "Suspended"),
    "ended": Text("已恢复办理", "Resumed"),
}
_ASKED = Text(
    "已提交，待负责人批准；批准前期限照常计算。", "Sent to the head; until then time runs."
)
_EXTENDED = Text(
    "已延长期限，并已告知申请人。", "The limit is extended and the applicant was told."
)
_SAID: Final[Mapping[str, Text]] = {
    "approve": Text(
        "已停止计时，并已书面告知申请人。",
        "The clock stands still; the applicant was told in writing.",
    ),
    "refuse": Text("未批准，期限照常计算。", "Not approved: time runs on."),
    "end": Text("已恢复计时。", "The clock goes on."),
}


def clock_values(case: Any, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what the section about the clock of a case shows, and what this person may do."""
    stops = stopping.of_case(case)
    active = any(
        s.element is None and s.kind == "stop" and s.state in ("asked", "running") for s in stops
    )
    leads = actor.kind == "staff" and case.lead_code in actor.departments
    runs = case.accepted_at is not None and case.decided_at is None and not case.suspended_at
    most = extending.most(case)
    return {
        "stops": [_shown(stop, actor, case) for stop in stops],
        "hands": cases.clockface.hands(case, actor),
        "suspension": suspending.running(case),
        "may_suspend": leads and _may_suspend(case, stops),
        "article": suspending.article_of(case),
        "causes": [(code, t(said)) for code, said in SUSPENSIONS.items()],
        "emergency": cases.emergencies.words(case),
        "emergency_late": cases.emergencies.is_late(case),
        "may_ask": leads and runs and not active,
        "may_end": leads,
        "grounds": [(code, t(text)) for code, text in stopping.choices()]
        + [(ITEMS_OWN, t("本事项自己的条款", "The item's own article"))],
        "extension": extending.of_case(case),
        "may_extend": extending.why_not(case, actor, now) is None,
        "most": most,
        "length": clocks.length,
        "deemed": case.due_facts.get("deemed"),
    }


def _may_suspend(case: Any, stops: Any) -> bool:
    if case.decided_at is not None or case.closed_at is not None:
        return False
    return not any(s.kind == SUSPENSION and s.state in ("asked", "running") for s in stops)


def _shown(stop: Any, actor: Actor, case: Any) -> dict[str, Any]:
    late = stop.state == "running" and stop.overrun_at is not None
    words, tone = _STATES["overrun" if late else stop.state]
    suspends = stop.kind == SUSPENSION
    if suspends and stop.state in ("running", "ended"):
        words = _SUSPENDED[stop.state]
    mine = stop.asked_by == actor.person_id
    return {
        "row": stop,
        "ground": stopping.name_of(stop.ground),
        "planned": clocks.length(stop.planned) if stop.planned else None,
        "until": clocks.last_day(stop.planned_end_at) if stop.planned_end_at else None,
        "ended": clocks.last_day(stop.ended_at) if stop.ended_at else None,
        "words": words,
        "tone": tone,
        "to_decide": stop.state == "asked" and stopping.may_approve(actor, case) and not mine,
        "to_end": stop.state == "running" and stop.element is None and not suspends,
        "suspends": suspends,
    }


@blueprint.post("/cases/<string:number>/stops")
@staff_only
def ask_stop(number: str) -> ResponseReturnValue:
    """Ask the head to stop the clock."""
    return carry_out(number, _ask, _ASKED)


def _ask(case: Any, actor: Actor, now: datetime) -> None:
    form = request.form
    ground = form.get("ground", "")
    if ground == ITEMS_OWN:
        ground = OWN + form.get("article", "").strip()[:60]
    asking = stopping.Asking(ground, _number("planned_days"), form.get("reason", ""))
    stopping.ask_stop(case.id, asking, actor=actor, now=now)


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


@blueprint.post("/cases/<string:number>/extension")
@staff_only
def extend(number: str) -> ResponseReturnValue:
    """Extend the statutory limit, once."""
    return carry_out(number, _extend, _EXTENDED)


def _extend(case: Any, actor: Actor, now: datetime) -> None:
    reason = request.form.get("reason", "")
    extending.extend(case.id, _number("days"), reason, actor=actor, now=now)


@blueprint.post("/cases/<string:number>/stops/<int:stop_id>/approve")
@staff_only
def approve_stop(number: str, stop_id: int) -> ResponseReturnValue:
    """Approve a stop of the clock."""
    return carry_out(number, _on(stopping.approve_stop, stop_id), _SAID["approve"])


@blueprint.post("/cases/<string:number>/stops/<int:stop_id>/refuse")
@staff_only
def refuse_stop(number: str, stop_id: int) -> ResponseReturnValue:
    """Refuse a stop of the clock."""
    return carry_out(number, _on(stopping.refuse_stop, stop_id), _SAID["refuse"])


@blueprint.post("/cases/<string:number>/stops/<int:stop_id>/end")
@staff_only
def end_stop(number: str, stop_id: int) -> ResponseReturnValue:
    """End a stop of the clock before its time."""
    return carry_out(number, _on(stopping.end_stop, stop_id), _SAID["end"])


def _on(act: Callable[..., Any], stop_id: int) -> Act:
    return lambda _case, actor, now: act(stop_id, actor=actor, now=now)


def carry_out(
    number: str, act: Callable[[Any, Actor, datetime], Any], said: Text
) -> ResponseReturnValue:
    """Carry out an act on a case's clock; what is wrong with it is shown where it was typed."""
    actor, now = visitor.actor(), clock.now()
    try:
        with db.transaction():
            act(cases.find(number, actor), actor, now)
    except InvalidError as error:
        return _again(number, error, actor), 422
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    else:
        flash(t(said), "good")
    return redirect(url_for("inbox.case", number=number), 303)


def _again(number: str, error: EngineError, actor: Actor) -> str:
    found = cases.find(number, actor)
    values = screen.case_values(found, actor) | clock_values(found, actor, clock.now())
    errors = error.fields or {"reason": error.message}
    return render_template(
        "inbox/case.html",
        **values,
        clock_errors=errors,
        clock_typed=request.form,
        clock_form=_FORMS.get(request.endpoint or "", ""),
    )
