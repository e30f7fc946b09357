"""Supervision in a history: the worker's looks, and what units and supervisors do on cards."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from engine import cases, db, notices, supervision
from engine.clock import CIVIL_ZONE, civil_date
from engine.permissions import Actor
from tools.history import demand
from tools.history.habits import WORKDAY_MINUTES
from tools.history.letters import About, Letters
from tools.history.office import Office

#: When the worker of a history looks: at midnight, when days end, and once in office hours, then
#: at what goes off by itself only. Days are counted whole, so cards come when one has ended.
LOOKS: Final = (time(14, 40),)
#: Old chains checked in a look. A worker that looks once a minute gets through them all in a day;
#: here each is checked when its case is closed, and now and then.
CHECKED: Final = 10
#: Cases given their cards in one unit of work.
TOGETHER: Final = 100
MIDNIGHT: Final = time(0, 2)
SATURDAY: Final = 5
#: How often nobody answers a yellow card, a unit appeals, an answer is not believed, a card falls.
UNANSWERED, APPEALED, RETURNED, WITHDRAWN = 0.14, 0.1, 0.12, 0.4
ANSWERS: Final = (
    "承办人休假期间未及时移交，已改派他人加紧办理。",
    "近期申请集中，人手不足，已安排加班办理。",
    "需多次与申请人核实情况，现已办结本环节。",
    "系统待办未及时查看，已提醒承办人并纳入考核。",
)
APPEALS: Final = ("延误系等待其他部门意见所致，申请撤牌。", "当日系统维护，无法办理，申请撤牌。")


@dataclass(frozen=True)
class Given:
    """A card that somebody has to answer: its number, its unit, and what it is about."""

    id: int
    unit: str
    about: str


class Oversight:
    """What the worker does by itself, and what follows from the cards it gives."""

    def __init__(self, office: Office) -> None:
        self.office = office
        #: how often a card has been given or given back: earlier intentions count no more
        self._turns: Counter[int] = Counter()
        self._letters = Letters(office)

    def moments(self) -> Iterator[datetime]:
        """Return the looks of the whole span, in their order."""
        plan, day = self.office.plan, civil_date(self.office.plan.begin)
        while day <= civil_date(plan.end):
            works = self.office.crew.calendar.is_workday(day)
            for at in (MIDNIGHT, *(LOOKS if works else ())):
                moment = datetime.combine(day, at, CIVIL_ZONE)
                if plan.begin <= moment < plan.end:
                    yield moment
            day += timedelta(days=1)

    def look(self, now: datetime) -> None:
        """Do what is due by itself: timers, what lapses, signals and cards."""
        self.office.fire_timers(now)
        more = True
        while more:
            with db.transaction():
                more = cases.lapsing.lapse(now) >= cases.lapsing.BATCH
        local = now.astimezone(CIVIL_ZONE)
        if local.time() != MIDNIGHT:
            return
        works = self.office.crew.calendar.is_workday
        if works(local.date()) or works(local.date() - timedelta(days=1)):
            self._supervise(now)
        if local.weekday() == SATURDAY:
            self._read_notices(now)

    def _supervise(self, now: datetime) -> None:
        seen = supervision.unseen(now, CHECKED)
        due = sorted(supervision.look(now, seen=seen))
        for start in range(0, len(due), TOGETHER):
            self._issue(due[start : start + TOGETHER], now)
        with db.transaction():
            supervision.note_seen(seen)
            supervision.recheck(now)

    def _issue(self, case_ids: list[int], now: datetime) -> None:
        """Give cases their cards, and let people go on from there."""
        with db.transaction():
            cards = supervision.issue_all(case_ids, now=now)
            given = [
                (
                    card.level,
                    card.case_id,
                    Given(
                        card.id,
                        card.department_code,
                        f"{card.case_id}/{card.cause}/{card.step_zh}",
                    ),
                )
                for card in cards
                if card.level in supervision.CARDS
            ]
        for level, case_id, card in given:
            self._given(card, now)
            key = f"{self.office.plan.seed}/{card.about}/{level}"
            self._letters.consider(About(card.id, case_id, card.unit, level, key), now)

    def _read_notices(self, now: datetime) -> None:
        """Let the staff read what they were told in the week."""
        for login in self.office.crew.everybody:
            with db.transaction():
                notices.mark_read(self.office.actor(login), now=now)

    def _given(self, card: Given, now: datetime) -> None:
        self._turns[card.id] += 1
        turn = self._turns[card.id]
        chance = self._chance("card", card, turn)
        if turn == 1 and chance.random() < UNANSWERED:
            return  # the rules turn it red when its time is over
        at = self.office.crew.after(now, WORKDAY_MINUTES * chance.uniform(0.2, 2.2))
        self.office.agenda.put(at, lambda at: self._answer(card, turn, at))

    def _chance(self, what: str, card: Given, turn: int) -> random.Random:
        return demand.drawn(self.office.plan.seed, what, card.unit, card.about, turn)

    def _answer(self, card: Given, turn: int, at: datetime) -> None:
        if self._turns[card.id] != turn:
            return
        chance, crew = self._chance("answer", card, turn), self.office.crew
        held = crew.holders(card.unit, "leader") or crew.holders(card.unit, "head")
        if not held:
            return
        actor = self.office.actor(held[0])
        appeals = turn == 1 and chance.random() < APPEALED
        with db.transaction():
            if appeals:
                supervision.appeal(card.id, chance.choice(APPEALS), actor=actor, now=at)
            else:
                supervision.answer(card.id, chance.choice(ANSWERS), actor=actor, now=at)
        then = crew.after(at, WORKDAY_MINUTES * chance.uniform(0.3, 2.5))
        act = self._decide if appeals else self._verify
        self.office.agenda.put(then, lambda at: act(card, turn, at))

    def _decide(self, card: Given, turn: int, at: datetime) -> None:
        falls = self._chance("appeal", card, turn).random() < WITHDRAWN
        with db.transaction():
            if falls:
                said = "经核实，申诉理由成立。"
                supervision.withdraw(card.id, said, actor=self._supervisor(), now=at)
            else:
                said = "申诉理由不足，请按期答复。"
                supervision.uphold(card.id, said, actor=self._supervisor(), now=at)
        if not falls:
            self._given(card, at)

    def _verify(self, card: Given, turn: int, at: datetime) -> None:
        sound = self._chance("verify", card, turn).random() >= RETURNED
        said = "经核实，情况属实，整改到位。" if sound else "答复未说明整改措施，请补充。"
        with db.transaction():
            supervision.verify(card.id, said, sound=sound, actor=self._supervisor(), now=at)
        if not sound:
            self._given(card, at)

    def _supervisor(self) -> Actor:
        return self.office.actor(self.office.crew.holders("jcz", "supervisor")[0])
