"""Play whole diagrams on the token machine; every act goes through stored bytes."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from engine import bpmn
from engine.problems import Problem
from engine.runtime.decisions import Decisions
from engine.runtime.machine.plan import Plan
from engine.runtime.trying import Script, Tried, read_steps, try_process
from tests.engine.runtime.drawing import NAMESPACES

DECLARED = (
    '<message id="m" name="Paid"/><message id="m2" name="Called"/><signal id="sg" name="Stop"/>'
    '<error id="er" errorCode="E1"/><error id="er2" errorCode="E2"/>'
    '<escalation id="es" escalationCode="X1"/>'
)


def definitions(*processes: str, declared: str = DECLARED) -> bytes:
    """Wrap whole processes and what they refer to."""
    zeebe = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    flowable = 'xmlns:flowable="http://flowable.org/bpmn"'
    head = f'<definitions {NAMESPACES} {zeebe} {flowable} id="defs" targetNamespace="urn:test">'
    return f"{head}{declared}{''.join(processes)}</definitions>".encode()


def a_process(name: str, *body: str) -> str:
    """Draw one process."""
    return f'<process id="{name}" isExecutable="true">{"".join(body)}</process>'


def problems(drawing: bytes, known: Iterable[str] = ()) -> list[Problem]:
    """Check a drawing as plain BPMN; ``known`` names the decisions that are there."""
    diagram, found = bpmn.read(drawing, "test.bpmn")
    if diagram is None:
        return found
    processes = {process.id: process for process in diagram.processes}
    decisions = {name: frozenset[str]() for name in known}
    return bpmn.check_plain(diagram, decisions=decisions, others=processes)


def rules(*body: str) -> set[str]:
    """Give the rules that a process breaks."""
    drawing = definitions(a_process("p", *body))
    return {one.rule for one in problems(drawing) if one.severity == "error"}


def play(
    *body: str,
    steps: Sequence[Mapping[str, Any]] = (),
    auto: bool = False,
    begin: str | None = None,
    **variables: Any,
) -> Tried:
    """Run one process as a script says."""
    return play_all(a_process("p", *body), steps=steps, auto=auto, begin=begin, **variables)


def play_all(
    *processes: str,
    steps: Sequence[Mapping[str, Any]] = (),
    auto: bool = False,
    begin: str | None = None,
    declared: str = DECLARED,
    tables: Mapping[str, bytes] = MappingProxyType({}),
    **variables: Any,
) -> Tried:
    """Run the first of several processes of one file."""
    drawing, decisions = definitions(*processes, declared=declared), Decisions(tables)
    found = problems(drawing, decisions.models)
    wrong = [one for one in found if one.severity == "error"]
    assert not wrong, [(one.rule, one.element, one.message.en) for one in wrong]
    diagram, _ = bpmn.read(drawing, "test.bpmn")
    assert diagram is not None
    assert read_steps(list(steps)) == []
    plan = Plan([diagram], decisions)
    return try_process(plan, diagram.processes[0], Script(variables, steps, auto, begin))


def story(tried: Tried, *events: str) -> list[str]:
    """Tell a trace: ``+a`` entered, ``-a`` completed, ``xa`` cancelled, ``!a`` failed."""
    signs = {"entered": "+", "completed": "-", "cancelled": "x", "failed": "!"}
    told = [signs[one.event] + one.element for one in tried.trace]
    return [one for one in told if not events or one[1:] in events]


def entered(tried: Tried) -> list[str]:
    """List what was entered, in order."""
    return [one.element for one in tried.trace if one.event == "entered"]


def waiting(tried: Tried) -> list[str]:
    """List what the run waits at."""
    return [one[0] for one in tried.waiting]


def event(kind: str, **attributes: str) -> str:
    """Write an event definition."""
    given = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<{kind}EventDefinition {given}/>"


def conditional(text: str) -> str:
    """Write a conditional event definition."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<conditionalEventDefinition><condition>{escaped}</condition></conditionalEventDefinition>"
    )


def edge(node: str, host: str, inner: str, *, interrupting: bool = True) -> str:
    """Draw an event on an edge."""
    cancel = str(interrupting).lower()
    return (
        f'<boundaryEvent id="{node}" attachedToRef="{host}" cancelActivity="{cancel}">'
        f"{inner}</boundaryEvent>"
    )


def catch(node: str, inner: str) -> str:
    """Draw a catching event in the flow."""
    return f'<intermediateCatchEvent id="{node}">{inner}</intermediateCatchEvent>'


def throw(node: str, inner: str = "") -> str:
    """Draw a throwing event in the flow."""
    return f'<intermediateThrowEvent id="{node}">{inner}</intermediateThrowEvent>'


def event_start(node: str, inner: str, *, interrupting: bool = True) -> str:
    """Draw a start with a trigger."""
    flag = str(interrupting).lower()
    return f'<startEvent id="{node}" isInterrupting="{flag}">{inner}</startEvent>'


def by_event(node: str, *body: str) -> str:
    """Draw an event subprocess."""
    return f'<subProcess id="{node}" triggeredByEvent="true">{"".join(body)}</subProcess>'
