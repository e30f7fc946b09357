"""Pages of incidents: steps that failed, to be looked at, retried or closed."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, clock, db, definitions, incidents, messages, tasks
from engine.errors import InvalidError
from forms import present
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import lang, t

RETRIED = Text("已重试，这一步办成了。", "Retried; the step went through this time.")
CLOSED = Text("已关闭这条异常，办件没有变动。", "The incident is closed; the case was not touched.")
_OUTCOME, _OPINION = Text("办理结果", "Outcome"), Text("意见或理由", "Opinion or reasons")
_AGENCY, _CORRECTION = Text("应向其申请的机关", "Agency to apply to"), Text("补正", "Correction")
NO_REASON = Text("请写明处理情况。", "Say what was done about it.")


@blueprint.get("/incidents")
@roles("admin")
def list_incidents() -> ResponseReturnValue:
    """Show the open incidents, those of the same cause together."""
    found = incidents.waiting(visitor.actor())
    groups = [
        (Text(rows[0].message_zh, rows[0].message_en), rows)
        for rows in (list(g) for _, g in groupby(found, key=lambda row: row.message_en))
    ]
    letters = [
        (row, messages.fitting(row)) for row in messages.listed("undelivered", visitor.actor())
    ]
    return render_template("admin/incidents.html", groups=groups, letters=letters)


@blueprint.get("/incidents/<int:incident_id>")
@roles("admin")
def incident(incident_id: int) -> ResponseReturnValue:
    """Show one incident: what, where, since when, and what had been handed in."""
    row = incidents.find(incident_id, visitor.actor())
    bundle = definitions.bundle_of(row.case)
    svg = bpmn.draw(bundle.diagram, language=lang(), problems=[row.element])
    node = bundle.node(row.element)
    given = _handed_in(bundle, row.element, row.attempt)
    values = {"row": row, "svg": svg, "node": node, "bundle": bundle, "given": given}
    return render_template("admin/incident.html", **values)


def _handed_in(
    bundle: definitions.Bundle, element: str, attempt: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Say in words what had been handed in: the outcome, what was written, the answers."""
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
    for form in (bundle.forms[name] for name in names if name):
        found += [
            (row.label, row.text)
            for section in present(form, answers, lang())
            for row in section.rows
        ]
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
