"""The kinds of notices, in groups that people choose about; and what does not wait at night."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from forms.text import Text

IN_APP, EMAIL, SMS, WEBHOOK = "app", "email", "sms", "webhook"
CHANNELS: Final[Mapping[str, Text]] = {
    IN_APP: Text("站内提醒", "On this site"),
    EMAIL: Text("电子邮件", "E-mail"),
    SMS: Text("短信", "SMS"),
    WEBHOOK: Text("系统推送", "Webhook"),
}


@dataclass(frozen=True)
class Group:
    """Kinds of notices that are chosen together."""

    code: str
    name: Text
    #: what the law wants told: on this site it cannot be switched off
    legal: bool = False
    #: whom it is for: applicant, staff
    audience: str = "staff"


GROUPS: Final[Mapping[str, Group]] = {
    group.code: group
    for group in (
        Group(
            "case",
            Text("办件的受理、补正、决定、送达和期限", "Your cases: acceptance, decision, limits"),
            legal=True,
            audience="applicant",
        ),
        Group(
            "voices",
            Text("咨询、投诉、评价的答复", "Answers to questions, complaints and ratings"),
            audience="applicant",
        ),
        Group("work", Text("协办、审批和咨询待办", "Co-handling, approvals, questions to answer")),
        Group(
            "supervision",
            Text("监察预警、发牌和投诉", "Supervision: cards, complaints"),
            legal=True,
        ),
    )
}
_BY_KIND: Final[Mapping[str, str]] = {
    **dict.fromkeys(("question-answered", "rating-answered", "complaint-answered"), "voices"),
    **dict.fromkeys(("cohandling-asked", "cohandling-urged", "clock-stop-asked"), "work"),
    **dict.fromkeys(("question-asked", "rating-bad", "clock-stop-overrun"), "work"),
    **dict.fromkeys(
        (
            "task-reassigned",
            "repair-proposed",
            "repair-decided",
            "substitute-appointed",
            "retry-finished",
        ),
        "work",
    ),
    **dict.fromkeys(("card", "complaint", "case-repaired"), "supervision"),
    **{f"card-{level}": "supervision" for level in ("notice", "warning", "yellow", "red")},
}
#: What does not wait for the end of quiet hours.
URGENT: Final = frozenset({"card-red"})


def group_of(kind: str) -> Group:
    """Return the group of a kind; one that nobody has sorted counts as told by law."""
    return GROUPS[_BY_KIND.get(kind, "case")]


def groups_for(audience: str) -> list[Group]:
    """Return the groups that a person of a kind (applicant, staff) is told of."""
    return [group for group in GROUPS.values() if group.audience == audience]
