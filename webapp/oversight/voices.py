"""Pages of supervision over what people say: what is late, ratings in figures, complaints."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, voices
from engine.errors import InvalidError
from engine.permissions import SUPERVISOR, Actor
from forms.text import Text
from webapp import parking, visitor
from webapp.doors import staff_only
from webapp.language import t
from webapp.oversight.routes import blueprint
from webapp.paging import turned

DONE = Text("已记录。", "Recorded.")
_NO_ACT = Text("请选择要做什么。", "Choose what to do.")
Acting = Callable[..., Any]


def _without_words(act: Acting) -> Acting:
    return lambda complaint_id, _words, **who: act(complaint_id, **who)


#: What can be done with a complaint: in which states, on which side, its name and the act itself.
ACTS: dict[str, tuple[tuple[str, ...], str, Text, Acting]] = {
    "accept": (
        ("filed",),
        "supervisor",
        Text("受理（不用填写说明）", "Take it up (no words needed)"),
        _without_words(voices.complaints.accept),
    ),
    "refuse": (
        ("filed",),
        "supervisor",
        Text("不予受理，写明理由", "Do not take it up, with the reason"),
        voices.complaints.refuse,
    ),
    "assign": (
        ("accepted",),
        "supervisor",
        Text("交被投诉单位负责人核查", "Let the head of the unit look into it"),
        _without_words(voices.complaints.assign),
    ),
    "answer": (
        ("accepted", "assigned", "reported"),
        "supervisor",
        Text("书面答复投诉人", "Answer in writing"),
        voices.complaints.answer,
    ),
    "report": (
        ("assigned",),
        "unit",
        Text("报告核查情况", "Report what was found"),
        voices.complaints.report,
    ),
}

_EVENTS: Mapping[str, Text] = {
    "complaint-filed": Text("收到投诉", "Complaint received"),
    "complaint-accepted": Text("受理", "Taken up"),
    "complaint-refused": Text("不予受理", "Not taken up"),
    "complaint-assigned": Text("交单位核查", "Given to the unit to look into"),
    "complaint-reported": Text("单位报告核查情况", "The unit reported"),
    "complaint-answered": Text("书面答复", "Answered in writing"),
}


@blueprint.get("/voices")
@staff_only
def overview() -> ResponseReturnValue:
    """Show what is late, and the ratings of each department in figures."""
    actor, now = visitor.actor(), clock.now()
    return render_template(
        "oversight/voices.html",
        late=voices.seen_by(actor, now),
        standings=voices.ratings.standings(actor, now),
        waiting=voices.complaints.waiting_count(actor),
        kinds=voices.KINDS,
    )


@blueprint.get("/complaints")
@staff_only
def complaints() -> ResponseReturnValue:
    """List the complaints the visitor may see."""
    actor, state = visitor.actor(), request.args.get("state", "")
    page = turned(lambda at: voices.complaints.queue(actor, state=state, at=at))
    states = voices.complaints.STATES
    return render_template("oversight/complaints.html", page=page, state=state, states=states)


@blueprint.get("/complaints/<int:complaint_id>")
@staff_only
def complaint(complaint_id: int) -> ResponseReturnValue:
    """Show one complaint, what happened, and what the visitor may do."""
    return _complaint(complaint_id, parking.typed() or {})


@blueprint.post("/complaints/<int:complaint_id>")
@staff_only
def act_on_complaint(complaint_id: int) -> ResponseReturnValue:
    """Take it up or not, assign, report or answer."""
    given = request.form
    try:
        with db.transaction():
            act = _act(given.get("act", ""))
            act(complaint_id, given.get("words", ""), actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _complaint(complaint_id, given, error.fields), 422
    flash(t(DONE), "good")
    return redirect(url_for("oversight.complaint", complaint_id=complaint_id), 303)


def _act(name: str) -> Acting:
    if name not in ACTS:
        raise InvalidError(_NO_ACT, fields={"act": _NO_ACT})
    return ACTS[name][3]


def _complaint(
    complaint_id: int, given: Mapping[str, str], errors: Mapping[str, Text] | None = None
) -> str:
    actor = visitor.actor()
    found = voices.complaints.find(complaint_id, actor)
    return render_template(
        "oversight/complaint.html",
        complaint=found,
        judge=actor.has(SUPERVISOR),
        acts=_open_to(found, actor),
        happened=[_told(event, actor) for event in voices.complaints.history(found)][::-1],
        states=voices.complaints.STATES,
        given=given,
        errors=errors or {},
    )


def _open_to(found: Any, actor: Actor) -> list[tuple[str, Text]]:
    """Return what the visitor may do now."""
    sides = {
        "supervisor": actor.has(SUPERVISOR),
        "unit": voices.complaints.answers_for(found, actor),
    }
    return [
        (name, label)
        for name, (states, side, label, _) in ACTS.items()
        if found.state in states and sides[side]
    ]


def _told(event: Any, actor: Actor) -> dict[str, Any]:
    """Tell one event; who complained is told to supervisors alone."""
    hidden = event.type == "complaint-filed" and not actor.has(SUPERVISOR)
    words = next((event.data[n] for n in ("reason", "report", "answer") if n in event.data), "")
    return {
        "title": t(_EVENTS[event.type]),
        "by": "" if hidden else event.actor_name,
        "at": event.at,
        "text": words,
    }
