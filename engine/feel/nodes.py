"""The syntax tree of FEEL."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from engine.feel.errors import FeelLimitError
from engine.feel.typeref import TypeRef

#: Deepest tree: a run needs about one Python frame for each level.
MAX_HEIGHT: Final = 150


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of an expression."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, text, boolean, null or temporal value written in the text."""

    value: object


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name to be looked up."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """``{a: 1, b: a + 1}``; each entry sees the ones before it."""

    names: tuple[str, ...]
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Span(Node):
    """``[1..3)``."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class HalfOpen(Node):
    """``>= 3`` as a value: the range of all that passes."""

    operator: str
    end: Node


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """``-a``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``a + b`` and its like."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``a = b``, ``a < b`` and their like."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class All(Node):
    """``a and b and c``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either(Node):
    """``a or b or c``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Coerced(Node):
    """A comparison in ``${...}``, which makes both sides of one kind first."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Reckoned(Node):
    """Arithmetic in ``${...}``, which makes both sides numbers first."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """A value that ``${...}`` takes for a boolean."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``a between b and c``."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One unary test: ``< 5`` with an operator, or an expression without."""

    __test__ = False  # not for pytest

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``a in (tests)``."""

    value: Node
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``a instance of type``."""

    value: Node
    type: TypeRef


@dataclass(frozen=True, slots=True)
class Path(Node):
    """``a.name``."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``a[condition]``."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``f(a, b)`` or, with names, ``f(x: a)``."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if a then b else c``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Turn(Node):
    """``name in domain`` or ``name in start..end`` of an iteration."""

    name: str
    domain: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    """``for turns return body``."""

    turns: tuple[Turn, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` or ``every`` turns ``satisfies`` body."""

    every: bool
    turns: tuple[Turn, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    """``function(a, b) body``."""

    parameters: tuple[str, ...]
    body: Node
    #: The declared type of each parameter, None where there is none.
    types: tuple[TypeRef | None, ...] = ()


def children(node: Node) -> Iterator[Node]:
    """Yield the direct parts of a node."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Node))


def weight(node: Node) -> int:
    """Return how many parts a tree has: what one run through it costs."""
    return sum(1 for _ in walk(node))


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(children(top))


def check_height(node: Node) -> None:
    """Raise FeelLimitError for a tree too deep to be run."""
    level, height = [node], 0
    while level:
        height += 1
        if height > MAX_HEIGHT:
            raise FeelLimitError(
                f"表达式嵌套超过 {MAX_HEIGHT} 层", f"nested deeper than {MAX_HEIGHT}"
            )
        level = [part for top in level for part in children(top)]
