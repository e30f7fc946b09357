"""Simulations: against queues computed by hand and by formula, and the same again for a seed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from engine import definitions, whatif
from engine.errors import InvalidError
from engine.whatif import Axis, Course, Setup, Summary
from engine.workdays import Calendar

PROCESSES = Path(__file__).parents[3] / "processes"
SHOP, MEDICAL = "individual-business", "medical-device-iii"
MONDAY = date(2026, 3, 2)
WEEKS = Calendar()
#: Of one clerk, and a registrar who never is in the way.
PEOPLE = {"scjg:clerk": 1, "scjg:registrar": 50}
#: Receipt and delivery are the same clerk's; delivery is made to cost nothing.
WORK = {"accept": (1.0,), "decide": (0.0,), "deliver_licence": (0.0,)}


@cache
def course(item: str = SHOP) -> Course:
    """Return an item's course, walked by all tests."""
    files = {**definitions.read_folder(PROCESSES / item), "paths.yaml": b"[]"}
    return Course(definitions.read_bundle(files), definitions.bundle_hash(files))


def simulated(setup: Setup, item: str = SHOP) -> Summary:
    """Make all runs of a simulation."""
    runs = [whatif.replicate(course(item), setup, WEEKS, n) for n in range(setup.replications)]
    return whatif.summarise(course(item), setup, runs, Axis(WEEKS, MONDAY, 1).hours)


def steps(found: Summary) -> Mapping[str, whatif.StepFigures]:
    """Return the figures by step."""
    return {one.element: one for one in found.steps}


def test_evenly_spaced_work_that_fits_never_waits_and_work_that_does_not_piles_up() -> None:
    """By hand: an hour's work seven times a 7-hour day; with eight, each waits longer."""
    setup = Setup(MONDAY, 7, even=True, people=PEOPLE, work=WORK, days=10, warmup=0, replications=1)
    found = simulated(setup)
    assert steps(found)["accept"].wait.most == pytest.approx(0)
    (clerk, _) = found.posts
    assert clerk.load.mean == pytest.approx(1, abs=0.02)
    # One comes every 7/8 hour and takes an hour: the n-th waits (n - 1)/8 hours.
    found = simulated(replace(setup, arrivals=8, days=1))
    waits = [n / 8 for n in range(7)]
    assert steps(found)["accept"].wait.mean == pytest.approx(sum(waits) / 7)
    assert found.received.mean == 8


def test_random_arrivals_at_one_clerk_wait_as_the_formula_says() -> None:
    """M/D/1 (Pollaczek and Khinchine): half of load times work, by what is left of the time."""
    load, work = 0.6, 1.0
    setup = Setup(
        MONDAY, load * 7, people=PEOPLE, work=WORK, days=700, warmup=20, replications=3, seed=11
    )
    found = simulated(setup)
    expected = load * work / (2 * (1 - load))
    assert steps(found)["accept"].wait.mean == pytest.approx(expected, rel=0.12)
    assert found.posts[0].load.mean == pytest.approx(load, rel=0.05)


def test_the_same_seed_gives_the_same_and_another_seed_another() -> None:
    """To the last digit; two bundles with one seed meet the same applicants."""
    setup = Setup(MONDAY, 5, people=PEOPLE, work=WORK, days=40, warmup=5, replications=2, seed=3)
    once, again = simulated(setup), simulated(setup)
    assert once == again
    assert simulated(replace(setup, seed=4)) != once


def test_a_limit_ends_with_its_last_working_day() -> None:
    """Counted on the axis as on the calendar; the promise is broken when it is missed."""
    axis = Axis(Calendar(holidays=frozenset({date(2026, 3, 4)})), MONDAY, 20)
    assert axis.due(1.0, "1wd") == 14
    assert axis.date_of(2) == date(2026, 3, 5)
    assert axis.due(1.0, "7d") == axis.due(8.0, "6d") == 5 * 7
    assert axis.due(1.0, "2wh") == 3
    assert axis.later(1.0, timedelta(days=7)) == 4 * 7 + 1
    late = {**WORK, "decide": (7.0 * 30,)}
    found = simulated(Setup(MONDAY, 1, even=True, people=PEOPLE, work=late, days=60, warmup=0))
    assert found.kept is not None
    assert found.kept.mean == 0
    kept = simulated(Setup(MONDAY, 1, even=True, people=PEOPLE, work=WORK, days=20, warmup=0))
    assert kept.kept is not None
    assert kept.kept.mean == 1
    assert kept.median is not None
    assert kept.median.mean == pytest.approx(1 / 7)


def test_lawful_stops_and_two_signatures_count() -> None:
    """Rectification stops the promise; an on-site check takes two people for the whole work."""
    people = {f"scjg:{role}": 9 for role in ("clerk", "examiner", "inspector", "head", "registrar")}
    setup = Setup(
        MONDAY, 1, even=True, people=people, usual_work=0.0, days=80, warmup=0, replications=1,
        work={"rectify": (7.0 * 25,), "site_check": (3.5,)},
        outcomes={"site_check": {"rectify": 1.0, "unknown": 5.0}},
    )  # fmt: skip
    found = simulated(setup, MEDICAL)
    assert found.kept is not None
    assert found.kept.mean == 1
    assert found.median is not None
    assert found.median.mean > 25
    inspectors = next(one for one in found.posts if one.post == "scjg:inspector")
    assert inspectors.load.mean == pytest.approx(2 * 3.5 / (9 * 7), rel=0.05)
    with pytest.raises(InvalidError, match="at least 2 people"):
        simulated(replace(setup, people={**people, "scjg:inspector": 1}), MEDICAL)


def test_a_task_lies_before_anybody_looks_at_it() -> None:
    """As long as it is known to lie, though the clerk is free."""
    lying = Setup(
        MONDAY, 1, even=True, people=PEOPLE, work=WORK, delay={"accept": (3.0,)}, days=10, warmup=0
    )
    assert steps(simulated(lying))["accept"].wait.mean == pytest.approx(3)


def test_numbers_that_mean_nothing_are_refused_each_at_its_field() -> None:
    """Nothing is simulated then."""
    absurd = Setup(
        MONDAY, 0, people={"scjg:clerk": -1}, work={"accept": (-2.0,)}, days=0, replications=99
    )
    with pytest.raises(InvalidError) as refused:
        absurd.check()
    assert set(refused.value.fields) == {
        "arrivals", "people-scjg:clerk", "work-accept", "days", "replications",
    }  # fmt: skip
    with pytest.raises(InvalidError) as refused:
        Setup(MONDAY, 500, days=700).check()
    assert "60000" in refused.value.fields["arrivals"].zh


def test_what_cannot_run_is_refused_and_what_fails_is_told() -> None:
    """A bundle with errors has no course; a case the diagram cannot take on is counted."""
    files = definitions.read_folder(PROCESSES / SHOP)
    broken = {**files, f"{SHOP}.bpmn": b"<no xml"}
    with pytest.raises(InvalidError, match="cannot be simulated"):
        Course(definitions.read_bundle(broken), definitions.bundle_hash(broken))
    bare = {**definitions.read_folder(PROCESSES / "restaurant-opening"), "paths.yaml": b"[]"}
    made = Course(definitions.read_bundle(bare), definitions.bundle_hash(bare))
    people = {f"{unit}:{role}": 9 for unit in ("scjg", "cgj", "xfjy") for role in ("clerk", "examiner", "inspector", "head")}  # fmt: skip  # noqa: E501
    setup = Setup(MONDAY, 2, even=True, people=people, days=5, warmup=0, replications=1)
    run = whatif.replicate(made, setup, WEEKS, 0)
    found = whatif.summarise(made, setup, [run], 7.0)
    assert sum(count for _, count in found.faults) == found.received.mean
