"""What an outcome does to the case beyond moving the diagram on, by act and outcome code.

The codes with legal effect are those of the process language; all others only steer the diagram.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.bpmn.model import Step
from engine.cases import evaluate, hearings, life, materials, missing_materials
from engine.clock import civil_date
from engine.definitions import bundle
from engine.models import Case, Task
from engine.permissions import Actor
from engine.tasks import duties
from engine.tasks.doing import Doing
from forms import Checked, check_answers
from forms.text import Text

MAX_CORRECTIONS = 200


@dataclass(frozen=True)
class Effect:
    """A task completed with an outcome, about to take effect on its case."""

    case: Case
    task: Task
    step: Step
    doing: Doing
    answers: Mapping[str, Any]
    actor: Actor
    now: datetime

    @property
    def deed(self) -> life.Deed:
        """The completed task as an act on the case."""
        department = self.task.department_code or self.case.lead_code
        return life.Deed(self.case, department, self.actor, self.now, self.doing.opinion.strip())


def _decision(effect: Effect) -> life.Deed:
    """Say in the opinion of a decision that it was made on the minutes of a hearing (48(2))."""
    deed = effect.deed
    if not duties.held(effect.case, deed.bundle):
        return deed
    return replace(deed, opinion=f"根据听证笔录作出决定。{deed.opinion}")


def _ask_correction(effect: Effect) -> None:
    entries = [dict(entry) for entry in effect.doing.corrections]
    new_facts = effect.doing.new_facts.strip()
    life.ask_correction(effect.deed, entries, effect.task.id, new_facts=new_facts)


def _not_competent(effect: Effect) -> None:
    life.refuse_acceptance(effect.deed, "not-competent", effect.doing.agency.strip())


def _answer_correction(effect: Effect) -> None:
    life.answer_correction(effect.deed, corrected(effect.case, effect.doing).answers)


#: By act and outcome; an empty outcome stands for all.
EFFECTS: Mapping[tuple[str, str], Callable[[Effect], None]] = {
    ("accept", "accept"): lambda effect: life.accept(effect.deed),
    ("accept", "correct"): _ask_correction,
    ("accept", "not-required"): lambda effect: life.refuse_acceptance(effect.deed, "not-required"),
    ("accept", "not-competent"): _not_competent,
    ("correct", "submitted"): _answer_correction,
    ("hearing-right", ""): lambda effect: hearings.tell_right(effect.deed),
    ("hearing-notice", ""): lambda effect: hearings.announce(effect.deed, effect.answers),
    ("site-visit", "rectify"): lambda effect: life.ask_rectification(effect.deed),
    ("decide", "grant"): lambda effect: life.decide(_decision(effect), granted=True),
    ("decide", "refuse"): lambda effect: life.decide(
        _decision(effect), granted=False, reasons=effect.doing.reasons
    ),
    ("decide-part", "grant"): lambda effect: life.decide_part(_decision(effect), granted=True),
    ("decide-part", "refuse"): lambda effect: life.decide_part(_decision(effect), granted=False),
    ("deliver", "delivered"): lambda effect: life.deliver(effect.deed),
}


def apply(effect: Effect) -> None:
    """Let an outcome take its legal effect, if it has one."""
    act = effect.step.act
    handler = EFFECTS.get((act, effect.doing.outcome)) or EFFECTS.get((act, ""))
    if handler is not None:
        handler(effect)


def changed_answers(case: Case, doing: Doing) -> dict[str, Any]:
    """Return the application answers an applicant corrects: those named in the open notice."""
    correction = life.open_correction(case)
    entries = correction.entries if correction is not None else []
    named = {entry["target"] for entry in entries if entry["kind"] == "field"}
    return {key: value for key, value in doing.answers.items() if key in named}


def lacking(step: Step, case: Case, doing: Doing) -> dict[str, Text]:
    """Return what an outcome needs and was not given, by field."""
    if (step.act, doing.outcome) == ("accept", "correct"):
        return _lacking_corrections(doing) | _lacking_new_facts(case, doing)
    if (step.act, doing.outcome) == ("accept", "not-competent") and not doing.agency.strip():
        return {"agency": Text("请写明应向哪个机关申请。", "Name the agency to apply to.")}
    if step.act == "correct":
        return _lacking_answers(case, doing)
    return {}


def _lacking_corrections(doing: Doing) -> dict[str, Text]:
    if not doing.corrections or len(doing.corrections) > MAX_CORRECTIONS:
        return {
            "corrections": Text(
                "请一次列出全部需要补正的内容，至少一处。",
                "List everything to be corrected at once, at least one point.",
            )
        }
    return {
        f"corrections.{index}": Text("请写明要求。", "Say what is asked.")
        for index, entry in enumerate(doing.corrections)
        if not str(entry.get("reason", "")).strip()
    }


def _lacking_new_facts(case: Case, doing: Doing) -> dict[str, Text]:
    """Ask what is new before a second notice: the law knows one only (许可法 32(1)(4))."""
    if len(doing.new_facts.strip()) >= 2 or not life.asked_before(case):
        return {}
    return {
        "new_facts": Text(
            "已经一次性告知过。再次告知须写明上次告知后才出现的新情况，并将告知监察人员。",
            "The one notice was sent already. A second one needs facts that are new since then; "
            "supervisors are told.",
        )
    }


def _lacking_answers(case: Case, doing: Doing) -> dict[str, Text]:
    """Check the application as corrected, as a whole, with its materials."""
    checked = corrected(case, doing)
    present = {material.code for material in materials.of_case(case)}
    lacking_files = missing_materials(
        bundle(case.version_id), checked.answers, present, case.application_kind
    )
    return {**checked.errors, **lacking_files}


def corrected(case: Case, doing: Doing) -> Checked:
    """Return the application's answers with those the applicant was asked to correct."""
    return check_answers(
        bundle(case.version_id).application_form,
        {**case.answers, **changed_answers(case, doing)},
        evaluate=evaluate,
        today=civil_date(case.received_at),
        refuse_unknown=False,
    )
