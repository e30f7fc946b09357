"""Words of supervision: levels, causes, measures and states of cards (supervision.md 2 and 4)."""

from collections.abc import Mapping

from forms.text import Text

NOTICE, WARNING, YELLOW, RED = "notice", "warning", "yellow", "red"

#: The levels, the mildest first.
LEVELS: Mapping[str, Text] = {
    NOTICE: Text("提示", "Notice"),
    WARNING: Text("预警", "Warning"),
    YELLOW: Text("黄牌", "Yellow card"),
    RED: Text("红牌", "Red card"),
}
RANK: Mapping[str, int] = {level: rank for rank, level in enumerate(LEVELS, 1)}
#: The levels that must be answered.
CARDS = (YELLOW, RED)

STEP, COHANDLING, PROMISE, STATUTORY = "step", "cohandling", "promise", "statutory"
RECEIPT, DELIVERY, UNANSWERED = "receipt", "delivery", "unanswered"
STOP, EXPLANATION, LETTER = "stop", "explanation", "letter"
QUESTION, RATING, COMPLAINT = "question", "rating", "complaint"
SKIPPED, CONFLICT, UNREASONED = "skipped", "conflict", "unreasoned"
BASELESS, TAMPERED = "baseless", "tampered"
FEE, BACKFILL = "fee", "backfill"

CAUSES: Mapping[str, Text] = {
    STEP: Text("环节时限", "Limit of a step"),
    COHANDLING: Text("协办时限", "Limit of a co-handler"),
    PROMISE: Text("承诺时限", "Promised limit"),
    STATUTORY: Text("法定时限", "Statutory limit"),
    RECEIPT: Text("5日内受理或告知补正", "Acceptance or correction notice in 5 days"),
    DELIVERY: Text("10日内送达", "Delivery in 10 days"),
    STOP: Text("停止计时的计划时间", "Planned time of a stop"),
    EXPLANATION: Text("超期1日内公开原因", "Reasons of an overrun told within a day"),
    LETTER: Text("督办、建议书的答复期限", "Reply to a letter of supervision"),
    QUESTION: Text("咨询的答复期限", "Answer to a question"),
    RATING: Text("差评的核实期限", "Bad rating looked into"),
    COMPLAINT: Text("投诉的答复期限", "Answer to a complaint"),
    UNANSWERED: Text("黄牌到期未答复", "Yellow card not answered in time"),
    SKIPPED: Text("缺少必经环节", "A required step was skipped"),
    CONFLICT: Text("不相容岗位由同一人办理", "Decided by somebody whose posts conflict"),
    UNREASONED: Text("不予许可未写明理由或救济途径", "Refused without reasons or remedies"),
    BASELESS: Text("停止计时无依据或未书面告知", "Clock stopped without basis or notice"),
    TAMPERED: Text("办结后记录被改动", "Record changed after closing"),
    FEE: Text("违规收费", "Unlawful fee"),
    BACKFILL: Text("平台外办理后补录", "Handled off the platform, filled in later"),
}
#: Causes that the record of a case does not name: it is read by those who were rated or complained
#: about. Only who may see the card reads them.
WITHHELD: Mapping[str, Text] = {"withheld": Text("事由见牌", "the cause stands on the card")}
_PRIVATE = (RATING, COMPLAINT)
#: Breaches that are found, not limits that run out.
OFFENCES = (SKIPPED, CONFLICT, UNREASONED, BASELESS, TAMPERED)
#: Breaches that no record shows: a supervisor has looked into them and proves them.
PROVEN = (FEE, BACKFILL)

USED, LEFT, OVER, FOUND = "used", "left", "over", "found"
MEASURES: Mapping[str, Text] = {
    USED: Text("已用时限达到{n}%", "{n}% of the limit used"),
    LEFT: Text("只剩{n}个工作日", "{n} working day(s) left"),
    OVER: Text("超期满{n}个工作日", "overdue by {n} working day(s)"),
    FOUND: Text("查实即发", "as soon as it is found"),
}

NOTED, SETTLED = "noted", "settled"
HEARING, HEARD = "hearing", "heard"
ISSUED, ANSWERED, APPEALED = "issued", "answered", "appealed"
VERIFIED, WITHDRAWN = "verified", "withdrawn"
STATES: Mapping[str, Text] = {
    NOTED: Text("提醒中", "Signal given"),
    SETTLED: Text("已消除", "Settled"),
    HEARING: Text("拟发，听取意见中", "Proposed: the unit is heard"),
    HEARD: Text("已陈述，待决定", "Heard, to be decided"),
    ISSUED: Text("待答复", "To be answered"),
    ANSWERED: Text("已答复，待核实", "Answered, to be verified"),
    APPEALED: Text("申诉中", "Appealed"),
    VERIFIED: Text("已核实办结", "Verified, closed"),
    WITHDRAWN: Text("已撤牌", "Withdrawn"),
}
#: A red card that is proposed: the unit states its case before it counts.
PROPOSED = (HEARING, HEARD)
#: Cards on which somebody still has something to do.
LIVE = (ISSUED, ANSWERED, APPEALED)

URGING, ADVICE = "urging", "advice"
LETTERS: Mapping[str, Text] = {
    URGING: Text("督办函", "Letter of urging"),
    ADVICE: Text("监察建议书", "Supervision advice"),
}
#: Where a matter that is of no single case was found.
SOURCES: Mapping[str, Text] = {
    "figures": Text("统计数据", "Figures"),
    "complaints": Text("投诉和评价", "Complaints and ratings"),
    "inspection": Text("抽查或者检查", "An inspection"),
    "assessment": Text("绩效评估", "An assessment"),
}
REPLIED, CLOSED = "replied", "closed"
LETTER_STATES: Mapping[str, Text] = {
    ISSUED: Text("待答复", "To be answered"),
    REPLIED: Text("已答复，待核实", "Answered, to be verified"),
    CLOSED: Text("已核实办结", "Verified, closed"),
}


def told(cause: str, **rule: object) -> dict[str, object]:
    """Return what the record of a case says of a cause and the rule that was met."""
    return {"cause": next(iter(WITHHELD))} if cause in _PRIVATE else {"cause": cause, **rule}
