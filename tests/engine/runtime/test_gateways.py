"""Gateways decide and join as drawn, whatever the order, also in loops."""

import itertools

import pytest

from engine.runtime import RuntimeFault
from tests.engine.runtime.drawing import (
    chain,
    end,
    flow,
    gateway,
    process,
    script,
    start,
    user,
    users,
)
from tests.engine.runtime.driving import Drive


def choice(*, default: bool) -> bytes:
    """Ask, then go to b or (by default) to c."""
    return process(
        start(),
        users("a", "b", "c"),
        gateway("exclusive", "g", "no" if default else None),
        end(),
        chain("s", "a", "g"),
        flow("g", "b", 'outcome = "yes"'),
        flow("g", "c", None if default else "amount > 10", flow_id="no"),
        flow("b", "e"),
        flow("c", "e"),
    )


def test_an_exclusive_gateway_takes_the_flow_whose_condition_holds() -> None:
    """A true condition wins over the default."""
    assert Drive(choice(default=True)).do("a", "yes").open == ["b"]


def test_an_exclusive_gateway_takes_its_default_otherwise() -> None:
    """Without a true condition the default flow is taken."""
    assert Drive(choice(default=True)).do("a", "other").open == ["c"]


def test_no_true_condition_and_no_default_is_a_fault_at_the_gateway() -> None:
    """The fault names the drawn gateway in both languages; the stored state still works."""
    case = Drive(choice(default=False), {"amount": 3})
    before = case.step.state
    with pytest.raises(RuntimeFault) as caught:
        case.do("a", "no")
    assert caught.value.element == "g"
    assert "没有一个条件成立" in caught.value.message.zh
    assert "No condition holds" in caught.value.message.en
    assert case.step.state == before
    assert case.do("a", "yes").open == ["b"]


def test_a_name_that_nobody_set_is_a_fault_not_a_no() -> None:
    """A condition on a misspelt or missing variable stops the case with the gateway's id."""
    case = Drive(choice(default=False))
    with pytest.raises(RuntimeFault) as caught:
        case.do("a", "no")
    assert caught.value.element == "g"
    assert "amount" in caught.value.message.en


def test_a_condition_that_is_neither_yes_nor_no_is_a_fault() -> None:
    """Comparing text with a number is null in FEEL, and null decides nothing."""
    case = Drive(choice(default=False), {"amount": "many"})
    with pytest.raises(RuntimeFault, match="neither yes nor no"):
        case.do("a", "no")


def test_what_the_diagram_sets_itself_is_null_until_then() -> None:
    """A script's variable may be asked about before the script ran."""
    drawing = process(
        start(),
        users("a", "b"),
        gateway("exclusive", "g", "on"),
        script("set", "seen = true"),
        end(),
        chain("s", "g"),
        flow("g", "b", "seen = true"),
        flow("g", "a", flow_id="on"),
        chain("a", "set", "g"),
        chain("b", "e"),
    )
    assert Drive(drawing).do("a").open == ["b"]


@pytest.mark.parametrize("order", list(itertools.permutations("bcd")))
def test_a_parallel_join_waits_for_all_branches_in_any_order(order: tuple[str, ...]) -> None:
    """The task behind the join opens only after the last branch."""
    case = Drive(
        process(
            start(),
            users("b", "c", "d", "q"),
            gateway("parallel", "split"),
            gateway("parallel", "join"),
            end(),
            chain("s", "split", "b", "join", "q", "e"),
            chain("split", "c", "join"),
            chain("split", "d", "join"),
        )
    )
    for done, node in enumerate(order, start=1):
        case.do(node)
        assert ("q" in case.open) == (done == 3)
    assert case.do("q").step.completed


def loop(kind: str, condition: str | None) -> bytes:
    """Split, join and a way back: the model on which the library's joins fire early."""
    return process(
        start(),
        users("b", "c", "q", "z"),
        gateway("exclusive", "h"),
        gateway(kind, "split"),
        gateway(kind, "join"),
        gateway("exclusive", "g", "done"),
        end(),
        chain("s", "h", "split"),
        flow("split", "b", condition),
        flow("split", "c", condition),
        chain("b", "join"),
        chain("c", "join", "q", "g"),
        flow("g", "z", flow_id="done"),
        flow("g", "h", 'outcome = "again"'),
        chain("z", "e"),
    )


@pytest.mark.parametrize("orders", list(itertools.product(("bc", "cb"), repeat=3)))
@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_join_in_a_return_loop_is_right_on_every_pass(kind: str, orders: tuple[str, ...]) -> None:
    """The library's join fires before the second branch is done on later passes."""
    case = Drive(loop(kind, "true" if kind == "inclusive" else None))
    for order in orders:
        case.do(order[0])
        assert case.open == [order[1]]
        case.do(order[1])
        assert case.open == ["q"]
        case.do("q", "again")
        assert case.open == ["b", "c"]
    assert case.all("c", "b").do("q", "go").do("z").step.completed


def test_an_inclusive_gateway_opens_and_joins_only_the_branches_it_chose() -> None:
    """Two of three conditions hold: the join waits for two."""
    drawing = process(
        start(),
        users("a", "b", "c", "q"),
        gateway("inclusive", "split", "none"),
        gateway("inclusive", "join"),
        end(),
        chain("s", "split"),
        flow("split", "a", "amount > 1"),
        flow("split", "b", "amount > 10"),
        flow("split", "c", "amount > 100", flow_id="none"),
        chain("a", "join"),
        chain("b", "join"),
        chain("c", "join", "q", "e"),
    )
    case = Drive(drawing, {"amount": 50})
    assert case.open == ["a", "b"]
    assert case.do("b").open == ["a"]
    assert case.do("a").open == ["q"]
    assert Drive(drawing, {"amount": 0}).open == ["c"]
    assert Drive(drawing, {"amount": 0}).do("c").open == ["q"]


def test_an_inclusive_join_does_not_wait_for_a_path_that_cannot_come() -> None:
    """A branch that ended elsewhere releases the join."""
    drawing = process(
        start(),
        users("a", "b", "q"),
        gateway("inclusive", "split"),
        gateway("exclusive", "x", "in"),
        gateway("inclusive", "join"),
        end(),
        end("away"),
        chain("s", "split"),
        flow("split", "a", "true"),
        flow("split", "b", "true"),
        chain("a", "join"),
        chain("b", "x"),
        flow("x", "join", flow_id="in"),
        flow("x", "away", 'outcome = "stop"'),
        chain("join", "q", "e"),
    )
    case = Drive(drawing).do("a")
    assert case.open == ["b"]
    assert case.do("b", "stop").open == ["q"]
    assert case.do("q").step.completed
    assert Drive(drawing).do("b", "go").do("a").open == ["q"]


def test_a_join_fed_by_nested_splits_waits_for_every_flow() -> None:
    """One join closes two splits; cutting history between saves must not lose its first token."""
    drawing = process(
        start(),
        users("a", "b", "c", "q"),
        gateway("parallel", "one"),
        gateway("parallel", "two"),
        gateway("parallel", "join"),
        end(),
        chain("s", "one", "a", "join", "q", "e"),
        chain("one", "two", "b", "join"),
        chain("two", "c", "join"),
    )
    for order in itertools.permutations("abc"):
        case = Drive(drawing)
        case.all(*order)
        assert case.open == ["q"], order


def test_parallel_branches_read_their_own_outcome_and_share_other_variables() -> None:
    """``outcome`` travels with the token; what one branch sets is seen by all, and never lost."""
    drawing = process(
        start(),
        users("a", "b", "b2", "q"),
        gateway("parallel", "split"),
        gateway("parallel", "join"),
        gateway("exclusive", "g", "else"),
        end(),
        chain("s", "split", "a", "join", "q", "e"),
        chain("split", "b", "b2", "g"),
        flow("g", "join", 'outcome = "mine"', "then"),
        flow("g", "b", flow_id="else"),
    )
    case = Drive(drawing, {"mark": 0}).do("b", "mine", mark=1).do("a", "other")
    assert case.task("b2").data["mark"] == 1
    assert case.do("b2").open == ["q"]
    assert case.step.data["mark"] == 1


def test_several_flows_out_of_a_task_run_side_by_side() -> None:
    """BPMN's implicit fork: the library refuses it."""
    drawing = process(
        start(), users("a", "b", "c"), end(), chain("s", "a", "b", "e"), chain("a", "c", "e")
    )
    case = Drive(drawing).do("a")
    assert case.open == ["b", "c"]
    assert not case.do("b").step.completed
    assert case.do("c").step.completed


def test_a_case_that_can_never_go_on_is_a_fault() -> None:
    """A parallel join behind an exclusive choice would wait for ever."""
    drawing = process(
        start(),
        user("a"),
        gateway("exclusive", "x", "one"),
        gateway("parallel", "join"),
        end(),
        chain("s", "a", "x"),
        flow("x", "join", flow_id="one"),
        flow("x", "join", 'outcome = "b"'),
        chain("join", "e"),
    )
    with pytest.raises(RuntimeFault, match="stuck") as caught:
        Drive(drawing).do("a")
    assert caught.value.element == "join"


def doubled(kind: str) -> bytes:
    """Two tokens come in by one flow of a join, one by the other."""
    return process(
        start(),
        users("a", "b", "c", "q"),
        gateway("parallel", "split"),
        gateway("exclusive", "both"),
        gateway(kind, "join"),
        end(),
        chain("s", "split", "a", "both", "join", "q", "e"),
        chain("split", "b", "both"),
        chain("split", "c", "join"),
    )


def test_a_parallel_join_takes_one_token_of_each_flow_and_leaves_the_rest() -> None:
    """The second token of the same flow waits for a partner; without one the case is stuck."""
    case = Drive(doubled("parallel")).do("a").do("b")
    assert case.open == ["c"]
    assert case.do("c").open == ["q"]
    with pytest.raises(RuntimeFault, match="stuck") as caught:
        case.do("q")
    assert caught.value.element == "join"


def test_an_inclusive_join_lets_a_left_over_token_pass_later() -> None:
    """It fires for the pair, then again for the token that is left."""
    case = Drive(doubled("inclusive")).do("a").do("b")
    assert case.open == ["c"]
    assert case.do("c").open == ["q", "q"]
    late = Drive(doubled("inclusive")).do("a").do("c")
    assert sorted(late.open) == ["b", "q"]
    assert late.do("q").do("b").open == ["q"]
    assert late.do("q").step.completed


def test_an_inclusive_gateway_without_a_way_is_a_fault() -> None:
    """No condition holds and there is no default."""
    drawing = process(
        start(),
        users("a", "b"),
        gateway("inclusive", "g"),
        end(),
        chain("s", "g"),
        flow("g", "a", "amount > 1"),
        flow("g", "b", "amount > 2"),
        chain("a", "e"),
        chain("b", "e"),
    )
    with pytest.raises(RuntimeFault, match="No condition holds") as caught:
        Drive(drawing, {"amount": 0})
    assert caught.value.element == "g"
