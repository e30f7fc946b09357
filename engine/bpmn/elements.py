"""Read single BPMN elements: nodes, flows, events, loops, and the facts written on them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.bpmn import expressions, language, source
from engine.bpmn.mappings import mappings
from engine.bpmn.model import Flow, Loop, Node
from engine.bpmn.source import BPMN, VENDORS, Element
from engine.bpmn.wiring import Wiring, events_of, thrown
from forms.text import Text

CONTAINERS: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})
TASKS: Final = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "scriptTask",
        "businessRuleTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "callActivity",
    }
)
GATEWAYS: Final = frozenset(
    {
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "complexGateway",
        "eventBasedGateway",
    }
)
EVENTS: Final = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
    }
)
NODE_TYPES: Final = CONTAINERS | TASKS | GATEWAYS | EVENTS

_CONDITIONS: Final = {
    "adHocSubProcess": "completionCondition",
    "complexGateway": "activationCondition",
}


def attributes(element: Element) -> dict[str, str]:
    """Give an element's attributes by local name, those of the known dialects included."""
    found: dict[str, str] = {}
    for key, value in element.attrib.items():
        prefix, _, name = str(key).rpartition("}")
        if not prefix:
            found[name] = str(value)
        elif prefix[1:] in VENDORS:
            found.setdefault(name, str(value))
    for extension in _extensions(element):
        found.update(_ZEEBE.get(source.local(extension), _nothing)(extension))
    if source.local(element) == "userTask":
        for name, value in _owners(element):
            found.setdefault(name, value)
    return found


_OWNER: Final = re.compile(r"\s*(?:(user|group)\(([^()]*)\)|([^,()]+))\s*(?:,|$)")


def _owners(element: Element) -> Iterator[tuple[str, str]]:
    """Read who may do a task, as the standard writes it: ``user(ann), group(clerks), others``."""
    found: dict[str, list[str]] = {}
    for kind in ("potentialOwner", "humanPerformer", "performer"):
        for owner in element.findall(f"{{{BPMN}}}{kind}"):
            text = source.text(owner.find(f".//{{{BPMN}}}formalExpression")) or ""
            for word, inner, plain in _OWNER.findall(text):
                many = "candidateUsers" if word == "user" else "candidateGroups"
                name = many if kind == "potentialOwner" else "assignee"
                found.setdefault(name, []).append((inner or plain).strip())
    return ((name, ",".join(values)) for name, values in found.items())


def properties(element: Element) -> dict[str, str]:
    """Give the named properties written on an element; the last of one name counts."""
    found: dict[str, str] = {}
    for extension in _extensions(element):
        if source.local(extension) != "properties":
            continue
        for entry in extension:
            name = entry.get("name")
            if source.local(entry) == "property" and name:
                found[name.strip()] = (entry.get("value") or "").strip()
    return found


def label(attributes: Mapping[str, str], properties: Mapping[str, str]) -> Text:
    """Give an element's name in both languages; without ``nameEn`` the one name serves for both."""
    name = " ".join(attributes.get("name", "").split())
    return Text(name, properties.get("nameEn") or name)


@dataclass(frozen=True)
class Ends:
    """Which flows leave and enter each node, in document order."""

    leaving: Mapping[str, list[str]]
    entering: Mapping[str, list[str]]


def ends_of(flows: Mapping[str, Flow]) -> Ends:
    """Sort flows by the nodes they leave and enter."""
    leaving: dict[str, list[str]] = {}
    entering: dict[str, list[str]] = {}
    for flow_ in flows.values():
        leaving.setdefault(flow_.source, []).append(flow_.id)
        entering.setdefault(flow_.target, []).append(flow_.id)
    return Ends(leaving, entering)


def node(element: Element, parent: str | None, ends: Ends, wiring: Wiring) -> Node:
    """Read one flow node."""
    plain, ours = attributes(element), properties(element)
    identity = plain["id"]
    kind = source.local(element)
    interrupting = plain.get("cancelActivity", plain.get("isInterrupting", "true")) != "false"
    return Node(
        id=identity,
        type=kind,
        name=label(plain, ours),
        line=source.line(element),
        parent=parent,
        incoming=tuple(ends.entering.get(identity, ())),
        outgoing=tuple(ends.leaving.get(identity, ())),
        attributes=plain,
        properties=ours,
        events=tuple(events_of(element, wiring)),
        attached_to=plain.get("attachedToRef"),
        interrupting=interrupting,
        default=plain.get("default"),
        loop=_loop(element, plain, wiring),
        script=_script(element, plain),
        script_line=source.text_line(element.find(f"{{{BPMN}}}script")),
        mappings=mappings(element, wiring.data),
        condition=source.text(element.find(f"{{{BPMN}}}{_CONDITIONS.get(kind, '-')}")),
        handler=wiring.handlers.get(identity) if kind == "boundaryEvent" else None,
    )


def flow(element: Element, parent: str | None) -> Flow:
    """Read one sequence flow."""
    plain, ours = attributes(element), properties(element)
    written = element.find(f"{{{BPMN}}}conditionExpression")
    condition = source.text(written)
    return Flow(
        id=plain["id"],
        source=plain.get("sourceRef", ""),
        target=plain.get("targetRef", ""),
        name=label(plain, ours),
        condition=None if condition is None else expressions.to_feel(condition),
        line=source.line(element),
        parent=parent,
        condition_line=source.text_line(written),
    )


def _extensions(element: Element) -> list[Element]:
    return [
        extension
        for holder in element.findall(f"{{{BPMN}}}extensionElements")
        for extension in holder
        if source.namespace(extension) in VENDORS
    ]


def _nothing(_extension: Element) -> dict[str, str]:
    return {}


def _assignment(extension: Element) -> dict[str, str]:
    names = ("candidateGroups", "candidateUsers", "assignee")
    return {name: value for name in names if (value := extension.get(name))}


def _form(extension: Element) -> dict[str, str]:
    name = extension.get("formId") or extension.get("formKey")
    return {"formRef": name} if name else {}


def _called_decision(extension: Element) -> dict[str, str]:
    found = {
        "decisionRef": extension.get("decisionId", ""),
        "resultVariable": extension.get("resultVariable", ""),
        "mapDecisionResult": language.AS_DECIDED,
        "decisionRefBinding": extension.get("bindingType", ""),
    }
    return {name: value for name, value in found.items() if value}


def _zeebe_script(extension: Element) -> dict[str, str]:
    expression = _one_line(extension.get("expression") or "")
    result = extension.get("resultVariable")
    # Without a variable for its result it is a script all the same, and one that is refused.
    script = {"script": f"{result} = {expression}"} if result else {"resultVariable": ""}
    return {"scriptFormat": "feel"} | script


def _called_process(extension: Element) -> dict[str, str]:
    found = {
        "calledElement": extension.get("processId", ""),
        "calledElementBinding": extension.get("bindingType", ""),
        "calledElementVersionTag": extension.get("versionTag", ""),
    }
    return {name: value for name, value in found.items() if value}


def _version_tag(extension: Element) -> dict[str, str]:
    value = extension.get("value")
    return {"versionTag": value} if value else {}


def _ad_hoc(extension: Element) -> dict[str, str]:
    names = ("activeElementsCollection", "outputCollection", "outputElement")
    return {name: value for name in names if (value := extension.get(name))}


def _job(extension: Element) -> dict[str, str]:
    return {"topic": extension.get("type", "")}


def _schedule(extension: Element) -> dict[str, str]:
    names = ("dueDate", "followUpDate")
    return {name: value for name in names if (value := extension.get(name))}


#: Facts that the zeebe dialect writes as elements where others write attributes.
_ZEEBE: Final = {
    "assignmentDefinition": _assignment,
    "formDefinition": _form,
    "calledDecision": _called_decision,
    "script": _zeebe_script,
    "calledElement": _called_process,
    "taskDefinition": _job,
    "taskSchedule": _schedule,
    "versionTag": _version_tag,
    "adHoc": _ad_hoc,
}


def _loop(element: Element, plain: Mapping[str, str], wiring: Wiring) -> Loop | None:
    standard = element.find(f"{{{BPMN}}}standardLoopCharacteristics")
    if standard is not None:
        return Loop(
            "standard",
            None,
            None,
            None,
            source.text(standard.find(f"{{{BPMN}}}loopCondition")),
            source.line(standard),
            test_before=standard.get("testBefore") == "true",
            maximum=standard.get("loopMaximum"),
        )
    many = element.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    return None if many is None else _many(many, {**plain, **attributes(many)}, wiring)


def _many(many: Element, own: dict[str, str], wiring: Wiring) -> Loop:
    drawn = _drawn_loop(many, wiring)
    for extension in _extensions(many):
        if source.local(extension) == "loopCharacteristics":
            own["collection"] = extension.get("inputCollection") or ""
            own["elementVariable"] = extension.get("inputElement") or ""
            own["output"] = extension.get("outputCollection") or ""
            own["outputItem"] = extension.get("outputElement") or ""
    kind: Literal["parallel", "sequential"] = (
        "sequential" if own.get("isSequential") == "true" else "parallel"
    )
    return Loop(
        kind=kind,
        collection=own.get("collection") or None,
        variable=own.get("elementVariable") or None,
        cardinality=source.text(many.find(f"{{{BPMN}}}loopCardinality")),
        completion=source.text(many.find(f"{{{BPMN}}}completionCondition")),
        line=source.line(many),
        output=own.get("output") or drawn.get("output"),
        output_item=own.get("outputItem") or drawn.get("outputItem"),
        data_input=drawn.get("input"),
        data_item=drawn.get("item"),
        index=own.get("elementIndexVariable"),
        first=0 if wiring.dialect == "camunda" else 1,
        behavior=own.get("behavior", "All"),
        throws=tuple(thrown(many, own, wiring)),
    )


def _drawn_loop(many: Element, wiring: Wiring) -> dict[str, str]:
    """Read the standard's own collection and results of a loop."""
    found: dict[str, str] = {}
    for key, tag in (("input", "loopDataInputRef"), ("output", "loopDataOutputRef")):
        reference = source.text(many.find(f"{{{BPMN}}}{tag}"))
        if reference:
            found[key] = wiring.data.get(reference, reference)
    for key, tag in (("item", "inputDataItem"), ("outputItem", "outputDataItem")):
        item = many.find(f"{{{BPMN}}}{tag}")
        name = None if item is None else item.get("name") or item.get("id")
        if name:
            found[key] = name
    return found


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in expressions.to_feel(text).splitlines())


def _script(element: Element, plain: Mapping[str, str]) -> str | None:
    if source.local(element) != "scriptTask":
        return None
    written = source.text(element.find(f"{{{BPMN}}}script"))
    result = plain.get("resultVariable")
    if written and result and plain.get("scriptFormat", "").lower() == "feel":
        # With a variable for its result the whole script is one expression.
        return f"{result} = {_one_line(written)}"
    return written or plain.get("script")
