"""What the staff's pages show: a case's file, and a task with everything for its decision."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from engine import bpmn, cases, clock, clocks, cohandling, people, programs, tasks
from engine.cases import CaseFile
from engine.definitions import Bundle
from engine.permissions import MACHINE, Actor
from engine.tasks import TaskView
from forms import present
from forms.text import Text
from webapp.given import NAMES, Given, links, points
from webapp.inbox import history, watched
from webapp.language import lang, t
from webapp.questions import questions
from webapp.security import is_own_page

#: Kinds of content a browser shows in place without running anything of it.
SHOWN_IN_PLACE = ("application/pdf", "image/png", "image/jpeg")
#: The limits of a case as a whole.
WHOLE = frozenset(cases.clockface.NAMES)


def back_to(usual: str) -> str:
    """Return where a small act goes back to: the page of ours it was done on."""
    asked = request.form.get("back", "")
    return asked if is_own_page(asked) else usual


def urged(code: str) -> str:
    """Say that a department was urged."""
    name = people.department_name(code)
    said = Text("已向{name}发出催办。", "{name} was urged.")
    return t(said.format(name=name))


def case_values(case: Any, actor: Actor) -> dict[str, Any]:
    """Return what the page of a case shows."""
    values = file_values(cases.file_of(case), actor)
    file: CaseFile = values["file"]
    values["open_tasks"] = [task for task in file.tasks if task.state == "open"]
    values["programs"] = {}
    if any(task.role == MACHINE for task in values["open_tasks"]):
        values["programs"] = programs.of_case(file.case.id, now=clock.now())
    return values | watched.values(case, actor, clock.now())


def task_values(
    view: TaskView, actor: Actor, given: Given, errors: Mapping[str, Text], added: str = ""
) -> dict[str, Any]:
    """Return what the page of a task shows, with what was typed into it."""
    form, of = view.form, view.bundle
    asked = questions(form, None, given.answers, errors, added=added) if form else []
    return {
        **file_values(view.file, actor),
        "view": view,
        "given": given,
        "typed": present(form, given.answers, lang()) if form else [],
        "ticked": [r.text for r in of.item.refusal_reasons if r.code in given.reasons],
        "asked_for": given.asked_for(of),
        "errors": errors,
        "error_links": links(form, of, given, errors),
        "questions": asked,
        "points": points(of, view.case.answers),
        "names": NAMES,
        "signed": _signed(view, actor),
        "due_words": clocks.explanation(view.task.due_facts),
        "hints": tasks.hints(view.task, clock.now()),
    }


def file_values(file: CaseFile, actor: Actor) -> dict[str, Any]:
    """Return what every page about a case shows of its file."""
    case, of = file.case, file.bundle
    progress = cases.progress(case, file)
    return {
        "file": file,
        "case": case,
        "item": of.item,
        "progress": progress,
        "sections": present(of.application_form, case.answers, lang()),
        "changed": _changed(file),
        "materials": _materials(of, file.materials),
        "shown_in_place": SHOWN_IN_PLACE,
        "entries": history.entries(file.events, of),
        "svg": bpmn.draw(of.diagram, language=lang(), current=progress.current, done=progress.done),
        "opinions": _opinions(file),
        "asked": cohandling.board(case.id, actor, now=clock.now()) if file.cohandlings else [],
        "leads": actor.kind == "staff" and case.lead_code in actor.departments,
        "limits": _limits(case, actor),
    }


def _limits(case: Any, actor: Actor) -> list[cases.clockface.Hand]:
    """Return the limits of a case itself, each with its explanation."""
    return [hand for hand in cases.clockface.hands(case, actor) if hand.code in WHOLE]


def _materials(of: Bundle, rows: Sequence[Any]) -> list[tuple[str, Text, list[Any], bool]]:
    """Group the files under the item's materials: (code, name, files, by data sharing)."""
    wanted = {m.code: (m.name, m.source == "shared") for m in of.item.materials}
    for row in rows:
        wanted.setdefault(row.code, (Text(row.code, row.code), False))
    return [
        (code, name, [row for row in rows if row.code == code], shared)
        for code, (name, shared) in wanted.items()
    ]


def _changed(file: CaseFile) -> list[str]:
    """Return the keys of the answers the applicant has corrected."""
    return [
        str(key)
        for event in file.events
        if event.type == "correction-answered"
        for key in event.data.get("changed", ())
    ]


def _opinions(file: CaseFile) -> list[dict[str, Any]]:
    """Return what was done at each completed step, latest first: outcome, opinion, answers."""
    of = file.bundle
    found = []
    for task in file.tasks:
        if task.state != "completed" or not of.knows(task.element):
            continue
        step = of.step(task.element)
        form = file.bundle.forms.get(step.form or "")
        chosen = step.outcome(task.outcome or "")
        found.append(
            {
                "task": task,
                "outcome": chosen.label if chosen else Text(task.outcome or "", task.outcome or ""),
                "sections": present(form, task.answers, lang()) if form else [],
            }
        )
    return found[::-1]


def _signed(view: TaskView, actor: Actor) -> dict[str, Any] | None:
    """Return what others have signed and this person has not yet; None when there is nothing."""
    if not view.signatures or view.task.state != "open":
        return None
    content = Given.from_draft(view.task.draft)
    chosen = view.step.outcome(content.outcome)
    return {
        "mine": any(s.person_id == actor.person_id for s in view.signatures),
        "content": view.signatures[-1].content_hash,
        "outcome": chosen.label if chosen else Text(content.outcome, content.outcome),
        "opinion": content.opinion,
        "sections": present(view.form, content.answers, lang()) if view.form else [],
    }
