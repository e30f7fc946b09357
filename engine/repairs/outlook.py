"""What a repair does, told line by line: the case before it compared with the case after it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from engine import clocks, db, people
from engine.definitions import Bundle, bundle_of
from engine.models import Case, ClockStop, CoHandling, Task, Timer
from engine.repairs.mending import Changed
from forms.text import Text

_BY_POST = Text("岗位待认领", "for whoever of the post claims it")
_NEVER = Text("没有期限", "no limit")


@dataclass(frozen=True)
class Line:
    """One thing that a repair does: its kind for programs, its words for people."""

    kind: str
    text: Text

    def stored(self) -> dict[str, str]:
        """Return it as plain JSON."""
        return {"kind": self.kind, "zh": self.text.zh, "en": self.text.en}


@dataclass(frozen=True)
class Standing:
    """What of a case a repair can touch, as it stands at one moment."""

    tasks: Mapping[str, Task]
    holders: Mapping[str, int | None]
    timers: Mapping[str, tuple[str, datetime]]
    branches: Mapping[str, tuple[str, str]]
    stops: Mapping[int, str]
    dues: Mapping[str, datetime | None]
    closed: bool
    #: hash of all that, with the count of steps saved
    mark: str


def standing(case: Case) -> Standing:
    """Read how a case stands now, in the open transaction."""
    session = db.session()
    db.write()
    tasks = session.scalars(select(Task).where(Task.case_id == case.id, Task.state == "open"))
    timers = session.scalars(select(Timer).where(Timer.case_id == case.id))
    asked = select(CoHandling).where(CoHandling.case_id == case.id, CoHandling.state == "open")
    running = select(ClockStop).where(ClockStop.case_id == case.id, ClockStop.state == "running")
    found = {task.id: task for task in tasks}
    holders = {task.id: task.assignee_id for task in found.values()}
    due = {timer.id: (timer.element, timer.due_at) for timer in timers}
    branches = {one.branch: (one.element, one.department_code) for one in session.scalars(asked)}
    stopped = {one.id: one.element or "" for one in session.scalars(running)}
    dues = {"statutory": case.statutory_due_at, "promised": case.promised_due_at}
    state = [case.revision, case.status, case.suspended_at, sorted(holders.items())]
    facts = [*state, sorted(due.items()), sorted(branches), sorted(stopped), sorted(dues.items())]
    mark = hashlib.sha256(orjson.dumps(facts, default=str)).hexdigest()
    closed = case.closed_at is not None
    return Standing(found, holders, due, branches, stopped, dues, closed, mark)


def difference(
    case: Case, before: Standing, after: Standing, changed: Iterable[Changed]
) -> list[Line]:
    """Tell what is another after a repair than it was before."""
    of = bundle_of(case)
    found = [*_answers(changed), *_tasks(before, after), *_asked(of, before, after)]
    found += [*_timers(of, before, after), *_stops(of, before, after), *_dues(before, after)]
    if after.closed and not before.closed:
        found.append(Line("ends", Text("办件随之办结。", "The case ends with it.")))
    return found


def _answers(changed: Iterable[Changed]) -> list[Line]:
    return [
        Line("answer", Text(f"更正“{one.label.zh}”。", f"“{one.label.en}” is changed."))
        for one in changed
    ]


def _tasks(before: Standing, after: Standing) -> list[Line]:
    gone = [before.tasks[key] for key in before.tasks if key not in after.tasks]
    new = [after.tasks[key] for key in after.tasks if key not in before.tasks]
    kept = [after.tasks[key] for key in after.tasks if key in before.tasks]
    found = [_closes(task, before.holders[task.id]) for task in gone]
    found += [_opens(task) for task in new]
    moved = [task for task in kept if before.holders[task.id] != task.assignee_id]
    return found + [_reassigned(task, before.holders[task.id]) for task in moved]


def _closes(task: Task, holder: int | None) -> Line:
    who = _person(holder)
    return Line(
        "closes",
        Text(
            f"待办“{task.name_zh}”取消（{who.zh}）；已填写而未提交的内容不再使用。",
            f"The task “{task.name_en}” is cancelled ({who.en}); what was typed is not used.",
        ),
    )


def _opens(task: Task) -> Line:
    where = people.department_name(task.department_code)
    role = people.role_name(task.role)
    due = clocks.last_day(task.due_at).isoformat() if task.due_at else None
    zh, en = (f"期限至{due}", f"due {due}") if due else (_NEVER.zh, _NEVER.en)
    return Line(
        "opens",
        Text(
            f"新开待办“{task.name_zh}”：{where.zh}{role.zh}，{zh}。",
            f"A task “{task.name_en}” opens: {where.en}, {role.en}, {en}.",
        ),
    )


def _reassigned(task: Task, holder: int | None) -> Line:
    old, new = _person(holder), _person(task.assignee_id)
    return Line(
        "reassigned",
        Text(
            f"待办“{task.name_zh}”由“{old.zh}”改为“{new.zh}”办理；期限不变。",
            f"“{task.name_en}” goes from “{old.en}” to “{new.en}”; its due time stays.",
        ),
    )


def _person(person_id: int | None) -> Text:
    found = people.get(person_id) if person_id else None
    return Text(found.name, found.name) if found else _BY_POST


def _asked(of: Bundle, before: Standing, after: Standing) -> list[Line]:
    found = []
    for key in before.branches.keys() - after.branches.keys():
        name, unit = _branch(of, before.branches[key])
        found.append(
            Line(
                "co-handling-ends",
                Text(f"对{unit.zh}的“{name.zh}”不再等待答复。", f"“{name.en}” of {unit.en} ends."),
            )
        )
    for key in after.branches.keys() - before.branches.keys():
        name, unit = _branch(of, after.branches[key])
        found.append(
            Line(
                "co-handling-begins",
                Text(f"请{unit.zh}协办“{name.zh}”。", f"{unit.en} is asked for “{name.en}”."),
            )
        )
    return found


def _branch(of: Bundle, facts: tuple[str, str]) -> tuple[Text, Text]:
    return of.cohandlings[facts[0]].name, people.department_name(facts[1])


def _timers(of: Bundle, before: Standing, after: Standing) -> list[Line]:
    found = []
    for key in before.timers.keys() - after.timers.keys():
        name = _name(of, before.timers[key][0])
        words = Text(f"定时“{name.zh}”取消。", f"The timer “{name.en}” is cancelled.")
        found.append(Line("timer-ends", words))
    for key in after.timers.keys() - before.timers.keys():
        element, at = after.timers[key]
        name, on = _name(of, element), clocks.last_day(at).isoformat()
        words = Text(f"定时“{name.zh}”开始，{on}到时。", f"The timer “{name.en}” starts: {on}.")
        found.append(Line("timer-starts", words))
    return found


def _stops(of: Bundle, before: Standing, after: Standing) -> list[Line]:
    found = []
    for key in before.stops.keys() - after.stops.keys():
        name = _name(of, before.stops[key])
        words = Text(f"“{name.zh}”的停止计时结束，期限继续计算。", f"The clock goes on: {name.en}.")
        found.append(Line("clock-goes-on", words))
    for key in after.stops.keys() - before.stops.keys():
        name = _name(of, after.stops[key])
        words = Text(
            f"进入“{name.zh}”，期限停止计算，并书面告知申请人。",
            f"“{name.en}” stops the clock; the applicant is told in writing.",
        )
        found.append(Line("clock-stops", words))
    return found


_DUES = {
    "statutory": Text("法定期限", "The statutory limit"),
    "promised": Text("承诺期限", "The promised limit"),
}


def _dues(before: Standing, after: Standing) -> list[Line]:
    found = []
    for key, name in _DUES.items():
        old, new = before.dues[key], after.dues[key]
        if old != new:
            one, other = _day(old), _day(new)
            words = Text(
                f"{name.zh}由{one.zh}变为{other.zh}。",
                f"{name.en} changes from {one.en} to {other.en}.",
            )
            found.append(Line("due", words))
    if not found and before.dues["statutory"]:
        words = Text("法定期限和承诺期限不变。", "The statutory and promised limits stay.")
        found.append(Line("due-stays", words))
    return found


def _day(at: datetime | None) -> Text:
    if at is None:
        return Text("停止计算", "standing still")
    on = clocks.last_day(at).isoformat()
    return Text(on, on)


def _name(of: Bundle, element: str) -> Text:
    node = of.node(element)
    return node.name if node is not None and node.name.zh else Text(element, element)


def stored(lines: Sequence[Line]) -> list[Any]:
    """Return lines as plain JSON."""
    return [line.stored() for line in lines]
