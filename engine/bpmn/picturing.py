"""Write the picture that was arranged into a file that has none, for editors that need one."""

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from engine.bpmn import elements
from engine.bpmn.arranging import pictured
from engine.bpmn.model import Diagram, Edge, Process, Shape
from engine.bpmn.reader import read
from engine.bpmn.source import BPMNDI, DC, DI, Element

_NAMES: Final = {"bpmndi": BPMNDI, "dc": DC, "di": DI}


def with_picture(data: bytes, file: str) -> bytes:
    """Return a file with a picture (BPMN DI) of the process that runs.

    A file that shows anything of it, or that cannot be read or arranged, is returned as it is.
    """
    diagram, _ = read(data, file)
    arranged = diagram and pictured(diagram)
    if diagram is None or arranged is None or arranged is diagram:
        return data
    if not diagram.main.nodes.keys().isdisjoint(diagram.shapes):
        return data
    root = arranged.tree.getroot()
    for old in root.findall(f"{{{BPMNDI}}}BPMNDiagram"):
        root.remove(old)
    root.append(_drawn(arranged, arranged.main, _free_ids(root)))
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def _free_ids(root: Element) -> Iterator[str]:
    """Make up ids that nothing in the file has."""
    taken = {one.get("id") for one in root.iter()}
    number = 0
    while True:
        number += 1
        if (name := f"picture_{number}") not in taken:
            yield name


def _drawn(diagram: Diagram, process: Process, ids: Iterator[str]) -> Element:
    picture = etree.Element(f"{{{BPMNDI}}}BPMNDiagram", {"id": next(ids)}, nsmap=_NAMES)
    given = {"id": next(ids), "bpmnElement": process.id}
    plane = etree.SubElement(picture, f"{{{BPMNDI}}}BPMNPlane", given)
    for node in process.nodes.values():
        if node.id in diagram.shapes:
            _shape(plane, diagram.shapes[node.id], node.type, next(ids))
    for flow in process.flows:
        if flow in diagram.edges:
            _edge(plane, diagram.edges[flow], next(ids))
    etree.indent(picture, level=1)
    return picture


def _shape(plane: Element, shape: Shape, kind: str, identity: str) -> None:
    given = {"id": identity, "bpmnElement": shape.id}
    if kind in elements.CONTAINERS:
        given["isExpanded"] = "true"
    if kind == "exclusiveGateway":
        given["isMarkerVisible"] = "true"
    drawn = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", given)
    _bounds(drawn, shape.bounds)


def _edge(plane: Element, edge: Edge, identity: str) -> None:
    given = {"id": identity, "bpmnElement": edge.id}
    drawn = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", given)
    for x, y in edge.points:
        etree.SubElement(drawn, f"{{{DI}}}waypoint", {"x": f"{x:g}", "y": f"{y:g}"})
    if edge.label is not None:
        _bounds(etree.SubElement(drawn, f"{{{BPMNDI}}}BPMNLabel"), edge.label)


def _bounds(drawn: Element, box: tuple[Any, ...]) -> None:
    names = ("x", "y", "width", "height")
    given = {name: f"{value:g}" for name, value in zip(names, box, strict=True)}
    etree.SubElement(drawn, f"{{{DC}}}Bounds", given)
