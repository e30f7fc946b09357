"""Timer and terminate events: due once computed stays, and only ``fire`` lets a timer go off."""

from typing import Any, Final

from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

DUE: Final = "due"
FIRED: Final = "fired"


class Timer(TimerEventDefinition):
    """A timer whose due instant is fixed when it starts to wait, at the clock the caller gives.

    The library asks the machine's clock instead, and knows neither working time nor the civil zone.
    """

    def __init__(self, name: str, kind: str, expression: str) -> None:
        super().__init__(name, expression)
        self.kind = kind

    def has_fired(self, my_task: Any) -> bool:
        """Fix the due instant at the first asking; true once ``fire`` has said so."""
        facts = my_task.internal_data
        if DUE not in facts:
            case = my_task.workflow.top_workflow
            facts[DUE] = case.due(my_task, self.kind, self.expression).isoformat()
        return bool(facts.get(FIRED))

    def reset(self, my_task: Any) -> None:
        """Keep the facts: a later pass is another occurrence with its own."""


class Terminate(TerminateEventDefinition):
    """An end of everything in its workflow; the library also throws it as an event for nobody."""

    def throw(self, my_task: Any) -> None:
        """Throw nothing: the end event itself cancels what is open."""
