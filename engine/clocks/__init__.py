"""Limits on the city's working calendar: due times that explain themselves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, cast

import chinese_calendar
from sqlalchemy import func, select

from engine import db, events
from engine.clock import CIVIL_ZONE, civil_date
from engine.errors import ConflictError
from engine.models import CalendarDay, CalendarYear
from engine.permissions import Actor
from engine.workdays import (
    Calendar,
    Due,
    Limit,
    Stop,
    Unit,
    add_workdays,
    due_at,
    explain,
    facts,
    from_facts,
    office_between,
    parse_limit,
    workdays_before,
    workdays_between,
    working_end,
)
from engine.workdays.limits import LARGEST_AMOUNT
from forms.text import Text

REGION = "CN"
CLOCK_SKEW = timedelta(minutes=5)
NEAR_WORKDAYS = 1  # "near the limit": this many working days left, or fewer
State = Literal["ok", "near", "overdue", "none"]
_cache: dict[str, tuple[list[Any], Calendar]] = {}


def calendar(region: str = REGION) -> Calendar:
    """Return the working calendar of a region as the database holds it now."""
    if found := db.known().get(("calendar", region)):
        return cast("Calendar", found)
    session = db.session()
    stamp: list[Any] | None = db.known().get(("calendar-stamp", region))
    if stamp is None:
        counted = func.json_build_array(func.count(), func.max(CalendarYear.loaded_at))
        stamp = session.scalars(select(counted).where(CalendarYear.region == region)).one()
    known = _cache.get(region)
    if known is None or known[0] != stamp:
        days = session.execute(
            select(CalendarDay.day, CalendarDay.workday).where(CalendarDay.region == region)
        )
        years = session.scalars(select(CalendarYear.year).where(CalendarYear.region == region))
        known = (stamp, Calendar.from_days({row.day: row.workday for row in days}, years))
        _cache[region] = known
    db.known()["calendar", region] = known[1]
    return known[1]


def hold(stamp: list[Any], region: str = REGION) -> None:
    """Remember count and latest loading of a region's years, read in this unit of work."""
    db.known()["calendar-stamp", region] = stamp


def forget(region: str = REGION) -> None:
    """Forget the calendar read in this unit of work: it has just been changed."""
    for remembered in ("calendar", "calendar-stamp"):
        db.known().pop((remembered, region), None)


def load_years(years: Iterable[int], *, actor: Actor, now: datetime, region: str = REGION) -> None:
    """Load the State Council's calendar of some years, as the package of holidays knows them.

    Raises NotImplementedError from that package for a year whose notice it does not know.
    """
    session = db.session()
    for year in years:
        if session.get(CalendarYear, (region, year)) is not None:
            continue
        day, count = date(year, 1, 1), 0
        while day.year == year:
            works = chinese_calendar.is_workday(day)
            if works != (day.weekday() < 5):
                _, holiday = chinese_calendar.get_holiday_detail(day)
                session.add(CalendarDay(region=region, day=day, workday=works, note=holiday or ""))
                count += 1
            day += timedelta(days=1)
        source = {"package": "chinesecalendar", "days": count}
        session.add(CalendarYear(region=region, year=year, source=source, loaded_at=now))
        forget(region)
        session.flush()
        events.record("calendar", "calendar-year-loaded", actor, now, region=region, year=year)


def due(
    start_at: datetime,
    limit: str,
    *,
    stops: Sequence[Stop] = (),
    on: Calendar | None = None,
) -> Due:
    """Return when a limit (``3wd``, ``4wh``, ``20d``, ``30min``) from an instant ends.

    ``stops`` are not counted; ``on`` is another calendar than the one in force, to be tried.
    """
    return due_at(on or calendar(), start_at, parse_limit(limit), stops=stops)


def length(limit: str) -> Text:
    """Say a limit in words."""
    return parse_limit(limit).text()


def facts_of(found: Due) -> dict[str, Any]:
    """Write a due time's reasons down, so that it explains itself for ever."""
    return dict(facts(found))


def explanation(stored: Mapping[str, Any]) -> Text:
    """Explain a due time from what was written down when it was computed; empty for none."""
    if not stored:
        return Text("", "")
    said = explain(from_facts(stored))
    if not (extra := stored.get("extension")):
        return said
    length = parse_limit(extra).text()
    return Text(
        f"{said.zh}（含依法延长的{length.zh}）",
        f"{said.en} (with {length.en} of lawful extension)",
    )


def is_provisional(stored: Mapping[str, Any]) -> bool:
    """Say whether a due time falls into a year without a published calendar."""
    return bool(stored and stored.get("provisional"))


def workdays_earlier(due_time: datetime, days: int) -> datetime:
    """Return the instant that lies some working days before a due time."""
    day = workdays_before(calendar(), last_day(due_time), days).due
    return datetime.combine(day + timedelta(days=1), time(), CIVIL_ZONE).astimezone(UTC)


def refuse_backward(since: datetime | None, now: datetime) -> None:
    """Refuse an act that would stand before what is on record: the clock was set back.

    A few minutes may lie between the clocks of two machines. Raises ConflictError.
    """
    if since is not None and now < since - CLOCK_SKEW:
        at = since.astimezone(CIVIL_ZONE)
        raise ConflictError(
            Text(
                f"系统时间早于本办件已有的记录（{at:%Y-%m-%d %H:%M}），没有办理。"
                "请联系管理员校准系统时间。",
                f"The system's clock stands before what is on record ({at:%Y-%m-%d %H:%M}). "
                "Nothing was done; ask an administrator to set the clock right.",
            )
        )


def working_time(start: datetime, duration: str) -> datetime:
    """Return the instant at which a working duration (``P5WD``, ``PT4WH``) ends, for timers."""
    return working_end(calendar(), start, duration)


def stood_still(due_time: datetime, since: datetime, now: datetime) -> datetime:
    """Return where a due time in working time goes that stood still from ``since`` until ``now``.

    As in a limit with a stop, neither the first nor the last day of it counts.
    """
    known = calendar()
    ends = due_time.astimezone(CIVIL_ZONE)
    day = last_day(due_time)
    if (ends.hour, ends.minute, ends.second) != (0, 0, 0):
        left = max(1, round(office_between(known, since, due_time).total_seconds() / 60))
        while left > LARGEST_AMOUNT:
            now = due_at(known, now, Limit(LARGEST_AMOUNT, Unit.MINUTE)).at
            left -= LARGEST_AMOUNT
        return due_at(known, now, Limit(left, Unit.MINUTE)).at
    days = workdays_between(known, civil_date(since), day)
    moved = add_workdays(known, civil_date(now), days).due
    return due_time + (moved - day)


def last_day(due_time: datetime) -> date:
    """Return the civil day on which a due time falls; 24:00 belongs to the day it ends."""
    return civil_date(due_time - timedelta(microseconds=1))


def state_of(due_time: datetime | None, now: datetime) -> State:
    """Say how urgent a due time is."""
    if due_time is None:
        return "none"
    if now >= due_time:
        return "overdue"
    left_days = workdays_between(calendar(), civil_date(now), last_day(due_time))
    return "near" if left_days <= NEAR_WORKDAYS else "ok"


def near_until(now: datetime) -> datetime:
    """Return the latest due time that counts as near, for queries."""
    found = due_at(calendar(), now, parse_limit(f"{NEAR_WORKDAYS}wd")).at
    return found.astimezone(UTC)


def left(due_time: datetime | None, now: datetime) -> Text:
    """Say in words how much time is left, or by how much it was missed."""
    if due_time is None:
        return Text("无时限", "no limit")
    today, on = civil_date(now), last_day(due_time)
    if now >= due_time:
        days = workdays_between(calendar(), on, today)
        if days == 0:
            return Text("已超期", "overdue")
        unit = "working day" if days == 1 else "working days"
        return Text(f"已超期{days}个工作日", f"overdue by {days} {unit}")
    days = workdays_between(calendar(), today, on)
    if days > 0:
        unit = "working day" if days == 1 else "working days"
        return Text(f"还剩{days}个工作日", f"{days} {unit} left")
    local = due_time.astimezone(CIVIL_ZONE)
    if (local.hour, local.minute) == (0, 0):
        return Text("今天到期", "due today")
    return Text(f"今天{local:%H:%M}到期", f"due today at {local:%H:%M}")


def workdays_left(due_time: datetime, now: datetime) -> int:
    """Count the working days left until a due time; negative when it has passed."""
    return workdays_between(calendar(), civil_date(now), last_day(due_time))


def taken(start_at: datetime, end_at: datetime) -> int:
    """Count the working days between two instants, the first day not counted."""
    return workdays_between(calendar(), civil_date(start_at), civil_date(end_at))
