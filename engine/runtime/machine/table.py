"""What the machine does with each element of BPMN 2.0."""

from typing import Final

from engine.runtime.machine import activities, compensation, events, gateways, loops, throwing
from engine.runtime.machine.core import Machine, Table

_PERFORM: Final = {
    "task": activities.pass_on,
    "manualTask": activities.pass_on,
    "userTask": activities.wait,
    "serviceTask": activities.wait,
    "scriptTask": activities.script,
    "businessRuleTask": activities.decide,
    "sendTask": activities.send,
    "receiveTask": events.wait_for_message,
    "callActivity": activities.call,
    "subProcess": activities.subprocess,
    "transaction": activities.subprocess,
    "adHocSubProcess": activities.adhoc,
}
_ARRIVE: Final = {
    **dict.fromkeys(_PERFORM, activities.arrive),
    "startEvent": activities.start,
    "endEvent": throwing.end,
    "intermediateCatchEvent": events.catch,
    "intermediateThrowEvent": throwing.throw,
    "exclusiveGateway": gateways.exclusive,
    "parallelGateway": gateways.parallel,
    "inclusiveGateway": gateways.inclusive,
    "complexGateway": gateways.complex_,
    "eventBasedGateway": events.event_gateway,
}


def _idle(machine: Machine) -> bool:
    return throwing.idle(machine) or events.idle(machine) or gateways.idle(machine)


TABLE: Final = Table(
    arrive=_ARRIVE,
    perform=_PERFORM,
    inside_done=activities.inside_done,
    repeat=loops.begin,
    run_done=loops.run_done,
    handler_done=compensation.handler_done,
    attach=events.attach,
    listen=events.listen,
    first=activities.first,
    inner_done=activities.inner_done,
    cancelled=throwing.cancelled,
    changed=events.changed,
    setting=events.setting,
    idle=_idle,
    scope_rests=activities.scope_rests,
)
