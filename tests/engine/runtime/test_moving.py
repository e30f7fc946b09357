"""A case moved between versions, and between the two machines, at every step of random diagrams.

Moved to the same drawing nothing may change: ids, due times, branches, and how it goes on.
"""

import random
from typing import Literal

import pytest

from engine import bpmn, runtime
from engine.runtime import LimitExceeded, Move, Program, Side, Step, Unmovable
from engine.runtime.program import TokenProgram
from tests.engine.runtime.drawing import (
    boundary,
    chain,
    end,
    flow,
    gateway,
    many,
    process,
    start,
    subprocess,
    user,
    users,
)
from tests.engine.runtime.driving import Drive, label
from tests.engine.runtime.test_fuzz import Generator

Machine = Literal["tree", "tokens"]
MACHINES: tuple[Machine, ...] = ("tree", "tokens")
MOST_STEPS = 25


def side(drawing: bytes, machine: Machine, digest: str) -> Side:
    """Compile a drawing as a version of its own."""
    diagram, problems = bpmn.read(drawing, "t.bpmn")
    assert diagram is not None, problems
    built = runtime.build(diagram, {}, machine=machine)
    return Side(runtime.load_program(built, digest), diagram.main)


def seen(step: Step) -> tuple[object, ...]:
    """What the outside knows of a case."""
    return (
        sorted((one.id, label(one)) for one in step.open_tasks),
        sorted((one.id, one.element, one.due_at) for one in step.timers),
        sorted(one.id for one in step.branches),
    )


def go(drive: Drive, new: Side, old: Side, **mapping: str) -> Drive:
    """Move a driven case."""
    drive.step = runtime.move(Move(old, new, mapping), drive.step.state, {}, now=drive.now)
    drive.program = new.program
    return drive


@pytest.mark.parametrize("first", MACHINES)
@pytest.mark.parametrize("seed", range(8))
def test_moved_at_every_step_a_case_goes_on_as_if_it_had_stayed(seed: int, first: Machine) -> None:
    drawing, chance = Generator(seed).drawing(), random.Random(seed)
    sides = {(m, v): side(drawing, m, v) for m in MACHINES for v in "AB"}
    at = (first, "A")
    plain, mover = Drive(sides[at].program), Drive(sides[at].program)
    try:
        for _ in range(MOST_STEPS):
            if plain.step.completed:
                break
            to = (chance.choice(MACHINES), "B" if at[1] == "A" else "A")
            before = seen(mover.step)
            go(mover, sides[to], sides[at])
            at = to
            assert seen(mover.step) == before
            assert mover.step.trace == ()
            assert sorted(mover.open) == sorted(plain.open)
            assert sorted(mover.waiting) == sorted(plain.waiting)
            act(plain, mover, chance)
        assert plain.step.completed == mover.step.completed
        assert not plain.step.completed or plain.step.data == mover.step.data
    except LimitExceeded:
        return  # a loop without people: neither goes on


def act(plain: Drive, mover: Drive, chance: random.Random) -> None:
    """Do the same with both."""
    if plain.waiting and (not plain.open or chance.random() < 0.3):
        event = chance.choice(sorted(plain.waiting))
        for one in (plain, mover):
            one.later(days=2).fire(event)
    else:
        wanted = chance.choice(sorted(plain.open))
        for one in (plain, mover):
            one.do(wanted)


def line(*nodes: str, more: str = "") -> bytes:
    """Steps one after another."""
    return process(start(), users(*nodes), end(), chain("s", *nodes, "e"), more)


PAIRS = [(one, two) for one in MACHINES for two in MACHINES]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_renamed_inserted_and_removed_steps(one: Machine, two: Machine) -> None:
    old = side(line("a", "b", "c"), one, "old")
    new = side(line("a", "b2", "x"), two, "new")
    drive = Drive(old.program).do("a")
    before = drive.step.open_tasks[0].id
    go(drive, new, old, b="b2")
    assert [task.id for task in drive.step.open_tasks] == [before]
    assert drive.open == ["b2"]
    assert drive.do("b2").open == ["x"]
    assert drive.do("x").step.completed


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_an_open_step_without_a_place_is_refused_by_name(one: Machine, two: Machine) -> None:
    old, new = side(line("a", "b"), one, "old"), side(line("a"), two, "new")
    drive = Drive(old.program).do("a")
    stored = drive.step.state
    with pytest.raises(Unmovable) as refused:
        go(drive, new, old)
    assert [fault.element for fault in refused.value.faults] == ["b"]
    assert drive.step.state == stored
    assert go(drive, new, old, b="a").open == ["a"]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_timers_on_edges_come_stay_and_go_with_their_events(one: Machine, two: Machine) -> None:
    late = users("late") + end("e2") + chain("late", "e2")
    old = side(line("a", more=boundary("kept", "a", "P5D") + boundary("gone", "a", "P9D")
                    + late + flow("kept", "late") + flow("gone", "late")), one, "old")  # fmt: skip
    new = side(line("a", more=boundary("kept", "a", "P1D") + boundary("new", "a", "P3D")
                    + late + flow("kept", "late") + flow("new", "late")), two, "new")  # fmt: skip
    drive = Drive(old.program)
    due = {timer.element: timer.due_at for timer in drive.step.timers}
    go(drive.later(days=1), new, old)
    after = {timer.element: timer.due_at for timer in drive.step.timers}
    assert after["kept"] == due["kept"]
    assert (after["new"] - drive.now).days == 3
    assert sorted(after) == ["kept", "new"]
    assert drive.later(days=4).fire("kept").open == ["late"]
    assert drive.do("late").step.completed


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_a_branch_that_has_arrived_waits_at_the_join_behind_an_inserted_step(
    one: Machine, two: Machine
) -> None:
    fork = gateway("parallel", "g") + gateway("parallel", "j")
    body = (start(), fork, users("a", "b"), end(), flow("s", "g"), flow("g", "a"), flow("g", "b"))
    old = side(process(*body, flow("a", "j"), flow("b", "j"), flow("j", "e")), one, "old")
    new = side(
        process(*body, users("c"), flow("a", "c"), flow("c", "j"), flow("b", "j"), flow("j", "e")),
        two,
        "new",
    )
    drive = Drive(old.program).do("a")
    go(drive, new, old)
    assert drive.open == ["b"]
    assert drive.do("b").step.completed


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_a_join_that_waits_for_less_opens_at_the_move(one: Machine, two: Machine) -> None:
    fork = gateway("parallel", "g") + gateway("parallel", "j")
    body = (start(), fork, users("a", "b"), end(), flow("s", "g"), flow("g", "a"), flow("a", "j"))
    old = side(process(*body, flow("g", "b"), flow("b", "j"), flow("j", "e")), one, "old")
    new = side(
        process(*body, users("z"), flow("g", "b"), flow("b", "e"), flow("j", "z"), flow("z", "e")),
        two,
        "new",
    )
    drive = go(Drive(old.program).do("a"), new, old)
    assert sorted(drive.open) == ["b", "z"]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_two_open_steps_never_become_one(one: Machine, two: Machine) -> None:
    fork = gateway("parallel", "g") + gateway("parallel", "j")
    old = side(
        process(start(), fork, users("a", "b"), end(), flow("s", "g"), flow("g", "a"),
                flow("g", "b"), flow("a", "j"), flow("b", "j"), flow("j", "e")), one, "old",
    )  # fmt: skip
    new = side(line("a"), two, "new")
    with pytest.raises(Unmovable) as refused:
        go(Drive(old.program), new, old, b="a")
    assert "both cannot become one" in str(refused.value)


@pytest.mark.parametrize("two", MACHINES)
def test_a_co_handling_half_done_keeps_its_answers_and_gets_the_new_step(two: Machine) -> None:
    def drawn(*inner: str) -> bytes:
        body = (many("=[1, 2, 3]", "number"), start("is"), users(*inner), end("ie"))
        part = subprocess("sub", *body, chain("is", *inner, "ie"))
        return process(start(), part, users("z"), end(), chain("s", "sub", "z", "e"))

    old, new = side(drawn("k"), "tokens", "old"), side(drawn("k", "q"), two, "new")
    drive = Drive(old.program).do("k@1")
    before = seen(drive.step)
    go(drive, new, old)
    assert seen(drive.step) == before
    drive.all("k@2", "k@3", "q@2")
    assert drive.open == ["q@3"]
    assert drive.do("q@3").open == ["z"]


def test_an_open_step_cannot_go_into_a_subprocess_nor_change_how_often_it_runs() -> None:
    old = side(line("a"), "tree", "old")
    inside = subprocess("sub", start("is"), users("a"), end("ie"), chain("is", "a", "ie"))
    other = side(process(start(), inside, end(), chain("s", "sub", "e")), "tree", "new")
    with pytest.raises(Unmovable, match="another subprocess"):
        go(Drive(old.program), other, old)
    often = user("a", many("=[1, 2]", "number"))
    repeated = side(process(start(), often, end(), chain("s", "a", "e")), "tree", "new")
    with pytest.raises(Unmovable, match="how often"):
        go(Drive(old.program), repeated, old)


def test_what_the_new_version_looks_at_besides_is_given_and_nothing_known_is_changed() -> None:
    old = side(line("a"), "tree", "old")
    ask = gateway("exclusive", "x", "other") + users("big", "small")
    new = side(
        process(start(), users("a"), ask, end(), chain("s", "a", "x"), chain("big", "e"),
                flow("x", "big", "area > 100"), flow("x", "small", flow_id="other"),
                chain("small", "e")), "tree", "new",
    )  # fmt: skip
    drive = Drive(old.program, {"area": 300})
    drive.step = runtime.move(
        Move(old, new, {}), drive.step.state, {"area": 1, "extra": 2}, now=drive.now
    )
    drive.program = new.program
    assert isinstance(new.program, Program)
    assert not isinstance(new.program, TokenProgram)
    assert drive.do("a").open == ["big"]


@pytest.mark.parametrize("two", MACHINES)
def test_data_of_a_subprocess_that_the_new_version_has_not_become_the_cases(two: Machine) -> None:
    def drawn(own: str) -> bytes:
        inner = start("is") + users("a", "b") + end("ie") + chain("is", "a", "b", "ie")
        return process(start(), subprocess("sub", own, inner), end(), chain("s", "sub", "e"))

    apart = '<dataObject id="own" name="loc"/>'
    old, new = side(drawn(apart), "tokens", "old"), side(drawn(""), two, "new")
    assert Drive(old.program).do("a", loc=4).do("b").step.data == {}
    drive = go(Drive(old.program).do("a", loc=4), new, old)
    assert drive.do("b").step.data == {"loc": 4}
    same = side(drawn(apart), "tokens", "same")
    assert go(Drive(old.program).do("a", loc=4), same, old).do("b").step.data == {}
