"""What does not happen in every case: departments urged and passed over, stops, extensions."""

import random
from datetime import datetime, timedelta
from typing import Final

from engine import cases, cohandling, db
from engine.cases import extending, stopping, suspending
from tools.history.course import Course, Work
from tools.history.demand import drawn
from tools.history.habits import WORKDAY_MINUTES
from tools.history.office import HARD_TIMES, Office

#: How often a late department is urged, and how often the lead then goes on without it.
URGED, PASSED_OVER = 0.8, 0.5
MOST_URGED: Final = 3
#: How often an expert review is asked for, how often it ends before its time, how many days.
REVIEWED, ENDED_EARLY = 0.05, 0.3
REVIEW_DAYS: Final = (8, 16)
#: How often a dispute about an application suspends it, and for how many working days.
DISPUTED: Final = 0.006
DISPUTE_DAYS: Final = (6, 25)


def _halted(course: Course, at: datetime) -> bool:
    return course.halted_until is not None and at < course.halted_until


class Turns:
    """Acts around the tasks, as the lead department and its heads do them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.watchers += [
            self._watch_reply,
            self._watch_review,
            self._watch_limit,
            self._watch_dispute,
        ]

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
        if work.id not in course.open or work.cohandling_id is None or _halted(course, at):
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
        if work.id not in course.open or login is None or _halted(course, at):
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

    # --- a dispute suspends a case ---

    def _watch_dispute(self, course: Course, work: Work, now: datetime) -> None:
        chance = drawn(course.arrival.key, "dispute", work.step.element)
        if work.step.act == "examine" and chance.random() < DISPUTED:
            at = self.office.crew.after(now, chance.randrange(20, 200))
            self.office.agenda.put(at, lambda at: self._ask_suspension(course, work, chance, at))

    def _ask_suspension(
        self, course: Course, work: Work, chance: random.Random, at: datetime
    ) -> None:
        unit, crew = course.of.process.lead, self.office.crew
        asker = self._someone(unit, work.step.role, at)
        head = self._someone(unit, "head", at) or self._someone(unit, "leader", at)
        if list(course.open) != [work.id] or not asker or not head or _halted(course, at):
            return
        article = suspending.article_of(cases.get(course.case_id)) or "民事诉讼法153"
        reason = "利害关系人就经营场所的使用权提起诉讼，须待裁判结果。"
        with db.transaction():
            asking = suspending.Asking("suit", article, reason)
            actor = self.office.actor(asker)
            found = suspending.ask(course.case_id, asking, actor=actor, now=at).id
        # Who is at the task already brings it to its end; then nothing more is begun.
        then = crew.after(at, 3 * WORKDAY_MINUTES / 5)
        end = crew.after(then, chance.randrange(*DISPUTE_DAYS) * WORKDAY_MINUTES)
        course.halted_until = end
        self.office.agenda.put(then, lambda at: self._suspend(course, found, head, at))
        self.office.agenda.put(end, lambda at: self._resume(course, found, asker, at))

    def _suspend(self, course: Course, suspension: int, head: str, at: datetime) -> None:
        decided = not course.open or cases.get(course.case_id).decided_at is not None
        act = suspending.refuse if decided else suspending.approve
        with db.transaction():
            act(suspension, actor=self.office.actor(head), now=at)

    def _resume(self, course: Course, suspension: int, asker: str, at: datetime) -> None:
        course.halted_until = None
        if cases.get(course.case_id).suspended_at is not None:
            said = "争议已经了结，恢复办理。"
            with db.transaction():
                suspending.resume(suspension, said, actor=self.office.actor(asker), now=at)

    # --- a limit is extended ---

    def _watch_limit(self, course: Course, work: Work, _now: datetime) -> None:
        if work.step.act == "examine" and course.times == HARD_TIMES:
            due_at = cases.get(course.case_id).statutory_due_at
            if due_at is not None:
                at = due_at - timedelta(days=course.chance.randrange(1, 4), hours=8)
                self.office.agenda.put(at, lambda at: self._extend(course, at))

    def _extend(self, course: Course, at: datetime) -> None:
        case = cases.get(course.case_id)
        if case.suspended_at is not None:
            return
        at = self.office.crew.after(at, course.chance.randrange(5, 60))
        login = self._someone(course.of.process.lead, "head", at)
        if login is None or extending.why_not(case, self.office.actor(login), at) is not None:
            return
        days = course.chance.randrange(5, 11)
        with db.transaction():
            actor, reason = self.office.actor(login), "案情复杂，需进一步核实有关情况。"
            extending.extend(course.case_id, days, reason, actor=actor, now=at)
