"""Handlers of licences: finding them, applying on one, ending one, works begun."""

from collections.abc import Callable
from typing import Any

from flask.views import MethodView

from engine import cases, clock, db, licences
from engine.clock import civil_date
from engine.licences import Ending, Licence, Minutes, Sitting
from forms.text import Text
from webapp import licensed, visitor
from webapp.api import drafts, shown
from webapp.api.licence_schemas import (
    ApplyingSchema,
    BegunSchema,
    DroppingSchema,
    EndingNoticeSchema,
    EndingSchema,
    LicenceHistorySchema,
    LicenceListSchema,
    LicenceSchema,
    LicencesQuery,
    MinutesSchema,
    MoreTimeSchema,
    SittingSchema,
    StatementSchema,
)
from webapp.api.routes import SENT, answers, route, takes
from webapp.api.schemas import DraftSchema
from webapp.doors import token_only

ID = "<int(max=2147483647):licence_id>"


@route("/licences", tag="licences")
@token_only
class Licences(MethodView):
    """Licences."""

    @answers("证照列表", LicenceListSchema, refused=(401, 422))
    @takes(LicencesQuery, "query")
    def get(self, asked: dict[str, str]) -> dict[str, Any]:
        """List licences: an applicant's own, or those the departments of staff have issued."""
        wanted = licences.Wanted(**asked)
        page = cases.licensing.search(visitor.actor(), wanted, now=clock.now())
        rows = [_row(one) for one in page.rows]
        return {"rows": rows, "next": page.next, "previous": page.previous}


@route(f"/licences/{ID}", tag="licences")
@token_only
class OneLicence(MethodView):
    """A licence."""

    @answers("证照", LicenceSchema, refused=(401, 404))
    def get(self, licence_id: int) -> dict[str, Any]:
        """Show a licence as it stands today, and what can be done with it."""
        return _shown(licence_id)


@route(f"/licences/{ID}/history", tag="licences")
@token_only
class LicenceHistory(MethodView):
    """The record of a licence."""

    @answers("证照经过", LicenceHistorySchema, refused=(401, 404))
    def get(self, licence_id: int) -> dict[str, Any]:
        """Tell what happened to a licence."""
        actor = visitor.actor()
        happened = licences.history(licences.find(licence_id, actor))
        staff = actor.kind == "staff"
        return {"rows": [shown.event(one, staff=staff) for one in happened]}


@route(f"/licences/{ID}/applications", tag="licences")
@token_only
class LicenceApplications(MethodView):
    """Applications on a licence."""

    @answers("申请延续、变更或补证", DraftSchema, status=201, refused=SENT)
    @takes(ApplyingSchema)
    def post(self, sent: dict[str, str], licence_id: int) -> dict[str, Any]:
        """Begin a renewal, a change or a re-issue: a draft filled in from the licence."""
        with db.transaction():
            draft = cases.licensing.apply_on(
                licence_id, sent["kind"], actor=visitor.actor(), now=clock.now()
            )
            draft_id = draft.id
        return drafts.shown_draft(draft_id)


@route(f"/licences/{ID}/ending", tag="licences")
@token_only
class LicenceEnding(MethodView):
    """The end of a licence."""

    @answers("撤回、撤销、吊销或注销", LicenceSchema, refused=SENT)
    @takes(EndingSchema)
    def post(self, sent: dict[str, str], licence_id: int) -> dict[str, Any]:
        """Withdraw, revoke, forfeit or deregister a licence (its agency)."""
        return _done(licences.end, licence_id, Ending(**sent))


@route(f"/licences/{ID}/ending-notice", tag="licences")
@token_only
class LicenceEndingNotice(MethodView):
    """What a holder is told before a licence is revoked or forfeited."""

    @answers("撤销、吊销的事先告知", LicenceSchema, status=201, refused=SENT)
    @takes(EndingSchema)
    def post(self, sent: dict[str, str], licence_id: int) -> dict[str, Any]:
        """Tell the holder what is intended, and how to answer (its agency)."""
        return _done(licences.forewarn, licence_id, Ending(**sent))


@route(f"/licences/{ID}/ending-notice/statements", tag="licences")
@token_only
class LicenceStatements(MethodView):
    """What the holder says to it."""

    @answers("陈述申辩", LicenceSchema, status=201, refused=SENT)
    @takes(StatementSchema)
    def post(self, sent: dict[str, str], licence_id: int) -> dict[str, Any]:
        """State one's case (the holder, while the time runs)."""
        return _done(licences.state_case, licence_id, sent["statement"])


@route(f"/licences/{ID}/ending-notice/hearing-request", tag="licences")
@token_only
class LicenceHearingRequest(MethodView):
    """The request for a hearing."""

    @answers("要求听证", LicenceSchema, status=201, refused=SENT)
    def post(self, licence_id: int) -> dict[str, Any]:
        """Ask for a hearing (the holder, while the time runs)."""
        return _done(licences.ask_hearing, licence_id)


@route(f"/licences/{ID}/ending-notice/hearing", tag="licences")
@token_only
class LicenceHearing(MethodView):
    """The hearing."""

    @answers("听证通知", LicenceSchema, status=201, refused=SENT)
    @takes(SittingSchema)
    def post(self, sent: dict[str, Any], licence_id: int) -> dict[str, Any]:
        """Announce the hearing, or another time for it (its agency)."""
        return _done(licences.announce_hearing, licence_id, Sitting(**sent))


@route(f"/licences/{ID}/ending-notice/minutes", tag="licences")
@token_only
class LicenceMinutes(MethodView):
    """The minutes of the hearing."""

    @answers("听证笔录", LicenceSchema, status=201, refused=SENT)
    @takes(MinutesSchema)
    def post(self, sent: dict[str, Any], licence_id: int) -> dict[str, Any]:
        """Put the minutes on record (its agency, after the hearing)."""
        return _done(licences.record_hearing, licence_id, Minutes(**sent))


@route(f"/licences/{ID}/ending-notice/dropping", tag="licences")
@token_only
class LicenceDropping(MethodView):
    """Letting the matter rest."""

    @answers("不再作出决定", LicenceSchema, refused=SENT)
    @takes(DroppingSchema)
    def post(self, sent: dict[str, str], licence_id: int) -> dict[str, Any]:
        """Drop what was announced; the licence stays (its agency)."""
        return _done(licences.drop, licence_id, sent["drop_reason"])


@route(f"/licences/{ID}/beginning", tag="licences")
@token_only
class LicenceBeginning(MethodView):
    """Works under a licence."""

    @answers("登记开工", LicenceSchema, refused=SENT)
    @takes(BegunSchema)
    def post(self, sent: dict[str, Any], licence_id: int) -> dict[str, Any]:
        """Record that the works have begun."""
        return _done(licences.record_begun, licence_id, sent["begun_on"])


@route(f"/licences/{ID}/begin-extension", tag="licences")
@token_only
class LicenceMoreTime(MethodView):
    """More time to begin."""

    @answers("准予延期开工", LicenceSchema, refused=SENT)
    @takes(MoreTimeSchema)
    def post(self, sent: dict[str, Any], licence_id: int) -> dict[str, Any]:
        """Give more time to begin the works (its agency)."""
        return _done(licences.give_more_time, licence_id, sent["months"], sent["reason"])


def _done(act: Callable[..., Any], licence_id: int, *given: Any) -> dict[str, Any]:
    """Carry out an act on a licence for who is asking, and show it. Raises as the act does."""
    with db.transaction():
        act(licence_id, *given, actor=visitor.actor(), now=clock.now())
    return _shown(licence_id)


def _row(licence: Licence) -> dict[str, Any]:
    today = licences.standing(licence, civil_date(clock.now()))
    return {
        "id": licence.id,
        "number": licence.number,
        "title": Text(licence.title_zh, licence.title_en),
        "item": licence.item_code,
        "department": shown.department(licence.department_code),
        "holder": licence.holder_name,
        "holder_id": licensed.holder_id(licence, visitor.actor()),
        "state": today.state,
        "state_text": today.name,
        "valid_from": licence.valid_from,
        "valid_to": licence.valid_to,
    }


def _shown(licence_id: int) -> dict[str, Any]:
    actor = visitor.actor()
    licence = licences.find(licence_id, actor)
    staff = actor.kind == "staff"
    return {
        **_row(licence),
        "edition": licence.edition,
        "issued_at": licence.issued_at,
        "case": cases.get(licence.case_id).number,
        "ended_on": licence.ended_on,
        "ended_as": licence.ended_as,
        "ground": licence.end_ground,
        "begin_by": licence.begin_by,
        "begun_on": licence.begun_on,
        "renewal": _window(licence),
        "offers": [_offer(one) for one in licences.offers(licence, civil_date(clock.now()))],
        "documents": [shown.document(d) for d in licences.papers(licence) if staff or d.public],
        "acts": licences.open_to(licence, actor),
        "ending_notice": _announced(licence),
    }


def _announced(licence: Licence) -> dict[str, Any] | None:
    told = licensed.announced(licence)
    if told is None:
        return None
    names = [name for name in EndingNoticeSchema().fields if hasattr(told["notice"], name)]
    return {
        **{name: getattr(told["notice"], name) for name in names},
        "statements": [one.data["reason"] for one in told["statements"]],
        "waiting_for": told["wait"],
    }


def _offer(offer: licences.Offer) -> dict[str, Any]:
    keys = ("kind", "name", "open", "said", "article")
    return {**{key: getattr(offer, key) for key in keys}, "item": offer.item_code}


def _window(licence: Licence) -> dict[str, Any] | None:
    window = licences.window(licence)
    if window is None:
        return None
    return {
        "opens_on": window.opens_on,
        "until_on": window.until_on,
        "provisional": window.provisional,
        "article": window.rule.article,
        "silence": window.rule.silence,
    }
