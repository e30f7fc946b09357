"""Marks laid over a drawn diagram: what was added, removed, changed, moved; never colour alone.

Each mark is an outline with its own kind of line, a badge with a sign, and a title in words. It has
the id ``mark-<prefix>-<element>``, so that a list beside the picture can lead to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import quoteattr

from engine.bpmn import icons, svg
from engine.bpmn.arranging import pictured
from engine.bpmn.model import Diagram, Edge, Point, Shape
from engine.bpmn.svg import tag
from forms.text import Text


@dataclass(frozen=True)
class Look:
    """How one kind of mark looks: its word, colour, dashes (empty: solid) and sign."""

    label: Text
    colour: str
    dash: str
    #: A path around the middle of a disc of radius 9.5.
    sign: str


LOOKS: Final[Mapping[str, Look]] = {
    "added": Look(Text("新增", "Added"), icons.GREEN, "", "M-4.4 0H4.4M0 -4.4V4.4"),
    "removed": Look(Text("删除", "Removed"), icons.RED, "7 4", "M-4.4 0H4.4"),
    "changed": Look(
        Text("修改", "Changed"), icons.AMBER, "14 3", "M-4.4 -1.8H4.4M-4.4 1.8H4.4M2.6 -5L-2.6 5"
    ),
    "moved": Look(
        Text("移动", "Moved"),
        icons.BLUE,
        "2 4",
        "M-4.8 0H4.8M-2.4 -2.4L-4.8 0L-2.4 2.4M2.4 -2.4L4.8 0L2.4 2.4",
    ),
}


def mark(drawn: str, diagram: Diagram, marks: Mapping[str, str], prefix: str, language: str) -> str:
    """Add marks, by element or flow id, to a picture made by ``engine.bpmn.draw``.

    What is not drawn (its id stands nowhere in the picture) gets no mark.
    """
    pieces, diagram = [], pictured(diagram)
    for name, kind in marks.items():
        if f"data-element={quoteattr(name)}" not in drawn:
            continue
        look, shape, edge = LOOKS[kind], diagram.shapes.get(name), diagram.edges.get(name)
        line, at = "", (0.0, 0.0)
        if shape is not None:
            line, at = _around(shape, look), (shape.x + 2, shape.y - 4)
        elif edge is not None:
            line, at = _along(edge, look), _middle(edge)
        title = tag("title", svg.words(look.label.pick(language)))
        drawn_mark = title + line + icons.badge(*at, look.colour, look.sign)
        pieces.append(
            tag("g", drawn_mark, id=f"mark-{prefix}-{name}", class_=f"lb-mark lb-mark--{kind}")
        )
    return drawn.removesuffix("</svg>") + "".join(pieces) + "</svg>"


def sign(kind: str) -> str:
    """Draw the badge of a kind of mark by itself, for a legend or a list."""
    look = LOOKS[kind]
    return tag(
        "svg",
        icons.badge(11, 11, look.colour, look.sign),
        class_="lb-sign",
        viewBox="0 0 22 22",
        width=22,
        height=22,
        aria_hidden="true",
    )


def _around(shape: Shape, look: Look) -> str:
    return tag(
        "rect",
        "",
        x=shape.x - 5,
        y=shape.y - 5,
        width=shape.width + 10,
        height=shape.height + 10,
        rx=11,
        fill=look.colour,
        fill_opacity=0.08,
        pointer_events="none",
        **_line(look),
    )


def _along(edge: Edge, look: Look) -> str:
    path = svg.line_path(edge.points)
    return tag("path", "", d=path, fill="none", pointer_events="none", **_line(look))


def _line(look: Look) -> dict[str, str | float]:
    dashed: dict[str, str | float] = {"stroke_dasharray": look.dash} if look.dash else {}
    return {"stroke": look.colour, "stroke_width": 3, **dashed}


def _middle(edge: Edge) -> Point:
    """Give the middle of the longest piece of a line."""
    pieces = zip(edge.points, edge.points[1:], strict=False)
    (x1, y1), (x2, y2) = max(pieces, key=lambda p: abs(p[0][0] - p[1][0]) + abs(p[0][1] - p[1][1]))
    return (x1 + x2) / 2, (y1 + y2) / 2
