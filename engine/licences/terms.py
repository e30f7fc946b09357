"""The term of a licence: when it may be renewed, when it ends, when the holder is reminded."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from engine import clocks, db, definitions
from engine.definitions.item import Item, Result
from engine.definitions.licence_rules import BY_LAW, LicenceRules, Renewal
from engine.errors import NotFoundError
from engine.models import Case, Licence
from engine.workdays import Limit, Unit, workdays_before
from forms.text import Text, dated

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """From when and until when a renewal may be applied for, both days included."""

    rule: Renewal
    #: None: at any time.
    opens_on: date | None
    until_on: date
    #: some day it was counted over lies in a year without a published calendar
    provisional: bool

    def holds(self, day: date) -> bool:
        """Say whether a renewal may be applied for on a day."""
        return (self.opens_on is None or self.opens_on <= day) and day <= self.until_on

    def text(self) -> Text:
        """Say the window in words."""
        until_zh, until_en = dated(self.until_on)
        if self.opens_on is None:
            said = Text(f"{until_zh}以前", f"until {until_en}")
        else:
            opens_zh, opens_en = dated(self.opens_on)
            said = Text(f"{opens_zh}至{until_zh}", f"from {opens_en} to {until_en}")
        if not self.provisional:
            return said
        return Text(
            f"{said.zh}（当年工作日历公布后可能调整）",
            f"{said.en} (may move when that year's calendar is published)",
        )


def before(day: date, limit: Limit) -> tuple[date, bool]:
    """Count a limit back from a day; also say whether the result is provisional."""
    if limit.unit is Unit.DAY:
        return day - timedelta(days=limit.amount), False
    counted = workdays_before(clocks.calendar(), day, limit.amount)
    return counted.due, counted.provisional


def add_months(day: date, months: int) -> date:
    """Return the same day some months later; the month's last day where there is no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def item_of(licence: Licence) -> Item:
    """Return the item as it is published now; where it has ended, as it was."""
    try:
        return definitions.newest(licence.item_code).item
    except NotFoundError:
        case = db.session().get_one(Case, licence.case_id)
        return definitions.bundle(case.version_id).item


def result_of(item: Item, department: str) -> Result:
    """Return what an item grants through a department: its own result, or that of the part."""
    part = item.part(department)
    return part.result if part is not None else item.result


def rules_of(licence: Licence) -> LicenceRules:
    """Return what may happen to a licence, by the item as it is published now.

    A part of a joint item is renewed here only where the item says so: its diagram serves all
    parts at once. For any other licence with a term the law itself gives a window (许可法 50).
    """
    item = item_of(licence)
    rules = result_of(item, licence.department_code).rules
    if rules.renewal is None and not item.parts:
        return LicenceRules(BY_LAW, rules.change, rules.reissue, rules.lapses)
    return rules


def window(licence: Licence, rules: LicenceRules | None = None) -> Window | None:
    """Return when a licence may be renewed; None where it has no end or is not renewed here."""
    rule = (rules or rules_of(licence)).renewal
    if rule is None or licence.valid_to is None:
        return None
    until_on, provisional = before(licence.valid_to, rule.until)
    opens_on = None
    if rule.opens is not None:
        opens_on, doubtful = before(licence.valid_to, rule.opens)
        provisional = provisional or doubtful
    return Window(rule, opens_on, until_on, provisional)


def duties(licence: Licence, rules: LicenceRules) -> list[tuple[date, str]]:
    """Return the days on which something comes about by itself while a licence is valid.

    ``opens``, ``closing`` and ``ending`` are reminders; on ``begin`` the holder is reminded to
    begin; on ``over`` the licence has expired, on ``void`` it has lapsed.
    """
    found: list[tuple[date, str]] = []
    if licence.valid_to is not None:
        found.append((licence.valid_to + ONE_DAY, "over"))
        opened = window(licence, rules)
        if opened is not None:
            if opened.opens_on is not None:
                found.append((opened.opens_on, "opens"))
            found.append((before(opened.until_on, opened.rule.remind)[0], "closing"))
        remind = (rules.renewal or BY_LAW).remind
        found.append((before(licence.valid_to, remind)[0], "ending"))
    if licence.begin_by is not None and licence.begun_on is None:
        found.append((before(licence.begin_by, BY_LAW.remind)[0], "begin"))
        found.append((licence.begin_by + ONE_DAY, "void"))
    return sorted(found)


def schedule(licence: Licence, today: date, rules: LicenceRules) -> None:
    """Note when the worker must look at a licence again."""
    licence.looked_on = today
    coming = [day for day, _ in duties(licence, rules) if day > today]
    licence.look_on = min(coming, default=None)
