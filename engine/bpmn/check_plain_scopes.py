"""Check one level of a plain diagram: where it begins and ends, and what is never reached."""

from engine.bpmn.check_structure import by_event, ends_here, reachable
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text


def check_scope(process: Process, scope: str | None, findings: Findings) -> None:
    """Report what is wrong with one level: the top for None, or the inside of a subprocess."""
    nodes = process.within(scope)
    holder = process.nodes.get(scope or "")
    if holder is not None and not nodes:
        findings.error(
            "no-start",
            holder,
            Text(f"{called(holder).zh}里什么都没有。", f"There is nothing in {called(holder).en}."),
            Text("请画出里面要做的事，或删除它。", "Draw what is to be done, or delete it."),
        )
    if holder is not None and holder.type == "adHocSubProcess":
        _check_ad_hoc(nodes, findings)
        return
    starts = [node for node in nodes if node.type == "startEvent"]
    _check_starts(holder, starts, findings)
    if starts:
        _check_unreachable(process, nodes, starts, findings)
    _check_way_out(process, nodes, findings)
    _check_ends(holder or process, nodes, findings, begun=bool(starts))


def _check_ad_hoc(nodes: tuple[Node, ...], findings: Findings) -> None:
    for node in nodes:
        if node.type in {"startEvent", "endEvent"}:
            findings.error(
                "unsupported",
                node,
                Text(
                    f"即席子流程里不能有{called(node).zh}（BPMN 10.3.5）。",
                    f"There can be no {called(node).en} in an ad-hoc subprocess (BPMN 10.3.5).",
                ),
                Text("请删除它，或改为普通子流程。", "Delete it, or make it a plain subprocess."),
            )


def _check_starts(holder: Node | None, starts: list[Node], findings: Findings) -> None:
    """Report further plain starts: at the top each begins a run of its own, inside none is meant.

    BPMN 2.0, 13.3.4: a subprocess has one plain start event at most.
    """
    for extra in [node for node in starts if not node.events][1:]:
        if holder is None:
            findings.warning(
                "several-starts",
                extra,
                Text(
                    f"有多个无触发的开始事件；{called(extra).zh}只有指定时才用。",
                    "There are several start events without a trigger;"
                    f" the {called(extra).en} is used only when it is chosen.",
                ),
                Text("用 --start 指定从哪里开始。", "Choose one with --start."),
            )
            continue
        findings.error(
            "several-starts",
            extra,
            Text(
                "子流程有多个开始事件，无法知道从哪里开始。",
                "The subprocess has several start events: which one begins is not said.",
            ),
            Text("请只保留一个。", "Keep one of them."),
        )


def _check_unreachable(
    process: Process, nodes: tuple[Node, ...], starts: list[Node], findings: Findings
) -> None:
    begins = [node.id for node in starts]
    begins += [n.id for n in nodes if n.type == "intermediateCatchEvent" and _is(n, "link")]
    begins += [n.id for n in nodes if n.attributes.get("isForCompensation") == "true"]
    begins += [n.id for n in nodes if n.attributes.get("instantiate") == "true"]
    ahead = reachable(process, begins)
    for node in nodes:
        if node.id not in ahead and not by_event(node) and node.attached_to is None:
            findings.error(
                "unreachable",
                node,
                Text(f"{called(node).zh}永远走不到。", f"Nothing leads to {called(node).en}."),
                Text(
                    "请用顺序流把它连到流程中，或删除它。",
                    "Connect it with sequence flows, or delete it.",
                ),
            )


def _check_way_out(process: Process, nodes: tuple[Node, ...], findings: Findings) -> None:
    ends = [node.id for node in nodes if ends_here(process, node)]
    back = reachable(process, ends, backwards=True)
    for node in nodes:
        if node.id not in back and not by_event(node):
            findings.error(
                "no-way-out",
                node,
                Text(
                    f"从{called(node).zh}走不到任何结束。",
                    f"No way leads from {called(node).en} to an end.",
                ),
                Text("请为这个循环画一条出路。", "Draw a way out of this loop."),
            )


def _check_ends(
    at: Node | Process, nodes: tuple[Node, ...], findings: Findings, *, begun: bool
) -> None:
    """Warn of ends that are not drawn: they end the token all the same (BPMN 2.0, 10.5.3)."""
    ends = any(node.type == "endEvent" for node in nodes)
    if begun and not ends:
        findings.warning(
            "no-end",
            at,
            Text("有开始事件，却没有结束事件。", "There is a start event but no end event."),
            Text("请画一个结束事件。", "Draw an end event."),
        )
    for node in nodes if ends else ():
        if not node.outgoing and _goes_on(node):
            findings.warning(
                "dead-end",
                node,
                Text(f"{called(node).zh}之后没有去处。", f"Nothing follows {called(node).en}."),
                Text("请连到下一步或结束事件。", "Lead it to the next step or to an end event."),
            )


def _goes_on(node: Node) -> bool:
    """Whether something should follow a node."""
    if node.type == "endEvent" or by_event(node) or _is(node, "link"):
        return False
    undoes = node.attributes.get("isForCompensation") == "true"
    return not undoes and not (node.type == "boundaryEvent" and _is(node, "compensate"))


def _is(node: Node, kind: str) -> bool:
    return any(event.kind == kind for event in node.events)
