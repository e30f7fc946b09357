"""Breaches that the record itself shows, found after the fact: no limit runs out, they are there.

The engine refuses most of them before they happen; what is looked for here is what came about all
the same, by another door, an older version, or a hand in the database.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import any_, bindparam, exists, func, select

from engine import db, events
from engine.bpmn.grounds import cause_of
from engine.bpmn.model import Process
from engine.db.direct import Asked
from engine.definitions import Bundle, bundle_of
from engine.models import Breach, Case, ClockStop, Document, Person, Signature, Task, Version
from engine.permissions import APPLICANT_ROLE, MACHINE
from engine.supervision.facts import WHOLE
from engine.supervision.judging import Fact
from engine.supervision.kinds import BASELESS, CAUSES, CONFLICT, SKIPPED, TAMPERED, UNREASONED
from forms.text import Text

DECIDING: Final = ("decide", "decide-part")
#: Documents that say no; each must tell reasons, and the remedies (许可法 38, 40).
REFUSALS: Final = ("refused", "not-required", "not-competent")


class _Done(NamedTuple):
    """A step that was done, and by whom."""

    id: str
    case_id: int
    element: str
    act: str
    role: str
    department_code: str | None
    completed_at: datetime
    completed_by: int | None
    person_kind: str | None
    signed: list[int] | None

    @property
    def people(self) -> set[int]:
        """Everybody who had a hand in it."""
        return {*(self.signed or ()), *((self.completed_by,) if self.completed_by else ())}


@dataclass
class _Seen:
    """What is looked at of one case."""

    case: Case
    tasks: list[_Done] = field(default_factory=list)
    papers: list[Document] = field(default_factory=list)
    stops: list[ClockStop] = field(default_factory=list)
    proven: list[Breach] = field(default_factory=list)
    #: held on to while they are needed: the session forgets rows that nobody holds
    versions: Sequence[Version] = ()


#: Whose steps no member of the staff does.
NOT_STAFF: Final = (APPLICANT_ROLE, MACHINE)


def of_cases(case_ids: Collection[int]) -> Iterator[Fact]:
    """Return the breaches in some cases, from their rows; chains of events are ``broken``'s."""
    for seen in _read(case_ids):
        of = bundle_of(seen.case)
        yield from _skipped(seen, of)
        yield from _conflicts(seen, of)
        yield from _unreasoned(seen)
        yield from _baseless(seen)
        yield from _proven(seen)


def broken(case_ids: Collection[int]) -> Iterator[Fact]:
    """Return the closed cases whose record was changed: their chain of events does not hold."""
    query = select(Case).where(Case.id.in_(case_ids), Case.closed_at.is_not(None))
    found = events.broken([events.stream_of(number) for number in sorted(set(case_ids))])
    if not found:
        return
    for case in db.session().scalars(query.order_by(Case.id)):
        places = found.get(events.stream_of(case.id))
        if places and case.closed_at is not None:
            where = "、".join(map(str, places[:5]))
            said = Text(
                f"事件链在第{where}条处断开", f"the chain of events is broken at {places[:5]}"
            )
            yield _fact(case, TAMPERED, WHOLE, said, case.closed_at)


def closed(case_ids: Collection[int]) -> list[int]:
    """Return which of some cases are closed: only their chains are whole for good."""
    query = select(Case.id).where(Case.id.in_(case_ids), Case.closed_at.is_not(None))
    return list(db.session().scalars(query.order_by(Case.id)))


_REFUSED: Final = exists().where(Document.case_id == Case.id, Document.kind.in_(REFUSALS))
_STOPPED: Final = exists().where(ClockStop.case_id == Case.id, ClockStop.started_at.is_not(None))
_PROVEN: Final = exists().where(Breach.case_id == Case.id)
_DONE: Final = Asked(
    select(
        Task.id, Task.case_id, Task.element, Task.act, Task.role, Task.department_code,
        Task.completed_at, Task.completed_by, Person.kind,
        select(func.array_agg(Signature.person_id)).where(Signature.task_id == Task.id)
        .scalar_subquery(),
    )
    .outerjoin(Person, Person.id == Task.completed_by)
    .where(Task.case_id == any_(bindparam("ids")), Task.state == "completed")
    .order_by(Task.completed_at, Task.id)
)  # fmt: skip


def _read(case_ids: Collection[int]) -> Sequence[_Seen]:
    """Read what is looked at; what few cases have (refusals, stops, breaches) only where it is."""
    session, found, versions = db.session(), {}, set()
    refused, stopped, proven = [], [], []
    query = select(Case, _REFUSED, _STOPPED, _PROVEN).where(Case.id.in_(case_ids)).order_by(Case.id)
    for case, has_papers, has_stops, has_breaches in session.execute(query):
        found[case.id] = _Seen(case)
        versions.add(case.version_id)
        refused += [case.id] if has_papers else []
        stopped += [case.id] if has_stops else []
        proven += [case.id] if has_breaches else []
    if not db.known():
        # Outside of a unit of work each case would ask for its version again.
        found_versions = session.scalars(select(Version).where(Version.id.in_(versions))).all()
        for seen in found.values():
            seen.versions = found_versions
    for values in db.ask(_DONE.text, _DONE.values(ids=list(case_ids))):
        task = _Done(*values)
        found[task.case_id].tasks.append(task)
    papers = select(Document).where(Document.case_id.in_(refused), Document.kind.in_(REFUSALS))
    for paper in session.scalars(papers.order_by(Document.id)) if refused else ():
        found[paper.case_id or 0].papers.append(paper)
    stops = select(ClockStop).where(
        ClockStop.case_id.in_(stopped), ClockStop.started_at.is_not(None)
    )
    for stop in session.scalars(stops.order_by(ClockStop.id)) if stopped else ():
        found[stop.case_id].stops.append(stop)
    breaches = select(Breach).where(Breach.case_id.in_(proven)).order_by(Breach.id)
    for breach in session.scalars(breaches) if proven else ():
        found[breach.case_id].proven.append(breach)
    return list(found.values())


def _fact(case: Case, cause: str, subject: str, said: Text, at: datetime, **more: Any) -> Fact:
    values = {"step": said, "department": case.lead_code, "role": "", "person_id": None, **more}
    return Fact(
        case.id, case.item_code, cause, subject, started_at=at, due_at=at, found=said, **values
    )


def _skipped(seen: _Seen, of: Bundle) -> Iterator[Fact]:
    """Look for a decision before which a step was not done that every way to it passes."""
    for task in seen.tasks:
        if task.act not in DECIDING or task.element not in of.process.steps:
            continue
        before = {t.element for t in seen.tasks if t.completed_at <= task.completed_at}
        missing = [e for e in required_before(of.process, task.element) if e not in before]
        if missing:
            names = [of.steps[element].name for element in missing]
            said = Text(
                f"缺少环节：{'、'.join(n.zh for n in names)}",
                f"not done before: {', '.join(n.en for n in names)}",
            )
            yield _of_task(seen.case, SKIPPED, task, said)


def _of_task(case: Case, cause: str, task: _Done, said: Text) -> Fact:
    return _fact(
        case, cause, task.id, said, task.completed_at, role=task.role,
        department=task.department_code or case.lead_code, person_id=task.completed_by,
    )  # fmt: skip


def required_before(process: Process, element: str) -> tuple[str, ...]:
    """Return the staff's steps on an element's own level that every way to it passes.

    Conditions are not asked: a step counts only when there is no way around it at all.
    """
    parent = process.nodes[element].parent
    staff = [
        node.id
        for node in process.within(parent)
        if node.id != element
        and (step := process.steps.get(node.id)) is not None
        and step.role not in NOT_STAFF
    ]
    return tuple(one for one in staff if element not in _reached(process, parent, one))


def _reached(process: Process, parent: str | None, without: str) -> frozenset[str]:
    """Return what can be reached on a level from its starts when one node is taken out."""
    level = process.within(parent)
    open_ends = [
        n.id for n in level if n.id != without and not n.incoming and n.attached_to is None
    ]
    seen = set(open_ends)
    while open_ends:
        node = process.nodes[open_ends.pop()]
        following = [process.flows[flow].target for flow in node.outgoing]
        following += [edge.id for edge in process.boundaries(node.id)]
        following += _linked(process, node.id)
        for one in following:
            if one not in seen and one != without and one in process.nodes:
                seen.add(one)
                open_ends.append(one)
    return frozenset(seen)


def _linked(process: Process, element: str) -> list[str]:
    node = process.nodes[element]
    names = [event.ref for event in node.events if event.kind == "link"]
    return [other.id for name in names for other in process.linked(node.parent, name)]


def _conflicts(seen: _Seen, of: Bundle) -> Iterator[Fact]:
    """Look for one person in posts that are kept apart, and for a step that too few have signed."""
    done: dict[str, set[int]] = {}
    for task in seen.tasks:
        step = of.steps.get(task.element)
        people = task.people
        # What the diagram itself ended, nobody did.
        if step is not None and step.role not in NOT_STAFF and people:
            said = _wrong_doers(of, step, people, done, task.person_kind)
            if said is not None:
                yield _of_task(seen.case, CONFLICT, task, said)
        done.setdefault(task.element, set()).update(people)


def _wrong_doers(
    of: Bundle, step: Any, people: set[int], done: dict[str, set[int]], kind: str | None
) -> Text | None:
    barred = set(step.not_same_as)
    if of.process.combined_review:
        barred -= {s.element for s in of.steps.values() if s.act == "accept"}
    for other in sorted(barred):
        if people & done.get(other, set()):
            name = of.steps[other].name
            return Text(
                f"“{step.name.zh}”与“{name.zh}”由同一人办理",
                f"“{step.name.en}” and “{name.en}” were done by the same person",
            )
    if len(people) < step.persons:
        return Text(
            f"“{step.name.zh}”应由{step.persons}人办理，只有{len(people)}人",
            f"“{step.name.en}” needs {step.persons} persons, {len(people)} did it",
        )
    if kind not in (None, "staff"):
        return Text(f"“{step.name.zh}”不是工作人员办理", f"“{step.name.en}” was not done by staff")
    return None


def _unreasoned(seen: _Seen) -> Iterator[Fact]:
    """Look for refusals that tell no reasons, or name no remedies (许可法 38, 40)."""
    for paper in seen.papers:
        facts = {str(label[0]): str(value[0]).strip() for label, value in paper.data["facts"]}
        lacking = []
        if not facts.get("理由"):
            lacking.append(Text("理由", "reasons"))
        if not paper.data.get("remedies"):
            lacking.append(Text("救济途径", "remedies"))
        if lacking:
            said = Text(
                f"{paper.number}未写明{'、'.join(one.zh for one in lacking)}",
                f"{paper.number} names no {' and no '.join(one.en for one in lacking)}",
            )
            subject, unit = str(paper.id), paper.department_code
            yield _fact(
                seen.case, UNREASONED, subject, said, paper.issued_at, department=unit,
                person_id=paper.issued_by,
            )  # fmt: skip


def _baseless(seen: _Seen) -> Iterator[Fact]:
    """Look for stops of the clock on no lawful ground, or without their notice (许可法 45)."""
    for stop in seen.stops:
        lacking = []
        if cause_of(stop.ground) is None:
            lacking.append(Text("法定依据", "lawful ground"))
        if not stop.notice_number:
            lacking.append(Text("书面告知", "written notice"))
        if lacking and stop.started_at is not None:
            said = Text(
                f"停止计时没有{'、'.join(one.zh for one in lacking)}",
                f"the clock was stopped without {' and '.join(one.en for one in lacking)}",
            )
            yield _fact(
                seen.case, BASELESS, str(stop.id), said, stop.started_at,
                department=stop.department_code, person_id=stop.decided_by or stop.asked_by,
            )  # fmt: skip


def _proven(seen: _Seen) -> Iterator[Fact]:
    """Tell what a supervisor has proven."""
    for breach in seen.proven:
        said, unit = CAUSES[breach.cause], breach.department_code
        yield _fact(
            seen.case, breach.cause, str(breach.id), said, breach.proven_at, department=unit
        )
