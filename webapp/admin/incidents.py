"""Pages of incidents: steps that failed, to be looked at, retried or closed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, cases, clock, db, definitions, incidents, messages, programs, tasks
from engine.cases import drafts
from engine.errors import ConflictError, InvalidError
from forms import Form, present
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import lang, t
from webapp.paging import turned

RETRIED = Text("已重试，这一步办成了。", "Retried; the step went through this time.")
CLOSED = Text("已关闭这条异常，办件没有变动。", "The incident is closed; the case was not touched.")
ALL_ASKED = Text(
    "已交后台逐条重试，进度见本页。",
    "The workers try them one by one; this page shows how far they are.",
)
_OUTCOME, _OPINION = Text("办理结果", "Outcome"), Text("意见或理由", "Opinion or reasons")
_AGENCY, _CORRECTION = Text("应向其申请的机关", "Agency to apply to"), Text("补正", "Correction")
NO_REASON = Text("请写明处理情况。", "Say what was done about it.")


@blueprint.get("/incidents")
@roles("admin")
def list_incidents() -> ResponseReturnValue:
    """Show the causes of open incidents, the incidents by cause and item, retries under way."""
    actor, wanted = visitor.actor(), _wanted()
    letters = [(row, messages.fitting(row)) for row in messages.listed("undelivered", actor)]
    values: dict[str, Any] = {
        "causes": incidents.causes(actor),
        "items": [(code, title_of(code)) for code in incidents.items(actor)],
        "page": turned(lambda at: incidents.listed(actor, replace(wanted, at=at))),
        "wanted": wanted,
        "rounds": _under_way(tasks.retrying.rounds(actor)),
        "letters": letters,
        "step_of": _step_of,
        "title_of": title_of,
    }
    return render_template("admin/incidents.html", **values)


def _step_of(row: Any) -> Text:
    """Name the step at which an incident happened as its diagram does; else by its id."""
    node = _bundle_of(row).node(row.element)
    return node.name if node is not None and node.name.zh else Text(row.element, row.element)


def _bundle_of(row: Any) -> definitions.Bundle:
    """Return the version an incident's case runs on, or on which its application failed."""
    if row.case is not None:
        return definitions.bundle_of(row.case)
    return definitions.bundle(row.attempt[drafts.VERSION])


def _under_way(rounds: Sequence[Any]) -> list[Any]:
    """Return the retries that have not ended, and the latest one."""
    return [row for place, row in enumerate(rounds) if place == 0 or row.finished_at is None]


def _wanted() -> incidents.Wanted:
    """Read which incidents are asked for; what is not understood asks nothing."""
    like = request.args.get("like", 0, type=int)
    item, closed = request.args.get("item", "")[:80], request.args.get("state") == "closed"
    return incidents.Wanted(like if 0 <= like < 2**31 else 0, item, closed)


def title_of(code: str) -> Text:
    """Return the title of an item by its code."""
    version = definitions.versions(code)[0].version
    return Text(version.title_zh, version.title_en)


@blueprint.post("/incidents/<int:incident_id>/retry-all")
@roles("admin")
def retry_all(incident_id: int) -> ResponseReturnValue:
    """Let the workers try all open incidents of the same cause again."""
    try:
        with db.transaction():
            tasks.retrying.begin(incident_id, actor=visitor.actor(), now=clock.now())
        flash(t(ALL_ASKED), "good")
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.list_incidents"), 303)


@blueprint.get("/incidents/<int:incident_id>")
@roles("admin")
def incident(incident_id: int) -> ResponseReturnValue:
    """Show one incident: what, where, since when, and what had been handed in."""
    row = incidents.find(incident_id, visitor.actor())
    bundle = _bundle_of(row)
    svg = bpmn.draw(bundle.diagram, language=lang(), problems=[row.element])
    node = bundle.node(row.element)
    given = _handed_in(bundle, row)
    held = _held_by_program(row)
    values = {"row": row, "svg": svg, "node": node, "bundle": bundle, "given": given, "held": held}
    return render_template("admin/incident.html", **values)


def _held_by_program(row: Any) -> Any:
    """Return how a program outside stands with the task that failed, if one has it."""
    if row.case_id is None:
        return None
    return programs.of_case(row.case_id, now=clock.now()).get(row.task_id or "")


def _handed_in(bundle: definitions.Bundle, row: Any) -> list[tuple[str, str]]:
    """Say in words what had been handed in: the outcome, what was written, the answers.

    Those of an application that is no case yet are its applicant's alone: personal ones are masked.
    """
    if row.case is None:
        form, answers = bundle.application_form, row.attempt[drafts.ANSWERS]
        veil = cases.masking.Veil(tuple(cases.masking.personal(form, answers)), numbers=True)
        return _rows(form, veil.of(answers))
    return _of_step(bundle, row.element, row.attempt)


def _rows(form: Form, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (row.label, row.text) for section in present(form, answers, lang()) for row in section.rows
    ]


def _of_step(
    bundle: definitions.Bundle, element: str, attempt: Mapping[str, Any]
) -> list[tuple[str, str]]:
    step = bundle.steps.get(element)
    if step is None or not attempt:
        return []
    chosen = step.outcome(str(attempt.get("outcome")))
    found = [(t(_OUTCOME), t(chosen.label) if chosen else str(attempt.get("outcome")))]
    written = ((_OPINION, attempt.get("opinion")), (_AGENCY, attempt.get("agency")))
    found += [(t(label), str(text)) for label, text in written if text]
    found += [(t(_CORRECTION), str(point["reason"])) for point in attempt.get("corrections", ())]
    answers = attempt.get("answers", {})
    names = [step.form, bundle.process.start_form if step.act == "correct" else None]
    for name in filter(None, names):
        found += _rows(bundle.forms[name], answers)
    return found


@blueprint.post("/incidents/<int:incident_id>/retry")
@roles("admin")
def retry(incident_id: int) -> ResponseReturnValue:
    """Try the failed step again."""
    with db.transaction():
        tasks.retry(incident_id, actor=visitor.actor(), now=clock.now())
    flash(t(RETRIED), "good")
    return redirect(url_for("admin.list_incidents"), 303)


@blueprint.post("/incidents/<int:incident_id>/close")
@roles("admin")
def close_incident(incident_id: int) -> ResponseReturnValue:
    """Close an incident that needs no retry, with a reason."""
    how = request.form.get("how", "").strip()
    if not how:
        raise InvalidError(NO_REASON, fields={"how": NO_REASON})
    with db.transaction():
        incidents.close(incident_id, how, actor=visitor.actor(), now=clock.now())
    flash(t(CLOSED), "good")
    return redirect(url_for("admin.list_incidents"), 303)
