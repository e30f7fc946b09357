"""A case on the library's tree, told as the token machine tells it: scopes, and items in them.

Both machines stand at the same places of a diagram, so a case can be moved to a version that the
other one runs. Ids given out before stay: the world's numbers are named by them.
"""

# ruff: noqa: SLF001 - the machinery's tree has no public door for what we read

from datetime import datetime
from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Node, Process
from engine.runtime import specs
from engine.runtime import state as states
from engine.runtime.case import OUTCOME, SCOPE, Case, active
from engine.runtime.machine.events import DUE, EVENT
from engine.runtime.machine.records import Item, Kind, Scope, World
from engine.runtime.program import Program

COUNTER: Final = "loopCounter"
_GATEWAYS: Final = (specs.ParallelGateway, specs.InclusiveGateway)


def uproot(
    state: bytes, program: Program, process: Process, now: datetime
) -> tuple[World, dict[int, str]] | None:
    """Tell a stored case as a world, with the ids its items are known by; None: it has ended.

    Raises RuntimeFault for a state that cannot be read.
    """
    case = states.load(state, program, now, None)
    if case is None:
        return None
    return _Uprooting(case, process).told()


def source_of(spec: Any, name: str) -> str | None:
    """Give the drawn node by which a token comes in from a task of the tree."""
    task = spec.task_specs[name]
    while task.drawn is None and task._inputs:
        task = spec.task_specs[task._inputs[0]]
    return str(task.drawn) if task.drawn is not None else None


class _Uprooting:
    def __init__(self, case: Case, process: Process) -> None:
        self.case, self.process = case, process
        self.world = World()
        self.ids: dict[int, str] = {}
        self.items: dict[Any, Item] = {}

    def told(self) -> tuple[World, dict[int, str]]:
        """Tell the whole case."""
        scope = Scope(self.world.number(), self.process.id, self.process.id)
        scope.variables = dict(self.case.data)
        self._fill(scope, self.case)
        return self.world, self.ids

    def _fill(self, scope: Scope, workflow: Any) -> None:
        self.world.scopes[scope.id] = scope
        found = [task for task in active(workflow) if task.task_spec.drawn is not None]
        own = [task for task in found if SCOPE not in task.internal_data]
        edges = [task for task in own if isinstance(task.task_spec, specs.BoundaryEvent)]
        joining = [task for task in own if isinstance(task.task_spec, _GATEWAYS)]
        for task in own:
            if task not in edges and task not in joining:
                self._place(scope, task)
        for task in sorted(joining, key=lambda one: one.internal_data.get(specs.ARRIVED, 0)):
            self._join(scope, task)
        for task in edges:
            self._edge(scope, task)

    def _item(self, scope: Scope, task: Any, kind: Kind = "token") -> Item:
        item = Item(self.world.number(), scope.id, task.task_spec.drawn, kind, "inside")
        item.token = dict(task.data)
        self.world.items[item.id] = self.items[task.id] = item
        self.ids[item.id] = str(task.id)
        return item

    def _place(self, scope: Scope, task: Any) -> None:
        item = self._item(scope, task)
        if isinstance(task.task_spec, specs.Loop):
            self._loop(scope, task, item)
            return
        item.entered = True
        self._inside(scope, task, item)
        if isinstance(task.task_spec, specs.IntermediateCatchEvent):
            item.state = "waiting"
            _time(item, task)

    def _inside(self, scope: Scope, task: Any, item: Item) -> None:
        """Tell what an activity does: wait for a person, or run what is drawn inside."""
        inner = self.case.subprocesses.get(task.id)
        if isinstance(task.task_spec, specs.UserTask):
            item.state = "open"
        elif inner is not None:
            index = f"[{item.facts['index']}]" if item.kind == "run" else ""
            label = f"{scope.label}/{item.node}{index}"
            new = Scope(self.world.number(), self.process.id, label, item.node, scope.id, item.id)
            new.token = dict(item.token)
            self._fill(new, inner)

    def _loop(self, scope: Scope, task: Any, item: Item) -> None:
        node = self.process.nodes[item.node]
        items = list(task.internal_data["items"])
        results: list[Any] = [None] * len(items)
        got: list[int] = []
        item.facts = {"loop": 0, "items": items, "results": results, "got": got}
        named = task.task_spec.facts
        for run in task.children:
            if SCOPE not in run.internal_data:
                continue
            facts = run.internal_data
            if run._state & TaskState.FINISHED_MASK:
                item.facts["loop"] += 1
                got.append(facts["index"])
                results[facts["index"]] = _result(named, facts)
            else:
                self._run(scope, run, item, node)

    def _run(self, scope: Scope, task: Any, host: Item, node: Node) -> None:
        run = self._item(scope, task, "run")
        facts = task.internal_data
        run.host, run.entered = host.id, True
        run.facts = {"index": facts["index"], "item": facts["item"]}
        first = node.loop.first if node.loop else 1
        run.variables = {COUNTER: facts["index"] + first, **facts[SCOPE]}
        self._inside(scope, task, run)

    def _join(self, scope: Scope, task: Any) -> None:
        item = self._item(scope, task)
        item.state = "joining"
        source = source_of(task.workflow.spec, task.parent.task_spec.name)
        taken = {
            one.came
            for one in self.world.items.values()
            if one.node == item.node and one.scope == scope.id and one is not item
        }
        incoming = self.process.nodes[item.node].incoming
        ways = [flow for flow in incoming if self.process.flows[flow].source == source]
        item.came = next((flow for flow in ways if flow not in taken), ways[0] if ways else None)

    def _edge(self, scope: Scope, task: Any) -> None:
        main = next(
            (
                self.items[one.id]
                for one in task.parent.children
                if not isinstance(one.task_spec, specs.BoundaryEvent) and one.id in self.items
            ),
            None,
        )
        if main is None:
            return
        item = self._item(scope, task, "boundary")
        item.state, item.host, item.token = "listening", main.id, {}
        _time(item, task)


def _time(item: Item, task: Any) -> None:
    item.facts = {EVENT: "timer", DUE: task.internal_data[DUE]}


def _result(named: Any, facts: Any) -> Any:
    """Give what a run that has ended handed over."""
    scope = facts[SCOPE]
    if named["answers"]:
        return {named["variable"] or "item": facts["item"], OUTCOME: scope.get(OUTCOME)}
    if named["output"]:
        return scope.get(named["output_item"])
    return None
