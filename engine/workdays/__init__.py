"""Working-day arithmetic: pure functions over a calendar, law.md section 4.

Nothing here reads a clock, a table or a package of holidays: the engine loads a ``Calendar`` from
its own data and hands it in. Day 0 is the day something happened, day 1 the next that counts.
"""

from engine.workdays.calendar import Calendar, DayEnd, OfficeHours, Rules, Stop
from engine.workdays.counting import (
    Counted,
    Due,
    add_days,
    add_workdays,
    due_at,
    office_between,
    workdays_before,
    workdays_between,
    working_end,
)
from engine.workdays.limits import Limit, Unit, parse_limit
from engine.workdays.words import explain, facts, from_facts

__all__ = [
    "Calendar",
    "Counted",
    "DayEnd",
    "Due",
    "Limit",
    "OfficeHours",
    "Rules",
    "Stop",
    "Unit",
    "add_days",
    "add_workdays",
    "due_at",
    "explain",
    "facts",
    "from_facts",
    "office_between",
    "parse_limit",
    "workdays_before",
    "workdays_between",
    "working_end",
]
