"""What data objects hold from the beginning, as the flowable and activiti dialects write it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.bpmn import source
from engine.bpmn.source import BPMN, VENDORS, Element

_NUMBERS: Final = frozenset({"int", "integer", "long", "double", "float", "decimal", "short"})
_NUMBER: Final = re.compile(r"-?\d{1,34}(\.\d{1,34})?")


def values(root: Element, names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """List variables and values of a process's own data objects; ``names`` by their ids."""
    for one in root.findall(f"{{{BPMN}}}dataObject"):
        text = written(one)
        if text is not None:
            yield names.get(one.get("id", ""), ""), _typed(one.get("itemSubjectRef", ""), text)


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
