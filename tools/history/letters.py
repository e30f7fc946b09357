"""Letters in a history: the supervisor urges a unit about a case, it replies, that is verified."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine import cases, db, supervision
from engine.clock import civil_date
from tools.history.demand import drawn
from tools.history.habits import WORKDAY_MINUTES
from tools.history.office import Office

#: How often a card is followed by a letter, by its level, and a reply is not enough.
WRITTEN: Final = {"yellow": 0.04, "red": 0.45}
RETURNED: Final = 0.15
#: Working days within which a reply is asked for.
REPLY_DAYS: Final = 5
REPLIES: Final = (
    "已约谈承办人，本件将于两个工作日内办结。",
    "已重新调配人员，积压件逐日清理，并每周通报进度。",
    "经核查系材料流转延误，已完善交接台账。",
)


@dataclass(frozen=True)
class About:
    """The card that a letter follows."""

    card: int
    case_id: int
    unit: str
    level: str
    #: what everything random about it is drawn from
    key: str


class Letters:
    """What a supervisor writes to units, and what becomes of it."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def consider(self, about: About, now: datetime) -> None:
        """Let the supervisor write about a card, now and then."""
        chance = drawn(about.key, "letter")
        if chance.random() < WRITTEN.get(about.level, 0):
            at = self.office.crew.after(now, WORKDAY_MINUTES * chance.uniform(0.1, 1.5))
            self.office.agenda.put(at, lambda at: self._write(about, at))

    def _write(self, about: About, at: datetime) -> None:
        judge, day = self.office.actor("jc.he"), civil_date(at)
        for _ in range(REPLY_DAYS):
            day = self.office.crew.calendar.next_workday(day)
        held = self.office.crew.holders(about.unit, "leader")
        held = held or self.office.crew.holders(about.unit, "head")
        with db.transaction():
            card = supervision.find(about.card, judge)
            if card.state == "withdrawn" or not held:
                return
            subject = f"关于尽快办结“{cases.get(about.case_id).subject}”的督办"
            writing = supervision.Writing(
                "urging", about.unit, subject,
                "经监察系统提示，本件已超过办理期限。", "说明超期原因\n限期办结并报送结果",
                day, case_id=about.case_id, cards=(about.card,),
            )  # fmt: skip
            letter = supervision.issue_letter(writing, actor=judge, now=at).id
        self._reply_later(about, letter, held[0], 1, at)

    def _reply_later(self, about: About, letter: int, login: str, turn: int, now: datetime) -> None:
        chance = drawn(about.key, "reply", turn)
        at = self.office.crew.after(now, WORKDAY_MINUTES * chance.uniform(0.5, REPLY_DAYS))
        self.office.agenda.put(at, lambda at: self._reply(about, letter, login, turn, at))

    def _reply(self, about: About, letter: int, login: str, turn: int, at: datetime) -> None:
        chance = drawn(about.key, "replied", turn)
        with db.transaction():
            said = chance.choice(REPLIES)
            supervision.reply(letter, said, actor=self.office.actor(login), now=at)
        sound = turn > 1 or chance.random() >= RETURNED
        then = self.office.crew.after(at, WORKDAY_MINUTES * chance.uniform(0.3, 2))
        self.office.agenda.put(
            then, lambda at: self._verify(about, letter, login, turn, sound=sound, at=at)
        )

    def _verify(
        self, about: About, letter: int, login: str, turn: int, *, sound: bool, at: datetime
    ) -> None:
        said = "经核实，措施到位。" if sound else "答复过于笼统，请写明措施和时限。"
        with db.transaction():
            judge = self.office.actor("jc.he")
            supervision.verify_letter(letter, said, sound=sound, actor=judge, now=at)
        if not sound:
            self._reply_later(about, letter, login, turn + 1, at)
