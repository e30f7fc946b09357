"""Draw what surrounds a process: pools, lanes, notes, data, groups and the lines to them."""

from collections.abc import Iterator
from typing import Final

from engine.bpmn import icons, svg
from engine.bpmn.model import Bounds, Decoration, Diagram, Shape
from engine.bpmn.svg import tag

#: Drawn in this order, so that notes lie on lanes.
_ORDER: Final = (
    "participant",
    "lane",
    "group",
    "dataObjectReference",
    "dataStoreReference",
    "textAnnotation",
)
_LINES: Final = frozenset(
    {"association", "messageFlow", "dataInputAssociation", "dataOutputAssociation"}
)
#: Name the offices inside, or hold the designer's remarks.
_INSIDE: Final = frozenset({"lane", "textAnnotation", "association", "group"})


class Setting:
    """The surroundings of a process in one diagram."""

    def __init__(self, diagram: Diagram, language: str, *, public: bool) -> None:
        self._diagram = diagram
        self._language = language
        shown = [d for d in diagram.decorations.values() if not (public and d.type in _INSIDE)]
        self._placed = sorted(
            (d for d in shown if d.type in _ORDER and d.id in diagram.shapes),
            key=lambda d: _ORDER.index(d.type),
        )
        self._lines = [d for d in shown if d.type in _LINES and d.id in diagram.edges]

    def boxes(self) -> Iterator[Bounds]:
        """List the rectangles it covers."""
        for decoration in self._placed:
            yield self._diagram.shapes[decoration.id].bounds
        for decoration in self._lines:
            for x, y in self._diagram.edges[decoration.id].points:
                yield (x, y, 0.0, 0.0)

    def draw(self) -> str:
        """Write it all; it lies below the process."""
        drawn = [self._shape(d, self._diagram.shapes[d.id]) for d in self._placed]
        drawn += [self._line(d) for d in self._lines]
        return tag("g", "".join(drawn), class_="lb-setting") if drawn else ""

    def _line(self, decoration: Decoration) -> str:
        points = self._diagram.edges[decoration.id].points
        return tag(
            "path",
            d=svg.line_path(points),
            fill="none",
            stroke=icons.MUTED,
            stroke_dasharray="2 4",
            stroke_linecap="round",
        )

    def _shape(self, decoration: Decoration, shape: Shape) -> str:
        name = decoration.name.pick(self._language)
        if decoration.type in {"participant", "lane"}:
            return _band(name, shape, strong=decoration.type == "participant")
        if decoration.type == "textAnnotation":
            return _note(name, shape)
        if decoration.type == "group":
            return _rect(shape, "none", "8 4")
        return _page(name, shape)


def _rect(shape: Shape, fill: str, dash: str = "") -> str:
    dashed: dict[str, str | float] = {"stroke_dasharray": dash} if dash else {}
    return tag(
        "rect",
        "",
        x=shape.x,
        y=shape.y,
        width=shape.width,
        height=shape.height,
        rx=4,
        fill=fill,
        stroke=icons.PALE,
        stroke_width=1.4,
        **dashed,
    )


def _band(name: str, shape: Shape, *, strong: bool) -> str:
    x, y = shape.x + 15, shape.y + shape.height / 2
    lines = svg.wrap(name, shape.height - 10, 12)[:1]
    label = svg.Block(tuple(lines), 0, -8, 12).draw(
        fill=icons.SOFT, font_weight="700" if strong else "400"
    )
    turned = tag("g", label, transform=f"translate({x:g} {y:g}) rotate(-90)") if label else ""
    return _rect(shape, icons.WHITE) + turned


def _note(name: str, shape: Shape) -> str:
    bracket = tag(
        "path",
        d=f"M{shape.x + 10:g} {shape.y:g}H{shape.x:g}V{shape.y + shape.height:g}H{shape.x + 10:g}",
        fill="none",
        stroke=icons.MUTED,
    )
    lines, size = svg.fit(name, shape.width - 14, shape.height - 4, (11.0, 10.0, 9.0))
    block = svg.Block(tuple(lines), shape.x + shape.width / 2 + 4, shape.y + 3, size)
    return bracket + block.draw(fill=icons.SOFT, class_="lb-note")


def _page(name: str, shape: Shape) -> str:
    lines = tuple(svg.wrap(name, 92, 11))
    block = svg.Block(lines, shape.x + shape.width / 2, shape.y + shape.height + 4, 11)
    return _rect(shape, icons.WHITE) + block.draw(fill=icons.SOFT)
