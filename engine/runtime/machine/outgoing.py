"""How many tokens an activity takes and gives, and what is said when none can go on."""

from engine.bpmn.model import Node
from engine.runtime.errors import RuntimeFault
from forms.text import Text


def quantity(node: Node, name: str) -> int:
    """Give how many tokens an activity needs, or how many it gives (BPMN 2.0, 13.3.2)."""
    return int(node.attributes.get(name, "1"))


def no_way(node: Node) -> RuntimeFault:
    """Say that no flow can be taken."""
    return RuntimeFault(
        Text(
            "没有一个条件成立，也没有默认流向，流程无法继续。",
            "No condition holds and there is no default flow, so the case cannot go on.",
        ),
        element=node.id,
    )
