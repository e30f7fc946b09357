"""Who may not apply again for an item until a day: falsehood and fraud (许可法 78, 79; C29)."""

from datetime import datetime

from sqlalchemy import select

from engine import db, events, notices
from engine.clock import civil_date
from engine.definitions.item import Item
from engine.errors import ForbiddenError
from engine.licences import kinds, terms
from engine.models import Case, LicenceBar
from engine.permissions import Actor
from forms.text import Text, dated


def impose(
    case: Case, item: Item, ground: str, holder: tuple[str, str], *, actor: Actor, now: datetime
) -> LicenceBar | None:
    """Bar a holder (number, name) from applying for the item again, warn them and record it.

    Only items about safety bar anybody; for all others there is nothing to do and None to return.
    """
    if not item.safety or not holder[0]:
        return None
    from_on = civil_date(now)
    bar = LicenceBar(
        item_code=item.code,
        holder_id=holder[0],
        holder_name=holder[1],
        ground=ground,
        case_id=case.id,
        from_on=from_on,
        until_on=terms.add_months(from_on, 12 * kinds.BAR_YEARS[ground]),
        imposed_at=now,
    )
    db.session().add(bar)
    events.of_case(
        case, "applicant-barred", actor, now,
        department=case.lead_code, ground=ground, holder=holder[1], until=bar.until_on,
    )  # fmt: skip
    said = _said(bar, item)
    title = Text(f"警告：{item.title.zh}", f"Warning: {item.title.en}")
    message = notices.Message("applicant-barred", title, said, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)
    return bar


def _said(bar: LicenceBar, item: Item) -> Text:
    ground, day = kinds.BAR_GROUNDS[bar.ground], dated(bar.until_on)
    return Text(
        f"因{ground.zh}，{bar.holder_name}在{day.zh}之前不得再次申请“{item.title.zh}”。",
        f"Because of {ground.en}, {bar.holder_name} may not apply for “{item.title.en}” again "
        f"before {day.en}.",
    )


def present(holder_id: str, item: Item, now: datetime) -> LicenceBar | None:
    """Return the bar that keeps a holder from applying for an item now, the longest one."""
    query = (
        select(LicenceBar)
        .where(
            LicenceBar.holder_id == holder_id.strip().upper(),
            LicenceBar.item_code == item.code,
            LicenceBar.until_on > civil_date(now),
        )
        .order_by(LicenceBar.until_on.desc(), LicenceBar.id)
        .limit(1)
    )
    return db.session().scalar(query)


def refusal(holder_id: str, item: Item, now: datetime) -> dict[str, Text]:
    """Say by field why a holder may not apply for an item now, and until when; empty: they may."""
    bar = present(holder_id, item, now) if holder_id else None
    return {item.holder_id_field or "holder": _said(bar, item)} if bar is not None else {}


def refuse_barred(holder_id: str, item: Item, now: datetime) -> None:
    """Refuse who may not apply for an item now. Raises ForbiddenError naming reason and date."""
    for key, said in refusal(holder_id, item, now).items():
        raise ForbiddenError(said, fields={key: said})
