"""Read what approvals need to know from nodes: steps, co-handlings, decisions."""

from collections.abc import Mapping
from dataclasses import replace

from engine.bpmn import expressions, language
from engine.bpmn.model import CoHandling, Decision, Node, Outcome, Outside, Step
from forms.text import Text


def is_cohandling(node: Node) -> bool:
    """Whether a node is a co-handling: a subprocess that says so."""
    return node.type == "subProcess" and node.properties.get("coHandling") == "true"


def is_decision(node: Node) -> bool:
    """Whether a node asks a DMN decision."""
    return node.type == "businessRuleTask" and bool(node.attributes.get("decisionRef"))


def form_of(node: Node) -> str | None:
    """Give the name of the bundle's form that a start event or user task names."""
    name = node.attributes.get("formRef") or node.attributes.get("formKey")
    return name.removesuffix(".form") if name else None


def groups_of(node: Node) -> tuple[str, ...]:
    """Give the ``department:role`` entries of a user task."""
    return tuple(
        group.strip()
        for group in node.attributes.get("candidateGroups", "").split(",")
        if group.strip()
    )


def is_outside(node: Node) -> bool:
    """Whether a program outside does a task, and says so by a topic."""
    if not node.attributes.get("topic", "").strip():
        return False
    if node.type == "businessRuleTask":
        return not is_decision(node)
    sends = any(event.ref for event in node.events)
    return node.type == "serviceTask" or (node.type == "sendTask" and not sends)


def answered(node: Node) -> frozenset[str]:
    """Name what the outputs of a task look at: what its program answers stays there otherwise."""
    return frozenset(
        name for _, text in node.mappings.outputs for name in expressions.understand(text).names
    )


def outside(node: Node, nodes: Mapping[str, Node]) -> Step:
    """Read a task that a program outside does: a step of the lead, or of the department asked."""
    enclosing = _enclosing(node, nodes)
    priority = node.attributes.get("taskPriority", "").strip()
    plain = step(node, nodes)
    return replace(
        plain,
        act=language.SERVICE,
        department=language.LEAD if enclosing is None else language.CO,
        role=language.MACHINE,
        form=None,
        limit=plain.limit or language.MACHINE_LIMIT,
        outcomes=language.default_outcomes(language.SERVICE),
        persons=1,
        opinion="none",
        outside=Outside(
            topic=node.attributes["topic"].strip(),
            inputs=tuple(dict.fromkeys(name for name, _ in node.mappings.inputs)),
            results=_listed(node.properties.get("results", "")),
            priority=int(priority) if language.is_priority(priority) else 0,
        ),
    )


def step(node: Node, nodes: Mapping[str, Node]) -> Step:
    """Read a user task; what is missing or wrong gets the plain default and a problem elsewhere."""
    properties = node.properties
    department, role = _group(next(iter(groups_of(node)), ""))
    act = properties.get("act", "")
    written = properties.get("outcomes", "")
    help_zh = properties.get("help", "")
    return Step(
        element=node.id,
        name=node.name,
        act=act,
        department=department,
        role=role,
        form=form_of(node),
        limit=properties.get("limit") or None,
        outcomes=_outcomes(written, act),
        persons=_persons(properties.get("persons", "")),
        not_same_as=_listed(properties.get("notSameAs", "")),
        opinion=properties.get("opinion") or "optional",
        outcome_as=properties.get("outcomeAs") or None,
        cohandling=_enclosing(node, nodes),
        help=Text(help_zh, properties.get("helpEn") or help_zh),
        line=node.line,
        period=properties.get("period", ""),
        experts=properties.get("experts", ""),
        lapse=properties.get("lapse") or "remind",
        lapse_article=properties.get("lapseArticle", ""),
    )


def cohandling(node: Node) -> CoHandling:
    """Read a co-handling subprocess."""
    loop = node.loop
    return CoHandling(
        element=node.id,
        name=node.name,
        collection=(loop.collection if loop else None) or "",
        variable=(loop.variable if loop else None) or "department",
        lead=node.properties.get("lead", ""),
        limit=node.properties.get("limit") or None,
        no_reply=node.properties.get("noReply") or "wait",
        answers=node.properties.get("answers") or None,
        line=node.line,
    )


def decision(node: Node) -> Decision:
    """Read a business rule task."""
    return Decision(
        element=node.id,
        ref=node.attributes["decisionRef"],
        result_variable=node.attributes.get("resultVariable", ""),
        mapping=node.attributes.get("mapDecisionResult") or "resultList",
    )


def _group(group: str) -> tuple[str, str]:
    if group == language.APPLICANT:
        return "", language.APPLICANT
    department, _, role = group.partition(":")
    return department.strip(), role.strip()


def _persons(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else 1


def _outcomes(written: str, act: str) -> tuple[Outcome, ...]:
    """Give a task's outcomes; where the law asks for reasons they are required, ``!`` or not."""
    known = language.ACTS.get(act)
    strict = {o.code for o in known.outcomes if o.reasons_required} if known else set()
    found = language.parse_outcomes(written) or language.default_outcomes(act)
    return tuple(replace(o, reasons_required=True) if o.code in strict else o for o in found)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _enclosing(node: Node, nodes: Mapping[str, Node]) -> str | None:
    parent, seen = node.parent, {node.id}
    while parent is not None and parent not in seen:
        seen.add(parent)
        holder = nodes.get(parent)
        if holder is None:
            return None
        if is_cohandling(holder):
            return holder.id
        parent = holder.parent
    return None
