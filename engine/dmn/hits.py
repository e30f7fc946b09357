"""Find the rules of a decision table that match, and make its result (DMN 1.3, 8.2.8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.dmn.errors import HitPolicyError
from engine.dmn.model import Input, Output, Rule, TableBox
from engine.dmn.typed import fit, read_typed
from engine.feel import TypeRef
from engine.feel.functions.lists import max_, min_, sum_
from engine.feel.operators import equal, included
from engine.feel.scope import Scope

Row = Mapping[str, object]
#: Takes the rule that was broken, the name of what broke it, and the line.
Note = Callable[[str, str, int], None]

_LISTS: Final = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_AGGREGATES: Final[Mapping[str, Callable[..., object]]] = {"SUM": sum_, "MIN": min_, "MAX": max_}


@dataclass(frozen=True)
class Hits:
    """What a table gave: the value, the matching rules' numbers, the rows that count."""

    result: object
    rules: tuple[int, ...]
    rows: tuple[Row, ...]


def decide_table(table: TableBox, scope: Scope, note: Note) -> Hits:
    """Ask a table; raises HitPolicyError when the rules contradict the policy, FeelError.

    A value that is not of a column's type and values is noted and counts as null.
    """
    values = [_asked(table, column, scope, note) for column in table.inputs]
    matched: list[tuple[int, Row]] = []
    for number, rule in enumerate(table.rules, 1):
        scope.spend(1)
        if _matches(table, rule, values, scope):
            matched.append((number, _conclude(table, rule, scope, note)))
            if table.hit_policy == "FIRST":
                break
    numbers = tuple(number for number, _ in matched)
    rows = _chosen(table, matched, scope) if matched else _defaults(table, scope)
    if table.aggregation and rows and not matched:
        # The default stands for the whole result: it is no hit to be counted.
        return Hits(_values(table, rows)[0], numbers, rows)
    return Hits(_result(table, rows, scope), numbers, rows)


def _asked(table: TableBox, column: Input, scope: Scope, note: Note) -> object:
    name = column.label or column.expression.text
    found = column.expression.run(scope)
    value = fit(scope, read_typed(found, column.kind), column.kind)
    if value is None and found is not None:
        note("dmn-input-type", name, table.line)
    elif value is not None and column.values and column.values.run(scope, value) is not True:
        note("dmn-input-value", name, table.line)
        return None
    return value


def _matches(table: TableBox, rule: Rule, values: list[object], scope: Scope) -> bool:
    cells = zip(rule.conditions, table.inputs, values, strict=True)
    return all(
        test.run(scope.adding({column.seen_as: value}), value) is True
        if column.seen_as in test.names
        else test.run(scope, value) is True
        for test, column, value in cells
    )


def column_name(table: TableBox, column: Output) -> str:
    """Return the key of an output: its name, or the label, or the table's name."""
    return column.name or column.label or table.name


def _conclude(table: TableBox, rule: Rule, scope: Scope, note: Note) -> Row:
    made: dict[str, object] = {}
    kinds = rule.types or (None,) * len(table.outputs)
    for column, result, kind in zip(table.outputs, rule.conclusions, kinds, strict=True):
        name = column_name(table, column)
        value = result.run(scope) if result else None
        fitted = fit(scope, fit(scope, value, kind), _kind_of_one(table, column))
        if value is not None and fitted is None:
            note("dmn-result-type", name, rule.line)
        elif fitted is not None and column.allowed and not column.allowed.run(scope, fitted):
            note("dmn-output-value", name, table.line)
            fitted = None
        made[name] = fitted
    return made


def _kind_of_one(table: TableBox, column: Output) -> TypeRef | None:
    # Some declare the type of the whole list where a rule gives one of its elements.
    kind = column.kind.real() if column.kind else None
    return kind.element if kind and kind.name == "list" and table.hit_policy in _LISTS else kind


def _defaults(table: TableBox, scope: Scope) -> tuple[Row, ...]:
    if not any(column.default for column in table.outputs):
        return ()
    return (
        {
            column_name(table, column): column.default.run(scope) if column.default else None
            for column in table.outputs
        },
    )


def _chosen(table: TableBox, matched: list[tuple[int, Row]], scope: Scope) -> tuple[Row, ...]:
    rows = [row for _, row in matched]
    policy = table.hit_policy
    if policy in {"PRIORITY", "OUTPUT ORDER"}:
        rows.sort(key=lambda row: _priority(table, row, scope))
    contradiction = (policy == "UNIQUE" and len(rows) > 1) or (
        policy == "ANY" and any(equal(scope, rows[0], row) is not True for row in rows)
    )
    if contradiction:
        raise HitPolicyError(table.name, policy, tuple(number for number, _ in matched))
    return tuple(rows) if policy in _LISTS else (rows[0],)


def _priority(table: TableBox, row: Row, scope: Scope) -> tuple[int, ...]:
    # Lower comes first; the leftmost output weighs most; unlisted values come last.
    places: list[int] = []
    for column in table.outputs:
        value = row[column_name(table, column)]
        ranks = enumerate(column.values)
        found = (place for place, wanted in ranks if included(scope, value, [wanted]))
        places.append(next(found, len(column.values)))
    return tuple(places)


def _values(table: TableBox, rows: tuple[Row, ...]) -> list[object]:
    single = len(table.outputs) == 1
    return [next(iter(row.values())) if single else dict(row) for row in rows]


def _result(table: TableBox, rows: tuple[Row, ...], scope: Scope) -> object:
    values = _values(table, rows)
    if table.hit_policy not in _LISTS:
        return values[0] if values else None
    if table.aggregation == "COUNT":
        return len(values)
    if table.aggregation:
        return _AGGREGATES[table.aggregation](scope, values)
    return values
