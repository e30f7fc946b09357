"""Tasks, subprocesses and calls: what each does when its turn comes."""

from datetime import datetime
from typing import Any, Final

from engine.bpmn import calling, expressions, joining
from engine.bpmn.model import Process
from engine.dmn import DmnError
from engine.feel import FeelError
from engine.runtime.errors import Elsewhere, RuntimeFault
from engine.runtime.machine import calls, compensation, events, gateways, loops, throwing
from engine.runtime.machine.core import Machine
from engine.runtime.machine.data import MINE
from engine.runtime.machine.outgoing import quantity
from engine.runtime.machine.plan import first_nodes, is_first
from engine.runtime.machine.records import Arrival, Item, Scope
from engine.runtime.values import plain
from forms.text import Text

_DEADLINE: Final = "deadline"


def arrive(machine: Machine, arrival: Arrival) -> None:
    """Begin an activity, once or as a loop, with its edges, when enough tokens have come."""
    if not gateways.enough(machine, arrival, quantity(arrival.node, "startQuantity")):
        return
    item = machine.new(arrival)
    events.attach(machine, item)
    if arrival.node.loop is not None:
        loops.begin(machine, item)
        return
    machine.enter(item)
    machine.inputs(item)
    machine.table.perform[arrival.node.type](machine, item)


def pass_on(machine: Machine, item: Item) -> None:
    """Do nothing: a task that the machine has no part in."""
    machine.finish(item)


def wait(machine: Machine, item: Item) -> None:
    """Wait for a person, or for a program outside; a due date is kept but ends nothing."""
    item.state = "open"
    text = machine.node(item).attributes.get("dueDate", "").strip()
    if text:
        item.facts[_DEADLINE] = events.moment(machine, item, text).isoformat()


def deadline(item: Item) -> datetime | None:
    """Give until when a task should be done."""
    text = item.facts.get(_DEADLINE)
    return None if text is None else datetime.fromisoformat(text)


def computed(machine: Machine, item: Item) -> dict[str, Any]:
    """Give what a service task's expression gives its variable; nothing where we cannot read it."""
    node = machine.node(item)
    text = node.attributes.get("expression", "").strip()
    given = node.attributes
    name = given.get("resultVariable") or given.get("resultVariableName")
    known = text.startswith(("${", "#{")) and expressions.understand(text).error is None
    if not known or not name:
        return {}
    return {name: machine.value(machine.seen(item), text, node)}


def script(machine: Machine, item: Item) -> None:
    """Run the lines of a script; without any a program outside does its work."""
    node = machine.node(item)
    if node.script is None:
        wait(machine, item)
        return
    for line in expressions.script_lines(node):
        value = machine.value(machine.seen(item), line.text, node)
        machine.receive(item, {line.sets or "": value})
    machine.finish(item)


def decide(machine: Machine, item: Item) -> None:
    """Ask a DMN decision; where none is named a program outside decides."""
    node = machine.node(item)
    asked = machine.process(machine.scope(item)).decisions.get(node.id)
    if asked is None:
        wait(machine, item)
        return
    if asked.ref not in machine.plan.decisions:
        raise RuntimeFault(
            Text(f"没有决策“{asked.ref}”。", f"There is no decision '{asked.ref}'."),
            element=node.id,
        )
    try:
        answer = machine.plan.decisions.decide(
            asked.ref, asked.mapping, machine.seen(item), machine.now
        )
    except (DmnError, FeelError) as error:
        raise RuntimeFault(error.message, element=node.id) from error
    machine.receive(item, {asked.result_variable: plain(answer, asked.ref, node.id)})
    machine.finish(item)


def send(machine: Machine, item: Item) -> None:
    """Send a message and go on; without a message a program outside sends it."""
    if not any(event.ref for event in machine.node(item).events):
        wait(machine, item)
        return
    throwing.send_message(machine, item)
    machine.finish(item)


def subprocess(machine: Machine, item: Item) -> None:
    """Run what is drawn inside."""
    scope = machine.open(machine.process(machine.scope(item)), item.node, item)
    machine.table.listen(machine, scope)
    machine.table.first(machine, scope)


def adhoc(machine: Machine, item: Item) -> None:
    """Run what is drawn inside in any order: all at once, or one after another."""
    scope = machine.open(machine.process(machine.scope(item)), item.node, item)
    machine.table.listen(machine, scope)
    _offer(machine, scope, item)


def _offer(machine: Machine, scope: Scope, item: Item) -> bool:
    """Offer the activities of an ad-hoc subprocess that wait for nothing; whether there are any."""
    node, process = machine.node(item), machine.process(scope)
    free = [one for one in process.within(node.id) if is_first(one)]
    chosen = node.attributes.get("activeElementsCollection")
    if chosen:
        names = machine.value(machine.seen(item), chosen, node)
        if isinstance(names, list):
            names = [joining.prefix_of(node.id) + str(name) for name in names]
        known = {one.id for one in process.within(node.id)}
        if not isinstance(names, list) or not known.issuperset(map(str, names)):
            raise RuntimeFault(
                Text(f"“{chosen}”不是里面元素的列表。", f"'{chosen}' lists no elements inside."),
                element=node.id,
            )
        free = [process.nodes[name] for name in names]
    scope.later = [one.id for one in free]
    if node.attributes.get("ordering", "Parallel").lower() != "sequential":
        scope.later = []
        for one in free:
            machine.put(scope, one, None, scope.token)
    return bool(free)


def scope_rests(machine: Machine, scope: Scope) -> bool:
    """Go on in an ad-hoc subprocess where nothing runs any more; whether there is more to do.

    The next one of a sequence begins; and while its condition does not hold it is not complete, so
    that all is offered again (BPMN 2.0, 13.3.5).
    """
    holder = machine.world.items.get(scope.holder or 0)
    if holder is None or scope.element is None or scope.closed:
        return False
    around = machine.process(scope).nodes[scope.element]
    if around.type != "adHocSubProcess" or holder.facts.get(compensation.REOPENED):
        return False
    if not scope.later:
        again = around.condition is not None and _offer(machine, scope, holder)
        if not again or not scope.later:
            return again
    node = machine.process(scope).nodes[scope.later.pop(0)]
    machine.put(scope, node, None, scope.token)
    return True


def inner_done(machine: Machine, scope: Scope) -> None:
    """Ask an ad-hoc subprocess whether it is complete, after each activity in it."""
    holder = machine.world.items.get(scope.holder or 0)
    if holder is None or scope.element is None:
        return
    around = machine.process(scope).nodes[scope.element]
    if around.type != "adHocSubProcess" or around.condition is None or scope.closed:
        return
    if machine.holds(machine.view(scope), around.condition, around):
        scope.closed = True
        if around.attributes.get("cancelRemainingInstances", "true") != "false":
            machine.empty(scope)


def call(machine: Machine, item: Item) -> None:
    """Run another process with variables of its own."""
    node = machine.node(item)
    wanted = node.attributes.get("calledElement", "").strip()
    if wanted.startswith(("=", "${", "#{")):
        wanted = str(machine.value(machine.seen(item), wanted, node))
    process = _called(machine, item, wanted.rpartition(":")[2])
    passed = calls.hand_over(machine, item)
    item.local = {name: one for name, one in item.local.items() if name in node.mappings.inner}
    scope = machine.open(process, None, item, passed)
    scope.token = {}
    machine.table.listen(machine, scope)
    machine.table.first(machine, scope)


def _called(machine: Machine, item: Item, name: str) -> Process:
    """Give the process a call names; one of another bundle is joined as it is at this moment."""
    node = machine.node(item)
    outer = calling.outer(node)
    if outer and machine.abroad is not None:
        process = machine.abroad(machine, node, name)
    else:
        process = machine.plan.called(machine.process(machine.scope(item)), node, name)
    if process is None:
        what = Text(f"找不到被调用的流程“{name}”。", f"There is no process '{name}' to call.")
        raise (Elsewhere if outer else RuntimeFault)(what, element=node.id)
    return process


def inside_done(machine: Machine, item: Item, scope: Scope) -> None:
    """Complete an activity whose inside has ended; a call takes over its results."""
    if item.facts.get(compensation.REOPENED):
        machine.finish(item)
        return
    node = machine.node(item)
    item.facts["done"] = compensation.inside(machine, scope)
    if node.type == "callActivity":
        calls.take_over(machine, item, scope)
        item.token = dict(scope.token) if node.mappings.all_out else item.token
    else:  # its outputs, and what undoes it, see its own data as they were at the end
        item.local.update(scope.variables or {})
    machine.finish(item)
    item.facts.pop(MINE, None)


def first(machine: Machine, scope: Scope) -> None:
    """Put the first tokens into a scope."""
    for node in first_nodes(machine.process(scope), scope.element):
        machine.put(scope, node, None, scope.token)


def start(machine: Machine, arrival: Arrival) -> None:
    """Pass through a start event."""
    events.happen(machine, arrival)
