"""Cut FEEL text into tokens (DMN 1.3, 10.3.1.2)."""

import re
from dataclasses import dataclass
from typing import Final

from engine.feel.errors import FeelLimitError, FeelSyntaxError
from forms.text import Text

MAX_SOURCE: Final = 20_000

KEYWORDS: Final = frozenset(
    {
        "and", "or", "true", "false", "null", "if", "then", "else", "for", "in", "return",
        "some", "every", "satisfies", "between", "function",
    }
)  # fmt: skip

#: Signs besides letters that may begin a name (DMN 1.3, 10.3.1.2, rule 28), "（" among them.
_SIGNS: Final = (
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD"
    r"\U00010000-\U000EFFFF"
)
#: White space (DMN 1.3, 10.3.1.2, rules 61 and 62); three marks of it are none to Python.
SPACE: Final = r"[\s\u180E\u200B\uFEFF]"
_START: Final = rf"(?:[^\W\d]|[{_SIGNS}])"
_PART: Final = rf"[\w\u00B7\u0300-\u036F\u203F\u2040{_SIGNS}]"

_TOKEN: Final = re.compile(
    rf"""(?P<space>{SPACE}+|//[^\n]*|/\*.*?\*/)
    |(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{{1,4}})?)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<quoted>`[^`\n]+`)
    |(?P<name>{_START}{_PART}*|\?)
    |(?P<op>\*\*|\.\.|->|<=|>=|!=|[-+*/=<>()\[\]{{}},.:@'])""",
    re.VERBOSE | re.DOTALL,
)
#: What people write who know other languages, and what FEEL writes.
SLIPS: Final = {"==": "=", "&&": "and", "||": "or", "'": '"', "!": "not()", "%": "modulo()"}
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_SHORT: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True)
class Token:
    """A piece of the text.

    ``kind`` is number, string, name, quoted (a name between backticks), keyword, op or end.
    """

    kind: str
    text: str
    line: int
    column: int
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens, the last of kind ``end``; raises FeelSyntaxError at what is no token."""
    if len(text) > MAX_SOURCE:
        raise FeelLimitError(f"原文超过 {MAX_SOURCE} 字", f"source longer than {MAX_SOURCE}")
    tokens: list[Token] = []
    position, line, start_of_line = 0, 1, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        column = position - start_of_line + 1
        if match is None or text.startswith("==", position):
            raise _stray(text[position:], line, column)
        kind, piece = str(match.lastgroup), match.group()
        if kind == "name" and piece in KEYWORDS:
            kind = "keyword"
        if kind != "space":
            tokens.append(Token(kind, piece, line, column, position, match.end()))
        if breaks := piece.count("\n"):
            line += breaks
            start_of_line = position + piece.rindex("\n") + 1
        position = match.end()
    tokens.append(Token("end", "", line, position - start_of_line + 1, position, position))
    return tokens


def _stray(rest: str, line: int, column: int) -> FeelSyntaxError:
    if rest.startswith('"'):
        return FeelSyntaxError(
            Text("文本没有结束引号", "The text has no closing quote"), line, column
        )
    slip = next((wrong for wrong in SLIPS if rest.startswith(wrong)), "")
    if slip:
        return slip_error(slip, line, column)
    return FeelSyntaxError(
        Text(f"无法识别的字符“{rest[0]}”", f"Unexpected character '{rest[0]}'"), line, column
    )


def slip_error(slip: str, line: int, column: int) -> FeelSyntaxError:
    """Say how FEEL writes what was written as in another language."""
    right = SLIPS[slip]
    message = Text(f"FEEL 中“{slip}”应写作“{right}”", f"FEEL writes {right} and not {slip}")
    return FeelSyntaxError(message, line, column)


def unquote(text: str) -> str:
    """Return what a quoted text says; a backslash before anything unknown stays."""
    plain = _ESCAPE.sub(_unescape, text[1:-1])
    # Two \\u escapes may spell one character outside the basic plane.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) > 1:
        point = int(code[1:], 16)
        return chr(point) if point <= 0x10FFFF else match.group()
    # Regular expressions are written with single backslashes too.
    return _SHORT.get(code, match.group())
