"""Read facts as their declared types say: JSON has no dates, times or durations."""

from collections.abc import Callable, Mapping
from typing import Final

from engine.feel import from_json
from engine.feel.temporal import read_date, read_datetime, read_duration, read_time

_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "date": read_date,
    "time": read_time,
    "dateTime": read_datetime,
    "date and time": read_datetime,
    "dayTimeDuration": read_duration,
    "yearMonthDuration": read_duration,
    "days and time duration": read_duration,
    "years and months duration": read_duration,
}


def read_typed(value: object, kind: str) -> object:
    """Read a text that is declared a date, time or duration as one, null when it is none."""
    if isinstance(value, str) and kind in _READERS:
        return _READERS[kind](value)
    return from_json(value)
