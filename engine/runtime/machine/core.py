"""The heart of the token machine: tokens, scopes, variables, the record; it knows no element.

What each kind of node does stands in the modules beside and comes in as a ``Table``.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from engine.bpmn.model import Flow, Node, Process
from engine.clock import CIVIL_ZONE
from engine.errors import EngineError
from engine.feel import Environment, FeelError, compile_expression
from engine.runtime import timers
from engine.runtime.errors import LimitExceeded, RuntimeFault
from engine.runtime.machine import data
from engine.runtime.machine.outgoing import no_way, quantity
from engine.runtime.machine.plan import Plan
from engine.runtime.machine.records import Arrival, Entry, Item, Kind, Scope, World
from engine.runtime.values import plain, plain_variables
from forms.text import Text

#: Most automatic steps of one advance, most items at once, deepest nesting of scopes.
MAX_STEPS: Final = 5000
MAX_ITEMS: Final = 5000
MAX_NESTING: Final = 30
OUTCOME: Final = "outcome"


@dataclass(frozen=True)
class Table:
    """What the machine asks others to do."""

    #: A token comes to a node of this type.
    arrive: Mapping[str, Callable[["Machine", Arrival], None]]
    #: An activity of this type begins its work.
    perform: Mapping[str, Callable[["Machine", Item], None]]
    #: A scope that works for an item has ended.
    inside_done: Callable[["Machine", Item, Scope], None]
    #: Begin an activity that runs several times.
    repeat: Callable[["Machine", Item], None]
    #: A run of a loop, or a handler of a compensation, has ended.
    run_done: Callable[["Machine", Item], None]
    handler_done: Callable[["Machine", Item], None]
    #: Begin to listen for events on an activity, and in a scope; put the first tokens into one.
    attach: Callable[["Machine", Item], None]
    listen: Callable[["Machine", Scope], None]
    first: Callable[["Machine", Scope], None]
    #: An activity in a scope has completed.
    inner_done: Callable[["Machine", Scope], None]
    #: A transaction was undone and is left.
    cancelled: Callable[["Machine", Scope], None]
    #: A step was done: let a condition go off that has become true by it.
    changed: Callable[["Machine"], bool]
    #: A variable is about to be set in one of the places where variables live.
    setting: Callable[["Machine", dict[str, Any], str], None]
    #: Nothing moves by itself any more: wake what waited for that; whether something was.
    idle: Callable[["Machine"], bool]
    #: A token ended in a scope whose nodes begin one by one.
    scope_rests: Callable[["Machine", Scope], bool]


class Machine:
    """One advance of a world: made for it, thrown away after it."""

    def __init__(
        self,
        plan: Plan,
        world: World,
        table: Table,
        now: datetime,
        workdays: timers.Workdays | None = None,
    ) -> None:
        self.plan, self.world, self.table = plan, world, table
        self.now, self.workdays = now, workdays
        #: Finds the processes of other bundles; None where there are none to be found.
        self.abroad: Callable[[Machine, Node, str], Process | None] | None = None
        self.trace: list[Entry] = []
        #: Signals thrown in this advance: element, name, data.
        self.signals: list[tuple[str, str, dict[str, Any]]] = []
        self.queue: deque[tuple[int, int | None, Callable[[], None]]] = deque()
        self.steps = 0
        #: Runs that began on their own: their scope's id and their process's.
        self.began: list[tuple[int, str]] = []
        self.current: Node | None = None

    # --- running -------------------------------------------------------------------------------
    def settle(self) -> None:
        """Run until everything waits or has ended; raises RuntimeFault."""
        moved = True
        while moved:
            self._close_scopes()  # an act or a message may have ended the last token of one
            while self.queue:
                scope, item, act = self.queue.popleft()
                if scope in self.world.scopes and (item is None or item in self.world.items):
                    act()
                    self.table.changed(self)
                self._close_scopes()
            moved = self.table.idle(self)

    def count(self, node: Node) -> None:
        """Count an automatic step; raises LimitExceeded when a run runs away."""
        self.steps += 1
        self.current = node
        if self.steps > MAX_STEPS or len(self.world.items) > MAX_ITEMS:
            raise LimitExceeded(
                Text(
                    f"自动步骤超过 {MAX_STEPS} 步，流程图可能有死循环。",
                    f"More than {MAX_STEPS} automatic steps; the diagram may go in circles.",
                ),
                element=node.id,
            )

    def later(self, item: Item, act: Callable[[], None]) -> None:
        """Do something with an item next, if it is still there."""
        self.queue.append((item.scope, item.id, act))

    def put(self, scope: Scope, node: Node, came: str | None, token: Mapping[str, Any]) -> None:
        """Send a token to a node."""
        arrival = Arrival(scope, node, came, dict(token))
        if len(self.queue) > MAX_ITEMS:
            self.steps = MAX_STEPS
            self.count(node)

        def arrive() -> None:
            if scope.closed:
                return
            self.count(node)
            self.table.arrive[node.type](self, arrival)

        self.queue.append((scope.id, None, arrive))

    def put_on(self, scope: Scope, flow: Flow, token: Mapping[str, Any]) -> None:
        """Send a token along a flow."""
        self.put(scope, self.process(scope).nodes[flow.target], flow.id, token)

    # --- places --------------------------------------------------------------------------------
    def process(self, scope: Scope) -> Process:
        """Give the process a scope runs."""
        return self.plan.processes[scope.process]

    def scope(self, item: Item) -> Scope:
        """Give the scope an item stands in."""
        return self.world.scopes[item.scope]

    def node(self, item: Item) -> Node:
        """Give the node an item stands at."""
        return self.plan.processes[self.world.scopes[item.scope].process].nodes[item.node]

    def place(self, item: Item) -> tuple[Scope, Node]:
        """Give the scope an item stands in, and its node there."""
        scope = self.world.scopes[item.scope]
        return scope, self.plan.processes[scope.process].nodes[item.node]

    def items_in(self, scope: int, *, listening: bool = False) -> list[Item]:
        """List what stands in a scope: what holds it open, or what only listens."""
        return [
            item
            for item in self.world.items.values()
            if item.scope == scope and (item.state == "listening") == listening
        ]

    def run_around(self, item: Item) -> Item | None:
        """Find the innermost multi-instance run around an item, itself included."""
        at: Item | None = item
        while at is not None:
            if at.kind == "boundary":
                at = self.world.items.get(at.host or 0, at)
            if at.kind == "run" and "item" in at.facts:
                return at
            at = self.world.items.get(self.scope(at).holder or 0)
        return None

    def items_of(self, item: Item) -> Iterator[Any]:
        """List what the multi-instance runs around an item run for, innermost first."""
        at: Item | None = item
        while at is not None:
            if "item" in at.facts:
                yield at.facts["item"]
            at = self.world.items.get(self.scope(at).holder or 0)

    def hosted(self, item: Item) -> list[Item]:
        """List what belongs to an item: its runs, listeners, choices, handlers."""
        return [other for other in self.world.items.values() if other.host == item.id]

    # --- items ---------------------------------------------------------------------------------
    def new(self, arrival: Arrival, kind: Kind = "token", host: int | None = None) -> Item:
        """Make an item at a node, not yet entered."""
        item = Item(
            self.world.number(),
            arrival.scope.id,
            arrival.node.id,
            kind,
            "listening" if kind in {"boundary", "start", "choice"} else "inside",
            arrival.came,
            dict(arrival.token),
            host,
        )
        self.world.items[item.id] = item
        return item

    def enter(self, item: Item) -> None:
        """Note that an item's node was entered."""
        item.entered = True
        self._note(item, "entered")

    def left(self, item: Item, how: str) -> None:
        """Note how an item's node was left, if it had been entered."""
        if item.entered:
            item.entered = False
            self._note(item, how)

    def _note(self, item: Item, event: str) -> None:
        scope, node = self.place(item)
        index = f"/{node.id}[{item.facts['index']}]" if item.kind == "run" else ""
        label = scope.label + index
        run = self.run_around(item)
        branch = None if run is None else run.id
        self.trace.append(Entry(self.now, node.id, node.name, node.type, event, label, branch))

    def finish(self, item: Item) -> None:
        """Complete an item: its outputs, its record, and on along its flows."""
        self._outputs(item)
        self.left(item, "completed")
        if item.kind == "run":
            self.table.run_done(self, item)
            return
        if item.kind == "handler":
            self.table.handler_done(self, item)
            return
        self.remember(item)
        self.remove(item)
        scope, node = self.place(item)
        works = node.type in self.table.perform
        if item.kind != "event":
            for _ in range(quantity(node, "completionQuantity") if works else 1):
                self.go_on(scope, node, item.token)
        if works:
            self.table.inner_done(self, scope)

    def remember(self, item: Item) -> None:
        """Keep in mind that a completed activity can be undone, with its own data of that moment:
        what it was given and what was set in it (BPMN 2.0, 13.5.5).
        """
        if item.facts.get("loop") is not None:
            return
        scope, node = self.place(item)
        inside = item.facts.get("done") or {}
        if not inside and node.id not in self.plan.undone[scope.process]:
            return
        handled = any(one.handler for one in self.process(scope).boundaries(node.id))
        if handled or inside:
            seen = self.seen(item)
            own = [*item.facts.get("set", ()), *item.local, *(item.variables or {})]
            kept = {name: seen[name] for name in own if name in seen}
            scope.done.append({"node": node.id, "seen": kept, **inside})

    def remove(self, item: Item) -> None:
        """Take an item and its listeners away without a word."""
        self.world.items.pop(item.id, None)
        for other in self.hosted(item):
            self.cancel(other)

    def cancel(self, item: Item) -> None:
        """Cancel an item with all that runs inside it."""
        if self.world.items.pop(item.id, None) is None:
            return
        for other in self.hosted(item):
            self.cancel(other)
        self.clear(item)
        self.left(item, "cancelled")

    def clear(self, item: Item) -> None:
        """Cancel what runs inside an item, but not the item."""
        for scope in list(self.world.scopes.values()):
            if scope.holder == item.id:
                self.empty(scope)
                self.world.scopes.pop(scope.id, None)

    def empty(self, scope: Scope, but: Item | None = None) -> None:
        """Cancel all that stands in a scope or is on its way there, but one item."""
        self.queue = deque(entry for entry in self.queue if entry[0] != scope.id)
        scope.later.clear()
        for item in [*self.items_in(scope.id), *self.items_in(scope.id, listening=True)]:
            if item is not but:
                self.cancel(item)

    # --- flows ---------------------------------------------------------------------------------
    def go_on(self, scope: Scope, node: Node, token: dict[str, Any]) -> None:
        """Send tokens along the flows that leave an activity or event (BPMN 2.0, 13.3.1)."""
        scope.token = dict(token)
        process = self.process(scope)
        flows = [process.flows[flow] for flow in node.outgoing]
        if not flows:
            return
        chosen = self.chosen(scope, node, flows, token)
        if not chosen:
            raise no_way(node)
        for flow in chosen:
            self.put_on(scope, flow, token)

    def chosen(
        self, scope: Scope, node: Node, flows: list[Flow], token: Mapping[str, Any]
    ) -> list[Flow]:
        """Choose the flows without condition, those whose condition holds, else the default."""
        if not [flow for flow in flows if flow.condition is not None or flow.id == node.default]:
            return flows
        free, met, default = [], [], []
        view = self.view(scope, None, token)
        for flow in flows:
            if flow.id == node.default:
                default.append(flow)
            elif flow.condition is None:
                free.append(flow)
            elif self.holds(view, flow.condition, node):
                met.append(flow)
        conditional = len(free) + len(default) < len(flows)
        taken = {flow.id for flow in (*free, *met)}
        if not met and (conditional or not free):
            taken |= {flow.id for flow in default}
        return [flow for flow in flows if flow.id in taken]

    # --- scopes --------------------------------------------------------------------------------
    def open(
        self, process: Process, element: str | None, holder: Item | None, variables: Any = None
    ) -> Scope:
        """Begin a run of a process or subprocess, without tokens in it yet."""
        around = None if holder is None else self.scope(holder)
        name = element or process.id
        if around is not None:
            index = holder.facts.get("index") if holder and holder.kind == "run" else None
            name = f"{around.label}/{name}" + ("" if index is None else f"[{index}]")
            if name.count("/") > MAX_NESTING:
                raise LimitExceeded(
                    Text("调用或嵌套过深。", "Calls or subprocesses nest too deep."),
                    element=element or process.id,
                )
        scope = Scope(
            self.world.number(),
            process.id,
            name,
            element,
            None if around is None else around.id,
            None if holder is None else holder.id,
            data.first_values(process, element, holder, variables),
            dict(holder.token) if holder else {},
        )
        self.world.scopes[scope.id] = scope
        if holder is None:
            self.began.append((scope.id, process.id))
        return scope

    def _close_scopes(self) -> None:
        closing = True
        while closing:
            busy = {entry[0] for entry in self.queue}
            busy |= {i.scope for i in self.world.items.values() if i.state != "listening"}
            resting = [one for one in self.world.scopes.values() if one.id not in busy]
            closing = any(self._close(scope) for scope in resting)

    def _close(self, scope: Scope) -> bool:
        if scope.id not in self.world.scopes or self.table.scope_rests(self, scope):
            return scope.id in self.world.scopes and any(q[0] == scope.id for q in self.queue)
        for item in self.items_in(scope.id, listening=True):
            self.cancel(item)
        holder = None if scope.holder is None else self.world.items.get(scope.holder)
        if holder is None:
            self.world.ended[scope.id] = dict(scope.variables or {})
            del self.world.scopes[scope.id]
        else:
            holder.token = dict(scope.token)
            self.table.inside_done(self, holder, scope)
            self.world.scopes.pop(scope.id, None)
        return True

    # --- variables -----------------------------------------------------------------------------
    def view(
        self,
        scope: Scope,
        item: Item | None = None,
        token: Mapping[str, Any] | None = None,
        *,
        unset: bool = True,
    ) -> dict[str, Any]:
        """Give what is seen somewhere: what is nearer hides what is farther.

        ``unset``: with the names that the diagram sets, as null until it does.
        """
        seen: dict[str, Any] = dict(self.plan.unset[scope.process]) if unset else {}
        for layer in reversed([*data.layers(self.world, scope, item)]):
            seen.update(layer)
        seen.update(token if token is not None else item.token if item else {})
        return seen

    def seen(self, item: Item) -> dict[str, Any]:
        """Give what an item sees."""
        return self.view(self.scope(item), item)

    def assign(self, scope: Scope, item: Item | None, values: Mapping[str, Any]) -> None:
        """Set variables where they live, seen from an item; what is its own is not looked at."""
        element = item.node if item else scope.element
        apart = self.plan.apart(self.process(scope))
        for name, value in plain_variables(values, element).items():
            home = data.home(self.world, scope, item, name, apart)
            self.table.setting(self, home, name)
            home[name] = value
        self._note_set(scope, item, values)

    def _note_set(self, scope: Scope, item: Item | None, names: Iterable[str]) -> None:
        """Note at the activities around that can be undone what was set in them."""
        undone = self.plan.undone[scope.process]
        at: Scope | None = scope if undone else None
        while at is not None:
            if item is not None and item.node in undone:
                known = item.facts.setdefault("set", [])
                known += [name for name in names if name not in known]
            if at.element is None:
                return
            item = self.world.items.get(at.holder or 0)
            own = {**(at.variables or {}), **(item.local if item else {})}
            names = [name for name in names if name not in own]
            at = self.world.scopes.get(at.parent or 0)

    def receive(self, item: Item, values: Mapping[str, Any]) -> None:
        """Keep what somebody answered or sent; what is the item's own, and what its inputs filled,
        stays at it.
        """
        scope, node = self.place(item)
        mapped, rest = node.mappings, values
        own = mapped.own | self.process(scope).data_inside.get(node.id, frozenset())
        own |= values.keys() & item.local.keys()
        if mapped.local or own:
            kept = {name: one for name, one in values.items() if mapped.local or name in own}
            rest = {name: one for name, one in values.items() if name not in own}
            item.local.update(plain_variables(kept, item.node))
        if not mapped.local:
            self.assign(scope, item, rest)
        if OUTCOME in values:
            item.token[OUTCOME] = plain(values[OUTCOME], OUTCOME, item.node)

    def inputs(self, item: Item, names: Collection[str] | None = None) -> None:
        """Map variables into an item: all, or those of some names."""
        scope, node = self.place(item)
        for name, expression in node.mappings.inputs:
            if names is None or name in names:
                item.local[name] = self.value(self.seen(item), expression, node)
        data.begin(self.process(scope), node, item)

    def _outputs(self, item: Item) -> None:
        node = self.node(item)
        self.hand_out(item, data.outputs(node, item))

    def hand_out(self, item: Item, outputs: Iterable[tuple[str, str]]) -> None:
        """Set what outputs compute, one after the other: each sees what those before it set."""
        scope, node = self.place(item)
        for name, expression in outputs:
            mine = item.facts.get(data.MINE, item.local)
            seen_by = replace(item, local=mine) if name in node.mappings.outer else item
            found = {name: self.value(self.view(scope, seen_by), expression, node)}
            self.assign(scope, item, found)
            item.token.update({OUTCOME: found[OUTCOME]} if name == OUTCOME else {})

    # --- expressions ---------------------------------------------------------------------------
    def compute(self, view: Mapping[str, Any], expression: str, node: Node) -> object:
        """Evaluate FEEL; raises RuntimeFault, also for a name nobody has set."""
        lent = Environment(now=self.now.astimezone(CIVIL_ZONE))
        try:
            read = compile_expression(expression.strip().removeprefix("="))
            return read.evaluate(view, strict=True, environment=lent)
        except FeelError as error:
            raise RuntimeFault(error.message, element=node.id) from error

    def value(self, view: Mapping[str, Any], expression: str, node: Node) -> Any:
        """Evaluate FEEL to plain data."""
        return plain(self.compute(view, expression, node), expression[:40], node.id)

    def holds(self, view: Mapping[str, Any], expression: str, node: Node) -> bool:
        """Ask a condition; anything but yes or no is a fault, never silently no."""
        answer = self.compute(view, expression, node)
        if isinstance(answer, bool):
            return answer
        raise RuntimeFault(
            Text(
                f"条件“{expression}”的结果不是“是”或“否”。",
                f"The condition '{expression}' gave neither yes nor no.",
            ),
            element=node.id,
        )

    def maybe(self, view: Mapping[str, Any], expression: str) -> object:
        """Evaluate FEEL where an answer may not be there yet: None instead of a fault."""
        try:
            return compile_expression(expression.strip().removeprefix("=")).evaluate(
                view, environment=Environment(now=self.now.astimezone(CIVIL_ZONE))
            )
        except EngineError:
            return None
