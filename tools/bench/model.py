"""The process that the engine benchmark runs, once in our language and once in the stock library's.

An approval of twelve user tasks: a return loop, a co-handling whose departments have two tasks
each, a task with two timers and a rework loop. Both texts draw the same nodes and flows; only
conditions, scripts and loops are spelled as each side wants them.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

_BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_CAMUNDA: Final = "http://camunda.org/schema/1.0/bpmn"
PROCESS: Final = "approval"
#: About one kilobyte of answers, as a small application form has.
FORM: Final[dict[str, Any]] = {
    "subject": {"name": "江城滨江人家餐厅", "code": "91420100MA4KXXXX1X", "seats": 120},
    "lines": [{"kind": f"line {n}", "amount": n * 10} for n in range(12)],
    "remark": "as in the application of last year; " * 9,
    "complete": True,
    "verdict": "pass",
    "ruling": "pass",
}


class Drawing:
    """Collects the elements of one process, in one of the two spellings."""

    def __init__(self, *, stock: bool) -> None:
        self.stock = stock
        self.parts: list[str] = []
        self.flows = 0

    def text(self) -> bytes:
        """Return the whole document."""
        names = f'xmlns="{_BPMN}" xmlns:xsi="{_XSI}" xmlns:camunda="{_CAMUNDA}"'
        body = "".join(self.parts)
        return (
            f'<definitions {names} id="defs" targetNamespace="urn:bench">'
            f'<process id="{PROCESS}" isExecutable="true">{body}</process></definitions>'
        ).encode()

    def add(self, kind: str, node: str, inner: str = "", **attributes: str) -> None:
        """Draw one node."""
        given = "".join(f' {name}="{value}"' for name, value in attributes.items())
        self.parts.append(f'<{kind} id="{node}"{given}>{inner}</{kind}>')

    def tasks(self, names: Iterable[str]) -> None:
        """Draw user tasks."""
        for name in names:
            self.add("userTask", name, name=name)

    def flow(self, source: str, target: str, condition: str = "", name: str = "") -> None:
        """Draw a flow; a condition is written ``variable=value`` of texts, or ``not variable``."""
        self.flows += 1
        inner = f"<conditionExpression>{self._said(condition)}</conditionExpression>"
        self.add(
            "sequenceFlow",
            name or f"flow{self.flows}",
            inner if condition else "",
            sourceRef=source,
            targetRef=target,
        )

    def way(self, *nodes: str) -> None:
        """Draw the flows along several nodes."""
        for source, target in pairwise(nodes):
            self.flow(source, target)

    def script(self, node: str, name: str, here: str, stock: str) -> None:
        """Draw a script that sets one variable."""
        text = stock if self.stock else here
        extra = {} if self.stock else {"scriptFormat": "feel"}
        self.add("scriptTask", node, f"<script>{name} = {text}</script>", **extra)

    def timer(self, node: str, host: str, span: str, *, interrupting: bool) -> None:
        """Draw a timer on the edge of a task."""
        written = f"'{span}'" if self.stock else span
        inner = f'<timeDuration xsi:type="tFormalExpression">{written}</timeDuration>'
        self.add(
            "boundaryEvent",
            node,
            f"<timerEventDefinition>{inner}</timerEventDefinition>",
            attachedToRef=host,
            cancelActivity=str(interrupting).lower(),
        )

    def cohandling(self, node: str, steps: Iterable[str]) -> None:
        """Draw a subprocess that runs once for each department, all at once."""
        inside = Drawing(stock=self.stock)
        inside.flows = 1000
        steps = list(steps)
        inside.add("startEvent", "asked")
        inside.tasks(steps)
        inside.add("endEvent", "answered")
        inside.way("asked", *steps, "answered")
        self.add("subProcess", node, self._loop() + "".join(inside.parts))

    def _loop(self) -> str:
        if self.stock:
            return (
                '<multiInstanceLoopCharacteristics isSequential="false">'
                "<loopDataInputRef>departments</loopDataInputRef>"
                "<loopDataOutputRef>opinions</loopDataOutputRef>"
                '<inputDataItem id="department" name="department"/>'
                '<outputDataItem id="opinion" name="opinion"/></multiInstanceLoopCharacteristics>'
            )
        facts = {"coHandling": "true", "lead": "lead", "noReply": "wait", "answers": "opinions"}
        entries = "".join(
            f'<camunda:property name="{name}" value="{value}"/>' for name, value in facts.items()
        )
        return (
            f"<extensionElements><camunda:properties>{entries}</camunda:properties>"
            '</extensionElements><multiInstanceLoopCharacteristics isSequential="false"'
            ' camunda:collection="departments" camunda:elementVariable="department"/>'
        )

    def _said(self, condition: str) -> str:
        if condition.startswith("not "):
            name = condition.removeprefix("not ")
            return f"{name} == False" if self.stock else f"{name} = false"
        name, _, value = condition.partition("=")
        return f"{name} == '{value}'" if self.stock else f'{name} = "{value}"'


def approval(*, stock: bool) -> bytes:
    """Draw the approval: 12 user tasks, 3 exclusive gateways, co-handling, 2 timers, 2 scripts."""
    drawn = Drawing(stock=stock)
    drawn.add("startEvent", "begin")
    drawn.tasks(f"T{number}" for number in range(1, 13))
    for gateway in ("G1", "G2", "G3"):
        drawn.add("exclusiveGateway", gateway, default=f"{gateway}_usual")
    drawn.cohandling("CO", ["D1", "D2"])
    drawn.timer("over", "T7", "P5D", interrupting=True)
    drawn.timer("soon", "T7", "P3D", interrupting=False)
    drawn.script("note", "reminded", "true", "True")
    drawn.script("sum", "answered", "count(opinions)", "len(opinions)")
    drawn.add("endEvent", "done")
    drawn.add("endEvent", "noted")
    drawn.way("begin", "T1", "T2", "G1")
    drawn.flow("G1", "T3", "not complete")
    drawn.flow("G1", "T4", name="G1_usual")
    drawn.way("T3", "T2")
    drawn.way("T4", "CO", "sum", "T5", "G2")
    drawn.flow("G2", "T2", "verdict=return")
    drawn.flow("G2", "T6", name="G2_usual")
    drawn.way("T6", "T7", "G3")
    drawn.flow("G3", "T6", "ruling=redo")
    drawn.flow("G3", "T9", name="G3_usual")
    drawn.way("over", "T8", "T9", "T10", "T11", "T12", "done")
    drawn.way("soon", "note", "noted")
    return drawn.text()


def blocks(branches: int, count: int, *, stock: bool) -> bytes:
    """Draw parallel blocks one behind another, each of so many tasks at once."""
    drawn = Drawing(stock=stock)
    drawn.add("startEvent", "begin")
    drawn.add("endEvent", "done")
    before = "begin"
    for number in range(count):
        split, join = f"split{number}", f"join{number}"
        names = [f"B{number}_{one}" for one in range(branches)]
        drawn.add("parallelGateway", split)
        drawn.add("parallelGateway", join)
        drawn.tasks(names)
        drawn.flow(before, split)
        for name in names:
            drawn.way(split, name, join)
        before = join
    drawn.flow(before, "done")
    return drawn.text()


def answers(task: str, department: object = None) -> dict[str, Any]:
    """Return what somebody fills in at a task: an opinion, a name, a time."""
    filled = {
        f"{task}_opinion": "agreed, " * 5,
        f"{task}_by": "wang.clerk",
        f"{task}_at": "2026-08-21T10:00:00+08:00",
    }
    if task == "D2":
        filled["opinion"] = f"{department}: no objection"
    return filled


def application(departments: int) -> dict[str, Any]:
    """Return what the first task fills in."""
    return {**FORM, "departments": [f"department{n}" for n in range(departments)]}
