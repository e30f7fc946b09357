"""What the compiler knows about names, and the table of how each kind of node is compiled."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from engine.feel.nodes import Node
from engine.feel.scope import Scope

#: A compiled expression: takes the scope, gives a FEEL value.
Code = Callable[[Scope], object]

_Node = TypeVar("_Node", bound=Node)


@dataclass
class Sight:
    """What the text around a place declares, and the names found to come from outside."""

    declared: frozenset[str] = frozenset()
    #: Inside a filter: an element's entries are names too.
    in_filter: bool = False
    #: Names that must come from the data.
    free: set[str] = field(default_factory=set)
    #: Names that may come from the data: used in filters, or also the name of a function.
    loose: set[str] = field(default_factory=set)
    #: Names called as functions that are not built in.
    called: set[str] = field(default_factory=set)

    def declaring(self, *names: str) -> "Sight":
        """See these names too."""
        declared = self.declared | set(names)
        return Sight(declared, self.in_filter, self.free, self.loose, self.called)

    def filtering(self) -> "Sight":
        """Look from inside a filter."""
        return Sight(self.declared | {"item"}, True, self.free, self.loose, self.called)


MAKERS: Final[dict[type[Node], Callable[[Any, Sight], Code]]] = {}


def maker(
    kind: type[_Node],
) -> Callable[[Callable[[_Node, Sight], Code]], Callable[[_Node, Sight], Code]]:
    """Register how a kind of node is compiled."""

    def register(make: Callable[[_Node, Sight], Code]) -> Callable[[_Node, Sight], Code]:
        MAKERS[kind] = make
        return make

    return register


def compile_node(node: Node, sight: Sight) -> Code:
    """Compile any node."""
    return MAKERS[type(node)](node, sight)


def compile_all(nodes: tuple[Node, ...], sight: Sight) -> list[Code]:
    """Compile several nodes."""
    return [compile_node(node, sight) for node in nodes]
