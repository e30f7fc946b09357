"""Check the picture: every node and flow of the process must be drawn."""

from typing import Final

from engine.bpmn.findings import Findings, called, flow_called
from engine.bpmn.model import Diagram, Process
from forms.text import Text

_DRAW_AGAIN = Text(
    "请在流程设计工具中打开并重新排版后保存。", "Open it in a BPMN editor, lay it out and save."
)
_NONE: Final = Text("文件里没有流程的图形。", "The file holds no picture of the process.")
_ARRANGED: Final = Text(
    "系统已自动排好一张图；要自己排，请在流程设计工具中打开、调整并保存。",
    "One is arranged automatically; to arrange it yourself, open it in a BPMN editor and save it.",
)


def check_picture(diagram: Diagram, process: Process, findings: Findings) -> None:
    """Warn of everything that people would not see in the picture, once when there is none."""
    if process.nodes.keys().isdisjoint(diagram.shapes):
        findings.warning("no-picture", process, _NONE, _ARRANGED)
        return
    for node in process.nodes.values():
        if node.id not in diagram.shapes:
            findings.warning(
                "no-shape",
                node,
                Text(
                    f"图中没有{called(node).zh}。", f"The {called(node).en} is not in the picture."
                ),
                _DRAW_AGAIN,
            )
    for flow in process.flows.values():
        if flow.id not in diagram.edges:
            findings.warning(
                "no-edge",
                flow,
                Text(
                    f"图中没有{flow_called(flow).zh}。",
                    f"The {flow_called(flow).en} is not in the picture.",
                ),
                _DRAW_AGAIN,
            )
