"""Where a case stands: on its diagram, in words, and step by step."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine import clocks, people
from engine.bpmn.model import Step
from engine.cases.finding import CaseFile, file_of
from engine.models import Case, Task
from engine.permissions import APPLICANT_ROLE
from forms.text import Text

STATUS = {
    "received": Text("已收件，待受理", "Received, waiting for acceptance"),
    "correcting": Text("待补正", "Corrections needed"),
    "accepted": Text("办理中", "Being handled"),
    "decided": Text("已决定", "Decided"),
    "closed": Text("已办结", "Closed"),
}
SUSPENDED = Text("已中止", "Suspended")
RESULTS = {
    "granted": Text("准予许可", "Granted"),
    "refused": Text("不予许可", "Refused"),
    "partly-granted": Text("部分准予", "Partly granted"),
    "not-required": Text("不受理（无需许可）", "No licence needed"),
    "not-competent": Text("不予受理", "Not accepted (not competent)"),
    "withdrawn": Text("申请人已撤回", "Withdrawn by the applicant"),
}


@dataclass(frozen=True)
class StepState:
    """One step of the diagram, as far as a case has come with it."""

    step: Step
    state: Literal["done", "current", "todo"]
    at: datetime | None
    department: Text
    due_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """Where a case stands."""

    current: frozenset[str]
    done: frozenset[str]
    whose_turn: Text
    applicants_turn: bool
    due_at: datetime | None
    explanation: Text
    provisional: bool
    steps: Sequence[StepState]


def status_text(case: Case) -> Text:
    """Say in a word how a case stands; with its result once there is one."""
    if case.suspended_at is not None:
        return SUSPENDED
    if case.result and case.status in ("decided", "closed"):
        status, result = STATUS[case.status], RESULTS[case.result]
        return Text(f"{status.zh}：{result.zh}", f"{status.en}: {result.en}")
    return STATUS[case.status]


def progress(case: Case, file: CaseFile | None = None) -> Progress:
    """Work out where a case stands from its tasks and its record."""
    file = file or file_of(case)
    open_tasks = [task for task in file.tasks if task.state == "open"]
    current = frozenset(task.element for task in open_tasks) | _calling(file)
    facts = case.due_facts.get("promised") or case.due_facts.get("statutory") or {}
    return Progress(
        current=current,
        done=_done(file) - current,
        whose_turn=_whose_turn(case, open_tasks),
        applicants_turn=any(task.role == APPLICANT_ROLE for task in open_tasks),
        due_at=case.promised_due_at or case.statutory_due_at,
        explanation=clocks.explanation(facts),
        provisional=clocks.is_provisional(facts),
        steps=_steps(file),
    )


def _calling(file: CaseFile) -> frozenset[str]:
    """List the calls that are being carried out: their steps stand in no picture of the item."""
    if len(file.bundle.running) == 1:
        return frozenset()
    entered: Counter[str] = Counter()
    for element, what in _trace(file):
        node = file.bundle.node(element)
        if node is not None and node.type == "callActivity":
            entered[element] += 1 if what == "entered" else -1
    return frozenset(element for element, times in entered.items() if times > 0)


def _trace(file: CaseFile) -> Iterator[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for event in file.events:
        if event.type == "case-advanced":
            found += [(element, what) for element, what in event.data["trace"]]
        elif event.type == "case-migrated":
            named = event.data["mapping"]
            found = [(named.get(element, element), what) for element, what in found]
        elif event.type == "case-put-back":
            before = {new: old for old, new in event.data["mapping"].items()}
            found = [(before.get(element, element), what) for element, what in found]
    yield from found


def _done(file: CaseFile) -> frozenset[str]:
    return frozenset(element for element, what in _trace(file) if what == "completed")


def _whose_turn(case: Case, open_tasks: Sequence[Task]) -> Text:
    if case.closed_at is not None:
        return Text("已办结", "Closed")
    names: dict[str, Text] = {}
    for task in open_tasks:
        if task.role == APPLICANT_ROLE:
            names[""] = Text("申请人（您）", "the applicant (you)")
        elif task.department_code is not None:
            names[task.department_code] = people.department_name(task.department_code)
    if not names:
        return Text("系统自动办理中", "the system")
    zh = "、".join(name.zh for name in names.values())
    return Text(zh, ", ".join(name.en for name in names.values()))


def _steps(file: CaseFile) -> list[StepState]:
    latest: dict[str, list[Task]] = {}
    for task in file.tasks:
        if task.state != "cancelled":
            latest.setdefault(task.element, []).append(task)
    return [
        _step_state(step, latest.get(step.element, []))
        for step in file.bundle.ordered_steps
        if step.element in latest or file.case.closed_at is None
    ]


def _step_state(step: Step, tasks: Sequence[Task]) -> StepState:
    open_tasks = [task for task in tasks if task.state == "open"]
    ended = [task.completed_at for task in tasks if task.completed_at is not None]
    codes = dict.fromkeys(t.department_code for t in tasks if t.department_code)
    names = [people.department_name(code) for code in codes]
    department = Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))
    if open_tasks:
        due = min((t.due_at for t in open_tasks if t.due_at is not None), default=None)
        return StepState(step, "current", None, department, due)
    if ended:
        return StepState(step, "done", max(ended), department, None)
    return StepState(step, "todo", None, department, None)
