"""Small diagrams for tests, written from pieces."""

from collections.abc import Mapping
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from engine import bpmn
from engine.bpmn.model import Diagram
from engine.problems import Problem

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' id="d" targetNamespace="urn:test">\n'
)
FACTS = {
    "item": "test-item",
    "kind": "promise",
    "lead": "scjg",
    "promisedLimit": "10wd",
    "statutoryLimit": "20wd",
}
FORMS = {"apply": frozenset({"area", "company"}), "check": frozenset({"score"})}
#: What is not asked of small diagrams: a picture, and how often their loops go round.
PICTURE = {"no-picture", "budget-runs"}


def properties(**facts: str) -> str:
    """Write extension properties."""
    if not facts:
        return ""
    entries = "".join(
        f"<camunda:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in facts.items()
    )
    return (
        "<bpmn:extensionElements><camunda:properties>"
        f"{entries}</camunda:properties></bpmn:extensionElements>"
    )


def node(tag: str, identity: str, inside: str = "", *, more: str = "", **facts: str) -> str:
    """Write any flow node; ``more`` are further attributes."""
    return f'<bpmn:{tag} id="{identity}" {more}>{properties(**facts)}{inside}</bpmn:{tag}>\n'


def start(identity: str = "start", form: str = "apply") -> str:
    """Write a start event with the application form."""
    return node("startEvent", identity, more=f'camunda:formRef="{form}"' if form else "")


def end(identity: str = "end") -> str:
    """Write an end event."""
    return node("endEvent", identity)


def user(identity: str, group: str = "lead:examiner", *, more: str = "", **facts: str) -> str:
    """Write a user task that is right unless told otherwise."""
    known = {"act": "examine", "limit": "3wd", **facts}
    kept = {name: value for name, value in known.items() if value}
    attributes = f'name="任务{identity}" camunda:candidateGroups="{group}" {more}'
    return node("userTask", identity, more=attributes, **kept)


def flow(source: str, target: str, condition: str | None = None, identity: str = "") -> str:
    """Write a sequence flow; its id is made of its ends."""
    name = identity or f"f_{source}_{target}"
    inside = ""
    if condition is not None:
        inside = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>\n'  # noqa: E501 - one line in the file, too


def chain(*names: str) -> str:
    """Write flows from each name to the next."""
    return "".join(flow(a, b) for a, b in pairwise(names))


def file(
    *pieces: str, facts: Mapping[str, str] = FACTS, di: str = "", beside: str = "", more: str = ""
) -> bytes:
    """Write a whole file with one executable process."""
    body = "".join(pieces)
    return (
        f'{HEAD}{beside}<bpmn:process id="p" isExecutable="true" name="流程" {more}>'
        f"{properties(**facts)}\n{body}</bpmn:process>{di}</bpmn:definitions>"
    ).encode()


def read(data: bytes) -> Diagram:
    """Read a file that is known to be readable."""
    diagram, problems = bpmn.read(data, "t.bpmn")
    assert diagram is not None, problems
    return diagram


def check(
    data: bytes,
    forms: Mapping[str, frozenset[str]] = FORMS,
    decisions: Mapping[str, frozenset[str]] | None = None,
    departments: frozenset[str] | None = None,
    roles: frozenset[str] | None = None,
) -> list[Problem]:
    """Check a file; the missing picture is left aside."""
    found = bpmn.check(
        read(data), forms=forms, decisions=decisions or {}, departments=departments, roles=roles
    )
    return [problem for problem in found if problem.rule not in PICTURE]


def rules(data: bytes, **around: object) -> set[str]:
    """Give the rules a file breaks."""
    return {problem.rule for problem in check(data, **around)}  # type: ignore[arg-type]


def shape(identity: str, x: int, y: int, w: int = 100, h: int = 80, more: str = "") -> str:
    """Write the place of a node."""
    return (
        f'<bpmndi:BPMNShape id="{identity}_di" bpmnElement="{identity}" {more}>'
        f'<dc:Bounds x="{x}" y="{y}" width="{w}" height="{h}"/></bpmndi:BPMNShape>'
    )


def edge(identity: str, *points: tuple[int, int]) -> str:
    """Write the line of a flow."""
    way = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge id="{identity}_di" bpmnElement="{identity}">{way}</bpmndi:BPMNEdge>'


def picture(*pieces: str) -> str:
    """Write the picture of a diagram."""
    return (
        '<bpmndi:BPMNDiagram id="bd"><bpmndi:BPMNPlane id="bp" bpmnElement="p">'
        + "".join(pieces)
        + "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )


SIMPLE = (start(), user("a"), end(), chain("start", "a", "end"))
