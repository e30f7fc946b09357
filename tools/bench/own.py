"""A case on one of our own two machines, for the engine benchmark."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from engine import bpmn, runtime

NOW: Final = datetime(2026, 4, 30, 1, 0, tzinfo=UTC)
#: What only the token machine runs: an end that nothing leads to but a throw in the flow.
_TOKENS: Final = (
    b'<subProcess id="never" triggeredByEvent="true"><startEvent id="alarm">'
    b"<timerEventDefinition><timeDuration>P900D</timeDuration></timerEventDefinition>"
    b'</startEvent><endEvent id="silent"/><sequenceFlow id="quiet" sourceRef="alarm"'
    b' targetRef="silent"/></subProcess></process>'
)


class OwnCase:
    """A case between two trips: its stored bytes, and how to go on."""

    def __init__(self, drawing: bytes, *, tokens: bool) -> None:
        text = drawing.replace(b"</process>", _TOKENS) if tokens else drawing
        diagram, problems = bpmn.read(text, "bench.bpmn")
        if diagram is None:
            raise ValueError(problems[0].message.en)
        self.program = runtime.load_program(runtime.build(diagram, {}), f"bench-{tokens}")
        self.step = runtime.start(self.program, {}, now=NOW)

    @property
    def size(self) -> int:
        """Return how many bytes are stored."""
        return len(self.step.state)

    def open(self) -> list[tuple[str, str]]:
        """Return name and id of the tasks that wait for somebody."""
        return [(task.element, task.id) for task in self.step.open_tasks]

    def trip(self, task_id: str, filled: Mapping[str, Any]) -> runtime.Step:
        """Load, complete one task, run on, and return what to store and what is open."""
        return runtime.complete(self.program, self.step.state, task_id, filled, now=NOW)
