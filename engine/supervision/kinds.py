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

CAUSES: Mapping[str, Text] = {
    STEP: Text("环节时限", "Limit of a step"),
    COHANDLING: Text("协办时限", "Limit of a co-handler"),
    PROMISE: Text("承诺时限", "Promised limit"),
    STATUTORY: Text("法定时限", "Statutory limit"),
    RECEIPT: Text("5日内受理或告知补正", "Acceptance or correction notice in 5 days"),
    DELIVERY: Text("10日内送达", "Delivery in 10 days"),
    UNANSWERED: Text("黄牌到期未答复", "Yellow card not answered in time"),
}

USED, LEFT, OVER = "used", "left", "over"
MEASURES: Mapping[str, Text] = {
    USED: Text("已用时限达到{n}%", "{n}% of the limit used"),
    LEFT: Text("只剩{n}个工作日", "{n} working day(s) left"),
    OVER: Text("超期满{n}个工作日", "overdue by {n} working day(s)"),
}

NOTED, SETTLED = "noted", "settled"
ISSUED, ANSWERED, APPEALED = "issued", "answered", "appealed"
VERIFIED, WITHDRAWN = "verified", "withdrawn"
STATES: Mapping[str, Text] = {
    NOTED: Text("提醒中", "Signal given"),
    SETTLED: Text("已消除", "Settled"),
    ISSUED: Text("待答复", "To be answered"),
    ANSWERED: Text("已答复，待核实", "Answered, to be verified"),
    APPEALED: Text("申诉中", "Appealed"),
    VERIFIED: Text("已核实办结", "Verified, closed"),
    WITHDRAWN: Text("已撤牌", "Withdrawn"),
}
#: Cards on which somebody still has something to do.
LIVE = (ISSUED, ANSWERED, APPEALED)
