"""Check who uses the data of an activity: they are there only in it, while it runs (10.4.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.bpmn import data_objects, elements, expressions, source
from engine.bpmn.check_plain_names import set_by
from engine.bpmn.findings import Findings, Located
from engine.bpmn.mappings import runs
from engine.bpmn.model import Diagram, Process
from engine.bpmn.source import BPMN, Element
from engine.bpmn.wiring import data_names
from forms.text import Text

_REFERRING: Final = ("sourceRef", "targetRef", "loopDataInputRef", "loopDataOutputRef")
_ASSOCIATIONS: Final = frozenset({"dataInputAssociation", "dataOutputAssociation"})


@dataclass(frozen=True)
class _Held:
    """A data object or property: its variable, and the element whose it is."""

    name: str
    holder: str


def check_data(diagram: Diagram, process: Process, findings: Findings) -> None:
    """Report data used where they do not exist, or where others of the same name hide them."""
    root = diagram.tree.getroot()
    own = next((p for p in root.findall(f"{{{BPMN}}}process") if p.get("id") == process.id), None)
    if own is None:
        return
    _check_holders(process, own, findings)
    known = _known(own, data_names(root))
    top = {one.name for one in known.values() if one.holder == process.id}
    for element, name in _uses(own):
        if name in known:
            _check_use(process, element, known[name], top, findings)
    if process.data_inside:
        _check_names(process, top, findings)


def _check_holders(process: Process, root: Element, findings: Findings) -> None:
    """Refuse data that stand in an event or a call: they would outlive it."""
    for element in root.iter(*(f"{{{BPMN}}}{kind}" for kind in elements.NODE_TYPES)):
        node = process.nodes.get(element.get("id", ""))
        if node is None or data_objects.keeps_data(source.local(element)):
            continue
        for one in data_objects.held(element):
            findings.error(
                "data-of-event",
                node,
                Text(
                    "事件和调用活动不能有自己的数据，这里不运行。",
                    "An event or a call activity with data of its own is not run here.",
                ),
                Text(
                    "请把数据移到外层的流程或子流程。",
                    "Move the data to the process or subprocess around it.",
                ),
                line=source.line(one),
            )


def _known(root: Element, names: dict[str, str]) -> dict[str, _Held]:
    """Collect the data of a process by their ids, and by those of the references to them."""
    found = {
        one.get("id", ""): _Held(names[one.get("id", "")], element.get("id", ""))
        for element in root.iter(f"{{{BPMN}}}*")
        if element is root or source.local(element) in elements.NODE_TYPES
        for one in data_objects.held(element)
    }
    for reference in root.iter(f"{{{BPMN}}}dataObjectReference"):
        target = found.get(reference.get("dataObjectRef", ""))
        if target is not None and reference.get("id"):
            found[reference.get("id", "")] = target
    return found


def _uses(root: Element) -> Iterator[tuple[Element, str]]:
    """List where data are named by their ids: in associations and loops."""
    for element in root.iter(f"{{{BPMN}}}*"):
        kind, around = source.local(element), element.getparent()
        moving = kind in _ASSOCIATIONS and around is not None and runs(around, element)
        if moving or kind == "multiInstanceLoopCharacteristics":
            for tag in _REFERRING:
                name = source.text(element.find(f"{{{BPMN}}}{tag}"))
                if name:
                    yield element, name


def _check_use(
    process: Process, element: Element, used: _Held, top: set[str], findings: Findings
) -> None:
    node = process.nodes.get(_owner(element))
    if node is None or used.holder not in {process.id, *process.data_inside}:
        return
    # What loops is around its own data: what it loops over must be there before.
    looping = source.local(element) not in _ASSOCIATIONS
    around = [*_around(process, node.parent if looping else node.id), process.id]
    line = source.line(element)
    if used.holder not in around:
        _outside(node, used, line, findings)
        return
    seen = next(
        (one for one in around[:-1] if used.name in process.data_inside.get(one, ())), process.id
    )
    if seen != used.holder and (seen != process.id or used.name in top):
        _hidden(node, used, line, findings)


def _owner(element: Element) -> str:
    at: Element | None = element
    while at is not None and source.local(at) not in elements.NODE_TYPES:
        at = at.getparent()
    return "" if at is None else at.get("id", "")


def _around(process: Process, name: str | None) -> list[str]:
    """List an activity and the subprocesses around it, innermost first."""
    found = []
    while name in process.nodes:
        found.append(str(name))
        name = process.nodes[str(name)].parent
    return found


def _outside(at: Located, used: _Held, line: int, findings: Findings) -> None:
    findings.error(
        "data-outside",
        at,
        Text(
            f"数据“{used.name}”属于“{used.holder}”，在这里不存在。",
            f"The data '{used.name}' belong to '{used.holder}' and do not exist here.",
        ),
        Text(
            "请把数据对象移到两者共同的上一层，或在活动的输出中交出它。",
            "Move the data object to the level around both, or hand it over as an output.",
        ),
        line=line,
    )


def _hidden(at: Located, used: _Held, line: int, findings: Findings) -> None:
    findings.error(
        "data-hidden",
        at,
        Text(
            f"“{used.holder}”的数据“{used.name}”在这里被更近的同名数据遮住。",
            f"The data '{used.name}' of '{used.holder}' are hidden here by nearer ones so named.",
        ),
        Text("请给其中一个改名。", "Rename one of them."),
        line=line,
    )


# --- by name ---
def _check_names(process: Process, top: set[str], findings: Findings) -> None:
    """Warn of expressions outside that name data of an activity, where nothing else sets these."""
    inside = frozenset[str]().union(*process.data_inside.values())
    elsewhere = inside & (top | _set_outside(process))
    for at, place, texts in _written(process):
        seen = frozenset[str]().union(
            *(process.data_inside.get(one, frozenset()) for one in _around(process, place))
        )
        for text, line in texts:
            for name in sorted((expressions.understand(text).names & inside) - seen - elsewhere):
                _ended(at, name, line, findings)


def _written(
    process: Process,
) -> Iterator[tuple[Located, str | None, list[tuple[str, int]]]]:
    """List what holds expressions, what is around it, and its expressions with their lines."""
    for node in process.nodes.values():
        yield node, node.id, [(one.text, one.line) for one in expressions.of_node(node)]
    for flow in process.flows.values():
        yield flow, flow.parent, [(one.text, one.line) for one in expressions.of_flow(flow)]


def _set_outside(process: Process) -> set[str]:
    """Collect the variables that are set where they are nobody's own."""
    found: set[str] = set()
    for node in process.nodes.values():
        own = (process.data_inside.get(one, ()) for one in _around(process, node.id))
        found |= set(set_by(process, node)).difference(*own)
    return found


def _ended(at: Located, name: str, line: int, findings: Findings) -> None:
    findings.warning(
        "data-ended",
        at,
        Text(
            f"“{name}”是另一个活动自己的数据，在这里为空。",
            f"'{name}' is data of another activity's own: here it is null.",
        ),
        Text(
            "请把数据对象移到外层，或在活动的输出中交出它；若由外部给出，可以不管。",
            "Move the data object to the level around, or hand it over as an output; if it comes"
            " from outside, all is well.",
        ),
        line=line,
    )
