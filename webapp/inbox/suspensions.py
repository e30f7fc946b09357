"""Suspending a case (中止) and letting it go on, as acts on its page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from engine.cases import suspending
from engine.permissions import Actor
from forms.text import Text
from webapp.doors import staff_only
from webapp.inbox.routes import blueprint
from webapp.inbox.timing import carry_out

_SAID: Final[Mapping[str, Text]] = {
    "ask": Text(
        "已提交，待负责人批准；批准前照常办理。", "Sent to the head; until then the case goes on."
    ),
    "approve": Text(
        "已中止，并已书面通知申请人。", "Suspended; the applicant was told in writing."
    ),
    "refuse": Text("未批准中止，照常办理。", "Not approved: the case goes on."),
    "resume": Text(
        "已恢复办理，期限已重新计算，并已书面通知申请人。",
        "Resumed: due times are computed anew, and the applicant was told in writing.",
    ),
}


@blueprint.post("/cases/<string:number>/suspensions")
@staff_only
def ask_suspension(number: str) -> ResponseReturnValue:
    """Ask the head to suspend a case."""
    return carry_out(number, _ask, _SAID["ask"])


def _ask(case: Any, actor: Actor, now: datetime) -> None:
    form = request.form
    asking = suspending.Asking(
        form.get("cause", ""), form.get("article", ""), form.get("reason", "")
    )
    suspending.ask(case.id, asking, actor=actor, now=now)


@blueprint.post("/cases/<string:number>/suspensions/<int:suspension_id>/approve")
@staff_only
def approve_suspension(number: str, suspension_id: int) -> ResponseReturnValue:
    """Approve a suspension."""

    def approve(_case: Any, actor: Actor, now: datetime) -> None:
        suspending.approve(suspension_id, actor=actor, now=now)

    return carry_out(number, approve, _SAID["approve"])


@blueprint.post("/cases/<string:number>/suspensions/<int:suspension_id>/refuse")
@staff_only
def refuse_suspension(number: str, suspension_id: int) -> ResponseReturnValue:
    """Refuse a suspension."""

    def refuse(_case: Any, actor: Actor, now: datetime) -> None:
        suspending.refuse(suspension_id, actor=actor, now=now)

    return carry_out(number, refuse, _SAID["refuse"])


@blueprint.post("/cases/<string:number>/suspensions/<int:suspension_id>/resume")
@staff_only
def resume_suspension(number: str, suspension_id: int) -> ResponseReturnValue:
    """Let a suspended case go on, with the reason."""

    def resume(_case: Any, actor: Actor, now: datetime) -> None:
        suspending.resume(suspension_id, request.form.get("reason", ""), actor=actor, now=now)

    return carry_out(number, resume, _SAID["resume"])
