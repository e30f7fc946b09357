"""Names with signs: only where they are in scope are they one name (DMN 1.3, 10.3.1.4)."""

import time

import pytest

from engine.feel import compile_expression, compile_unary_tests, evaluate
from engine.feel.reach import NO_PARTS

#: What is in scope, with the names of the parts of its values; as far as that is known.
SEEN = frozenset(
    {
        ("x", NO_PARTS), ("y", NO_PARTS), ("a", None), ("b", None), ("any", None),
        ("o", frozenset({"x-y", "x"})), ("p", frozenset({"x"})), ("Person", frozenset({"Name"})),
    }
)  # fmt: skip
NAMES = frozenset({"x-y", "a and b", "x-z", "x-1", "Person.Name", "x between y and 9", "if so"})
VALUES = {
    "x": 5, "y": 3, "a": True, "b": False, "o": {"x-y": 1, "x": 2}, "p": {"x": 9},
    "Person": {"Name": "Li"}, "any": [{"x-y": 7}], "x-z": 70, "if so": 80, "o-": 90,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x-y", 2),
        ("x - y", 2),
        ("x-1", 4),
        ("a and b", False),
        ("x between y and 9", True),
        ("Person.Name", "Li"),
        ("x-z", 70),  # z is not in scope: it may be a name of the host
        ("if so", 80),
        ("o.x-y", 1),
        ("p.x-y", 6),
        ("any[1].x-y", 7),
        ("o[x-y = 1].x-y", [1]),
        ("any[x-y = 7].x-y", [7]),
        ("[1, 2, 3][item > x-y]", [3]),
        ("[1, 2, 3][item > o.x-y]", [2, 3]),
        ("(if a then [1, 9] else [p.x])[item > x-y]", [9]),
        ("for x-y in [7, 8] return x-y", [7, 8]),
        ("(function(x-y) x-y + 1)(9)", 10),
        ("{x-y: 7, r: x-y}.r", 7),
        ("{r: x-y, x-y: 7}.r", 2),
        ("{x-y: x-y}.x-y", 2),
        ("{x - y: 7, r: x-y}.r", 7),
        ("{o: {x-y: 1}, r: x-y, s: o.x-y, t: [o][x-y = 1].x-y}.t", [1]),
        ("{o: {x-y: 1}, r: x-y}.r", 2),
        ("[(for x-y in [7] return x-y), x-y]", [[7], 2]),
        ("[some x-y in [7] satisfies x-y = 7, x-y]", [True, 2]),
        ("{L: [1, 9], r: L[item > x-y]}.r", [9]),
    ],
)
def test_a_name_with_signs_is_one_name_only_in_scope(text: str, wanted: object) -> None:
    """Elsewhere it is an operation on the names that are."""
    assert compile_expression(text, NAMES, seen=SEEN).evaluate(VALUES) == wanted


def test_cells_read_names_in_the_same_way() -> None:
    assert compile_unary_tests("> x-y", NAMES, seen=SEEN).matches(4, VALUES) is True
    seen = SEEN | {("x-y", None)}
    assert compile_unary_tests("> x-y", NAMES, seen=seen).matches(4, {"x-y": 9}) is False


def test_names_of_the_text_itself_are_forgotten_where_they_end() -> None:
    """Even when nobody tells what is in scope."""
    assert evaluate("{o: {x-y: 1}, r: x-y}.r", {"x": 5, "y": 3}) == 2
    assert evaluate("[{x-y: 1}, x-y][2]", {"x": 5, "y": 3}) == 2


def test_many_names_with_signs_are_read_quickly() -> None:
    """Names that can be cut into others in many ways are no trap."""
    names = frozenset("-".join("a" * length) for length in range(2, 60))
    began = time.perf_counter()
    text = "[" + ", ".join(["-".join("a" * 59)] * 50) + "]"
    compile_expression(text, names, seen=frozenset({("a", None), ("a-a", None)}))
    text = "{" + ", ".join(f"b{n}: {'-'.join('a' * 59)}" for n in range(50)) + "}"
    compile_expression(text, names, seen=frozenset({("a", None)}))
    compile_expression("a" + "[a-a-a = 1]" * 100, names, seen=frozenset({("a", NO_PARTS)}))
    assert time.perf_counter() - began < 5
