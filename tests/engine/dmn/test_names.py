"""What a name means in a decision: the nearest that is in scope (DMN 1.3, 10.3.2.11)."""

from decimal import Decimal

import pytest

from engine.dmn import decide
from tests.engine.dmn.build import decision, fact, literal, model_of, table, text


def knowledge(name: str, logic: str, parameter: str = "n") -> str:
    """Write a business knowledge model of one parameter."""
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/>'
        f'<encapsulatedLogic><formalParameter name="{parameter}"/>{literal(logic)}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )


def function(logic: str) -> str:
    """Write a boxed function of n."""
    return f'<functionDefinition><formalParameter name="n"/>{literal(logic)}</functionDefinition>'


def entry(name: str, logic: str) -> str:
    """Write an entry of a boxed context; the result when it has no name."""
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


INVOKED = (
    f"<invocation><literalExpression>{text('abs')}</literalExpression>"
    f'<binding><parameter name="n"/>{literal("x")}</binding></invocation>'
)


TENFOLD = knowledge("abs", "n * 10")
ENTRIES = entry("abs", function("n * 10")) + entry("r", literal("abs(x)")) + entry("", literal("r"))


@pytest.mark.parametrize(
    "parts",
    [
        (TENFOLD, decision("D", literal("abs(x)"), "=x *abs")),
        (TENFOLD, decision("D", literal("abs(n: x)"), "=x *abs")),
        (TENFOLD, decision("D", literal("[x][abs(item) = -50][1] * 10"), "=x *abs")),
        (TENFOLD, decision("D", INVOKED, "=x *abs")),
        (decision("abs", function("n * 10")), decision("D", literal("abs(x)"), "=x abs")),
        (decision("D", f"<context>{ENTRIES}</context>", "=x"),),
    ],
)
def test_a_function_nearer_than_a_built_in_one_is_called(parts: tuple[str, ...]) -> None:
    """Built-in functions are the outermost scope, whatever brings a nearer one."""
    assert decide(model_of(fact("x"), *parts), "D", {"x": -5}).result == -50


def test_a_nearer_function_is_called_for_what_spells_a_date_too() -> None:
    """Such calls are worked out once, but only where the built-in function is meant."""
    parts = (knowledge("date", '"mine"'), decision("D", literal('date("2026-11-23")'), "*date"))
    assert decide(model_of(*parts), "D", {}).result == "mine"


@pytest.mark.parametrize("given", [5, None, "x"])
def test_a_fact_leaves_the_built_in_function_of_its_name_alone(given: object) -> None:
    """Facts may well be named count; only functions can be called."""
    parts = (fact("count"), decision("D", literal("[count([1, 2]), count]"), "=count"))
    assert decide(model_of(*parts), "D", {"count": given}).result == [2, given]


#: A type with a part that could be a difference, too.
OTHER = (
    '<itemDefinition name="tOther"><itemComponent name="net-price"><typeRef>number</typeRef>'
    "</itemComponent></itemDefinition>"
)
NET, PRICE = fact("net", "number"), fact("price", "number")
NEEDS = "=net =price"
ENTERED = entry("r", literal("net-price")) + entry("net-price", literal("1"))
BOXED = f"<filter><in>{literal('[1, 9]')}</in><match>{literal('item > net-price')}</match></filter>"
TWICE = knowledge("twice", "net-price * 2", "net-price")
OTHERS = fact("L", "tOther")
MATCHED = f"<filter><in>{literal('L')}</in><match>{literal('net-price < price')}</match></filter>"


@pytest.mark.parametrize(
    ("parts", "logic", "needs", "wanted"),
    [
        ([OTHER], literal("net-price"), NEEDS, 5),
        ([OTHER], literal("[1, 9][item > net-price]"), NEEDS, [9]),
        ([OTHER], table("FIRST", ["net"], ["o"], ["> net-price => 1", "- => 2"]), NEEDS, 1),
        ([OTHER], BOXED, NEEDS, [9]),
        ([decision("net-price", literal("99"))], literal("net-price"), NEEDS, 5),
        ([decision("net-price", literal("99"))], literal("net-price"), NEEDS + " net-price", 99),
        ([TWICE], literal("net-price + twice(1)"), NEEDS + " *twice", 7),
        ([], f"<context>{ENTERED}</context>", NEEDS, {"r": 5, "net-price": 1}),
        ([OTHER, OTHERS], literal("L[net-price > 1].net-price"), "=L " + NEEDS, [Decimal("1.5")]),
        ([OTHER, OTHERS], MATCHED, "=L " + NEEDS, [{"net-price": Decimal("1.5")}]),
    ],
)  # fmt: skip
def test_a_name_with_signs_is_one_name_only_where_it_is_in_scope(
    parts: list[str], logic: str, needs: str, wanted: object
) -> None:
    """Whatever else of the file is called so."""
    model = model_of(*parts, NET, PRICE, decision("D", logic, needs))
    given = {"net": 8, "price": 3, "L": {"net-price": Decimal("1.5")}}
    assert decide(model, "D", given).result == wanted
