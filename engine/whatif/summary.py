"""What several runs come to together: means, with the least and the greatest of the runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.whatif.axis import Axis
from engine.whatif.course import Course
from engine.whatif.setup import Setup
from engine.whatif.simulate import Run, Simulation
from engine.workdays import Calendar
from forms.text import Text


@dataclass(frozen=True)
class Figure:
    """One number over all runs."""

    mean: float
    least: float
    most: float


@dataclass(frozen=True)
class StepFigures:
    """A step: how many tasks a run, how long they waited until somebody began (office hours)."""

    element: str
    tasks: Figure
    wait: Figure
    wait_p90: Figure
    #: Share of tasks done after their own limit; None where they have none.
    late: Figure | None


@dataclass(frozen=True)
class PostFigures:
    """A post: its people, and the share of their time that is taken."""

    post: str
    people: int
    load: Figure


@dataclass(frozen=True)
class Summary:
    """All runs of one bundle."""

    steps: tuple[StepFigures, ...]
    posts: tuple[PostFigures, ...]
    #: Share of promises kept; None where nothing is promised, or nothing came to be due.
    kept: Figure | None
    #: Working days from receipt to decision: the middle case, and nine of ten.
    median: Figure | None
    p90: Figure | None
    received: Figure
    unfinished: Figure
    #: Cases that the diagram could not take on: why, and how many in all runs.
    faults: tuple[tuple[Text, int], ...]
    runs: int


def replicate(course: Course, setup: Setup, calendar: Calendar, number: int) -> Run:
    """Make one run. Raises InvalidError for numbers that mean nothing."""
    setup.check()
    axis = Axis(calendar, setup.first, setup.days + setup.warmup)
    return Simulation(course, setup, axis, number).go()


def summarise(course: Course, setup: Setup, runs: Sequence[Run], hours: float) -> Summary:
    """Put runs together; ``hours``: office hours of a working day."""
    order = list(course.steps)
    seen = [one for one in order if any(one in run.steps and run.steps[one].waits for run in runs)]
    whole = setup.days * hours
    faults: dict[Text, int] = {}
    for run in runs:
        for why, count in run.faults.items():
            faults[why] = faults.get(why, 0) + count
    return Summary(
        steps=tuple(_step(one, runs) for one in seen),
        posts=tuple(
            PostFigures(
                post, setup.people_of(post), _load(runs, post, setup.people_of(post) * whole)
            )
            for post in dict.fromkeys(post for run in runs for post in run.busy)
        ),
        kept=_maybe(runs, lambda r: r.kept / (r.kept + r.broken) if r.kept + r.broken else None),
        median=_maybe(runs, lambda r: quantile(r.durations, 0.5) if r.durations else None),
        p90=_maybe(runs, lambda r: quantile(r.durations, 0.9) if r.durations else None),
        received=figure(runs, lambda run: run.received),
        unfinished=figure(runs, lambda run: run.unfinished),
        faults=tuple(faults.items()),
        runs=len(runs),
    )


def _load(runs: Sequence[Run], post: str, whole: float) -> Figure:
    return figure(runs, lambda run: run.busy[post] / whole)


def _step(element: str, runs: Sequence[Run]) -> StepFigures:
    have = [run for run in runs if element in run.steps]
    with_waits = [run for run in have if run.steps[element].waits] or have
    return StepFigures(
        element,
        figure(have, lambda run: len(run.steps[element].waits)),
        figure(with_waits, lambda run: _mean(run.steps[element].waits)),
        figure(with_waits, lambda run: quantile(run.steps[element].waits, 0.9)),
        _maybe(
            have,
            lambda run: (
                run.steps[element].late / run.steps[element].limited
                if run.steps[element].limited
                else None
            ),
        ),
    )


def figure(runs: Sequence[Run], of: Callable[[Run], float]) -> Figure:
    """Return one number over runs."""
    found = [of(run) for run in runs]
    return Figure(_mean(found), min(found, default=0.0), max(found, default=0.0))


def _maybe(runs: Sequence[Run], of: Callable[[Run], float | None]) -> Figure | None:
    found = [value for run in runs if (value := of(run)) is not None]
    return Figure(_mean(found), min(found), max(found)) if found else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, between neighbours by parts."""
    if not values:
        return 0.0
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
