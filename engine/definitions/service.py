"""Versions of an item in and out of service, and removed when nothing was ever done on them."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, exists, or_, select, text

from engine import db, events
from engine.definitions.deploy import STREAM
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import (
    Case,
    Draft,
    Incident,
    ItemDraft,
    Opening,
    Redeployment,
    Version,
    VersionFile,
    in_force,
)
from engine.permissions import ADMIN, Actor, require_role
from forms.text import Text

ACTIVE, RETIRED = "active", "retired"
LONGEST_REASON: Final = 500


def current_ids() -> frozenset[int]:
    """Return the versions on which new cases start, one of each item in service."""
    found: dict[str, int] = {}
    query = select(Version.item_code, Version.id).where(in_force(Version))
    for row in db.session().execute(query.order_by(Version.number)):
        found[row.item_code] = row.id
    return frozenset(found.values())


def retire(version_id: int, why: str, *, actor: Actor, now: datetime) -> Version:
    """Take a version out of service: no new case starts on it, running ones go on.

    Raises ForbiddenError unless the actor is an admin, InvalidError for no reason given,
    ConflictError when it is retired already or a move to it is under way.
    """
    version = _locked(version_id, actor)
    if version.state != ACTIVE:
        raise _already(Text("这个版本已经停用。", "This version is retired already."))
    if _is_awaited(version_id):
        raise _already(
            Text("正有办件迁到这个版本，请等迁移结束或先取消。",
                 "Cases are being moved to this version; wait for it, or cancel it first.")
        )  # fmt: skip
    return _settle(version, RETIRED, why, actor, now)


def reactivate(version_id: int, why: str, *, actor: Actor, now: datetime) -> Version:
    """Take a retired version back into service; the newest one in service takes new cases.

    Raises ForbiddenError, InvalidError for no reason given, ConflictError when it is in service.
    """
    version = _locked(version_id, actor)
    if version.state == ACTIVE:
        raise _already(Text("这个版本正在使用。", "This version is in service."))
    return _settle(version, ACTIVE, why, actor, now)


def _settle(version: Version, state: str, why: str, actor: Actor, now: datetime) -> Version:
    why = why.strip()[:LONGEST_REASON]
    if not why:
        said = Text("请写明原因。", "Give the reason.")
        raise InvalidError(said, fields={"why": said})
    version.state, version.state_why = state, why
    version.state_at, version.state_by = now, actor.person_id
    kind = "version-retired" if state == RETIRED else "version-reactivated"
    _record(kind, version, actor, now, why=why)
    return version


def remove(version_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove a retired version on which no application was ever begun, with its files.

    Raises ForbiddenError, NotFoundError, ConflictError where something was done on it or another
    case calls one of its processes.
    """
    version = _locked(version_id, actor)
    why = _why_kept(version)
    if why is not None:
        raise ConflictError(why)
    _record("version-removed", version, actor, now, hash=version.bundle_hash)
    session = db.session()
    db.write()
    for table in (VersionFile, Opening):
        session.execute(delete(table).where(table.version_id == version_id))
    session.execute(delete(Version).where(Version.id == version_id))


def removable(version: Version) -> bool:
    """Whether a version may be removed."""
    return _why_kept(version) is None


def _why_kept(version: Version) -> Text | None:
    if version.state != RETIRED:
        return Text("请先停用这个版本，再删除。", "Retire this version before you remove it.")
    asks = {
        Text("这个版本上有办件，不能删除。", "There are cases on this version; it stays."):
            exists().where(or_(Case.version_id == version.id, _names(version.id))),
        Text("有人正按这个版本填写申请，不能删除。",
             "Applications are being written on this version; it stays."):
            exists().where(Draft.version_id == version.id),
        Text("有申请在这个版本上没能提交，不能删除。",
             "Applications could not be submitted on this version; it stays."):
            exists().where(Incident.attempt["version"].as_integer() == version.id),
        Text("有设计草稿出自这个版本，不能删除。",
             "A designer's draft began from this version, or became it; it stays."):
            exists().where(ItemDraft.version_id == version.id),
        Text("有办件曾迁入或迁出这个版本，不能删除。",
             "Cases were moved from or to this version; it stays."):
            exists().where(or_(Redeployment.from_version_id == version.id,
                               Redeployment.to_version_id == version.id)),
    }  # fmt: skip
    for why, ask in asks.items():
        if db.session().scalar(select(ask)):
            return why
    return None


def _names(version_id: int) -> Any:
    """Ask whether a case has called a process of a version, or was moved from it."""
    called = Case.joined.op("@>")(text(f"'[{{\"version\": {int(version_id)}}}]'::jsonb"))
    return or_(called, Case.came_from.op("@>")(text(f"'[{int(version_id)}]'::jsonb")))


def _is_awaited(version_id: int) -> bool:
    under_way = Redeployment.state.in_(("running", "paused"))
    ask = exists().where(Redeployment.to_version_id == version_id, under_way)
    return bool(db.session().scalar(select(ask)))


def _locked(version_id: int, actor: Actor) -> Version:
    require_role(actor, ADMIN)
    session = db.session()
    code = session.scalar(select(Version.item_code).where(Version.id == version_id))
    if code is None:
        raise NotFoundError(Text("没有这个版本。", "There is no such version."))
    session.execute(text("select pg_advisory_xact_lock(hashtext(:k))"), {"k": f"item:{code}"})
    return session.get_one(Version, version_id, populate_existing=True)


def _already(said: Text) -> ConflictError:
    return ConflictError(said)


def _record(kind: str, version: Version, actor: Actor, now: datetime, **more: Any) -> None:
    events.record(STREAM, kind, actor, now, item=version.item_code, number=version.number, **more)
