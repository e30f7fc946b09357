"""One run of a simulation: cases come in, lie, wait for people, are worked on, go on.

The rule of the queues: a task first lies as long as tasks of its step are known to lie; then it
waits for a free person of its post, the one due earliest first (without a limit last, equal ones in
the order in which they came). A person works at one task at a time, in office hours, to its end. A
step that several must sign takes as many people, each for the whole work. Applicants and the world
outside wait for nobody.
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final

from engine.bpmn.language import APPLICANT, MACHINE
from engine.bpmn.model import Step
from engine.errors import InvalidError
from engine.whatif.axis import Axis
from engine.whatif.course import Course, Place, Spot, Way
from engine.whatif.setup import Setup
from forms.text import Text

#: Most moves of one case: a diagram that goes in circles for ever is stopped there.
MAX_MOVES: Final = 500


@dataclass
class StepRun:
    """What one run saw of a step: how long each task waited for somebody, and the work."""

    waits: list[float] = field(default_factory=list)
    late: int = 0
    limited: int = 0


@dataclass
class Run:
    """What one run came to; durations are working days from receipt to decision."""

    steps: dict[str, StepRun] = field(default_factory=lambda: defaultdict(StepRun))
    busy: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    durations: list[float] = field(default_factory=list)
    kept: int = 0
    broken: int = 0
    received: int = 0
    finished: int = 0
    unfinished: int = 0
    #: Cases the diagram could not take on, by reason.
    faults: dict[Text, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class _Case:
    received: float
    counted: bool
    place: Place | None = None
    #: By spot: the work that is to be done for it.
    jobs: list["_Job"] = field(default_factory=list)
    accepted: float | None = None
    decided: float | None = None
    stops: int = 0
    stopped_since: float = 0.0
    stopped: int = 0
    moves: int = 0


@dataclass
class _Job:
    """One task (or wait) of a case, until it is done or taken away."""

    case: _Case
    spot: Spot
    step: Step | None
    opened: float
    due: float
    post: str
    #: How many people still have to work at it, and how many do.
    wanted: int = 1
    running: int = 0
    dead: bool = False


class _Post:
    """The people of one post and what waits for them."""

    def __init__(self, people: int) -> None:
        self.free = people
        self.queue: list[tuple[float, float, int, _Job]] = []


class Simulation:
    """One run, by its number; the same seed and number give the same run."""

    def __init__(self, course: Course, setup: Setup, axis: Axis, number: int) -> None:
        self.course, self.setup, self.axis = course, setup, axis
        # Arrivals have their own chance, so that two bundles meet the same applicants.
        self._arrivals = random.Random(f"{setup.seed}:{number}:arrivals")  # noqa: S311 - no secret
        self._chance = random.Random(f"{setup.seed}:{number}:work")  # noqa: S311 - no secret
        self._posts: dict[str, _Post] = {}
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = 0
        self._open: dict[int, _Case] = {}
        self.begin = setup.warmup * axis.hours
        self.end = (setup.warmup + setup.days) * axis.hours
        self.run = Run()

    def go(self) -> Run:
        """Run to the end of the last day. Raises InvalidError for a post without people."""
        self._at(self._next_arrival(0.0), self._arrive)
        while self._events:
            at, _, act = heapq.heappop(self._events)
            if at > self.end:
                break
            act(at)
        for case in self._open.values():
            self._left_open(case)
        return self.run

    def _at(self, when: float, act: Callable[[float], None]) -> None:
        self._order += 1
        heapq.heappush(self._events, (when, self._order, act))

    # --- cases ---------------------------------------------------------------------------------
    def _next_arrival(self, at: float) -> float:
        gap = self.axis.hours / self.setup.arrivals
        return at + (gap if self.setup.even else self._arrivals.expovariate(1 / gap))

    def _arrive(self, at: float) -> None:
        mixes = self.setup.mixes
        answers: Mapping[str, Any] = self._arrivals.choice(mixes) if mixes else {}
        case = _Case(at, counted=at >= self.begin)
        self.run.received += case.counted
        self._open[id(case)] = case
        if not any(step.act == "accept" for step in self.course.steps.values()):
            case.accepted = at
        self._follow(case, self.course.begin(answers), at)
        self._at(self._next_arrival(at), self._arrive)

    def _follow(self, case: _Case, way: Way, at: float) -> None:
        """Take a case along a way: some work goes on, some is new, the rest is taken away."""
        case.moves += 1
        fault = way.fault
        if way.place is None or case.moves > MAX_MOVES:
            endless = Text("流程没完没了。", "It goes on without an end.")
            self.run.faults[fault or endless] += 1
            self._take_away(case.jobs, at)
            del self._open[id(case)]
            return
        self._stop(case, way.stops, at)
        jobs = [
            case.jobs[kept] if kept is not None else self._job(case, spot, at)
            for spot, kept in zip(way.place.spots, way.kept, strict=True)
        ]
        going_on = {id(job) for job in jobs}
        gone = [job for job in case.jobs if id(job) not in going_on]
        fresh = [job for job, kept in zip(jobs, way.kept, strict=True) if kept is None]
        case.place, case.jobs = way.place, jobs
        self._take_away(gone, at)
        if any(job.step is not None and job.step.act == "deliver" for job in fresh):
            self._decide(case, at)
        for job in fresh:
            self._open_job(job, at)
        if way.place.completed:
            self._finish(case, at)

    def _stop(self, case: _Case, change: int, at: float) -> None:
        before, case.stops = case.stops, case.stops + change
        if before == 0 and case.stops > 0:
            case.stopped_since = at
        elif before > 0 and case.stops == 0:
            case.stopped += self.axis.day_of(at) - self.axis.day_of(case.stopped_since)

    def _finish(self, case: _Case, at: float) -> None:
        del self._open[id(case)]
        self._decide(case, at)
        self.run.finished += case.counted

    def _decide(self, case: _Case, at: float) -> None:
        """Note when a case was decided, once: that ends its time and keeps its promise or not."""
        if case.decided is not None:
            return
        case.decided = at
        if not case.counted:
            return
        self.run.durations.append((at - case.received) / self.axis.hours)
        due = self._promised(case)
        if due is not None:
            self.run.kept += at <= due
            self.run.broken += at > due

    def _left_open(self, case: _Case) -> None:
        if not case.counted or case.decided is not None:
            return
        self.run.unfinished += 1
        due = self._promised(case)
        if due is not None and case.stops == 0 and due < self.end:
            self.run.broken += 1

    def _promised(self, case: _Case) -> float | None:
        process = self.course.reading.process
        if not process.promised_limit or case.accepted is None:
            return None
        start = case.received if process.clock_start == "received" else case.accepted
        return self.axis.due(start, process.promised_limit, case.stopped)

    # --- work ----------------------------------------------------------------------------------
    def _job(self, case: _Case, spot: Spot, at: float) -> _Job:
        step = self.course.steps.get(spot.element) if spot.kind == "task" else None
        due = self.axis.due(at, step.limit) if step is not None and step.limit else inf
        nobodys = step is None or step.role in (APPLICANT, MACHINE)
        post = "" if step is None or nobodys else self.post_of(step, spot.item)
        return _Job(case, spot, step, at, due, post, wanted=step.persons if step and post else 1)

    def post_of(self, step: Step, item: str) -> str:
        """Return the post that does a step: of its own department, the lead, or the branch's."""
        named = {"lead": self.course.reading.process.lead, "co": item, "each": item}
        return f"{named.get(step.department, step.department)}:{step.role}"

    def _open_job(self, job: _Job, at: float) -> None:
        if job.spot.kind == "timer":
            limit, span = job.spot.limit, job.spot.span
            self._at(
                self.axis.due(at, limit) if limit else self.axis.later(at, span),
                lambda now: self._done(job, now),
            )
        elif job.spot.kind == "message":
            self._at(at + self.setup.outside, lambda now: self._done(job, now))
        elif not job.post:
            self._at(at + self._hours(job.spot.element), lambda now: self._done(job, now))
        else:
            lies = self.setup.delay.get(job.spot.element)
            when = at + (self._chance.choice(lies) if lies else 0.0)
            self._at(when, lambda now: self._queue(job, now))

    def _hours(self, element: str) -> float:
        known = self.setup.work.get(element)
        return self._chance.choice(known) if known else self.setup.usual_work

    def _queue(self, job: _Job, at: float) -> None:
        if job.dead:
            return
        people = self.setup.people_of(job.post)
        if people < job.wanted:
            raise InvalidError(_too_few(job.post, job.wanted), fields={f"people-{job.post}": _FEW})
        post = self._posts.setdefault(job.post, _Post(people))
        for _ in range(job.wanted):
            self._order += 1
            heapq.heappush(post.queue, (job.due, job.opened, self._order, job))
        self._serve(job.post, at)

    def _serve(self, name: str, at: float) -> None:
        """Let the free people of a post take what is most urgent."""
        post = self._posts[name]
        while post.free and post.queue:
            job = heapq.heappop(post.queue)[3]
            if job.dead:
                continue
            post.free -= 1
            job.running += 1
            if job.case.counted:
                self.run.steps[job.spot.element].waits.append(at - job.opened)
            hours = self._hours(job.spot.element)
            self._count_busy(name, at, at + hours)
            self._at(at + hours, lambda now, job=job: self._worked(job, now))  # type: ignore[misc]

    def _count_busy(self, post: str, start: float, end: float) -> None:
        within = min(end, self.end) - max(start, self.begin)
        self.run.busy[post] += max(0.0, within)

    def _worked(self, job: _Job, at: float) -> None:
        """One person has done their part."""
        if not job.dead:
            job.running -= 1
            job.wanted -= 1
            self._posts[job.post].free += 1
            if job.wanted == 0:
                self._done(job, at)
            self._serve(job.post, at)

    def _take_away(self, jobs: list[_Job], at: float) -> None:
        """Work that is taken away sets free whoever was at it."""
        for job in jobs:
            if not job.dead and job.running:
                self._posts[job.post].free += job.running
                job.dead = True
                self._serve(job.post, at)
            job.dead = True

    def _done(self, job: _Job, at: float) -> None:
        if job.dead:
            return
        job.dead = True
        case, step = job.case, job.step
        outcome = self._outcome(step) if step is not None else ""
        if case.counted and step is not None and job.due < inf:
            seen = self.run.steps[job.spot.element]
            seen.limited += 1
            seen.late += at > job.due
        if step is not None and (step.act, outcome) == ("accept", "accept"):
            case.accepted = at
        if case.place is None:
            return
        number = next(n for n, one in enumerate(case.jobs) if one is job)
        way = self.course.go(case.place, number, outcome)
        if step is not None and step.act == "decide":
            self._decide(case, at)
        self._follow(case, way, at)

    def _outcome(self, step: Step) -> str:
        codes = [one.code for one in step.outcomes]
        if not codes:
            return ""
        known = self.setup.outcomes.get(step.element, {})
        shares = [max(0.0, known.get(code, 0.0)) for code in codes]
        return self._chance.choices(codes, shares)[0] if sum(shares) > 0 else codes[0]


_FEW = Text("人数不够。", "Too few people.")


def _too_few(post: str, wanted: int) -> Text:
    """Say that a post cannot do its steps: nobody is there, or too few sign together."""
    return Text(
        f"岗位“{post}”至少要有{wanted}人，否则办件会一直等下去。",
        f"The post “{post}” needs at least {wanted} people, else cases would wait for ever.",
    )
