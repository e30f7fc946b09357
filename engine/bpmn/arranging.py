"""Arrange a process that its file holds no picture of: columns by flow, rows by branch.

Files that a program wrote, or a person by hand, often say nothing about where things stand. People
look at pictures, so there is one all the same. Each level is arranged for itself: what leads on
stands further right, long lines have rows of their own so that they run through nothing, what leads
back runs below, and what stands for itself (event subprocesses, handlers) comes last, below that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.bpmn import columns, elements, placing, svg
from engine.bpmn.columns import Box, Line
from engine.bpmn.model import Diagram, Edge, Flow, Node, Point, Process, Shape

#: Larger ones are left without a picture: nobody could read it, and it would take long.
MOST_NODES, MOST_FLOWS = 300, 900
_EVENT, _GATEWAY = 36.0, 50.0
_TASK_WIDE, _TASK_HIGH = 116.0, 84.0
#: Room for the label below an event or a gateway.
_LABEL: Final = 40.0
#: What a frame keeps free around what stands inside; its name stands on top.
_PAD, _TOP = 26.0, 46.0
_FRAME_WIDE, _FRAME_HIGH = 190.0, 110.0
#: From the edge of an activity down to the first line that leaves one of its events, and between.
_DROP, _LANE = 34.0, 12.0
_BELOW: Final = 44.0


def pictured(diagram: Diagram) -> Diagram:
    """Return a diagram in which each process has a picture: the file's own, else an arranged one.

    A process of which the file shows anything at all is left as it is.
    """
    bare = [process for process in diagram.processes if _is_bare(process, diagram)]
    if not bare:
        return diagram
    shapes, edges = dict(diagram.shapes), dict(diagram.edges)
    for process in bare:
        level = _arranged(process, None)
        shapes |= level.shapes
        edges |= level.edges
    return replace(diagram, shapes=shapes, edges=edges)


def _is_bare(process: Process, diagram: Diagram) -> bool:
    shown = any(node in diagram.shapes for node in process.nodes)
    fit = 0 < len(process.nodes) <= MOST_NODES and len(process.flows) <= MOST_FLOWS
    return fit and not shown


@dataclass
class _Level:
    """One level of a process, arranged from its own corner at 0, 0."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0

    def put(self, inner: "_Level", x: float, y: float) -> None:
        """Put an inner level, whose corner comes to stand at a point of this one."""
        for name, shape in inner.shapes.items():
            self.shapes[name] = replace(shape, x=shape.x + x, y=shape.y + y)
        for name, edge in inner.edges.items():
            moved = tuple((px + x, py + y) for px, py in edge.points)
            box = edge.label
            label = (box[0] + x, box[1] + y, *box[2:]) if box else None
            self.edges[name] = Edge(name, moved, label)


@dataclass(frozen=True)
class _Room:
    """How much room each thing of a level takes, and what stands inside of some."""

    boxes: Mapping[str, Box]
    inner: Mapping[str, _Level]


def _arranged(process: Process, parent: str | None) -> _Level:
    """Arrange what stands directly in a subprocess, and what is inside of that."""
    here = [node for node in process.within(parent) if node.attached_to not in process.nodes]
    apart = [node for node in here if _stands_apart(node)]
    inner = {n.id: _arranged(process, n.id) for n in here if n.type in elements.CONTAINERS}
    boxes = {node.id: _box(process, node, inner.get(node.id)) for node in here}
    level, room = _Level(), _Room(boxes, inner)
    lines = _lines(process, parent, boxes, {node.id for node in apart})
    flowing = {node.id: boxes[node.id] for node in here if node not in apart}
    grid = columns.arrange(flowing, lines)
    for name in flowing:
        _place(level, process, process.nodes[name], grid.places[name], room)
    level.width, level.height = grid.width, grid.height
    for flow_id, points in grid.routes.items():
        edge = _edge(level, process, process.flows[flow_id], points)
        level.edges[flow_id] = replace(edge, label=grid.labels.get(flow_id))
    x, y = 0.0, level.height + (_BELOW if flowing else 0.0)
    for node in apart:
        box = boxes[node.id]
        _place(level, process, node, (x, y), room)
        x += box.width + _BELOW
        level.width, level.height = max(level.width, x - _BELOW), max(level.height, y + box.height)
    return level


def _stands_apart(node: Node) -> bool:
    given = node.attributes
    return given.get("triggeredByEvent") == "true" or given.get("isForCompensation") == "true"


def _box(process: Process, node: Node, inner: _Level | None) -> Box:
    """Say how much room a node takes, with its label and the lines that leave its edges."""
    wide, high = _size(node, inner)
    room = _labelled(node, wide)
    if node.type.endswith(("Event", "Gateway")):
        return Box(room, high + _LABEL, high / 2)
    leaving = sum(len(event.outgoing) for event in process.boundaries(node.id))
    events = len(process.boundaries(node.id))
    wide = max(wide, events * (_EVENT + 16.0) + 16.0)
    below = _DROP + _LABEL + leaving * _LANE if events else 0.0
    return Box(wide, high + below, high / 2)


def _labelled(node: Node, wide: float) -> float:
    """Return how wide an event or gateway is with its label, in either language."""
    texts = [text for text in (node.name.zh, node.name.en) if text]
    lines = [
        line for text in texts for line in svg.wrap(text, placing.LABEL_WIDTH, placing.LABEL_SIZE)
    ]
    return max([wide, *(svg.width(line, placing.LABEL_SIZE) + 6.0 for line in lines)])


def _size(node: Node, inner: _Level | None) -> tuple[float, float]:
    if node.type in elements.EVENTS:
        return _EVENT, _EVENT
    if node.type in elements.GATEWAYS:
        return _GATEWAY, _GATEWAY
    if inner is None:
        return _TASK_WIDE, _TASK_HIGH
    wide, high = inner.width + 2 * _PAD, inner.height + _TOP + _PAD
    return max(wide, _FRAME_WIDE), max(high, _FRAME_HIGH)


def _lines(
    process: Process, parent: str | None, boxes: Mapping[str, Box], apart: set[str]
) -> list[Line]:
    """List the flows of a level between places: those of events on edges leave their activity."""
    found = []
    for flow in process.flows.values():
        source, target = process.nodes.get(flow.source), process.nodes.get(flow.target)
        if source is None or target is None or source.parent != parent:
            continue
        host = source.attached_to if source.attached_to in boxes else source.id
        if {host, target.id} <= boxes.keys() - apart and host is not None:
            drop = _drop(process, source, flow, boxes[host]) if host != source.id else 0.0
            found.append(Line(flow.id, host, target.id, bool(flow.name.zh), drop))
    return found


def _drop(process: Process, event: Node, flow: Flow, box: Box) -> float:
    """Say how far below an activity's middle a line from an event on its edge turns right."""
    leaving = [
        identity
        for one in reversed(process.boundaries(event.attached_to or ""))
        for identity in one.outgoing
    ]
    place = leaving.index(flow.id) if flow.id in leaving else 0
    return box.middle + _DROP + place * _LANE


def _place(level: _Level, process: Process, node: Node, at: Point, room: _Room) -> None:
    """Put a node into its box, whose corner is given, its edges' events on it, what is inside."""
    (x, y), box, inner = at, room.boxes[node.id], room.inner
    wide, high = _size(node, inner.get(node.id))
    if node.type.endswith(("Event", "Gateway")):
        x += (box.width - wide) / 2
    else:
        wide = box.width
    level.shapes[node.id] = Shape(node.id, x, y, wide, high)
    if node.id in inner:
        level.put(inner[node.id], x + _PAD, y + _TOP)
    for number, event in enumerate(process.boundaries(node.id)):
        left = x + 16.0 + number * (_EVENT + 16.0)
        level.shapes[event.id] = Shape(event.id, left, y + high - _EVENT / 2, _EVENT, _EVENT)


def _edge(level: _Level, process: Process, flow: Flow, points: tuple[Point, ...]) -> Edge:
    """Let a line begin and end at what it joins, not at the edges of the boxes they stand in."""
    source, target = level.shapes[flow.source], level.shapes[flow.target]
    last = (target.x, points[-1][1])
    if process.nodes[flow.source].attached_to:
        middle = source.x + source.width / 2
        first: tuple[Point, ...] = ((middle, source.y + source.height), (middle, points[0][1]))
    else:
        first = ((source.x + source.width, points[0][1]),)
    return Edge(flow.id, _straight((*first, *points[1:-1], last)))


def _straight(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Leave out points on the way of a straight piece."""
    found = [points[0]]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        turns = not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1])
        if turns and here != found[-1]:
            found.append(here)
    return (*found, points[-1])
