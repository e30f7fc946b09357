"""What a simulation is given: how many come, who works, how long things take, what is decided."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from engine.errors import InvalidError
from forms.text import Text

#: Bounds of what can be asked for; beyond them an answer takes too long, or means nothing.
MAX_ARRIVALS, MAX_DAYS, MAX_REPLICATIONS, MAX_PEOPLE = 500.0, 750, 20, 500
MAX_HOURS: Final = 2000.0
#: About how many cases one simulation may come to.
MAX_CASES: Final = 60_000


@dataclass(frozen=True)
class Setup:
    """The numbers of a simulation. Times are office hours; posts are ``department:role``."""

    first: date
    #: Applications a working day; at random moments, or evenly one after the other.
    arrivals: float
    even: bool = False
    people: Mapping[str, int] = field(default_factory=dict)
    #: How many are at each post that is not named there.
    each: int = 0
    #: By step: how long somebody works at it (an applicant: until it comes back); one is drawn.
    work: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    #: By step: how long it lies before anybody looks at it, though there would be somebody.
    delay: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    #: By step: how often each outcome is chosen; without any it is always the first.
    outcomes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    #: What applications say, as far as the diagram looks at it; one is drawn.
    mixes: tuple[Mapping[str, Any], ...] = ()
    #: Of steps without hours of their own.
    usual_work: float = 1.0
    #: How long messages from outside take.
    outside: float = 7.0
    #: Working days that are counted, after so many to fill the house.
    days: int = 250
    warmup: int = 20
    replications: int = 5
    seed: int = 1

    def people_of(self, post: str) -> int:
        """Return how many people a post has."""
        return self.people.get(post, self.each)

    def check(self) -> None:
        """Refuse numbers that mean nothing. Raises InvalidError naming each field."""
        wrong = {
            name: Text(
                f"应在 {least:g} 到 {most:g} 之间。", f"It must be from {least:g} to {most:g}."
            )
            for name, value, least, most in self._bounds()
            if not least <= value <= most
        }
        if not wrong and self.arrivals * (self.days + self.warmup) > MAX_CASES:
            wrong["arrivals"] = Text(
                f"办件超过{MAX_CASES}件，请减少天数或每日件数。",
                f"More than {MAX_CASES} cases: fewer days, or fewer a day.",
            )
        if wrong:
            raise InvalidError(
                Text("请更正下列数值。", "Please correct these numbers."), fields=wrong
            )

    def _bounds(self) -> Iterator[tuple[str, float, float, float]]:
        """Tell each number by its field, with the least and the most that it may be."""
        yield "arrivals", self.arrivals, 0.01, MAX_ARRIVALS
        yield "days", self.days, 1, MAX_DAYS
        yield "warmup", self.warmup, 0, MAX_DAYS
        yield "replications", self.replications, 1, MAX_REPLICATIONS
        yield "usual_work", self.usual_work, 0, MAX_HOURS
        yield "outside", self.outside, 0, MAX_HOURS
        yield "each", self.each, 0, MAX_PEOPLE
        for post, count in self.people.items():
            yield f"people-{post}", count, 0, MAX_PEOPLE
        for step, hours in (*self.work.items(), *self.delay.items()):
            for one in hours:
                yield f"work-{step}", one, 0, MAX_HOURS
