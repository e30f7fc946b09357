"""Yearly calendars taken in by an administrator: read, tried on the open cases, applied, undone.

A notice says which days differ from Monday to Friday. Before it is applied, the due times of open
cases that it would move are listed; applying records them, and undoing brings back what stood.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import chinese_calendar
import orjson
from sqlalchemy import and_, delete, func, or_, select

from engine import clocks, db, duetimes, events
from engine.clock import civil_date
from engine.clocks import REGION
from engine.definitions import bundle
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import CalendarDay, CalendarImport, CalendarYear, Case
from engine.permissions import ADMIN, Actor, require_role
from engine.workdays import Calendar
from forms.text import Text

STREAM: Final = "calendar"
MAX_BYTES: Final = 100_000
AT_ONCE: Final = 500  # cases whose due times are computed with the same few statements
LARGEST_NOTICE: Final = 120  # days that differ, in one year
_YEARS: Final = range(2000, 2100)
_WORKS: Final[Mapping[str, bool]] = {
    "work": True, "workday": True, "true": True, "1": True, "班": True, "上班": True,
    "off": False, "holiday": False, "false": False, "0": False, "休": False, "放假": False,
}  # fmt: skip
_SHAPE: Final = Text(
    "请上传 CSV（列 date,workday,note；workday 写 work 或 off）或 JSON"
    "（{“year”:2027,“days”:[{“date”,“name”,“isOffDay”}]}）。",
    "Upload CSV (columns date,workday,note; workday is work or off) or JSON "
    '({"year":2027,"days":[{"date","name","isOffDay"}]}).',
)


@dataclass(frozen=True)
class Notice:
    """A yearly notice: its year, where it comes from, and the days that differ."""

    year: int
    source: str
    #: day: (works, note); days that follow the weekday are left out.
    days: Mapping[date, tuple[bool, str]]


@dataclass(frozen=True)
class Moved:
    """A due time that a calendar moves: whose, which, from when to when."""

    number: str
    which: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Preview:
    """What a notice would do."""

    notice: Notice
    #: the year is in force already: its days are replaced
    replaces: bool
    moved: Sequence[Moved]


def read_notice(data: bytes, file_name: str) -> Notice:
    """Read a notice from CSV or JSON. Raises InvalidError, at the field ``file``."""
    if not data or len(data) > MAX_BYTES:
        raise _bad(Text("文件是空的，或超过100 KB。", "The file is empty, or over 100 KB."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(Text("文件须为UTF-8编码。", "The file must be in UTF-8.")) from error
    rows = _from_json(text) if text.lstrip().startswith(("{", "[")) else _from_csv(text)
    return _notice(rows, file_name)


def from_package(year: int) -> Notice:
    """Take a year from the package of published holidays. Raises InvalidError when unknown."""
    days: dict[date, tuple[bool, str]] = {}
    if year not in _YEARS:
        raise _bad(Text("请选择文件，或写明年份。", "Choose a file, or name a year."))
    try:
        for ordinal in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            works = chinese_calendar.is_workday(day)
            if works != (day.weekday() < 5):
                days[day] = (works, chinese_calendar.get_holiday_detail(day)[1] or "")
    except (NotImplementedError, ValueError) as error:
        raise _bad(
            Text(
                f"软件包里还没有{year}年的放假安排，请上传通知。",
                f"The package does not know the holidays of {year} yet; upload the notice.",
            )
        ) from error
    return Notice(year, "chinesecalendar", days)


def _bad(said: Text) -> InvalidError:
    return InvalidError(said, fields={"file": said})


def _from_json(text: str) -> list[tuple[str, bool, str]]:
    try:
        found = orjson.loads(text)
        rows = found["days"] if isinstance(found, dict) else found
        read = [(str(row["date"]), row["isOffDay"], str(row.get("name", ""))) for row in rows]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise _bad(_SHAPE) from error
    if any(not isinstance(off, bool) for _, off, _ in read):
        raise _bad(_SHAPE)
    year = found.get("year") if isinstance(found, dict) else None
    if year is not None and any(not day.startswith(f"{year}-") for day, _, _ in read):
        raise _bad(
            Text(
                f"文件写的年份是{str(year)[:10]}，日期却不都在这一年。",
                f"The file says {str(year)[:10]}, but not all days are in that year.",
            )
        )
    return [(day, not off, name) for day, off, name in read]


def _from_csv(text: str) -> list[tuple[str, bool, str]]:
    reader = csv.DictReader(io.StringIO(text))
    if not {"date", "workday"} <= set(reader.fieldnames or ()):
        raise _bad(_SHAPE)
    rows = []
    for number, row in enumerate(reader, 2):
        works = _WORKS.get((row["workday"] or "").strip().lower())
        if works is None:
            raise _bad(
                Text(
                    f"第{number}行：workday 须写 work 或 off。",
                    f"Line {number}: workday must be work or off.",
                )
            )
        rows.append(((row["date"] or "").strip(), works, (row.get("note") or "").strip()))
    return rows


def _notice(rows: Sequence[tuple[str, bool, str]], source: str) -> Notice:
    """Check the days of a notice: real, of one year, no day twice, not too many."""
    days: dict[date, tuple[bool, str]] = {}
    for text, works, note in rows:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise _bad(Text(f"“{text[:20]}”不是日期。", f"'{text[:20]}' is not a date.")) from error
        if day in days:
            raise _bad(Text(f"{day}重复出现。", f"{day} stands twice."))
        days[day] = (works, note[:100])
    years = {day.year for day in days}
    if len(years) != 1 or not years <= set(_YEARS):
        raise _bad(
            Text(
                "文件须只含一个年份的日期，且至少一天。",
                "The file must hold days of one year, at least one.",
            )
        )
    differing = {day: value for day, value in days.items() if value[0] != (day.weekday() < 5)}
    if not differing or len(differing) > LARGEST_NOTICE:
        raise _bad(
            Text(
                f"与周一至周五不同的日子须为1至{LARGEST_NOTICE}天。",
                f"1 to {LARGEST_NOTICE} days must differ from Monday to Friday.",
            )
        )
    return Notice(years.pop(), source[:200], differing)


def preview(notice: Notice, *, now: datetime) -> Preview:
    """Say which due times of open cases a notice would move; nothing is changed.

    Raises ConflictError for what ``apply`` would refuse.
    """
    _refuse_past(_in_force(notice.year), _plain(notice), now)
    _refuse_gap(notice.year)
    replaces = db.session().get(CalendarYear, (REGION, notice.year)) is not None
    tried = _tried(notice.year, {day: works for day, (works, _) in notice.days.items()})
    moved: list[Moved] = []
    for case_ids in _parts():
        facts = duetimes.facts_of_all(case_ids)
        for case in _cases(case_ids, lock=False):
            moved += _moved(case, facts[case.id], tried)
    return Preview(notice, replaces, moved)


def _tried(year: int, days: Mapping[date, bool] | None) -> Calendar:
    """Return the calendar in force with one year replaced; None takes the year out."""
    now = clocks.calendar()
    kept = dict.fromkeys(now.holidays, False) | dict.fromkeys(now.makeup_days, True)
    kept = {day: works for day, works in kept.items() if day.year != year}
    years = now.years - {year} if days is None else now.years | {year}
    return Calendar.from_days(kept | dict(days or {}), years)


def _parts() -> list[Sequence[int]]:
    """List the cases of which some limit runs, in parts of ``AT_ONCE``."""
    undecided = and_(
        Case.decided_at.is_(None),
        or_(
            Case.accepted_at.is_not(None),
            Case.receipt_due_at.is_not(None),
            Case.due_facts.has_key(duetimes.RECEIPT),
        ),
    )
    undelivered = and_(Case.delivery_due_at.is_not(None), Case.delivered_at.is_(None))
    query = select(Case.id).where(Case.closed_at.is_(None), or_(undecided, undelivered))
    found = list(db.session().scalars(query.order_by(Case.id)))
    return [found[at : at + AT_ONCE] for at in range(0, len(found), AT_ONCE)]


def _cases(case_ids: Sequence[int], *, lock: bool) -> Sequence[Case]:
    query = select(Case).where(Case.id.in_(case_ids)).order_by(Case.id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(db.session().scalars(query))


def _moved(case: Case, facts: duetimes.Facts, tried: Calendar) -> list[Moved]:
    found: list[Moved] = []
    if case.accepted_at is not None and case.decided_at is None:
        timed = duetimes.compute(case, bundle(case.version_id), facts, tried)
        old = {
            duetimes.STATUTORY: case.statutory_due_at,
            duetimes.PROMISED: case.promised_due_at,
        }
        for name, due in timed.dues.items():
            found += _change(case, name, old[name], due.at if due else None)
    return found


def _change(case: Case, which: str, old: datetime | None, new: datetime | None) -> list[Moved]:
    if old == new:
        return []
    texts = [at.isoformat() if at else None for at in (old, new)]
    return [Moved(case.number, which, *texts)]


def apply(notice: Notice, *, actor: Actor, now: datetime) -> CalendarImport:
    """Put a notice into force and compute all open due times anew, recorded with old and new.

    Raises ForbiddenError unless the actor is an admin, ConflictError when a day in force that has
    passed would change, or when nothing would.
    """
    require_role(actor, ADMIN)
    before = _in_force(notice.year)
    days = _plain(notice)
    _refuse_past(before, days, now)
    _refuse_gap(notice.year)
    year = db.session().get(CalendarYear, (REGION, notice.year))
    row = CalendarImport(
        region=REGION,
        year=notice.year,
        source=notice.source,
        days=days,
        before=before,
        before_source=dict(year.source) if year else {},
        moved=[],
        applied_at=now,
        applied_by=actor.person_id,
    )
    _replace(notice.year, days, {"file": notice.source, "days": len(days)}, now)
    row.moved = _recompute("calendar-imported", actor, now)
    db.session().add(row)
    _record("calendar-imported", row, actor, now)
    db.session().flush()
    return row


def undo(import_id: int, *, actor: Actor, now: datetime) -> CalendarImport:
    """Take back the latest import of its year: what stood before is in force again.

    Raises ForbiddenError, NotFoundError, ConflictError when it is not the latest or undone already.
    """
    require_role(actor, ADMIN)
    row = _undoable(import_id)
    row.undone_at = now
    _replace(row.year, row.before, row.before_source, now)
    moved = _recompute("calendar-import-undone", actor, now)
    events.record(
        STREAM,
        "calendar-import-undone",
        actor,
        now,
        region=row.region,
        year=row.year,
        moved=len(moved),
        id=row.id,
    )
    return row


def _undoable(import_id: int) -> CalendarImport:
    """Find an import that is the latest of its year, and lock it. Raises as ``undo``."""
    session = db.session()
    row = session.get(CalendarImport, import_id, with_for_update=True)
    if row is None:
        raise NotFoundError(Text("没有找到这次导入。", "No such import was found."))
    latest = session.scalar(
        select(CalendarImport.id)
        .where(CalendarImport.year == row.year, CalendarImport.undone_at.is_(None))
        .order_by(CalendarImport.id.desc())
    )
    if latest != row.id:
        raise ConflictError(
            Text(
                "只能撤销该年份最近一次有效的导入。",
                "Only the latest import of a year that is in force can be undone.",
            )
        )
    if row.before is None and session.get(CalendarYear, (REGION, row.year + 1)) is not None:
        raise ConflictError(
            Text(
                f"请先撤销{row.year + 1}年：日历的年份须相连。",
                f"Undo {row.year + 1} first: years of the calendar must join.",
            )
        )
    return row


def _refuse_gap(year: int) -> None:
    """Refuse a year that does not join the years in force: those between would be uncounted."""
    known = [row.year for row in years()]
    if known and not min(known) - 1 <= year <= max(known) + 1:
        missing = range(max(known) + 1, year) if year > max(known) else range(year + 1, min(known))
        listed = "、".join(str(one) for one in missing)
        raise ConflictError(
            Text(
                f"请先导入{listed}年：日历的年份须相连。",
                f"Import {listed.replace('、', ', ')} first: years of the calendar must join.",
            )
        )


def _plain(notice: Notice) -> dict[str, Any]:
    return {day.isoformat(): [works, note] for day, (works, note) in notice.days.items()}


def _in_force(year: int) -> dict[str, Any] | None:
    session = db.session()
    if session.get(CalendarYear, (REGION, year)) is None:
        return None
    query = select(CalendarDay).where(
        CalendarDay.region == REGION,
        CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)),
    )
    return {row.day.isoformat(): [row.workday, row.note] for row in session.scalars(query)}


def _refuse_past(before: dict[str, Any] | None, days: dict[str, Any], now: datetime) -> None:
    if before is None:
        return
    was = {day: value[0] for day, value in before.items()}
    will = {day: value[0] for day, value in days.items()}
    changed = sorted(day for day in was.keys() | will.keys() if was.get(day) != will.get(day))
    if not changed:
        raise ConflictError(
            Text("与现行日历相同，没有变化。", "It is the calendar in force: nothing changes.")
        )
    past = [day for day in changed if day <= civil_date(now).isoformat()]
    if past:
        raise ConflictError(
            Text(
                f"不能更改已经过去的日子：{'、'.join(past[:5])}。",
                f"Days that have passed cannot be changed: {', '.join(past[:5])}.",
            )
        )


def _replace(year: int, days: dict[str, Any] | None, source: dict[str, Any], now: datetime) -> None:
    session = db.session()
    # Caches tell calendars apart by their latest loading: it never goes back.
    latest = session.scalar(select(func.max(CalendarYear.loaded_at))) or now
    loaded = max(now, latest + timedelta(microseconds=1))
    whole = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    session.execute(delete(CalendarDay).where(CalendarDay.region == REGION, whole))
    session.execute(
        delete(CalendarYear).where(CalendarYear.region == REGION, CalendarYear.year == year)
    )
    session.expire_all()
    if days is not None:
        session.add(CalendarYear(region=REGION, year=year, source=source, loaded_at=loaded))
        session.add_all(
            CalendarDay(region=REGION, day=date.fromisoformat(day), workday=works, note=note)
            for day, (works, note) in days.items()
        )
    session.flush()
    clocks.forget()


def _recompute(cause: str, actor: Actor, now: datetime) -> list[Any]:
    """Compute the due times of all open cases, and of their open steps, anew; return what moved.

    Cases are read and written in parts; in each, the statements do not grow with the cases.
    """
    moved: list[Any] = []
    clocks.forget()  # what was read before is of the calendar before
    for case_ids in _parts():
        held = _cases(case_ids, lock=True)
        facts = duetimes.facts_of_all(case_ids)
        events.hold_all(case_ids)
        for case in held:
            change = duetimes.recompute(
                case, bundle(case.version_id), cause, actor=actor, now=now, read=facts[case.id]
            )
            moved += [
                [case.number, name, *change[name]] for name in duetimes.CLOCKS if name in change
            ]
        db.write()
    return moved


def _record(type_: str, row: CalendarImport, actor: Actor, now: datetime) -> None:
    events.record(
        STREAM,
        type_,
        actor,
        now,
        region=row.region,
        year=row.year,
        source=row.source,
        days=len(row.days),
        moved=row.moved,
    )


def imports() -> Sequence[CalendarImport]:
    """Return all imports, the latest first."""
    return list(db.session().scalars(select(CalendarImport).order_by(CalendarImport.id.desc())))


def years() -> Sequence[CalendarYear]:
    """Return the years in force, the latest first."""
    query = select(CalendarYear).where(CalendarYear.region == REGION)
    return list(db.session().scalars(query.order_by(CalendarYear.year.desc())))
