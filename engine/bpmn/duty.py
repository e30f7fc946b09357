"""What the duties of an act are made of: the answers they ask, the facts they look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Final

from engine.bpmn.model import Step
from engine.workdays import Calendar, add_days, add_workdays, parse_limit
from forms.text import Text

#: 许可法 47: the parties ask for a hearing within so long, unless the item gives them longer
#: (working days by default, as law.md 7(1) says).
ASKED_WITHIN: Final = "5wd"


@dataclass(frozen=True)
class Key:
    """An answer that the form of a step must ask: its key, what it is, and of which kinds."""

    name: str
    label: Text
    kinds: frozenset[str]
    #: Keys that each row must ask, of a list.
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a duty looks at: the step, what is handed in, and what is on record of the case."""

    step: Step
    today: date
    #: the civil day on which the task was opened
    opened_on: date
    calendar: Calendar
    outcome: str = ""
    opinion: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    accepted_on: date | None = None
    #: the day on which a hearing was asked for, by the parties
    asked_on: date | None = None
    #: "", ``noticed`` or ``held``; and the day announced
    hearing: str = ""
    hearing_on: date | None = None
    #: names of those who have reviewed the case so far
    reviewers: frozenset[str] = frozenset()
    #: how long the parties may ask for a hearing
    asked_within: str = ASKED_WITHIN
    #: the article by which the public is told of the hearing and none is decided without (46)
    public_hearing: str = ""

    @property
    def ask_until(self) -> date:
        """Return the last day on which a hearing may be asked for, of a step for that."""
        return add_days(self.calendar, self.opened_on, parse_limit(self.asked_within)).due

    def day(self, key: str) -> date | None:
        """Return the day of an answer that is a date or an instant."""
        value = self.answers.get(key)
        try:
            return datetime.fromisoformat(value).date() if isinstance(value, str) else None
        except ValueError:
            return None

    def moved(self, key: str, day: date) -> Any:
        """Return the instant that was answered, moved to a day."""
        value = self.answers.get(key)
        if isinstance(value, Mapping):  # as a page sends it, in parts
            return {**value, "year": str(day.year), "month": str(day.month), "day": str(day.day)}
        return day.isoformat() + value[10:] if isinstance(value, str) else value

    def after(self, start: date, days: int) -> date:
        """Return the working day that lies so many after another."""
        return add_workdays(self.calendar, start, days).due


class Duty:
    """What the law asks of the steps of one act."""

    act: ClassVar[str]
    keys: ClassVar[tuple[Key, ...]] = ()
    #: The fewest people who sign.
    persons: ClassVar[int] = 1
    #: Properties that the step must have, with an example.
    properties: ClassVar[Mapping[str, str]] = {}
    #: Whether the facts of a hearing in the same case have to be read for it.
    reads_hearing: ClassVar[bool] = False

    def faults(self, facts: Facts) -> dict[str, Text]:
        """Return what is wrong with completing a step this way, by field."""
        del facts
        return {}

    def sample(self, facts: Facts) -> dict[str, Any]:
        """Return plausible answers as the law takes them; a day goes into the instant given."""
        del facts
        return {}

    def hints(self, facts: Facts) -> list[Text]:
        """Return what whoever does the step should know beforehand."""
        del facts
        return []
