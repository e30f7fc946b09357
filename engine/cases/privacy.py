"""Who reads personal data: supervisors see cases masked, and unmask one with a reason on record."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from engine import db, events, holding
from engine.cases import masking, materials
from engine.cases.masking import CLEAR, Veil
from engine.definitions import bundle
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Case, Event, Material
from engine.permissions import SUPERVISOR, Actor, may_see_case, no_such_case
from forms.text import Text

UNMASKED: Final = "personal-data-shown"
#: How long personal data stay visible to who has given a reason.
SHOWN_FOR: Final = timedelta(minutes=30)
LONGEST: Final = 500


def is_outsider(actor: Actor, case: Case, asked: frozenset[str] | None = None) -> bool:
    """Say whether an actor sees a case only as a supervisor, not as one of those on it."""
    if actor.kind != "staff" or not actor.has(SUPERVISOR):
        return False
    on_it = materials.departments_asked(case) if asked is None else asked
    return not actor.departments & (on_it | {case.lead_code})


def shown_until(case: Case, actor: Actor, now: datetime) -> datetime | None:
    """Return until when a supervisor may read a case's personal data; None when not at all."""
    query = select(Event.at).where(
        Event.case_id == case.id,
        Event.type == UNMASKED,
        Event.actor_id == actor.person_id,
        Event.at > now - SHOWN_FOR,
    )
    latest = db.session().scalar(query.order_by(Event.seq.desc()).limit(1))
    return latest + SHOWN_FOR if latest is not None else None


def is_masked(case: Case, actor: Actor, now: datetime) -> bool:
    """Say whether a case's personal data are masked for an actor."""
    return is_outsider(actor, case) and shown_until(case, actor, now) is None


def veil(case: Case, actor: Actor, now: datetime) -> Veil:
    """Return what lies over a case's personal data for an actor: nothing for those on the case."""
    if not is_masked(case, actor, now):
        return CLEAR
    form = bundle(case.version_id).application_form
    found = dict(masking.personal(form, case.answers))
    found.setdefault(case.applicant_name, masking.name(case.applicant_name))
    return Veil(tuple(found.items()), numbers=True)


def unmask(case_id: int, reason: str, *, actor: Actor, now: datetime) -> Case:
    """Let a supervisor read a case's personal data for half an hour; the reason is recorded.

    Raises NotFoundError for who may not see the case, ConflictError for who reads it anyway,
    InvalidError without a reason.
    """
    case = holding.of_case(case_id)
    if not may_see_case(actor, case, materials.departments_asked(case)):
        raise no_such_case()
    words = reason.strip()
    if not 5 <= len(words) <= LONGEST:
        fault = Text(
            f"请写明理由（5至{LONGEST}字）。", f"Give the reason (5 to {LONGEST} characters)."
        )
        raise InvalidError(fault, fields={"unmask_reason": fault})
    if not is_masked(case, actor, now):
        raise ConflictError(
            Text("您已经可以查看个人信息。", "You can read the personal data already.")
        )
    events.of_case(case, UNMASKED, actor, now, reason=words)
    return case


def content(material_id: int, *, actor: Actor, now: datetime) -> tuple[Material, bytes]:
    """Return a material and its content, for who may read what stands in it.

    Raises NotFoundError for a stranger, ForbiddenError for a supervisor who has given no reason.
    """
    row, data = materials.content(material_id, actor=actor)
    case = db.session().get(Case, row.case_id) if row.case_id is not None else None
    if case is not None and is_masked(case, actor, now):
        raise ForbiddenError(
            Text(
                "材料含有个人信息。请先在办件页面写明理由，再查看。",
                "The file holds personal data. Give your reason on the page of the case first.",
            )
        )
    return row, data
