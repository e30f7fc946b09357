"""Built-in functions on lists (DMN 1.3, 10.3.4.4 and 10.3.4.8)."""

from decimal import Decimal
from functools import cmp_to_key

from engine.feel import decimals
from engine.feel.decimals import Number
from engine.feel.functions.base import builtin
from engine.feel.operators import below, both, either, equal, included
from engine.feel.scope import Scope
from engine.feel.values import Function, kind_of


def _row(items: tuple[object, ...]) -> list[object]:
    # One list, or the values themselves.
    return items[0] if len(items) == 1 and isinstance(items[0], list) else list(items)


def _numbers(items: tuple[object, ...]) -> list[Number] | None:
    row = _row(items)
    numbers: list[Number] = [
        item for item in row if isinstance(item, (int, Decimal)) and not isinstance(item, bool)
    ]
    return numbers if numbers and len(numbers) == len(row) else None


@builtin("list contains(list: list, element: any)")
def list_contains(scope: Scope, items: list[object], element: object) -> bool:
    """Tell whether a list has an element."""
    return bool(_positions(scope, items, element))


@builtin("index of(list: list, match: any)")
def index_of(scope: Scope, items: list[object], match: object) -> list[object]:
    """Return every position of an element, counted from 1."""
    return list(_positions(scope, items, match))


def _positions(scope: Scope, items: list[object], wanted: object) -> list[int]:
    scope.spend(len(items) + 1)
    return [place for place, item in enumerate(items, 1) if equal(scope, item, wanted)]


@builtin("count(list: list)")
def count(items: list[object]) -> int:
    """Count the elements."""
    return len(items)


@builtin("min(*list: any)")
def min_(scope: Scope, *items: object) -> object:
    """Return the smallest; null when empty or not comparable."""
    return _extreme(scope, _row(items), sign=1)


@builtin("max(*list: any)")
def max_(scope: Scope, *items: object) -> object:
    """Return the greatest; null when empty or not comparable."""
    return _extreme(scope, _row(items), sign=-1)


def _extreme(scope: Scope, items: list[object], sign: int) -> object:
    scope.spend(len(items) + 1)
    best = items[0] if items else None
    if below(best, best) is None:
        return None
    for item in items[1:]:
        less = below(item, best) if sign > 0 else below(best, item)
        if less is None:
            return None
        if less:
            best = item
    return best


@builtin("sum(*list: any)")
def sum_(scope: Scope, *items: object) -> Number | None:
    """Add up; null when empty or not all numbers."""
    numbers = _numbers(items)
    if numbers is None:
        return None
    scope.spend(len(numbers))
    total: Number | None = 0
    for number in numbers:
        total = None if total is None else decimals.add(total, number)
    return total


@builtin("product(*list: any)")
def product(scope: Scope, *items: object) -> Number | None:
    """Multiply; null when empty or not all numbers."""
    numbers = _numbers(items)
    if numbers is None:
        return None
    scope.spend(len(numbers))
    total: Number | None = 1
    for number in numbers:
        total = None if total is None else decimals.multiply(total, number)
    return total


@builtin("mean(*list: any)")
def mean(scope: Scope, *items: object) -> Number | None:
    """Return the average; null when empty or not all numbers."""
    total = sum_(scope, *items)
    return None if total is None else decimals.divide(total, len(_row(items)))


@builtin("median(*list: any)")
def median(scope: Scope, *items: object) -> Number | None:
    """Return the middle value, or the average of the two middle ones."""
    numbers = _numbers(items)
    if numbers is None:
        return None
    scope.spend(4 * len(numbers))
    row, middle = sorted(numbers), len(numbers) // 2
    if len(row) % 2:
        return row[middle]
    total = decimals.add(row[middle - 1], row[middle])
    return None if total is None else decimals.divide(total, 2)


@builtin("stddev(*list: any)")
def stddev(scope: Scope, *items: object) -> Number | None:
    """Return the sample standard deviation; null for fewer than two numbers."""
    numbers = _numbers(items)
    average = mean(scope, *items)
    if numbers is None or average is None or len(numbers) < 2:
        return None
    scope.spend(4 * len(numbers))
    return decimals.deviation(numbers, average)


@builtin("mode(*list: any)")
def mode(scope: Scope, *items: object) -> list[object] | None:
    """Return the most frequent numbers, smallest first."""
    if not _row(items):
        return []
    numbers = _numbers(items)
    if numbers is None:
        return None
    scope.spend(4 * len(numbers))
    counts: dict[Number, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values())
    return [number for number in sorted(counts) if counts[number] == most]


@builtin("all(*list: any)")
def all_(scope: Scope, *items: object) -> bool | None:
    """Three-valued and over a list; true when empty."""
    row = _row(items)
    scope.spend(len(row) + 1)
    result: bool | None = True
    for item in row:
        result = both(result, item)
    return result


@builtin("any(*list: any)")
def any_(scope: Scope, *items: object) -> bool | None:
    """Three-valued or over a list; false when empty."""
    row = _row(items)
    scope.spend(len(row) + 1)
    result: bool | None = False
    for item in row:
        result = either(result, item)
    return result


@builtin("sublist(list: list, start position: number, length?: number)")
def sublist(
    scope: Scope, items: list[object], start: Number, length: Number | None = None
) -> list[object] | None:
    """Return a part of a list, counted from 1, or from the end when negative."""
    first = _index(items, start)
    if first is None or (length is not None and not 0 <= length <= len(items) - first):
        return None
    return scope.items(items[first:] if length is None else items[first : first + int(length)])


def _index(items: list[object], position: Number) -> int | None:
    if not isinstance(position, int) or not 0 < abs(position) <= len(items):
        return None
    return position - 1 if position > 0 else len(items) + position


@builtin("append(list: list, *item: any)")
def append(scope: Scope, items: list[object], *more: object) -> list[object]:
    """Return a list with values added."""
    return scope.items([*items, *more])


@builtin("concatenate(*list: list)")
def concatenate(scope: Scope, *lists: list[object]) -> list[object]:
    """Join lists."""
    scope.room(sum(map(len, lists)))
    return scope.items([item for row in lists for item in row])


@builtin("insert before(list: list, position: number, newItem: any)")
def insert_before(
    scope: Scope, items: list[object], position: Number, item: object
) -> list[object] | None:
    """Return a list with a value put in at a position."""
    place = _index(items, position)
    if place is None:
        return None
    return scope.items([*items[:place], item, *items[place:]])


@builtin("remove(list: list, position: number)")
def remove(scope: Scope, items: list[object], position: Number) -> list[object] | None:
    """Return a list without the element at a position."""
    place = _index(items, position)
    return None if place is None else scope.items([*items[:place], *items[place + 1 :]])


@builtin("list replace(list: list, position: number, newItem: any)")
@builtin("list replace(list: list, match: function, newItem: any)")
def list_replace(
    scope: Scope, items: list[object], where: Number | Function, item: object
) -> list[object] | None:
    """Return a list with the element at a position, or those a function picks, replaced."""
    if isinstance(where, Function):
        if not where.takes(2):
            return None
        chosen = [where.call(scope, [old, item]) for old in items]
        if not all(isinstance(hit, bool) for hit in chosen):
            return None
        return scope.items([item if hit else old for old, hit in zip(items, chosen, strict=True)])
    place = _index(items, int(where))
    return None if place is None else scope.items([*items[:place], item, *items[place + 1 :]])


@builtin("reverse(list: list)")
def reverse(scope: Scope, items: list[object]) -> list[object]:
    """Return a list the other way round."""
    return scope.items(items[::-1])


@builtin("union(*list: list)")
def union(scope: Scope, *lists: list[object]) -> list[object]:
    """Join lists, each value once."""
    return distinct_values(scope, concatenate(scope, *lists))


@builtin("distinct values(list: list)")
def distinct_values(scope: Scope, items: list[object]) -> list[object]:
    """Return each value once, in the order of first appearance."""
    kept: list[object] = []
    seen: set[tuple[str, object]] = set()
    rest: list[object] = []
    for item in items:
        kind = kind_of(item)
        if kind in {"string", "number", "boolean", "null", "date"}:
            if (kind, item) not in seen:
                seen.add((kind, item))
                kept.append(item)
        elif not included(scope, [item], rest):
            rest.append([item])
            kept.append(item)
    return scope.items(kept)


@builtin("flatten(list: list)")
def flatten(scope: Scope, items: list[object]) -> list[object]:
    """Return the elements of a list and of all lists in it."""
    flat: list[object] = []
    stack = items[::-1]
    while stack:
        scope.spend(1)
        item = stack.pop()
        if isinstance(item, list):
            scope.room(len(item))
            stack.extend(item[::-1])
        else:
            flat.append(item)
    return scope.items(flat)


@builtin("sort(list: list, precedes?: function)")
def sort(
    scope: Scope, items: list[object], precedes: Function | None = None
) -> list[object] | None:
    """Sort by a function that tells whether its first value comes before its second."""

    def order(left: object, right: object) -> int:
        scope.spend(2)
        first = precedes.call(scope, [left, right]) if precedes else below(left, right)
        if first is True:
            return -1
        second = precedes.call(scope, [right, left]) if precedes else below(right, left)
        return int(second is True)

    if precedes is None and any(below(item, items[0]) is None for item in items):
        return None
    if precedes and not precedes.takes(2):
        return None
    return sorted(items, key=cmp_to_key(order))
