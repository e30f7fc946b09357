"""A running case: the machinery's workflow with our variables, our clock and a record of events.

Variables are kept by scope, not by token: the case has one scope, and each branch of a
multi-instance activity has one inside it. What a branch sets stays in the branch. Only ``outcome``
travels with the token, so that parallel paths do not read each other's outcomes. Thus joins have
nothing to merge and nothing to lose.
"""

# ruff: noqa: SLF001 - the machinery's tree has no public door for what we read and keep

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.dmn import DmnError
from engine.feel import FeelError
from engine.runtime import timers
from engine.runtime.errors import LimitExceeded, RuntimeFault
from engine.runtime.steps import Branch, TraceEntry
from engine.runtime.values import plain, plain_variables
from forms.text import Text

#: Most automatic steps of one advance.
MAX_STEPS: Final = 5000
OUTCOME: Final = "outcome"
#: Where a multi-instance run keeps the variables of its branch.
SCOPE: Final = "scope"

ACTIVE: Final = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class Case(BpmnWorkflow):
    """One case while it is in memory; made by ``start`` and by loading a state, never kept."""

    def __init__(
        self,
        program: Any,
        now: datetime,
        workdays: timers.Workdays | None,
        *,
        deserializing: bool = False,
    ) -> None:
        self.program = program
        self.now = now
        self.workdays = workdays
        self.trace: list[TraceEntry] = []
        #: Entered and not yet left, by task: the drawn element and its branch.
        self.inside: dict[UUID, tuple[str, str | None]] = {}
        self.steps = 0
        #: The drawn element that runs at the moment, for messages.
        self.current: str | None = None
        super().__init__(
            program.spec,
            program.subspecs,
            script_engine=program.script_engine(),
            deserializing=deserializing,
        )
        self.task_removed_event.connect(_removed)

    # --- variables -----------------------------------------------------------------------------
    def variables(self, task: Any) -> dict[str, Any]:
        """Give what a task sees: the case's variables, its branches', and its own outcome."""
        seen = dict(self.data)
        for scope in reversed([*scopes(task)]):
            seen.update(scope)
        seen.update(task.data)
        return seen

    def assign(self, task: Any, variables: Mapping[str, Any]) -> None:
        """Set variables in the task's innermost scope; ``outcome`` also on its token."""
        copied = plain_variables(variables, task.task_spec.drawn)
        next(scopes(task), self.data).update(copied)
        if OUTCOME in copied:
            task.data[OUTCOME] = copied[OUTCOME]

    def evaluate(self, task: Any, expression: str) -> object:
        """Compute FEEL with what the task sees."""
        try:
            return self.program.environment.compute(expression, self._context(task), self.now)
        except FeelError as error:
            raise RuntimeFault(error.message, element=task.task_spec.drawn) from error

    def _context(self, task: Any) -> dict[str, Any]:
        return {**self.program.unset, **self.variables(task)}

    def holds(self, task: Any, expression: str) -> bool:
        """Ask a condition; anything but yes or no is a fault, never silently no."""
        answer = self.evaluate(task, expression)
        if isinstance(answer, bool):
            return answer
        raise RuntimeFault(
            Text(
                f"条件“{expression}”的结果不是“是”或“否”。",
                f"The condition '{expression}' gave neither yes nor no.",
            ),
            element=task.task_spec.drawn,
        )

    def listed(self, task: Any, expression: str) -> list[Any]:
        """Compute the collection of a multi-instance activity; raises RuntimeFault for no list."""
        items = plain(self.evaluate(task, expression), expression, task.task_spec.drawn)
        if isinstance(items, list):
            return items
        raise RuntimeFault(
            Text(f"“{expression}”不是列表。", f"'{expression}' is not a list."),
            element=task.task_spec.drawn,
        )

    def numbered(self, task: Any, expression: str, most: int) -> list[Any]:
        """Compute how often an activity runs; raises LimitExceeded above ``most``."""
        number = plain(self.evaluate(task, expression), expression, task.task_spec.drawn)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise RuntimeFault(
                Text(f"“{expression}”不是次数。", f"'{expression}' is not a number of times."),
                element=task.task_spec.drawn,
            )
        if number > most:
            raise LimitExceeded(
                Text(f"多实例超过 {most} 个。", f"More than {most} branches."),
                element=task.task_spec.drawn,
            )
        return list(range(number))

    def due(self, task: Any, kind: str, expression: str) -> datetime:
        """Compute when a timer that starts now is due."""
        value = self.evaluate(task, expression)
        try:
            return timers.due(kind, value, self.now, self.workdays)
        except RuntimeFault as fault:
            raise RuntimeFault(fault.reason, element=task.task_spec.drawn) from fault

    def perform(self, task: Any, operation: Mapping[str, Any]) -> None:
        """Run the lines of a script, or ask a decision, and keep what comes out."""
        if operation["op"] == "set":
            for name, expression in operation["lines"]:
                value = plain(self.evaluate(task, expression), name, task.task_spec.drawn)
                self.assign(task, {name: value})
            return
        ref, mapping = operation["ref"], operation["mapping"]
        try:
            answer = self.program.decisions.decide(ref, mapping, self._context(task), self.now)
        except (DmnError, FeelError) as error:
            raise RuntimeFault(error.message, element=task.task_spec.drawn) from error
        self.assign(task, {operation["result"]: answer})

    # --- record --------------------------------------------------------------------------------
    def entered(self, task: Any, place: int) -> None:
        """Note that a drawn element was entered, at this place of the record."""
        if task.task_spec.drawn is None or task.id in self.inside:
            return
        branch = branch_id(task)
        self.inside[task.id] = (task.task_spec.drawn, branch)
        self.trace.insert(place, TraceEntry(task.task_spec.drawn, "entered", branch))

    def note_inside(self, task: Any) -> None:
        """Know of a task that was entered in an earlier advance."""
        if task.task_spec.drawn is not None:
            self.inside[task.id] = (task.task_spec.drawn, branch_id(task))

    def left(self, task: Any, how: Literal["completed", "cancelled"]) -> None:
        """Note that a drawn element was left, if it had been entered."""
        found = self.inside.pop(task.id, None)
        if found is not None:
            self.trace.append(TraceEntry(found[0], how, found[1]))

    def discard(self, task: Any) -> None:
        """Forget a task that left the tree, with all that ran inside it."""
        inner = self.subprocesses.pop(task.id, None)
        if inner is not None:
            for child in list(inner.tasks.values()):
                self.discard(child)
        if task._state & TaskState.NOT_FINISHED_MASK:
            task._state = TaskState.CANCELLED
        self.left(task, "cancelled")

    def count(self, task: Any) -> None:
        """Count an automatic step; raises LimitExceeded when a case runs away."""
        self.steps += 1
        self.current = task.task_spec.drawn or self.current
        if self.steps > MAX_STEPS:
            raise LimitExceeded(
                Text(
                    f"自动步骤超过 {MAX_STEPS} 步，流程图可能有死循环。",
                    f"More than {MAX_STEPS} automatic steps; the diagram may go in circles.",
                ),
                element=task.task_spec.drawn,
            )


def _removed(workflow: Any, task: Any) -> None:
    workflow.top_workflow.discard(task)


def scopes(task: Any) -> Iterator[dict[str, Any]]:
    """List the scopes of the branches around a task, innermost first."""
    for branch in branches(task):
        yield branch.internal_data[SCOPE]


def branches(task: Any) -> Iterator[Any]:
    """List the multi-instance runs around a task, innermost first, itself included."""
    while True:
        if SCOPE in task.internal_data:
            yield task
        holder = task.workflow.parent_task_id
        if holder is None:
            return
        task = task.workflow.top_workflow.get_task_from_id(holder)


def branch_id(task: Any) -> str | None:
    """Give the id of the innermost branch around a task."""
    found = next(branches(task), None)
    return None if found is None else str(found.id)


def branch_of(task: Any) -> Branch | None:
    """Describe the innermost branch around a task, with those around it."""
    around: Branch | None = None
    for found in reversed([*branches(task)]):
        facts = found.internal_data
        name = found.task_spec.drawn
        around = Branch(str(found.id), name, facts["index"], facts["item"], around)
    return around


def walk(case: Case) -> Iterator[Any]:
    """Go through all tasks that are in the tree, in its order, into open subprocesses too."""
    stack = [case.task_tree]
    while stack:
        task = stack.pop()
        yield task
        tasks = task.workflow.tasks
        stack.extend(tasks[child] for child in reversed(task._children))
        inner = case.subprocesses.get(task.id)
        if inner is not None and not inner.completed:
            stack.append(inner.task_tree)


def active(workflow: Any) -> Iterator[Any]:
    """List the tokens of one workflow, those just on their way along a flow included."""
    tasks = workflow.tasks
    for task in tasks.values():
        if task._state & ACTIVE:
            yield task
        elif task._state == TaskState.FUTURE:
            parent = tasks.get(task._parent)
            if parent is not None and parent._state == TaskState.COMPLETED:
                yield task
