"""Electronic supervision: rules as data, signals and cards as objects, and what people do on them.

The worker calls ``look``, ``issue`` and ``recheck``; everything else is an act of a person or reads
only. Another module tells facts of its own through ``feed``, as ``voiced`` does of what people say
about a case; what they say about no case has no card and is listed on oversight.
"""

from engine.supervision.acts import (
    answer,
    appeal,
    appeal_until,
    confirm,
    keep,
    may_answer,
    may_judge,
    state_case,
    uphold,
    verify,
    withdraw,
)
from engine.supervision.breaches import Proof, prove
from engine.supervision.breaches import of_case as breaches_of
from engine.supervision.doubts import CAUSES as DOUBT_CAUSES
from engine.supervision.doubts import doubted, explained, recheck, would_fall
from engine.supervision.doubts import of_card as doubts_of
from engine.supervision.explaining import explain_overdue, explanations, is_overdue
from engine.supervision.facts import feed
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
from engine.supervision.issuing import issue, issue_all, look
from engine.supervision.judging import Fact
from engine.supervision.kinds import (
    CARDS,
    CAUSES,
    LETTER_STATES,
    LETTERS,
    LEVELS,
    LIVE,
    MEASURES,
    PROVEN,
    SOURCES,
    STATES,
    WITHHELD,
)
from engine.supervision.letters import (
    LettersWanted,
    Writing,
    cards_of,
    find_letter,
    involved,
    issue_letter,
    letter_history,
    letters,
    letters_of_case,
    may_reply,
    may_verify,
    reply,
    verify_letter,
)
from engine.supervision.reminding import last_reminder, remind
from engine.supervision.reminding import why_not as why_no_reminder
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
from engine.supervision.voiced import FEEDS
from engine.supervision.watching import Unseen, note_seen, unseen

__all__ = [
    "BOUNDS",
    "CARDS",
    "CAUSES",
    "DOUBT_CAUSES",
    "FEEDS",
    "HORIZONS",
    "LETTERS",
    "LETTER_STATES",
    "LEVELS",
    "LIVE",
    "MEASURES",
    "PROVEN",
    "SOURCES",
    "STATES",
    "TRIED_DAYS",
    "WITHHELD",
    "Ahead",
    "Change",
    "Fact",
    "Figures",
    "LettersWanted",
    "Proof",
    "Trial",
    "Unseen",
    "Wanted",
    "Watch",
    "Writing",
    "answer",
    "answers_for",
    "appeal",
    "appeal_until",
    "breaches_of",
    "cards",
    "cards_of",
    "change_rule",
    "confirm",
    "doubted",
    "doubts_of",
    "explain_overdue",
    "explained",
    "explanations",
    "feed",
    "figures",
    "find",
    "find_letter",
    "forecast",
    "history",
    "involved",
    "is_overdue",
    "issue",
    "issue_all",
    "issue_letter",
    "items",
    "keep",
    "last_reminder",
    "letter_history",
    "letters",
    "letters_of_case",
    "look",
    "may_answer",
    "may_judge",
    "may_reply",
    "may_verify",
    "newest",
    "note_seen",
    "of_case",
    "prove",
    "recheck",
    "remind",
    "reply",
    "sees_all",
    "state_case",
    "trial",
    "unseen",
    "uphold",
    "verify",
    "verify_letter",
    "versions",
    "why_no_reminder",
    "withdraw",
    "would_fall",
]
