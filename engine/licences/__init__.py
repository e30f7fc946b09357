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
from engine.licences.ending import Ending, end, grounds_of, open_to
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
from engine.licences.issuing import Granting, grant, holder_id
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
from engine.models import Licence

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
    "Granting",
    "Licence",
    "Offer",
    "Standing",
    "Wanted",
    "Window",
    "applications",
    "article_of",
    "attend",
    "bar",
    "by_number",
    "check_submission",
    "due",
    "end",
    "find",
    "give_more_time",
    "grant",
    "grounds_of",
    "history",
    "holder_id",
    "items",
    "may_extend",
    "mine",
    "of_case",
    "of_paper",
    "offers",
    "open_draft",
    "open_to",
    "papers",
    "present_paper",
    "record_begun",
    "require_open",
    "rules_of",
    "running",
    "search",
    "standing",
    "window",
]
