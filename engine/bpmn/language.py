"""The process language: acts, outcomes with legal effect, property names, limits, durations.

This is the whole vocabulary a diagram may use beyond BPMN 2.0; see processes/README.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.bpmn import cron
from engine.bpmn.model import Outcome
from engine.feel.lexer import KEYWORDS
from engine.workdays.limits import LARGEST_AMOUNT
from forms.text import Text


@dataclass(frozen=True)
class Act:
    """What a step does in the life of a case."""

    code: str
    label: Text
    #: The outcomes the law or the engine knows; empty: the diagram is free to name its own.
    outcomes: tuple[Outcome, ...] = ()
    #: True for the applicant's own steps.
    by_applicant: bool = False
    #: True where the diagram must name all of ``outcomes``; else a choice of them will do.
    complete: bool = False

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its outcomes with legal effect."""
        return frozenset(outcome.code for outcome in self.outcomes)


def _outcome(code: str, zh: str, en: str) -> Outcome:
    return Outcome(code.rstrip("!"), Text(zh, en), reasons_required=code.endswith("!"))


_RECEIPT = (  # 行政许可法 32(1)
    _outcome("accept", "受理", "Accept"),
    _outcome("correct!", "一次性告知补正", "Ask for corrections"),
    _outcome("not-required!", "不受理", "No licence required"),
    _outcome("not-competent!", "不予受理", "Not this agency's power"),
)
_DECISION = (  # 行政许可法 38
    _outcome("grant", "准予许可", "Grant"),
    _outcome("refuse!", "不予许可", "Refuse"),
)
_SUBMITTED = (_outcome("submitted", "提交", "Submit"),)

_ALL = (
    Act("pre-examine", Text("预审", "Pre-examination")),
    Act("accept", Text("受理", "Acceptance"), _RECEIPT),
    Act("correct", Text("补正", "Correction"), _SUBMITTED, by_applicant=True),
    Act("examine", Text("审查", "Examination")),
    Act("site-visit", Text("现场核查", "On-site check")),
    Act("rectify", Text("整改", "Rectification"), _SUBMITTED, by_applicant=True),
    Act("recheck", Text("复查", "Re-check")),
    Act(
        "co-handle",
        Text("协办", "Co-handling"),
        (_outcome("agree", "同意", "Agree"), _outcome("disagree!", "不同意", "Disagree")),
    ),
    Act("consolidate", Text("汇总意见", "Consolidation of opinions")),
    Act("expert-review", Text("专家评审", "Expert review")),
    Act("hearing-right", Text("告知听证权利", "Notice of the right to a hearing")),
    Act(
        "request-hearing",
        Text("申请听证", "Request for a hearing"),
        (_outcome("request", "申请听证", "Ask for a hearing"), _outcome("waive", "放弃", "Waive")),
        by_applicant=True,
    ),
    Act("hearing-notice", Text("听证通知", "Notice of hearing")),
    Act("hearing", Text("听证", "Hearing")),
    Act("publicity", Text("公示", "Public notice")),
    Act("approve", Text("审核", "Review and approval")),
    Act("decide", Text("决定", "Decision"), _DECISION, complete=True),
    Act("decide-part", Text("分项决定", "Decision on a part"), _DECISION, complete=True),
    Act("issue", Text("制证", "Issue of the document")),
    Act("deliver", Text("送达", "Delivery"), (_outcome("delivered", "已送达", "Delivered"),)),
    Act("other", Text("其他", "Other")),
)
#: The closed list of acts, by code.
ACTS: Mapping[str, Act] = {act.code: act for act in _ALL}

#: 办件类型 (kinds of item).
KINDS: Mapping[str, Text] = {
    "immediate": Text("即办件", "Immediate item"),
    "promise": Text("承诺件", "Promise item"),
    "joint": Text("联办件", "Joint item"),
    "report-up": Text("上报件", "Report-up item"),
}
CLOCK_STARTS: Mapping[str, Text] = {
    "accepted": Text("受理之日", "Day of acceptance"),
    "received": Text("收到申请之日", "Day of receipt"),
}
#: What an item grants: silence of the agency is never the first grant of a licence (law.md 3).
GRANTS: Mapping[str, Text] = {
    "first": Text("首次许可", "A first licence"),
    "renewal": Text("延续", "Renewal"),
    "change": Text("变更", "Change"),
}
#: What happens when the applicant's own time to correct ends without an answer.
LAPSES: Mapping[str, Text] = {
    "remind": Text("提醒", "Remind"),
    "withdrawn": Text("视为撤回申请", "Counts as withdrawn"),
}
OPINIONS: Mapping[str, Text] = {
    "required": Text("必填", "Required"),
    "optional": Text("可填", "Optional"),
    "none": Text("不填", "None"),
}
NO_REPLY: Mapping[str, Text] = {
    "wait": Text("等待答复", "Wait for the reply"),
    "escalate": Text("报牵头部门督办", "Report to the lead department"),
    "agreed": Text("视为同意", "Deemed agreed"),
}
#: The result as the decision gave it, as Camunda 8 takes it; the others are those of Camunda 7.
AS_DECIDED = "asDecided"
DECISION_RESULTS = frozenset(
    {"singleEntry", "singleResult", "collectEntries", "resultList", AS_DECIDED}
)

APPLICANT = "applicant"
LEAD = "lead"
CO = "co"
#: The department that the run of a loop stands for: an item of its collection.
EACH = "each"
#: Who does the tasks of programs outside, what such a step is, and how long one may take.
MACHINE = "machine"
SERVICE = "service"
MACHINE_LIMIT = "1wd"
#: Nodes that set nothing themselves.
PASSIVE = frozenset(
    {
        "startEvent",
        "endEvent",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "complexGateway",
        "eventBasedGateway",
        "boundaryEvent",
        "scriptTask",
        "businessRuleTask",
    }
)

#: Variables that every running diagram has.
ALWAYS_THERE = frozenset({"item", "lead", "channel", "application_kind", "licence"})
#: Set by every completed user task.
OUTCOME = "outcome"
#: What the runs of a loop may ask for, as Camunda 7 and as Camunda 8 and Flowable spell it.
COUNTED = frozenset(
    {
        "loopCounter",
        *(
            f"{word}Of{kind}Instances"
            for word in ("nr", "number")
            for kind in ("", "Active", "Completed", "Terminated")
        ),
    }
)

#: Property names by where they may stand; anything else is a misspelling.
PROPERTIES: Mapping[str, frozenset[str]] = {
    "process": frozenset(
        {
            "item",
            "kind",
            "statutoryLimit",
            "promisedLimit",
            "clockStart",
            "extension",
            "lead",
            "nameEn",
            "combinedReview",
            "receiptLimit",
            "deliveryLimit",
            "suspension",
            "grant",
            "tacit",
            "tacitArticle",
            "emergency",
            "inspection",
            "hearingRequest",
            "publicHearing",
        }
    ),
    "userTask": frozenset(
        {
            "clock",
            "ground",
            "act",
            "limit",
            "outcomes",
            "persons",
            "notSameAs",
            "mayBeSameAs",
            "opinion",
            "outcomeAs",
            "nameEn",
            "help",
            "helpEn",
            "lapse",
            "lapseArticle",
            "period",
            "experts",
        }
    ),
    "subProcess": frozenset(
        {"clock", "ground", "coHandling", "lead", "limit", "noReply", "answers", "nameEn"}
    ),
    "transaction": frozenset({"clock", "ground", "limit", "nameEn"}),
    "adHocSubProcess": frozenset({"clock", "ground", "limit", "nameEn"}),
    "callActivity": frozenset({"clock", "ground", "limit", "nameEn", "item"}),
    "receiveTask": frozenset({"clock", "ground", "limit", "nameEn"}),
    # any task that a program outside does
    "serviceTask": frozenset({"clock", "ground", "limit", "nameEn", "results"}),
    "other": frozenset({"nameEn"}),
}

#: Units of a limit.
LIMIT_UNITS: Mapping[str, Text] = {
    "wd": Text("个工作日", "working days"),
    "wh": Text("个工作小时", "working hours"),
    "d": Text("日", "days"),
    "min": Text("分钟", "minutes"),
}
_LIMIT = re.compile(r"([1-9]\d{0,3})(wd|wh|d|min)")
_WORKING = re.compile(r"P(?:(?P<days>\d{1,4})WD)?(?:T(?P<hours>\d{1,4})WH)?")
_ISO = re.compile(
    r"P(?=\d|T\d)(?:\d{1,4}Y)?(?:\d{1,4}M)?(?:\d{1,4}W)?(?:\d{1,4}D)?"
    r"(?:T(?=\d)(?:\d{1,5}H)?(?:\d{1,5}M)?(?:\d{1,7}(?:\.\d{1,3})?S)?)?"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOPIC = re.compile(r"[^\W_][\w.:-]{0,99}")
_PRIORITY = re.compile(r"-?\d{1,9}")
_CODE = re.compile(r"[a-z][a-z0-9-]*")


def parse_limit(text: str) -> tuple[int, str] | None:
    """Read ``3wd``, ``4wh``, ``20d`` or ``30min`` as number and unit; None for anything else."""
    found = _LIMIT.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found and int(found[1]) <= LARGEST_AMOUNT else None


def limit_text(limit: str) -> Text:
    """Say a limit in words: 3个工作日 / 3 working days; text that is no limit stays as it is."""
    parsed = parse_limit(limit)
    if parsed is None:
        return Text(limit, limit)
    number, unit = parsed
    words = LIMIT_UNITS[unit]
    english = words.en.removesuffix("s") if number == 1 else words.en
    return Text(f"{number}{words.zh}", f"{number} {english}")


def is_working_duration(text: str) -> bool:
    """Whether a timer counts working time: ``P5WD``, ``PT4WH``, ``P1WDT2WH``."""
    found = _WORKING.fullmatch(text.strip())
    amounts = [int(one) for one in found.groups() if one is not None] if found else []
    return bool(amounts) and max(amounts) <= LARGEST_AMOUNT


def is_duration(text: str) -> bool:
    """Whether a timer's text is a duration we run: ISO 8601 or working time."""
    return is_working_duration(text) or _ISO.fullmatch(text.strip()) is not None


def is_name(text: str) -> bool:
    """Whether a text can be the name of a variable."""
    return _NAME.fullmatch(text) is not None


def is_keyword(text: str) -> bool:
    """Whether a text is a word of FEEL, so that an expression never reads it as a variable."""
    return text in KEYWORDS


def is_topic(text: str) -> bool:
    """Whether a text can be a topic: words of letters and digits, with hyphens, dots, colons."""
    return _TOPIC.fullmatch(text) is not None


def is_priority(text: str) -> bool:
    """Whether a text is a whole number that orders the work of programs."""
    return _PRIORITY.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Whether a text can be the code of an outcome: small letters, digits and hyphens."""
    return _CODE.fullmatch(text) is not None


def parse_outcomes(text: str) -> tuple[Outcome, ...]:
    """Read ``code=中文|English; code2!=中文|English``; the first one is the main button.

    A part that names no code is left out here; the checker reports it.
    """
    found = []
    for part in text.split(";"):
        code, _, label = (piece.strip() for piece in part.partition("="))
        if not code:
            continue
        zh, _, en = (piece.strip() for piece in label.partition("|"))
        name = code.rstrip("!").strip()
        found.append(Outcome(name, Text(zh or en or name, en or zh or name), code.endswith("!")))
    return tuple(found)


def default_outcomes(act: str) -> tuple[Outcome, ...]:
    """Give the outcomes of a task that names none: those of its act, or one plain ``done``."""
    known = ACTS.get(act)
    if known is not None and known.outcomes:
        return known.outcomes
    return (_outcome("done", "完成", "Done"),)


def is_instant(text: str) -> bool:
    """Whether a timer's text is one ISO 8601 instant, with its offset from UTC."""
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is not None
    except ValueError:
        return False


def is_moment(text: str) -> bool:
    """Whether a timer's text is an ISO 8601 date or instant; without an offset it is civil time."""
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(text.strip())
        except ValueError:
            continue
        return True
    return False


def is_cycle(text: str) -> bool:
    """Whether a timer's text is a repeating interval, as ``R3/PT1H`` and ``R/2026-01-01/P1D``, or
    cron that comes due some day.
    """
    if cron.is_like(text.strip()):
        return cron.is_due(text.strip())
    times, _, rest = text.strip().replace("R-1/", "R/", 1).partition("/")
    start, _, every = rest.rpartition("/")
    if re.fullmatch(r"R(0*[1-9]\d{0,5})?", times) is None:
        return False
    goes_on = re.search("[1-9]", every) is not None and not every.startswith("-")
    return is_duration(every) and goes_on and (not start or is_moment(start))
