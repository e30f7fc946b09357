"""Names of several words: FEEL lets a name hold spaces (DMN 1.3, 10.3.1.3)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from engine.feel.errors import FeelError, FeelSyntaxError
from engine.feel.lexer import Token, tokenize
from engine.feel.nodes import Node
from engine.feel.reach import NOTHING_SEEN, Parts, Seen, parts_of, parts_of_type
from engine.feel.typeref import TypeRef
from forms.text import Text

#: Functions and types whose names hold a keyword.
_SPECIAL: Final = ("years and months duration", "days and time duration", "date and time")
#: Signs that a name may hold (DMN 1.3, 10.3.1.2, rule 30).
_NAME_SIGNS: Final = frozenset({".", "/", "-", "'", "+", "*"})
#: What stands between names that are not one name together.
_OPERATORS: Final = frozenset({"+", "-", "*", "/", "**", "and", "or", "in", "between"})
#: A word so written is a slip of the pen for the keyword, not a name.
_SLIPS: Final = frozenset({"AND", "OR", "NOT", "And", "Or", "Not", "IN", "In", "Then", "Else"})


class Words:
    """Reads names from the tokens: known ones first, then words side by side as one name.

    A name with signs could also be an operation on other names. In scope it is the name (DMN 1.3,
    10.3.1.4), and so are names of parts after a dot and in filters; else what is in scope counts.
    """

    def __init__(
        self, tokens: list[Token], names: Iterable[str], seen: Seen = NOTHING_SEEN
    ) -> None:
        self._tokens = tokens
        self._texts = tuple(token.text for token in tokens)
        #: First word -> (all words, the name as declared), longest first.
        self._known: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        #: Names of the host; they may be in scope.
        self._hosts = frozenset(names)
        #: The names that are in scope.
        self._seen: dict[str, Parts] = dict(seen)
        #: What names in scope were before they were declared again.
        self._before: list[tuple[str, bool, Parts]] = []
        #: Which names are operations on names in scope, as far as it was asked in this scope.
        self._sums: dict[str, bool] = {}
        #: The words of the names in scope by the first of them, once they were asked for.
        self._near: dict[str, list[tuple[str, ...]]] = {}
        #: For each filter around the place: the parts of what it filters.
        self._filters: list[Callable[[], Parts]] = []
        for name in (*self._hosts, *self._seen):
            self._know(name)

    def _know(self, name: str) -> None:
        if name.isidentifier():
            return
        try:
            words = tuple(token.text for token in tokenize(name)[:-1])
        except FeelError:
            return  # such a key can be reached with get value only
        if not words:
            return
        known = self._known.setdefault(words[0], [])
        if (words, name) not in known:
            known.append((words, name))
            known.sort(key=lambda entry: len(entry[0]), reverse=True)

    def learn(self, name: str, value: Node | TypeRef | None = None) -> None:
        """Have a name in scope, of a value or type as far as that is known."""
        self._know(name)
        self._before.append((name, name in self._seen, self._seen.get(name)))
        parts = self._parts(value) if isinstance(value, Node) else parts_of_type(value)
        self._seen[name] = parts
        self._moved()

    @contextmanager
    def block(self) -> Iterator[None]:
        """Forget what is learned inside: it is in scope there only."""
        outside = len(self._before)
        yield
        while len(self._before) > outside:
            name, was_there, parts = self._before.pop()
            if was_there:
                self._seen[name] = parts
            else:
                del self._seen[name]
        self._moved()

    @contextmanager
    def filter(self, source: Node) -> Iterator[None]:
        """Inside, the parts of the source's elements are names too."""
        self._filters.append(cache(lambda: self._parts(source)))
        self._moved()
        yield
        self._filters.pop()
        self._moved()

    def _moved(self) -> None:
        # Other names are in scope now.
        self._sums.clear()
        self._near.clear()

    def _parts(self, node: Node) -> Parts:
        return parts_of(node, self._seen.get)

    def known_at(self, place: int, behind: Node | None = None) -> tuple[str, int] | None:
        """Return the longest known name here, or behind a value, and its number of tokens."""
        best: tuple[str, int] | None = None
        for words, name in self._known.get(self._tokens[place].text, ()):
            if best and len(words) < best[1]:
                break
            if self._texts[place : place + len(words)] == words:
                parts = None if behind is None else self._parts(behind)
                if name in parts if parts is not None else self._sees(name):
                    return name, len(words)
                if best is None and self._may_be(name, words, parts, dotted=behind is not None):
                    best = name, len(words)
        return best

    def _sees(self, name: str) -> bool:
        return name in self._seen or any(name in (parts() or ()) for parts in self._filters)

    def _may_be(self, name: str, words: tuple[str, ...], parts: Parts, *, dotted: bool) -> bool:
        if dotted:
            return parts is None or not self._adds_up(words, parts)
        if any(parts() is None for parts in self._filters):
            return True
        if name in self._hosts and name not in self._sums:
            self._sums[name] = self._adds_up(words, None)
        return name in self._hosts and not self._sums[name]

    def _adds_up(self, words: tuple[str, ...], parts: Parts) -> bool:
        """Tell whether words are an operation on names in scope, the first of them a part."""
        starts = [0]
        for start in starts:
            for end in self._operands(words, start, parts):
                if end == len(words):
                    return True
                if words[end] in _OPERATORS and end + 1 not in {*starts, len(words)}:
                    starts.append(end + 1)
        return False

    def _operands(self, words: tuple[str, ...], start: int, parts: Parts) -> Iterator[int]:
        """Yield the ends of all the names in scope, or of the number, that begin here."""
        first = words[start]
        if start == 0 and parts is not None:
            is_one, known = first in parts, self._known.get(first, ())
            near = [inner for inner, name in known if name in parts]
        else:
            is_one, near = first[0].isdigit() or self._sees(first), self._beginning(first)
        ends = {start + len(inner) for inner in near if words[start : start + len(inner)] == inner}
        for end in ends | ({start + 1} if is_one else set()):
            yield end
            if words[end : end + 1] == (".",) and len(words) > end + 1:
                yield end + 2

    def _beginning(self, word: str) -> list[tuple[str, ...]]:
        if word not in self._near:
            known = self._known.get(word, ())
            self._near[word] = [words for words, name in known if self._sees(name)]
        return self._near[word]

    def read(self, place: int, behind: Node | None = None) -> tuple[str, int] | None:
        """Return the name here, or behind a value, and its number of tokens; None for no name."""
        if known := self.known_at(place, behind):
            return known
        token = self._tokens[place]
        if token.kind == "quoted":
            return token.text[1:-1], 1
        if token.kind != "name" and not (behind is not None and token.kind == "keyword"):
            return None
        count = 1
        while self._continues(place + count):
            count += 1
        return " ".join(t.text for t in self._tokens[place : place + count]), count

    def _continues(self, place: int) -> bool:
        token = self._tokens[place]
        if token.kind != "name" or token.text == "?":
            return False
        if token.text in _SLIPS:
            raise FeelSyntaxError(
                Text(
                    f"“{token.text}”应写作小写“{token.text.lower()}”",
                    f"Write '{token.text}' in lower case: '{token.text.lower()}'",
                ),
                token.line,
                token.column,
            )
        follows = self._tokens[place + 1].text
        return not (token.text == "instance" and follows == "of")

    def special_at(self, place: int) -> tuple[str, int] | None:
        """Return a built-in function name that holds a keyword, when it is being called here."""
        for name in (*_SPECIAL, "get or else"):
            words = name.split()
            part = [token.text for token in self._tokens[place : place + len(words) + 1]]
            if part == [*words, "("]:
                return name, len(words)
        return None

    def type_at(self, place: int) -> tuple[str, int]:
        """Return the type name here and its number of tokens."""
        for name in _SPECIAL:
            words = name.split()
            if [token.text for token in self._tokens[place : place + len(words)]] == words:
                return name, len(words)
        return self._tokens[place].text, 1

    def is_named_argument(self, place: int) -> bool:
        """Tell whether words and a colon stand here."""
        end = place
        while self._tokens[end].kind in {"name", "keyword", "number"} or (
            end > place and self._tokens[end].text in _NAME_SIGNS
        ):
            end += 1
        return end > place and self._tokens[end].text == ":"
