"""A world of the token machine, put as a case on the library's tree: the way back of ``uprooted``.

Only the places where something waits are made; what the tree foresees it makes itself as it runs.
"""

# ruff: noqa: SLF001 - the machinery's tree has no public door for what we make

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Process
from engine.runtime import specs
from engine.runtime import state as states
from engine.runtime.case import OUTCOME, SCOPE
from engine.runtime.errors import RuntimeFault
from engine.runtime.machine.events import DUE
from engine.runtime.machine.records import Item, Scope, World
from engine.runtime.program import Program
from engine.runtime.uprooted import COUNTER, source_of
from forms.text import Text

Row = list[Any]
_STATES: Final = {
    "open": TaskState.READY,
    "waiting": TaskState.WAITING,
    "joining": TaskState.WAITING,
    "inside": TaskState.STARTED,
}


def root(world: World, process: Process, program: Program, name: Callable[[Item], str]) -> bytes:
    """Store a world as a state of the tree, its items under the ids by which they are known.

    Raises RuntimeFault for what the tree cannot hold.
    """
    return _Rooting(world, process, program, name).stored()


class _Rooting:
    def __init__(
        self, world: World, process: Process, program: Program, name: Callable[[Item], str]
    ) -> None:
        self.world, self.process, self.program, self.name = world, process, program, name
        self.compiled = {drawn: compiled for compiled, drawn in program.drawn.items()}
        self.names: dict[str, int] = {}
        self.inner: list[list[Any]] = []

    def stored(self) -> bytes:
        """Give the state."""
        (top,) = (one for one in self.world.scopes.values() if one.parent is None)
        rows = _Rows(self, top, self.program.spec)
        trees = [["", self.program.spec.name, rows.filled()], *self.inner]
        content = {
            "v": states.VERSION,
            "b": self.program.hash,
            "x": False,
            "d": top.variables or {},
            "n": list(self.names),
            "t": trees,
        }
        return states.MAGIC + b"j" + orjson.dumps(content)

    def hold(self, holder: Item) -> None:
        """Make the tree of what runs inside an item."""
        for scope in self.world.scopes.values():
            if scope.holder == holder.id:
                spec = self.program.subspecs[self.compiled[holder.node]]
                place: list[Any] = [UUID(self.name(holder)).hex, spec.name, [], False]
                self.inner.append(place)
                place[2] = _Rows(self, scope, spec).filled()


class _Rows:
    """The tree of one process or subprocess, row by row: parents first."""

    def __init__(self, whole: _Rooting, scope: Scope, spec: Any) -> None:
        self.whole, self.scope, self.spec = whole, scope, spec
        self.rows: list[Row] = []
        self._row(uuid4().hex, -1, spec.start.name, TaskState.COMPLETED)

    def filled(self) -> list[Row]:
        """Give all rows."""
        arrived: dict[str, int] = {}
        for item in self._items():
            if item.kind in {"boundary", "run"}:
                continue
            if item.kind != "token":
                raise _beyond(item.node)
            if item.state == "joining":
                arrived[item.node] = arrived.get(item.node, 0) + 1
                self._join(item, arrived[item.node])
            else:
                self._place(item)
        return self.rows

    def _items(self) -> Iterator[Item]:
        for item in self.whole.world.items.values():
            if item.scope == self.scope.id:
                yield item

    def _row(
        self,
        identity: str,
        parent: int,
        name: str,
        state: int,
        facts: Mapping[str, Any] | None = None,
        token: Mapping[str, Any] | None = None,
    ) -> int:
        number = self.whole.names.setdefault(name, len(self.whole.names))
        run = facts is not None and SCOPE in facts
        known, carried = dict(facts or {}) or 0, dict(token or {}) or 0
        self.rows.append([identity, parent, number, state, int(run), known, carried])
        return len(self.rows) - 1

    def _place(self, item: Item) -> None:
        """Place an activity or event where it waits, with the events on its edge."""
        name = self.whole.compiled[item.node]
        parent, split = 0, f"{name}.BoundaryEventSplit"
        if split in self.spec.task_specs:
            parent = self._row(uuid4().hex, 0, split, TaskState.COMPLETED, token=item.token)
        if "items" in item.facts:
            self._loop(item, name, parent)
        else:
            self._main(item, name, parent, _timed(item))
        for edge in self._items():
            if edge.kind == "boundary" and edge.host == item.id:
                self._main(edge, self.whole.compiled[edge.node], parent, _timed(edge))

    def _main(self, item: Item, name: str, parent: int, facts: Mapping[str, Any]) -> int:
        identity = UUID(self.whole.name(item)).hex
        state = TaskState.WAITING if item.kind == "boundary" else _STATES[item.state]
        row = self._row(identity, parent, name, state, facts, item.token)
        self.whole.hold(item)
        return row

    def _loop(self, item: Item, name: str, parent: int) -> None:
        row = self._main(item, name, parent, {"items": item.facts["items"]})
        named, child = self.spec.task_specs[name].facts, f"{name} [child]"
        for index in item.facts["got"]:
            facts = {"index": index, "item": item.facts["items"][index]}
            done = {SCOPE: _handed_over(named, item.facts["results"][index])}
            self._row(uuid4().hex, row, child, TaskState.COMPLETED, facts | done, item.token)
        for run in self._items():
            if run.kind == "run" and run.host == item.id:
                own = {key: one for key, one in (run.variables or {}).items() if key != COUNTER}
                facts = {"index": run.facts["index"], "item": run.facts["item"], SCOPE: own}
                self._main(run, child, row, facts)

    def _join(self, item: Item, number: int) -> None:
        """Place a token that waits at a gateway under the task by which it came."""
        name = self.whole.compiled[item.node]
        flow = self.whole.process.flows[item.came or ""]
        origin = next(
            one
            for one in self.spec.task_specs[name]._inputs
            if source_of(self.spec, one) == flow.source
        )
        parent = self._row(uuid4().hex, 0, origin, TaskState.COMPLETED, token=item.token)
        self._main(item, name, parent, {specs.ARRIVED: number})


def _timed(item: Item) -> dict[str, Any]:
    return {DUE: item.facts[DUE]} if DUE in item.facts else {}


def _handed_over(named: Mapping[str, Any], result: Any) -> dict[str, Any]:
    if named["answers"]:
        return {OUTCOME: result[OUTCOME]} if isinstance(result, dict) else {}
    return {named["output_item"]: result} if named["output"] else {}


def _beyond(element: str) -> RuntimeFault:
    return RuntimeFault(
        Text("新版本的运行方式容不下它。", "The new version's way of running has no place for it."),
        element=element,
    )
