"""Read the picture of a diagram (BPMN DI): where shapes, lines and labels stand."""

import math
from collections.abc import Iterator
from typing import Any, Final

from engine.bpmn.model import Bounds, Edge, Shape
from engine.bpmn.source import BPMNDI, DC, DI, Element, Tree

#: Coordinates beyond this are a slip of a tool, not a picture.
MAX_COORDINATE: Final = 100_000.0


def read_shapes(tree: "Tree[Any]") -> dict[str, Shape]:
    """Read every shape by the id of the element it shows; the first one counts."""
    shapes: dict[str, Shape] = {}
    for element in tree.iter(f"{{{BPMNDI}}}BPMNShape"):
        of = element.get("bpmnElement")
        bounds = _bounds(element)
        if of and bounds and of not in shapes:
            expanded = element.get("isExpanded", "true") != "false"
            shapes[of] = Shape(of, *bounds, expanded=expanded, label=_label(element))
    return shapes


def read_edges(tree: "Tree[Any]") -> dict[str, Edge]:
    """Read every line by the id of the flow or association it shows."""
    edges: dict[str, Edge] = {}
    for element in tree.iter(f"{{{BPMNDI}}}BPMNEdge"):
        of = element.get("bpmnElement")
        points = tuple(_points(element))
        if of and len(points) >= 2 and of not in edges:
            edges[of] = Edge(of, points, _label(element))
    return edges


def _label(element: Element) -> Bounds | None:
    label = element.find(f"{{{BPMNDI}}}BPMNLabel")
    return None if label is None else _bounds(label)


def _bounds(element: Element) -> Bounds | None:
    found = element.find(f"{{{DC}}}Bounds")
    if found is None:
        return None
    x, y, width, height = (_number(found.get(name)) for name in ("x", "y", "width", "height"))
    if x is None or y is None or width is None or height is None or width <= 0 or height <= 0:
        return None
    return (x, y, width, height)


def _points(element: Element) -> Iterator[tuple[float, float]]:
    for point in element.iterfind(f"{{{DI}}}waypoint"):
        x, y = _number(point.get("x")), _number(point.get("y"))
        if x is not None and y is not None:
            yield (x, y)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= MAX_COORDINATE else None
