"""Resolve what events point to: messages, signals, errors, escalations, links, handlers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.bpmn import cron, expressions, source
from engine.bpmn.model import EventDefinition
from engine.bpmn.source import BPMN, VENDORS, ZEEBE, Element, Tree
from engine.feel import nodes

_TIMERS: Final = {"timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle"}
#: For each kind: the attribute that refers, and the attribute that names what is referred to.
_REFERENCES: Final = {
    "message": ("messageRef", "name"),
    "signal": ("signalRef", "name"),
    "error": ("errorRef", "errorCode"),
    "escalation": ("escalationRef", "escalationCode"),
}
_FLOW_ENDS: Final = ("sourceRef", "targetRef")
_ROOTS: Final = ("message", "signal", "error", "escalation")


@dataclass(frozen=True)
class Wiring:
    """What a file declares beside its processes, by id."""

    #: Name or code of each message, signal, error and escalation.
    names: Mapping[str, str] = field(default_factory=dict)
    #: Correlation key of each message, by the message's id.
    keys: Mapping[str, str] = field(default_factory=dict)
    #: Event definitions that stand outside events.
    definitions: Mapping[str, Element] = field(default_factory=dict)
    #: The message flow at each node, by the node's id.
    flows: Mapping[str, str] = field(default_factory=dict)
    #: The activity that undoes, by the id of the compensation event.
    handlers: Mapping[str, str] = field(default_factory=dict)
    #: Names of data objects, by the id of the object and of each reference to it.
    data: Mapping[str, str] = field(default_factory=dict)
    #: Ids of signals that stay inside the process that throws them.
    inner: frozenset[str] = frozenset()
    #: Ids of errors and escalations that are declared without a code.
    uncoded: frozenset[str] = frozenset()
    #: Where messages flow between processes.
    message_flows: tuple[tuple[str, str], ...] = ()
    #: Whose words the file uses: ``zeebe``, ``camunda`` (its family numbers alike), or nobody's.
    dialect: str = ""


def wire(tree: "Tree[Any]") -> Wiring:
    """Read the declarations of a file."""
    root = tree.getroot()
    declared = [child for child in root if source.local(child) in _ROOTS and child.get("id")]
    names = {str(child.get("id")): _name(child) for child in declared}
    return Wiring(
        names=names,
        keys=_keys(root, declared),
        definitions={
            str(child.get("id")): child
            for child in root.iter(f"{{{BPMN}}}*")
            if source.local(child).endswith("EventDefinition") and child.get("id")
        },
        flows=_message_flows(root, names),
        handlers=dict(_handlers(root)),
        data=data_names(root),
        message_flows=tuple(_ends(root)),
        inner=frozenset(_inner(declared)),
        uncoded=frozenset(_uncoded(declared)),
        dialect=_dialect(root),
    )


def _inner(declared: list[Element]) -> Iterator[str]:
    for one in declared:
        scopes = [value for name, value in one.attrib.items() if str(name).endswith("}scope")]
        if source.local(one) == "signal" and "processInstance" in scopes:
            yield str(one.get("id"))


def _uncoded(declared: list[Element]) -> Iterator[str]:
    for one in declared:
        kind = source.local(one)
        if kind in {"error", "escalation"} and not (one.get(_REFERENCES[kind][1]) or "").strip():
            yield str(one.get("id"))


def _dialect(root: Element) -> str:
    found = ""
    for element in root.iter():
        for name in (str(element.tag), *map(str, element.attrib)):
            space = name[1:].partition("}")[0]
            if space == ZEEBE:
                return "zeebe"
            if space in VENDORS:
                found = "camunda"
    return found


def events_of(element: Element, wiring: Wiring) -> Iterator[EventDefinition]:
    """List the event definitions of an event, and the message of a send or receive task."""
    for child in element:
        if source.namespace(child) != BPMN:
            continue
        kind = source.local(child)
        if kind.endswith("EventDefinition"):
            yield _event(child, element, wiring)
        elif kind == "eventDefinitionRef":
            found = wiring.definitions.get((child.text or "").strip().rpartition(":")[2])
            if found is not None:
                yield _event(found, element, wiring)
    if source.local(element) in {"sendTask", "receiveTask"}:
        reference = element.get("messageRef", "")
        # Whose work a program outside does has no need of the flow's message: it is drawn only.
        flows = element.get("id") in wiring.flows and not _is_sent_outside(element)
        if reference or flows:
            yield _referring("message", element, element, wiring)


def _event(definition: Element, owner: Element, wiring: Wiring) -> EventDefinition:
    kind = source.local(definition).removesuffix("EventDefinition")
    for tag, timer in _TIMERS.items():
        found = definition.find(f"{{{BPMN}}}{tag}")
        if found is not None:
            return _timer(timer, found, wiring)
    if kind in _REFERENCES:
        return _referring(kind, definition, owner, wiring)
    condition = source.text(definition.find(f"{{{BPMN}}}condition"))
    named = definition.get("name") if kind == "link" else definition.get("activityRef")
    waits = definition.get("waitForCompletion", "true") != "false"
    line = source.line(definition)
    watched, changes = _watched(definition) if kind == "conditional" else ((), ())
    return EventDefinition(
        kind,
        "",
        condition,
        line,
        ref=named or "",
        waits=waits,
        watched=frozenset(watched),
        changes=frozenset(changes),
    )


def _watched(definition: Element) -> tuple[list[str], set[str]]:
    """Read after which changes of which variables a dialect lets a condition be asked.

    Nothing ever deletes a variable here; who waits for nothing else keeps the word.
    """
    given = dict(definition.attrib)
    for extension in definition.iter(f"{{{ZEEBE}}}conditionalFilter"):
        given |= extension.attrib
    found = {source.local_name(str(name)): str(value) for name, value in given.items()}
    names = found.get("variableName", "") or found.get("variableNames", "")
    changes = set(_listed(found.get("variableEvents", "")))
    if changes >= {"create", "update"}:
        changes -= {"create", "update", "delete"}
    return _listed(names), changes - {"delete"} or changes


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _timer(timer: str, written: Element, wiring: Wiring) -> EventDefinition:
    text = source.text(written)
    if timer == "cycle" and text and cron.is_like(text):
        text = cron.with_names(text, wiring.dialect)
    until = any(source.local_name(str(key)) == "endDate" for key in written.attrib)
    numbers = wiring.dialect if timer == "cycle" else ""
    line = source.line(written)
    return EventDefinition("timer", timer, text, line, until=until, dialect=numbers)


def thrown(
    many: Element, own: Mapping[str, str], wiring: Wiring
) -> Iterator[tuple[str | None, EventDefinition]]:
    """List what single runs of a multi-instance activity throw, each with its condition."""
    kept = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}.get(
        own.get("behavior", "All")
    )
    if kept is not None:
        found = wiring.definitions.get(own.get(kept, "").rpartition(":")[2])
        if found is not None:
            yield None, _event(found, many, wiring)
    elif own.get("behavior") == "Complex":
        for one in many.findall(f"{{{BPMN}}}complexBehaviorDefinition"):
            condition = source.text(one.find(f"{{{BPMN}}}condition"))
            for event in one.findall(f"{{{BPMN}}}event"):
                yield from ((condition or "", given) for given in events_of(event, wiring))


def _referring(kind: str, definition: Element, owner: Element, wiring: Wiring) -> EventDefinition:
    reference = definition.get(_REFERENCES[kind][0], "").rpartition(":")[2]
    name = wiring.names.get(reference, reference)
    if kind == "message" and not reference:
        name = wiring.flows.get(owner.get("id", ""), "")
    return EventDefinition(
        kind,
        "",
        None,
        source.line(definition),
        ref=name,
        key=_key(reference, name, wiring) if kind == "message" else None,
        variable=_code_variable(definition),
        dangling=bool(reference) and reference not in wiring.names,
        inner=kind == "signal" and reference in wiring.inner,
        uncoded=kind in {"error", "escalation"} and reference in wiring.uncoded,
        outside=kind == "message" and _is_sent_outside(definition),
    )


def _key(reference: str, name: str, wiring: Wiring) -> str | None:
    """Give the key of a message: its own, else that of the others of its name if they agree."""
    if reference in wiring.keys:
        return wiring.keys[reference]
    others = {key for one, key in wiring.keys.items() if wiring.names.get(one) == name}
    return others.pop() if len(others) == 1 else None


def _is_sent_outside(definition: Element) -> bool:
    """Whether a dialect says which program sends a message that is thrown."""
    given = {source.local_name(str(name)) for name in definition.attrib}
    return bool(given & {"type", "topic", "class", "expression", "delegateExpression"})


def _code_variable(definition: Element) -> str:
    """Read the name that a dialect gives to the code of what is caught."""
    for name, value in definition.attrib.items():
        if source.local_name(str(name)) in {"errorCodeVariable", "escalationCodeVariable"}:
            return str(value)
    return ""


def _name(declared: Element) -> str:
    kind = source.local(declared)
    naming = _REFERENCES[kind][1]
    return (declared.get(naming) or declared.get("name") or declared.get("id") or "").strip()


def _keys(root: Element, declared: list[Element]) -> dict[str, str]:
    """Collect correlation keys by message: of the zeebe dialect, and the standard's own."""
    found: dict[str, str] = {}
    known = {str(one.get("id")) for one in declared}
    for message in declared:
        for extension in message.iter():
            if source.local(extension) == "subscription" and extension.get("correlationKey"):
                key = expressions.to_feel(extension.get("correlationKey", ""))
                found[str(message.get("id"))] = key
    for given in root.iter(f"{{{BPMN}}}correlationPropertyRetrievalExpression"):
        reference = given.get("messageRef", "").rpartition(":")[2]
        path = source.text(given.find(f"{{{BPMN}}}messagePath"))
        bound = _binding(root, given.getparent())
        if reference in known and (bound or path):
            found.setdefault(reference, expressions.to_feel(bound or path or ""))
    return found


def _binding(root: Element, declared: Element | None) -> str | None:
    """Find the receiver's own expression for a correlation property."""
    wanted = declared.get("id") if declared is not None else None
    for binding in root.iter(f"{{{BPMN}}}correlationPropertyBinding"):
        if binding.get("correlationPropertyRef") == wanted:
            return source.text(binding.find(f"{{{BPMN}}}dataPath"))
    return None


def _ends(root: Element) -> Iterator[tuple[str, str]]:
    """List message flows with the processes of their pools instead of the pools."""
    pools = {
        str(pool.get("id")): pool.get("processRef", "")
        for pool in root.iter(f"{{{BPMN}}}participant")
    }
    for flow in root.iter(f"{{{BPMN}}}messageFlow"):
        ends = [flow.get(end, "") for end in _FLOW_ENDS]
        yield pools.get(ends[0], ends[0]), pools.get(ends[1], ends[1])


def _message_flows(root: Element, names: Mapping[str, str]) -> dict[str, str]:
    """Name the messages at the ends of message flows: as an end or the flow says, else as the flow.

    An end that names no message has that of the other end; a pool stands for no one message.
    """
    pools = {pool.get("id", "") for pool in root.iter(f"{{{BPMN}}}participant")}
    drawn: dict[str, str] = {}
    given: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    for flow in root.iter(f"{{{BPMN}}}messageFlow"):
        ends = [flow.get(end, "") for end in _FLOW_ENDS]
        for end, other in (ends, ends[::-1]):
            drawn[end] = flow.get("name") or flow.get("id") or ""
            given[end] = given.get(end) or _reference(flow)
            others.setdefault(end, []).extend({other} - pools)
    for element in root.iter(f"{{{BPMN}}}*") if given else ():
        if element.get("id") in given:
            identity = str(element.get("id"))
            given[identity] = _message_at(element) or given[identity]
    known = [end for end, reference in given.items() if reference and end not in pools]
    found = {end: names.get(given[end], given[end]) for end in known}
    while known:
        end = known.pop()
        new = [other for other in others[end] if other not in found]
        found |= dict.fromkeys(new, found[end])
        known += new
    return drawn | found


def _message_at(element: Element) -> str:
    """Give the message that an event or task refers to; empty: none."""
    definition = element.find(f"{{{BPMN}}}messageEventDefinition")
    return _reference(element if definition is None else definition)


def _reference(element: Element) -> str:
    return element.get("messageRef", "").rpartition(":")[2]


def _handlers(root: Element) -> Iterator[tuple[str, str]]:
    for association in root.iter(f"{{{BPMN}}}association"):
        yield association.get("sourceRef", ""), association.get("targetRef", "")


def data_names(root: Element) -> dict[str, str]:
    """Name the variables of data objects, references to them, properties, inputs and outputs."""
    found = {
        str(one.get("id")): one.get("name") or ""
        for kind in ("dataObject", "property", "dataInput", "dataOutput")
        for one in root.iter(f"{{{BPMN}}}{kind}")
        if one.get("id")
    }
    for reference in root.iter(f"{{{BPMN}}}dataObjectReference"):
        target = reference.get("dataObjectRef", "")
        name = found.get(target) or reference.get("name") or target or reference.get("id") or ""
        found[target] = found[reference.get("id") or ""] = name
    return {one: _variable(name, one) for one, name in found.items() if one}


def _variable(name: str, identity: str) -> str:
    """Give the variable of a data object: its name, or its id where no expression can say that."""
    for one in (name.strip(), identity):
        read = expressions.understand(one) if one else None
        if read is not None and isinstance(read.tree, nodes.Name):
            return one
    return "_" + re.sub(r"\W", "_", name or identity)
