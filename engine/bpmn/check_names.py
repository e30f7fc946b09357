"""Check the names that a diagram gives to variables."""

from engine.bpmn import language
from engine.bpmn.findings import Findings
from engine.bpmn.model import Node
from forms.text import Text


def check_keyword(node: Node, name: str, line: int, findings: Findings) -> None:
    """Report a word of the expression language in place of a variable's name."""
    if not language.is_keyword(name):
        return
    findings.error(
        "bad-name",
        node,
        Text(
            f"“{name}”是 FEEL 的保留字，不能作变量名。",
            f"'{name}' is a word of FEEL and cannot name a variable.",
        ),
        Text("请换一个名称，如 is_true。", "Choose another name, such as is_true."),
        line=line,
    )


def check_name(node: Node, name: str, findings: Findings) -> None:
    """Report what cannot be the name of a variable, or is the name of one of ours."""
    if language.is_keyword(name):
        check_keyword(node, name, node.line, findings)
        return
    if language.is_name(name) and name not in language.ALWAYS_THERE | {language.OUTCOME}:
        return
    findings.error(
        "bad-name",
        node,
        Text(f"“{name}”不能作变量名。", f"'{name}' cannot name a variable."),
        Text(
            "请用字母、数字和下划线，以字母开头；不要用 item、lead、channel、outcome。",
            "Use letters, digits and _, beginning with a letter; not item, lead, channel, outcome.",
        ),
    )
