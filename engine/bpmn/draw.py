"""Draw a diagram as one SVG that stands by itself: in a page, in a file, in a printed document.

Colours are presentation attributes, so no style sheet is needed; classes (``lb-…``) let a page
restyle it. A state is never shown by colour alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from engine.bpmn import draw_nodes, draw_setting, icons, placing, svg
from engine.bpmn.arranging import pictured
from engine.bpmn.model import Diagram, Edge, Flow, Node, Process, Shape
from engine.bpmn.ordering import ordered_steps
from engine.bpmn.placing import Scene
from engine.bpmn.svg import tag
from forms.text import Text

_NO_LINKS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class _Marks:
    """What is said about single elements."""

    current: frozenset[str]
    done: frozenset[str]
    problems: frozenset[str]
    links: Mapping[str, str]
    way: frozenset[str]

    def state(self, name: str) -> str:
        return "current" if name in self.current else "done" if name in self.done else "todo"


def draw(  # noqa: PLR0913 - each is one way of looking at the same picture
    diagram: Diagram,
    *,
    process_id: str | None = None,
    language: str = "zh",
    current: Iterable[str] = (),
    done: Iterable[str] = (),
    problems: Iterable[str] = (),
    public: bool = False,
    links: Mapping[str, str] = _NO_LINKS,
    way: Iterable[str] = (),
) -> str:
    """Draw one process of a diagram (by default the one that runs) and return the SVG's text.

    ``current``, ``done`` and ``problems`` are element ids; ``links`` leads from element ids to
    addresses (relative or http). ``way``: ids of nodes and flows drawn as one thick line, such as
    the longest way of a time budget. ``public`` leaves out who inside the offices does a step, and
    the designer's notes. A file without any picture is arranged; else an
    element without a place in it is left out. The picture has
    role ``img``, or ``group`` when it holds links, with a title and a description in words.
    """
    diagram = pictured(diagram)
    process = next((p for p in diagram.processes if p.id == process_id), diagram.main)
    marks = _Marks(
        frozenset(current), frozenset(done), frozenset(problems), _safe(links), frozenset(way)
    )
    scene = placing.scene(diagram, process)
    blocks = _labels(scene, language)
    setting = draw_setting.Setting(diagram, language, public=public)
    box = placing.extent(scene, [block for block, _ in blocks], setting.boxes())
    body = [
        setting.draw(),
        *(_draw_frame(scene, n, marks, language, public=public) for n in scene.nodes.values()),
        *(_draw_flow(scene, flow, marks) for flow in scene.flows.values()),
        *(_draw_node(scene, n, marks, language, public=public) for n in _above(scene)),
        *(block.draw(**look) for block, look in blocks),
        *(_badges(scene, n, marks) for n in scene.nodes.values()),
    ]
    return _document(process, box, "".join(body), marks, language)


def _safe(links: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in links.items() if urlsplit(v).scheme in {"", "http", "https"}}


def _document(
    process: Process, box: tuple[float, ...], body: str, marks: _Marks, language: str
) -> str:
    name = process.name.pick(language) or process.id
    title = Text(f"{name}：流程图", f"{name}: process diagram").pick(language)
    background = tag(
        "rect", x=box[0], y=box[1], width=box[2], height=box[3], rx=8, fill=icons.WHITE
    )
    return tag(
        "svg",
        tag("title", svg.words(title))
        + tag("desc", svg.words(_described(process, marks, language)))
        + background
        + body,
        xmlns="http://www.w3.org/2000/svg",
        role="group" if marks.links else "img",
        aria_label=title,
        class_="lb-diagram",
        lang="en" if language.startswith("en") else "zh-CN",
        viewBox=" ".join(svg.number(part) for part in box),
        width=box[2],
        height=box[3],
        font_family=svg.FONT,
        fill=icons.INK,
    )


def _described(process: Process, marks: _Marks, language: str) -> str:
    """Say in words what the picture shows: the steps in order, and the state of each."""
    states = {
        "current": Text("（正在办理）", " (now)"),
        "done": Text("（已完成）", " (done)"),
        "todo": Text("", ""),
    }
    steps = [
        (step.name.pick(language) or step.element)
        + states[marks.state(step.element)].pick(language)
        for step in ordered_steps(process)
    ]
    if not steps:
        return Text("图中没有办理环节。", "The diagram has no steps.").pick(language)
    return Text("环节：" + "；".join(steps) + "。", "Steps: " + "; ".join(steps) + ".").pick(
        language
    )


def _above(scene: Scene) -> list[Node]:
    """List what stands on frames and flows, boundary events last: they sit on others."""
    nodes = [node for node in scene.nodes.values() if not scene.is_open(node)]
    return sorted(nodes, key=lambda node: node.type == "boundaryEvent")


def _labels(scene: Scene, language: str) -> list[tuple[svg.Block, dict[str, str | float]]]:
    halo: dict[str, str | float] = {
        "stroke": icons.WHITE,
        "stroke_width": 4,
        "stroke_linejoin": "round",
        "paint_order": "stroke",
    }
    found: list[tuple[svg.Block, dict[str, str | float]]] = []
    for node in scene.nodes.values():
        if node.type.endswith(("Event", "Gateway")):
            block = placing.label_of(node, scene.shapes[node.id], language)
            if block is not None:
                found.append((block, {"class_": "lb-label", "fill": icons.INK, **halo}))
    for flow in scene.flows.values():
        block = placing.flow_label(flow, scene.edges[flow.id], language)
        if block is not None:
            found.append((block, {"class_": "lb-flow-label", "fill": icons.SOFT, **halo}))
    return found


def _draw_frame(scene: Scene, node: Node, marks: _Marks, language: str, *, public: bool) -> str:
    if not scene.is_open(node):
        return ""
    tip = draw_nodes.tip(scene.process, node, language, public=public)
    return _group(node, draw_nodes.frame(scene, node, marks.state(node.id), language), marks, tip)


def _draw_node(scene: Scene, node: Node, marks: _Marks, language: str, *, public: bool) -> str:
    tip = draw_nodes.tip(scene.process, node, language, public=public)
    return _group(node, draw_nodes.node(scene, node, marks.state(node.id), language), marks, tip)


def _group(node: Node, drawn: str, marks: _Marks, tip: str) -> str:
    group = tag(
        "g",
        tag("title", svg.words(tip)) + drawn,
        class_=f"lb-node lb-{node.type} lb-{marks.state(node.id)}",
        data_element=node.id,
    )
    href = marks.links.get(node.id)
    return tag("a", group, href=href, class_="lb-link", aria_label=tip) if href else group


def _draw_flow(scene: Scene, flow: Flow, marks: _Marks) -> str:
    edge = scene.edges[flow.id]
    on_way = flow.id in marks.way
    colour = icons.RED if flow.id in marks.problems else icons.TEAL if on_way else icons.SOFT
    tip, before = edge.points[-1], _last_but_one(edge)
    end = svg.towards(tip, before, 7)
    line = tag(
        "path",
        d=svg.line_path([*edge.points[:-1], end]),
        fill="none",
        stroke=colour,
        stroke_width=4 if on_way else 1.5,
        **({"stroke_dasharray": "5 3"} if flow.id in marks.problems else {}),
    )
    default = scene.nodes[flow.source].default == flow.id
    return tag(
        "g",
        line + _head(tip, before, colour) + (_slash(edge, colour) if default else ""),
        class_="lb-flow",
        data_element=flow.id,
    )


def _last_but_one(edge: Edge) -> tuple[float, float]:
    last = edge.points[-1]
    return next((p for p in reversed(edge.points[:-1]) if p != last), edge.points[0])


def _head(tip: tuple[float, float], before: tuple[float, float], colour: str) -> str:
    back = svg.towards(tip, before, 10)
    across = ((tip[1] - back[1]) * 0.42, (back[0] - tip[0]) * 0.42)
    corners = (
        (tip, (back[0] + across[0], back[1] + across[1])),
        (
            back[0] - across[0],
            back[1] - across[1],
        ),
    )
    points = " ".join(f"{svg.number(x)},{svg.number(y)}" for x, y in (*corners[0], corners[1]))
    return tag("polygon", points=points, fill=colour)


def _slash(edge: Edge, colour: str) -> str:
    """Mark the default flow: a short stroke across its beginning (BPMN 2.0, 10.6.2)."""
    x, y = svg.towards(edge.points[0], edge.points[1], 12)
    return tag("path", d=f"M{x - 4:g} {y + 5:g}L{x + 4:g} {y - 5:g}", stroke=colour)


def _on_way(node: Node, shape: Shape) -> str:
    """Outline an activity that stands on the way that is shown."""
    if node.type.endswith(("Event", "Gateway")):
        return ""
    return tag(
        "rect",
        x=shape.x - 3,
        y=shape.y - 3,
        width=shape.width + 6,
        height=shape.height + 6,
        rx=11,
        fill="none",
        stroke=icons.TEAL,
        stroke_width=3,
        class_="lb-way",
    )


def _badges(scene: Scene, node: Node, marks: _Marks) -> str:
    shape = scene.shapes[node.id]
    state = marks.state(node.id)
    x, y = shape.x + shape.width - 2, shape.y + 2
    drawn = _on_way(node, shape) if node.id in marks.way else ""
    if state == "current":
        drawn += icons.badge_current(x, y)
    elif state == "done" and node.type in {"userTask", "subProcess"}:
        drawn += icons.badge_done(x, y)
    if node.id in marks.problems:
        outline = tag(
            "rect",
            x=shape.x - 6,
            y=shape.y - 6,
            width=shape.width + 12,
            height=shape.height + 12,
            rx=12,
            fill="none",
            stroke=icons.RED,
            stroke_width=2.5,
            stroke_dasharray="7 4",
            class_="lb-problem",
        )
        drawn += outline + icons.badge_problem(shape.x - 4, shape.y - 4)
    return drawn
