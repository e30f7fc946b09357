"""Read a BPMN file into the model. Reading never judges: what is wrong inside is the checker's."""

from collections.abc import Iterator
from typing import Any, Final

from engine.bpmn import data_objects, elements, expressions, facts, picture, source
from engine.bpmn.model import Decoration, Diagram, Flow, Node, Process, Step
from engine.bpmn.source import BPMN, Element, Tree
from engine.bpmn.wiring import Wiring, wire
from engine.problems import Problem
from forms.text import Text

_PICTURED: Final = frozenset(
    {
        "participant",
        "lane",
        "textAnnotation",
        "association",
        "group",
        "dataObjectReference",
        "dataStoreReference",
        "messageFlow",
        "dataInputAssociation",
        "dataOutputAssociation",
    }
)


def read(data: bytes, file: str) -> tuple[Diagram | None, list[Problem]]:
    """Read a file; without a diagram the problems say why (never an exception for bad input)."""
    tree, problems = source.parse(data, file)
    if tree is None:
        return None, problems
    _name_flows(tree)
    roots = tree.getroot().findall(f"{{{BPMN}}}process")
    if not roots:
        return None, [_no_process(file)]
    wiring = wire(tree)
    return (
        Diagram(
            file=file,
            processes=tuple(_process(root, wiring) for root in roots),
            shapes=picture.read_shapes(tree),
            edges=picture.read_edges(tree),
            tree=tree,
            decorations=_decorations(tree),
            message_flows=wiring.message_flows,
            names=wiring.names,
        ),
        [],
    )


def _no_process(file: str) -> Problem:
    return Problem(
        file,
        1,
        None,
        "no-process",
        "error",
        Text("文件里没有流程。", "The file contains no process."),
        Text("请画一个可执行的流程。", "Draw one executable process."),
    )


def _name_flows(tree: "Tree[Any]") -> None:
    """Give each flow without an id one: ids are optional in BPMN, but we refer to flows."""
    taken = {element.get("id") for element in tree.iter() if isinstance(element.tag, str)}
    numbers: dict[str, int] = {}
    for flow in tree.iter(f"{{{BPMN}}}sequenceFlow"):
        if flow.get("id"):
            continue
        base = f"Flow_{flow.get('sourceRef', '')}_{flow.get('targetRef', '')}"
        name, number = base, numbers.get(base, 1)
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        numbers[base] = number
        taken.add(name)
        flow.set("id", name)


def _decorations(tree: "Tree[Any]") -> dict[str, Decoration]:
    found: dict[str, Decoration] = {}
    for element in tree.iter(f"{{{BPMN}}}*"):
        kind, identity = source.local(element), element.get("id")
        if kind in _PICTURED and identity and identity not in found:
            label = source.text(element.find(f"{{{BPMN}}}text")) if kind == "textAnnotation" else ""
            name = label or element.get("name", "")
            english = elements.properties(element).get("nameEn") or name
            found[identity] = Decoration(identity, kind, Text(name, english), source.line(element))
    return found


def _process(root: Element, wiring: Wiring) -> Process:
    placed = list(_placed(root))
    flows = dict(_flows(placed))
    ends = elements.ends_of(flows)
    nodes: dict[str, Node] = {}
    for element, parent in placed:
        identity = element.get("id")
        if source.local(element) in elements.NODE_TYPES and identity and identity not in nodes:
            nodes[identity] = elements.node(element, parent, ends, wiring)
    properties = elements.properties(root)
    attributes = elements.attributes(root)
    identity = attributes.get("id", "")
    cohandlings = {n.id: facts.cohandling(n) for n in nodes.values() if facts.is_cohandling(n)}
    return Process(
        id=identity,
        name=elements.label(attributes, properties),
        item=properties.get("item") or identity.replace("_", "-"),
        kind=properties.get("kind", ""),
        lead=properties.get("lead", ""),
        statutory_limit=properties.get("statutoryLimit") or None,
        promised_limit=properties.get("promisedLimit") or None,
        clock_start=properties.get("clockStart") or "accepted",
        extension=properties.get("extension") or None,
        combined_review=properties.get("combinedReview") == "true",
        start_form=_start_form(nodes),
        nodes=nodes,
        flows=flows,
        steps=_steps(nodes),
        cohandlings=cohandlings,
        decisions={n.id: facts.decision(n) for n in nodes.values() if facts.is_decision(n)},
        names=expressions.names_used(nodes.values(), flows.values()),
        line=source.line(root),
        properties=properties,
        executable=attributes.get("isExecutable") == "true",
        version_tag=attributes.get("versionTag", ""),
        data_names=frozenset(wiring.data.values()),
        data_values=dict(data_objects.values(root, wiring.data)),
        data_inside=dict(data_objects.inside(root, wiring.data)),
    )


def _steps(nodes: dict[str, Node]) -> dict[str, Step]:
    found: dict[str, Step] = {}
    for node in nodes.values():
        if node.type == "userTask":
            found[node.id] = facts.step(node, nodes)
        elif facts.is_outside(node):
            found[node.id] = facts.outside(node, nodes)
    return found


def _placed(root: Element, parent: str | None = None) -> Iterator[tuple[Element, str | None]]:
    """List a process's elements, nested ones too, with the subprocess they stand in."""
    for element in root:
        if source.namespace(element) != BPMN:
            continue
        yield element, parent
        if source.local(element) in elements.CONTAINERS:
            yield from _placed(element, element.get("id"))


def _flows(placed: list[tuple[Element, str | None]]) -> Iterator[tuple[str, Flow]]:
    seen: set[str] = set()
    for element, parent in placed:
        identity = element.get("id", "")
        if source.local(element) == "sequenceFlow" and identity not in seen:
            seen.add(identity)
            yield identity, elements.flow(element, parent)


def _start_form(nodes: dict[str, Node]) -> str | None:
    starts = (n for n in nodes.values() if n.type == "startEvent" and n.parent is None)
    return next((facts.form_of(node) for node in starts if facts.form_of(node)), None)
