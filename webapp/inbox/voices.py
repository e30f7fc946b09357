"""Pages of questions to answer and bad ratings to look into, for the staff of a department."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, people, voices
from engine.errors import InvalidError
from forms.text import Text
from webapp import parking, visitor
from webapp.doors import staff_only
from webapp.inbox.routes import blueprint
from webapp.language import t
from webapp.paging import turned

DONE = Text("已记录，对方已收到通知。", "Recorded; whom it concerns was told.")
_NO_ACT = Text("请选择要做什么。", "Choose what to do.")
Acting = Callable[[int, Mapping[str, str]], Any]


def _who() -> dict[str, Any]:
    return {"actor": visitor.actor(), "now": clock.now()}


def _publish(question_id: int, given: Mapping[str, str]) -> Any:
    words = (given.get(f"public_{name}", "") for name in ("title", "text", "answer"))
    try:
        return voices.questions.publish(question_id, voices.questions.Publication(*words), **_who())
    except InvalidError as error:
        fields = {f"public_{name}": text for name, text in error.fields.items()}
        raise InvalidError(error.message, fields=fields) from error


#: What can be done with a question, by the name of the button.
_QUESTION: dict[str, Acting] = {
    "answer": lambda i, given: voices.questions.answer(i, given.get("answer", ""), **_who()),
    "forward": lambda i, given: voices.questions.forward(i, given.get("department", ""), **_who()),
    "publish": _publish,
    "take-back": lambda i, _given: voices.questions.take_back(i, **_who()),
}
_RATING: dict[str, Acting] = {
    "contact": lambda i, given: voices.ratings.contact(
        i, given.get("finding", ""), given.get("remedy", ""), **_who()
    ),
    "call-back": lambda i, given: voices.ratings.call_back(
        i, given.get("note", ""), satisfied=given.get("satisfied") == "1", **_who()
    ),
}


@blueprint.get("/inbox/questions")
@staff_only
def questions() -> ResponseReturnValue:
    """List the questions of the visitor's departments: the open ones, or those answered."""
    state = "answered" if request.args.get("state") == "answered" else "open"
    actor = visitor.actor()
    page = turned(lambda at: voices.questions.queue(actor, state=state, at=at))
    return render_template("inbox/questions.html", page=page, state=state)


@blueprint.get("/inbox/questions/<int:question_id>")
@staff_only
def question(question_id: int) -> ResponseReturnValue:
    """Show one question with what can be done."""
    return _question(question_id, parking.typed() or {})


@blueprint.post("/inbox/questions/<int:question_id>")
@staff_only
def act_on_question(question_id: int) -> ResponseReturnValue:
    """Answer, pass on, publish or take back."""
    try:
        _act(_QUESTION, question_id)
    except InvalidError as error:
        return _question(question_id, request.form, error.fields), 422
    flash(t(DONE), "good")
    if request.form.get("act") == "forward":
        return redirect(url_for("inbox.questions"), 303)
    return redirect(url_for("inbox.question", question_id=question_id), 303)


def _question(
    question_id: int, given: Mapping[str, str], errors: Mapping[str, Text] | None = None
) -> str:
    actor = visitor.actor()
    found = voices.questions.find(question_id, actor)
    return render_template(
        "inbox/question.html",
        question=found,
        own=found.department_code in actor.departments,
        departments=people.departments(),
        given=given,
        errors=errors or {},
    )


@blueprint.get("/inbox/ratings")
@staff_only
def ratings() -> ResponseReturnValue:
    """List the bad ratings that the visitor's departments have to look into."""
    state = request.args.get("state", "")
    actor = visitor.actor()
    page = turned(lambda at: voices.ratings.bad(actor, state=state, at=at))
    return render_template("inbox/ratings.html", page=page, state=state, **_words())


@blueprint.get("/inbox/ratings/<int:rating_id>")
@staff_only
def rating(rating_id: int) -> ResponseReturnValue:
    """Show one bad rating with what was done about it."""
    return _rating(rating_id, parking.typed() or {})


@blueprint.post("/inbox/ratings/<int:rating_id>")
@staff_only
def act_on_rating(rating_id: int) -> ResponseReturnValue:
    """Note what was found, or the call back."""
    try:
        _act(_RATING, rating_id)
    except InvalidError as error:
        return _rating(rating_id, request.form, error.fields), 422
    flash(t(DONE), "good")
    return redirect(url_for("inbox.rating", rating_id=rating_id), 303)


def _rating(
    rating_id: int, given: Mapping[str, str], errors: Mapping[str, Text] | None = None
) -> str:
    actor = visitor.actor()
    found = voices.ratings.find(rating_id, actor)
    return render_template(
        "inbox/rating.html",
        rating=found,
        person=people.get(found.case.applicant_id),
        mine=voices.ratings.may_look_into(found, actor),
        given=given,
        errors=errors or {},
        **_words(),
    )


def _words() -> dict[str, Any]:
    found = voices.ratings
    return {"levels": found.LEVELS, "states": found.STATES, "findings": found.FINDINGS}


def _act(known: Mapping[str, Acting], id_: int) -> None:
    act = known.get(request.form.get("act", ""))
    if act is None:
        raise InvalidError(_NO_ACT, fields={"act": _NO_ACT})
    with db.transaction():
        act(id_, request.form)
