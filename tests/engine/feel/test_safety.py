"""Nobody who writes an expression can reach Python, fill the memory, or run for ever."""

import contextlib
import inspect
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import (
    Environment,
    FeelError,
    FeelLimitError,
    FeelSyntaxError,
    compile_expression,
    compile_unary_tests,
    evaluate,
    to_json,
)


class Host:
    """A host object that must never be reached."""

    secret = "x"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        '__import__("os")',
        "().__class__",
        '"".__class__.__mro__',
        "[].__class__",
        "{}.__class__.__init__",
        "count.__globals__",
        "(function(a) a).__code__",
        "d.keys()",
        "d.__class__",
        'eval("1")',
        'open("/etc/passwd")',
        '@"2026-01-01".today()',
        'd["__class__"]',
        "on.resolution",
        "on.max",
        '"{0.__class__}".format(d)',
    ],
)
def test_python_is_out_of_reach(text: str) -> None:
    """Attributes are entries of contexts and the properties FEEL defines; nothing else is there."""
    data = {"d": {"a": 1}, "on": __import__("datetime").date(2026, 1, 1)}
    try:
        found = evaluate(text, data)
    except FeelError:
        return
    assert found in (None, [], [[]])


def quickly(act: Callable[[], object], seconds: float = 3.0) -> object:
    """Run, and fail when it takes long; other programs on the machine do not count."""
    start = time.process_time()
    try:
        return act()
    finally:
        assert time.process_time() - start < seconds


DOUBLING = (
    '{a: "0123456789", '
    + ", ".join(f"{chr(98 + n)}: {chr(97 + n)} + {chr(97 + n)}" for n in range(24))
    + "}"
)
LAUGHS = '{a: ["ha"], ' + ", ".join(
    f"{chr(98 + n)}: [{', '.join([chr(97 + n)] * 10)}]" for n in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "for i in 1..100000 return 1",
        "for i in [1..1000000000] return i",
        "some i in 1..1000000000 satisfies false",
        "for a in 1..1000, b in 1..1000, c in 1..1000 return 1",
        'for a in @"0001-01-01"..@"9999-01-01" return 1',
        "(function(f) f(f))(function(f) f(f))",
        "(function(f, n) f(f, n))(function(f, n) f(f, n + 1), 1)",
        DOUBLING,
        LAUGHS + "}",
        "string(" + LAUGHS + "})",
        LAUGHS + ", z: g = h, y: l = l}",
        "{a: for i in 1..5000 return i, b: concatenate(a, a, a)}",
        "count(flatten(for i in 1..200 return for j in 1..200 return j))",
        "sort(for i in 1..9000 return modulo(i * 7919, 9001), function(a, b) a > b)",
        "for i in 1..5000 return for j in partial return j",
        'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a+)+$", "b")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "^(a*)*\\\\1$")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|a)*$")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|aa)+$")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a?){40}a{40}$")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(((a{0,9}){0,9}){0,9}){0,9}$")',
        '{s: string join(for i in 1..9000 return "a", ""), r: matches(s, "a*a*a*a*a*a*b")}',
        'matches("", "((((){1000}){1000}){1000}){1000}")',
        '{s: string join(for i in 1..9000 return "a", ""), r: replace(s, "a", s)}',
        '{s: string join(for i in 1..9000 return "a", ""), t: for i in 1..9000 return s + "b"}',
        "distinct values(for i in 1..9000 return [i])",
        '{s: string join(for i in 1..9000 return "a"), t: string join(for i in 1..99 return s)}',
        '{s: string join(for i in 1..9000 return "a", ""), t: string(for i in 1..99 return s)}',
        "(" * 200 + "1" + ")" * 200,
        "[" * 200 + "]" * 200,
        "not(" * 200 + "1" + ")" * 200,
        "-" * 5000 + "1",
        "1" + " + 1" * 5000,
        "x" + ".a" * 5000,
        "x" + "[1]" * 5000,
        "if true then " * 500 + "1",
        "1 in (" * 200,
        "a" * 30_000,
    ],
)
def test_bombs_are_refused_quickly(text: str) -> None:
    """Each goes over a bound, or is no sentence; none takes more than moments."""
    with pytest.raises((FeelLimitError, FeelSyntaxError)):
        quickly(lambda: evaluate(text, {"x": {}}))


@pytest.mark.parametrize("opening", ["x in (", "(", "[", "{a: ", "f(", "if (", "x[", "not(", "]"])
def test_reading_does_not_backtrack(opening: str) -> None:
    """Nesting does not multiply: forty-five levels would take years, not seconds."""
    for text in (opening * 45, opening * 45 + "1" + ")" * 45):
        with contextlib.suppress(FeelError):
            quickly(lambda text=text: compile_expression(text), 5)


def test_huge_numbers_stay_small() -> None:
    """Numbers hold 34 digits, whatever is done to them."""
    assert evaluate("9999999999 ** 99") is not None
    assert evaluate("(10 ** 6000) * (10 ** 6000)") is None
    assert len(str(to_json(evaluate("10 ** 6000")))) < 7000
    assert evaluate("x + 1", {"x": 10**5000}) is not None
    assert evaluate("decimal(1, 100000000)") is None
    assert quickly(lambda: evaluate("decimal(1/3, 6000)")) is not None
    assert evaluate("2 ** 0.5 ** 0.5 ** 99999999999999") is None


def test_the_allowance_of_steps_is_the_hosts_to_set() -> None:
    """A small one stops even a small loop."""
    with pytest.raises(FeelLimitError):
        evaluate("for i in 1..100 return i", environment=Environment(steps=50))


def test_data_that_contains_itself_is_refused() -> None:
    """A circle in the host's data ends in an error, not in a hang."""
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(FeelLimitError):
        evaluate("x = x", {"x": circle})


def near_the_end_of_the_stack(act: Callable[[], object], spare: int) -> object:
    """Call with little of Python's stack left."""

    def dive(depth: int) -> object:
        return act() if depth <= 0 else dive(depth - 1)

    return dive(sys.getrecursionlimit() - len(inspect.stack(0)) - spare)


def test_a_nearly_full_stack_is_an_error_of_the_language() -> None:
    """Where the host is already deep, an expression is refused, never a crash."""
    deep = "1" + " + 1" * 100
    tests = compile_unary_tests(f"? = {deep}")
    expression = compile_expression(deep)
    for act in (
        lambda: expression.evaluate({}),
        lambda: tests.matches(1),
        lambda: compile_expression(deep + " + 2"),
        lambda: compile_unary_tests("> " + deep + " + 2"),
    ):
        with pytest.raises(FeelLimitError):
            near_the_end_of_the_stack(act, 60)


def test_sources_have_a_greatest_length() -> None:
    """For both kinds."""
    for make in (compile_expression, compile_unary_tests):
        with pytest.raises(FeelLimitError):
            make(" " * 20_001)
    with pytest.raises(FeelLimitError):
        compile_expression("${" + "(" * 40 + "a" + ")" * 40 + "}")
    with pytest.raises(FeelError):
        compile_expression("${" + "!" * 40 + "a}")


def test_data_is_never_changed() -> None:
    """Functions on lists and contexts make new ones."""
    data = {"x": [3, 1], "c": {"a": 1}}
    evaluate('[sort(x), append(x, 1), reverse(x), context put(c, "a", 2), remove(x, 1)]', data)
    assert data == {"x": [3, 1], "c": {"a": 1}}


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        (r"^[^@\s]+@[^@\s]+\.[a-z]+$", "someone@example.gov.cn", True),
        (r"^1[3-9]\d{9}$", "13800138000", True),
        (r"^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$", "91310000MA1FL0B50X", True),
        (r"^(foo|bar)+$", "foobarfoo", True),
        ("^[一-龥]{2,4}$", "欧阳修", True),
        (r"^沪食药监械经营许\d{8}号$", "沪食药监械经营许20200001号", True),
        ("[a&&b|~-]", "-", True),
        (r"^([a-z0-9._%+-]+)@([a-z0-9.-]+)\.([a-z]{2,})$", "a" * 60 + "@example.gov.cn", True),
        (r"\s+", "意见 " * 1000, True),
    ],
)
def test_ordinary_patterns_run(pattern: str, text: str, wanted: bool) -> None:
    """The bound on regular expressions lets through what forms and rules need."""
    assert evaluate("matches(t, p)", {"t": text, "p": pattern}) is wanted


WORDS = st.sampled_from(
    [
        "a", "b", "x", "1", "2.5", '"s"', "true", "null", "and", "or", "not(", "(", ")", "[", "]",
        "{", "}", ",", ":", ".", "..", "+", "-", "*", "/", "**", "=", "<", ">=", "in", "between",
        "if", "then", "else", "for", "return", "some", "every", "satisfies", "function(", "?",
        "instance of", "number", "count(", "matches(", "sort(", '@"P1D"', "date(", "partial",
        "item", "'", "\n", "中文", "${", "==",
    ]
)  # fmt: skip
DATA = {"a": 1, "b": [1, "x", None, {"a": 2}], "x": {"a": {"b": 3}}, "中文": "文"}


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_any_words_give_a_value_or_an_error_of_the_language(text: str) -> None:
    """Nothing but FeelError ever comes out."""
    with contextlib.suppress(FeelError):
        to_json(evaluate(text, DATA, environment=Environment(steps=5000)))
    with contextlib.suppress(FeelError):
        compile_unary_tests(text).matches(1, DATA)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_value_or_an_error_of_the_language(text: str) -> None:
    """Nothing but FeelError ever comes out."""
    with contextlib.suppress(FeelError):
        evaluate(text, DATA)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES)
def test_operators_take_any_pair_of_values(left: object, right: object) -> None:
    """The result is a value of the language or null."""
    data = {"l": left, "r": right}
    for sign in ("+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"):
        evaluate(f"l {sign} r", data)
    evaluate("[l[r], l[item = r], l between r and r, l.a, count(l), max(l, r), string(l)]", data)


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="ab(|)*+?{}[]^$.\\-,19d:", max_size=14),
    st.text(alphabet="ab1-", max_size=25),
)
def test_any_pattern_ends_in_time(pattern: str, text: str) -> None:
    """A match, null, or a refusal; never a hang."""

    def run() -> object:
        try:
            return evaluate("matches(t + t, p)", {"t": text, "p": pattern})
        except FeelLimitError:
            return None

    quickly(run, 5)
