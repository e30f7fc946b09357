"""The offices of a history: tasks are taken up, worked on and completed through the engine."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import log
from typing import Any, Final

from engine import advance, cases, db, definitions, firing, people, tasks
from engine.definitions import Bundle
from engine.permissions import APPLICANT_ROLE, Actor
from engine.tasks import Doing
from tools.history import demand, habits
from tools.history.agenda import Agenda
from tools.history.course import Course, Work
from tools.history.crew import Crew, slowness
from tools.history.demand import Arrival, Plan
from tools.stories import plausible

#: Share of tasks that somebody claims before working on them.
CLAIMED: Final = 0.15
#: Applicants who never answer, and how many days the others take (median).
SILENT, ANSWER_DAYS = 0.04, 2.5
#: Cases that need several times as long as others, and how much.
HARD, HARD_TIMES = 0.03, 2.6

#: What else may come of a task that has just opened, or of an act that was done.
Watcher = Callable[[Course, Work, datetime], None]


class Office:
    """Everybody who works on the cases of a span, at one simulated time after the other."""

    def __init__(self, plan: Plan, agenda: Agenda, crew: Crew) -> None:
        self.plan = plan
        self.agenda = agenda
        self.crew = crew
        self.courses: dict[int, Course] = {}
        #: told of every task that opens
        self.watchers: list[Watcher] = []
        #: told of every case that has come in, and of every one with nothing left to do
        self.received: list[Callable[[Course, datetime], None]] = []
        self.ended: list[Callable[[Course, datetime], None]] = []
        self._actors: dict[str, Actor] = {}
        self._versions: dict[int, Bundle] = {}
        self._free: dict[str, datetime] = {}

    def actor(self, login: str) -> Actor:
        """Return the actor of a login name, looked up once."""
        if login not in self._actors:
            self._actors[login] = people.actor_for_login(login)
        return self._actors[login]

    def receive(self, arrival: Arrival, case_id: int) -> None:
        """Take in a case that an applicant has submitted."""
        with db.transaction():
            case, found = cases.get(case_id), tasks.opened(case_id)
            of = self._versions.get(case.version_id) or definitions.bundle(case.version_id)
        self._versions[case.version_id] = of
        chance = demand.drawn(arrival.key, "course")
        course = Course(case_id, arrival, of, chance, habits.Leaning(arrival.item))
        course.times = HARD_TIMES if chance.random() < HARD else 1.0
        self.courses[case_id] = course
        self._opened(course, course.refresh(found), arrival.at)
        for told in self.received:
            told(course, arrival.at)

    def look_again(self, case_id: int, now: datetime) -> None:
        """See what is open in a case that has gone on by itself."""
        course = self.courses.get(case_id)
        if course is not None:
            self._opened(course, course.refresh(tasks.opened(case_id)), now)

    def fire_timers(self, now: datetime) -> None:
        """Let the timers of diagrams go off that are due by the simulated clock."""
        while True:
            with db.transaction():
                found = firing.claim(now, 1)
                if not found:
                    return
                [(case, timer)] = found
                advance.fire(case, timer, now=now)
            self.look_again(case.id, now)

    def _opened(self, course: Course, works: Sequence[Work], now: datetime) -> None:
        for work in works:
            if work.step.role == APPLICANT_ROLE:
                self._ask_applicant(course, work, now)
                continue
            times = course.times * slowness(work.unit, self.plan.share_of(now))
            wait = habits.waiting(work.step.limit, course.chance, times)
            at = self.crew.after(now, wait)
            self.agenda.put(at, lambda at, work=work: self._begin(course, work, at))  # type: ignore[misc]
            for watcher in self.watchers:
                watcher(course, work, now)

    # --- the applicant's own tasks ---

    def _ask_applicant(self, course: Course, work: Work, now: datetime) -> None:
        chance = course.chance
        if chance.random() < SILENT:
            return
        days = chance.lognormvariate(log(ANSWER_DAYS), 0.7)
        self.agenda.put(
            now + timedelta(days=days), lambda at: self._applicant_answers(course, work, at)
        )

    def _applicant_answers(self, course: Course, work: Work, at: datetime) -> None:
        if course.halted_until is not None and at < course.halted_until:
            then = course.halted_until + timedelta(hours=3)
            self.agenda.put(then, lambda at: self._applicant_answers(course, work, at))
            return
        of, step = course.of, work.step
        answers = plausible(of.forms[step.form], at) if step.form else {}
        if step.act == "correct":
            answers |= habits.corrections(course.points, course.chance)
        doing = Doing(step.outcomes[0].code, answers=answers)
        self._complete(course, work, doing, course.arrival.login, at)

    # --- tasks of the staff ---

    def _begin(self, course: Course, work: Work, at: datetime) -> None:
        """Let who is at work and free first take up a task; with nobody there it waits."""
        if work.id not in course.open:
            return
        if course.halted_until is not None and at < course.halted_until:
            self._later(course, work, self.crew.after(course.halted_until, 20))
            return
        able = self._able(course, work)
        if len(able) < work.step.persons:
            return  # the post is vacant for this case: it stays open
        there = self.crew.present(able, at)
        if len(there) < work.step.persons:
            self._later(course, work, self.crew.next_morning(at, course.chance.randrange(5, 50)))
            return
        there.sort(key=lambda login: self._free.get(login, self.plan.begin))
        doers = there[: work.step.persons]
        start = max(at, *(self._free.get(login, at) for login in doers))
        finish = self.crew.after(start, habits.sitting(work.step.act, course.chance))
        for login in doers:
            self._free[login] = finish
        if len(doers) == 1 and course.chance.random() < CLAIMED:
            with db.transaction():
                tasks.claim(work.id, actor=self.actor(doers[0]), now=at)
        self.agenda.put(finish, lambda at: self._finish(course, work, doers, at))

    def _later(self, course: Course, work: Work, at: datetime) -> None:
        self.agenda.put(at, lambda at: self._begin(course, work, at))

    def _able(self, course: Course, work: Work) -> list[str]:
        barred = {login for name in work.step.not_same_as for login in course.doers.get(name, ())}
        held = self.crew.holders(work.unit, work.step.role)
        return [login for login in held if login not in barred]

    def _finish(self, course: Course, work: Work, doers: Sequence[str], at: datetime) -> None:
        if work.id not in course.open:
            return
        doing = self._doing(course, work, at)
        self._sign(course, work, doing, list(doers), at)

    def _sign(
        self, course: Course, work: Work, doing: Doing, doers: list[str], at: datetime
    ) -> None:
        login = doers.pop(0)
        course.doers.setdefault(work.step.element, set()).add(login)
        self._complete(course, work, doing, login, at)
        if doers and work.id in course.open:
            then = at + timedelta(minutes=course.chance.randrange(2, 15))
            self.agenda.put(then, lambda at: self._sign(course, work, doing, doers, at))

    def _doing(self, course: Course, work: Work, at: datetime) -> Doing:
        step, chance = work.step, course.chance
        outcome = habits.ending(step, course.leaning, work.unit, chance)
        if step.act == "accept" and outcome != "accept":
            # What counts as accepted by law can only be passed on.
            outcome = "accept" if cases.get(course.case_id).accepted_at else outcome
        if outcome == "correct":
            course.points, course.leaning.corrected = habits.points(chance), True
        if outcome in habits.ADVERSE:
            course.leaning.against |= {work.unit}
        answers: dict[str, Any] = plausible(course.of.forms[step.form], at) if step.form else {}
        return Doing(
            outcome,
            answers=answers,
            opinion=habits.words(step, outcome, chance),
            corrections=course.points if outcome == "correct" else (),
            agency="江岸区市场监督管理局" if outcome == "not-competent" else "",
        )

    def _complete(self, course: Course, work: Work, doing: Doing, login: str, at: datetime) -> None:
        if work.id not in course.open:
            return
        with db.transaction():
            done = tasks.complete(work.id, doing, actor=self.actor(login), now=at)
            now_open = {task.id for task in done.open_tasks}
        for told in self.ended if not now_open else ():
            told(course, at)
        if now_open <= course.open.keys():
            course.keep(now_open)
        else:
            self._opened(course, course.refresh(tasks.opened(course.case_id)), at)
