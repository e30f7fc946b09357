"""A case on the stock library: SpiffWorkflow as it ships, parser, engine and serializer.

Only the benchmark runs it, to be compared with; it executes Python that a diagram holds, so nothing
but the benchmark's own drawings may ever come here.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.ERROR)


SERIALIZER: Final = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
READY: Final[int] = TaskState.READY
COMPLETED: Final[int] = TaskState.COMPLETED
CANCELLED: Final[int] = TaskState.CANCELLED
NOT_FINISHED: Final[int] = TaskState.NOT_FINISHED_MASK


class StockCase:
    """A case between two trips: its stored text, and how to go on."""

    def __init__(self, drawing: bytes, process: str) -> None:
        self.state: str = SERIALIZER.serialize_json(begun(drawing, process))

    @property
    def size(self) -> int:
        """Return how many bytes are stored."""
        return len(self.state.encode())

    def open(self) -> list[tuple[str, str]]:
        """Return name and id of the tasks that wait for somebody."""
        return [(t.task_spec.name, str(t.id)) for t in ready(self._loaded())]

    def trip(self, task_id: str, filled: Mapping[str, Any]) -> str:
        """Load, complete one task, run on, and return what to store."""
        workflow = self._loaded()
        task = next(t for t in ready(workflow) if str(t.id) == task_id)
        task.data.update(filled)
        task.run()
        workflow.do_engine_steps()
        return str(SERIALIZER.serialize_json(workflow))

    def _loaded(self) -> Any:
        return SERIALIZER.deserialize_json(self.state)


def begun(drawing: bytes, process: str) -> Any:
    """Read a drawing, begin its process and run on to the first task of a person."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_str(drawing, filename="bench.bpmn")
    workflow = BpmnWorkflow(parser.get_spec(process), parser.get_subprocess_specs(process))
    workflow.do_engine_steps()
    return workflow


def ready(workflow: Any) -> list[Any]:
    """Return the tasks that wait for somebody."""
    return [t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual]


def state_name(state: int) -> str:
    """Return the library's word for a task's state."""
    return str(TaskState.get_name(state))
