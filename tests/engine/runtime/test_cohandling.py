"""Multi-instance activities: several departments at once, in any order, again and again."""

import itertools
from collections.abc import Iterator

import pytest

from engine.runtime import LimitExceeded, RuntimeFault, TaskGone, skip
from tests.engine.runtime.drawing import (
    boundary,
    catch,
    chain,
    cohandling,
    end,
    flow,
    gateway,
    many,
    process,
    script,
    start,
    subprocess,
    user,
    users,
)
from tests.engine.runtime.driving import MACHINE, MORNING, Drive

PARTS = ["scjg", "cgj", "xfjy"]


@pytest.fixture(autouse=True, params=["tree", "tokens"])
def _on_each_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Items with co-handling run on tokens; cases stored before are still on the tree."""
    token = MACHINE.set(request.param)
    yield
    MACHINE.reset(token)


def joint(*inside: str) -> bytes:
    """Several departments answer, the lead sums up and may ask again."""
    body = inside or (start("cs"), user("opinion"), end("ce"), chain("cs", "opinion", "ce"))
    return process(
        start(),
        cohandling("co", *body),
        user("sum"),
        gateway("exclusive", "g", "ok"),
        end(),
        chain("s", "co", "sum", "g"),
        flow("g", "e", flow_id="ok"),
        flow("g", "co", 'outcome = "again"'),
    )


@pytest.mark.parametrize("order", list(itertools.permutations(PARTS)))
def test_answers_come_in_the_order_of_the_departments(order: tuple[str, ...]) -> None:
    """Whoever answers first, the list follows the collection."""
    case = Drive(joint(), {"parts": PARTS})
    assert case.open == [f"opinion@{part}" for part in PARTS]
    for part in order:
        case.do(f"opinion@{part}", f"{part}-says")
    assert case.open == ["sum"]
    assert case.step.data["opinions"] == [
        {"department": part, "outcome": f"{part}-says"} for part in PARTS
    ]


def test_the_next_round_starts_with_an_empty_list() -> None:
    """The library fails on the second pass because the list is not empty."""
    case = Drive(joint(), {"parts": PARTS})
    for number in range(3):
        for part in reversed(PARTS):
            assert case.step.data["opinions"] == []
            case.do(f"opinion@{part}", f"round-{number}")
        assert {one["outcome"] for one in case.step.data["opinions"]} == {f"round-{number}"}
        case.do("sum", "again")
    assert case.open == [f"opinion@{part}" for part in PARTS]


def test_a_branch_has_a_stable_id_its_place_and_its_item() -> None:
    """Both tasks of one branch stand in the same branch."""
    case = Drive(
        joint(start("cs"), users("one", "two"), end("ce"), chain("cs", "one", "two", "ce")),
        {"parts": PARTS},
    )
    first = case.task("one@cgj").branch
    assert first is not None
    assert (first.element, first.index, first.item) == ("co", 1, "cgj")
    case.do("one@xfjy").do("one@cgj")
    assert case.task("two@cgj").branch == first
    assert case.task("two@cgj").data["department"] == "cgj"
    assert [branch.item for branch in case.step.branches] == PARTS
    case.do("two@cgj")
    assert [branch.item for branch in case.step.branches] == ["scjg", "xfjy"]


def test_a_branch_in_which_only_a_timer_waits_is_still_open() -> None:
    """It has no open task, but it has not answered yet."""
    inside = (start("cs"), user("one"), catch("rest", "P1D"), end("ce"))
    case = Drive(joint(*inside, chain("cs", "one", "rest", "ce")), {"parts": PARTS})
    case.do("one@cgj", "agree")
    assert case.step.timers[0].branch in case.step.branches
    assert len(case.step.branches) == 3
    assert [branch.item for branch in case.later(days=1).fire("rest").step.branches] == [
        "scjg",
        "xfjy",
    ]


def test_what_a_branch_sets_stays_in_the_branch() -> None:
    """Two departments decide on a variable of the same name."""
    inside = (
        start("cs"),
        users("one", "more"),
        gateway("exclusive", "check", "no"),
        end("ce"),
        chain("cs", "one", "check"),
        flow("check", "more", "visit = true"),
        flow("check", "ce", flow_id="no"),
        chain("more", "ce"),
    )
    case = Drive(joint(*inside), {"parts": PARTS, "visit": False})
    case.do("one@scjg", visit=True).do("one@cgj", visit=False).do("one@xfjy", visit=True)
    assert case.open == ["more@scjg", "more@xfjy"]
    assert case.step.data["visit"] is False


def test_no_department_at_all_passes_straight_through() -> None:
    """An empty collection gives an empty list."""
    case = Drive(joint(), {"parts": []})
    assert case.open == ["sum"]
    assert case.step.data["opinions"] == []


def test_a_boundary_timer_on_a_cohandling_cancels_all_its_branches() -> None:
    """Nothing of it stays open, nothing can be completed any more."""
    drawing = process(
        start(),
        cohandling("co", start("cs"), user("opinion"), end("ce"), chain("cs", "opinion", "ce")),
        boundary("late", "co", "P3D"),
        users("sum", "urge"),
        end(),
        chain("s", "co", "sum", "e"),
        chain("late", "urge", "e"),
    )
    case = Drive(drawing, {"parts": PARTS}).do("opinion@cgj", "agree")
    gone = case.task("opinion@scjg").id
    case.later(days=3).fire("late")
    assert case.open == ["urge"]
    assert case.step.timers == ()
    cancelled = [entry.element for entry in case.step.trace if entry.event == "cancelled"]
    assert cancelled.count("opinion") == 2
    assert cancelled.count("co") >= 2  # the open branches; the tree also notes the whole
    with pytest.raises(TaskGone):
        skip(case.program, case.step.state, gone, None, now=MORNING)
    assert case.do("urge").step.completed


def test_a_silent_branch_can_be_skipped_with_an_outcome() -> None:
    """The others' answers are kept; the last skip lets the case go on."""
    case = Drive(joint(), {"parts": PARTS}).do("opinion@cgj", "disagree")
    for part in ("scjg", "xfjy"):
        branch = case.task(f"opinion@{part}").branch
        assert branch is not None
        case.step = skip(case.program, case.step.state, branch.id, "agree", now=MORNING)
    assert case.open == ["sum"]
    assert [one["outcome"] for one in case.step.data["opinions"]] == ["agree", "disagree", "agree"]


def test_a_collection_can_be_an_expression() -> None:
    """FEEL behind a leading equals sign."""
    body = (start("cs"), user("opinion"), end("ce"), chain("cs", "opinion", "ce"))
    drawing = process(
        start(),
        cohandling("co", *body, collection="= parts[item != &quot;cgj&quot;]"),
        end(),
        chain("s", "co", "e"),
    )
    assert Drive(drawing, {"parts": PARTS}).open == ["opinion@scjg", "opinion@xfjy"]


def test_too_many_branches_are_refused() -> None:
    """The bound is on the collection, before any branch is made."""
    parts = [f"d{number}" for number in range(501)]
    with pytest.raises(LimitExceeded) as caught:
        Drive(joint(), {"parts": parts})
    assert caught.value.element == "co"
    assert len(Drive(joint(), {"parts": parts[:500]}).open) == 500


@pytest.mark.parametrize("parts", ["scjg", 5, None, {"a": 1}])
def test_a_collection_that_is_no_list_is_a_fault(parts: object) -> None:
    """Letters of a text are no departments."""
    with pytest.raises(RuntimeFault, match="not a list"):
        Drive(joint(), {"parts": parts})


def plain_loop(*, sequential: bool) -> bytes:
    """The standard's own output list, over a script inside a subprocess."""
    flag = str(sequential).lower()
    loop = (
        f'<multiInstanceLoopCharacteristics isSequential="{flag}">'
        "<loopDataInputRef>numbers</loopDataInputRef><loopDataOutputRef>squares</loopDataOutputRef>"
        '<inputDataItem id="n1" name="number"/><outputDataItem id="n2" name="square"/>'
        "</multiInstanceLoopCharacteristics>"
    )
    return process(
        start(),
        subprocess(
            "many",
            loop,
            start("ms"),
            user("check"),
            script("sq", "square = number * number"),
            end("me"),
            chain("ms", "check", "sq", "me"),
        ),
        user("after"),
        end(),
        chain("s", "many", "after", "e"),
    )


def test_the_standards_output_list_is_in_input_order() -> None:
    """Completed 3, 1, 2 – collected 1, 2, 3."""
    case = Drive(plain_loop(sequential=False), {"numbers": [1, 2, 3]})
    case.do("check@3").do("check@1").do("check@2")
    assert case.step.data["squares"] == [1, 4, 9]
    assert case.open == ["after"]


def test_an_activity_can_run_a_number_of_times() -> None:
    """A cardinality instead of a collection: the items are 0, 1, 2."""
    loop = (
        '<multiInstanceLoopCharacteristics isSequential="false">'
        "<loopCardinality>= many + 1</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    case = Drive(process(start(), user("a", loop), end(), chain("s", "a", "e")), {"many": 2})
    assert case.open == ["a@0", "a@1", "a@2"]
    assert case.all("a@2", "a@0", "a@1").step.completed


def test_a_sequential_loop_opens_one_after_another() -> None:
    """The second branch opens when the first is done."""
    case = Drive(plain_loop(sequential=True), {"numbers": [1, 2, 3]})
    for number in (1, 2, 3):
        assert case.open == [f"check@{number}"]
        case.do(f"check@{number}")
    assert case.step.data["squares"] == [1, 4, 9]


def test_a_user_task_itself_can_be_repeated() -> None:
    """Without a result list, what the runs set reaches the case."""
    drawing = process(
        start(), user("ask", many("parts")), user("after"), end(), chain("s", "ask", "after", "e")
    )
    case = Drive(drawing, {"parts": PARTS})
    case.do("ask@xfjy", seen="x").do("ask@scjg").do("ask@cgj", seen="c")
    assert case.open == ["after"]
    assert case.step.data["seen"] == "c"


def test_a_cohandling_inside_a_cohandling_keeps_both_apart() -> None:
    """The innermost branch is reported; each has its own list."""
    drawing = process(
        start(),
        subprocess(
            "outer",
            many("groups", "group"),
            start("os"),
            cohandling(
                "inner",
                start("is"),
                user("ask"),
                end("ie"),
                chain("is", "ask", "ie"),
                collection="group.parts",
            ),
            user("sum"),
            end("oe"),
            chain("os", "inner", "sum", "oe"),
        ),
        end(),
        chain("s", "outer", "e"),
    )
    case = Drive(drawing, {"groups": [{"parts": ["a", "b"]}, {"parts": ["c"]}]})
    assert case.open == ["ask@a", "ask@b", "ask@c"]
    case.do("ask@c", "yes")
    assert case.step.open_tasks[2].element == "sum"
    assert case.step.open_tasks[2].data["opinions"] == [{"department": "c", "outcome": "yes"}]
    case.do("ask@b", "no").do("ask@a", "yes")
    longest = max((task.data["opinions"] for task in case.step.open_tasks), key=len)
    assert longest[1] == {"department": "b", "outcome": "no"}
