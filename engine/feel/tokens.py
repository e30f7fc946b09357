"""The tokens of one text and the place among them; types are read from here too."""

from collections.abc import Iterable, Mapping
from typing import NoReturn

from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.lexer import SLIPS, Token, slip_error, tokenize, unquote
from engine.feel.names import Words
from engine.feel.nodes import Node
from engine.feel.reach import NOTHING_SEEN, Seen
from engine.feel.typeref import TypeRef
from engine.feel.types import SIMPLE
from forms.text import Text

#: Deepest nesting of brackets and bodies in the text.
MAX_NESTING = 50

#: Most words of one type's name.
_TYPE_WORDS = 12


class TokenReader:
    """The state of reading one text: the tokens and the place among them."""

    def __init__(
        self,
        text: str,
        names: Iterable[str] = (),
        types: Mapping[str, TypeRef] | None = None,
        seen: Seen = NOTHING_SEEN,
    ) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.place = 0
        self.depth = 0
        self.range_end = False
        self.words = Words(self.tokens, names, seen)
        #: What is wrong, but has a value all the same: null.
        self.faults: list[FeelSyntaxError] = []
        #: Types the host declares, by name.
        self.types = types or {}

    @property
    def here(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.place]

    def peek(self, ahead: int) -> Token:
        """Return a token further on, the last one when there are not so many."""
        return self.tokens[min(self.place + ahead, len(self.tokens) - 1)]

    def fail(self, zh: str, en: str, token: Token | None = None) -> NoReturn:
        """Raise FeelSyntaxError at a token, the present one unless told."""
        at = token or self.here
        raise FeelSyntaxError(Text(zh, en), at.line, at.column)

    def wrong(self, zh: str, en: str, token: Token) -> None:
        """Note what is wrong at a token; there the value is null."""
        self.faults.append(FeelSyntaxError(Text(zh, en), token.line, token.column))

    def found(self, text: str) -> bool:
        """Read a token when it is this operator or word; tell whether it was."""
        if self.here.text != text or self.here.kind == "string":
            return False
        self.place += 1
        return True

    def take(self, text: str) -> None:
        """Read this operator or word; raises FeelSyntaxError when another stands here."""
        if not self.found(text):
            self.unexpected(f"，应为“{text}”", f", expected '{text}'")

    def unexpected(self, zh: str = "", en: str = "") -> NoReturn:
        """Raise FeelSyntaxError about the present token."""
        if self.here.kind == "end":
            self.fail(f"表达式不完整{zh}", f"The expression ends too early{en}")
        found = self.here.text
        if found in SLIPS:
            raise slip_error(found, self.here.line, self.here.column)
        self.fail(f"此处不能出现“{found}”{zh}", f"Unexpected '{found}'{en}")

    def deeper(self) -> None:
        """Count one level more; raises FeelLimitError when too deep."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise FeelLimitError(
                f"表达式嵌套超过 {MAX_NESTING} 层", f"nested deeper than {MAX_NESTING}"
            )

    def key(self) -> str:
        """Read an entry's name and the colon after it."""
        if self.here.kind == "string":
            name = unquote(self.here.text)
            self.place += 1
        else:
            name = self.name_until({":"})
        self.take(":")
        return name

    def name_until(self, marks: set[str]) -> str:
        """Read a name being declared: all words up to one of the marks."""
        first = self.here
        if first.kind == "quoted":
            self.place += 1
            return first.text[1:-1]
        while self.here.text not in marks and self.here.kind in {"name", "keyword", "number", "op"}:
            if self.here.text in {"(", ")", "[", "]", "{", "}", ",", ":"}:
                break
            self.place += 1
        if self.here is first or first.kind not in {"name", "keyword"}:
            self.fail("此处应为名称", "Expected a name", first)
        return " ".join(self.text[first.start : self.peek(-1).end].split())

    def name(self, behind: Node | None = None) -> str:
        """Read a name in use, which may have several words, or of a part behind a value."""
        found = self.words.read(self.place, behind)
        if found is None:
            self.unexpected("，应为名称", ", expected a name")
        self.place += found[1]
        return found[0]

    def type(self) -> TypeRef:
        """Read a type after ``instance of`` or a parameter."""
        start = self.here
        if declared := self._declared_type():
            return declared
        name, count = self.words.type_at(self.place)
        self.place += count
        if name not in SIMPLE:
            # No value is of a type that nobody knows.
            told = self.wrong if start.kind == "name" else self.fail
            told(f"未知类型“{name}”", f"Unknown type '{name}'", start)
        if not self.found("<"):
            return TypeRef(name)
        self.deeper()
        kind = self._parts_of_type(name)
        self.depth -= 1
        return kind

    def _declared_type(self) -> TypeRef | None:
        if not self.types:
            return None
        start, last = self.here.start, len(self.tokens) - 1
        for end in range(min(self.place + _TYPE_WORDS, last), self.place, -1):
            name = " ".join(self.text[start : self.tokens[end - 1].end].split())
            if name in self.types:
                self.place = end
                return self.types[name]
        return None

    def _parts_of_type(self, name: str) -> TypeRef:
        if name == "function":
            return self._function_type()
        entries: list[tuple[str, TypeRef]] = []
        if name == "context":
            while not self.found(">"):
                if entries:
                    self.take(",")
                label = self.key()
                entries.append((label, self.type()))
            return TypeRef(name, entries=tuple(entries))
        element = self.type()
        self.take(">")
        return TypeRef(name, element)

    def _function_type(self) -> TypeRef:
        parameters: list[TypeRef] = []
        while not self.found(">"):
            if parameters:
                self.take(",")
            parameters.append(self.type())
        returns = self.type() if self.found("->") else None
        return TypeRef("function", parameters=tuple(parameters), returns=returns)
