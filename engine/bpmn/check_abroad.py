"""Check calls that choose among all that is deployed: by the latest version, a number or a tag."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.bpmn import calling, language
from engine.bpmn.check_language import Surroundings
from engine.bpmn.findings import Findings, called, quoted
from engine.bpmn.model import Node, Process
from engine.bpmn.naming import Names
from forms.text import Text

BINDINGS: Final = ("deployment", "latest", "version", "versionTag")
_KEY: Final = "key"


@dataclass(frozen=True)
class Abroad:
    """A process of another bundle, and each of its forms with the keys of its answers."""

    process: Process
    forms: Mapping[str, frozenset[str]]
    #: What it may call of its own bundle.
    beside: tuple[Process, ...] = ()


#: Finds what a call names; the reason where it cannot be found, None for the caller's own version.
Lookup = Callable[[calling.Wanted], Abroad | Text | None]


def is_own(node: Node, processes: Mapping[str, Process], item: str) -> bool:
    """Whether a call chooses a process of the bundle it stands in."""
    own = (node.properties.get("item") or item) == item
    return own and (calling.wanted(node) or "") in processes


def check_abroad(
    process: Process,
    node: Node,
    around: Surroundings,
    look: Lookup | None,
    findings: Findings,
) -> None:
    """Report a call that says wrongly what it wants, that finds nothing, or hands over too little.

    Without ``look`` only what it says is checked.
    """
    if not _is_well_said(node, findings):
        return
    wanted = calling.asked(node, calling.wanted(node) or "")
    latest = wanted.binding == "latest"
    if latest and is_own(node, around.processes, around.item):
        return
    found = None if look is None else look(wanted)
    if isinstance(found, Text):
        hint = Text(
            "请先部署它所在的事项，改正名称，或放进本事项并写 deployment。",
            "Deploy the item that has it first, mend the name, or put it into this bundle and"
            " write deployment.",
        )
        findings.error("unknown-process", node, found, hint)
    elif found is not None:
        _check_handed(process, node, found, around, findings)


def _is_well_said(node: Node, findings: Findings) -> bool:
    given, wanted = node.attributes, calling.wanted(node)
    binding, hint = calling.binding(node), Text("请改正它。", "Mend it.")
    fault = None
    if binding not in BINDINGS or given.get("calledElementType", _KEY) != _KEY:
        named = binding if binding not in BINDINGS else given["calledElementType"]
        fault = Text(f"版本绑定“{named}”不认识", f"the binding '{named}' is not known")
        hint = Text(f"请写 {quoted(BINDINGS).zh} 之一。", f"Write one of {quoted(BINDINGS).en}.")
    elif wanted is None:
        fault = Text(
            "流程名称是算出来的，部署时无法核对", "its process is computed, and cannot be checked"
        )
        hint = Text("请写固定的名称，或绑定 deployment。", "Write a fixed name, or deployment.")
    elif binding == "version" and calling.asked(node, wanted).number < 1:
        fault = Text("没有写明第几版", "no version number is named")
        hint = Text("请写 calledElementVersion=版本号。", "Set calledElementVersion to a number.")
    elif binding == "versionTag" and not given.get("calledElementVersionTag"):
        fault = Text("没有写明版本标签", "no version tag is named")
        hint = Text("请写 calledElementVersionTag。", "Set its calledElementVersionTag.")
    elif node.mappings.all_out:
        fault = Text(
            "从别的部署包取回全部变量，其内容会随版本变化",
            "everything comes out of another bundle, whose contents change with its versions",
        )
        hint = Text(
            "请逐个写明取回的变量（camunda:out source、target；zeebe 写"
            " propagateAllChildVariables=false 和 ioMapping）。",
            "Name each variable that comes out (camunda:out with source and target; zeebe:"
            " propagateAllChildVariables=false and an ioMapping).",
        )
    if fault is not None:
        message = Text(
            f"{called(node).zh}的调用不能执行：{fault.zh}。",
            f"The call of {called(node).en} cannot be carried out: {fault.en}.",
        )
        findings.error("call-binding", node, message, hint)
    return fault is None


def _check_handed(
    process: Process, node: Node, found: Abroad, around: Surroundings, findings: Findings
) -> None:
    """Report the variables that the called process looks at and that nobody gives it."""
    there = replace(around, forms=found.forms, given=frozenset(), processes={})
    given = {name for name, _ in node.mappings.inputs}
    if node.mappings.all_in:
        given |= Names(process, around).all
    missing = found.process.names - Names(found.process, there).all - given - language.ALWAYS_THERE
    if missing and not Names(found.process, there).open:
        named = quoted(frozenset(missing))
        findings.error(
            "call-input",
            node,
            Text(
                f"{called(node).zh}没有交给被调用的流程它要用的变量：{named.zh}。",
                f"The call of {called(node).en} does not hand over what its process looks at:"
                f" {named.en}.",
            ),
            Text("请用 camunda:in 写明。", "Name them with camunda:in."),
        )
