"""Drafts: an application being written, page by page, until it is submitted, once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update

from engine import advance, completion, db, duetimes, incidents, licences, people
from engine.cases import emergencies, materials, receipt
from engine.clock import civil_date
from engine.completion import evaluate
from engine.definitions import Bundle, bundle, newest
from engine.definitions.item import Material as Wanted
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.incidents import Attempt, attempting
from engine.models import Case, Draft, Incident, Material
from engine.permissions import Actor
from forms import Checked, Form, check_answers
from forms.text import Text

MAX_DRAFTS = 30
#: What is kept of an application that could not become a case: when it was handed in, with which
#: answers, and the version of its item that failed (which the draft's own need not be).
HANDED_IN_AT: Final = "handed_in_at"
ANSWERS: Final = "answers"
VERSION: Final = "version"


@dataclass(frozen=True)
class Missing:
    """What still keeps a draft from being submitted."""

    answers: Mapping[str, Text]
    materials: Mapping[str, Text]

    @property
    def nothing(self) -> bool:
        """True when the draft can be submitted."""
        return not self.answers and not self.materials


def start_draft(item_code: str, *, actor: Actor, now: datetime) -> Draft:
    """Begin an application for an item on its newest version.

    Raises ForbiddenError for who is no applicant, NotFoundError for an unknown item, ConflictError
    for one whose cases only messages begin.
    """
    if actor.kind != "applicant" or actor.person_id is None:
        raise ForbiddenError(
            Text("请用申请人账号登录后申请。", "Please log in as an applicant to apply.")
        )
    of = newest(item_code)
    _refuse_what_messages_begin(of)
    if len(my_drafts(actor)) >= MAX_DRAFTS:
        raise ForbiddenError(
            Text(
                f"最多同时保留{MAX_DRAFTS}份草稿，请先删除不需要的。",
                f"You can keep {MAX_DRAFTS} drafts at a time. Delete some first.",
            )
        )
    draft = Draft(
        id=secrets.token_urlsafe(12),
        version_id=of.version_id,
        item_code=of.item.code,
        applicant_id=actor.person_id,
        answers={},
        created_at=now,
        saved_at=now,
    )
    db.session().add(draft)
    db.session().flush()
    return draft


def _refuse_what_messages_begin(of: Bundle) -> None:
    if not of.applied_for:
        raise ConflictError(
            Text(
                "这个事项不接受网上申请，由别的办件或程序的消息开始。",
                "This item takes no applications online: messages of other cases or of programs"
                " begin its cases.",
            )
        )


def get_draft(draft_id: str, actor: Actor, *, lock: bool = False) -> Draft:
    """Return one of the actor's own drafts. Raises NotFoundError."""
    query = select(Draft).where(Draft.id == draft_id, Draft.applicant_id == actor.person_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    draft = db.session().scalar(query)
    if draft is None:
        raise NotFoundError(
            Text(
                "没有找到这份草稿，可能已删除。",
                "No such draft was found; it may have been deleted.",
            )
        )
    return draft


def my_drafts(actor: Actor) -> list[Draft]:
    """Return the actor's drafts that were not submitted, latest first."""
    query = (
        select(Draft)
        .where(Draft.applicant_id == actor.person_id, Draft.case_id.is_(None))
        .order_by(Draft.saved_at.desc(), Draft.id)
    )
    return list(db.session().scalars(query))


def form_of(draft: Draft) -> Form:
    """Return the application form a draft is written on."""
    return bundle(draft.version_id).application_form


def save_draft(
    draft_id: str,
    page: str | None,
    answers: Mapping[str, Any],
    *,
    unchecked: bool = False,
    actor: Actor,
    now: datetime,
) -> Draft:
    """Save the answers of one page (all pages for None).

    Raises InvalidError naming the wrong fields; with ``unchecked`` they are kept as typed, to be
    put right later. A draft that was submitted is returned as it is.
    """
    draft = get_draft(draft_id, actor, lock=True)
    if draft.case_id is not None:
        return draft
    merged = {**draft.answers, **answers}
    if not unchecked:
        checked = check_answers(
            form_of(draft),
            answers,
            page=page,
            known=draft.answers,
            evaluate=evaluate,
            today=civil_date(now),
        )
        if checked.errors:
            raise InvalidError(
                Text("请更正下列各项。", "Please correct the points below."), fields=checked.errors
            )
        merged = checked.merged_into(draft.answers)
    draft.answers, draft.saved_at = merged, now
    return draft


def delete_draft(draft_id: str, *, actor: Actor, now: datetime) -> None:
    """Delete a draft with its files' entries; a submitted one is left alone."""
    draft = get_draft(draft_id, actor, lock=True)
    if draft.case_id is not None:
        return
    session = db.session()
    session.execute(
        update(Material).where(Material.draft_id == draft.id).values(draft_id=None, removed_at=now)
    )
    session.delete(draft)


def missing(draft: Draft, *, now: datetime) -> Missing:
    """Return everything a draft still lacks: answers by key, materials by code."""
    of = bundle(draft.version_id)
    checked = check_whole(of, draft.answers, now)
    present = {material.code for material in materials.of_draft(draft)}
    lacking = missing_materials(of, checked.answers, present, draft.application_kind)
    return Missing(checked.errors, lacking)


def check_whole(of: Bundle, answers: Mapping[str, Any], now: datetime) -> Checked:
    """Check all answers of an application; what an older form asked is left out."""
    return check_answers(
        of.application_form,
        answers,
        evaluate=evaluate,
        today=civil_date(now),
        refuse_unknown=False,
    )


def missing_materials(
    of: Bundle, answers: Mapping[str, Any], present: set[str], kind: str = licences.FIRST
) -> dict[str, Text]:
    """Return the materials these answers ask for that are not among ``present``."""
    return completion.missing_materials(of.item, answers, present, kind)


def required_materials(
    of: Bundle, answers: Mapping[str, Any], kind: str = licences.FIRST
) -> list[Wanted]:
    """Return the materials an application of a kind with these answers must come with."""
    return completion.required_materials(of.item, answers, kind)


def submit(draft_id: str, *, actor: Actor, now: datetime) -> Case:
    """Submit a draft: it becomes a case with number, receipt and a running diagram.

    Submitting twice gives the same case. The application is checked as a whole against the
    newest version of its item. The instant of receipt is now (电子签名法 11). Raises InvalidError;
    ForbiddenError for who is barred (许可法 78, 79), ConflictError where the licence it is about
    has ended, the time to apply has not come or is over, or the item takes no applications any
    more; EngineFault when the diagram cannot begin (the application stays as it is).
    """
    draft = get_draft(draft_id, actor, lock=True)
    if draft.case_id is not None:
        return db.session().get_one(Case, draft.case_id)
    case = _become_case(draft, actor, now)
    incidents.handed_in(draft.id, case, actor=actor, now=now)
    return case


def resubmit(incident: Incident, *, now: datetime) -> None:
    """Submit an application again that could not become a case, in its applicant's name.

    It was received when the applicant handed it in (电子签名法 11): everything is as of then.
    Raises ConflictError where the applicant has gone on writing, ForbiddenError for who can no
    longer log in, and whatever submitting does.
    """
    handed_in_at = datetime.fromisoformat(incident.attempt[HANDED_IN_AT])
    applicant = people.actor_for(incident.actor_id or 0)
    if applicant is None:
        raise ForbiddenError(
            Text("申请人已不能登录，不能替其提交。", "The applicant can no longer log in.")
        )
    draft = get_draft(incident.draft_id or "", applicant, lock=True)
    if materials.changed_at(draft) > handed_in_at:
        raise ConflictError(
            Text(
                "申请人在这之后改过申请，请由申请人自己重新提交。",
                "The applicant has changed the application since, and has to hand it in again.",
            )
        )
    draft.answers = incident.attempt[ANSWERS]
    case = _become_case(draft, applicant, handed_in_at)
    incidents.handed_in(draft.id, case, actor=applicant, now=now)


def _become_case(draft: Draft, actor: Actor, now: datetime) -> Case:
    of = newest(draft.item_code)
    _refuse_what_messages_begin(of)
    draft.version_id = of.version_id
    checked = check_whole(of, draft.answers, now)
    present = {material.code for material in materials.of_draft(draft)}
    kind = draft.application_kind
    problems = {**checked.errors, **missing_materials(of, checked.answers, present, kind)}
    if problems:
        raise InvalidError(
            Text("申请还不完整，请补齐下列各项。", "The application is not complete yet."),
            fields=problems,
        )
    answers = dict(checked.answers)
    licences.check_submission(draft, of.item, answers, now)
    tried = Attempt(
        None, of.start or "", actor, draft_id=draft.id,
        given={
            HANDED_IN_AT: now.isoformat(), ANSWERS: dict(draft.answers), VERSION: of.version_id,
        },
    )  # fmt: skip
    with attempting(lambda: tried):
        return _received(draft, of, answers, actor, now)


def _received(
    draft: Draft, of: Bundle, answers: dict[str, Any], actor: Actor, now: datetime
) -> Case:
    """Open the case of an application, give its receipt and begin its diagram."""
    acted = emergencies.acted_at(of, answers, now)
    case = receipt.open_case(of, answers, actor, now)
    case.application_kind, case.licence_number = draft.application_kind, draft.licence_number
    duetimes.await_receipt(case, of, now)
    files = update(Material).where(Material.draft_id == draft.id)
    db.session().execute(files.values(draft_id=None, case_id=case.id))
    draft.case_id = case.id
    receipt.give(case, of, actor, now)
    if acted is not None:
        emergencies.record(case, of, acted, actor=actor, now=now)
    receipt.note_earlier_withdrawal(case, actor, now)
    advance.begin(case, actor=actor, now=now)
    return case
