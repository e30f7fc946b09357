"""What an outcome does to the case beyond moving the diagram on, by act and outcome code.

The codes with legal effect are those of the process language; all others only steer the diagram.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine import completion
from engine.bpmn.model import Step
from engine.cases import hearings, life, materials
from engine.clock import civil_date
from engine.completion import Doing
from engine.definitions import bundle
from engine.models import Case, Task
from engine.permissions import Actor
from engine.tasks import duties
from forms.text import Text


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
    corrected = _application(effect.case).corrected(effect.doing)
    life.answer_correction(effect.deed, corrected.answers)


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


def lacking(step: Step, case: Case, doing: Doing) -> dict[str, Text]:
    """Return what an outcome needs and was not given, by field."""
    return completion.lacking(
        step,
        doing,
        asked_before=lambda: life.asked_before(case),
        application=lambda: _application(case),
    )


def _application(case: Case) -> completion.Application:
    """Read what was applied for, with its materials and the points of the open notice."""
    of, correction = bundle(case.version_id), life.open_correction(case)
    return completion.Application(
        of.item,
        of.application_form,
        case.answers,
        civil_date(case.received_at),
        case.application_kind,
        frozenset(material.code for material in materials.of_case(case)),
        correction.entries if correction is not None else (),
    )
