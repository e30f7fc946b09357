"""Our own behaviour for the elements of a diagram, put over the classes of the library.

Each class here says where SpiffWorkflow 3.2.0 does something else than what was drawn.
"""

# ruff: noqa: SLF001 - overriding the library's hooks is what this module is for

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from SpiffWorkflow.bpmn.specs import control, defaults
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState
from typing_extensions import override

from engine.runtime.case import OUTCOME, SCOPE, active
from engine.runtime.errors import LimitExceeded, RuntimeFault
from forms.text import Text

#: Most runs of one multi-instance activity.
MAX_INSTANCES: Final = 500
#: How far ahead tasks are foreseen; the library foresees the whole diagram, b^k tasks for k blocks.
LOOK_AHEAD: Final = 1
ARRIVED: Final = "arrived"


class Element:
    """What all elements share: little foresight, and a record of entering and leaving."""

    #: The id as drawn; None for what the machinery or the compiler added.
    drawn: str | None = None
    _outputs: list[str]

    def _predict(
        self,
        my_task: Any,
        seen: Any = None,
        looked_ahead: int = 0,
        mask: int = TaskState.PREDICTED_MASK,
    ) -> None:
        if my_task.has_state(mask):
            self._predict_hook(my_task)  # type: ignore[attr-defined]
        if looked_ahead >= LOOK_AHEAD:
            return
        for child in my_task.children:
            if child.has_state(mask):
                child.task_spec._predict(child, seen, looked_ahead + 1, mask)

    def _run(self, my_task: Any) -> bool | None:
        tasks = my_task.workflow.tasks
        if self._outputs and all(tasks[child].triggered for child in my_task._children):
            self._predict_hook(my_task)  # type: ignore[attr-defined]
        return TaskSpec._run(self, my_task)  # type: ignore[no-any-return]

    def _update(self, my_task: Any) -> None:
        case = my_task.workflow.top_workflow
        place = len(case.trace)
        TaskSpec._update(self, my_task)
        if self._is_in(my_task):
            case.entered(my_task, place)

    def _is_in(self, my_task: Any) -> bool:
        return bool(my_task._state & (TaskState.READY | TaskState.STARTED))

    def _on_complete(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.left(my_task, "completed")
        TaskSpec._on_complete(self, my_task)

    def _on_cancel(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.left(my_task, "cancelled")
        super()._on_cancel(my_task)  # type: ignore[misc]


class Start(Element, control.BpmnStartTask):
    """The machinery's own beginning, before the drawn start event."""


class Finish(Element, control.SimpleBpmnTask):
    """The machinery's own end, behind all drawn end events."""


class BoundarySplit(Element, control.BoundaryEventSplit):
    """Where an activity and the events on its edge begin together."""


class BoundaryJoin(Element, control.BoundaryEventJoin):
    """Where an activity and the events on its edge end together."""


class StartEvent(Element, defaults.StartEvent):
    """A drawn start."""


class EndEvent(Element, defaults.EndEvent):
    """A drawn end, with or without terminate."""


class UserTask(Element, defaults.UserTask):
    """A step of a person."""


class IntermediateCatchEvent(Element, defaults.IntermediateCatchEvent):
    """A timer in the flow; a case is in it while it waits."""

    @override
    def _is_in(self, my_task: Any) -> bool:
        return super()._is_in(my_task) or my_task._state == TaskState.WAITING


class BoundaryEvent(Element, defaults.BoundaryEvent):
    """A timer on the edge of an activity; a case is in it only when it has fired."""


class Operation(Element, defaults.ScriptTask):
    """A script or a business rule task: an operation that our case performs."""

    operation: dict[str, Any]

    def _execute(self, my_task: Any) -> bool:
        my_task.workflow.top_workflow.perform(my_task, self.operation)
        return True


class SubProcess(Element, defaults.SubWorkflowTask):
    """An embedded subprocess; cancelling it forgets all that runs inside."""

    @override
    def _on_cancel(self, my_task: Any) -> None:
        case = my_task.workflow.top_workflow
        inner = case.subprocesses.pop(my_task.id, None)
        if inner is not None:
            for task in list(inner.tasks.values()):
                case.discard(task)
        case.left(my_task, "cancelled")


class ExclusiveGateway(Element, defaults.ExclusiveGateway):
    """The first flow whose condition holds, in document order, else the default one."""

    def _run_hook(self, my_task: Any) -> bool:
        case = my_task.workflow.top_workflow
        chosen = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and case.holds(my_task, condition.args[0]):
                chosen = name
                break
        if chosen is None:
            raise _no_way(self.drawn)
        _continue(my_task, [my_task.workflow.spec.task_specs[chosen]])
        return True


class ParallelGateway(Element, defaults.ParallelGateway):
    """Waits for one token on each incoming flow and takes exactly these (BPMN 2.0, 13.4.1).

    The library counts finished branches in the history instead, which is wrong in loops and after
    pruning.
    """

    def _update_hook(self, my_task: Any) -> bool:
        my_task._inherit_data()
        if len(self._inputs) < 2:
            return True
        _arrive(my_task)
        tokens = _tokens(my_task)
        wanted: Counter[str] = Counter(self._inputs)
        have = Counter(_flow(token) for token in tokens)
        if any(have[flow] < number for flow, number in wanted.items()):
            my_task._set_state(TaskState.WAITING)
            return False
        _merge(my_task, tokens, wanted)
        return True

    def _run_hook(self, my_task: Any) -> bool:  # noqa: ARG002 - the library's signature
        return True


class InclusiveGateway(Element, defaults.InclusiveGateway):
    """Waits while a token elsewhere could still reach an incoming flow (BPMN 2.0, 13.4.3)."""

    #: For each incoming element: the elements from which it can be reached without passing here.
    upstream: dict[str, frozenset[str]]

    def _update_hook(self, my_task: Any) -> bool:
        my_task._inherit_data()
        if len(self._inputs) < 2:
            return True
        _arrive(my_task)
        tokens = _tokens(my_task)
        marked = {_flow(token) for token in tokens}
        if any(self._expected(task.task_spec, marked) for task in active(my_task.workflow)):
            my_task._set_state(TaskState.WAITING)
            return False
        _merge(my_task, tokens, Counter(dict.fromkeys(marked, 1)))
        return True

    def _expected(self, spec: Any, marked: set[str]) -> bool:
        """Whether a token there may still come in by a flow that has none yet."""
        if spec is self:
            return False
        reachable = {flow for flow, names in self.upstream.items() if spec.name in names}
        return bool(reachable) and not reachable & marked

    def look_upstream(self) -> None:
        """Work out once what lies before this gateway."""
        specs = self._wf_spec.task_specs
        self.upstream = {flow: _before(specs, flow, self.name) for flow in set(self._inputs)}

    def _run_hook(self, my_task: Any) -> bool:
        case = my_task.workflow.top_workflow
        chosen, default = [], []
        for condition, name in self.cond_task_specs:
            if condition is None:
                default.append(name)
            elif case.holds(my_task, condition.args[0]):
                chosen.append(name)
        if not chosen and not default:
            raise _no_way(self.drawn)
        specs = my_task.workflow.spec.task_specs
        _continue(my_task, [specs[name] for name in chosen or default])
        return True


class EndJoin(Element, control._EndJoin):
    """A workflow ends when its last token has come to an end."""

    def _update_hook(self, my_task: Any) -> bool:
        my_task._inherit_data()
        for other in _tokens(my_task):
            if other is not my_task:
                other.cancel()
        if any(task.task_spec is not self for task in active(my_task.workflow)):
            my_task._set_state(TaskState.WAITING)
            return False
        return True

    def _run_hook(self, my_task: Any) -> bool:  # noqa: ARG002 - the library's signature
        return True


class Loop(Element, BpmnTaskSpec):
    """A multi-instance activity: one run for each item, at once or one after another.

    Results come in the order of the items, also on every later pass; the library gives them in
    order of completion and fails on the second pass.
    """

    task_spec: str
    facts: dict[str, Any]

    def _update_hook(self, my_task: Any) -> bool:
        my_task._inherit_data()
        items: list[Any] = self._items(my_task)
        my_task.internal_data["items"] = items
        case = my_task.workflow.top_workflow
        result = self.facts["answers"] or self.facts["output"]
        if result:
            case.assign(my_task, {result: []})
        if not items:
            return True
        my_task._set_state(TaskState.STARTED)
        for index in range(1 if self.facts["sequential"] else len(items)):
            self._spawn(my_task, index)
        return False

    def _items(self, my_task: Any) -> list[Any]:
        case = my_task.workflow.top_workflow
        items: list[Any]
        if "collection" in self.facts:
            items = case.listed(my_task, self.facts["collection"])
        else:
            items = case.numbered(my_task, self.facts["cardinality"], MAX_INSTANCES)
        if len(items) > MAX_INSTANCES:
            raise LimitExceeded(
                Text(f"多实例超过 {MAX_INSTANCES} 个。", f"More than {MAX_INSTANCES} branches."),
                element=self.drawn,
            )
        return items

    def _spawn(self, my_task: Any, index: int) -> None:
        my_task.workflow.top_workflow.count(my_task)  # a branch is a step: loops in loops add up
        item = my_task.internal_data["items"][index]
        child = my_task._add_child(
            my_task.workflow.spec.task_specs[self.task_spec], TaskState.FUTURE
        )
        child.triggered = True
        scope = {self.facts["variable"]: item} if self.facts["variable"] else {}
        child.internal_data.update({"index": index, "item": item, SCOPE: scope})
        child.task_spec._update(child)

    def run_completed(self, _workflow: Any, child: Any) -> None:
        """Take the result of one run; after the last one the activity goes on."""
        my_task = child.parent
        if not self._result_name():
            own = {k: v for k, v in _scope(child).items() if k != self.facts["variable"]}
            own.pop(OUTCOME, None)
            my_task.workflow.top_workflow.assign(my_task, own)
        runs = [task for task in my_task.children if task.task_spec.name == self.task_spec]
        if len(runs) < len(my_task.internal_data["items"]):
            self._spawn(my_task, len(runs))
        elif all(run._state == TaskState.COMPLETED for run in runs):
            self._collect(my_task, sorted(runs, key=lambda run: run.internal_data["index"]))
            my_task._set_state(TaskState.READY)

    def _result_name(self) -> str | None:
        return self.facts["answers"] or self.facts["output"]  # type: ignore[no-any-return]

    def _collect(self, my_task: Any, runs: Iterable[Any]) -> None:
        variable, name = self.facts["variable"], self._result_name()
        if name is None:
            return
        result: list[Any]
        if self.facts["answers"]:
            result = [
                {variable: run.internal_data["item"], "outcome": _scope(run).get(OUTCOME)}
                for run in runs
            ]
        else:
            result = [_scope(run).get(self.facts["output_item"]) for run in runs]
        my_task.workflow.top_workflow.assign(my_task, {name: result})


def _scope(run: Any) -> dict[str, Any]:
    return run.internal_data[SCOPE]  # type: ignore[no-any-return]


def _no_way(element: str | None) -> RuntimeFault:
    return RuntimeFault(
        Text(
            "没有一个条件成立，也没有默认流向，流程无法继续。",
            "No condition holds and there is no default flow, so the case cannot go on.",
        ),
        element=element,
    )


def _continue(my_task: Any, specs: list[Any]) -> None:
    my_task._sync_children(specs, TaskState.FUTURE)
    for child in my_task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)


def _flow(token: Any) -> str:
    """Give the element a token came from."""
    return token.parent.task_spec.name  # type: ignore[no-any-return]


def _tokens(my_task: Any) -> list[Any]:
    """All tokens that wait at the same gateway, this one included."""
    spec = my_task.task_spec
    return [
        task
        for task in my_task.workflow.tasks.values()
        if task is my_task or (task.task_spec is spec and task._state == TaskState.WAITING)
    ]


def _arrive(my_task: Any) -> None:
    """Give a token its number: first come, first served."""
    if ARRIVED not in my_task.internal_data:
        numbers = (task.internal_data.get(ARRIVED, 0) for task in _tokens(my_task))
        my_task.internal_data[ARRIVED] = max(numbers) + 1


def _merge(my_task: Any, tokens: list[Any], wanted: Counter[str]) -> None:
    """Take this token and the oldest others that are wanted, and go on as one.

    Its outcome is that of the token that came last. What is left over goes on waiting.
    """
    taken, left = [my_task], Counter(wanted)
    left[_flow(my_task)] -= 1
    for token in sorted(tokens, key=_arrived):
        if token is not my_task and left[_flow(token)] > 0:
            left[_flow(token)] -= 1
            taken.append(token)
    my_task.data = dict(max(taken, key=_arrived).data)
    for token in taken[1:]:
        token.cancel()


def _arrived(token: Any) -> int:
    return token.internal_data[ARRIVED]  # type: ignore[no-any-return]


def _before(specs: Any, flow: str, stop: str) -> frozenset[str]:
    found, stack = {flow}, [flow]
    while stack:
        for name in specs[stack.pop()]._inputs:
            if name != stop and name not in found:
                found.add(name)
                stack.append(name)
    return frozenset(found)
