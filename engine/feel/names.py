"""Names of several words: FEEL lets a name hold spaces (DMN 1.3, 10.3.1.3)."""

from collections.abc import Iterable
from typing import Final

from engine.feel.errors import FeelError, FeelSyntaxError
from engine.feel.lexer import Token, tokenize
from forms.text import Text

#: Functions and types whose names hold a keyword.
_SPECIAL: Final = ("years and months duration", "days and time duration", "date and time")
#: Signs that a name may hold (DMN 1.3, 10.3.1.2, rule 30).
_NAME_SIGNS: Final = frozenset({".", "/", "-", "'", "+", "*"})
#: A word so written is a slip of the pen for the keyword, not a name.
_SLIPS: Final = frozenset({"AND", "OR", "NOT", "And", "Or", "Not", "IN", "In", "Then", "Else"})


class Words:
    """Reads names from the tokens: known ones first, then words side by side as one name."""

    def __init__(self, tokens: list[Token], names: Iterable[str]) -> None:
        self._tokens = tokens
        #: First word -> (all words, the name as declared), longest first.
        self._known: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.learn(name)

    def learn(self, name: str) -> None:
        """Remember a name that holds spaces or signs."""
        if name.isidentifier():
            return
        try:
            words = tuple(token.text for token in tokenize(name)[:-1])
        except FeelError:
            return  # such a key can be reached with get value only
        if not words:
            return
        known = self._known.setdefault(words[0], [])
        if all(words != other for other, _ in known):
            known.append((words, name))
            known.sort(key=lambda entry: len(entry[0]), reverse=True)

    def known_at(self, place: int) -> tuple[str, int] | None:
        """Return the longest known name here and its number of tokens."""
        for words, name in self._known.get(self._tokens[place].text, ()):
            part = self._tokens[place : place + len(words)]
            if tuple(token.text for token in part) == words:
                return name, len(words)
        return None

    def read(self, place: int, *, after_dot: bool) -> tuple[str, int] | None:
        """Return the name here and its number of tokens; None when there is no name."""
        if known := self.known_at(place):
            return known
        token = self._tokens[place]
        if token.kind == "quoted":
            return token.text[1:-1], 1
        if token.kind != "name" and not (after_dot and token.kind == "keyword"):
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
