"""Activities that run several times: multi-instance and standard loops (BPMN 2.0, 13.3.6-13.3.7).

Results come in the order of the items. What a run of a multi-instance activity sets goes to where
it is already; what is new is the run's own, and goes to the scope around it when it completes, as
all does in the case of an item.
An activity that runs over an input of its own has it filled before the first run, and its list of
results goes on after the last (10.3.8, 10.4.2).
"""

import re
from collections.abc import Container
from typing import Any, Final

from engine.bpmn.model import Loop, Node
from engine.runtime.errors import LimitExceeded, RuntimeFault
from engine.runtime.machine import data, throwing
from engine.runtime.machine.core import OUTCOME, Machine
from engine.runtime.machine.data import COUNTER
from engine.runtime.machine.records import Arrival, Item
from forms.text import Text

#: Most runs of one multi-instance activity.
MAX_INSTANCES: Final = 500
_WHOLE: Final = re.compile(r"[0-9]{1,6}")


def begin(machine: Machine, item: Item) -> None:
    """Begin a looping activity."""
    loop = _loop(machine, item)
    if loop.kind == "standard":
        item.facts["loop"] = 0
        _next_round(machine, item, ask=loop.test_before)
        return
    machine.inputs(item, data.early(machine.node(item), loop))
    items = _items(machine, item, loop)
    item.facts.update({"loop": 0, "items": items, "results": [None] * len(items), "got": []})
    if not items:
        _end(machine, item)
        return
    if (answers := _answers(machine, item)) is not None:
        # Whoever leaves by the edge before all have answered finds a list, not nothing.
        machine.assign(machine.scope(item), item, {answers: []})
    for index in range(1 if loop.kind == "sequential" else len(items)):
        _spawn(machine, item, index)
    tell(machine, item)


def run_done(machine: Machine, run: Item) -> None:
    """Take the result of one run; begin the next one, or end."""
    item = machine.world.items[run.host or 0]
    loop = _loop(machine, item)
    item.facts["loop"] += 1
    item.token = dict(run.token)
    machine.remember(run)
    if loop.kind == "standard":
        machine.remove(run)
        _next_round(machine, item, ask=True)
        return
    _collect(machine, item, run)
    _throw(machine, item, run, loop)
    if item.id not in machine.world.items:
        return
    ends = _is_complete(machine, item, run, loop)
    machine.remove(run)
    begun = item.facts["loop"] + len(_runs(machine, item))
    if ends:
        _end(machine, item)
    elif loop.kind == "sequential" and begun < len(item.facts["items"]):
        _spawn(machine, item, begun)
        tell(machine, item)
    elif not _runs(machine, item):
        _end(machine, item)


def _loop(machine: Machine, item: Item) -> Loop:
    loop = machine.node(item).loop
    if loop is None:
        raise AssertionError(item.node)
    return loop


def _next_round(machine: Machine, item: Item, *, ask: bool) -> None:
    loop, node = _loop(machine, item), machine.node(item)
    done = item.facts["loop"]
    item.local[COUNTER] = done
    view = machine.seen(item)
    most = None if loop.maximum is None else machine.value(view, loop.maximum, node)
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
        raise _no_number(loop.maximum or "", node)
    over = most is not None and done >= most
    if ask and not over and loop.completion is not None:
        over = not machine.holds(view, loop.completion, node)
    if over:
        machine.finish(item)
        return
    _spawn(machine, item, done)


def _items(machine: Machine, item: Item, loop: Loop) -> list[Any]:
    node, view = machine.node(item), machine.seen(item)
    if loop.over is not None:
        found = machine.value(view, loop.over, node)
        if not isinstance(found, list):
            raise RuntimeFault(
                Text(f"“{loop.over}”不是列表。", f"'{loop.over}' is not a list."),
                element=node.id,
            )
    else:
        number = machine.value(view, loop.cardinality or "", node)
        if isinstance(number, str) and _WHOLE.fullmatch(number.strip()):
            number = int(number)  # as Camunda 7 and Flowable read a text
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise _no_number(loop.cardinality or "", node)
        found = range(min(number, MAX_INSTANCES + 1))
    if len(found) > MAX_INSTANCES:
        raise LimitExceeded(
            Text(f"多实例超过 {MAX_INSTANCES} 个。", f"More than {MAX_INSTANCES} branches."),
            element=node.id,
        )
    return list(found)


def _no_number(text: str, node: Node) -> RuntimeFault:
    return RuntimeFault(
        Text(f"“{text}”不是次数。", f"'{text}' is not a number of times."), element=node.id
    )


def _throw(machine: Machine, item: Item, run: Item, loop: Loop) -> None:
    """Throw what a run that completes throws (BPMN 2.0, 10.3.8 and table 10.29)."""
    if not loop.throws or (loop.behavior == "One" and item.facts["loop"] > 1):
        return
    node, scope = machine.node(item), machine.scope(item)
    _number(item, active=len(_runs(machine, item)) - 1)
    for condition, event in loop.throws:
        if condition is not None and not machine.holds(machine.seen(run), condition, node):
            continue
        if event.kind == "error":
            throwing.throw_error(machine, scope, item, event.ref, node)
        else:
            throwing.emission(machine, item, scope, event, {}, item)()
        if item.id not in machine.world.items:
            return


def _spawn(machine: Machine, item: Item, index: int) -> None:
    node, scope = machine.node(item), machine.scope(item)
    machine.count(node)
    loop = _loop(machine, item)
    run = machine.new(Arrival(scope, node, item.came, item.token), "run", item.id)
    run.facts["index"] = index
    if loop.kind == "standard":
        run.local[COUNTER] = index + 1
    else:
        run.variables = {COUNTER: index + loop.first}
        if loop.index:
            run.variables[loop.index] = index
        if loop.each:
            run.variables[loop.each] = item.facts["items"][index]
        run.facts["item"] = item.facts["items"][index]
    machine.later(run, lambda: _perform(machine, run, node))


def _perform(machine: Machine, run: Item, node: Node) -> None:
    machine.enter(run)
    host = machine.world.items[run.host or 0]
    known = {name: one for name, one in host.local.items() if name in node.mappings.given}
    machine.inputs(run, [name for name, _ in node.mappings.inputs if name not in known])
    run.local.update(known)
    machine.table.perform[node.type](machine, run)


def _runs(machine: Machine, item: Item) -> list[Item]:
    return [one for one in machine.hosted(item) if one.kind == "run"]


def tell(machine: Machine, item: Item) -> None:
    """Keep the numbers that conditions may ask for, as the standard and as others call them
    (BPMN 2.0, table 10.30).
    """
    _number(item, active=len(_runs(machine, item)))


def _number(item: Item, *, active: int) -> None:
    numbers = {
        "Instances": len(item.facts["items"]),
        "ActiveInstances": active,
        "CompletedInstances": item.facts["loop"],
        # None is terminated while the condition can still be asked.
        "TerminatedInstances": 0,
    }
    for name, number in numbers.items():
        item.local[f"nrOf{name}"] = item.local[f"numberOf{name}"] = number


def _collect(machine: Machine, item: Item, run: Item) -> None:
    loop, node = _loop(machine, item), machine.node(item)
    given = {loop.each, loop.index, COUNTER}
    own = {name: value for name, value in (run.variables or {}).items() if name not in given}
    index = run.facts["index"]
    item.facts["got"].append(index)
    if _answers(machine, item) is not None:
        answer = {loop.each or "item": run.facts["item"], OUTCOME: own.get(OUTCOME)}
        item.facts["results"][index] = answer
    elif loop.output is not None:
        one = loop.output_item or "null"
        item.facts["results"][index] = machine.value(machine.seen(run), one, node)
        if node.id not in machine.plan.apart(machine.process(machine.scope(item))):
            _hand_on(machine, item, own, {OUTCOME, one.strip().removeprefix("=").strip()})
    else:
        _hand_on(machine, item, own, {OUTCOME})


def _hand_on(machine: Machine, item: Item, own: dict[str, Any], kept: Container[str]) -> None:
    """Set what a run has set around the activity; what is the run's own, or its result, stays."""
    handed = {name: value for name, value in own.items() if name not in kept}
    machine.assign(machine.scope(item), item, handed)


def _answers(machine: Machine, item: Item) -> str | None:
    """Name the variable that keeps the answers of a co-handling, if the activity is one."""
    cohandling = machine.process(machine.scope(item)).cohandlings.get(item.node)
    return (cohandling.answers or None) if cohandling is not None else None


def _is_complete(machine: Machine, item: Item, run: Item, loop: Loop) -> bool:
    _number(item, active=len(_runs(machine, item)) - 1)
    if loop.completion is None:
        return False
    if loop.output is not None:
        item.local[loop.output] = _results(item)
    return machine.holds(machine.seen(run), loop.completion, machine.node(item))


def _results(item: Item) -> list[Any]:
    return [item.facts["results"][index] for index in sorted(item.facts["got"])]


def _end(machine: Machine, item: Item) -> None:
    loop = _loop(machine, item)
    for run in _runs(machine, item):
        machine.cancel(run)
    name = _answers(machine, item) or loop.output
    if name and data.collects(machine.node(item), loop):
        item.local[name] = _results(item)
    elif name:
        machine.assign(machine.scope(item), item, {name: _results(item)})
    machine.finish(item)
