"""A case on one of our own two machines, for the engine benchmark."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from engine import bpmn, runtime
from engine.runtime.program import TokenProgram

NOW: Final = datetime(2026, 4, 30, 1, 0, tzinfo=UTC)


def chosen(drawing: bytes) -> bool:
    """Say whether a version with this diagram is given to the token machine."""
    diagram, problems = bpmn.read(drawing, "bench.bpmn")
    if diagram is None:
        raise ValueError(problems[0].message.en)
    program = runtime.load_program(runtime.build(diagram, {}), "bench-chosen")
    return isinstance(program, TokenProgram)


class OwnCase:
    """A case between two trips: its stored bytes, and how to go on."""

    def __init__(self, drawing: bytes, *, tokens: bool) -> None:
        diagram, problems = bpmn.read(drawing, "bench.bpmn")
        if diagram is None:
            raise ValueError(problems[0].message.en)
        built = runtime.build(diagram, {}, machine="tokens" if tokens else "tree")
        self.program = runtime.load_program(built, f"bench-{tokens}")
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
