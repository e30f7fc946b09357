"""What may be applied for on a licence now, and why not: renewal, change, re-issue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from engine import db
from engine.clock import civil_date
from engine.definitions.item import Item
from engine.definitions.licence_rules import LicenceRules
from engine.errors import ConflictError, InvalidError
from engine.licences import bars, finding, kinds, terms
from engine.models import Case, Draft, Licence, Person
from forms.text import Text, dated

DEFINITE = (kinds.RENEWAL, kinds.CHANGE, kinds.REISSUE)


@dataclass(frozen=True)
class Offer:
    """One kind of application on a licence: open now or not, and what to say of it."""

    kind: str
    name: Text
    open: bool
    #: Until when it is open, when it opens, or why it is not.
    said: Text
    article: Text
    #: The item whose application it is.
    item_code: str


def offers(licence: Licence, today: date) -> list[Offer]:
    """Return what can be applied for on a licence, as of a day, open or not."""
    rules = terms.rules_of(licence)
    busy = running(licence)
    found = []
    for kind in DEFINITE:
        rule = getattr(rules, kind)
        if rule is None or (kind == kinds.RENEWAL and licence.valid_to is None):
            continue
        refusal = _why_not(licence, kind, rules, today, busy)
        said = refusal or _until(licence, kind, rules)
        name = kinds.APPLICATIONS[kind]
        serving = rule.item or licence.item_code
        found.append(Offer(kind, name, refusal is None, said, rule.article, serving))
    return found


def _until(licence: Licence, kind: str, rules: LicenceRules) -> Text:
    window = terms.window(licence, rules) if kind == kinds.RENEWAL else None
    if window is not None:
        day = dated(window.until_on)
        return Text(f"可在{day.zh}以前申请", f"apply by {day.en}")
    return Text("可随时申请", "at any time")


def _why_not(
    licence: Licence, kind: str, rules: LicenceRules, today: date, busy: Case | None
) -> Text | None:
    over = licence.valid_to is not None and licence.valid_to < today
    if licence.state != kinds.VALID or over:
        state = kinds.STATES[kinds.EXPIRED if licence.state == kinds.VALID else licence.state]
        return Text(
            f"证照{state.zh}，不能申请{kinds.APPLICATIONS[kind].zh}。",
            f"The licence is: {state.en}. No application can be made on it.",
        )
    if busy is not None:
        return Text(
            f"办件{busy.number}正在办理这个证照的{kinds.APPLICATIONS[busy.application_kind].zh}。",
            f"Case {busy.number} ({kinds.APPLICATIONS[busy.application_kind].en}) on this licence "
            "is being handled.",
        )
    return _outside(licence, rules, today) if kind == kinds.RENEWAL else None


def _outside(licence: Licence, rules: LicenceRules, today: date) -> Text | None:
    window = terms.window(licence, rules)
    if window is None or window.holds(today):
        return None
    article, when = window.rule.article, window.text()
    if window.opens_on is not None and today < window.opens_on:
        return Text(
            f"还没有到可以申请延续的时间：{when.zh}（{article.zh}）。",
            f"It is too early to apply for renewal: {when.en} ({article.en}).",
        )
    return Text(
        f"申请延续的时间已过：{when.zh}（{article.zh}），逾期不予受理。",
        f"The time to apply for renewal has passed: {when.en} ({article.en}); late "
        "applications are not accepted.",
    )


def running(licence: Licence) -> Case | None:
    """Return the application on a licence that is not decided yet."""
    query = select(Case).where(
        Case.licence_number == licence.number,
        Case.result.is_(None),
        Case.closed_at.is_(None),
    )
    return db.session().scalar(query.order_by(Case.id.desc()).limit(1))


def open_draft(licence: Licence, kind: str) -> Draft | None:
    """Return the draft of such an application that is still being written."""
    query = select(Draft).where(
        Draft.applicant_id == licence.applicant_id,
        Draft.licence_number == licence.number,
        Draft.application_kind == kind,
        Draft.case_id.is_(None),
    )
    return db.session().scalar(query.order_by(Draft.created_at.desc()).limit(1))


def require_open(licence: Licence, kind: str, now: datetime) -> Offer:
    """Return the offer of a kind of application. Raises InvalidError, ConflictError."""
    if kind not in kinds.APPLICATIONS:
        said = Text("请选择延续、变更或补证。", "Choose renewal, change or re-issue.")
        raise InvalidError(said, fields={"kind": said})
    found = next((o for o in offers(licence, civil_date(now)) if o.kind == kind), None)
    if found is None:
        name = kinds.APPLICATIONS[kind]
        raise ConflictError(
            Text(
                f"这个证照不能在网上申请{name.zh}，请向发证机关咨询。",
                f"{name.en} of this licence is not offered online; ask the agency that issued it.",
            )
        )
    if not found.open:
        raise ConflictError(found.said)
    return found


def check_submission(draft: Draft, item: Item, answers: dict[str, Any], now: datetime) -> None:
    """Refuse an application that may not be made now, whenever its draft was begun.

    Raises ForbiddenError (barred), ConflictError (ended, outside the window, one is running),
    InvalidError (in the name of another holder).
    """
    given = _given(item, answers)
    if draft.application_kind in (kinds.FIRST, kinds.RENEWAL):
        bars.refuse_barred(holder_of(item, answers, draft.applicant_id), item, now)
    if draft.application_kind == kinds.FIRST:
        return
    licence = finding.by_number(draft.licence_number or "", lock=True)
    require_open(licence, draft.application_kind, now)
    if given and given.strip().upper() != licence.holder_id:
        said = Text(
            f"与证照的持证人（{licence.holder_name}）不一致；持证人不同的，应当另行申请。",
            f"This is not the holder of the licence ({licence.holder_name}); another holder "
            "applies for a licence of their own.",
        )
        raise InvalidError(said, fields={item.holder_id_field: said})


def holder_of(item: Item, answers: Mapping[str, Any], applicant_id: int) -> str:
    """Return the number of who would hold what is applied for: as answered, or the applicant's."""
    own = "" if item.holder_id_field else _own_number(applicant_id)
    return _given(item, answers) or own


def _given(item: Item, answers: Mapping[str, Any]) -> str:
    return str(answers.get(item.holder_id_field) or "") if item.holder_id_field else ""


def _own_number(applicant_id: int) -> str:
    return db.session().get_one(Person, applicant_id).id_number
