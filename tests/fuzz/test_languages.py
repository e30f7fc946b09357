"""Whatever is written as an expression or a table: the declared errors, soon, and nothing else."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.dmn import decide, decide_service, read_sound_parts
from engine.dmn.errors import DmnError
from engine.feel import (
    Environment,
    FeelError,
    YearsMonths,
    compile_expression,
    compile_unary_tests,
    write_json,
)
from engine.feel.functions.base import BUILTINS
from engine.problems import Problem
from tests.engine.dmn import build as dmn
from tests.fuzz.mutations import bounded, examples, files, mutated, rearranged, refusing

WORDS = [
    "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "(", ")", "[", "]", "{", "}", ",",
    ".", "..", ":", "->", "@", "?", "and", "or", "not(", "if", "then", "else", "for", "in",
    "return", "some", "every", "satisfies", "between", "function(", "instance of", "list<",
    "context<", "function<", "number", "string", "true", "false", "null", "item", "partial", "x",
    "y", "a b", "0", "1", "-1", "2.5", "1e400", "9" * 40, '"a"', '""', '"\\u0041"', '"(a+)+$"',
    '@"2026-01-01"', '@"10:00:00@Asia/Shanghai"', '@"P1Y"', '@"P1DT2H"', '"P9999999999Y"',
    "// c\n", "/* c */", "'", "\\", "审批", "\U0001f40e", "\0", "${", "#{", "&&", "||", "==", "!",
    "__class__", ".__class__", "external", "xs", "xs[", "ctx", "ctx.", "fn(",
    *(f"{name}(" for name in sorted(BUILTINS)),
]  # fmt: skip

TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
    st.text(max_size=60),
    st.builds(
        lambda name, parts: f"{name}({', '.join(parts)})",
        st.sampled_from(sorted(BUILTINS)),
        st.lists(st.sampled_from([word for word in WORDS if word.isprintable()]), max_size=4),
    ),
)
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(allow_nan=True),
    st.text(max_size=20), st.dates(), st.times(), st.datetimes(), st.timedeltas(),
    st.builds(YearsMonths, st.integers(-(10**6), 10**6)),
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
DATA = st.fixed_dictionaries(dict.fromkeys(("x", "y", "a b", "xs", "ctx", "?"), VALUES))
LENT = Environment(
    functions={"fn": lambda *values: values[0] if values else 1},
    now=datetime(2026, 11, 23, tzinfo=UTC),
)
NAMES = frozenset({"a b"})


@given(TEXTS, DATA)
@examples(300)
def test_expressions(text: str, data: Mapping[str, object]) -> None:
    """Read, computed and written as JSON that can be read again."""
    with refusing(FeelError):
        found = compile_expression(text, NAMES).evaluate(data, environment=LENT)
        json.loads(write_json(found))


@given(TEXTS, VALUES, DATA)
@examples(200)
def test_unary_tests(text: str, value: object, data: Mapping[str, object]) -> None:
    """True, false or null."""
    with refusing(FeelError):
        tests = compile_unary_tests(text, NAMES)
        assert tests.matches(value, data, strict=False) in (True, False, None)


CALLED = st.builds(
    lambda name, values: (name, values),
    st.sampled_from(sorted(BUILTINS)),
    st.lists(VALUES, max_size=4),
)


@given(CALLED)
@examples(300)
def test_built_in_functions_take_anything(called: tuple[str, list[object]]) -> None:
    """Values of any kind in any place."""
    name, values = called
    data = {f"v{place}": value for place, value in enumerate(values)}
    with refusing(FeelError):
        text = f"{name}({', '.join(data)})"
        json.loads(write_json(compile_expression(text).evaluate(data, environment=LENT)))


RULES = ["< 1 => 1", "[1..5] => k(2)", "- => 3"]
MORE_RULES = ["> 1 | - => x", "- | 1 => A"]
BOXES = dmn.definitions(
    '<itemDefinition name="tRow"><itemComponent name="a"><typeRef>number</typeRef></itemComponent>'
    '<itemComponent name="on"><typeRef>date</typeRef></itemComponent></itemDefinition>',
    '<itemDefinition name="tRows" isCollection="true"><typeRef>tRow</typeRef></itemDefinition>',
    dmn.fact("x", "number"),
    dmn.fact("rows", "tRows"),
    '<businessKnowledgeModel id="k" name="k"><variable name="k"/><encapsulatedLogic>'
    f'<formalParameter name="p" typeRef="number"/>{dmn.literal("p * 2")}'
    "</encapsulatedLogic></businessKnowledgeModel>",
    dmn.decision(
        "A", dmn.table("FIRST", ["x"], ["r"], ["< 1 => 1", "[1..5] => k(2)", "- => 3"]), "=x *k"
    ),
    dmn.decision(
        "B", dmn.table("COLLECT+SUM", ["x", "A"], ["r:0"], ["> 1 | - => x", "- | 1 => A"]), "=x A"
    ),
    dmn.decision(
        "C",
        f'<context><contextEntry><variable name="u"/>{dmn.literal("x + 1")}</contextEntry>'
        f"<contextEntry><conditional><if>{dmn.literal('u > 1')}</if><then><list>"
        f"{dmn.literal('u')}</list></then><else><filter><in>{dmn.literal('rows')}</in><match>"
        f"{dmn.literal('a > 1')}</match></filter></else></conditional></contextEntry></context>",
        "=x =rows",
    ),
    dmn.decision(
        "E",
        f'<for iteratorVariable="i"><in>{dmn.literal("rows")}</in><return>'
        f'<invocation>{dmn.literal("k")}<binding><parameter name="p"/>{dmn.literal("i.a")}'
        "</binding></invocation></return></for>",
        "=rows *k",
    ),
    '<decisionService id="svc" name="svc"><outputDecision href="#B"/><inputDecision href="#A"/>'
    '<inputData href="#x"/></decisionService>',
)
DMN_TOKENS = [
    b"<decision>", b"</decision>", b"<literalExpression>", b"<text>", b"</text>", b"<context>",
    b"<decisionTable>", b"<input>", b"<output/>", b"<rule>", b"<inputEntry>", b"<import/>",
    b"<conditional>", b"<for>", b"<some>", b"<every>", b"<filter>", b"<in>", b"<relation>",
    b"<functionDefinition/>", b"<itemDefinition name='tRow'/>", b"<typeRef>tRows</typeRef>",
    b' typeRef="tRows"', b' typeRef="function"', b' isCollection="true"', b' hitPolicy="ANY"',
    b' hitPolicy="PRIORITY"', b' aggregation="MAX"', b' href="#C"', b' href="#"', b' name="x"',
    b' id="A"', b"not(", b"..", b"&lt;", b"&amp;", b"<!DOCTYPE a>", b"<!--", b"-->", b"<![CDATA[",
    b"]]>", b"<?xml version='1.0'?>", b"\xff\xfe", b"\xef\xbb\xbf", b"for i in 1..9999 return ",
    b"partial", b"item", b'"', b"'", b"=", b"<", b">", b"xmlns:a='b'", b"<a:b/>", b"0x", b"\0",
]  # fmt: skip


DMN_WORDS = [
    "x", "A", "#C", "#A", "tRow", "tRows", "number", "function", "list", "ANY", "COLLECT", "MIN",
    "true", "", "x + 1", "k(x)", "rows[1]", "[1..", "not(1)", "- ", "for i in rows return i", "??",
    "Java", "decision", "inputData", "decisionTable", "context", "list", "for", "every",
]  # fmt: skip


def decide_all(data: bytes, given_data: Mapping[str, object]) -> None:
    """Read a file and ask everything in it."""
    model, problems = read_sound_parts(data, "x.dmn")
    assert all(isinstance(problem, Problem) and problem.message.zh for problem in problems)
    if model is None:
        assert problems
        return
    asked = [(decide, name) for name in model.decisions]
    asked += [(decide_service, name) for name in (*model.services, *model.knowledge)]
    for ask, name in asked:
        with refusing(DmnError, FeelError):
            made = ask(model, name, given_data, environment=LENT, strict=False)
            json.loads(write_json(made.result))


@given(
    mutated([BOXES, *files("*.dmn")], DMN_TOKENS) | rearranged([BOXES, *files("*.dmn")], DMN_WORDS),
    st.fixed_dictionaries({"x": VALUES, "rows": VALUES}),
)
@examples(150)
def test_decision_models(data: bytes, given_data: Mapping[str, object]) -> None:
    """Problems with their places; what is left can be asked."""
    with bounded():
        decide_all(data, given_data)


def test_the_seeds_themselves_are_sound() -> None:
    """Or else the fuzzer would look at broken files only."""
    data = {"x": Decimal("2.5"), "rows": [{"a": 2, "on": "2026-01-01"}]}
    model, problems = read_sound_parts(BOXES, "x.dmn")
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert model is not None
    assert decide(model, "B", data).result == Decimal("2.5")
    assert decide(model, "E", data).result == [4]
