"""Handlers of supervision: boards, who held what, reminders, letters, reading personal data."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask.views import MethodView

import reports.documents
from engine import cases, clock, db, supervision
from reports import city, custody
from webapp import language, veiling, visitor
from webapp.api import shown
from webapp.api.oversight_schemas import (
    BoardQuery,
    BoardSchema,
    CustodySchema,
    LetterActSchema,
    LetterListSchema,
    LetterSchema,
    LettersQuery,
    ProofSchema,
    ProvenSchema,
    RemindedSchema,
    ReminderSchema,
    StatedSchema,
    UsageQuery,
    UsageSchema,
    WritingSchema,
)
from webapp.api.routes import BINARY, SENT, answers, route, takes
from webapp.doors import token_only

_SECOND = timedelta(seconds=1)


@route("/board", tag="oversight")
@token_only
class CityBoard(MethodView):
    """The board."""

    @answers("全局看板", BoardSchema, refused=(401, 403, 422))
    @takes(BoardQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Count how cases stand, by department and item (supervisors: all, leaders: their own)."""
        found = city.city(visitor.actor(), city.Asked(**asked), clock.now())
        return {
            "total": found.total,
            "departments": [_row(row) for row in found.departments],
            "items": [_row(row) for row in found.items],
            "since": found.since,
        }


@route("/cases/<string:number>/custody", tag="oversight")
@token_only
class CaseCustody(MethodView):
    """Who held a case."""

    @answers("时间去向", CustodySchema, refused=(401, 403, 404))
    def get(self, number: str) -> dict[str, Any]:
        """Split a case's time among those who held it, to the second and to the working hour."""
        actor = visitor.actor()
        found = custody.of_case(cases.find(number, custody.watching(actor)), clock.now())
        whole = {name: getattr(found, name) for name in ("start", "end", "closed", "hours")}
        return {**whole, **_times(found), "rows": [_held(line) for line in found.lines]}


@route("/custody", tag="oversight")
@token_only
class Usage(MethodView):
    """Who held the cases closed lately."""

    @answers("用时统计", UsageSchema, refused=(401, 403, 422))
    @takes(UsageQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say how the time of closed cases was used, by department and person."""
        found = custody.usage(visitor.actor(), clock.now(), **asked)
        plain = ("cases", "cut", "applicants", "stopped")
        return {
            **{name: getattr(found, name) for name in plain},
            "between_steps": found.nobody,
            "departments": [_used(one) for one in found.departments],
            "persons": [_used(one) for one in found.persons],
        }


@route("/cases/<string:number>/urging", tag="oversight")
@token_only
class Reminder(MethodView):
    """A reminder."""

    @answers("催办办件", RemindedSchema, refused=SENT)
    @takes(ReminderSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Remind those whose turn it is in a case: its staff, leaders, and its applicant."""
        return _on_case(number, supervision.remind, sent["text"])


@route("/cases/<string:number>/overdue-reason", tag="oversight")
@token_only
class OverdueReason(MethodView):
    """Why a case is late."""

    @answers("公开超期原因", RemindedSchema, refused=SENT)
    @takes(StatedSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Publish why a case has passed its promise (staff of the lead department)."""
        return _on_case(number, supervision.explain_overdue, sent["reason"])


@route("/cases/<string:number>/personal-data", tag="oversight")
@token_only
class PersonalData(MethodView):
    """Personal data of a case."""

    @answers("查看个人信息", RemindedSchema, refused=SENT)
    @takes(StatedSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Show a case's personal data to a supervisor for half an hour; the reason is recorded."""
        return _on_case(number, cases.privacy.unmask, sent["reason"])


@route("/cases/<string:number>/breaches", tag="oversight")
@token_only
class Breaches(MethodView):
    """Breaches proven in a case."""

    @answers("查实违规", ProvenSchema, status=201, refused=SENT)
    @takes(ProofSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Prove a breach that no record shows; the rules decide on the card (supervisors)."""
        actor = visitor.actor()
        with db.transaction():
            case = cases.find(number, actor)
            proof = supervision.Proof(**sent)
            cards = supervision.prove(case.id, proof, actor=actor, now=clock.now())
            return {"number": case.number, "card": cards[0].id if cards else None}


@route("/letters", tag="oversight")
@token_only
class Letters(MethodView):
    """Letters of supervision."""

    @answers("督办函和监察建议书列表", LetterListSchema, refused=(401, 422))
    @takes(LettersQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the letters one may see: supervisors all, staff those to their departments."""
        page = supervision.letters(visitor.actor(), supervision.LettersWanted(**asked))
        return {"rows": [_letter(one) for one in page.rows], "next": page.next}

    @answers("发出督办函或监察建议书", LetterSchema, status=201, refused=SENT)
    @takes(WritingSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Issue a letter to a unit (supervisors)."""
        actor, number = visitor.actor(), sent.pop("case")
        with db.transaction():
            case_id = cases.find(number, actor).id if number and not sent["cards"] else None
            cards = tuple(sent.pop("cards"))
            writing = supervision.Writing(**sent, case_id=case_id, cards=cards)
            found = supervision.issue_letter(writing, actor=actor, now=clock.now())
            return _letter(found)


@route("/letters/<int(max=2147483647):letter_id>", tag="oversight")
@token_only
class OneLetter(MethodView):
    """A letter."""

    @answers("函件详情", LetterSchema, refused=(401, 404))
    def get(self, letter_id: int) -> dict[str, Any]:
        """Show a letter with what became of it."""
        return _letter(supervision.find_letter(letter_id, visitor.actor()))

    @answers("答复或核实函件", LetterSchema, refused=SENT)
    @takes(LetterActSchema)
    def post(self, sent: dict[str, Any], letter_id: int) -> dict[str, Any]:
        """Reply for the unit, or verify its reply: close the letter or send it back."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            if sent["act"] == "reply":
                found = supervision.reply(letter_id, sent["text"], actor=actor, now=now)
            else:
                sound = sent["act"] == "close"
                found = supervision.verify_letter(
                    letter_id, sent["text"], sound=sound, actor=actor, now=now
                )
            return _letter(found)


@route("/letters/<int(max=2147483647):letter_id>.pdf", tag="oversight")
@token_only
class LetterPaper(MethodView):
    """A letter as it is printed."""

    @answers("下载函件", BINARY, refused=(401, 404), media="application/pdf")
    def get(self, letter_id: int) -> Response:
        """Download a letter as PDF, in the language asked for."""
        found = supervision.find_letter(letter_id, visitor.actor())
        veil = veiling.over(found.case).of
        pdf = reports.documents.pdf(found.document, language=language.lang(), veil=veil)
        return send_file(
            BytesIO(pdf), "application/pdf", download_name=f"{found.document.number}.pdf"
        )


def _on_case(number: str, act: Any, words: str) -> dict[str, Any]:
    """Carry out an act on a case that takes some words. Raises as the act does."""
    actor = visitor.actor()
    with db.transaction():
        case = cases.find(number, actor)
        act(case.id, words, actor=actor, now=clock.now())
    return {"number": case.number, "done": True}


def _row(row: Any) -> dict[str, Any]:
    return {"code": row.key, "name": row.label, "standing": row.standing}


def _times(of: Any) -> dict[str, int]:
    return {"office_seconds": of.office // _SECOND, "seconds": of.time // _SECOND}


def _held(line: Any) -> dict[str, Any]:
    keys = ("kind", "who", "person", "step", "hours")
    return {**{key: getattr(line, key) for key in keys}, **_times(line)}


def _used(one: Any) -> dict[str, Any]:
    keys = ("person", "cases", "waiting", "working")
    return {
        **{key: getattr(one, key) for key in keys},
        "department": shown.department(one.department),
    }


def _letter(letter: Any) -> dict[str, Any]:
    keys = (
        *("id", "kind", "role", "subject", "source", "state"),
        *("issued_at", "reply_by", "replied_at", "closed_at"),
    )
    data = letter.document.data
    found = {
        **{key: getattr(letter, key) for key in keys},
        "number": letter.document.number,
        "case": letter.case.number if letter.case else None,
        "department": shown.department(letter.department_code),
        "issuer": shown.department(letter.issuer_code),
        "findings": [words[0] for words in data["paragraphs"]],
        "demands": [words[0] for words in data["points"]],
        "cards": [card.id for card in supervision.cards_of(letter)],
    }
    return veiling.shape(letter.case, found)
