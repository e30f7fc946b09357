"""Cards and rules in words: which rule, what was seen, and what a supervisor may read of people."""

from collections.abc import Mapping
from typing import Any, Protocol

from engine import clocks, supervision
from engine.permissions import Actor
from forms.text import Text

#: How a level is coloured; the words alone are enough.
TONES = {"notice": "info", "warning": "warn", "yellow": "warn", "red": "bad"}
STATE_TONES = {
    "issued": "warn",
    "answered": "info",
    "appealed": "info",
    "verified": "done",
    "withdrawn": "plain",
}
UNANSWERED = Text("到期未答复，升为红牌", "Not answered in time: turned red")


class Ruled(Protocol):
    """What is needed of a version of a rule to say it."""

    cause: str
    measure: str
    threshold: int


def measured(measure: str, threshold: int) -> Text:
    """Say from which point on a rule counts."""
    return supervision.MEASURES[measure].format(n=threshold)


def named(rule: Ruled) -> Text:
    """Name a rule by its cause and measure."""
    cause, point = supervision.CAUSES[rule.cause], measured(rule.measure, rule.threshold)
    return Text(f"{cause.zh}：{point.zh}", f"{cause.en}: {point.en}")


def seen(evidence: Mapping[str, Any]) -> Text:
    """Say what was seen when a level was reached."""
    if evidence.get("unanswered"):
        return UNANSWERED
    stands = evidence["standing"]
    used, total, over = stands["used"], stands["total"], stands["over"]
    if over is not None:
        return Text(
            f"已超期{over}个工作日（时限{total}个工作日）",
            f"{over} working days over a limit of {total}",
        )
    return Text(
        f"已用{used}个工作日，时限{total}个工作日（{stands['percent']}%）",
        f"{used} of {total} working days used ({stands['percent']} %)",
    )


def reckoned(evidence: Mapping[str, Any]) -> Text:
    """Explain the due time as it was computed then; empty where nothing was written down."""
    return clocks.explanation(evidence.get("due_facts") or {})


def subject(card: Any, actor: Actor) -> str:
    """Name a card's case; for supervisors without the applicant's name."""
    if supervision.sees_all(actor):
        return supervision.masked_subject(card.case.subject, card.case.applicant_name)
    return str(card.case.subject)


def applicant(card: Any, actor: Actor) -> str:
    """Name a card's applicant; masked for supervisors."""
    name = str(card.case.applicant_name)
    return supervision.masked_name(name) if supervision.sees_all(actor) else name
