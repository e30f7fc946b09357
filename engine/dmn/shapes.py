"""Give the result of a decision the shape that a business rule task asks for."""

from typing import Final

from engine.dmn.errors import ShapeError
from engine.dmn.evaluate import DecisionResult

#: The shapes that a business rule task may ask for, as Camunda 7 does.
_SHAPES: Final = frozenset({"singleEntry", "singleResult", "collectEntries", "resultList"})


def map_result(made: DecisionResult, mapping: str) -> object:
    """Give a result the shape a business rule task asks for.

    ``singleEntry``: the value itself; ``singleResult``: the outputs by name; ``collectEntries``:
    the values as a list; ``resultList``: the outputs by name of each rule, as a list. Anything
    else: the result as the decision gave it. Raises ShapeError where several rules, or outputs,
    do not fit into the shape.
    """
    if mapping not in _SHAPES:
        return made.result
    rows = _rows(made)
    if mapping.startswith("single") and len(rows) > 1:
        raise ShapeError.of_rows(mapping, len(rows))
    names = list(rows[0]) if rows else []
    if mapping.endswith(("Entry", "Entries")) and len(names) > 1:
        raise ShapeError.of_outputs(mapping, names)
    if mapping == "resultList":
        return rows
    if mapping == "collectEntries":
        return [next(iter(row.values())) for row in rows]
    if not rows:
        # A count of nothing is no row, and still a number.
        return made.result if mapping == "singleEntry" and made.result != [] else None
    return rows[0] if mapping == "singleResult" else next(iter(rows[0].values()))


def _rows(made: DecisionResult) -> list[dict[str, object]]:
    """Give the rows of a result; what a table makes of its rows together is one row."""
    rows = [dict(row) for row in made.rows]
    if rows and len(rows[0]) == 1 and not isinstance(made.result, list):
        return [dict.fromkeys(rows[0], made.result)]
    return rows
