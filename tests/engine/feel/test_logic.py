"""Three-valued logic, as the truth tables of DMN 1.3 (10.3.2.7) have it."""

import pytest

from engine.feel import evaluate

T, F, N = True, False, None
VALUES = {T: "true", F: "false", N: "null"}

AND = [
    (T, T, T),
    (T, F, F),
    (T, N, N),
    (F, T, F),
    (F, F, F),
    (F, N, F),
    (N, T, N),
    (N, F, F),
    (N, N, N),
]
OR = [
    (T, T, T),
    (T, F, T),
    (T, N, T),
    (F, T, T),
    (F, F, F),
    (F, N, N),
    (N, T, T),
    (N, F, N),
    (N, N, N),
]


@pytest.mark.parametrize(("left", "right", "wanted"), AND)
def test_and(left: object, right: object, wanted: object) -> None:
    """False decides; otherwise null does."""
    assert evaluate(f"{VALUES[left]} and {VALUES[right]}") is wanted
    assert evaluate(f"all([{VALUES[left]}, {VALUES[right]}])") is wanted


@pytest.mark.parametrize(("left", "right", "wanted"), OR)
def test_or(left: object, right: object, wanted: object) -> None:
    """True decides; otherwise null does."""
    assert evaluate(f"{VALUES[left]} or {VALUES[right]}") is wanted
    assert evaluate(f"any({VALUES[left]}, {VALUES[right]})") is wanted


@pytest.mark.parametrize(("text", "wanted"), [("true", F), ("false", T), ("null", N), ("1", N)])
def test_not(text: str, wanted: object) -> None:
    """What is neither true nor false stays unknown."""
    assert evaluate(f"not({text})") is wanted


@pytest.mark.parametrize("strange", ["1", '"true"', "[true, true]", "{}"])
def test_what_is_no_boolean_counts_as_null(strange: str) -> None:
    """An operand of another kind is unknown, not an error."""
    assert evaluate(f"true and {strange}") is None
    assert evaluate(f"false and {strange}") is False
    assert evaluate(f"true or {strange}") is True
    assert evaluate(f"{strange} or false") is None


def test_long_chains_are_flat() -> None:
    """A thousand alternatives neither overflow nor slow down."""
    text = " or ".join(f"x = {number}" for number in range(1000))
    assert evaluate(text, {"x": 999}) is True
    assert evaluate(text, {"x": -1}) is False
