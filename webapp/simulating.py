"""Simulations of bundles for pages and programs; runs are remembered in the process."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from engine import clock, clocks, definitions, people, whatif
from engine.bpmn.language import APPLICANT, MACHINE
from engine.clock import civil_date
from engine.definitions.compare import compare
from engine.errors import InvalidError, NotFoundError
from engine.whatif import Course, Setup, Summary
from engine.whatif.simulate import Run
from forms.text import Text
from reports import past
from reports.past import Past
from webapp import sources
from webapp.sources import Source

CACHED: Final = 60
_runs: OrderedDict[tuple[str, str, int], Run] = OrderedDict()


@dataclass(frozen=True)
class Question:
    """A simulation as somebody asks for it: the bundle, the one beside it, and the numbers."""

    source: Source
    beside: Source | None
    past: Past
    setup: Setup
    #: The posts that the steps of the bundle name, with the people they have now.
    posts: Mapping[str, int]


def question(source: Source, given: Mapping[str, str]) -> Question:
    """Read what is asked for; what is left empty is taken from past cases and people.

    Raises InvalidError naming the fields that are no numbers.
    """
    reading, now = source.reading, clock.now()
    item = reading.process.item if reading.diagram is not None else ""
    running = beside(source)
    known = past.renamed(past.of_item(item, reading.names, now), _renames(running, source))
    posts = posts_of(source)
    errors: dict[str, Text] = {}
    number = partial(_number, given, errors)
    setup = Setup(
        civil_date(now),
        number("arrivals", round(known.arrivals, 2) or 1.0),
        people={post: int(number(f"people-{post}", count)) for post, count in posts.items()},
        each=1,
        work={**known.work, **_given(given, number)},
        delay=known.delay,
        outcomes=known.outcomes,
        mixes=known.mixes,
        days=int(number("days", 250)),
        replications=int(number("replications", 5)),
        seed=int(number("seed", 1)),
    )
    if errors:
        raise InvalidError(Text("请更正下列数值。", "Please correct these numbers."), fields=errors)
    return Question(source, running, known, setup, posts)


def _renames(running: Source | None, source: Source) -> dict[str, str]:
    """Find the steps that only got another id: the one of the running version by the new one."""
    if running is None:
        return {}
    found = compare((running.reading, running.files), (source.reading, source.files))
    return {one.id: one.was for one in found.changes if one.was and one.part == "element"}


def _number(
    given: Mapping[str, str], errors: dict[str, Text], name: str, otherwise: float
) -> float:
    text = given.get(name, "").strip()
    if not text:
        return otherwise
    try:
        found = float(text[:20])
    except ValueError:
        found = float("nan")
    if found != found or abs(found) > 1e9:  # noqa: PLR0124 - not a number
        errors[name] = Text("请填写数字。", "Write a number.")
        return otherwise
    return found


def _given(given: Mapping[str, str], number: Any) -> dict[str, tuple[float, ...]]:
    """Read the hours of steps that were typed instead of taken from the past."""
    return {
        name.removeprefix("work-"): (number(name, 0.0),)
        for name, text in given.items()
        if name.startswith("work-") and text.strip()
    }


def beside(source: Source) -> Source | None:
    """Find the running version, unless it is the one that is simulated."""
    try:
        running = definitions.newest(source.reading.process.item)
    except NotFoundError:
        return None
    same = running.hash == source.digest
    return None if same else sources.find(str(running.version_id))


def posts_of(source: Source) -> dict[str, int]:
    """List the posts of a bundle, each with its people; of co-handlers all that could be asked."""
    reading = source.reading
    found: dict[str, int] = {}
    for step in (step for one in reading.running for step in one.steps.values()):
        if step.role in (APPLICANT, MACHINE):
            continue
        named = [reading.process.lead if step.department == "lead" else step.department]
        if step.department in ("co", "each"):
            named = sorted(people.department_codes())
        for code in named:
            count = len(people.holders(code, step.role))
            if count or len(named) == 1:
                found[f"{code}:{step.role}"] = count
    return found


@lru_cache(maxsize=16)
def _course(digest: str, ref: str) -> Course:
    source = sources.find(ref)
    return Course(source.reading, digest, source.abroad)


def course_of(source: Source) -> Course:
    """Return the course of a bundle. Raises InvalidError for one that cannot run."""
    return _course(source.digest, source.ref)


def run_of(source: Source, setup: Setup, number: int) -> Run:
    """Return one run, made or remembered. Raises InvalidError."""
    key = source.digest, repr(setup), number
    run = _runs.get(key)
    if run is None:
        run = whatif.replicate(course_of(source), setup, clocks.calendar(), number)
        _runs[key] = run
        while len(_runs) > CACHED:
            _runs.popitem(last=False)
    return run


def summary_of(source: Source, setup: Setup, count: int) -> Summary:
    """Put the first runs of a bundle together. Raises InvalidError."""
    runs = [run_of(source, setup, number) for number in range(count)]
    hours = whatif.Axis(clocks.calendar(), setup.first, 1).hours
    return whatif.summarise(course_of(source), setup, runs, hours)


def sides(asked: Question) -> list[Source]:
    """Return the bundle, and the running version beside it where that is another."""
    return [asked.source, *([asked.beside] if asked.beside is not None else [])]


def summaries(asked: Question) -> list[tuple[Source, Summary]]:
    """Make all runs of both sides. Raises InvalidError."""
    count = asked.setup.replications
    return [(one, summary_of(one, asked.setup, count)) for one in sides(asked)]
