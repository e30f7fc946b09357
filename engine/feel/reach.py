"""Which names count where a text stands: those in scope, and those of the parts of values."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from engine.feel.nodes import ContextOf, Filter, If, ListOf, Literal, Name, Node, Path, Span
from engine.feel.typeref import TypeRef

#: The names of all parts of a value, however deep; None when they are not known.
Parts = frozenset[str] | None
#: The names in scope, each with the parts of its values.
Seen = frozenset[tuple[str, Parts]]

NO_PARTS: Final[frozenset[str]] = frozenset()
NOTHING_SEEN: Final[Seen] = frozenset()

#: Without one of these a text cannot be read in two ways.
_TWO_WAYS: Final = re.compile(r"[-+*/.']|\b(?:and|or|in|between)\b")
_WORD: Final = re.compile(r"\w+")
#: Types whose values have no parts that a host could name.
_WHOLE: Final = frozenset(
    {
        "number", "string", "boolean", "date", "time", "date and time", "range",
        "days and time duration", "years and months duration",
    }
)  # fmt: skip


def parts_of(node: Node, look: Callable[[str], Parts]) -> Parts:
    """Return the names of the parts that what an expression gives may have."""
    found: set[str] = set()
    stack = [node]
    while stack:
        top = stack.pop()
        parts = look(top.name) if isinstance(top, Name) else NO_PARTS
        inner = _sources(top)
        if parts is None or inner is None:
            return None
        found |= parts
        if isinstance(top, ContextOf):
            found.update(top.names)
        stack.extend(inner)
    return frozenset(found)


def _sources(node: Node) -> tuple[Node, ...] | None:
    """Return where the parts of a value come from; None when that is not known."""
    if isinstance(node, (Path, Filter)):
        return (node.source,)
    if isinstance(node, ContextOf):
        return node.values
    if isinstance(node, ListOf):
        return node.items
    if isinstance(node, If):
        return node.then, node.otherwise
    return () if isinstance(node, (Name, Literal, Span)) else None


def parts_of_type(kind: TypeRef | None) -> Parts:
    """Return the names of the parts that values of a type may have."""
    found: set[str] = set()
    stack, met = [kind], set[int]()
    while stack:
        top = stack.pop()
        real = top.real() if top else None
        if real is None or not (real.element or real.entries or real.name in _WHOLE):
            return None
        if id(real) not in met:
            met.add(id(real))
            found.update(name for name, _ in real.entries)
            stack.extend(inner for _, inner in real.entries)
            if real.element:
                stack.append(real.element)
    return frozenset(found)


class Scopes:
    """The names in scope at the place of a file that is being read."""

    def __init__(self) -> None:
        #: By their first words: few of them matter to one text.
        self._names: dict[str, dict[str, Parts]] = {}

    def look(self, name: str) -> Parts:
        """Return the parts of a name's values; None when they or the name are not known."""
        return self._names.get(_first(name), {}).get(name)

    @contextmanager
    def adding(self, more: Mapping[str, Parts]) -> Iterator[None]:
        """See these names too."""
        before: list[tuple[str, str, bool, Parts]] = []
        for name, parts in more.items():
            word = _first(name)
            beside = self._names.setdefault(word, {})
            before.append((word, name, name in beside, beside.get(name)))
            beside[name] = parts
        yield
        for word, name, was_there, parts in before:
            if was_there:
                self._names[word][name] = parts
            else:
                del self._names[word][name]

    def near(self, text: str) -> Seen:
        """Return the names that a text may hold; none where it can be read in one way only."""
        if not _TWO_WAYS.search(text):
            return NOTHING_SEEN
        words = {*_WORD.findall(text), ""}
        return frozenset(
            entry for word in words if word in self._names for entry in self._names[word].items()
        )


def _first(name: str) -> str:
    found = _WORD.match(name)
    return found.group() if found else ""
