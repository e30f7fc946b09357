"""The boxed expressions of DMN 1.4, and the lists of values of tables."""

import pytest

from engine.dmn import DecisionResult, decide, read_dmn
from engine.feel import FeelLimitError
from engine.problems import Problem
from tests.engine.dmn.build import decision, definitions, literal, model_of, problems_of, table


def made(logic: str, **data: object) -> DecisionResult:
    """Make a decision of this logic."""
    return decide(model_of(decision("D", logic)), "D", data)


def listed(*parts: str) -> list[Problem]:
    """List the problems of some parts."""
    return read_dmn(definitions(*parts), "test.dmn")[1]


def conditional(condition: str) -> str:
    """Write a boxed conditional."""
    return (
        f"<conditional><if>{literal(condition)}</if><then>{literal('1')}</then>"
        f"<else>{literal('2')}</else></conditional>"
    )


@pytest.mark.parametrize(
    ("condition", "wanted"), [("true", 1), ("false", 2), ('"abc"', None), ("null", 2), ("x > 1", 1)]
)
def test_a_conditional_takes_one_of_its_parts(condition: str, wanted: int | None) -> None:
    assert made(conditional(condition), x=5).result == wanted


def iteration(kind: str, listed: str, body: str) -> str:
    """Write a boxed for, some or every over ``my element``."""
    inside = "return" if kind == "for" else "satisfies"
    return (
        f'<{kind} iteratorVariable="my element"><in>{literal(listed)}</in>'
        f"<{inside}>{literal(body)}</{inside}></{kind}>"
    )


@pytest.mark.parametrize(
    ("kind", "listed", "body", "wanted"),
    [
        ("for", "[1,2,3]", "my element * 2", [2, 4, 6]),
        ("for", "[]", "my element", []),
        ("for", "null", "my element", None),
        ("for", "[1..3]", "my element * x", [10, 20, 30]),
        (
            "for",
            "[1,2,3,4]",
            "if my element = 1 then 1 else my element * partial[-1]",
            [1, 2, 6, 24],
        ),
        ("some", "[1,2,3]", "my element > 2", True),
        ("some", "[1,2,3]", "my element > 3", False),
        ("some", "[]", "true", False),
        ("some", "[1,2]", 'if my element = 2 then true else "no"', None),
        ("some", "[1,2]", "if my element = 2 then true else null", True),
        ("some", "[1,2]", '"no"', None),
        ("every", "[1,2,3]", "my element > 0", True),
        ("every", "[1,2,3]", "my element > 1", False),
        ("every", "[]", "false", True),
        ("every", "[1,2]", 'if my element = 2 then true else "no"', None),
    ],
)
def test_boxed_iterations(kind: str, listed: str, body: str, wanted: object) -> None:
    assert made(iteration(kind, listed, body), x=10).result == wanted


@pytest.mark.parametrize(
    ("listed", "match", "wanted"),
    [
        ("[1,2,3,4,5]", "item >= 3", [3, 4, 5]),
        ("[1,2,3]", "item > 5", []),
        ("[1,2,3]", '"no boolean"', None),
        ("[1,2,3]", 'if item > 1 then true else "no boolean"', None),
        ("[1,2,3]", "if item > 1 then true else null", [2, 3]),
        ("[1,2,3]", "-1", 3),
        ("[1,2,3]", "9", None),
        ("[{a: 1}, {a: 2}, {b: 3}]", "a > 1", [{"a": 2}]),
        ("[{a: 1}, {a: 2}]", "item.a >= limit", [{"a": 2}]),
        ("null", "true", []),
        ("7", "item = 7", [7]),
    ],
)
def test_boxed_filters(listed: str, match: str, wanted: object) -> None:
    logic = f"<filter><in>{literal(listed)}</in><match>{literal(match)}</match></filter>"
    assert made(logic, limit=2).result == wanted


def test_boxed_iterations_are_bounded() -> None:
    """Loops in loops in loops come to an end."""
    inner = iteration("for", "[1..9000]", "my element")
    outer = (
        f'<for iteratorVariable="o"><in>{literal("[1..9000]")}</in><return>{inner}</return></for>'
    )
    with pytest.raises(FeelLimitError):
        made(outer)


INPUT_VALUES = '<input id="i0"><inputValues><text>"a", "b"</text></inputValues>'


def test_a_value_outside_the_input_values_counts_as_null_and_is_noted() -> None:
    logic = table("FIRST", ["x"], ["r"], ['"a" => 1', "- => 2"]).replace(
        '<input id="i0">', INPUT_VALUES
    )
    assert made(logic, x="b").result == 2
    assert made(logic, x=None).result == 2
    found = made(logic, x="c")
    assert (found.result, [problem.rule for problem in found.problems]) == (
        2,
        ["dmn-input-value"],
    )


def test_a_result_outside_the_output_values_is_null_and_noted() -> None:
    found = made(table("FIRST", ["x"], ['r::"a", "b"'], ['1 => "a"', '- => "z"']), x=2)
    assert (found.result, [problem.rule for problem in found.problems]) == (
        None,
        ["dmn-output-value"],
    )


def test_of_very_many_rules_those_that_match_together_are_found_too() -> None:
    """At most twenty are told; where they are too many to compare, that is said."""
    rules = [f"[{n}..{n + 500}] => {n}" for n in range(1000)]
    found = listed(decision("D", table("UNIQUE", ["x"], ["r"], rules)))
    assert [problem.rule for problem in found] == ["dmn-overlap"] * 20
    apart = [f"{n} => {n}" for n in range(1000)]
    (told,) = listed(decision("D", table("UNIQUE", ["x"], ["r"], apart)))
    assert (told.rule, told.severity) == ("not-examined", "warning")
    assert all((told.line, *told.message, *told.hint))
    assert listed(decision("D", table("UNIQUE", ["x"], ["r"], apart[:600]))) == []


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (["- => 1", "- => 2"], ["dmn-same-conditions"]),
        (["- => 1", "- => 1"], []),
        (["limit => 1", "limit => 2"], ["dmn-same-conditions"]),
        (["- => y", "- => 2"], []),
        (["< 5 => 1", "< 9 => 2"], ["dmn-overlap"]),
        (["< 5 => 1", "< 9 => 1"], []),
        (['< 5 => "a"', ">= 5 => 2"], []),
    ],
)
def test_rules_of_an_any_table_that_contradict_each_other_are_pointed_out(
    rules: list[str], told: list[str]
) -> None:
    """As far as constants tell; a warning only."""
    found = listed(decision("D", table("ANY", ["x"], ["r"], rules)))
    assert [problem.rule for problem in found] == told
    assert all(problem.severity == "warning" and problem.hint.zh for problem in found)


@pytest.mark.parametrize(
    ("rules", "overlap"),
    [
        (["< 5 => 1", ">= 5 => 2"], False),
        (["<= 5 => 1", ">= 5 => 2"], True),
        (["[1..5) => 1", "[5..9] => 2"], False),
        (["[1..5] => 1", "(4..9] => 2"], True),
        (['"a", "b" => 1', '"b" => 2'], True),
        (['"a" => 1', '"b" => 2'], False),
        (["1 => 1", "- => 2"], True),
        (['not("a") => 1', '"b" => 2'], False),
        (["limit => 1", "- => 2"], False),
        (['< date("2026-01-01") => 1', '[@"2025-01-01"..@"2025-02-01"] => 2'], True),
        (["true => 1", "false => 2"], False),
        (["(2..2) => 1", "[1..3] => 2"], False),
        (["[2..2] => 1", "[1..3] => 2"], True),
        (["[3..1] => 1", "- => 2", "2 => 3"], True),
        (["[3..1] => 1", "2 => 2", "(2..2] => 3"], False),
    ],
)
def test_rules_of_a_unique_table_that_can_match_together_are_pointed_out(
    rules: list[str], overlap: bool
) -> None:
    """As far as constants tell; a warning only."""
    found = problems_of(decision("D", table("UNIQUE", ["x"], ["r"], rules)))
    assert ("dmn-overlap" in found) is overlap
    assert "dmn-overlap" not in problems_of(decision("D", table("FIRST", ["x"], ["r"], rules)))
