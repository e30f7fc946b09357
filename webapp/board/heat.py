"""Figures laid over a diagram: how many tasks wait at each step, the hotter the more urgent."""

from collections.abc import Mapping

from lxml import etree
from markupsafe import Markup

from engine.bpmn.model import Shape
from reports.board import Share

_SVG = "http://www.w3.org/2000/svg"
_BADGE_HEIGHT, _DIGIT_WIDTH, _BADGE_PADDING = 24.0, 11.0, 14.0


def laid_over(svg: str, shapes: Mapping[str, Shape], steps: Mapping[str, Share]) -> Markup:
    """Add one mark for each step to a picture made by ``engine.bpmn.draw``: how many tasks wait."""
    return marked(svg, shapes, {key: (str(one.total), tone(one)) for key, one in steps.items()})


def marked(svg: str, shapes: Mapping[str, Shape], marks: Mapping[str, tuple[str, str]]) -> Markup:
    """Add marks to a picture, each a short text and a tone: overdue, near or calm.

    The mark has the text in it, so that the colour only helps.
    """
    root = etree.fromstring(svg.encode())
    for element, (text, heat) in marks.items():
        shape = shapes.get(element)
        if shape is not None:
            root.append(_mark(shape, text, heat))
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - our own drawing


def tone(share: Share) -> str:
    """Say how hot a step is: overdue before near before calm."""
    if share.overdue:
        return "overdue"
    return "near" if share.near else "calm"


def _mark(shape: Shape, text: str, heat: str) -> "etree._Element":
    width = _BADGE_PADDING + _DIGIT_WIDTH * len(text)
    right = shape.x + shape.width + width / 3
    top = shape.y - _BADGE_HEIGHT / 2
    group = _element("g", {"class": f"lb-heat lb-heat--{heat}"})
    glow = {"class": "lb-heat__glow", "rx": "10", "pointer-events": "none"}
    glow |= _rectangle(shape.x, shape.y, shape.width, shape.height)
    badge = {"class": "lb-heat__badge", "rx": f"{_BADGE_HEIGHT / 2:g}"}
    badge |= _rectangle(right - width, top, width, _BADGE_HEIGHT)
    group.append(_element("rect", glow))
    group.append(_element("rect", badge))
    number = _element(
        "text",
        {
            "class": "lb-heat__number",
            "text-anchor": "middle",
            "x": f"{right - width / 2:g}",
            "y": f"{top + _BADGE_HEIGHT * 0.72:g}",
            "font-size": "15",
        },
    )
    number.text = text
    group.append(number)
    return group


def _rectangle(x: float, y: float, width: float, height: float) -> dict[str, str]:
    return {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}


def _element(tag: str, attributes: dict[str, str]) -> "etree._Element":
    return etree.Element(f"{{{_SVG}}}{tag}", attributes)
