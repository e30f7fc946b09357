"""Draw single nodes: tasks, events, gateways, and the frames of subprocesses."""

from typing import Final

from engine.bpmn import elements, icons, language, svg
from engine.bpmn.findings import KINDS
from engine.bpmn.model import Node, Process, Shape, Step
from engine.bpmn.placing import Scene
from engine.bpmn.svg import tag
from forms.text import Text

#: Fill, line and line width by state.
_LOOKS: Final = {
    "todo": (icons.WHITE, icons.SOFT, 1.5),
    "done": (icons.GREEN_PALE, icons.GREEN, 1.8),
    "current": (icons.AMBER_PALE, icons.AMBER, 3.0),
}
#: An open frame is paler than what stands in it.
_FRAMES: Final = {
    "todo": icons.TEAL_PALE,
    "done": icons.GREEN_FAINT,
    "current": icons.AMBER_FAINT,
}
_TASK_ICONS: Final = {"businessRuleTask": icons.table, "scriptTask": icons.script}
_GATEWAY_ICONS: Final = {
    "exclusiveGateway": icons.cross,
    "parallelGateway": icons.plus,
    "inclusiveGateway": icons.ring,
}
_SIZES: Final = (13.0, 12.0, 11.0, 10.0, 9.0)


def node(scene: Scene, node_: Node, state: str, lang: str) -> str:
    """Draw a node that is no open frame."""
    shape = scene.shapes[node_.id]
    if node_.type in elements.GATEWAYS:
        return _gateway(node_, shape, state)
    if node_.type in elements.EVENTS:
        return _event(node_, shape, state)
    return _task(scene.process, node_, shape, state, lang)


def tip(process: Process, node_: Node, lang: str, *, public: bool) -> str:
    """Say what a node is, for whoever points at it or hears it read."""
    kind = KINDS.get(node_.type, Text(node_.type, node_.type))
    parts = [node_.name.pick(lang) or kind.pick(lang)]
    step = process.steps.get(node_.id)
    if step is not None:
        act = language.ACTS.get(step.act)
        parts += [act.label.pick(lang)] if act is not None else []
        parts += [language.limit_text(step.limit).pick(lang)] if step.limit else []
        if not public and step.outside is not None:
            parts.append(step.outside.topic)
        elif not public and step.role:
            parts.append(":".join(part for part in (step.department, step.role) if part))
    return " · ".join(parts)


def frame(scene: Scene, node_: Node, state: str, lang: str) -> str:
    """Draw an open subprocess: its frame, its name, and three bars for a co-handling."""
    shape = scene.shapes[node_.id]
    _, line, wide = _LOOKS[state]
    cohandling = node_.id in scene.process.cohandlings
    name = svg.wrap(node_.name.pick(lang), shape.width - 60, 13)[:1]
    title = ""
    if name:
        title = tag(
            "text",
            svg.words(name[0]),
            x=shape.x + 14,
            y=shape.y + 22,
            font_size=13,
            font_weight="700",
            fill=icons.TEAL,
            class_="lb-label",
        )
    limit = node_.properties.get("limit")
    if limit:
        words = Text("各部门 ", "each: ").pick(lang) + language.limit_text(limit).pick(lang)
        title += _chip(words, shape.x + 14 + svg.width(words, 10) / 2 + 7, shape.y + 29)
    box = _box(shape, _FRAMES[state], line, wide, radius=14)
    many = icons.bars(shape.x + shape.width / 2, shape.y + shape.height - 13) if cohandling else ""
    return box + title + many


def _box(shape: Shape, fill: str, line: str, wide: float, radius: float) -> str:
    return tag(
        "rect",
        x=shape.x,
        y=shape.y,
        width=shape.width,
        height=shape.height,
        rx=radius,
        fill=fill,
        stroke=line,
        stroke_width=wide,
        class_="lb-box",
    )


def _task(process: Process, node_: Node, shape: Shape, state: str, lang: str) -> str:
    fill, line, wide = _LOOKS[state]
    step = process.steps.get(node_.id)
    folded = node_.type in elements.CONTAINERS
    drawn = _box(shape, fill, line, wide, radius=9)
    drawn += _task_icon(node_, step, shape)
    bottom = shape.y + shape.height - 5
    if step is not None and step.limit:
        words = language.limit_text(step.limit).pick(lang)
        drawn += _chip(words, shape.x + shape.width / 2, bottom - 14)
        bottom -= 17
    elif folded:
        bottom -= 18
        drawn += icons.folded(shape.x + shape.width / 2, shape.y + shape.height - 11)
    top = shape.y + 23
    lines, size = svg.fit(node_.name.pick(lang), shape.width - 12, bottom - top, _SIZES)
    tall = len(lines) * size * svg.LEADING
    block = svg.Block(
        tuple(lines), shape.x + shape.width / 2, top + max(0.0, bottom - top - tall) / 2, size
    )
    return drawn + block.draw(class_="lb-label", fill=icons.INK)


def _task_icon(node_: Node, step: Step | None, shape: Shape) -> str:
    x, y = shape.x + 6, shape.y + 5
    if step is not None and step.outside is None:
        colour = icons.AMBER if step.role == language.APPLICANT else icons.TEAL
        people = min(step.persons, 3)
        return "".join(icons.person(x + 13 * place, y, colour) for place in range(people))
    if node_.type in elements.CONTAINERS:
        bars = node_.loop is not None and node_.loop.kind == "parallel"
        return icons.bars(x + 8, y + 8) if bars else ""
    return _TASK_ICONS.get(node_.type, icons.gear)(x, y)


def _chip(words: str, x: float, top: float) -> str:
    wide = svg.width(words, 10) + 12
    pill = tag(
        "rect",
        x=x - wide / 2,
        y=top,
        width=wide,
        height=14,
        rx=7,
        fill=icons.WHITE,
        stroke=icons.TEAL_LINE,
    )
    return pill + svg.Block((words,), x, top + 0.8, 10).draw(fill=icons.MUTED, class_="lb-limit")


def _gateway(node_: Node, shape: Shape, state: str) -> str:
    fill, line, wide = _LOOKS[state]
    x, y = shape.x + shape.width / 2, shape.y + shape.height / 2
    corners = (
        f"{x:g},{shape.y:g} {shape.x + shape.width:g},{y:g}"
        f" {x:g},{shape.y + shape.height:g} {shape.x:g},{y:g}"
    )
    diamond = tag(
        "polygon",
        points=corners,
        fill=fill,
        stroke=line,
        stroke_width=wide,
        stroke_linejoin="round",
        class_="lb-box",
    )
    return diamond + _GATEWAY_ICONS.get(node_.type, icons.question)(x, y)


def _event(node_: Node, shape: Shape, state: str) -> str:
    fill, line, wide = _LOOKS[state]
    x, y = shape.x + shape.width / 2, shape.y + shape.height / 2
    radius = min(shape.width, shape.height) / 2
    kinds = {event.kind for event in node_.events}
    if node_.type == "endEvent":
        wide = 3.5
    circle = _circle(x, y, radius, fill, line, wide, dashed=False)
    if node_.type in {"startEvent", "endEvent"}:
        full = tag("circle", cx=x, cy=y, r=radius * 0.55, fill=line) if "terminate" in kinds else ""
        return circle + full
    dashed = node_.type == "boundaryEvent" and not node_.interrupting
    rings = _circle(x, y, radius, fill, line, max(wide, 1.4), dashed=dashed)
    rings += _circle(x, y, radius - 3.5, fill, line, 1.2, dashed=dashed)
    return rings + (icons.clock(x, y, radius - 7) if "timer" in kinds else "")


def _circle(  # noqa: PLR0913 - a circle is a middle, a radius and a look
    x: float, y: float, radius: float, fill: str, line: str, wide: float, *, dashed: bool
) -> str:
    dash: dict[str, str | float] = {"stroke_dasharray": "4 3"} if dashed else {}
    return tag(
        "circle",
        "",
        cx=x,
        cy=y,
        r=max(radius, 1.0),
        fill=fill,
        stroke=line,
        stroke_width=wide,
        class_="lb-box",
        **dash,
    )
