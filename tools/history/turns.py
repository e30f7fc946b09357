"""What does not happen in every case: departments urged and passed over, stops, extensions."""

from datetime import datetime, timedelta
from typing import Final

from engine import cases, cohandling, db
from engine.cases import extending, stopping
from tools.history.course import Course, Work
from tools.history.habits import WORKDAY_MINUTES
from tools.history.office import HARD_TIMES, Office

#: How often a late department is urged, and how often the lead then goes on without it.
URGED, PASSED_OVER = 0.8, 0.5
MOST_URGED: Final = 3
#: How often an expert review is asked for, how often it ends before its time, how many days.
REVIEWED, ENDED_EARLY = 0.05, 0.3
REVIEW_DAYS: Final = (8, 16)


class Turns:
    """Acts around the tasks, as the lead department and its heads do them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.watchers += [self._watch_reply, self._watch_review, self._watch_limit]

    def _someone(self, unit: str, role: str, at: datetime) -> str | None:
        crew = self.office.crew
        return next(iter(crew.present(crew.holders(unit, role), at)), None)

    # --- a department that does not answer ---

    def _watch_reply(self, course: Course, work: Work, _now: datetime) -> None:
        if work.cohandling_id is not None and work.due_at is not None:
            self._remind(course, work, work.due_at, 1)

    def _remind(self, course: Course, work: Work, since: datetime, times: int) -> None:
        at = self.office.crew.after(since, course.chance.randrange(30, 2 * WORKDAY_MINUTES))
        self.office.agenda.put(at, lambda at: self._urge(course, work, at, times))

    def _urge(self, course: Course, work: Work, at: datetime, times: int) -> None:
        if work.id not in course.open or work.cohandling_id is None:
            return
        if (
            times > 1
            and course.chance.random() < PASSED_OVER
            and self._passed_over(course, work, at)
        ):
            return
        login = self._someone(course.of.process.lead, "examiner", at)
        if login is not None and course.chance.random() < URGED:
            with db.transaction():
                cohandling.urge(work.cohandling_id, actor=self.office.actor(login), now=at)
        if times < MOST_URGED:
            self._remind(course, work, at + timedelta(hours=5), times + 1)

    def _passed_over(self, course: Course, work: Work, at: datetime) -> bool:
        """Go on without the silent departments, where the diagram allows it and all are late."""
        element = work.step.cohandling or ""
        silent = [one for one in course.open.values() if one.step.cohandling == element]
        login = self._someone(course.of.process.lead, "examiner", at)
        drawn = course.of.cohandlings.get(element)
        if drawn is None or drawn.no_reply != "agreed" or login is None:
            return False
        if any(one.due_at is None or one.due_at > at for one in silent):
            return False
        with db.transaction():
            actor = self.office.actor(login)
            cohandling.proceed(course.case_id, element, actor=actor, now=at)
        self.office.look_again(course.case_id, at)
        return True

    # --- the clock stands still for an expert review ---

    def _watch_review(self, course: Course, work: Work, now: datetime) -> None:
        if work.step.act == "examine" and course.chance.random() < REVIEWED:
            at = self.office.crew.after(now, course.chance.randrange(20, 120))
            self.office.agenda.put(at, lambda at: self._ask_stop(course, work, at))

    def _ask_stop(self, course: Course, work: Work, at: datetime) -> None:
        login = self._someone(course.of.process.lead, work.step.role, at)
        if work.id not in course.open or login is None:
            return
        days = course.chance.randrange(*REVIEW_DAYS)
        asking = stopping.Asking("expert-review", days, "涉及高风险产品，需组织专家评审。")
        with db.transaction():
            actor = self.office.actor(login)
            stop = stopping.ask_stop(course.case_id, asking, actor=actor, now=at).id
        course.halted_until = self.office.crew.after(at, 2 * WORKDAY_MINUTES)
        then = self.office.crew.after(at, course.chance.randrange(30, WORKDAY_MINUTES))
        self.office.agenda.put(then, lambda at: self._approve(course, stop, login, days, at))

    def _approve(self, course: Course, stop: int, asker: str, days: int, at: datetime) -> None:
        crew, unit = self.office.crew, course.of.process.lead
        login = self._someone(unit, "head", at) or self._someone(unit, "leader", at)
        if login is None:
            then = crew.next_morning(at, 40)
            self.office.agenda.put(then, lambda at: self._approve(course, stop, asker, days, at))
            return
        with db.transaction():
            stopping.approve_stop(stop, actor=self.office.actor(login), now=at)
        course.halted_until = crew.after(at, (days + 1) * WORKDAY_MINUTES)
        if course.chance.random() < ENDED_EARLY:
            then = crew.after(at, days * WORKDAY_MINUTES * course.chance.uniform(0.4, 0.8))
            self.office.agenda.put(then, lambda at: self._end_stop(course, stop, asker, at))

    def _end_stop(self, course: Course, stop: int, login: str, at: datetime) -> None:
        course.halted_until = None
        with db.transaction():
            stopping.end_stop(stop, actor=self.office.actor(login), now=at)

    # --- a limit is extended ---

    def _watch_limit(self, course: Course, work: Work, _now: datetime) -> None:
        if work.step.act == "examine" and course.times == HARD_TIMES:
            due_at = cases.get(course.case_id).statutory_due_at
            if due_at is not None:
                at = due_at - timedelta(days=course.chance.randrange(1, 4), hours=8)
                self.office.agenda.put(at, lambda at: self._extend(course, at))

    def _extend(self, course: Course, at: datetime) -> None:
        case = cases.get(course.case_id)
        at = self.office.crew.after(at, course.chance.randrange(5, 60))
        login = self._someone(course.of.process.lead, "head", at)
        if login is None or extending.why_not(case, self.office.actor(login), at) is not None:
            return
        days = course.chance.randrange(5, 11)
        with db.transaction():
            actor, reason = self.office.actor(login), "案情复杂，需进一步核实有关情况。"
            extending.extend(course.case_id, days, reason, actor=actor, now=at)
