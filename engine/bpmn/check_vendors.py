"""Check what other tools write into a diagram: languages, values to begin with, facts of theirs."""

from typing import Final

from engine.bpmn import data_objects, elements, source
from engine.bpmn.check_structure import Place
from engine.bpmn.check_vendor_facts import refused_facts
from engine.bpmn.findings import Findings
from engine.bpmn.model import Diagram, Process
from forms.text import Text

#: Elements that hold an expression, and the languages in which one may be.
_EXPRESSIONS: Final = frozenset(
    {
        "conditionExpression",
        "condition",
        "completionCondition",
        "loopCondition",
        "activationCondition",
        "transformation",
        "from",
    }
)
_LANGUAGES: Final = ("feel", "juel", "xpath")


def check_vendor_texts(diagram: Diagram, process: Process, findings: Findings) -> None:
    """Report the texts of an item's process that would be lost or run as something else."""
    for root in diagram.tree.getroot().findall(f"{{{source.BPMN}}}process"):
        if root.get("id") == process.id:
            for element in root.iter(f"{{{source.BPMN}}}*"):
                check_vendor_text(element, process, findings)


def check_vendor_text(element: source.Element, process: Process, findings: Findings) -> None:
    """Report an element's text in another language, the first value of an inner data object, and
    facts of a dialect that are not run.
    """
    tag, parent = source.local(element), element.getparent()
    top = parent is not None and source.local(parent) == "process"
    if tag == "dataObject" and not top:
        _check_data(element, findings)
    if tag in _EXPRESSIONS:
        _check_expression_language(element, process, findings)
    for fact, line in refused_facts(element):
        findings.error(
            "not-run",
            Place(owner(element, process).id, line),
            Text(f"不支持{fact.name.zh}。", f"This is not supported: {fact.name.en}."),
            fact.remedy,
        )


def _check_data(element: source.Element, findings: Findings) -> None:
    if data_objects.written(element) is None:
        return
    findings.error(
        "not-run",
        Place(element.get("id", ""), source.line(element)),
        Text(
            "这里的数据对象不能有初始值。",
            "A data object cannot have a value to begin with here.",
        ),
        Text(
            "请用脚本任务赋值，或移到流程上。",
            "Set it in a script task, or move it to the process.",
        ),
    )


def _check_expression_language(
    element: source.Element, process: Process, findings: Findings
) -> None:
    """Report an expression that says it is in a language we cannot read.

    ``${…}`` says itself what it is; the standard's own default, XPath, is often written without
    being meant.
    """
    written = element.get("language", "").lower()
    text = source.text(element) or ""
    known = not written or any(word in written for word in _LANGUAGES)
    if known or text.startswith(("${", "#{", "=")):
        return
    findings.error(
        "expression-language",
        owner(element, process),
        Text(
            f"表达式的语言是“{element.get('language')}”，只能用 FEEL。",
            f"The expression is in '{element.get('language')}'; only FEEL runs.",
        ),
        Text(
            "请改写为 FEEL，并删除 language 属性。",
            "Write it in FEEL and delete the attribute language.",
        ),
    )


def owner(element: source.Element, process: Process) -> Place:
    """Give the place of an element inside the nearest one around that has an id."""
    at = element
    named = elements.NODE_TYPES | {"sequenceFlow", "process"}
    while source.local(at) not in named and (parent := at.getparent()) is not None:
        at = parent
    return Place(at.get("id", process.id), source.line(element))
