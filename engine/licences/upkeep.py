"""What comes about by itself on a licence: reminders, expiry, lapse, renewal by silence."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from engine import db, documents, duetimes, events, holding, notices
from engine.clock import civil_date
from engine.definitions import bundle
from engine.definitions.licence_rules import RENEWED, LicenceRules
from engine.definitions.yaml_fields import NOTHING
from engine.licences import finding, forewarning, issuing, kinds, terms
from engine.licences.telling import about, tell
from engine.models import Case, Licence
from engine.permissions import SYSTEM
from forms.text import Text, dated

BATCH: Final = 100
#: In a case's due facts: the article by which silence has granted it (许可法 50).
SILENCE: Final = "silence"


def due(now: datetime, limit: int = BATCH) -> list[int]:
    """Return the licences on which something comes about by itself today or should have before."""
    query = (
        select(Licence.id)
        .where(Licence.look_on <= civil_date(now))
        .order_by(Licence.look_on, Licence.id)
        .limit(limit)
    )
    return list(db.session().scalars(query))


def attend(licence_id: int, *, now: datetime) -> None:
    """Do on one licence what is due, in the open transaction; looking twice does nothing more."""
    seen = db.session().get_one(Licence, licence_id)
    waiting = _silent(seen, terms.rules_of(seen), civil_date(now))
    case = holding.of_case(waiting.id if waiting is not None else seen.case_id)
    licence = finding.locked_alone(licence_id)
    rules, today = terms.rules_of(licence), civil_date(now)
    if licence.state != kinds.VALID:
        licence.look_on = None
        return
    if licence.begin_by is not None and licence.begun_on is None and licence.begin_by < today:
        _lapse(licence, case, now)
    elif licence.valid_to is not None and licence.valid_to < today:
        _run_out(licence, case, rules, now)
    else:
        forewarning.remind_when_over(licence, case, now)
        _remind(licence, case, rules, now)
        forewarning.schedule(licence, today)


def _silent(licence: Licence, rules: LicenceRules, today: date) -> Case | None:
    """Return the renewal that silence grants now: asked for in time, complete, not decided."""
    over = licence.valid_to is not None and licence.valid_to < today
    if not over or rules.renewal is None or rules.renewal.silence != RENEWED:
        return None
    window = terms.window(licence, rules)
    query = select(Case).where(
        Case.licence_number == licence.number,
        Case.application_kind == kinds.RENEWAL,
        Case.result.is_(None),
        Case.closed_at.is_(None),
        Case.status != "correcting",
        Case.suspended_at.is_(None),
    )
    found = db.session().scalar(query.order_by(Case.id.desc()).limit(1))
    if found is None or window is None or not window.holds(civil_date(found.received_at)):
        return None
    return found


def _run_out(licence: Licence, case: Case, rules: LicenceRules, now: datetime) -> None:
    """Let the term end: silence renews it where the item says so, otherwise it expires."""
    waiting = _silent(licence, rules, civil_date(now))
    if waiting is not None and waiting.id == case.id:
        _renew_by_silence(licence, case, rules, now)
    elif waiting is None:
        _expire(licence, case, now)
    # else: it was handed in meanwhile; its case is held first at the next look


def _renew_by_silence(licence: Licence, case: Case, rules: LicenceRules, now: datetime) -> None:
    over, article = licence.valid_to, rules.renewal.article if rules.renewal else NOTHING
    day = dated(over or civil_date(now))
    granting = issuing.Granting(
        case,
        terms.result_of(terms.item_of(licence), licence.department_code),
        issuing.facts_of(finding.present_paper(licence)),
        licence.department_code,
        SYSTEM,
        now,
    )
    case.result, case.status, case.decided_at = "granted", "decided", now
    case.receipt_due_at = case.tacit_due_at = None
    case.due_facts = {**case.due_facts, SILENCE: article.zh}
    duetimes.begin_delivery(case, bundle(case.version_id))
    said = Text(
        f"延续申请在规定时间内提出，行政机关在有效期届满（{day.zh}）前没有作出决定，"
        f"视为准予延续（{article.zh}）。",
        f"The renewal was applied for in time and not decided before the term ended ({day.en}): "
        f"the licence counts as renewed ({article.en}).",
    )
    issuing.again(licence, granting, kind=kinds.RENEWAL, type_="licence-renewed-by-silence")
    until = dated(licence.valid_to) if licence.valid_to else Text("长期", "no end")
    content = documents.Content(
        facts=[*about(licence), (Text("延续至", "Renewed to"), until)],
        paragraphs=[said],
        licence=licence.number,
    )
    documents.issue(
        case, "renewed-by-silence", content,
        department=licence.department_code, actor=SYSTEM, now=now,
    )  # fmt: skip
    events.of_case(
        case, "case-granted-by-silence", SYSTEM, now,
        department=licence.department_code, result="granted", article=article.zh,
    )  # fmt: skip
    title = Text(f"视为准予延续：{licence.number}", f"Renewed by silence: {licence.number}")
    message = notices.Message("renewed-by-silence", title, said)
    tell(licence, case, message, ("registrar", "head"), now=now)


def _expire(licence: Licence, case: Case, now: datetime) -> None:
    licence.state = licence.ended_as = kinds.EXPIRED
    licence.ended_on, licence.look_on = licence.valid_to, None
    events.of_case(
        case, "licence-expired", SYSTEM, now,
        department=licence.department_code, licence=licence.number, valid_to=licence.valid_to,
    )  # fmt: skip
    title = Text(f"证照有效期届满：{licence.number}", f"Licence expired: {licence.number}")
    body = Text(
        f"{licence.title_zh}有效期届满，未延续，不能再据以从事相关活动；发证机关将依法办理注销。",
        f"{licence.title_en} has expired and was not renewed: it allows nothing any more. The "
        "agency will deregister it.",
    )
    tell(licence, case, notices.Message("licence-expired", title, body), ("registrar",), now=now)


def _lapse(licence: Licence, case: Case, now: datetime) -> None:
    """Void because nothing was begun in time (建筑法 9)."""
    rule = terms.rules_of(licence).lapses
    article = rule.article if rule is not None else NOTHING
    day = dated(licence.begin_by) if licence.begin_by else Text("", "")
    licence.state = licence.ended_as = kinds.LAPSED
    licence.ended_on, licence.look_on = civil_date(now), None
    said = Text(
        f"在{day.zh}以前没有开工，也没有准予延期，证照自行失效（{article.zh}）。",
        f"Works had not begun by {day.en} and no more time was given: the licence is void by "
        f"itself ({article.en}).",
    )
    content = documents.Content(
        facts=about(licence),
        paragraphs=[said],
        remedies=terms.item_of(licence).remedies,
        licence=licence.number,
    )
    document = documents.issue(
        case, "licence-lapsed", content,
        department=licence.department_code, actor=SYSTEM, now=now,
    )  # fmt: skip
    events.of_case(
        case, "licence-lapsed", SYSTEM, now,
        department=licence.department_code, licence=licence.number, begin_by=licence.begin_by,
        article=article.zh, notice=document.number,
    )  # fmt: skip
    title = Text(f"证照自行失效：{licence.number}", f"Licence lapsed: {licence.number}")
    message = notices.Message("licence-lapsed", title, said)
    tell(licence, case, message, ("registrar", "head"), now=now)


def _remind(licence: Licence, case: Case, rules: LicenceRules, now: datetime) -> None:
    """Remind the holder of the latest thing that has come near since the last look."""
    today = civil_date(now)
    near = [
        (day, what)
        for day, what in terms.duties(licence, rules)
        if licence.looked_on < day <= today and what in _REMINDERS
    ]
    if not near:
        return
    what = near[-1][1]
    if _is_idle(licence, what):
        return
    body = _REMINDERS[what](licence, rules)
    title = Text(f"证照提醒：{licence.number}", f"Reminder: {licence.number}")
    events.of_case(
        case, "licence-reminded", SYSTEM, now,
        department=licence.department_code, licence=licence.number, about=what,
    )  # fmt: skip
    tell(licence, case, notices.Message("licence-reminded", title, body), now=now)


def _is_idle(licence: Licence, what: str) -> bool:
    """Say whether a reminder to renew would only disturb: the renewal is being handled."""
    query = select(Case.id).where(
        Case.licence_number == licence.number,
        Case.application_kind == kinds.RENEWAL,
        Case.result.is_(None),
        Case.closed_at.is_(None),
    )
    return what != "begin" and db.session().scalar(query.limit(1)) is not None


def _renew_now(licence: Licence, rules: LicenceRules) -> Text:
    window = terms.window(licence, rules)
    if window is None or licence.valid_to is None:
        return Text("", "")
    end, when = dated(licence.valid_to), window.text()
    return Text(
        f"{licence.title_zh}将于{end.zh}届满。需要延续的，请在规定时间内申请：{when.zh}。",
        f"{licence.title_en} expires on {end.en}. To renew it, apply in time: {when.en}.",
    )


def _ends_soon(licence: Licence, _rules: LicenceRules) -> Text:
    day = dated(licence.valid_to) if licence.valid_to else Text("", "")
    return Text(
        f"{licence.title_zh}将于{day.zh}届满。届满后不能再据以从事相关活动。",
        f"{licence.title_en} expires on {day.en}; after that day it allows nothing any more.",
    )


def _begin_soon(licence: Licence, rules: LicenceRules) -> Text:
    day = dated(licence.begin_by) if licence.begin_by else Text("", "")
    article = rules.lapses.article if rules.lapses else NOTHING
    return Text(
        f"请在{day.zh}以前开工并登记，或者申请延期；否则证照自行失效（{article.zh}）。",
        f"Begin the works by {day.en} and report it, or ask for more time; otherwise the licence "
        f"is void by itself ({article.en}).",
    )


_REMINDERS: Final = {
    "opens": _renew_now,
    "closing": _renew_now,
    "ending": _ends_soon,
    "begin": _begin_soon,
}
