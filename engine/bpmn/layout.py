"""Look over a picture: what lies on top of something else, in either language."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Final

from engine.bpmn import placing
from engine.bpmn.findings import Findings, called, flow_called
from engine.bpmn.model import Bounds, Diagram, Flow, Node, Point
from engine.bpmn.placing import Scene
from engine.problems import Problem
from forms.text import Text

#: Two things may touch by this many pixels.
_SLACK: Final = 3.0
_MOVE: Final = Text("请在流程设计工具中把它们移开。", "Move them apart in a BPMN editor.")


def overlaps(diagram: Diagram) -> list[Problem]:
    """Warn of shapes on shapes, lines through shapes, and labels on labels or on shapes."""
    findings = Findings(diagram.file)
    scene = placing.scene(diagram, diagram.main)
    _check_shapes(scene, findings)
    _check_lines(scene, findings)
    for language in ("zh", "en"):
        _check_labels(scene, language, findings)
    return findings.sorted()


def _check_shapes(scene: Scene, findings: Findings) -> None:
    for one, other in combinations(scene.nodes.values(), 2):
        if not _belong(scene, one, other) and _meet(_box(scene, one), _box(scene, other)):
            findings.warning(
                "shapes-overlap",
                other,
                Text(
                    f"{called(one).zh}和{called(other).zh}重叠。",
                    f"The {called(one).en} and the {called(other).en} overlap.",
                ),
                _MOVE,
            )


def _check_lines(scene: Scene, findings: Findings) -> None:
    for flow in scene.flows.values():
        ends = [scene.nodes[flow.source], scene.nodes[flow.target]]
        points = scene.edges[flow.id].points
        for node in scene.nodes.values():
            if any(end.id == node.id or _belong(scene, end, node) for end in ends):
                continue
            pieces = pairwise(points)
            if any(_crosses(a, b, _box(scene, node)) for a, b in pieces):
                findings.warning(
                    "line-through-shape",
                    flow,
                    Text(
                        f"{flow_called(flow).zh}穿过了{called(node).zh}。",
                        f"The {flow_called(flow).en} runs through the {called(node).en}.",
                    ),
                    _MOVE,
                )


def _check_labels(scene: Scene, language: str, findings: Findings) -> None:
    labels = list(_labels(scene, language))
    for (one, box), (other, second) in combinations(labels, 2):
        if _meet(box, second):
            findings.warning(
                "labels-overlap",
                other,
                Text(
                    f"“{one.name.pick(language)}”和“{other.name.pick(language)}”两个标签重叠。",
                    f"The labels '{one.name.pick(language)}' and"
                    f" '{other.name.pick(language)}' overlap.",
                ),
                _MOVE,
            )
    for owner, box in labels:
        for node in scene.nodes.values():
            if node.id == owner.id or scene.is_open(node) or not _meet(box, _box(scene, node)):
                continue
            findings.warning(
                "label-on-shape",
                owner,
                Text(
                    f"标签“{owner.name.pick(language)}”压在{called(node).zh}上。",
                    f"The label '{owner.name.pick(language)}' lies on the {called(node).en}.",
                ),
                _MOVE,
            )


def _labels(scene: Scene, language: str) -> Iterator[tuple[Node | Flow, Bounds]]:
    for node in scene.nodes.values():
        if node.type.endswith(("Event", "Gateway")):
            block = placing.label_of(node, scene.shapes[node.id], language)
            if block is not None:
                yield node, block.bounds
    for flow in scene.flows.values():
        block = placing.flow_label(flow, scene.edges[flow.id], language)
        if block is not None:
            yield flow, block.bounds


def _box(scene: Scene, node: Node) -> Bounds:
    return scene.shapes[node.id].bounds


def _belong(scene: Scene, one: Node, other: Node) -> bool:
    """Whether one stands inside the other, or sits on its border."""
    return other.id in _holders(scene, one) or one.id in _holders(scene, other)


def _holders(scene: Scene, node: Node) -> set[str]:
    found: set[str] = set()
    here: Node | None = node
    while here is not None:
        holders = {name for name in (here.parent, here.attached_to) if name} - found
        found |= holders
        here = scene.nodes.get(here.parent or "") if holders else None
    return found


def _meet(one: Bounds, other: Bounds) -> bool:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return wide > _SLACK and high > _SLACK


def _crosses(start: Point, end: Point, box: Bounds) -> bool:
    """Whether a piece of a line enters a box, its rim left aside (Liang and Barsky's clipping)."""
    left, top = box[0] + _SLACK, box[1] + _SLACK
    right, bottom = box[0] + box[2] - _SLACK, box[1] + box[3] - _SLACK
    dx, dy = end[0] - start[0], end[1] - start[1]
    first, last = 0.0, 1.0
    for step, room in (
        (-dx, start[0] - left),
        (dx, right - start[0]),
        (-dy, start[1] - top),
        (dy, bottom - start[1]),
    ):
        if step == 0:
            if room < 0:
                return False
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    return first < last
