"""What stands on a case's page for whoever watches it: who held it, letters, reminders, masking."""

from datetime import datetime
from typing import Any

from engine import cases, supervision
from engine.permissions import Actor
from reports import custody


def values(case: cases.Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what the section shows, and what this person may do."""
    leads = actor.kind == "staff" and case.lead_code in actor.departments
    outsider = cases.privacy.is_outsider(actor, case)
    until = cases.privacy.shown_until(case, actor, now) if outsider else None
    return {
        "custody": custody.of_case(case, now),
        "custody_kinds": custody.KIND_NAMES,
        "case_letters": supervision.letters_of_case(case, actor),
        "letter_words": (supervision.LETTERS, supervision.LETTER_STATES),
        "no_reminder": supervision.why_no_reminder(case, actor, now),
        "reasons": supervision.explanations(case),
        "may_explain": leads and supervision.is_overdue(case, now),
        "outsider": outsider,
        "shown_until": until,
        "masked": outsider and until is None,
        "watch_errors": {},
        "watch_typed": {},
    }
