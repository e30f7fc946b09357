"""Rows and files of the engine as the interface shows them, ready for their schemas."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import clock, clocks, cohandling, definitions, licences, people
from engine.cases import Case, CaseFile, Progress, progress, status_text
from engine.clock import civil_date
from engine.permissions import Actor
from forms.text import Text

#: Kinds of events an applicant sees; the rest is work inside the offices.
PUBLIC_EVENTS = frozenset(
    {
        *("case-received", "case-accepted", "acceptance-refused", "correction-asked"),
        *("correction-answered", "rectification-asked", "case-decided", "part-decided"),
        *("parts-concluded", "document-issued", "result-delivered", "case-closed"),
        *("material-added", "material-removed", "case-suspended", "case-resumed"),
        *("case-withdrawn", "correction-reminded", "correction-time-over"),
        *("case-deemed-accepted", "case-granted-by-silence", "clock-stopped", "clock-resumed"),
        *("limit-extended", "hearing-right-told", "hearing-notice-told", "emergency-reported"),
    }
)
Shape = dict[str, Any]


def department(code: str | None) -> Shape | None:
    """Return a department's code and name; None where there is none."""
    return {"code": code, "name": people.department_name(code)} if code else None


def item_of(version_id: int) -> Shape:
    """Return an item's code and name as of a version."""
    item = definitions.bundle(version_id).item
    return {"code": item.code, "name": item.title}


def materials(of: definitions.Bundle, rows: Sequence[Any]) -> list[Shape]:
    """Return uploaded files with the names of their materials."""
    names = {wanted.code: wanted.name for wanted in of.item.materials}
    keys = ("id", "code", "file_name", "content_type", "size", "sha256", "uploaded_at")
    return [
        {
            **{key: getattr(row, key) for key in keys},
            "name": names.get(row.code, Text(row.code, row.code)),
        }
        for row in rows
    ]


def case_row(case: Case) -> Shape:
    """Return a case as a line of a list."""
    return {
        "number": case.number,
        "item": item_of(case.version_id),
        "subject": case.subject,
        "applicant": case.applicant_name,
        "status": case.status,
        "status_text": status_text(case),
        "result": case.result,
        "received_at": case.received_at,
        "due_at": case.promised_due_at or case.statutory_due_at,
        "closed_at": case.closed_at,
    }


def case(file: CaseFile, actor: Actor, now: datetime) -> Shape:
    """Return a case with everything the actor may see of it."""
    row, where, staff = file.case, progress(file.case, file), actor.kind == "staff"
    return {
        **case_row(row),
        "version": file.bundle.number,
        "application_kind": row.application_kind,
        "licence": row.licence_number,
        "query_code": None if staff else row.query_code,
        "accepted_at": row.accepted_at,
        "decided_at": row.decided_at,
        "delivered_at": row.delivered_at,
        "suspended_at": row.suspended_at,
        "limits": {
            "receipt": due(row.receipt_due_at, row.due_facts.get("receipt"), now),
            "delivery": due(row.delivery_due_at, row.due_facts.get("delivery"), now),
            "promised": due(row.promised_due_at, row.due_facts.get("promised"), now),
            "statutory": due(row.statutory_due_at, row.due_facts.get("statutory"), now),
        },
        "whose_turn": where.whose_turn,
        "applicants_turn": where.applicants_turn,
        "answers": row.answers,
        "steps": _steps(where),
        "tasks": _open_tasks(file, staff=staff),
        "materials": materials(file.bundle, file.materials),
        "documents": [document(d) for d in file.documents if staff or d.public],
        "corrections": [correction(c) for c in file.corrections],
        "cohandling": board(row, actor, now) if staff else [],
    }


def due(due_at: datetime | None, facts: Mapping[str, Any] | None, now: datetime) -> Shape:
    """Return a due time with its explanation."""
    return {
        "due_at": due_at,
        "explanation": clocks.explanation(facts or {}),
        "left": clocks.left(due_at, now),
        "provisional": clocks.is_provisional(facts or {}),
    }


def _steps(where: Progress) -> list[Shape]:
    return [
        {
            "element": state.step.element,
            "name": state.step.name,
            "act": state.step.act,
            "state": state.state,
            "department": state.department,
            "at": state.at,
            "due_at": state.due_at,
        }
        for state in where.steps
    ]


def _open_tasks(file: CaseFile, *, staff: bool) -> list[Shape]:
    return [
        {
            "id": task.id,
            "element": task.element,
            "name": Text(task.name_zh, task.name_en),
            "act": task.act,
            "due_at": task.due_at,
        }
        for task in file.tasks
        if task.state == "open" and (staff or task.role == "applicant")
    ]


def document(row: Any) -> Shape:
    """Return a document without its contents."""
    keys = ("id", "kind", "number", "issued_at", "valid_from", "valid_to", "verify_code")
    return {
        **{key: getattr(row, key) for key in keys},
        "title": Text(row.title_zh, row.title_en),
        "issuer": department(row.department_code),
    }


def correction(row: Any) -> Shape:
    """Return a correction notice."""
    points = [point(entry) for entry in row.entries]
    times = {key: getattr(row, key) for key in ("asked_at", "answered_at", "lapse_at")}
    return {**times, "new_facts": row.new_facts, "points": points}


def point(entry: Mapping[str, str]) -> Shape:
    """Return a point of a correction notice."""
    label = Text(entry.get("label_zh", ""), entry.get("label_en", ""))
    return {**{key: entry.get(key, "") for key in ("kind", "target", "reason")}, "label": label}


def asked_department(row: Any) -> Shape:
    """Return a department asked in a co-handling."""
    keys = ("id", "element", "state", "asked_at", "due_at", "answered_at", "opinion")
    counted = {"urged_count": row.urged_count, "urged_at": row.urged_at}
    found = {key: getattr(row, key) for key in keys}
    return {**found, **counted, "department": department(row.department_code)}


def board(case: Case, actor: Actor, now: datetime) -> list[Shape]:
    """Return the co-handling board of a case."""
    return [
        {
            **asked_department(line.row),
            "name": line.drawn.name,
            "outcome": line.outcome,
            "left": line.due,
            "urgency": line.state,
            "no_reply": line.drawn.no_reply,
            "people": [person.name for person in line.people],
            "tasks": [task.id for task in line.tasks],
        }
        for line in cohandling.board(case.id, actor, now=now)
    ]


def event(row: Any, *, staff: bool) -> Shape:
    """Return an event; to an applicant without who in the offices did it, and its data."""
    return {
        "seq": row.seq,
        "type": row.type,
        "at": row.at,
        "actor": row.actor_name if staff else None,
        "department": department(row.department_code),
        "data": row.data if staff else {},
    }


def history(file: CaseFile, actor: Actor) -> list[Shape]:
    """Return what happened in a case, as far as the actor may see it."""
    staff = actor.kind == "staff"
    return [event(e, staff=staff) for e in file.events if staff or e.type in PUBLIC_EVENTS]


def licence_behind(row: Any) -> Shape | None:
    """Return how the licence a document is about stands today; None where it is about none."""
    licence = licences.of_paper(row)
    if licence is None:
        return None
    today = licences.standing(licence, civil_date(clock.now()))
    return {
        "number": licence.number,
        "state": today.state,
        "state_text": today.name,
        "valid_to": licence.valid_to,
        "ended_on": licence.ended_on,
        "replaced": row.kind == "licence" and licence.paper != row.verify_code,
    }


def verified(row: Any, case: Case | None, holder: str) -> Shape:
    """Return what anybody with the code of a document may know of it."""
    found = document(row)
    found.pop("id")
    return {**found, "holder": holder, "case": case.number if case else None}
