"""先行处置: act first in an emergency, apply within 24 hours (城市道路管理条例 34 and the like).

The one lawful way to act before the permit, so it is timed and never taken for a false date. An
item has it by its property ``emergency`` (the article); its application asks when one acted.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from engine import events
from engine.clock import CIVIL_ZONE
from engine.definitions import Bundle
from engine.errors import InvalidError
from engine.models import Case
from engine.permissions import Actor
from forms.text import Text

#: Hours by the clock on the wall, nights and holidays too.
WITHIN: Final = timedelta(hours=24)
_YES: Final = ("yes", "true", True)
_WHEN: Final = "emergency_at"


def article_of(of: Bundle) -> str:
    """Return the article by which an item lets people act first; empty where it has none."""
    return of.process.properties.get("emergency", "")


def acted_at(of: Bundle, answers: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when an applicant acted first; None for who did not, or where no item lets them.

    Raises InvalidError at ``emergency_at`` when it is missing, unreadable, or still to come.
    """
    if not article_of(of) or answers.get("emergency") not in _YES:
        return None
    try:
        found = datetime.fromisoformat(str(answers.get(_WHEN) or ""))
    except ValueError as error:
        said = Text("请填写先行处置的日期和时间。", "Give the day and time at which you acted.")
        raise InvalidError(said, fields={_WHEN: said}) from error
    found = found if found.tzinfo else found.replace(tzinfo=CIVIL_ZONE)
    if found > now:
        said = Text("先行处置的时间不能晚于现在。", "The time at which you acted lies ahead.")
        raise InvalidError(said, fields={_WHEN: said})
    return found


def due_at(case: Case) -> datetime | None:
    """Return until when a case had to be applied for after the act; None for an ordinary one."""
    return case.emergency_at + WITHIN if case.emergency_at is not None else None


def is_late(case: Case) -> bool:
    """Say whether an emergency was applied for too late: flagged for supervision, not refused."""
    due = due_at(case)
    return due is not None and case.received_at > due


def is_lawful(case: Case) -> bool:
    """Say whether an act before the permit was lawful: an emergency, applied for in time."""
    return case.emergency_at is not None and not is_late(case)


def record(case: Case, of: Bundle, acted: datetime, *, actor: Actor, now: datetime) -> None:
    """Mark a case that is just being received as an emergency, with the hours it took to apply."""
    case.emergency_at = acted
    events.of_case(
        case,
        "emergency-reported",
        actor,
        now,
        department=case.lead_code,
        acted_at=acted,
        hours=round((now - acted) / timedelta(hours=1), 1),
        late=is_late(case),
        article=article_of(of),
    )


def words(case: Case) -> Text:
    """Say when one acted, how long the application took, and whether that was in time."""
    due = due_at(case)
    if case.emergency_at is None or due is None:
        return Text("", "")
    acted = case.emergency_at.astimezone(CIVIL_ZONE)
    hours = (case.received_at - case.emergency_at) / timedelta(hours=1)
    state = Text("超过24小时", "later than 24 hours") if is_late(case) else Text("按时", "in time")
    return Text(
        f"{acted:%Y-%m-%d %H:%M}先行处置，{hours:.1f}小时后补办申请（{state.zh}）",
        f"acted first at {acted:%Y-%m-%d %H:%M}, applied {hours:.1f} hours later ({state.en})",
    )
