"""Compile ``for``, ``some``, ``every`` and filters; every turn costs what its body weighs."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import ceil, floor
from typing import Final, cast

from engine.feel.decimals import NUMERIC
from engine.feel.instants import AnyDate, date_of, day_number
from engine.feel.nodes import (
    All,
    Between,
    Compare,
    Either,
    Filter,
    For,
    In,
    InstanceOf,
    Literal,
    Name,
    Quantified,
    Turn,
    walk,
    weight,
)
from engine.feel.operators import below
from engine.feel.scope import MAX_ITEMS, Scope
from engine.feel.sight import Code, Sight, compile_node, maker
from engine.feel.values import Range, kind_of

#: Nodes that can only be true, false or null: a filter with one of them never picks by number.
_TRUTHS: Final = (All, Either, Compare, Between, In, InstanceOf, Quantified)


class _NoDomain(Exception):  # noqa: N818 - a signal, not an error
    """There is nothing to iterate over: the whole expression is null."""


_Turn = tuple[str, Code, Code | None]


def _turns(turns: tuple[Turn, ...], sight: Sight) -> tuple[list[_Turn], Sight]:
    compiled: list[_Turn] = []
    for turn in turns:
        end = compile_node(turn.end, sight) if turn.end else None
        compiled.append((turn.name, compile_node(turn.domain, sight), end))
        sight = sight.declaring(turn.name)
    return compiled, sight


def _scopes(scope: Scope, turns: list[_Turn], cost: int) -> Iterator[Scope]:
    (name, domain, end), rest = turns[0], turns[1:]
    for value in _values(domain(scope), end(scope) if end else None, ends=end is not None):
        scope.spend(cost)
        inside = scope.within({**scope.inner, name: value})
        if rest:
            yield from _scopes(inside, rest, cost)
        else:
            yield inside


def _values(start: object, end: object, *, ends: bool) -> Iterable[object]:
    if ends:
        return _steps(start, end)
    if isinstance(start, Range):
        low, high = start.low, start.high
        if below(high, low) is not False:  # a range does not run down
            raise _NoDomain
        values = _steps(low, high)
        return [
            value
            for value in _limited(values)
            if (start.low_closed or value != low) and (start.high_closed or value != high)
        ]
    if start is None:
        raise _NoDomain
    return start if isinstance(start, list) else [start]


def elements_of(value: object) -> list[object] | None:
    """Return what an iteration over a value goes through; null when there is nothing."""
    try:
        return list(_limited(_values(value, None, ends=False)))
    except _NoDomain:
        return None


def _limited(values: Iterable[object]) -> Iterator[object]:
    for index, value in enumerate(values):
        if index > MAX_ITEMS + 1:
            return  # the result would be refused anyway
        yield value


def _steps(start: object, end: object) -> Iterable[object]:
    if kind_of(start) == kind_of(end) == "date":
        first, last = cast("tuple[AnyDate, AnyDate]", (start, end))
        return map(date_of, _counts(day_number(first), day_number(last)))
    # Only whole numbers and days follow one another; the last may lie before the end.
    if type(start) is int and type(end) in NUMERIC:
        return _counts(start, cast("Decimal", end))
    raise _NoDomain


def _counts(low: int, high: Decimal | int) -> range:
    return range(low, floor(high) + 1) if low <= high else range(low, ceil(high) - 1, -1)


@maker(For)
def _for(node: For, sight: Sight) -> Code:
    turns, inside = _turns(node.turns, sight)
    body = compile_node(node.body, inside.declaring("partial"))
    partial = any(isinstance(part, Name) and part.name == "partial" for part in walk(node.body))
    cost = weight(node.body) + 1

    def run(scope: Scope) -> object:
        result: list[object] = []
        try:
            for turn in _scopes(scope, turns, cost):
                if partial:
                    turn.inner = {**turn.inner, "partial": scope.items(list(result))}
                result.append(body(turn))
                scope.room(len(result))
        except _NoDomain:
            return None
        return result

    return run


@maker(Quantified)
def _quantified(node: Quantified, sight: Sight) -> Code:
    turns, inside = _turns(node.turns, sight)
    body = compile_node(node.body, inside)
    cost = weight(node.body) + 1
    deciding = not node.every

    def run(scope: Scope) -> object:
        result: bool | None = node.every
        try:
            for turn in _scopes(scope, turns, cost):
                found = body(turn)
                if found is deciding:
                    return deciding
                if not isinstance(found, bool):
                    result = None
        except _NoDomain:
            return None
        return result

    return run


@maker(Filter)
def _filter(node: Filter, sight: Sight) -> Code:
    source = compile_node(node.source, sight)
    condition = node.condition
    if isinstance(condition, Literal) and type(condition.value) in NUMERIC:
        place = condition.value
        return lambda scope: _pick(_as_list(source(scope)), place)
    test = compile_node(condition, sight.filtering())
    cost = weight(condition) + 1
    may_pick = not isinstance(condition, _TRUTHS)

    def run(scope: Scope) -> object:
        found = source(scope)
        items = _as_list(found)
        if may_pick and type(place := _first(scope, test, items)) in NUMERIC:
            return _pick(items, place)
        return [item for item in items if _keeps(scope, test, item, cost)]

    return run


def _as_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _pick(items: list[object], place: object) -> object:
    if not isinstance(place, int) or not items:
        return None
    index = place - 1 if place > 0 else len(items) + place
    return items[index] if place and 0 <= index < len(items) else None


def _keeps(scope: Scope, test: Code, item: object, cost: int) -> bool:
    scope.spend(cost)
    return test(_inside(scope, item)) is True


def _inside(scope: Scope, item: object) -> Scope:
    entries = item if isinstance(item, dict) else {}
    return scope.within({**scope.inner, "item": item, **entries})


def _first(scope: Scope, test: Code, items: list[object]) -> object:
    # Whether a[x] picks by number or filters shows only when x is known.
    return test(_inside(scope, items[0] if items else None))
