"""Whose data objects and properties are, and what they hold from the beginning, as the flowable
and activiti dialects write it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.bpmn import source
from engine.bpmn.source import BPMN, VENDORS, Element

_NUMBERS: Final = frozenset({"int", "integer", "long", "double", "float", "decimal", "short"})
#: What drawing tools put where the standard asks for an end inside, and nobody means.
PLACEHOLDER: Final = re.compile(r"__\w+_placeholder")
_HELD: Final = frozenset({"dataObject", "property"})
#: A call has no data here: what it names goes into the called process.
_HOLDERS: Final = frozenset({"task", "subProcess", "transaction", "adHocSubProcess"})
_NUMBER: Final = re.compile(r"-?\d{1,34}(\.\d{1,34})?")


def values(root: Element, names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """List variables and values of a process's own data objects; ``names`` by their ids."""
    for one in root.findall(f"{{{BPMN}}}dataObject"):
        text = written(one)
        if text is not None:
            yield names.get(one.get("id", ""), ""), _typed(one.get("itemSubjectRef", ""), text)


def inside(root: Element, names: Mapping[str, str]) -> Iterator[tuple[str, frozenset[str]]]:
    """List the activities of a process that have data of their own, and the names of these.

    Data begin and end with the activity they stand in, and only what is in it sees them (BPMN 2.0,
    10.4.1).
    """
    for element in root.iter(f"{{{BPMN}}}*"):
        identity = element.get("id")
        if identity and keeps_data(source.local(element)):
            own = frozenset(names[one.get("id", "")] for one in held(element))
            if own:
                yield identity, own


def keeps_data(kind: str) -> bool:
    """Say whether a kind of element has data of its own that end with it."""
    return kind in _HOLDERS or kind.endswith("Task")


def held(element: Element) -> Iterator[Element]:
    """List the data objects and properties that stand in an element itself and can be named."""
    for one in element:
        named = source.namespace(one) == BPMN and source.local(one) in _HELD and one.get("id")
        if named and not PLACEHOLDER.fullmatch(one.get("name") or ""):
            yield one


def written(element: Element) -> str | None:
    """Give the text of a data object's value; None when it has none."""
    for value in element.iterfind(f"{{{BPMN}}}extensionElements/*"):
        if source.local(value) == "value" and source.namespace(value) in VENDORS:
            return source.text(value)
    return None


def _typed(kind: str, text: str) -> Any:
    name = kind.rpartition(":")[2].lower()
    if name == "boolean" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if name in _NUMBERS and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
