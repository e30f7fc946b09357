"""Refuse what dialects add to elements of BPMN that would be passed over, and run otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.bpmn import source
from engine.bpmn.source import BPMN, VENDORS, Element
from forms.text import Text


@dataclass(frozen=True)
class Fact:
    """Something that a dialect writes into the extensions of an element."""

    #: The tag of the extension, and attributes of which it must have one to mean this.
    tag: str
    name: Text
    remedy: Text
    #: The elements of BPMN it may stand in; none: any.
    inside: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


_FACTS: Final = (
    Fact(
        "adHoc",
        Text("即席子流程的结果列表", "the list of results of an ad-hoc subprocess"),
        Text(
            "请删除 outputCollection 和 outputElement，让里面的活动各写一个变量。",
            "Delete outputCollection and outputElement; let each activity inside set a variable.",
        ),
        frozenset({"adHocSubProcess"}),
        frozenset({"outputCollection", "outputElement"}),
    ),
    Fact(
        "taskDefinition",
        Text("由外部程序决定办什么的即席子流程", "a program that decides what is activated"),
        Text(
            "请删除它，写 activeElementsCollection，或用网关决定办什么。",
            "Delete it; write an activeElementsCollection, or let gateways decide.",
        ),
        frozenset({"adHocSubProcess"}),
    ),
    Fact(
        "collection",
        Text("由程序给出的多实例集合", "a program that gives the collection of a loop"),
        Text(
            "请删除它，把集合写成变量或 FEEL。",
            "Delete it; write the collection as a variable or in FEEL.",
        ),
        frozenset({"multiInstanceLoopCharacteristics"}),
    ),
    Fact(
        "variableListenerEventDefinition",
        Text("等待变量变化的事件", "an event that waits for the change of a variable"),
        Text(
            "请改用条件事件，它在变量变化后判断。",
            "Use a conditional event: it is asked after variables change.",
        ),
    ),
)


def refused_facts(element: Element) -> Iterator[tuple[Fact, int]]:
    """List the facts in the extensions of an element that are not run, with their lines."""
    tag = source.local(element)
    for holder in element.findall(f"{{{BPMN}}}extensionElements"):
        for extension in holder:
            if source.namespace(extension) not in VENDORS:
                continue
            given = {source.local_name(str(name)) for name in extension.attrib}
            for fact in _FACTS:
                meant = not fact.attributes or bool(fact.attributes & given)
                place = not fact.inside or tag in fact.inside
                if meant and place and fact.tag == source.local(extension):
                    yield fact, source.line(extension)
