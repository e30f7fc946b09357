"""Pages of repairs: what can be repaired in a case, the preview, proposals and their approval."""

from collections.abc import Mapping
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, clock, db, definitions, repairs
from engine.errors import ConflictError, EngineError, InvalidError, NotFoundError
from engine.repairs import Mend
from forms import parse_post
from forms.text import Text
from webapp import parking, visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.errors import status_of
from webapp.language import lang, t
from webapp.paging import turned
from webapp.questions import error_links, questions

#: What the names of our own fields begin with.
_OWN: Final = "repair-"
PROPOSED: Final = Text(
    "已提出，待另一名管理员批准；批准之前办件不变。",
    "Proposed. Nothing changes before another administrator approves.",
)
_SAID: Final[Mapping[str, Text]] = {
    "done": Text("已实施修复，并已告知监察人员。", "Carried out; the supervisors were told."),
    "refused": Text("未批准，办件没有变动。", "Refused; the case was not touched."),
    "withdrawn": Text("已撤回，办件没有变动。", "Taken back; the case was not touched."),
}


@blueprint.get("/repairs")
@roles("admin", "supervisor")
def list_repairs() -> ResponseReturnValue:
    """Show the repairs proposed and carried out, the newest first."""
    state = request.args.get("state", "")
    state = state if state in repairs.STATES else ""
    page = turned(lambda at: repairs.listed(visitor.actor(), state=state, at=at))
    values = {"page": page, "state": state, "states": repairs.STATES, "acts": repairs.ACTS}
    return render_template("admin/repairs.html", **values, errors={}, number="")


@blueprint.post("/repairs/find")
@roles("admin")
def find_to_repair() -> ResponseReturnValue:
    """Go to the case whose number was typed."""
    number = request.form.get("number", "").strip()
    try:
        case = repairs.case_by_number(number, visitor.actor())
    except NotFoundError as error:
        page = repairs.listed(visitor.actor())
        values = {"page": page, "state": "", "states": repairs.STATES, "acts": repairs.ACTS}
        errors = {"number": error.message}
        return render_template("admin/repairs.html", **values, errors=errors, number=number), 404
    return redirect(url_for("admin.repair_desk", number=case.number), 303)


@blueprint.get("/repairs/cases/<string:number>")
@roles("admin")
def repair_desk(number: str) -> ResponseReturnValue:
    """Show what can be repaired in a case."""
    return _desk(number)


def _desk(
    number: str, errors: Mapping[str, Text] | None = None, refusal: Text | None = None
) -> str:
    actor = visitor.actor()
    case = repairs.case_by_number(number, actor)
    desk = repairs.desk(case, actor)
    svg = bpmn.draw(desk.bundle.diagram, language=lang(), current=_open(desk))
    values: dict[str, Any] = {"case": case, "desk": desk, "svg": svg, "acts": repairs.ACTS}
    values |= {"page": repairs.listed(actor, case_id=case.id), "states": repairs.STATES}
    typed = request.form
    return render_template(
        "admin/repair_desk.html", **values, errors=errors or {}, refusal=refusal, typed=typed
    )


def _open(desk: repairs.Desk) -> list[str]:
    return [choice.task.element for choice in desk.choices]


@blueprint.post("/repairs/cases/<string:number>/answers")
@roles("admin")
def repair_answers(number: str) -> ResponseReturnValue:
    """Show the answers of a form, to be changed; that they were read goes on the record."""
    actor, sent = visitor.actor(), request.form
    case_id = repairs.case_by_number(number, actor).id
    source, why = sent.get(f"{_OWN}source", ""), sent.get(f"{_OWN}reason", "")
    try:
        with db.transaction():
            repairs.open_form(case_id, source, why, actor=actor, now=clock.now())
    except InvalidError as error:
        return _desk(number, error.fields), 422
    return _answers(number, source)


def _answers(number: str, source: str, error: EngineError | None = None) -> str:
    actor = visitor.actor()
    case = repairs.case_by_number(number, actor)
    form, stored = repairs.form_of(case, source, actor)
    faults = error.fields if error is not None else {}
    shown = stored if error is None else {**stored, **parse_post(form, request.form)}
    whole = [] if error is None or faults.keys() - {"answers"} else [error.message]
    values: dict[str, Any] = {
        "case": case,
        "source": source,
        "form": form,
        "questions": questions(form, None, shown, faults),
        "links": error_links(form, {k: v for k, v in faults.items() if k != "answers"}),
        "whole": whole,
    }
    return render_template("admin/repair_answers.html", **values)


def _mend(number: str) -> Mend:
    """Read what is to be done from the form that was sent."""
    act, source = _sent("act"), _sent("source") or repairs.APPLICATION
    answers: Mapping[str, Any] = {}
    if act == repairs.CHANGE:
        case = repairs.case_by_number(number, visitor.actor())
        form, _ = repairs.form_of(case, source, visitor.actor())
        answers = parse_post(form, request.form)
    person = _sent("person")
    return Mend(
        act=act,
        task=_sent("task"),
        element=_sent(act),
        outcome=_sent("skip"),
        person=int(person) if person.isascii() and person.isdigit() and len(person) < 10 else 0,
        source=source,
        answers=answers,
    )


def _sent(name: str) -> str:
    """Return one of our own fields; those of the case's forms have other names."""
    return request.form.get(_OWN + name, "")


@blueprint.post("/repairs/cases/<string:number>/preview")
@roles("admin")
def preview_repair(number: str) -> ResponseReturnValue:
    """Show what a repair would do; nothing is changed."""
    return _preview(number)


def _preview(number: str, errors: Mapping[str, Text] | None = None) -> ResponseReturnValue:
    actor, mend = visitor.actor(), _mend(number)
    case = repairs.case_by_number(number, actor)
    try:
        found = repairs.preview(case.id, mend, actor=actor, now=clock.now())
    except (InvalidError, ConflictError) as error:
        return _refused(number, mend, error), status_of(error)
    own = (f"{_OWN}reason", f"{_OWN}seen")
    fields = [(name, value) for name, value in parking.typed_fields() if name not in own]
    values = {"case": case, "found": found, "fields": fields, "acts": repairs.ACTS}
    shown = {"errors": errors or {}, "reason": _sent("reason")}
    page = render_template("admin/repair_preview.html", **values, **shown)
    return (page, 422) if errors else page


def _refused(number: str, mend: Mend, error: EngineError) -> str:
    """Show the page a repair was asked for on, with what is against it."""
    if mend.act == repairs.CHANGE:
        return _answers(number, mend.source, error)
    fields = {f"{mend.task}-{name}": text for name, text in error.fields.items()}
    return _desk(number, fields, None if fields else error.message)


@blueprint.post("/repairs/cases/<string:number>/propose")
@roles("admin")
def propose_repair(number: str) -> ResponseReturnValue:
    """Put a previewed repair to the other administrators."""
    actor, now = visitor.actor(), clock.now()
    case_id = repairs.case_by_number(number, actor).id
    try:
        found = repairs.preview(case_id, _mend(number), actor=actor, now=now)
        repairs.refuse_other(found, _sent("seen"))
        with db.transaction():
            row = repairs.propose(found, case_id, _sent("reason"), actor=actor, now=now)
    except (InvalidError, ConflictError) as error:
        return _preview(number, error.fields or {"reason": error.message})
    flash(t(PROPOSED), "good")
    return redirect(url_for("admin.repair", repair_id=row.id), 303)


@blueprint.get("/repairs/<int:repair_id>")
@roles("admin", "supervisor")
def repair(repair_id: int) -> ResponseReturnValue:
    """Show one repair: what, why, by whom, what it does, what became of it."""
    return _one(repair_id)


def _one(repair_id: int, errors: Mapping[str, Text] | None = None) -> str:
    actor = visitor.actor()
    row = repairs.find(repair_id, actor)
    values: dict[str, Any] = {"row": row, "acts": repairs.ACTS, "states": repairs.STATES}
    values |= {"mine": row.proposed_by == actor.person_id, "errors": errors or {}}
    values |= {"decides": actor.has("admin") and row.state == "open"}
    values |= _subject(row)
    return render_template("admin/repair.html", **values, typed=request.form.get("reason", ""))


def _subject(row: Any) -> dict[str, Any]:
    """Say what a repair is about: the item, the step, and where to, how, to whom or which form."""
    where = repairs.subject(row)
    bundle = definitions.bundle_of(row.case)
    return {"item": bundle.item, "from_step": where.step, "to": where.target}


@blueprint.post("/repairs/<int:repair_id>/approve")
@roles("admin")
def approve_repair(repair_id: int) -> ResponseReturnValue:
    """Approve another administrator's repair and carry it out."""
    try:
        with db.transaction():
            repairs.approve(repair_id, actor=visitor.actor(), now=clock.now())
    except (InvalidError, ConflictError) as refusal:
        flash(t(refusal.message), "warn")
    else:
        flash(t(_SAID["done"]), "good")
    return redirect(url_for("admin.repair", repair_id=repair_id), 303)


@blueprint.post("/repairs/<int:repair_id>/refuse")
@roles("admin")
def refuse_repair(repair_id: int) -> ResponseReturnValue:
    """Refuse a repair, or take one's own back, with a reason."""
    why = request.form.get("reason", "")
    try:
        with db.transaction():
            row = repairs.refuse(repair_id, why, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _one(repair_id, error.fields), 422
    flash(t(_SAID[row.state]), "good")
    return redirect(url_for("admin.repair", repair_id=repair_id), 303)
