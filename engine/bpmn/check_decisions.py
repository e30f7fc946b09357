"""Check how a business rule task names its decision: by a fixed name, in the present files."""

from typing import Final

from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node
from forms.text import Text

#: Ways to say which version of a decision is meant that all mean the one that is there.
_BINDINGS: Final = frozenset({"", "latest", "deployment"})
_TENANT: Final = "decisionRefTenantId"


def check_named(node: Node, findings: Findings) -> bool:
    """Refuse a version or a tenant of a decision, and a computed name; whether it can be sought."""
    given = node.attributes
    binding = given.get("decisionRefBinding", "").strip()
    if binding not in _BINDINGS:
        _refuse(node, f"decisionRefBinding={binding}", findings)
    if given.get(_TENANT, "").strip():
        _refuse(node, _TENANT, findings)
    ref = given.get("decisionRef", "").strip()
    if not (ref.startswith("=") or "${" in ref or "#{" in ref):
        return True
    findings.error(
        "computed-name",
        node,
        Text(
            f"{called(node).zh}的决策名称“{ref}”是算出来的，不支持。",
            f"The decision's name '{ref}' of {called(node).en} is computed, which is not "
            "supported.",
        ),
        Text(
            "请写固定的决策 id；要选择的，请画网关，分别接业务规则任务。",
            "Write a decision's fixed id; to choose one, draw a gateway and a task for each.",
        ),
    )
    return False


def _refuse(node: Node, what: str, findings: Findings) -> None:
    findings.error(
        "not-run",
        node,
        Text(
            f"{called(node).zh}的 {what} 不支持：决策没有版本、标签和租户，"
            "用的总是同一批文件里的。",
            f"{what} of {called(node).en} is not supported: decisions have no versions, tags or "
            "tenants, the one among the files is asked.",
        ),
        Text(
            "请删除它或写 deployment；不同版本的决策请用不同的 id。",
            "Delete it or write deployment; give versions of a decision ids of their own.",
        ),
    )
