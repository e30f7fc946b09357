"""What people would be told in a play: the same turns of a case as `engine.cases.life` tells of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.bpmn.model import Step
from forms.text import Text

APPLICANT: Final = Text("申请人", "The applicant")
#: By act and outcome: the title, and what it says.
_TURNS: Final[Mapping[tuple[str, str], tuple[Text, Text]]] = {
    ("accept", "accept"): (
        Text("已受理", "Accepted"),
        Text("申请已受理，并告知办结期限。", "The application was accepted; it says until when."),
    ),
    ("accept", "correct"): (
        Text("需要补正", "Corrections needed"),
        Text("一次告知全部需要补正的内容。", "Everything to be corrected is listed at once."),
    ),
    ("accept", "not-required"): (
        Text("不受理", "No licence required"),
        Text("依法不需要取得许可。", "No licence is required by law."),
    ),
    ("accept", "not-competent"): (
        Text("不予受理", "Not accepted"),
        Text("告知应向哪个机关申请。", "It names the agency to apply to."),
    ),
    ("correct", "submitted"): (
        Text("已收到补正", "Corrections received"),
        Text("收件机关继续审查。", "The agency goes on with it."),
    ),
    ("site-visit", "rectify"): (
        Text("需要整改", "Rectification needed"),
        Text("请按核查结论整改后提交。", "Put right what the check found, then submit."),
    ),
    ("decide", "grant"): (
        Text("准予许可", "Granted"),
        Text("附许可证件；告知怎样领取。", "With the licence, and how to get it."),
    ),
    ("decide", "refuse"): (
        Text("不予许可", "Refused"),
        Text("写明理由和救济途径。", "With the reasons and the remedies."),
    ),
    ("decide-part", "grant"): (
        Text("分项准予", "Part granted"),
        Text("一个部门准予许可。", "One department granted its part."),
    ),
    ("deliver", "delivered"): (
        Text("已送达", "Delivered"),
        Text("结果已送达，可以评价。", "The result was delivered; it can be rated."),
    ),
    ("hearing-right", ""): (
        Text("有权要求听证", "Right to a hearing"),
        Text("五日内可以申请听证。", "A hearing can be asked for within five days."),
    ),
    ("hearing-notice", ""): (
        Text("听证通知", "Notice of hearing"),
        Text("告知时间、地点。", "It says when and where."),
    ),
}


@dataclass(frozen=True)
class Notice:
    """A notice that would go out."""

    at: datetime
    to: Text
    title: Text
    body: Text
    #: The number of the move that causes it, from 1; 0 at the start.
    number: int


def received(at: datetime) -> Notice:
    """Tell of the receipt every applicant gets when an application comes in."""
    body = Text("附办件编号和查询码。", "With the number of the case and its query code.")
    return Notice(at, APPLICANT, Text("已收到申请", "Application received"), body, 0)


def of_turn(step: Step, outcome: str, at: datetime, number: int) -> Notice | None:
    """Tell what a completed step says to the applicant; None when it says nothing."""
    found = _TURNS.get((step.act, outcome)) or _TURNS.get((step.act, ""))
    return Notice(at, APPLICANT, *found, number) if found is not None else None


def of_opened(step: Step, department: Text, at: datetime, number: int) -> Notice | None:
    """Tell who hears of a task that has just opened: the applicant, or a department asked."""
    if step.role == "applicant":
        title = Text(f"需要您办理：{step.name.zh}", f"Your turn: {step.name.en}")
        body = Text("请打开办件页面查看要求并提交。", "Open the case to see what is asked.")
        return Notice(at, APPLICANT, title, body, number)
    if step.cohandling is not None:
        to = Text(f"{department.zh}的工作人员", f"Staff of {department.en}")
        title = Text(f"协办：{step.name.zh}", f"Co-handling: {step.name.en}")
        return Notice(at, to, title, Text("请贵部门协办。", "Your department is asked."), number)
    return None


def clock_stopped(ground: Text, at: datetime, number: int) -> Notice:
    """Tell the applicant that the clock stands still, and why (许可法 45)."""
    return Notice(at, APPLICANT, Text("停止计时", "Time not counted"), ground, number)


def clock_resumed(at: datetime, number: int) -> Notice:
    """Tell the applicant that the clock goes on."""
    body = Text("附新的期限。", "With the new due times.")
    return Notice(at, APPLICANT, Text("恢复计时", "The clock goes on"), body, number)
