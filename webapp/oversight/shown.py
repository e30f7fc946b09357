"""Cards and rules in words: which rule, what was seen, and what a supervisor may read of people."""

from collections.abc import Mapping
from typing import Any

from engine import cases, clocks, supervision
from engine.permissions import Actor
from engine.workdays.limits import plural
from forms.text import Text

#: How a level is coloured; the words alone are enough.
TONES = {"notice": "info", "warning": "warn", "yellow": "warn", "red": "bad"}
STATE_TONES = {
    "hearing": "warn",
    "heard": "info",
    "issued": "warn",
    "replied": "info",
    "closed": "done",
    "answered": "info",
    "appealed": "info",
    "verified": "done",
    "withdrawn": "plain",
}
UNANSWERED = Text("到期未答复，升为红牌", "Not answered in time: turned red")


def measured(measure: str, threshold: int) -> Text:
    """Say from which point on a rule counts."""
    if (measure, threshold) == ("over", 0):
        return Text("一超期即发", "as soon as it is overdue")
    return supervision.MEASURES[measure].format(n=threshold)


def seen(evidence: Mapping[str, Any]) -> Text:
    """Say what was seen when a level was reached."""
    if evidence.get("unanswered"):
        return UNANSWERED
    if "found" in evidence:
        return Text(*evidence["found"])
    stands = evidence["standing"]
    used, total, percent = stands["used"], stands["total"], stands["percent"]
    if stands["over"] is not None:
        days = plural(stands["over"], "working day")
        return Text(f"已超期{stands['over']}个工作日", f"overdue by {days}")
    if total <= 0:
        return Text(f"已用时限的{percent}%", f"{percent}% of the limit used")
    return Text(
        f"已用{used}个工作日，时限{total}个工作日（{percent}%）",
        f"{used} of {total} working days used ({percent}%)",
    )


def reckoned(evidence: Mapping[str, Any]) -> Text:
    """Explain the due time as it was computed then; empty where nothing was written down."""
    return clocks.explanation(evidence.get("due_facts") or {})


def subject(card: Any, actor: Actor) -> str:
    """Name a card's case; to a supervisor of another unit without the applicant's name."""
    case = card.case
    if cases.privacy.is_outsider(actor, case, frozenset()):
        return cases.masking.subject(case.subject, case.applicant_name)
    return str(case.subject)


def applicant(card: Any, actor: Actor) -> str:
    """Name a card's applicant; masked for supervisors of other units."""
    case = card.case
    masked = cases.privacy.is_outsider(actor, case, frozenset())
    return cases.masking.name(case.applicant_name) if masked else str(case.applicant_name)
