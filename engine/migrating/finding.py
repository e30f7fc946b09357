"""Redeployments and their cases, for lists."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from engine import db, paging
from engine.migrating.batches import UNDER_WAY
from engine.models import RedeployedCase, Redeployment
from engine.paging import Key, Order, Page
from engine.permissions import ADMIN, Actor, require_role

PER_PAGE: Final = 50
#: Most redeployments of an item that are listed.
LISTED: Final = 100
_BY_CASE: Final = Order(
    Key(RedeployedCase.case_id, lambda row: row.case_id, paging.number), descending=False
)


def listed(item_code: str | None, actor: Actor) -> Sequence[Redeployment]:
    """Return the latest redeployments, of one item or of all. Raises ForbiddenError."""
    require_role(actor, ADMIN)
    query = select(Redeployment).order_by(Redeployment.id.desc()).limit(LISTED)
    if item_code is not None:
        query = query.where(Redeployment.item_code == item_code)
    return list(db.session().scalars(query))


def under_way(item_code: str) -> Redeployment | None:
    """Return the redeployment of an item that is not over yet."""
    query = select(Redeployment).where(
        Redeployment.item_code == item_code, Redeployment.state.in_(UNDER_WAY)
    )
    return db.session().scalar(query.limit(1))


def page_of(
    redeployment_id: int, state: str, *, at: str = "", per_page: int = PER_PAGE
) -> Page[RedeployedCase]:
    """Return a page of the cases that fared alike. Raises InvalidError for what is no mark."""
    mark = _BY_CASE.read(at)
    query = (
        select(RedeployedCase)
        .options(joinedload(RedeployedCase.case))
        .where(
            RedeployedCase.redeployment_id == redeployment_id,
            RedeployedCase.state == state,
            *_BY_CASE.beyond(mark),
        )
        .order_by(*_BY_CASE.by(mark))
        .limit(per_page + 1)
    )
    return _BY_CASE.page(list(db.session().scalars(query)), mark, per_page)


def reasons(redeployment_id: int) -> Sequence[tuple[str, str, str, str, int]]:
    """Group the cases that stayed by reason: state, element, both wordings, and how many."""
    columns = (
        RedeployedCase.state,
        RedeployedCase.element,
        RedeployedCase.why_zh,
        RedeployedCase.why_en,
    )
    query = (
        select(*columns, func.count())
        .where(
            RedeployedCase.redeployment_id == redeployment_id,
            RedeployedCase.state.in_(("refused", "kept")),
        )
        .group_by(*columns)
        .order_by(func.count().desc())
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in db.session().execute(query)]
