"""Read what goes into an activity or event and comes out of it, in the standard's and each
dialect's way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.bpmn import data_objects, expressions, nesting, source
from engine.bpmn.model import Mappings
from engine.bpmn.source import BPMN, VENDORS, Element

_ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"
_CAMUNDA: Final = "http://camunda.org/schema/1.0/bpmn"
_MIXED: Final = re.compile(r"[$#]\{")
_NAME: Final = re.compile(r"[^\W\d]\w*")
#: Each kind of association, and which end of it is inside.
_ENDS: Final = {"dataInputAssociation": "targetRef", "dataOutputAssociation": "sourceRef"}
_THROWING: Final = frozenset({"intermediateThrowEvent", "endEvent"})
_COMPUTING: Final = ("transformation", "assignment")
_DATA: Final = frozenset({"dataInput", "dataOutput", "property"})
#: A call passes on the key of the case that calls.
_OWN_KEY: Final = re.compile(r"[$#]\{\s*execution\.(processBusinessKey|businessKey)\s*\}")


@dataclass
class _Found:
    inputs: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[tuple[str, str]] = field(default_factory=list)
    unread: list[tuple[str, int]] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    all_in: bool = False
    all_out: bool = False
    local: bool = False
    inner: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    thrown_out: bool = False


def mappings(element: Element, data: Mapping[str, str]) -> Mappings:
    """Read an activity's mappings; ``data`` names data objects, inputs and outputs by id."""
    found = _Found()
    _associations(element, data, found)
    found.all_in = any(
        source.local_name(str(name)) == "inheritVariables" and value == "true"
        for name, value in element.attrib.items()
    )
    for holder in element.findall(f"{{{BPMN}}}extensionElements"):
        for extension in holder:
            if source.namespace(extension) in VENDORS:
                _read(extension, found)
    calls = source.local(element) == "callActivity"
    outer = frozenset(found.outer if calls else ())
    if source.local(element) in _THROWING:
        for definition in _signals(element):
            _signal(definition, found)
    return Mappings(
        tuple(found.inputs),
        tuple(sorted(found.outputs, key=lambda one: one[0] in outer)),
        found.all_in,
        found.all_out,
        found.local,
        frozenset(found.own),
        tuple(found.unread),
        frozenset(found.given),
        frozenset(found.inner if calls else ()),
        frozenset(found.kept - found.passed if calls else ()),
        outer,
        found.thrown_out and calls,
    )


def _read(extension: Element, found: _Found) -> None:
    kind = source.local(extension)
    if kind == "ioMapping":
        _zeebe(extension, found)
    elif kind == "inputOutput":
        _parameters(extension, found)
    elif kind in {"in", "out"}:
        _passing(extension, kind, found)
    elif kind == "calledElement" and source.namespace(extension) == _ZEEBE:
        found.all_in = extension.get("propagateAllParentVariables", "true") != "false"
        found.all_out = extension.get("propagateAllChildVariables", "true") != "false"


def _zeebe(extension: Element, found: _Found) -> None:
    inputs: list[nesting.Pair] = []
    outputs: list[nesting.Pair] = []
    for entry in extension:
        name, text = (entry.get("target") or "").strip(), entry.get("source")
        if not nesting.is_target(name) or not text:
            found.unread.append((name or source.local(entry), source.line(entry)))
        elif source.local(entry) == "input":
            inputs.append((name, _zeebe_text(text)))
            found.inner.add(name.partition(".")[0])
        else:
            outputs.append((name, _zeebe_text(text)))
            found.local = True
    found.inputs += nesting.inputs(inputs)
    found.outputs += nesting.outputs(outputs)


def _zeebe_text(text: str) -> str:
    """Give FEEL for a source: behind ``=`` it is FEEL, otherwise a text."""
    return expressions.to_feel(text) if text.startswith("=") else expressions.quoted(text)


def _parameters(extension: Element, found: _Found) -> None:
    for entry in extension:
        name, text = entry.get("name"), source.text(entry)
        nested = [child for child in entry if isinstance(child.tag, str)]
        if not name or nested or _is_mixed(text or ""):
            found.unread.append((name or source.local(entry), source.line(entry)))
            continue
        feel = expressions.literal_or_feel(text or "")
        if source.local(entry) == "inputParameter":
            found.inputs.append((name, feel))
            found.inner.add(name)
            found.kept.add(name)
        else:
            found.outputs.append((name, feel))
            found.outer.add(name)


def _is_mixed(text: str) -> bool:
    """Whether a text holds an expression among other words, such as ``Dear ${name}``."""
    return _MIXED.search(text) is not None and not text.startswith(("=", "${", "#{"))


def _passing(extension: Element, kind: str, found: _Found) -> None:
    """Read ``in`` and ``out`` of a call; a business key is passed on as ``businessKey``."""
    if extension.get("local") == "true":
        found.unread.append((f'{kind} local="true"', source.line(extension)))
        return
    found.thrown_out |= kind == "out" and source.namespace(extension) == _CAMUNDA
    if extension.get("variables") == "all":
        if kind == "in":
            found.all_in = True
        else:
            found.all_out = True
        return
    origin = _if_there(extension.get("source") or "") or extension.get("sourceExpression")
    target = extension.get("target")
    if extension.get("businessKey"):
        origin, target = extension.get("businessKey", ""), "businessKey"
        if _OWN_KEY.fullmatch(origin.strip()):
            origin = _if_there(target)
    if not origin or not target:
        found.unread.append((kind, source.line(extension)))
        return
    pair = (target, expressions.to_feel(origin))
    (found.inputs if kind == "in" else found.outputs).append(pair)
    found.passed.update([target] if kind == "in" else ())


def _signals(element: Element) -> Iterator[Element]:
    """List the signals of an event: its own, and those of the file that it refers to."""
    yield from element.findall(f"{{{BPMN}}}signalEventDefinition")
    meant = {
        (one.text or "").strip().rpartition(":")[2]
        for one in element.findall(f"{{{BPMN}}}eventDefinitionRef")
    }
    for one in element.getroottree().getroot() if meant else ():
        if source.local(one) == "signalEventDefinition" and one.get("id") in meant:
            yield one


def _signal(definition: Element, found: _Found) -> None:
    """Read what a signal carries; never all variables, for who hears it is not known."""
    for extension in definition.iterfind(f"{{{BPMN}}}extensionElements/*"):
        if source.namespace(extension) in VENDORS and source.local(extension) == "in":
            if extension.get("variables"):
                found.unread.append(('in variables="all"', source.line(extension)))
            else:
                _passing(extension, "in", found)


def _if_there(name: str) -> str:
    """Give FEEL for a variable that a call passes: null where nobody has set it."""
    if _NAME.fullmatch(name.strip()):
        return f"if is defined({name.strip()}) then {name.strip()} else null"
    return name


def _associations(element: Element, data: Mapping[str, str], found: _Found) -> None:
    """Read the standard's data associations between data objects and an element's own data.

    Events carry their inputs and outputs themselves, activities in a specification (BPMN 2.0,
    10.4.2). What has no end inside and computes nothing is a drawing: all see the data objects.
    """
    for kind in _ENDS:
        for association in element.findall(f"{{{BPMN}}}{kind}"):
            if not runs(element, association):
                continue
            read = [*_association(association, data, found)]
            if kind == "dataInputAssociation":
                found.inputs += read
                found.given.update(name for name, _ in read)
            else:
                found.outputs += read


def runs(element: Element, association: Element) -> bool:
    """Whether an association of an element moves data; else it is only drawn."""
    if element.find(f"{{{BPMN}}}ioSpecification") is not None:
        return True
    if any(association.find(f"{{{BPMN}}}{one}") is not None for one in _COMPUTING):
        return True
    end = source.text(association.find(f"{{{BPMN}}}{_ENDS[source.local(association)]}"))
    return any(
        one.get("id") == end
        and source.local(one) in _DATA
        and not data_objects.PLACEHOLDER.fullmatch(one.get("name") or "")
        for one in element
        if end and source.namespace(one) == BPMN
    )


def _association(
    association: Element, data: Mapping[str, str], found: _Found
) -> Iterator[tuple[str, str]]:
    transformed = source.text(association.find(f"{{{BPMN}}}transformation"))
    origin = source.text(association.find(f"{{{BPMN}}}sourceRef"))
    target = source.text(association.find(f"{{{BPMN}}}targetRef"))
    assigned = association.findall(f"{{{BPMN}}}assignment")
    for one in assigned:
        value = source.text(one.find(f"{{{BPMN}}}from"))
        name = source.text(one.find(f"{{{BPMN}}}to"))
        if value and name:
            yield data.get(name, name), expressions.to_feel(value)
    if assigned:
        return
    if origin and target and source.local(association) == "dataOutputAssociation":
        found.own.add(data.get(origin, origin))
    if target is None or (origin is None and transformed is None):
        found.unread.append((source.local(association), source.line(association)))
        return
    feel = transformed or data.get(origin or "", origin or "")
    yield data.get(target, target), expressions.to_feel(feel)
