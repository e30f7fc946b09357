"""Licences as pages show them: their state in a colour, their papers, what happened in words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from engine import cases, clock, licences, people
from engine.clock import civil_date
from engine.errors import InvalidError
from engine.licences import Licence
from engine.permissions import Actor
from forms.text import Text
from webapp.language import t

TONES: Final[Mapping[str, str]] = {
    "valid": "good",
    "expired": "warn",
    "lapsed": "bad",
    "withdrawn": "bad",
    "revoked": "bad",
    "forfeited": "bad",
    "deregistered": "plain",
}
#: How each kind of event about a licence is told; names come from its data.
WORDS: Final[Mapping[str, Text]] = {
    "licence-issued": Text("发放证照{licence}", "Licence {licence} issued"),
    "licence-renewed": Text("证照{licence}延续", "Licence {licence} renewed"),
    "licence-renewed-by-silence": Text(
        "证照{licence}视为准予延续", "Licence {licence} renewed by silence"
    ),
    "licence-changed": Text("证照{licence}变更", "Licence {licence} changed"),
    "licence-reissued": Text("证照{licence}补证", "Licence {licence} issued again"),
    "licence-expired": Text("证照{licence}有效期届满", "Licence {licence} expired"),
    "licence-lapsed": Text("证照{licence}自行失效", "Licence {licence} lapsed by itself"),
    "licence-withdrawn": Text("撤回许可（{licence}）", "Licence {licence} withdrawn by the agency"),
    "licence-revoked": Text(
        "撤销许可（{licence}）", "Licence {licence} revoked (unlawful or fraud)"
    ),
    "licence-forfeited": Text(
        "吊销许可证件（{licence}）", "Licence {licence} forfeited as a penalty"
    ),
    "licence-deregistered": Text("注销证照{licence}", "Licence {licence} deregistered"),
    "licence-ending-told": Text(
        "事先告知拟作出的决定（{notice}）", "Told of an intended decision ({notice})"
    ),
    "licence-case-stated": Text("持证人陈述申辩", "The holder stated their case"),
    "licence-hearing-asked": Text("持证人要求听证", "The holder asked for a hearing"),
    "licence-hearing-announced": Text("通知听证（{notice}）", "Hearing announced ({notice})"),
    "licence-hearing-held": Text("听证结束，笔录记入", "Hearing held; minutes on record"),
    "licence-answer-time-ended": Text("陈述申辩期限届满", "The time to answer is over"),
    "licence-ending-dropped": Text(
        "不再作出已告知的决定（{notice}）", "What was announced is dropped ({notice})"
    ),
    "licence-reminded": Text("提醒持证人", "The holder was reminded"),
    "works-begun": Text("登记开工", "The works have begun"),
    "begin-extended": Text("准予延期开工", "More time to begin the works"),
    "applicant-barred": Text(
        "警告；{until}以前不得再次申请", "Warning; no new application before {until}"
    ),
}
#: 公民身份号码, a person's number; a firm's credit code is public
_PERSON: Final = re.compile(r"\d{17}[\dX]")
_NO_DAY: Final = Text(
    "请填写开工日期，如2026-03-02。", "Enter the day the works began, such as 2026-03-02."
)
_RECEIVED: Final = Text("申请{application}", "Application: {application}")


def day_of(text: str) -> date:
    """Read the day on which works began, as browsers send it. Raises InvalidError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidError(_NO_DAY, fields={"begun_on": _NO_DAY}) from error


def today() -> date:
    """Return the day it is in the city."""
    return civil_date(clock.now())


def standing(licence: Licence) -> licences.Standing:
    """Return how a licence stands today."""
    return licences.standing(licence, today())


def holder_id(licence: Licence, actor: Actor, *, listed: bool = False) -> str:
    """Return the holder's number; a person's is hidden in lists, and from other departments."""
    number = licence.holder_id
    own = actor.person_id == licence.applicant_id
    unit = licence.department_code in actor.departments
    if own or not _PERSON.fullmatch(number) or (unit and not listed):
        return number
    return f"{number[:6]}{'*' * 8}{number[-4:]}"


def papers(licence: Licence) -> list[tuple[Any, str]]:
    """Return the papers of a licence, the latest first, each with the number of its case."""
    found = licences.papers(licence)
    numbers = {one: cases.get(one).number for one in {row.case_id for row in found} if one}
    return [(row, numbers[row.case_id]) for row in reversed(found) if row.case_id]


def happened(licence: Licence, *, staff: bool) -> list[dict[str, Any]]:
    """Tell what happened to a licence, the latest first; only staff read who did it."""
    return [_entry(event, staff=staff) for event in reversed(licences.history(licence))]


def _entry(event: Any, *, staff: bool) -> dict[str, Any]:
    values = {name: str(value) for name, value in event.data.items()}
    kind = licences.APPLICATIONS.get(values.get("application", ""))
    said = WORDS.get(event.type) or _RECEIVED
    if kind is not None:
        said = Text(said.zh.format(application=kind.zh), said.en.format(application=kind.en))
    else:
        said = said.format(**values)
    unit = people.department_name(event.department_code) if event.department_code else None
    name = event.actor_name if staff and event.actor_id is not None else ""
    return {
        "title": t(said),
        "by": " · ".join(filter(None, (t(unit) if unit else "", name))),
        "at": event.at,
        "text": _written(event),
        "state": "done",
    }


def _written(event: Any) -> str:
    """Return ground, article, reasons and what else was written for an act, a line each."""
    ground = licences.GROUNDS.get(str(event.data.get("ground", "")))
    lines = [
        t(licences.article_of(ground, str(event.data.get("article") or ""))) if ground else "",
        str(event.data.get("reason") or ""),
        str(event.data.get("compensation") or ""),
        str(event.data.get("considered") or ""),
    ]
    return "\n".join(filter(None, lines))


def page_values(licence: Licence, *, staff: bool) -> dict[str, Any]:
    """Return what every page about a licence shows of it."""
    return {
        "licence": licence,
        "standing": standing(licence),
        "tones": TONES,
        "window": licences.window(licence),
        "lapses": licences.rules_of(licence).lapses,
        "papers": papers(licence),
        "entries": happened(licence, staff=staff),
        "announced": announced(licence),
    }


def announced(licence: Licence) -> dict[str, Any] | None:
    """Return what a holder was told is to be decided, if it stands: notice, answers, what next."""
    notice = licences.ending_notice(licence)
    if notice is None:
        return None
    now, ground = clock.now(), licences.GROUNDS[notice.ground]
    return {
        "notice": notice,
        "act": licences.ACTS[notice.act],
        "ground": licences.article_of(ground, notice.article),
        "statements": licences.statements(licence, notice),
        "answered": licences.answered(notice),
        "wait": licences.why_not(notice, now),
        "may_answer": now < notice.answer_by,
        "may_hold": notice.hearing_at is not None and now >= notice.hearing_at,
    }


def as_told(told: Mapping[str, Any] | None) -> dict[str, str]:
    """Return a decision filled in with what the holder was told."""
    if told is None:
        return {}
    return {name: getattr(told["notice"], name) for name in ("ground", "article", "reason")}


def may_on_notice(licence: Licence, actor: Actor) -> dict[str, bool]:
    """Say whether staff may arrange a hearing, and decide or drop what was announced."""
    notice = licences.ending_notice(licence)
    if notice is None:
        return {"arrange": False, "decide": False}
    return {
        "arrange": licences.may_arrange(licence, notice, actor),
        "decide": notice.act in licences.open_to(licence, actor),
    }


def offers(licence: Licence) -> Sequence[licences.Offer]:
    """Return what can be applied for on a licence today, open or not."""
    return licences.offers(licence, today())
