"""Built-in functions that make and read temporal values (DMN 1.3, 10.3.4.1 and 10.3.4.7)."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from engine.feel import temporal
from engine.feel.decimals import Number
from engine.feel.errors import FeelNameError
from engine.feel.functions.base import builtin
from engine.feel.instants import (
    DATETIMES,
    SECOND,
    TIMES,
    AnyDate,
    AnyDateTime,
    AnyDuration,
    AnyTime,
    clock_of,
    date_of,
    day_number,
    day_of,
    make_date,
    make_datetime,
)
from engine.feel.operators import equal
from engine.feel.scope import Scope
from engine.feel.values import YearsMonths, kind_of

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@builtin("date(from: string)")
def date_from_text(text: str) -> AnyDate | None:
    """Read a date."""
    return temporal.read_date(text)


@builtin("date(from: instant)")
def date_from_instant(instant: AnyDate | AnyDateTime) -> AnyDate:
    """Return the day of a date and time."""
    return day_of(instant)


@builtin("date(year: number, month: number, day: number)")
def date_from_parts(year: Number, month: Number, day: Number) -> AnyDate | None:
    """Make a date; null when there is no such day."""
    try:
        return make_date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None


@builtin("time(from: string)")
def time_from_text(text: str) -> AnyTime | None:
    """Read a time."""
    return temporal.read_time(text)


@builtin("time(from: time)")
def time_from_time(value: AnyTime) -> AnyTime:
    """Return a time as it is."""
    return value


@builtin("time(from: instant)")
def time_from_instant(instant: AnyDate | AnyDateTime) -> AnyTime:
    """Return the time of a date and time; a date's is midnight in UTC."""
    return clock_of(temporal.midnight(instant, UTC))


@builtin("time(hour: number, minute: number, second: number, offset?: any)")
def time_from_parts(
    hour: Number, minute: Number, second: Number, offset: object = None
) -> AnyTime | None:
    """Make a time; null when there is no such time."""
    if offset is not None and not isinstance(offset, timedelta):
        return None
    if offset is not None and abs(offset) > temporal.MAX_OFFSET:
        return None
    zone = None if offset is None else timezone(offset)
    try:
        whole = int(second)
        nanos = int((Decimal(second) - whole) * SECOND)
        return temporal.clock_at(int(hour), int(minute), whole, nanos, zone)
    except (ValueError, ArithmeticError):
        return None


@builtin("date and time(from: string)")
def datetime_from_text(text: str) -> AnyDateTime | None:
    """Read a date and time."""
    return temporal.read_datetime(text)


@builtin("date and time(from: instant)")
def datetime_from_instant(value: AnyDate | AnyDateTime) -> AnyDateTime:
    """Return a date and time as it is; a date's is midnight in UTC."""
    return temporal.midnight(value, UTC)


@builtin("date and time(date: instant, time: time)")
def datetime_from_parts(day: AnyDate | AnyDateTime, clock: AnyTime) -> AnyDateTime:
    """Put a date and a time together."""
    return make_datetime(day_of(day), clock)


@builtin("duration(from: string)")
def duration_from_text(text: str) -> AnyDuration | YearsMonths | None:
    """Read a duration of either kind."""
    return temporal.read_duration(text)


@builtin("duration(from: length)")
def duration_from_duration(value: AnyDuration | YearsMonths) -> AnyDuration | YearsMonths:
    """Return a duration as it is."""
    return value


@builtin("years and months duration(from: instant, to: instant)")
def years_and_months(start: AnyDate | AnyDateTime, end: AnyDate | AnyDateTime) -> YearsMonths:
    """Return the whole months between two days, whatever the time and the zone."""
    return temporal.months_between(day_of(start), day_of(end))


@builtin("is(value1: any, value2: any)")
def is_(scope: Scope, left: object, right: object) -> bool:
    """Tell whether two values are the very same: of one kind, in the same zone."""
    if kind_of(left) != kind_of(right):
        return False
    if isinstance(left, (*DATETIMES, *TIMES)):
        return temporal.is_same(left, right)
    return equal(scope, left, right) is True


@builtin("day of year(date: instant)")
def day_of_year(day: AnyDate | AnyDateTime) -> int:
    """Return the day's number in its year."""
    return day_number(day_of(day)) - day_number(make_date(day_of(day).year, 1, 1)) + 1


@builtin("day of week(date: instant)")
def day_of_week(day: AnyDate | AnyDateTime) -> str:
    """Return the English name of the day."""
    return _DAYS[(day_number(day_of(day)) - 1) % 7]


@builtin("month of year(date: instant)")
def month_of_year(day: AnyDate | AnyDateTime) -> str:
    """Return the English name of the month."""
    return _MONTHS[day_of(day).month - 1]


@builtin("week of year(date: instant)")
def week_of_year(day: AnyDate | AnyDateTime) -> int:
    """Return the number of the ISO 8601 week."""
    # The week is of the year that has its Thursday.
    number = day_number(day_of(day))
    thursday = number - (number - 1) % 7 + 3
    first = day_number(make_date(date_of(thursday).year, 1, 1))
    return (thursday - first) // 7 + 1


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
