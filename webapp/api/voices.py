"""Handlers for questions, complaints and ratings: the same acts as on the pages."""

from collections.abc import Callable, Mapping
from typing import Any

from flask.views import MethodView

from engine import clock, db, definitions, people, voices
from engine.paging import Page
from webapp import visitor
from webapp.api import voice_schemas as schemas
from webapp.api.routes import ACTED, SENT, answers, route, takes
from webapp.api.schemas import turned
from webapp.doors import open_to_all, token_only

_PUBLIC = "what was published is for everybody (R02, R23)"
#: What a supervisor or head can do with a complaint, by the last part of its address.
_ACTS: Mapping[str, Callable[..., Any]] = {
    "acceptance": lambda i, _text, **who: voices.complaints.accept(i, **who),
    "refusal": voices.complaints.refuse,
    "assignment": lambda i, _text, **who: voices.complaints.assign(i, **who),
    "report": voices.complaints.report,
    "answer": voices.complaints.answer,
}


def _who() -> dict[str, Any]:
    return {"actor": visitor.actor(), "now": clock.now()}


def _page(found: Page[Any], shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    rows = [shown(row) for row in found.rows]
    return {"rows": rows, "next": found.next, "previous": found.previous}


@route("/questions", tag="voices")
@token_only
class Questions(MethodView):
    """Questions."""

    @answers("咨询列表", turned(schemas.AskedQuestionSchema), refused=(401, 422))
    @takes(schemas.QuestionsQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List what one has asked; staff list the questions of their departments by state."""
        actor = visitor.actor()
        if actor.kind == "applicant":
            return _page(voices.questions.asked_by(actor, at=asked["at"]), _question)
        return _page(voices.questions.queue(actor, **asked), _question)

    @answers("提问", schemas.AskedQuestionSchema, status=201, refused=SENT)
    @takes(schemas.AskingSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Ask about an item or an own case (applicants)."""
        asking = voices.questions.Asking(**sent)
        with db.transaction():
            return _question(voices.questions.ask(asking, origin="", **_who()))


@route("/questions/published", tag="voices")
@open_to_all(_PUBLIC)
class Published(MethodView):
    """Published questions."""

    @answers("公开的咨询", turned(schemas.PublishedSchema), refused=(422,))
    @takes(schemas.PublishedQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Search the published questions, of an item or of all."""
        found = voices.questions.published(asked["item"], asked["q"], at=asked["at"])
        return _page(found, _published)


@route("/questions/<int:question_id>/answer", tag="voices")
@token_only
class QuestionAnswer(MethodView):
    """The answer to a question."""

    @answers("答复咨询", schemas.AskedQuestionSchema, refused=SENT)
    @takes(schemas.AnswerSchema)
    def put(self, sent: dict[str, Any], question_id: int) -> dict[str, Any]:
        """Answer a question of one's department, once."""
        with db.transaction():
            return _question(voices.questions.answer(question_id, sent["text"], **_who()))


@route("/questions/<int:question_id>/publication", tag="voices")
@token_only
class QuestionPublication(MethodView):
    """A question on its guide."""

    @answers("公开咨询", schemas.AskedQuestionSchema, refused=SENT)
    @takes(schemas.PublicationSchema)
    def put(self, sent: dict[str, Any], question_id: int) -> dict[str, Any]:
        """Publish an answered question in words without personal data."""
        words = voices.questions.Publication(**sent)
        with db.transaction():
            return _question(voices.questions.publish(question_id, words, **_who()))

    @answers("撤下公开的咨询", schemas.AskedQuestionSchema, refused=ACTED)
    def delete(self, question_id: int) -> dict[str, Any]:
        """Take a question off its guide."""
        with db.transaction():
            return _question(voices.questions.take_back(question_id, **_who()))


@route("/complaints", tag="voices")
@token_only
class Complaints(MethodView):
    """Complaints."""

    @answers("投诉列表", turned(schemas.ComplaintSchema), refused=(401, 422))
    @takes(schemas.ComplaintsQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List one's own complaints; supervisors and heads list those they may see."""
        actor = visitor.actor()
        if actor.kind == "applicant":
            return _page(voices.complaints.made_by(actor, at=asked["at"]), _complaint)
        return _page(voices.complaints.queue(actor, **asked), _complaint)

    @answers("实名投诉", schemas.ComplaintSchema, status=201, refused=SENT)
    @takes(schemas.FilingSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Complain by name (applicants)."""
        filing = voices.complaints.Filing(named=True, **sent)
        with db.transaction():
            return _complaint(voices.complaints.file(filing, origin="", **_who()))


@route(f"/complaints/<int:complaint_id>/<any({','.join(_ACTS)}):act>", tag="voices")
@token_only
class ComplaintAct(MethodView):
    """What is done with a complaint."""

    @answers("办理投诉", schemas.ComplaintSchema, refused=SENT)
    @takes(schemas.AnswerSchema)
    def post(self, sent: dict[str, Any], complaint_id: int, act: str) -> dict[str, Any]:
        """Take a complaint up (acceptance) or not (refusal), assign, report, answer."""
        with db.transaction():
            return _complaint(_ACTS[act](complaint_id, sent["text"], **_who()))


@route("/ratings", tag="voices")
@token_only
class BadRatings(MethodView):
    """Bad ratings by name."""

    @answers("差评列表", turned(schemas.BadRatingSchema), refused=(401, 422))
    @takes(schemas.RatingsQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the bad ratings by name that one's departments, or all, have to look into."""
        return _page(voices.ratings.bad(visitor.actor(), **asked), _bad_rating)


@route("/ratings/<int:rating_id>/finding", tag="voices")
@token_only
class RatingFinding(MethodView):
    """What was found about a bad rating."""

    @answers("核实差评", schemas.BadRatingSchema, refused=SENT)
    @takes(schemas.FindingSchema)
    def put(self, sent: dict[str, Any], rating_id: int) -> dict[str, Any]:
        """Note that the applicant was contacted, what was found and what is put right."""
        with db.transaction():
            row = voices.ratings.contact(rating_id, sent["finding"], sent["remedy"], **_who())
            return _bad_rating(row)


@route("/ratings/<int:rating_id>/call-back", tag="voices")
@token_only
class RatingCallBack(MethodView):
    """The call back about a bad rating."""

    @answers("回访差评", schemas.BadRatingSchema, refused=SENT)
    @takes(schemas.CallBackSchema)
    def put(self, sent: dict[str, Any], rating_id: int) -> dict[str, Any]:
        """Close a bad rating with a call back."""
        satisfied = sent["satisfied"]
        with db.transaction():
            row = voices.ratings.call_back(rating_id, sent["note"], satisfied=satisfied, **_who())
            return _bad_rating(row)


@route("/cases/<string:number>/rating", tag="voices")
@token_only
class CaseRating(MethodView):
    """The rating of a case."""

    @answers("评价办件", schemas.RatingSchema, status=201, refused=SENT)
    @takes(schemas.RatingInSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Rate an own case after its end, once."""
        given = voices.ratings.Given(**sent)
        with db.transaction():
            row = voices.ratings.rate(number, given, origin="", **_who())
            return _rating(row)

    @answers("我的评价", schemas.RatingSchema, refused=(401, 404))
    def get(self, number: str) -> dict[str, Any]:
        """Show the rating one has given."""
        return _rating(voices.ratings.own(number, visitor.actor()))


@route("/items/<string:code>/ratings", tag="voices")
@open_to_all("ratings are published where there are enough of them")
class ItemRatings(MethodView):
    """How an item is rated."""

    @answers("事项评价", schemas.RatingsSchema, refused=(404,))
    def get(self, code: str) -> dict[str, Any]:
        """Count the ratings of an item, from a least number on."""
        found = voices.ratings.summary(definitions.newest(code).item.code)
        counts = {str(level): count for level, count in found.counts.items()}
        return {
            "total": found.total,
            "shown": found.shown,
            "mean": round(found.mean, 2) if found.shown else None,
            "counts": counts if found.shown else None,
        }


def _unit(code: str) -> dict[str, Any]:
    return {"code": code, "name": people.department_name(code)}


def _question(row: Any) -> dict[str, Any]:
    names = ("id", "number", "title", "text", "state", "asked_at", "due_at", "answer")
    return {
        **{name: getattr(row, name) for name in (*names, "answered_at", "published_at")},
        "item": row.item_code,
        "case": row.case.number if row.case else None,
        "department": _unit(row.department_code),
    }


def _published(row: Any) -> dict[str, Any]:
    return {
        "item": row.item_code,
        "department": _unit(row.department_code),
        "title": row.public_title,
        "text": row.public_text,
        "answer": row.public_answer,
        "answered_at": row.answered_at,
    }


def _complaint(row: Any) -> dict[str, Any]:
    names = ("id", "number", "text", "state", "filed_at", "due_at", "answer", "answered_at")
    return {
        **{name: getattr(row, name) for name in (*names, "answer_number")},
        "case": row.case.number if row.case else None,
        "department": _unit(row.department_code),
        "named": row.person_id is not None,
    }


def _rating(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("level", "text", "named", "rated_at", "state")}


def _bad_rating(row: Any) -> dict[str, Any]:
    names = ("id", "due_at", "contacted_at", "finding", "remedy", "called_at", "satisfied")
    return {
        **_rating(row),
        **{name: getattr(row, name) for name in names},
        "case": row.case.number,
        "department": _unit(row.department_code),
    }
