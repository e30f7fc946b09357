"""Numbers laid over a drawn diagram: how many cases stand at each step."""

from collections.abc import Mapping

from engine.bpmn import icons, svg
from engine.bpmn.arranging import pictured
from engine.bpmn.model import Diagram, Shape
from engine.bpmn.svg import tag


def count(drawn: str, diagram: Diagram, counts: Mapping[str, int]) -> str:
    """Add numbers, by element id, to a picture made by ``engine.bpmn.draw``.

    An element without a place in the picture gets none.
    """
    shapes = pictured(diagram).shapes
    pieces = [_number(shapes[name], number) for name, number in counts.items() if name in shapes]
    return drawn.removesuffix("</svg>") + "".join(pieces) + "</svg>"


def _number(shape: Shape, number: int) -> str:
    """Draw a number on a disc that grows with it, on the upper edge."""
    text = str(number)
    width = 14.0 + 8.0 * len(text)
    x, y = shape.x + (shape.width - width) / 2, shape.y - 14
    disc = tag(
        "rect",
        x=x,
        y=y,
        width=width,
        height=24,
        rx=12,
        fill=icons.AMBER,
        stroke=icons.WHITE,
        stroke_width=2,
    )
    words = tag(
        "text",
        svg.words(text),
        x=x + width / 2,
        y=y + 17,
        text_anchor="middle",
        font_family=svg.FONT,
        font_size=14,
        font_weight="bold",
        fill=icons.WHITE,
    )
    return tag("g", disc + words, class_="lb-count")
