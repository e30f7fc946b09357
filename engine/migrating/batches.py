"""Redeployments as work: begun by an admin, done case by case by any number of workers.

A worker claims cases by their rows' locks and passes over those that people are working on; what
it has done is committed with its note, so a worker that is killed leaves nothing half done, and
the others go on where it stood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, exists, func, insert, literal, or_, select, text

from engine import db, events, holding, notices, people
from engine.definitions import get_version
from engine.errors import ConflictError, EngineError, InvalidError, NotFoundError
from engine.migrating import moving, reading
from engine.migrating.moving import StayError
from engine.migrating.plans import Plan, plan
from engine.migrating.reading import Rows
from engine.migrating.terms import Choice
from engine.models import Case, RedeployedCase, Redeployment
from engine.permissions import ADMIN, SYSTEM, Actor, require_role
from engine.runtime import Fault
from forms.text import Text

#: What may go wrong with one case and must not hold up the others.
FAULTS: Final = (EngineError, LookupError, TypeError, ValueError, AttributeError)
#: Nothing that was told to anybody changes.
KEEP: Final = Choice()
STREAM: Final = "definitions"
#: Cases moved with one commit. People who act on one of them wait that long.
BATCH: Final = 10
LONGEST_REASON: Final = 500
UNDER_WAY: Final = ("running", "paused", "undoing")
#: What an admin may do with a redeployment, by its state, and the state that comes of it.
_STEERED: Final = {
    "pause": ({"running"}, "paused"),
    "resume": ({"paused"}, "running"),
    "cancel": ({"running", "paused"}, "cancelled"),
}


@dataclass(frozen=True)
class Wish:
    """What an admin asks for when cases are to be moved."""

    reason: str
    choice: Choice = KEEP
    #: Numbers of cases; None: all that can be moved.
    picked: Sequence[str] | None = None
    #: When it begins; None: at once.
    begins_at: datetime | None = None


def begin(way: Plan, wish: Wish, *, actor: Actor, now: datetime) -> Redeployment:
    """Let the running cases of the old version, or those picked by number, be moved to the new.

    Raises ForbiddenError unless the actor is an admin, InvalidError for no reason given or for
    numbers that are none, ConflictError while another move of the item is under way.
    """
    require_role(actor, ADMIN)
    reason, picked = _needed(wish.reason), wish.picked
    session, code = db.session(), way.old.item.code
    session.execute(text("select pg_advisory_xact_lock(hashtext(:k))"), {"k": f"item:{code}"})
    _refuse_second(code)
    if get_version(way.new.version_id).state != "active":
        said = Text("新版本已停用，不能迁入。", "The new version is retired: no case moves to it.")
        raise ConflictError(said)
    row = Redeployment(
        item_code=code,
        from_version_id=way.old.version_id,
        to_version_id=way.new.version_id,
        mapping=dict(way.mapping),
        choice="all" if picked is None else "picked",
        steps_anew=wish.choice.steps_anew,
        promise_anew=wish.choice.promise_anew,
        reason=reason,
        state="running",
        begins_at=max(wish.begins_at or now, now),
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    count = _choose(row, picked)
    _told(row, "redeployment-begun", actor, now, cases=count)
    return row


def _needed(reason: str) -> str:
    if not reason.strip():
        said = Text("请写明为什么迁移。", "Say why the cases are moved.")
        raise InvalidError(said, fields={"reason": said})
    return reason.strip()[:LONGEST_REASON]


def _refuse_second(code: str) -> None:
    query = select(Redeployment).where(
        Redeployment.item_code == code, Redeployment.state.in_(UNDER_WAY)
    )
    other = db.session().scalar(query.limit(1))
    if other is not None:
        who = other.creator.name if other.creator else ""
        raise ConflictError(
            Text(
                f"{who}已开始这个事项的另一次迁移（第{other.id}号），还没有结束；您的操作没有改变任何内容。",
                f"{who} has begun another move of this item (no. {other.id}), which is not over "
                "yet; nothing was changed.",
            )
        )


def _choose(row: Redeployment, picked: Sequence[str] | None) -> int:
    """Write down the cases to be moved; return how many. Raises InvalidError at ``cases``."""
    running = and_(Case.version_id == row.from_version_id, Case.closed_at.is_(None))
    if picked is not None:
        _refuse_strangers(running, picked)
        running = and_(running, Case.number.in_(picked))
    columns = [literal(row.id), Case.id, literal("waiting"), literal(""), literal(""), literal("")]
    query = select(*columns, text("'[]'::jsonb")).where(running)
    names = ["redeployment_id", "case_id", "state", "why_zh", "why_en", "element", "due"]
    statement = insert(RedeployedCase).from_select(names, query, include_defaults=False)
    count = len(db.session().scalars(statement.returning(RedeployedCase.case_id)).all())
    if not count:
        raise _no_cases()
    return count


def _refuse_strangers(running: object, picked: Sequence[str]) -> None:
    if not picked:
        raise _no_cases()
    query = select(Case.number).where(running, Case.number.in_(picked))  # type: ignore[arg-type]
    known = set(db.session().scalars(query))
    strange = [number for number in picked if number not in known]
    if strange:
        listed = "、".join(strange[:5])
        said = Text(
            f"下列办件不在这个版本上，或已办结：{listed}。",
            f"These are no running cases of this version: {', '.join(strange[:5])}.",
        )
        raise InvalidError(said, fields={"cases": said})


def _no_cases() -> InvalidError:
    said = Text("没有要迁移的办件。", "There is no case to be moved.")
    return InvalidError(said, fields={"cases": said})


def find(redeployment_id: int, actor: Actor, *, lock: bool = False) -> Redeployment:
    """Return a redeployment, for admins. Raises ForbiddenError, NotFoundError."""
    require_role(actor, ADMIN)
    row = db.session().get(Redeployment, redeployment_id, with_for_update=lock or None)
    if row is None:
        raise NotFoundError(Text("没有找到这次迁移。", "No such move was found."))
    return row


def steer(redeployment_id: int, act: str, *, actor: Actor, now: datetime) -> Redeployment:
    """Pause, resume or cancel a redeployment; cases that were moved stay moved.

    Raises ForbiddenError, NotFoundError, ConflictError when its state does not allow it.
    """
    row = find(redeployment_id, actor, lock=True)
    allowed, state = _STEERED[act]
    if row.state not in allowed:
        raise _not_now()
    row.state = state
    row.ended_at = now if act == "cancel" else None
    _told(row, f"redeployment-{state}", actor, now)
    return row


def undo(redeployment_id: int, why: str, *, actor: Actor, now: datetime) -> Redeployment:
    """Let the cases that were moved, and that nobody has touched since, be put back.

    Raises ForbiddenError, NotFoundError, InvalidError for no reason, ConflictError while it runs
    or after it was undone.
    """
    row = find(redeployment_id, actor, lock=True)
    why = _needed(why)
    if row.state not in ("done", "cancelled", "paused"):
        raise _not_now()
    key = {"k": f"item:{row.item_code}"}
    db.session().execute(text("select pg_advisory_xact_lock(hashtext(:k))"), key)
    if row.state != "paused":
        _refuse_second(row.item_code)
    row.state, row.ended_at = "undoing", None
    row.undone_by, row.undone_why = actor.person_id, why
    _told(row, "redeployment-undoing", actor, now, why=why)
    return row


def _not_now() -> ConflictError:
    return ConflictError(
        Text(
            "这次迁移的状态已变，不能这样做；请刷新页面。",
            "The state of this move does not allow that (any more); reload the page.",
        )
    )


def _told(row: Redeployment, kind: str, actor: Actor, now: datetime, **more: Any) -> None:
    events.record(
        STREAM,
        kind,
        actor,
        now,
        item=row.item_code,
        redeployment=row.id,
        old=row.from_version_id,
        new=row.to_version_id,
        reason=row.reason,
        **more,
    )


# --- the worker's part -------------------------------------------------------------------------
def work(now: datetime, limit: int = BATCH) -> int:
    """Move, or put back, the next cases in the open transaction; return how many were looked at.

    Raises EngineError when one of them fails in a way nobody foresaw: then nothing of the batch
    has happened, and they are to be worked on one by one.
    """
    found = _claimed(now, limit)
    if not found:
        _end_those_done(now)
        return 0
    held = {row.case_id: holding.of_case(row.case_id) for row, _ in found}
    rows, ways = reading.of_all([*held]), dict[int, Plan]()
    for row, of in found:
        if of.id not in ways:
            ways[of.id] = plan(of.from_version_id, of.to_version_id, of.mapping)
        _work_on(row, held[row.case_id], ways[of.id], rows[row.case_id], now)
    return len(found)


def _claimed(now: datetime, limit: int) -> list[tuple[RedeployedCase, Redeployment]]:
    to_move = and_(
        Redeployment.state == "running",
        Redeployment.begins_at <= now,
        RedeployedCase.state == "waiting",
    )
    to_put_back = and_(Redeployment.state == "undoing", RedeployedCase.state == "moved")
    query = (
        select(RedeployedCase, Redeployment)
        .join(Redeployment, Redeployment.id == RedeployedCase.redeployment_id)
        .join(Case, Case.id == RedeployedCase.case_id)
        .where(or_(to_move, to_put_back))
        .order_by(RedeployedCase.redeployment_id, RedeployedCase.case_id)
        .limit(limit)
        .with_for_update(of=(RedeployedCase, Case), skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    return [(row, of) for row, of in db.session().execute(query)]


def _work_on(row: RedeployedCase, case: Case, way: Plan, rows: Rows, now: datetime) -> None:
    of = row.redeployment
    if of.state == "undoing":
        kept = moving.put_back(row, case, way, rows, actor=_who(of.undone_by), now=now)
        if kept is not None:
            row.state, row.why_zh, row.why_en = "kept", kept.zh, kept.en
        return
    try:
        moving.move(row, case, way, rows, actor=_who(of.created_by), now=now)
    except StayError as stays:
        refuse(row, stays.faults[0], now)


def refuse(row: RedeployedCase, fault: Fault, now: datetime) -> None:
    """Note why a case could not be moved."""
    row.state, row.done_at, row.element = "refused", now, fault.element
    row.why_zh, row.why_en = fault.why.zh[:500], fault.why.en[:500]


def _who(person_id: int | None) -> Actor:
    if person_id is None:
        return SYSTEM
    known = db.known()
    if ("acting", person_id) not in known:
        known["acting", person_id] = people.actor_for(person_id) or SYSTEM
    found: Actor = known["acting", person_id]
    return found


def work_on_one(now: datetime) -> bool:
    """Do the next case alone, with its own commit; one that fails is refused with the reason.

    Says whether there was one. Call it outside of any transaction.
    """
    key: tuple[int, int] | None = None
    try:
        with db.transaction():
            found = _claimed(now, 1)
            if not found:
                return False
            row, of = found[0]
            key = (row.redeployment_id, row.case_id)
            way = plan(of.from_version_id, of.to_version_id, of.mapping)
            case = holding.of_case(row.case_id)
            _work_on(row, case, way, reading.of_one(case.id), now)
    except FAULTS as error:
        if key is None:
            raise
        why = error.message if isinstance(error, EngineError) else _unforeseen(error)
        with db.transaction() as session:
            failed = session.get(RedeployedCase, key, with_for_update=True)
            if failed is not None and failed.state in ("waiting", "moved"):
                refuse(failed, Fault("", why), now)
    return True


def _unforeseen(error: BaseException) -> Text:
    kind = type(error).__name__
    return Text(f"迁移时出错（{kind}）。", f"The move failed ({kind}).")


def _end_those_done(now: datetime) -> None:
    """Close the redeployments that have nothing left to do, and tell who began them."""
    left = exists().where(
        RedeployedCase.redeployment_id == Redeployment.id,
        or_(
            and_(Redeployment.state == "running", RedeployedCase.state == "waiting"),
            and_(Redeployment.state == "undoing", RedeployedCase.state == "moved"),
        ),
    )
    begun = and_(Redeployment.state == "running", Redeployment.begins_at <= now)
    query = (
        select(Redeployment)
        .where(or_(begun, Redeployment.state == "undoing"), ~left)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for row in db.session().scalars(query).all():
        undone = row.state == "undoing"
        row.state, row.ended_at = ("undone" if undone else "done"), now
        counts = counted(row.id)
        _told(row, f"redeployment-{row.state}", SYSTEM, now, counts=counts)
        who = row.undone_by if undone else row.created_by
        if who is not None:
            notices.tell(who, _message(row, counts, undone=undone), now=now)


def _message(row: Redeployment, counts: Mapping[str, int], *, undone: bool) -> notices.Message:
    kept = counts["refused"] + counts["kept"]
    number = counts["undone" if undone else "moved"]
    title = Text("办件迁移已撤销", "Move undone") if undone else Text("办件迁移完成", "Move done")
    body = Text(
        f"事项 {row.item_code}：{number}件已转到{'原' if undone else '新'}版本，{kept}件没有动。",
        f"Item {row.item_code}: {number} cases were {'put back' if undone else 'moved'}, {kept} "
        "stayed.",
    )
    return notices.Message("redeployment-ended", title, body, f"/admin/redeployments/{row.id}")


def counted(redeployment_id: int) -> dict[str, int]:
    """Count the cases of a redeployment by how they fared."""
    query = (
        select(RedeployedCase.state, func.count())
        .where(RedeployedCase.redeployment_id == redeployment_id)
        .group_by(RedeployedCase.state)
    )
    found = dict.fromkeys(("waiting", "moved", "refused", "undone", "kept"), 0)
    for state, number in db.session().execute(query):
        found[state] = number
    return found
