"""Find where things of a diagram stand: which are drawn, their labels, and how large it all is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.bpmn import elements, svg
from engine.bpmn.model import Bounds, Diagram, Edge, Flow, Node, Process, Shape

LABEL_SIZE: Final = 12.0
EDGE_LABEL_SIZE: Final = 11.5
#: A label may be wider than the editor's box, which was measured for Chinese.
LABEL_WIDTH: Final = 92.0
#: A subprocess without ``isExpanded`` is drawn open when larger than a task.
_TASK_WIDTH: Final = 160.0


@dataclass(frozen=True)
class Scene:
    """The part of a diagram that one process shows."""

    process: Process
    #: Nodes with a place, outer ones first.
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    shapes: Mapping[str, Shape]
    edges: Mapping[str, Edge]

    def is_open(self, node: Node) -> bool:
        """Whether a subprocess shows what is inside."""
        return node.type in elements.CONTAINERS and is_open(self.shapes[node.id])


def is_open(shape: Shape) -> bool:
    """Whether a subprocess's shape is an open frame."""
    return shape.expanded and shape.width > _TASK_WIDTH


def scene(diagram: Diagram, process: Process) -> Scene:
    """Collect what of a process can be drawn: elements without a shape are left out."""
    nodes = {
        node.id: node
        for node in process.nodes.values()
        if node.id in diagram.shapes and _is_visible(node, process, diagram)
    }
    flows = {
        flow.id: flow
        for flow in process.flows.values()
        if flow.id in diagram.edges and flow.source in nodes and flow.target in nodes
    }
    return Scene(process, nodes, flows, diagram.shapes, diagram.edges)


def _is_visible(node: Node, process: Process, diagram: Diagram) -> bool:
    parent = process.nodes.get(node.parent or "")
    while parent is not None:
        shape = diagram.shapes.get(parent.id)
        if shape is None or not is_open(shape):
            return False
        parent = process.nodes.get(parent.parent or "")
    return True


def label_of(node: Node, shape: Shape, language: str) -> svg.Block | None:
    """Place the label of an event or gateway: where the file says, else below the shape."""
    text = node.name.pick(language)
    if not text:
        return None
    box = shape.label
    if box is None:
        box = (shape.x + shape.width / 2 - 45, shape.y + shape.height + 5, 90.0, 14.0)
    return _placed(text, box, shape.bounds, LABEL_SIZE)


def flow_label(flow: Flow, edge: Edge, language: str) -> svg.Block | None:
    """Place the label of a flow: where the file says, else on its longest piece."""
    text = flow.name.pick(language)
    if not text:
        return None
    if edge.label is not None:
        return _beside(text, edge.label, edge)
    (x1, y1), (x2, y2) = max(
        zip(edge.points, edge.points[1:], strict=False),
        key=lambda pair: abs(pair[0][0] - pair[1][0]) + abs(pair[0][1] - pair[1][1]),
    )
    middle = ((x1 + x2) / 2, (y1 + y2) / 2)
    lines = tuple(svg.wrap(text, LABEL_WIDTH, EDGE_LABEL_SIZE))
    high = len(lines) * EDGE_LABEL_SIZE * svg.LEADING
    lift = high + 2 if abs(y1 - y2) < abs(x1 - x2) else high / 2
    return svg.Block(lines, middle[0], middle[1] - lift, EDGE_LABEL_SIZE)


def _beside(text: str, box: Bounds, edge: Edge) -> svg.Block:
    """Keep a flow's label on the side of its line where the file has it, in any language."""
    size = EDGE_LABEL_SIZE
    lines = tuple(svg.wrap(text, max(box[2], LABEL_WIDTH), size))
    wide, tall = max(svg.width(line, size) for line in lines), len(lines) * size * svg.LEADING
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    left, top = x - wide / 2, y - tall / 2
    pieces = list(zip(edge.points, edge.points[1:], strict=False))
    for (x1, y1), (x2, y2) in pieces:
        if abs(x1 - x2) < 1 and min(y1, y2) < y + tall / 2 and max(y1, y2) > y - tall / 2:
            left = max(left, x1 + 4) if x >= x1 else min(left, x1 - 4 - wide)
    for (x1, y1), (x2, y2) in pieces:
        if abs(y1 - y2) < 1 and min(x1, x2) < left + wide and max(x1, x2) > left:
            top = min(top, y1 - 3 - tall) if y <= y1 else max(top, y1 + 3)
    return svg.Block(lines, left + wide / 2, top, size)


def _placed(text: str, box: Bounds, owner: Bounds, size: float) -> svg.Block:
    x, y, wide, high = box
    lines = tuple(svg.wrap(text, max(wide, LABEL_WIDTH), size))
    tall = len(lines) * size * svg.LEADING
    if y + high <= owner[1] + 4:
        top = y + high - tall
    elif y >= owner[1] + owner[3] - 4:
        top = y
    else:
        top = y + high / 2 - tall / 2
    return svg.Block(lines, x + wide / 2, top, size)


def extent(scene_: Scene, blocks: Iterable[svg.Block], extra: Iterable[Bounds]) -> Bounds:
    """Give the rectangle around everything that is drawn, with a margin."""
    boxes = [
        *(scene_.shapes[name].bounds for name in scene_.nodes),
        *(block.bounds for block in blocks),
        *extra,
        *_edge_boxes(scene_),
    ]
    if not boxes:
        return (0.0, 0.0, 320.0, 80.0)
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    margin = 20.0
    return (left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)


def _edge_boxes(scene_: Scene) -> Iterator[Bounds]:
    for name in scene_.flows:
        for x, y in scene_.edges[name].points:
            yield (x, y, 0.0, 0.0)
