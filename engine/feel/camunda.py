"""Read the common part of Camunda 7's ``${...}`` conditions into a FEEL tree.

Accepted: comparisons, ``&& || !`` and their word forms, ``empty``, ``a ? b : c``, ``+ - * / %``
of numbers, properties by dot or bracket, parentheses, null, true, false, numbers and quoted texts.
All else, method calls above all, is refused with its place. Values are coerced as there: see
``engine.feel.juel``.
"""

import re
from typing import Final, NoReturn

from engine.feel.decimals import read_number
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.nodes import (
    All,
    Call,
    Coerced,
    Compare,
    ContextOf,
    Either,
    Filter,
    If,
    ListOf,
    Literal,
    Name,
    Negate,
    Node,
    Path,
    Reckoned,
    Truth,
    check_height,
)
from forms.text import Text

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>[^\W\d]\w*)
    |(?P<op>==|!=|<=|>=|&&|\|\||[-+*/%<>!.()?:\[\]]))""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final = {
    "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
    "and": "&&", "or": "||", "not": "!", "empty": "empty", "div": "/", "mod": "%",
}  # fmt: skip
_COMPARISONS: Final = {
    "==": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=",
}  # fmt: skip
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_REFUSED: Final = frozenset({"instanceof"})
MAX_NESTING: Final = 30


def parse_camunda(text: str) -> Node:
    """Translate ``${...}``; raises FeelSyntaxError for all but the common part."""
    reader = _Reader(text)
    node = reader.choice()
    if reader.kind != "end":
        reader.refuse()
    check_height(node)
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.end = len(text.rstrip())
        self.place = text.index("{") + 1
        self.start = self.place
        self.depth = 0
        self.asking = False
        self.kind = ""
        self.piece = ""
        if text[self.end - 1] != "}":
            self.start = self.end - 1
            self.fail("缺少结尾的 }", "The closing } is missing")
        self.end -= 1
        self.advance()

    def advance(self) -> None:
        """Go to the next token."""
        rest = self.text[self.place : self.end]
        if not rest.strip():
            self.start, self.kind, self.piece = self.end, "end", ""
            return
        match = _TOKEN.match(self.text, self.place, self.end)
        if match is None:
            self.start = self.place + len(rest) - len(rest.lstrip())
            self.refuse()
        self.kind = str(match.lastgroup)
        self.start, self.place = match.start(self.kind), match.end()
        self.piece = match.group(self.kind)
        if self.kind == "name" and self.piece in _WORDS:
            self.kind, self.piece = "op", _WORDS[self.piece]

    def fail(self, zh: str, en: str) -> NoReturn:
        """Raise FeelSyntaxError at the present token."""
        line = self.text.count("\n", 0, self.start) + 1
        column = self.start - (self.text.rfind("\n", 0, self.start) + 1) + 1
        raise FeelSyntaxError(Text(zh, en), line, column)

    def refuse(self) -> NoReturn:
        """Raise FeelSyntaxError: this is outside the common part."""
        if self.kind == "end":
            self.fail("表达式不完整", "The expression ends too early")
        found = self.text[self.start : self.start + 12].split("\n")[0]
        self.fail(
            f"${{…}} 中不支持“{found}”，请改用 FEEL",
            f"'{found}' is not supported in ${{...}}; write FEEL instead",
        )

    def found(self, piece: str) -> bool:
        """Read this operator when it stands here."""
        if self.kind != "op" or self.piece != piece:
            return False
        self.advance()
        return True

    def choice(self) -> Node:
        """Read ``a ? b : c``, or what stands without the question."""
        node = self.alternatives()
        if not self.found("?"):
            return node
        self.deeper()
        then = self.choice()
        if not self.found(":"):
            self.refuse()
        otherwise = self.choice()
        self.depth -= 1
        return If(_truth(node), then, otherwise)

    def deeper(self) -> None:
        """Go down one level; raises FeelLimitError when there are too many."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise FeelLimitError(
                f"表达式嵌套超过 {MAX_NESTING} 层", f"nested deeper than {MAX_NESTING}"
            )

    def alternatives(self) -> Node:
        """Read what ``||`` joins."""
        self.deeper()
        parts = [self.conjunction()]
        while self.found("||"):
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(map(_truth, parts)))

    def conjunction(self) -> Node:
        """Read what ``&&`` joins."""
        parts = [self.comparison()]
        while self.found("&&"):
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else All(tuple(map(_truth, parts)))

    def comparison(self) -> Node:
        """Read one comparison or operand."""
        left = self.sum()
        while self.kind == "op" and self.piece in _COMPARISONS:
            operator = _COMPARISONS[self.piece]
            self.advance()
            left = Coerced(operator, left, self.sum())
        return left

    def sum(self) -> Node:
        """Read a sum; of two values that may be texts there is none: they are joined in FEEL."""
        left = self.product()
        while self.kind == "op" and self.piece in {"+", "-"}:
            sign, at = self.piece, self.start
            self.advance()
            right = self.product()
            if sign == "+" and not (_is_number(left) or _is_number(right)):
                self.start = at
                self.fail(
                    "${…} 中只支持比较、逻辑、属性、null 和数字运算；“+”可能连接文本，请改用 FEEL",
                    "Only comparisons, logic, properties, null and arithmetic of numbers are "
                    "supported in ${...}, and this '+' may join texts; write FEEL instead",
                )
            left = Reckoned(sign, left, right)
        return left

    def product(self) -> Node:
        """Read what is multiplied or divided."""
        left = self.operand()
        while self.kind == "op" and self.piece in {"*", "/", "%"}:
            sign = self.piece
            self.advance()
            left = Reckoned(sign, left, self.operand())
        return left

    def operand(self) -> Node:
        """Read a value, a negation, or parentheses."""
        if self.found("!"):
            self.deeper()
            inner = self.operand()
            self.depth -= 1
            return Call(Name("not"), (_truth(inner),), None)
        if self.found("-"):
            self.deeper()
            minus = self.operand()
            self.depth -= 1
            # A number is left as it is written; anything else has to become one first.
            plain = isinstance(minus, Literal) and _is_number(minus)
            return Negate(minus) if plain else Reckoned("-", Literal(0), minus)
        if self.kind == "op" and self.piece == "empty":
            return self._empty()
        if self.found("("):
            node = self.choice()
            if not self.found(")"):
                self.refuse()
            return node
        kind, piece = self.kind, self.piece
        if kind not in {"number", "string", "name"} or piece in _REFUSED:
            self.refuse()
        self.advance()
        if kind == "number":
            return Literal(read_number(piece))
        return self._path(piece) if kind == "name" else Literal(_unquote(piece))

    def _empty(self) -> Node:
        # What is asked stands four times in the tree: one inside another would grow beyond bounds.
        if self.asking:
            self.refuse()
        self.advance()
        self.asking = True
        inner = self.operand()
        self.asking = False
        return _is_empty(inner)

    def _path(self, name: str) -> Node:
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name])
        node: Node = Name(name)
        while self.kind == "op" and self.piece in {".", "["}:
            node = self._entry(node) if self.found("[") else self._property(node)
        if self.kind == "op" and self.piece == "(":
            self.fail(
                "${…} 中不支持函数或方法调用，请改用 FEEL",
                "Calls are not supported in ${...}; write FEEL instead",
            )
        return node

    def _property(self, node: Node) -> Node:
        self.advance()
        if self.kind != "name":
            self.refuse()
        found = Path(node, self.piece)
        self.advance()
        return found

    def _entry(self, node: Node) -> Node:
        """Read what stands in brackets: a property's name, or a place counted from 0."""
        kind, piece = self.kind, self.piece
        if kind not in {"string", "number"} or (kind == "number" and not piece.isdigit()):
            self.refuse()
        self.advance()
        if not self.found("]"):
            self.refuse()
        if kind == "string":
            return Path(node, _unquote(piece))
        return Filter(node, Literal(read_number(str(int(piece) + 1))))


def _is_number(node: Node) -> bool:
    """Whether a part can only be a number."""
    if isinstance(node, Literal):
        return not isinstance(node.value, (str, bool)) and node.value is not None
    return isinstance(node, (Reckoned, Negate))


def _truth(node: Node) -> Node:
    """Take a value for a boolean; a comparison is one already, and null where it cannot be told."""
    return Truth(node) if isinstance(node, (Name, Path, Filter, Literal, If)) else node


def _is_empty(value: Node) -> Node:
    """Ask as ``empty`` does: null, or a text, list or map with nothing in it; never null itself."""
    kinds: tuple[Node, ...] = (Literal(None), Literal(""), ListOf(()), ContextOf((), ()))
    either = Either(tuple(Compare("=", value, kind) for kind in kinds))
    return If(either, Literal(value=True), Literal(value=False))


def _unquote(piece: str) -> str:
    return re.sub(r"\\(.)", r"\1", piece[1:-1], flags=re.DOTALL)
