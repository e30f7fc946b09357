"""Built-in functions that make and read temporal values (DMN 1.3, 10.3.4.1 and 10.3.4.7)."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import cast

from engine.feel import temporal
from engine.feel.decimals import Number
from engine.feel.errors import FeelNameError
from engine.feel.functions.base import builtin
from engine.feel.scope import Scope
from engine.feel.values import YearsMonths

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@builtin("date(from: string)")
def date_from_text(text: str) -> date | None:
    """Read a date."""
    return temporal.read_date(text)


@builtin("date(from: instant)")
def date_from_instant(instant: date) -> date:
    """Return the day of a date and time."""
    return instant.date() if isinstance(instant, datetime) else instant


@builtin("date(year: number, month: number, day: number)")
def date_from_parts(year: Number, month: Number, day: Number) -> date | None:
    """Make a date; null when there is no such day."""
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None


@builtin("time(from: string)")
def time_from_text(text: str) -> time | None:
    """Read a time."""
    return temporal.read_time(text)


@builtin("time(from: time)")
def time_from_time(value: time) -> time:
    """Return a time as it is."""
    return value


@builtin("time(from: instant)")
def time_from_instant(instant: date) -> time:
    """Return the time of a date and time; a date's is midnight in UTC."""
    return instant.timetz() if isinstance(instant, datetime) else time(tzinfo=UTC)


@builtin("time(hour: number, minute: number, second: number, offset?: any)")
def time_from_parts(
    hour: Number, minute: Number, second: Number, offset: object = None
) -> time | None:
    """Make a time; null when there is no such time."""
    if offset is not None and not isinstance(offset, timedelta):
        return None
    try:
        zone = None if offset is None else timezone(offset)
        micro = int((Decimal(second) % 1) * 1_000_000)
        return time(int(hour), int(minute), int(second), micro, zone)
    except (ValueError, ArithmeticError):
        return None


@builtin("date and time(from: string)")
def datetime_from_text(text: str) -> datetime | None:
    """Read a date and time."""
    return temporal.read_datetime(text)


@builtin("date and time(from: datetime)")
def datetime_from_datetime(value: datetime) -> datetime:
    """Return a date and time as it is."""
    return value


@builtin("date and time(date: instant, time: time)")
def datetime_from_parts(day: date, clock: time) -> datetime:
    """Put a date and a time together."""
    return datetime.combine(day.date() if isinstance(day, datetime) else day, clock)


@builtin("duration(from: string)")
def duration_from_text(text: str) -> timedelta | YearsMonths | None:
    """Read a duration of either kind."""
    return temporal.read_duration(text)


@builtin("duration(from: length)")
def duration_from_duration(value: timedelta | YearsMonths) -> timedelta | YearsMonths:
    """Return a duration as it is."""
    return value


@builtin("years and months duration(from: instant, to: instant)")
def years_and_months(start: date, end: date) -> YearsMonths | None:
    """Return the whole months between two dates."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        pair = temporal.comparable(start, end)
        if pair is None:
            return None
        return temporal.months_between(*cast("tuple[datetime, datetime]", pair))
    return temporal.months_between(date_from_instant(start), date_from_instant(end))


@builtin("is(value1: any, value2: any)")
def is_(left: object, right: object) -> bool:
    """Tell whether two values are the very same: of one kind, with the same zone."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (datetime, time)) and isinstance(right, (datetime, time)):
        return temporal.write_temporal(left) == temporal.write_temporal(right)
    return left == right


@builtin("day of year(date: instant)")
def day_of_year(day: date) -> int:
    """Return the day's number in its year."""
    return day.timetuple().tm_yday


@builtin("day of week(date: instant)")
def day_of_week(day: date) -> str:
    """Return the English name of the day."""
    return _DAYS[day.weekday()]


@builtin("month of year(date: instant)")
def month_of_year(day: date) -> str:
    """Return the English name of the month."""
    return _MONTHS[day.month - 1]


@builtin("week of year(date: instant)")
def week_of_year(day: date) -> int:
    """Return the number of the ISO 8601 week."""
    return day.isocalendar().week


def _present(scope: Scope, name: str) -> datetime:
    if scope.environment.now is None:
        raise FeelNameError(name)
    return scope.environment.now


@builtin("now()")
def now(scope: Scope) -> datetime:
    """Return the instant the host gave; raises FeelNameError when it gave none."""
    return _present(scope, "now()")


@builtin("today()")
def today(scope: Scope) -> date:
    """Return the day of the instant the host gave; raises FeelNameError when it gave none."""
    return _present(scope, "today()").date()
