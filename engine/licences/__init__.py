"""证照: licences as objects with validity: issued, renewed, ended, and seen to by themselves."""

from engine.licences.applying import (
    Offer,
    check_submission,
    offers,
    open_draft,
    require_open,
    running,
)
from engine.licences.bars import impose as bar
from engine.licences.beginning import give_more_time, may_extend, record_begun
from engine.licences.ending import end
from engine.licences.finding import (
    Wanted,
    applications,
    by_number,
    find,
    history,
    items,
    mine,
    of_case,
    of_paper,
    papers,
    present_paper,
    search,
)
from engine.licences.forewarning import (
    answered,
    ask_hearing,
    drop,
    forewarn,
    open_on,
    state_case,
    statements,
    why_not,
)
from engine.licences.forewarning import standing as ending_notice
from engine.licences.hearings import Minutes, Sitting, may_arrange
from engine.licences.hearings import announce as announce_hearing
from engine.licences.hearings import record_minutes as record_hearing
from engine.licences.issuing import Granting, grant, holder_id
from engine.licences.judging import Ending, grounds_of, open_to
from engine.licences.kinds import (
    ACTS,
    APPLICATIONS,
    BAR_GROUNDS,
    FALSEHOOD,
    FIRST,
    GROUNDS,
    STATES,
    article_of,
)
from engine.licences.standing import Standing, standing
from engine.licences.terms import Window, rules_of, window
from engine.licences.upkeep import SILENCE, attend, due
from engine.models import EndingNotice, Licence

__all__ = [
    "ACTS",
    "APPLICATIONS",
    "BAR_GROUNDS",
    "FALSEHOOD",
    "FIRST",
    "GROUNDS",
    "SILENCE",
    "STATES",
    "Ending",
    "EndingNotice",
    "Granting",
    "Licence",
    "Minutes",
    "Offer",
    "Sitting",
    "Standing",
    "Wanted",
    "Window",
    "announce_hearing",
    "answered",
    "applications",
    "article_of",
    "ask_hearing",
    "attend",
    "bar",
    "by_number",
    "check_submission",
    "drop",
    "due",
    "end",
    "ending_notice",
    "find",
    "forewarn",
    "give_more_time",
    "grant",
    "grounds_of",
    "history",
    "holder_id",
    "items",
    "may_arrange",
    "may_extend",
    "mine",
    "of_case",
    "of_paper",
    "offers",
    "open_draft",
    "open_on",
    "open_to",
    "papers",
    "present_paper",
    "record_begun",
    "record_hearing",
    "require_open",
    "rules_of",
    "running",
    "search",
    "standing",
    "state_case",
    "statements",
    "why_not",
    "window",
]
