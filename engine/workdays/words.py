"""Words: how a deadline explains itself, and how it is written down to do so for ever."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.workdays.calendar import Stop
from engine.workdays.counting import Counted, Due
from engine.workdays.limits import UNIT_NAMES, Unit, parse_limit, plural
from forms.text import Text


def facts(due: Due) -> dict[str, object]:
    """Write a deadline down as plain JSON, so that it can explain itself for ever."""
    counted = due.counted
    return {
        "started_at": due.started_at.isoformat(),
        "at": due.at.isoformat(),
        "start": counted.start.isoformat(),
        "due": counted.due.isoformat(),
        "limit": str(due.limit),
        "zone": due.zone.key,
        "provisional": due.provisional,
        "holidays": [day.isoformat() for day in counted.holidays],
        "makeup_days": [day.isoformat() for day in counted.makeup_days],
        "stopped": [day.isoformat() for day in counted.stopped],
        "stops": [
            [s.start.isoformat(), s.end.isoformat(), *(s.reason or ())] for s in counted.stops
        ],
    }


def from_facts(stored: Mapping[str, Any]) -> Due:
    """Read back what ``facts`` wrote; the calendar of today plays no part in it."""
    limit = parse_limit(stored["limit"])
    days = {
        name: tuple(date.fromisoformat(day) for day in stored[name])
        for name in ("holidays", "makeup_days", "stopped")
    }
    counted = Counted(
        start=date.fromisoformat(stored["start"]),
        limit=limit,
        due=date.fromisoformat(stored["due"]),
        provisional=stored["provisional"],
        stops=tuple(
            Stop(date.fromisoformat(a), date.fromisoformat(b), Text(*reason) if reason else None)
            for a, b, *reason in stored["stops"]
        ),
        **days,
    )
    return Due(
        at=datetime.fromisoformat(stored["at"]),
        on=counted.due,
        provisional=counted.provisional,
        started_at=datetime.fromisoformat(stored["started_at"]),
        limit=limit,
        counted=counted,
        zone=ZoneInfo(stored["zone"]),
    )


def explain(due: Due | Counted) -> Text:
    """Say how a deadline came about, in one sentence of each language."""
    if isinstance(due, Counted):
        counted, moments = due, (_day_text(due.start, due), _day_text(due.due, due))
    else:
        counted, moments = due.counted, _moments(due)
    notes = [note for note in (_weekend_note(counted), _makeup_note(counted)) if note]
    zh = f"（{'，'.join(note.zh for note in notes)}）" if notes else ""
    en = f" ({', '.join(note.en for note in notes)})" if notes else ""
    stop, doubt = _stop_note(counted), _doubt_note(counted)
    length = counted.limit.text()
    return Text(
        f"{moments[0].zh}起算，{length.zh}{zh}，{stop.zh}至{moments[1].zh}{doubt.zh}",
        f"Counted from {moments[0].en}: {length.en}{en}{stop.en}, until {moments[1].en}{doubt.en}",
    )


def _day_text(day: date, counted: Counted) -> Text:
    """Name a day; with its year when the span crosses a new year."""
    zh, en = f"{day.month}月{day.day}日", f"{day.day} {_MONTHS[day.month - 1]}"
    if counted.start.year == counted.due.year:
        return Text(zh, en)
    return Text(f"{day.year}年{zh}", f"{en} {day.year}")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _moments(due: Due) -> tuple[Text, Text]:
    """Name the start and the end of a deadline; with clock times when it counts hours."""
    days = _day_text(due.counted.start, due.counted), _day_text(due.on, due.counted)
    if due.limit.unit.counts_days:
        return days
    clock = [f"{moment.astimezone(due.zone):%H:%M}" for moment in (due.started_at, due.at)]
    start, end = (
        Text(f"{day.zh}{at}", f"{at} on {day.en}") for day, at in zip(days, clock, strict=True)
    )
    return start, end


def _weekend_note(counted: Counted) -> Text | None:
    if not counted.holidays:
        return None
    n = len(counted.holidays)
    return Text(f"已跳过周末和{n}天节假日", f"weekends and {plural(n, 'public holiday')} skipped")


def _makeup_note(counted: Counted) -> Text | None:
    if not counted.makeup_days:
        return None
    n = len(counted.makeup_days)
    return Text(f"含{n}个调休上班日", f"{plural(n, 'make-up working day')} counted")


def _stop_note(counted: Counted) -> Text:
    """Name the stops that really took days out of the count."""
    if not counted.stopped:
        return Text("", "")
    hit = [s for s in counted.stops if any(s.start <= day <= s.end for day in counted.stopped)]
    spans = [(_day_text(s.start, counted), _day_text(s.end, counted), s.reason) for s in hit]
    zh = "、".join(f"{a.zh}至{b.zh}{f'（{why.zh}）' if why else ''}" for a, b, why in spans)
    en = " and ".join(f"{a.en} to {b.en}{f' ({why.en})' if why else ''}" for a, b, why in spans)
    n, day = len(counted.stopped), UNIT_NAMES[counted.limit.unit][0]
    unit = day if counted.limit.unit.counts_days else UNIT_NAMES[Unit.WORKDAY][0]
    return Text(
        f"其间{zh}停止计时，{n}{unit.zh}不计，",
        f", {plural(n, unit.en)} not counted while the clock was stopped {en}",
    )


def _doubt_note(counted: Counted) -> Text:
    if not counted.provisional:
        return Text("", "")
    return Text(
        "（暂定：有的年份放假安排尚未公布）",
        " (provisional: the holidays of some year are not published yet)",
    )
