"""Regular expressions that cannot hang: XPath's, run by Python's engine when bounded.

Before a pattern meets a text, the ways in which a backtracking engine could go through it are
counted from its structure; the count is paid in steps, so a costly pair is refused, not started.
Refused outright: look-around.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Final

from engine.feel.categories import class_of, class_of_escape
from engine.feel.errors import FeelLimitError
from engine.feel.scope import Scope

MAX_PATTERN: Final = 1_000
MAX_REPEAT: Final = 1_000
#: One step pays for so many moves of the engine.
MOVES_A_STEP: Final = 1_000

_CAP: Final = 10**12
_QUANTIFIER: Final = re.compile(r"([*+?]|\{([0-9]{1,5})(?:(,)([0-9]{1,5})?)?\})\??")
_CATEGORY: Final = re.compile(r"\\([pP])\{([A-Za-z]{1,2}|Is[A-Za-z0-9-]{1,50})\}")
MAX_CLASSES: Final = 5
#: Most classes in one pattern whose ranges take so many characters: each takes time to compile.
MAX_CATEGORIES: Final = 60
LONG_CLASS: Final = 1_000
_ESCAPES: Final = frozenset("nrtdD\\|.?*+(){}$-[]^")
#: Escapes that XML Schema part 2, F.1.1 means otherwise than Python, or that it alone has.
_MANY: Final = frozenset("sSwWiIcC")
_DIGITS: Final = frozenset("123456789")
_ENDS: Final = {"^": "^", "$": r"\Z"}
_LINES: Final = {"^": r"(?:\A|^(?!\Z))", "$": r"(?:(?=\n)|(?<!\n)\Z)"}
_FLAGS: Final = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": re.NOFLAG}


class BadPatternError(ValueError):
    """Expected a regular expression of the supported kind."""


@dataclass(frozen=True)
class Piece:
    """A part of a pattern: its shortest match and, for a text length, its ways and moves."""

    kind: str = "one"
    parts: tuple["Piece", ...] = ()
    low: int = 1
    high: int | None = 1

    def shortest(self) -> int:
        """Return the length of the shortest match."""
        if self.kind == "one":
            return 1
        lengths = [part.shortest() for part in self.parts]
        if self.kind == "either":
            return min(lengths)
        return sum(lengths) * (self.low if self.kind == "repeat" else 1)

    def ways(self, length: int) -> int:
        """Return a bound on the ways to match within a text of this length."""
        if self.kind == "one":
            return 1
        if self.kind == "repeat":
            return self._repeat_ways(length)
        if self.kind == "either":
            return min(_CAP, sum(part.ways(length) for part in self.parts))
        # Where plain endless loops of one row end comes in order: fewer ways than their product.
        loops = sum(part.is_loop() for part in self.parts)
        total = comb(length + loops, loops)
        for part in self.parts:
            if not part.is_loop():
                total = min(_CAP, total * part.ways(length))
        return total

    def is_loop(self) -> bool:
        """Tell whether this repeats one character without an end."""
        return self.kind == "repeat" and self.high is None and self.parts[0].kind == "one"

    def _turns(self, length: int) -> int:
        longest = length // max(1, self.parts[0].shortest()) + 1
        if self.high is None:
            return max(self.low, longest)
        # An empty part can repeat without moving on.
        return self.high if not self.parts[0].shortest() else min(self.high, longest)

    def _repeat_ways(self, length: int) -> int:
        inner, turns = self.parts[0].ways(length), self._turns(length)
        if inner == 1:
            return max(1, turns - self.low + 1)
        total = 0
        for count in range(self.low, turns + 1):
            total += inner ** min(count, 64)
            if total > _CAP:
                return _CAP
        return max(1, total)

    def moves(self) -> int:
        """Return the moves each way costs: turns beyond the required ones are ways of their own."""
        if self.kind == "one":
            return 1
        total = 1 + sum(part.moves() for part in self.parts)
        return min(_CAP, total * max(1, self.low) if self.kind == "repeat" else total)


@dataclass(frozen=True)
class Pattern:
    """A pattern ready to run, and what it may cost."""

    regex: re.Pattern[str]
    shape: Piece
    anchored: bool
    #: Whether it compares with what a group matched.
    refers: bool = False

    def pay(self, scope: Scope, text: str) -> None:
        """Spend what running over this text may take; raises FeelLimitError when too much."""
        starts = 1 if self.anchored else len(text) + 1
        moves = self.shape.moves() * (len(text) + 1 if self.refers else 1)
        cost = starts * self.shape.ways(len(text)) * moves // MOVES_A_STEP
        if cost > scope.root.left:
            raise FeelLimitError(
                "正则表达式对这段文本开销过大", "the regular expression is too costly for this text"
            )
        scope.spend(cost + 1)


@lru_cache(256)
def compile_pattern(pattern: str, flags: str = "") -> Pattern:
    """Read a pattern; raises BadPatternError when it is wrong or of an unsupported kind."""
    if len(pattern) > MAX_PATTERN or set(flags) - set(_FLAGS):
        raise BadPatternError(pattern)
    if "x" in flags:
        pattern = _without_space(pattern)
    reader = _Reader(pattern, flags)
    shape = reader.alternatives()
    if reader.place < len(pattern):
        raise BadPatternError(pattern)
    options = re.NOFLAG
    for flag in flags:
        options |= _FLAGS[flag]
    try:
        regex = re.compile("".join(reader.written), options)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPatternError(pattern) from error
    anchored = pattern.startswith("^") and shape.kind != "either" and "m" not in flags
    return Pattern(regex, shape, anchored, reader.refers)


def _exactly(ranges: str) -> str:
    # Case-blind are letters and ranges only: \p{Lu} stays what it is (XPath functions 3.1, 5.6.2).
    return f"(?-i:[{ranges}])"


def _without_space(pattern: str) -> str:
    """Leave white space out, but not inside classes (XPath functions 2.0, 7.6.1.1)."""
    kept: list[str] = []
    depth, escaped = 0, False
    for mark in pattern:
        if mark in " \t\r\n" and not depth:
            continue
        if not escaped:
            depth += (mark == "[") - (mark == "]" and depth > 0)
        escaped = mark == "\\" and not escaped
        kept.append(mark)
    return "".join(kept)


class _Reader:
    """Reads a pattern once: builds its shape and writes it for Python's engine."""

    def __init__(self, text: str, flags: str) -> None:
        self.text = text
        self.all_dots = "s" in flags
        self.place = 0
        self.depth = 0
        self.multiline = "m" in flags
        self.case_blind = "i" in flags
        #: How many brackets of classes are open.
        self.in_class = 0
        #: Of each open class, what is not case-blind where the rest is.
        self.exact: list[list[str]] = []
        self.written: list[str] = []
        #: How many groups were opened, which of them are closed, and whether one is referred to.
        self.opened = 0
        self.closed: set[int] = set()
        self.refers = False
        #: How many classes were written out as many ranges.
        self.categories = 0

    def alternatives(self) -> Piece:
        """Read branches up to a closing parenthesis or the end."""
        self.depth += 1
        if self.depth > 20:
            raise BadPatternError(self.text)
        branches = [self.row()]
        while self.place < len(self.text) and self.text[self.place] == "|":
            self.copy(1)
            branches.append(self.row())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Piece("either", tuple(branches))

    def row(self) -> Piece:
        """Read one branch."""
        parts: list[Piece] = []
        while self.place < len(self.text) and self.text[self.place] not in "|)":
            part = self.atom()
            if match := _QUANTIFIER.match(self.text, self.place):
                part = self.repeat(part, match)
            parts.append(part)
        return Piece("row", tuple(parts))

    def copy(self, count: int) -> str:
        """Take characters over as they are."""
        piece = self.text[self.place : self.place + count]
        self.written.append(piece)
        self.place += count
        return piece

    def repeat(self, part: Piece, match: re.Match[str]) -> Piece:
        """Read a quantifier; another one right after it is refused."""
        mark, low, comma, high = match.groups()
        self.copy(len(match.group()))
        if _QUANTIFIER.match(self.text, self.place):
            raise BadPatternError(self.text)
        if low is None:
            return Piece("repeat", (part,), int(mark == "+"), 1 if mark == "?" else None)
        most = int(high) if high else (None if comma else int(low))
        if int(low) > MAX_REPEAT or (most or 0) > MAX_REPEAT:
            raise BadPatternError(self.text)
        return Piece("repeat", (part,), int(low), most)

    def atom(self) -> Piece:
        """Read one character, class, anchor or group."""
        mark = self.text[self.place]
        if mark == "(":
            return self.group()
        if mark == "[":
            return self.char_class()
        if mark == "\\":
            return self.escape()
        if mark in "*+?{}]":
            raise BadPatternError(self.text)
        if mark in "^$":
            return self.anchor(mark)
        if mark == "." and not self.all_dots:
            # XML Schema part 2, F: neither a line feed nor a carriage return.
            self.written.append(r"[^\n\r]")
            self.place += 1
        else:
            self.copy(1)
        return Piece()

    def anchor(self, mark: str) -> Piece:
        """Read ``^`` or ``$``: no line is begun or ended behind a last line break.

        So XPath functions 3.1, 5.6.2; Python's ``$`` would allow a line break after the end.
        """
        self.written.append((_LINES if self.multiline else _ENDS)[mark])
        self.place += 1
        return Piece("row")

    def group(self) -> Piece:
        """Read a group; of the ``(?`` kinds only ``(?:``."""
        plain = self.text.startswith("(?:", self.place)
        if not plain and self.text.startswith("(?", self.place):
            raise BadPatternError(self.text)
        self.copy(3 if plain else 1)
        self.opened += not plain
        number = self.opened
        inner = self.alternatives()
        if self.copy(1) != ")":
            raise BadPatternError(self.text)
        if not plain:
            self.closed.add(number)
        return Piece("row", (inner,))

    def escape(self) -> Piece:
        """Read a backslash and the character, or category of characters, after it."""
        if match := _CATEGORY.match(self.text, self.place):
            ranges = class_of(match.group(2), without=match.group(1) == "P")
            return self.category(ranges, match.end())
        mark = self.text[self.place + 1 : self.place + 2]
        if mark and mark in _MANY:
            return self.category(class_of_escape(mark), self.place + 2)
        if self.text[self.place + 1 : self.place + 2] in _DIGITS:
            return self.back_reference()
        if self.text[self.place + 1 : self.place + 2] not in _ESCAPES or (
            self.place + 1 == len(self.text)
        ):
            raise BadPatternError(self.text)
        self.copy(2)
        return Piece()

    def category(self, ranges: str | None, end: int) -> Piece:
        """Write a class of many characters, up to this place; no range begins or ends with one."""
        self.categories += len(ranges or "") > LONG_CLASS
        if ranges is None or self.categories > MAX_CATEGORIES:
            raise BadPatternError(self.text)
        if self.in_class:
            after = self.text[end : end + 2]
            ends = self.written[-1] == "-" and self.written[-2] != "\\"
            if ends or (after[:1] == "-" and after[1:] not in {"]", "["}):
                raise BadPatternError(self.text)
        if self.case_blind and self.in_class:
            self.exact[-1].append(ranges)
        elif self.case_blind:
            self.written.append(_exactly(ranges))
        else:
            self.written.append(ranges if self.in_class else f"[{ranges}]")
        self.place = end
        return Piece()

    def back_reference(self) -> Piece:
        r"""Read ``\1``: what a group before matched, or nothing where it took no part."""
        self.place += 1
        number = int(self.text[self.place])
        self.place += 1
        # As many digits count as there are groups for (XPath functions 3.1, 5.6.1).
        while (more := self.text[self.place : self.place + 1]).isdecimal() and more.isascii():
            if number * 10 + int(more) > self.opened:
                break
            number = number * 10 + int(more)
            self.place += 1
        if number not in self.closed or self.in_class:
            raise BadPatternError(self.text)
        self.refers = True
        self.written.append(rf"(?({number})\{number}|)")
        return Piece("row")

    def char_class(self) -> Piece:
        """Read ``[...]``; marks that Python may give a meaning in future are escaped."""
        start = len(self.written)
        self.in_class += 1
        if self.in_class > MAX_CLASSES:
            raise BadPatternError(self.text)
        self.exact.append([])
        is_less = self._class_items()
        if exact := "".join(self.exact.pop()):
            self._join(start, _exactly(exact))
        if is_less:
            self._take_away(start)
        self.in_class -= 1
        return Piece()

    def _join(self, start: int, exact: str) -> None:
        # What a class holds besides is looked for ahead: there must not be two ways to match.
        kept = "".join(self.written[start:])
        if self.written[start] == "[^":
            rest = r"[\s\S]" if kept == "[^]" else kept
            self.written[start:] = ["(?:(?!", exact, ")", rest, ")"]
        else:
            either = exact if kept == "[]" else f"{exact}|{kept}"
            self.written[start:] = ["(?:(?=", either, r")[\s\S])"]

    def _take_away(self, start: int) -> None:
        # [a-z-[aeiou]]: a letter in front of which no vowel stands.
        middle = len(self.written)
        self.char_class()
        if self.text[self.place : self.place + 1] != "]":
            raise BadPatternError(self.text)
        self.place += 1
        kept, taken = self.written[start:middle], self.written[middle:]
        self.written[start:] = ["(?:(?!", *taken, ")", *kept, ")"]

    def _class_items(self) -> bool:
        """Read up to the closing bracket; tell whether a class to be taken away stands there."""
        self.copy(2 if self.text.startswith("[^", self.place) else 1)
        first = self.place
        while self.place < len(self.text):
            mark = self.text[self.place]
            if mark == "]" and self.place > first:
                self.copy(1)
                return False
            if self.place > first and self.text.startswith("-[", self.place):
                self.written.append("]")
                self.place += 1
                return True
            if mark == "\\":
                self.escape()
                continue
            if mark in "[]":
                raise BadPatternError(self.text)
            if mark in "&~|^" or (mark == "-" and self._lone_dash(first)):
                self.written.append("\\")
            self.copy(1)
        raise BadPatternError(self.text)

    def _lone_dash(self, first: int) -> bool:
        return self.place == first or self.text[self.place + 1 : self.place + 2] in {"]", "-"}
