"""Programs outside that do service tasks: their accounts, fetching work, and ending it."""

from engine.programs.accounts import (
    MOST_TOPICS,
    Account,
    TopicState,
    accounts,
    add,
    allow,
    close,
    free_at,
    issue_token,
    topics,
    topics_of,
)
from engine.programs.fetching import Job, Order, Wanted, fetch, process_of, properties_of
from engine.programs.values import from_program, to_program
from engine.programs.waiting import Waiting, of_case
from engine.programs.working import (
    LostError,
    Report,
    Thrown,
    complete,
    extend,
    fail,
    lock,
    throw,
    unlock,
)

__all__ = [
    "MOST_TOPICS",
    "Account",
    "Job",
    "LostError",
    "Order",
    "Report",
    "Thrown",
    "TopicState",
    "Waiting",
    "Wanted",
    "accounts",
    "add",
    "allow",
    "close",
    "complete",
    "extend",
    "fail",
    "fetch",
    "free_at",
    "from_program",
    "issue_token",
    "lock",
    "of_case",
    "process_of",
    "properties_of",
    "throw",
    "to_program",
    "topics",
    "topics_of",
    "unlock",
]
