"""Write SVG: elements with escaped attributes, and text that is measured and wrapped by itself."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from engine.bpmn.model import Bounds, Point

FONT: Final = "'Noto Sans SC','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
#: Line height as a multiple of the type size.
LEADING: Final = 1.25
#: May not begin a line.
_CLINGING: Final = frozenset("，。、：；！？）》」』”’…,.;:!?)]}%")


def tag(name: str, content: str = "", **attributes: str | float) -> str:
    """Write one element; an attribute's ``_`` becomes ``-`` and a trailing one is dropped.

    ``content`` is markup; attribute values are escaped here.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(number(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def number(value: str | float) -> str:
    """Write a coordinate with at most two decimals; text stays as it is."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def words(text: str) -> str:
    """Escape text for the inside of an element."""
    return escape(text)


def line_path(points: Sequence[Point], radius: float = 8.0) -> str:
    """Write a path through points, its corners rounded."""
    pieces = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for before, corner, behind in zip(points, points[1:], points[2:], strict=False):
        room = min(radius, _distance(before, corner) / 2, _distance(corner, behind) / 2)
        start, end = towards(corner, before, room), towards(corner, behind, room)
        pieces.append(
            f"L{number(start[0])} {number(start[1])}"
            f"Q{number(corner[0])} {number(corner[1])} {number(end[0])} {number(end[1])}"
        )
    pieces.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return "".join(pieces)


def towards(start: Point, target: Point, distance: float) -> Point:
    """Give the point some way from one point to another."""
    whole = _distance(start, target)
    if not whole:
        return start
    share = distance / whole
    return (start[0] + (target[0] - start[0]) * share, start[1] + (target[1] - start[1]) * share)


def _distance(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


@dataclass(frozen=True)
class Block:
    """Lines of text at their place: centred on ``x``, the first line's top at ``top``."""

    lines: tuple[str, ...]
    x: float
    top: float
    size: float

    @property
    def bounds(self) -> Bounds:
        """The rectangle the text covers, about."""
        wide = max((width(line, self.size) for line in self.lines), default=0.0)
        return (self.x - wide / 2, self.top, wide, len(self.lines) * self.size * LEADING)

    def draw(self, **attributes: str | float) -> str:
        """Write it as one ``text`` element."""
        if not self.lines:
            return ""
        spans = "".join(
            tag(
                "tspan",
                words(line),
                x=self.x,
                y=self.top + self.size * (LEADING * place + 0.98),
            )
            for place, line in enumerate(self.lines)
        )
        return tag("text", spans, text_anchor="middle", font_size=self.size, **attributes)


def width(text: str, size: float) -> float:
    """Estimate the width of a line, in pixels."""
    return sum(_advance(character) for character in text) * size


def _advance(character: str) -> float:
    if unicodedata.east_asian_width(character) in {"W", "F", "A"}:
        return 1.0
    if character in "ijl.,:;'!|()[]ft ":
        return 0.32
    return 0.68 if character.isupper() or character in "mwMW" else 0.56


def wrap(text: str, limit: float, size: float) -> list[str]:
    """Break a text into lines no wider than a limit: at blanks, and between Chinese characters.

    The lines come out about equally long, so that no character is left alone on the last one.
    """
    lines = _filled(text, limit, size)
    if len(lines) < 2:
        return lines
    longest = max(width(piece.strip(), size) for piece in _pieces(text))
    narrow = max(longest, width(text, size) / len(lines))
    while narrow < limit:
        narrow = min(limit, narrow + size / 2)
        tried = _filled(text, narrow, size)
        if len(tried) <= len(lines):
            return tried
    return lines


def _filled(text: str, limit: float, size: float) -> list[str]:
    lines: list[str] = []
    current = ""
    for piece in _pieces(text):
        if width((current + piece).rstrip(), size) <= limit or not current.strip():
            current += piece
        elif piece.strip() and piece[0] in _CLINGING and len(current.rstrip()) > 1:
            body = current.rstrip()
            lines.append(body[:-1].rstrip())
            current = body[-1] + piece
        else:
            lines.append(current.rstrip())
            current = piece.lstrip()
        while width(current.rstrip(), size) > limit and len(current.rstrip()) > 1:
            head = _head(current, limit, size)
            lines.append(current[:head])
            current = current[head:]
    if current.strip():
        lines.append(current.rstrip())
    return [line.strip() for line in lines if line.strip()]


def _pieces(text: str) -> list[str]:
    """Split where a line may break; a word keeps the blank or hyphen behind it."""
    pieces: list[str] = []
    word = ""
    for character in text:
        if unicodedata.east_asian_width(character) in {"W", "F"}:
            pieces += [word, character] if word else [character]
            word = ""
        else:
            word += character
            if character in " -/":
                pieces.append(word)
                word = ""
    return [*pieces, word] if word else pieces


def _head(text: str, limit: float, size: float) -> int:
    count = 1
    while count < len(text) and width(text[: count + 1], size) <= limit:
        count += 1
    return count


def fit(text: str, wide: float, high: float, sizes: Sequence[float]) -> tuple[list[str], float]:
    """Wrap a text into a box at the largest of some sizes; at the smallest it may be cut short."""
    for size in sizes:
        lines = wrap(text, wide, size)
        whole = all(width(word, size) <= wide for word in text.split() if word.isascii())
        if whole and len(lines) * size * LEADING <= high:
            return lines, size
    size = sizes[-1]
    lines = wrap(text, wide, size)
    room = max(1, int(high / (size * LEADING)))
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1][:-1] + "…"]
    return lines, size
