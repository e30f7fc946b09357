"""Check what stands inside of nodes: a word that nobody knows, or one thing said twice over.

What BPMN has no place for would be passed over without a word, and the diagram would run as if it
were not there: a misspelt loop runs once, the second of two timers never goes off.
"""

from collections import Counter
from typing import Final

from engine.bpmn import elements, source
from engine.bpmn.check_structure import Place
from engine.bpmn.findings import Findings
from engine.bpmn.model import Process
from engine.bpmn.source import BPMN, Element
from forms.text import Text

#: What the schema of BPMN 2.0 lets stand in a flow node that holds no other nodes.
_KNOWN: Final = frozenset(
    {
        *("documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef"),
        *("incoming", "outgoing", "ioSpecification", "property", "ioBinding"),
        *("dataInput", "dataOutput", "inputSet", "outputSet"),
        *("dataInputAssociation", "dataOutputAssociation", "eventDefinitionRef"),
        *("resourceRole", "performer", "humanPerformer", "potentialOwner"),
        *("standardLoopCharacteristics", "multiInstanceLoopCharacteristics"),
        *("loopCharacteristics", "rendering", "script", "activationCondition"),
    }
)
_LOOPS: Final = frozenset({"standardLoopCharacteristics", "multiInstanceLoopCharacteristics"})
_TIMES: Final = frozenset({"timeDate", "timeDuration", "timeCycle"})


def check_children(element: Element, process: Process, findings: Findings) -> None:
    """Report what stands in an element of BPMN and would be passed over."""
    tag = source.local(element)
    inside = [(source.local(one), one) for one in element if source.namespace(one) == BPMN]
    if tag in elements.NODE_TYPES - elements.CONTAINERS:
        for name, child in inside:
            if name not in _KNOWN and not name.endswith("EventDefinition"):
                place = Place(element.get("id") or process.id, source.line(child))
                _unknown(name, place, findings)
    if tag in elements.NODE_TYPES:
        _check_once(element, inside, _LOOPS, findings)
        _check_references(element, inside, findings)
    if tag == "timerEventDefinition":
        _check_once(element, inside, _TIMES, findings)


def _unknown(name: str, at: Place, findings: Findings) -> None:
    findings.error(
        "unknown-element",
        at,
        Text(f"不认识元素 <{name}>。", f"The element <{name}> is not known."),
        Text(
            "请检查拼写，或删除它：在这里没有作用。",
            "Check its spelling, or delete it: here it would do nothing.",
        ),
    )


def _check_once(
    element: Element,
    inside: list[tuple[str, Element]],
    kinds: frozenset[str],
    findings: Findings,
) -> None:
    """Report a second loop, or a second time of a timer: only one could count."""
    given = [(name, child) for name, child in inside if name in kinds]
    for name, child in given[1:]:
        findings.error(
            "said-twice",
            Place(owner_of(element), source.line(child)),
            Text(
                f"<{name}> 之前已有 <{given[0][0]}>，只能写一个。",
                f"<{name}> comes after <{given[0][0]}>: only one of them could count.",
            ),
            Text("请只保留一个。", "Keep one of them."),
        )


def _check_references(
    element: Element, inside: list[tuple[str, Element]], findings: Findings
) -> None:
    """Report a reference to an event definition that the file does not declare."""
    wanted = {
        (child.text or "").strip().rpartition(":")[2]: child
        for name, child in inside
        if name == "eventDefinitionRef"
    }
    declared = Counter[str]()
    if wanted:
        root = element.getroottree().getroot()
        declared.update(one.get("id", "") for one in root if source.namespace(one) == BPMN)
    for name, child in wanted.items():
        if name not in declared:
            findings.error(
                "dangling-reference",
                Place(element.get("id", ""), source.line(child)),
                Text(
                    f"引用的事件定义“{name}”不存在。",
                    f"The event definition '{name}' that is referred to is not declared.",
                ),
                Text("请在文件里定义它。", "Declare it in the file."),
            )


def owner_of(element: Element) -> str:
    """Return the id of the node that something stands in, or is; empty outside of nodes."""
    holder: Element | None = element
    while holder is not None and not (
        holder.get("id") and source.local(holder) in elements.NODE_TYPES
    ):
        holder = holder.getparent()
    return "" if holder is None else holder.get("id", "")
