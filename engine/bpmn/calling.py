"""Processes that call each other inside one bundle: which of them run, and whether all is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.bpmn import joining
from engine.bpmn.check_recursion import Recursion
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Diagram, Node, Process
from forms.text import Text

_COMPUTED: Final = ("=", "${", "#{")


@dataclass(frozen=True)
class Wanted:
    """What a call names that may be found in another bundle."""

    process: str
    #: ``latest``, ``version`` or ``versionTag``.
    binding: str
    #: The item in whose bundle it is looked for; empty: its own first, then any.
    item: str = ""
    number: int = 0
    tag: str = ""
    #: The item whose version calls, where that is not the case's own.
    caller: str = ""


@dataclass(frozen=True)
class Running:
    """A process that runs, and the file it is drawn in."""

    diagram: Diagram
    process: Process


def running(diagram: Diagram, others: Sequence[Diagram] = ()) -> tuple[Running, ...]:
    """List the main process of a diagram and all it calls, straight or through others."""
    known = _known((diagram, *others))
    found = {diagram.main.id: Running(diagram, diagram.main)}
    stack = [diagram.main]
    while stack:
        for name in _called_by(stack.pop(), known):
            if name in known and name not in found:
                found[name] = known[name]
                stack.append(known[name].process)
    return tuple(found.values())


def calls(process: Process) -> Iterator[Node]:
    """List the call activities of a process."""
    return (node for node in process.nodes.values() if node.type == "callActivity")


def wanted(node: Node) -> str | None:
    """Give the id of the process a call names; None when it is computed."""
    name = node.attributes.get("calledElement", "").strip()
    return None if name.startswith(_COMPUTED) else name.rpartition(":")[2]


def binding(node: Node) -> str:
    """Give by what a call chooses the version of its process; ``deployment`` unless it says."""
    return node.attributes.get("calledElementBinding", "deployment")


def outer(node: Node) -> bool:
    """Whether a call chooses among all that is deployed, not only in its own bundle."""
    return binding(node) != "deployment"


def asked(node: Node, name: str) -> Wanted:
    """Give what a call of this name asks for."""
    given = node.attributes
    number = given.get("calledElementVersion", "").strip()
    return Wanted(
        name,
        binding(node),
        node.properties.get("item", ""),
        int(number) if number.isascii() and number.isdigit() else 0,
        given.get("calledElementVersionTag", "").strip(),
        joining.prefix_of(node.id).partition("@")[0],
    )


def _known(diagrams: Sequence[Diagram]) -> dict[str, Running]:
    found: dict[str, Running] = {}
    for diagram in diagrams:
        for process in diagram.processes:
            found.setdefault(process.id, Running(diagram, process))
    return found


def _called_by(process: Process, known: dict[str, Running]) -> Iterator[str]:
    for node in calls(process):
        name = wanted(node)
        if outer(node) and node.properties.get("item"):
            continue
        if name is not None:
            yield name
        else:
            # Which one is said only when it runs: any executable process of the bundle.
            yield from (one for one, held in known.items() if held.process.executable)


def check_calls(found: Sequence[Running], one: Running, findings: Findings) -> None:
    """Report every call of a process that cannot be carried out inside the bundle."""
    known = {held.process.id: held.process for held in found}
    recursion = Recursion(known, findings)
    for node in calls(one.process):
        name = wanted(node)
        if not name or outer(node):
            continue
        if name not in known:
            findings.error(
                "unknown-process",
                node,
                Text(
                    f"{called(node).zh}调用的流程“{name}”不在部署包里。",
                    f"The process '{name}' that {called(node).en} calls is not in the bundle.",
                ),
                Text(
                    "请把它的 .bpmn 文件放进本事项的文件夹，改正名称，或写版本绑定（如 latest）"
                    "调用别的事项的流程。",
                    "Put its .bpmn file into the item's folder, mend the name, or write a binding,"
                    " as latest, to call the process of another item.",
                ),
            )
        else:
            recursion.check(one.process, node, known[name])


def check_together(found: Sequence[Running], others: Sequence[Diagram], at: Findings) -> None:
    """Report what two files of a bundle both name, and processes that would never run."""
    owner: dict[str, Running] = {}
    for one in found:
        for identity in (one.process.id, *one.process.nodes):
            first = owner.setdefault(identity, one)
            if first.diagram is not one.diagram:
                _twice(identity, first, one, at)
    reached = {one.process.id for one in found}
    for process in (p for other in others if other.file == at.file for p in other.processes):
        if process.executable and process.id not in reached:
            at.error(
                "never-called",
                process,
                Text(
                    f"没有任何流程调用“{process.id}”，它不会运行。",
                    f"Nothing calls the process '{process.id}', so it would never run.",
                ),
                Text("请删除它，或用调用活动调用它。", "Delete it, or call it."),
            )


def _twice(identity: str, first: Running, second: Running, at: Findings) -> None:
    if second.diagram.file != at.file:
        return
    place = second.process.nodes.get(identity, second.process)
    at.error(
        "duplicate-id",
        place,
        Text(
            f"id“{identity}”在“{first.diagram.file}”里已经用过。",
            f"The id '{identity}' is used in '{first.diagram.file}' already.",
        ),
        Text(
            "一个事项的各个流程图里，id 不能相同：它会出现在测试和记录里。",
            "Ids must differ over all diagrams of an item: they appear in tests and records.",
        ),
    )
