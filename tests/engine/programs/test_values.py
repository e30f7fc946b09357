"""Typed values as programs write them: read in any case, refused by name, written with a type."""

from typing import Any

import pytest

from engine import programs
from engine.errors import InvalidError


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ({"type": "Boolean", "value": True}, True),
        ({"type": "integer", "value": 7}, 7),
        ({"type": "Long", "value": 2**40}, 2**40),
        ({"type": "double", "value": 1.5}, 1.5),
        ({"type": "json", "value": '{"a": [1]}'}, {"a": [1]}),
        ({"type": "date", "value": "1970-01-01T00:00:00.000+0000"}, "1970-01-01T00:00:00+00:00"),
        ({"type": "null", "value": None, "valueInfo": {}}, None),
        ({"value": "untyped"}, "untyped"),
    ],
)
def test_typed_values_are_read_in_any_case(typed: dict[str, Any], value: object) -> None:
    """And written again with a type that says the same."""
    assert programs.from_program({"x": typed}) == {"x": value}
    assert programs.to_program(value)["type"] in {
        "Boolean", "Integer", "Long", "Double", "Json", "String", "Null",
    }  # fmt: skip


@pytest.mark.parametrize(
    "sent",
    [
        [], "x", {"x": 1}, {"x y": {"type": "string", "value": "a"}},
        {"x": {"type": "integer", "value": 1.5}}, {"x": {"type": "integer", "value": 2**31}},
        {"x": {"type": "long", "value": 1e400}}, {"x": {"type": "boolean", "value": 1}},
        {"x": {"type": "string", "value": 1}}, {"x": {"type": "json", "value": "{"}},
        {"x": {"type": "json", "value": "[" * 3000}}, {"x": {"type": "date", "value": "soon"}},
        {"x": {"type": "file", "value": "aGk="}}, {"x": {"type": 1, "value": 1}},
        {"x": {"type": "string", "value": "a\x00"}}, {"x": {"type": "null", "value": 1}},
        {"x": {"type": "string", "value": "a" * 70_000}},
        {f"x{n}": {"type": "null", "value": None} for n in range(300)},
        {"x": {"type": "double", "value": float("nan")}},
    ],
)  # fmt: skip
def test_bad_values_are_refused_with_the_variables_name(sent: Any) -> None:
    """Clearly, in both languages, whatever was sent."""
    with pytest.raises(InvalidError) as error:
        programs.from_program(sent)
    assert error.value.message.zh
    assert error.value.message.en
    assert error.value.fields
