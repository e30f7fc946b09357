"""Electronic supervision: rules as data, signals and cards as objects, and what people do on them.

The worker calls ``look`` and ``issue``; everything else is an act of a person or reads only.
"""

from engine.supervision.acts import (
    answer,
    appeal,
    appeal_until,
    may_answer,
    may_judge,
    uphold,
    verify,
    withdraw,
)
from engine.supervision.finding import (
    Figures,
    Wanted,
    answers_for,
    cards,
    figures,
    find,
    history,
    items,
    of_case,
    sees_all,
)
from engine.supervision.forecast import HORIZONS, Ahead, forecast
from engine.supervision.issuing import issue, look
from engine.supervision.kinds import CARDS, CAUSES, LEVELS, LIVE, MEASURES, STATES
from engine.supervision.masking import name as masked_name
from engine.supervision.masking import subject as masked_subject
from engine.supervision.rounds import Watch
from engine.supervision.rules import (
    BOUNDS,
    TRIED_DAYS,
    Change,
    Trial,
    change_rule,
    newest,
    trial,
    versions,
)

__all__ = [
    "BOUNDS",
    "CARDS",
    "CAUSES",
    "HORIZONS",
    "LEVELS",
    "LIVE",
    "MEASURES",
    "STATES",
    "TRIED_DAYS",
    "Ahead",
    "Change",
    "Figures",
    "Trial",
    "Wanted",
    "Watch",
    "answer",
    "answers_for",
    "appeal",
    "appeal_until",
    "cards",
    "change_rule",
    "figures",
    "find",
    "forecast",
    "history",
    "issue",
    "items",
    "look",
    "masked_name",
    "masked_subject",
    "may_answer",
    "may_judge",
    "newest",
    "of_case",
    "sees_all",
    "trial",
    "uphold",
    "verify",
    "versions",
    "withdraw",
]
