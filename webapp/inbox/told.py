"""What an act has done, in a sentence for the person who did it."""

from engine import people
from engine.bpmn.model import Step
from engine.permissions import APPLICANT_ROLE
from engine.tasks import Completed, Doing
from forms.text import Text

_APPLICANT = Text("申请人", "the applicant")
_NOBODY = Text("系统", "the system")


def whose_turn(done: Completed) -> Text:
    """Say with whom a case is now: departments and steps, or the applicant."""
    places: dict[Text, None] = {}
    for task in done.open_tasks:
        step = Text(task.name_zh, task.name_en)
        who = _APPLICANT
        if task.role != APPLICANT_ROLE:
            who = people.department_name(task.department_code)
        places[Text(f"{who.zh}（{step.zh}）", f"{who.en} ({step.en})")] = None
    if not places:
        return _NOBODY
    return Text("、".join(p.zh for p in places), ", ".join(p.en for p in places))


def what_happened(step: Step, doing: Doing, done: Completed) -> Text:
    """Say what happened: the outcome, what was issued and sent, and whose turn it is now."""
    chosen = step.outcome(doing.outcome)
    words = {
        "step": step.name,
        "outcome": chosen.label if chosen else Text(doing.outcome, doing.outcome),
        "number": done.case.number,
        "turn": whose_turn(done),
    }
    if done.signatures_missing:
        said = Text(
            "您已在“{step}”上签名（{outcome}），还需要另一人核对并签名。",
            "You signed “{step}” ({outcome}). A second person must check and sign it too.",
        )
        return said.format(**words)
    issued = done.issued
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
