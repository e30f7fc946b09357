"""听证公告: hearings in the public interest, announced to everybody (行政许可法 46).

Of the case only its item is told, never who applies or for what: the announcement holds no personal
data but the name of the official in the chair, whom the parties may challenge (48).
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from engine import db, events
from engine.cases.life import Deed
from engine.clock import CIVIL_ZONE
from engine.errors import NotFoundError
from engine.models import PublicHearing
from engine.paging import Key, Order, Page, number
from forms.text import Text, dated

PER_PAGE: Final = 20
_ORDER: Final = Order(Key(PublicHearing.id, lambda row: row.id, number), descending=True)


def publish(deed: Deed, at: datetime, place: str, chair: str) -> PublicHearing | None:
    """Tell the public of a hearing, where the item's law demands one; ``at`` in the city's time.

    A later announcement in the same case takes the place of the one before. None where the item
    has no such hearings.
    """
    article = deed.bundle.process.properties.get("publicHearing", "")
    if not article:
        return None
    case, title = deed.case, deed.bundle.item.title
    earlier = update(PublicHearing).where(
        PublicHearing.case_id == case.id, PublicHearing.replaced_at.is_(None)
    )
    db.session().execute(earlier.values(replaced_at=deed.now))
    row = PublicHearing(
        case_id=case.id,
        item_code=case.item_code,
        department_code=deed.department,
        title_zh=title.zh,
        title_en=title.en,
        article=article,
        held_at=at.replace(tzinfo=CIVIL_ZONE) if at.tzinfo is None else at,
        place=place,
        chair=chair,
        announced_at=deed.now,
    )
    db.session().add(row)
    db.session().flush()
    events.of_case(
        case, "hearing-published", deed.actor, deed.now, department=deed.department,
        hearing=row.id, held_at=row.held_at, place=place, chair=chair, article=article,
    )  # fmt: skip
    return row


def listed(item_code: str = "", *, at: str = "") -> Page[PublicHearing]:
    """Return one page of the announcements that stand, of an item or of all, the latest first.

    Raises InvalidError for a mark that is none of this list's.
    """
    mark = _ORDER.read(at)
    query = select(PublicHearing).where(PublicHearing.replaced_at.is_(None), *_ORDER.beyond(mark))
    if item_code:
        query = query.where(PublicHearing.item_code == item_code)
    query = query.options(joinedload(PublicHearing.case)).order_by(*_ORDER.by(mark))
    found = list(db.session().scalars(query.limit(PER_PAGE + 1)))
    page = _ORDER.page(found, mark, PER_PAGE)
    return page if page.rows or mark is None else listed(item_code)


def find(hearing_id: int) -> PublicHearing:
    """Return one announcement, also one that another has replaced. Raises NotFoundError."""
    row = db.session().get(PublicHearing, hearing_id)
    if row is None:
        raise NotFoundError(
            Text("没有找到这个听证公告。", "No such announcement of a hearing was found.")
        )
    return row


def state(row: PublicHearing, now: datetime) -> Text:
    """Say how an announced hearing stands: to be held, over, moved, or cancelled with its case."""
    if row.replaced_at is not None:
        return Text("已重新公告", "Announced anew")
    if row.case.closed_at is not None and row.case.closed_at < row.held_at:
        return Text("已取消", "Cancelled")
    if now < row.held_at:
        return Text("将举行", "To be held")
    return Text("公告的时间已过", "Its time has passed")


def moment_text(at: datetime) -> Text:
    """Write when a hearing is: a day, or a day and a time, in the city's time."""
    local = at.astimezone(CIVIL_ZONE) if at.tzinfo is not None else at
    day = dated(local.date())
    if not (local.hour or local.minute):
        return day
    return Text(f"{day.zh}{local:%H:%M}", f"{day.en} {local:%H:%M}")
