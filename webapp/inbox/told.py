"""What an act has done, in a sentence for the person who did it."""

from datetime import datetime
from typing import Any

from engine import people, tasks
from engine.cases import documents
from engine.permissions import APPLICANT_ROLE
from engine.tasks import Completed, Doing, TaskView
from forms.text import Text

_APPLICANT = Text("申请人", "the applicant")
_NOBODY = Text("系统", "the system")


def whose_turn(case: Any) -> Text:
    """Say with whom a case is now: departments and steps, or the applicant."""
    places: dict[Text, None] = {}
    for task in tasks.open_of_case(case):
        step = Text(task.name_zh, task.name_en)
        who = _APPLICANT
        if task.role != APPLICANT_ROLE:
            who = people.department_name(task.department_code)
        places[Text(f"{who.zh}（{step.zh}）", f"{who.en} ({step.en})")] = None
    if not places:
        return _NOBODY
    return Text("、".join(p.zh for p in places), ", ".join(p.en for p in places))


def what_happened(view: TaskView, doing: Doing, done: Completed, now: datetime) -> Text:
    """Say what happened: the outcome, what was issued and sent, and whose turn it is now."""
    chosen = view.step.outcome(doing.outcome)
    words = {
        "step": view.step.name,
        "outcome": chosen.label if chosen else Text(doing.outcome, doing.outcome),
        "number": done.case.number,
        "turn": whose_turn(done.case),
    }
    if done.signatures_missing:
        said = Text(
            "您已在“{step}”上签名（{outcome}），还需要另一人核对并签名。",
            "You signed “{step}” ({outcome}). A second person must check and sign it too.",
        )
        return said.format(**words)
    issued = [d for d in documents.of_case(done.case) if d.issued_at == now]
    titles = Text(
        "、".join(f"《{d.title_zh}》" for d in issued), ", ".join(d.title_en for d in issued)
    )
    said = Text(
        "{number} 的“{step}”已办理：{outcome}。", "“{step}” of {number} is done: {outcome}."
    )
    if issued:
        said = Text(
            said.zh + "已出具{titles}并通知申请人。",
            said.en + " Issued and sent to the applicant: {titles}.",
        )
    turn = Text("办件已办结。", " The case is closed.")
    if done.case.closed_at is None:
        turn = Text("现在由{turn}办理。", " It is now with {turn}.")
    return Text(said.zh + turn.zh, said.en + turn.en).format(titles=titles, **words)
