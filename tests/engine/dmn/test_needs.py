"""What decisions stand on is worked out once for a whole file, and bounded."""

from collections.abc import Iterator

import pytest

from engine.dmn import check, read_dmn, required_names
from engine.dmn.model import Box
from tests.engine.dmn.build import decision, definitions, fact, literal, model_of, problems_of


def _chain(count: int) -> list[str]:
    first = decision("D0", literal("x"), "=x")
    rest = [decision(f"D{n}", literal(f"D{n - 1} + 1"), f"D{n - 1}") for n in range(1, count)]
    return [fact("x"), first, *rest]


def test_the_logic_of_a_decision_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for every decision that stands on it; asking again looks at nothing."""
    looked: list[Box | None] = []
    before = check.outer_names

    def counted(box: Box | None) -> Iterator[tuple[str, bool]]:
        looked.append(box)
        return before(box)

    monkeypatch.setattr(check, "outer_names", counted)
    model = model_of(*_chain(200))
    # For its own names, and for what all need.
    assert len(looked) <= 2 * 200
    looked.clear()
    assert {required_names(model, f"D{n}") for n in range(200)} == {frozenset({"x"})}
    assert not looked


def test_decisions_that_need_the_same_names_share_one_set() -> None:
    """A long chain takes no more memory than a short one."""
    model = model_of(*_chain(50))
    assert len({id(names) for names in model.needs.values()}) == 1


@pytest.mark.parametrize(
    ("parts", "circular"),
    [
        ([decision("A", literal("A"), "A")], {"A"}),
        ([decision("A", literal("B"), "B"), decision("B", literal("A"), "A")], {"A", "B"}),
        (
            [
                decision("A", literal("B"), "B"),
                decision("B", literal("C"), "C"),
                decision("C", literal("D"), "D"),
                decision("D", literal("B + E"), "B E"),
                decision("E", literal("1")),
                decision("F", literal("A + E"), "A E"),
            ],
            {"B", "C", "D"},
        ),
        (
            [
                decision("A", literal("B"), "B"),
                decision("B", literal("A + M"), "A M"),
                decision("M", literal("X"), "X"),
                decision("X", literal("Y"), "Y"),
                decision("Y", literal("X"), "X"),
            ],
            {"A", "B", "X", "Y"},
        ),
    ],
)
def test_only_what_stands_on_itself_is_circular(parts: list[str], circular: set[str]) -> None:
    """Not what leads to a circle, nor what stands between two."""
    _, problems = read_dmn(definitions(*parts), "x.dmn")
    assert {p.element for p in problems if p.rule == "dmn-circle"} == circular


def test_a_file_of_too_many_decisions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do; at the bound it is fine."""
    monkeypatch.setattr(check, "MAX_PARTS", 5)
    model_of(*_chain(5))
    assert set(problems_of(*_chain(6))) == {"dmn-too-many"}


def test_decisions_that_need_too_many_names_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each adds a name to all those before."""
    parts = [fact(f"x{n}") for n in range(9)] + [decision("D0", literal("x0"), "=x0")]
    parts += [
        decision(f"D{n}", literal(f"D{n - 1} + x{n}"), f"D{n - 1} =x{n}") for n in range(1, 9)
    ]
    assert len(required_names(model_of(*parts), "D8")) == 9
    monkeypatch.setattr(check, "MAX_NAMES", 20)
    assert set(problems_of(*parts)) == {"dmn-too-many"}
