"""A DMN file's problems are found all at once, each with its place and a hint."""

import pytest

from engine.dmn import decide, read_dmn
from tests.engine.dmn.build import (
    decision,
    definitions,
    fact,
    literal,
    problems_of,
    table,
)

GOOD = decision("Good", literal("1"))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "dmn-xml"),
        (b"not xml", "dmn-xml"),
        (b"<a></b>", "dmn-xml"),
        (b"<html/>", "dmn-root"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><definitions>&a;</definitions>', "dmn-doctype"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><definitions/>', "dmn-doctype"),
        (b"<definitions/>", "dmn-no-decision"),
        (b"<definitions>" + b" " * 2_000_001 + b"</definitions>", "dmn-too-large"),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><definitions/>'.encode("utf-16"),
            "dmn-doctype",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data: bytes, rule: str) -> None:
    """There is no model, and one problem."""
    model, problems = read_dmn(data, "bad.dmn")
    assert model is None
    assert [problem.rule for problem in problems] == [rule]
    assert problems[0].file == "bad.dmn"
    assert problems[0].message.zh
    assert problems[0].hint.en


def test_entities_are_never_expanded() -> None:
    """A bomb of entities is refused in a moment."""
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(20))
    data = f'<!DOCTYPE x [<!ENTITY e0 "ha">{bomb}]><definitions>&e20;</definitions>'.encode()
    model, problems = read_dmn(data, "bomb.dmn")
    assert model is None
    assert problems[0].rule in {"dmn-doctype", "dmn-xml"}


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ('<decision id="D" name="D"/>', "dmn-no-logic"),
        (decision("D", "<literalExpression/>"), "dmn-expression-missing"),
        (decision("D", literal("1 +")), "dmn-expression"),
        (
            decision(
                "D",
                '<literalExpression expressionLanguage="groovy"><text>1</text></literalExpression>',
            ),
            "dmn-expression-language",
        ),
        (decision("D", "<mystery/>"), "dmn-unsupported-expression"),
        (decision("D", f"<conditional><if>{literal('1')}</if></conditional>"), "dmn-no-part"),
        (decision("D", f"<filter><in>{literal('1')}</in></filter>"), "dmn-no-part"),
        (decision("D", '<for iteratorVariable="x"/>'), "dmn-no-part"),
        (
            decision(
                "D",
                f"<some><in>{literal('[1]')}</in><satisfies>{literal('true')}</satisfies></some>",
            ),
            "dmn-no-variable",
        ),
        (
            (
                '<itemDefinition name="t"><typeRef>u</typeRef></itemDefinition>'
                '<itemDefinition name="u"><typeRef>t</typeRef></itemDefinition>'
            ),
            "dmn-type-circle",
        ),
        (
            (
                '<itemDefinition name="t"><typeRef>number</typeRef><allowedValues><text>[1..</text>'
                "</allowedValues></itemDefinition>"
            ),
            "dmn-expression",
        ),
        (decision("D", table("SOMETIMES", ["x"], ["r"], ["1 => 1"])), "dmn-hit-policy"),
        (decision("D", table("UNIQUE+SUM", ["x"], ["r"], ["1 => 1"])), "dmn-aggregation"),
        (decision("D", table("COLLECT+AVG", ["x"], ["r"], ["1 => 1"])), "dmn-aggregation"),
        (decision("D", table("COLLECT+SUM", ["x"], ["a", "b"], ["1 => 1 | 2"])), "dmn-aggregation"),
        (decision("D", table("UNIQUE", ["x"], ["r"], ["1 | 2 => 1"])), "dmn-rule-width"),
        (decision("D", table("UNIQUE", ["x"], ["r"], ["1 => 1 | 2"])), "dmn-rule-width"),
        (decision("D", table("UNIQUE", ["x"], ["r"], ["< => 1"])), "dmn-expression"),
        (decision("D", table("UNIQUE", ["x"], ["r"], ["1 => 1 1"])), "dmn-expression"),
        (decision("D", table("UNIQUE", [""], ["r"], ["1 => 1"])), "dmn-expression-missing"),
        (decision("D", table("UNIQUE", ["x"], ["a", "a"], ["1 => 1 | 2"])), "dmn-output-name"),
        (decision("D", table("UNIQUE", ["x"], [], [])), "dmn-no-output"),
        (decision("D", table("PRIORITY", ["x"], ["r"], ["1 => 1"])), "dmn-output-values"),
        (decision("D", table("PRIORITY", ["x"], ["r::what"], ["1 => 1"])), "dmn-output-values"),
        (decision("D", literal("1"), "gone"), "dmn-reference"),
        (decision("D", literal("D"), "D"), "dmn-circle"),
        (decision("D", literal("system(1)")), "dmn-unknown-function"),
        (decision("Good", literal("2")), "dmn-duplicate-id"),
        ('<import namespace="x" importType="y"/>', "dmn-import"),
        (
            decision(
                "D", '<functionDefinition kind="Java"><literalExpression/></functionDefinition>'
            ),
            "dmn-function-kind",
        ),
        (decision("D", "<invocation/>"), "dmn-no-function"),
        (
            decision("D", f"<invocation>{literal('x')}<binding/></invocation>"),
            "dmn-no-logic",
        ),
        (decision("D", f"<context><contextEntry/>{''}</context>"), "dmn-no-logic"),
        (decision("D", literal("1" + " + 1" * 500)), "dmn-expression"),
        (
            decision("D", table("UNIQUE", ["x"], ["r"], ["1 => 1"])).replace(
                "<inputEntry>", '<inputEntry expressionLanguage="juel">'
            ),
            "dmn-expression-language",
        ),
        (
            '<businessKnowledgeModel id="K" name="K"><encapsulatedLogic/></businessKnowledgeModel>',
            "dmn-no-logic",
        ),
        ('<businessKnowledgeModel id="K" name="K"/>', "dmn-no-logic"),
        (
            '<decisionService id="S" name="S"><outputDecision href="#gone"/></decisionService>',
            "dmn-reference",
        ),
        (
            decision("D", '<relation><column name="a"/><row/></relation>'),
            "dmn-row-width",
        ),
    ],
)
def test_each_fault_has_its_rule(part: str, rule: str) -> None:
    """An error, with the line and the element."""
    found = problems_of(GOOD, part)
    assert found[rule].severity == "error"
    if rule != "dmn-duplicate-id":
        assert (found[rule].line or 0) >= 4
    model, _ = read_dmn(definitions(GOOD, part), "x.dmn")
    assert model is None


def test_all_problems_are_found_at_once() -> None:
    """In the order of the lines."""
    bad = table("UNIQUE", ["x +"], ["r"], ["1 => )", "( => 1", "2 => 2"])
    _, problems = read_dmn(definitions(GOOD, decision("D", bad), decision("E", "")), "x.dmn")
    rules = [problem.rule for problem in problems]
    assert rules == ["dmn-expression", "dmn-expression", "dmn-expression", "dmn-no-logic"]
    assert [problem.element for problem in problems] == ["i0", "r1", "r2", "E"]
    lines = [problem.line or 0 for problem in problems]
    assert lines == sorted(lines)
    assert lines[2] == lines[1] + 1


def test_a_syntax_error_counts_its_line_inside_the_text() -> None:
    """A long expression of several lines is pointed into."""
    found = problems_of(decision("D", literal("1\n+ 2\n+ ) 3")))["dmn-expression"]
    assert found.line == 3 + 2
    assert "column 3" in found.message.en


def test_warnings_do_not_stop_a_model() -> None:
    """Names nobody declares, and rules that can never be told apart."""
    parts = (
        fact("x"),
        decision("D", literal("x + y"), "=x"),
        decision("E", table("UNIQUE", ["x"], ["r"], ["1 => 1", "1 => 2"])),
    )
    model, problems = read_dmn(definitions(*parts), "x.dmn")
    assert model is not None
    assert {problem.rule for problem in problems} == {"dmn-unknown-name", "dmn-same-conditions"}
    assert {problem.severity for problem in problems} == {"warning"}


def test_two_decisions_of_one_name_are_pointed_out() -> None:
    """By name the first is found, and the other by its id only."""
    parts = (decision("D", literal("1")), decision("D", literal("2"), id_="second"))
    model, problems = read_dmn(definitions(*parts), "x.dmn")
    assert [(found.rule, found.element, found.severity) for found in problems] == [
        ("dmn-duplicate-name", "second", "warning")
    ]
    assert model is not None
    assert [decide(model, name, {}).result for name in ("D", "second")] == [1, 2]
    assert problems_of(decision("D", literal("1")), decision("E", literal("2"), id_="F")) == {}


def test_a_language_declared_for_the_whole_file_counts_for_every_expression() -> None:
    """Other languages are never read as FEEL; one expression may still say it is FEEL."""
    data = definitions(
        decision("A", literal("1")),
        decision("B", literal("2").replace("sion>", 'sion expressionLanguage="feel">', 1)),
    )
    xpath = b'name="test" expressionLanguage="http://www.w3.org/1999/XPath"'
    other = data.replace(b'name="test"', xpath)
    _, problems = read_dmn(other, "test.dmn")
    assert [(p.rule, p.element) for p in problems] == [("dmn-expression-language", "A")]
    feel = b'name="test" expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"'
    assert read_dmn(data.replace(b'name="test"', feel), "test.dmn")[1] == []
