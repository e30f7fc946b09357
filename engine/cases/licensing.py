"""Applications on a licence, begun from it; and searching licences by the words of their cases."""

from datetime import datetime
from typing import Any

from engine import db, licences
from engine.cases.drafts import start_draft
from engine.cases.finding import matching
from engine.clock import civil_date
from engine.definitions import bundle
from engine.models import Case, Draft, Licence
from engine.paging import Page
from engine.permissions import Actor
from forms import Form


def apply_on(licence_id: int, kind: str, *, actor: Actor, now: datetime) -> Draft:
    """Begin an application on one's own licence, filled in with what it was granted on.

    A draft of the same kind that is still being written is returned as it is, so that a second
    click begins nothing new. Raises NotFoundError, InvalidError, ConflictError with the dates when
    it is too early or too late, ForbiddenError.
    """
    licence = licences.find(licence_id, actor)
    offer = licences.require_open(licence, kind, now)
    begun = licences.open_draft(licence, kind)
    if begun is not None and begun.applicant_id == actor.person_id:
        return begun
    draft = start_draft(offer.item_code, actor=actor, now=now)
    draft.application_kind, draft.licence_number = kind, licence.number
    draft.answers = _filled_in(licence, bundle(draft.version_id).application_form)
    return draft


def _filled_in(licence: Licence, form: Form) -> dict[str, Any]:
    """Return what the latest granted application said, without what must be declared anew."""
    granted = db.session().get_one(Case, licences.present_paper(licence).case_id)
    declared = {f.key for f in form.fields if f.template == "checkbox" and f.required}
    kept = form.keys - declared
    return {key: value for key, value in granted.answers.items() if key in kept}


def search(actor: Actor, wanted: licences.Wanted, *, now: datetime) -> Page[Licence]:
    """Search licences by number, holder's number or name among those the actor may see.

    Raises InvalidError for a mark that is none of this list's.
    """
    named = matching(wanted.text) if wanted.text.strip() else None
    return licences.search(actor, wanted, today=civil_date(now), cases=named)
