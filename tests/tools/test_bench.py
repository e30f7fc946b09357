"""The benchmark measures what it says: the same walk on every machine, figures that add up."""

from typing import Any

import pytest

from engine.runtime.program import TokenProgram
from tools.bench import engine_trips, figures, model
from tools.bench.own import OwnCase
from tools.bench.stock import StockCase


def case_of(kind: str, draw: Any = model.approval) -> Any:
    if kind == "stock":
        return StockCase(draw(stock=True), model.PROCESS)
    return OwnCase(draw(stock=False), tokens=kind == "tokens")


def walk(case: Any) -> list[str]:
    """Complete whatever stands first until nothing is open."""
    engine_trips.complete(case, "T1", model.application(3))
    done = ["T1"]
    while found := case.open():
        done.append(found[0][0])
        engine_trips.complete(case, found[0][0])
    return done


def test_the_model_takes_the_same_way_on_all_three() -> None:
    """Twelve tasks less the two that only a return and a timer open; three departments twice."""
    ways = {kind: sorted(walk(case_of(kind))) for kind in ("stock", "tree", "tokens")}
    assert ways["stock"] == ways["tree"] == ways["tokens"]
    assert ways["stock"].count("D2") == 3
    assert not {"T3", "T8"} & set(ways["stock"])


def test_the_two_own_machines_are_really_two() -> None:
    assert isinstance(case_of("tokens").program, TokenProgram)
    assert not isinstance(case_of("tree").program, TokenProgram)


@pytest.mark.parametrize("kind", ["tree", "tokens"])
def test_a_case_late_in_its_life_stays_small(kind: str) -> None:
    """At most 4 KB, after two hundred returns too: nothing that is over is kept."""
    case = case_of(kind)
    engine_trips.complete(case, "T1", {**model.application(5), "complete": False})
    for _ in range(200):
        engine_trips.complete(case, "T2")
        engine_trips.complete(case, "T3")
    assert case.size < 4096
    late = case_of(kind)
    engine_trips.complete(late, "T1", model.application(5))
    while late.open()[0][0] != "T7":
        engine_trips.complete(late, late.open()[0][0])
    assert late.size < 4096


@pytest.mark.parametrize("kind", ["tree", "tokens"])
def test_blocks_in_a_row_are_not_foreseen(kind: str) -> None:
    """Eight branches four times over: the state is that of one block."""
    one = case_of(kind, lambda stock: model.blocks(8, 1, stock=stock))
    four = case_of(kind, lambda stock: model.blocks(8, 4, stock=stock))
    assert len(four.open()) == 8
    assert four.size < one.size * 1.2


def test_figures_give_the_median_and_the_spread() -> None:
    found = figures.Figures("x", [0.001 * n for n in range(1, 102)])
    assert found.as_json() == {
        "name": "x",
        "n": 101,
        "median_ms": 51.0,
        "p5_ms": 6.0,
        "p95_ms": 96.0,
    }
    assert figures.ratio(found, figures.Figures("y", [0.017])) == 3.0
    assert figures.Figures("one", [0.5]).as_json()["p95_ms"] == 500.0


def test_things_are_measured_in_turn() -> None:
    order: list[str] = []
    acts = {name: (lambda name=name: order.append(name)) for name in "ab"}  # type: ignore[misc]
    found = figures.in_turn(acts, rounds=4, at_once=2)
    assert "".join(order) == "aabb" * 3
    assert [len(one.seconds) for one in found.values()] == [4, 4]
