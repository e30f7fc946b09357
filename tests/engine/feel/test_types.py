"""Types of functions and contexts, ranges of one end, ranges from text, and names with signs."""

import json

import pytest

from engine.feel import FeelLimitError, FeelSyntaxError, compile_expression, evaluate, write_json
from engine.feel.typeref import TypeRef

A, AB, B = "context<a: string>", "context<a: string, b: string>", "context<b: number>"
CONFORMANCE = [
    ('(function() "foo") instance of function<>->Any', True),
    ('(function() "foo") instance of function<>->string', True),
    ('(function() "foo") instance of function<>->number', False),
    ("(function(a: list<number>) {b: 1, c: 2}) instance of function<list<number>>->" + B, True),
    ('(function(a: number) {b: 1}) instance of function<number>->context<c: number>', False),
    (f"(function(a: {A}) 1) instance of function<{AB}>->Any", True),
    (f"(function(a: {AB}) 1) instance of function<{A}>->Any", False),
    ("(function(a: string, b: string) 1) instance of function<string>->number", False),
    ("(function(a) a) instance of function<number>->number", True),
    ("abs instance of function<number>->number", True),
    ("null instance of function<> -> Any", False),
    ('{a: "x", b: 1} instance of context<a: string>', True),
    ('{a: "x"} instance of context<>', True),
    ("[1, null] instance of list<number>", True),
    ('range("[1..3]") instance of range<number>', True),
    ("{f: function(n: number) n, r: f([7])}.r", 7),
    ('{f: function(n: list<number>) n, r: f(7)}.r', [7]),
    ('{f: function(n: number) n, r: f("7")}.r', None),
    ('{f: function(n: date and time) n.hour, r: f(@"2026-01-01")}.r', 0),
]  # fmt: skip

RANGES = [
    ('range("[2..)") = >=2', True),
    ('range("(..2)") = <2', True),
    ("(> 5) = (> 5)", True),
    ("7 in (> 5)", True),
    ("(<= 5).end", 5),
    ("(<= 5).end included", True),
    ("(<= 5).start", None),
    ("string(>= 5)", "[5..)"),
    ("(< null)", None),
    ('range(" [ 1 .. 3 ] ") = [1..3]', True),
    ('range("]18..21[") = (18..21)', True),
    ('range("[\\"a\\"..\\"c\\"]") = ["a".."c"]', True),
    ('range("[date(\\"2026-01-01\\")..@\\"2026-01-02\\"]") = [@"2026-01-01"..@"2026-01-02"]', True),
    ('range("[date(string(\\"2026-01-01\\"))..@\\"2026-01-02\\"]")', None),
    ('range("[x..3]")', None),
    ('range("[3..1]")', None),
    ('range("[1..]")', None),
    ('range("[..1]")', None),
    ('range("[1..\\"b\\"]")', None),
    ('range(">=10")', None),
    ('range("")', None),
    ('range("[null..null]")', None),
    ('range(from: "[1..3]") = [1..3]', True),
    ("list replace([2, 4], function(item) true, 5)", None),
    ("list replace([2, 4], function(item, new) item, 5)", None),
]

NAMES = [
    ('{🐎: "bar"}.🐎', "bar"),
    ("{面积（平方米）: 3, x: 面积（平方米） + 1}.x", 4),
    ("{a·b: 1}.a·b", 1),
    ('string({"a b": 1, "{": 2})', '{a b: 1, "{": 2}'),
]


@pytest.mark.parametrize(("text", "wanted"), [*CONFORMANCE, *RANGES, *NAMES])
def test_the_value_is(text: str, wanted: object) -> None:
    found = evaluate(text)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    "text", ["1 < < 2", "x > >= 2", "1 instance of gone", "1 instance of list<"]
)
def test_slips_of_the_pen_are_still_found(text: str) -> None:
    with pytest.raises(FeelSyntaxError):
        compile_expression(text)


def test_types_of_the_host_are_known_by_name() -> None:
    """Names of several words too; what is not told is unknown."""
    kinds = {"my Row": TypeRef("context", entries=(("a", TypeRef("number")),))}
    text = "[{a: 1}] instance of list<my Row> and {a: null} instance of my Row"
    assert compile_expression(text, types=kinds).evaluate({}) is True
    with pytest.raises(FeelSyntaxError):
        compile_expression(text)


def test_types_of_shared_lists_are_not_looked_at_for_ever() -> None:
    """Thirty lists, each of two times the one before, are a billion numbers."""
    entries = ", ".join(f"a{n}: [a{n - 1}, a{n - 1}]" for n in range(1, 31))
    kind = "list<" * 31 + "number" + ">" * 31
    with pytest.raises(FeelLimitError):
        evaluate(f"{{a0: [1, 1], {entries}, r: a30 instance of {kind}}}.r")


def test_json_keeps_every_digit() -> None:
    text = '[0.1 + 0.2, 1/3, 10**33 + 1, -0.0, 1e-30, null, "\\ud800", {a: @"P1D"}]'
    written = write_json(evaluate(text))
    assert written.startswith("[0.3, 0.3333333333333333333333333333333333, 1" + "0" * 32 + "1, 0, ")
    assert len(json.loads(written)) == 8
