"""Repairs of cases that stand wrong: proposed, previewed, approved by a second administrator."""

from engine.repairs.mending import (
    ACTS,
    APPLICATION,
    CHANGE,
    DECIDED,
    MOVE,
    REASSIGN,
    REPEAT,
    SKIP,
    Changed,
    Mend,
)
from engine.repairs.offering import Choice, Desk, Subject, desk, form_of, open_form, subject
from engine.repairs.outlook import Line
from engine.repairs.proposing import (
    STATES,
    Preview,
    approve,
    case_by_number,
    find,
    listed,
    preview,
    propose,
    refuse,
    refuse_other,
)

__all__ = [
    "ACTS",
    "APPLICATION",
    "CHANGE",
    "DECIDED",
    "MOVE",
    "REASSIGN",
    "REPEAT",
    "SKIP",
    "STATES",
    "Changed",
    "Choice",
    "Desk",
    "Line",
    "Mend",
    "Preview",
    "Subject",
    "approve",
    "case_by_number",
    "desk",
    "find",
    "form_of",
    "listed",
    "open_form",
    "preview",
    "propose",
    "refuse",
    "refuse_other",
    "subject",
]
