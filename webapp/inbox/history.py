"""What happened in a case, told in words: one entry of a timeline for each event that matters."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from engine import people, supervision
from engine.cases import documents
from engine.definitions import Bundle
from forms.text import Text
from webapp import licensed
from webapp.language import t


class Told(Protocol):
    """What the timeline needs of an event."""

    type: str
    at: datetime
    actor_id: int | None
    actor_name: str
    department_code: str | None
    data: dict[str, Any]


#: How each kind of event is told. ``{step}``, ``{outcome}``, ``{document}``… come from its data.
#: A kind that is not named here is machinery and stays out of the timeline.
WORDS: Mapping[str, Text] = {
    "case-received": Text("收到申请", "Application received"),
    "case-accepted": Text("受理", "Accepted"),
    "case-decided": Text("作出决定：{result}", "Decided: {result}"),
    "part-decided": Text("分项决定：{result}", "Part decided: {result}"),
    "parts-concluded": Text("汇总各部门决定：{result}", "All parts concluded: {result}"),
    "case-migrated": Text(
        "转到事项第{version}版办理（原第{came_from}版）",
        "Moved to version {version} of the item (from version {came_from})",
    ),
    "case-put-back": Text("转回事项第{version}版办理", "Put back to version {version} of the item"),
    "case-closed": Text("办结", "Case closed"),
    "acceptance-refused": Text("{document}", "{document}"),
    "correction-asked": Text(
        "一次性告知补正（{count}处）", "Corrections asked for at once ({count} points)"
    ),
    "correction-answered": Text("申请人已补正", "The applicant answered the correction notice"),
    "rectification-asked": Text("要求整改", "Rectification asked for"),
    "result-delivered": Text("送达", "Delivered"),
    "document-issued": Text("出具{document}（{number}）", "{document} issued ({number})"),
    "material-added": Text("补充材料：{file}", "Material added: {file}"),
    "material-removed": Text("撤下材料：{file}", "Material taken out: {file}"),
    "task-claimed": Text("认领“{step}”", "Claimed “{step}”"),
    "task-released": Text("退回“{step}”，待他人认领", "Released “{step}” for others"),
    "task-signed": Text("在“{step}”上签名：{outcome}", "Signed “{step}”: {outcome}"),
    "task-completed": Text("办理“{step}”：{outcome}", "Completed “{step}”: {outcome}"),
    "task-cancelled": Text("“{step}”不再需要办理", "“{step}” is no longer needed"),
    "task-fetched": Text("“{step}”交给外部程序办理", "“{step}” was given out to a program"),
    "task-attempt-failed": Text("外部程序未能办理“{step}”", "The program could not do “{step}”"),
    "task-error-thrown": Text(
        "外部程序以错误“{error}”结束“{step}”", "The program ended “{step}” with “{error}”"
    ),
    "timer-fired": Text("“{step}”到时，自动继续", "Time for “{step}” came; the case went on"),
    "case-deemed-accepted": Text("逾期未告知，视为受理", "Deemed accepted: nothing told in time"),
    "clock-stop-asked": Text("申请停止计时", "A stop of the clock was asked for"),
    "clock-stop-refused": Text("未批准停止计时", "The stop was not approved"),
    "clock-stopped": Text("停止计时", "The clock stands still"),
    "clock-resumed": Text("恢复计时", "The clock goes on"),
    "clock-stop-overrun": Text("停止计时超过计划", "The stop lasts longer than planned"),
    "limit-extended": Text("延长期限", "Limit extended"),
    "suspension-asked": Text("申请中止", "A suspension was asked for"),
    "suspension-refused": Text("未批准中止", "The suspension was not approved"),
    "case-suspended": Text("中止办理", "Suspended"),
    "case-resumed": Text("恢复办理", "Resumed"),
    "case-withdrawn": Text("申请人签名撤回申请", "The applicant withdrew and signed for it"),
    "receipt-limit-near": Text("提醒：即将视为受理", "Warning: about to count as accepted"),
    "correction-repeated": Text("再次告知补正的新情况", "New facts of a second notice"),
    "correction-reminded": Text("提醒申请人补正", "The applicant was reminded to correct"),
    "correction-time-over": Text("补正期限已过", "The time to correct is over"),
    "case-granted-by-silence": Text("逾期未决定，视为准予", "Granted by silence of the agency"),
    "hearing-published": Text("向社会公告听证", "The public was told of the hearing"),
    "hearing-right-told": Text("告知听证权利", "Told of the right to a hearing"),
    "hearing-notice-told": Text("通知听证", "Hearing announced"),
    "inspectors-assigned-late": Text("核查人员指派超过5个工作日", "Inspectors assigned too late"),
    "emergency-reported": Text("先行处置，补办申请", "Acted first, applied afterwards"),
    "applied-after-withdrawal": Text(
        "撤回后再次申请（前一件{earlier}）", "Applied again after withdrawing {earlier}"
    ),
    "due-times-changed": Text("重新计算期限", "Due times computed anew"),
    "cohandling-asked": Text("请求协办：{department}", "Co-handling asked of {department}"),
    "cohandling-answered": Text("{department}答复协办", "{department} answered"),
    "cohandling-cancelled": Text(
        "取消对{department}的协办请求", "Co-handling of {department} ended"
    ),
    "cohandling-urged": Text("催办：{department}", "{department} was urged"),
    "card-issued": Text("{level}：{cause}", "{level}: {cause}"),
    "card-answered": Text("答复{level}", "{level} answered"),
    "card-appealed": Text("对{level}提出申诉", "{level} appealed against"),
    "card-verified": Text("{level}的答复经核实", "Answer to the {level} verified"),
    "card-returned": Text("{level}的答复被退回", "Answer to the {level} sent back"),
    "card-upheld": Text("维持{level}", "{level} upheld"),
    "card-withdrawn": Text("撤销{level}", "{level} withdrawn"),
    **licensed.WORDS,
    "card-proposed": Text("拟发{level}：{cause}，先听取意见", "{level} proposed: {cause}"),
    "card-heard": Text("对拟发的{level}陈述意见", "The unit was heard on the {level}"),
    "card-doubted": Text(
        "{level}有疑义，待复核：{doubt}", "{level} in doubt, to be reviewed: {doubt}"
    ),
    "card-kept": Text("复核维持{level}", "{level} kept after a review"),
    "letter-issued": Text("发出{letter}（{number}）", "{letter} issued ({number})"),
    "letter-replied": Text("答复{letter}", "{letter} replied to"),
    "letter-returned": Text("{letter}的答复被退回", "Reply to the {letter} sent back"),
    "letter-closed": Text("{letter}核实办结", "{letter} verified and closed"),
    "breach-proven": Text("查实：{cause}", "Proven: {cause}"),
    "repair-proposed": Text("提出修复办件", "A repair was proposed"),
    "case-repaired": Text("办件经两名管理员修复", "Repaired by two administrators"),
    "repair-refused": Text("修复未获批准", "The repair was refused"),
    "repair-withdrawn": Text("修复提议已撤回", "The proposal of a repair was taken back"),
    "task-reassigned": Text("“{step}”改派给{name}", "“{step}” was given to {name}"),
    "task-skipped": Text("跳过“{step}”：{outcome}", "“{step}” was skipped: {outcome}"),
    "answers-changed": Text("更正已填写的内容", "Answers were changed"),
    "case-urged": Text("催办", "A reminder was sent"),
    "overdue-explained": Text("公开超期原因", "Why it is late, told in public"),
    "personal-data-shown": Text("查看个人信息", "Personal data were read"),
    "cohandling-skipped": Text(
        "{department}逾期未答复，按流程规定继续办理",
        "{department} did not answer in time; the case went on as the diagram allows",
    ),
}
RESULTS: Mapping[str, Text] = {
    "granted": Text("准予许可", "granted"),
    "refused": Text("不予许可", "refused"),
    "partly-granted": Text("部分准予许可", "partly granted"),
    "not-required": Text("不受理", "no licence required"),
    "not-competent": Text("不予受理", "another agency is competent"),
    "withdrawn": Text("申请人撤回", "withdrawn by the applicant"),
}
_NOTHING = Text("", "")
_SYSTEM = Text("系统", "System")


def entries(happened: Iterable[Told], of: Bundle | None) -> list[dict[str, Any]]:
    """Tell the events of a case, newest first, as entries of the macro ``timeline``.

    ``of``: what the case runs; None for a record that is of no case.
    """
    told = [_entry(event, of) for event in happened if event.type in WORDS]
    return told[::-1]


def _entry(event: Told, of: Bundle | None) -> dict[str, Any]:
    words = {name: find(event, of) for name, find in _PARTS.items()}
    where = people.department_name(event.department_code) if event.department_code else _NOTHING
    # A document is the department's, whoever's act brought it about.
    name = t(_SYSTEM) if event.actor_id is None else event.actor_name
    if event.type == "document-issued":
        name = ""
    if away := event.data.get("for_whom"):
        name += t(f"（代{away}）", f" (for {away})")
    by = " · ".join(filter(None, (t(where), name)))
    return {
        "title": t(WORDS[event.type].format(**words)),
        "by": by,
        "at": event.at,
        "text": _written(event),
        "state": "done",
    }


def _written(event: Told) -> str:
    """Return what people wrote: an opinion, a reason, or the points of a correction notice."""
    points = [
        f"{t(entry.get('label_zh', ''), entry.get('label_en', ''))}：{entry.get('reason', '')}"
        for entry in event.data.get("entries") or ()
    ]
    return "\n".join(
        [*points, str(event.data.get("opinion") or event.data.get("reason") or "")]
    ).strip()


def _step(event: Told, of: Bundle | None) -> Text:
    element = str(event.data.get("element", ""))
    node = of.node(element) if of else None
    return node.name if node else Text(element, element)


def _outcome(event: Told, of: Bundle | None) -> Text:
    code = str(event.data.get("outcome") or "")
    element = str(event.data.get("element", ""))
    step = of.step(element) if of and of.knows(element) else None
    found = step.outcome(code) if step else None
    return found.label if found else Text(code, code)


def _document(event: Told, _of: Bundle | None) -> Text:
    kind = str(event.data.get("kind", ""))
    return documents.KINDS[kind].title if kind in documents.KINDS else Text(kind, kind)


def _result(event: Told, _of: Bundle | None) -> Text:
    code = str(event.data.get("result") or "")
    return RESULTS.get(code, Text(code, code))


def _plain(key: str) -> Callable[[Told, Bundle | None], Text]:
    def find(event: Told, _of: Bundle | None) -> Text:
        value = str(event.data.get(key) or "")
        return Text(value, value)

    return find


def _count(event: Told, _of: Bundle | None) -> Text:
    number = str(len(event.data.get("entries") or ()))
    return Text(number, number)


def _department(event: Told, _of: Bundle | None) -> Text:
    return people.department_name(event.department_code)


def _named(key: str, names: Mapping[str, Text]) -> Callable[[Told, Bundle | None], Text]:
    def find(event: Told, _of: Bundle | None) -> Text:
        return names.get(str(event.data.get(key)), _NOTHING)

    return find


_PARTS: Mapping[str, Callable[[Told, Bundle | None], Text]] = {
    "step": _step,
    "outcome": _outcome,
    "document": _document,
    "result": _result,
    "number": _plain("number"),
    "file": _plain("file"),
    "name": _plain("name"),
    "earlier": _plain("earlier"),
    "error": _plain("error"),
    "licence": _plain("licence"),
    "until": _plain("until"),
    "version": _plain("version"),
    "came_from": _plain("came_from"),
    "count": _count,
    "department": _department,
    "level": _named("level", supervision.LEVELS),
    "cause": _named("cause", {**supervision.CAUSES, **supervision.WITHHELD}),
    "letter": _named("letter_kind", supervision.LETTERS),
    "doubt": _named("doubt", supervision.DOUBT_CAUSES),
}
