"""Tasks as the interface shows them, and what programs send as the engine and the pages take it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import tasks
from engine.cases import life
from engine.definitions import Bundle
from engine.permissions import Actor
from engine.tasks import Completed, Doing, Task, TaskView
from forms import describe
from forms.text import Text
from webapp.api import shown

_OTHER = Text("其他", "Other")


def row(task: Task) -> shown.Shape:
    """Return a task as a line of a list."""
    return _row(task, task.assignee.name if task.assignee else None)


def _row(task: Task, holder: str | None) -> shown.Shape:
    keys = ("id", "element", "act", "state", "role", "created_at", "due_at")
    return {
        **{key: getattr(task, key) for key in keys},
        "case": task.case.number,
        "subject": task.case.subject,
        "item": shown.item_of(task.case.version_id),
        "name": Text(task.name_zh, task.name_en),
        "department": shown.department(task.department_code),
        "assignee": holder,
        "completed_at": task.completed_at,
        "outcome": task.outcome,
    }


def task(view: TaskView, now: datetime) -> shown.Shape:
    """Return a task with all that is needed to decide on it."""
    found = view.task
    notice = life.open_correction(view.case) if view.step.act == "correct" else None
    return {
        **row(found),
        "due": shown.due(found.due_at, found.due_facts, now),
        "help": view.step.help,
        "opinion_rule": view.step.opinion,
        "outcomes": view.outcomes,
        "form": describe(view.form) if view.form else None,
        "draft": typed(found.draft),
        "answers": found.answers,
        "opinion": found.opinion,
        "hints": tasks.hints(found, now),
        "may": sorted(view.may),
        "why_not": view.why_not,
        "persons": view.step.persons,
        "signatures": [{"name": s.person.name, "signed_at": s.signed_at} for s in view.signatures],
        "signatures_missing": view.signatures_missing,
        "asked": [shown.point(entry) for entry in notice.entries] if notice else [],
    }


def completed(done: Completed, actor: Actor) -> shown.Shape:
    """Return what came of the actor's completing a task."""
    return {
        "task": _row(done.task, actor.name if done.task.assignee_id else None),
        "case": shown.case_row(done.case),
        "signatures_missing": done.signatures_missing,
    }


def typed(draft: Mapping[str, Any]) -> shown.Shape:
    """Return what was typed so far, here or on the task's page."""
    points = [
        {"kind": named.partition(":")[0], "target": named.partition(":")[2], "reason": reason}
        for named, reason in draft.get("fixes", {}).items()
    ]
    texts = {key: draft.get(key, "") for key in ("outcome", "opinion", "agency", "new_facts")}
    kept = {"answers": draft.get("answers", {}), "reasons": draft.get("reasons", [])}
    return {**texts, **kept, "corrections": points}


def draft_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to keep of what was typed, in the form the task's page reads too."""
    fixes = {f"{p['kind']}:{p['target']}": p["reason"] for p in sent["corrections"]}
    kept = {key: sent[key] for key in ("outcome", "answers", "opinion", "agency", "new_facts")}
    return {**kept, "reasons": list(sent["reasons"]), "fixes": fixes}


def doing(task_id: str, sent: Mapping[str, Any], actor: Any) -> Doing:
    """Return what was sent as the engine takes it, every point with its label.

    Raises NotFoundError for a task the actor may not see.
    """
    of = tasks.find(task_id, actor).bundle if sent["corrections"] else None
    return Doing(
        outcome=sent["outcome"],
        answers=sent["answers"],
        opinion=sent["opinion"],
        corrections=[_labelled(of, point) for point in sent["corrections"]] if of else (),
        agency=sent["agency"],
        new_facts=sent["new_facts"],
        reasons=sent["reasons"],
    )


def _labelled(of: Bundle, point: Mapping[str, str]) -> dict[str, str]:
    label = _OTHER
    if point["kind"] == "field" and point["target"] in of.application_form.by_key:
        label = of.application_form.by_key[point["target"]].label
    wanted = of.item.material(point["target"]) if point["kind"] == "material" else None
    label = wanted.name if wanted is not None else label
    return {**point, "label_zh": label.zh, "label_en": label.en}
