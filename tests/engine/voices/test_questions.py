"""Questions: asked, answered in time by the right department, published after a look."""

from datetime import timedelta

import pytest

from engine import clock, clocks, db, events, notices, voices
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.engine.voices.scenes import ASKED, ITEM, actor, answered, asked
from tools.stories import Story

questions = voices.questions
NOW = clock.now()


def test_a_question_goes_to_the_department_and_its_answer_comes_back(city_db: str) -> None:
    """Within the city's limit; the counter and then the asker are told; its record is whole."""
    row = asked(at=NOW)
    assert row.department_code == "scjg"
    assert row.due_at == clocks.due(NOW, "5wd").at
    clerk = actor("wang.clerk")
    assert notices.list_for(clerk.person_id or 0).rows[0].path == f"/inbox/questions/{row.id}"
    assert [one.id for one in questions.queue(clerk).rows] == [row.id]
    assert questions.open_count(clerk) == 1
    answered(row)
    assert questions.open_count(clerk) == 0
    told = notices.list_for(actor("zhang.san").person_id or 0).rows[0]
    assert (told.kind, told.path) == ("question-answered", f"/questions/{row.number}")
    assert questions.mine(row.number, actor("zhang.san")).answer == "出示原件、留存复印件。"
    types = [one.type for one in events.recent(f"question:{row.id}")]
    assert types == ["question-answered", "question-asked"]


def test_the_limit_is_the_citys_own(city_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting; what is no limit is refused loudly."""
    monkeypatch.setenv(voices.limits.setting(voices.limits.QUESTION), "2wd")
    assert asked(at=NOW).due_at == clocks.due(NOW, "2wd").at
    monkeypatch.setenv(voices.limits.setting(voices.limits.QUESTION), "soon")
    with pytest.raises(ValueError, match="soon"):
        asked()


def test_others_neither_see_nor_answer_it(city_db: str) -> None:
    """Another department, another applicant, a supervisor, and a second answer."""
    row = asked()
    with pytest.raises(NotFoundError):
        questions.mine(row.number, actor("li.si"))
    with pytest.raises(NotFoundError), db.transaction():
        questions.answer(row.id, "不知道", actor=actor("cg.wu"), now=NOW)
    with pytest.raises(ForbiddenError), db.transaction():
        questions.answer(row.id, "不知道", actor=actor("jc.he"), now=NOW)
    with pytest.raises(ForbiddenError):
        asked("wang.clerk")
    answered(row)
    with pytest.raises(ConflictError):
        answered(row, "改主意了")
    with pytest.raises(NotFoundError):
        questions.find_public(row.number, "WRONG")
    assert questions.find_public(row.number, row.query_code.lower()).id == row.id


@pytest.mark.parametrize(
    ("title", "text", "wrong"),
    [
        ("", "  \n ", {"title", "text"}),
        ("长" * 101, "好的", {"title"}),
        ("好的", "长" * 2001, {"text"}),
    ],
)
def test_empty_and_huge_questions_are_refused_at_their_fields(
    city_db: str, title: str, text: str, wrong: set[str]
) -> None:
    """All at once, and nothing is kept."""
    with pytest.raises(InvalidError) as refused:
        asked(asking=questions.Asking(title, text, item=ITEM))
    assert set(refused.value.fields) == wrong
    assert questions.queue(actor("wang.clerk")).rows == []


def test_questions_about_things_that_are_not_the_askers_are_refused(city_db: str) -> None:
    """No such item; somebody else's case; the own one goes to its lead."""
    with pytest.raises(NotFoundError):
        asked(asking=questions.Asking("好的", "好的", item="nothing"))
    number = Story("restaurant-opening", "li.si").apply().case.number
    about = questions.Asking("到哪里了", "请问还要多久？", case=number)
    with pytest.raises(NotFoundError):
        asked(asking=about)
    row = asked("li.si", about)
    assert (row.item_code, row.department_code) == ("restaurant-opening", "scjg")


def test_nobody_floods_a_counter(city_db: str) -> None:
    """Five open ones a person; strangers are counted by where they come from."""
    rows = [asked() for _ in range(5)]
    with pytest.raises(ConflictError, match="5 under way"):
        asked()
    answered(rows[0])
    asked()

    def stranger(origin: str) -> None:
        with db.transaction():
            questions.ask(ASKED, origin=origin, actor=voices.NOBODY, now=NOW)

    for _ in range(5):
        stranger("x")
    with pytest.raises(ConflictError):
        stranger("x")
    stranger("y")


def test_a_published_answer_is_in_the_words_of_staff_and_is_found(city_db: str) -> None:
    """Not before the answer; only what was released; found by words; taken back again."""
    row, clerk = asked(), actor("wang.clerk")
    words = questions.Publication("经营场所证明", "要不要原件？", "出示原件 100%，留存复印件。")
    with pytest.raises(ConflictError), db.transaction():
        questions.publish(row.id, words, actor=clerk, now=NOW)
    answered(row)
    assert questions.published(ITEM).rows == []
    with db.transaction():
        questions.publish(row.id, words, actor=clerk, now=NOW)
    assert [one.public_title for one in questions.published(ITEM).rows] == ["经营场所证明"]
    assert len(questions.published("", "原件 场所").rows) == 1
    assert len(questions.published("", "100%").rows) == 1
    assert questions.published("", "1_0%").rows == []
    assert questions.published("restaurant-opening").rows == []
    with db.transaction():
        questions.take_back(row.id, actor=clerk, now=NOW)
    assert questions.published(ITEM).rows == []


def test_the_wrong_department_passes_a_question_on_and_its_limit_runs_on(city_db: str) -> None:
    """To one that exists; then it is the other's to answer."""
    row, clerk = asked(), actor("wang.clerk")
    due_at = row.due_at
    for wrong in ("scjg", "nowhere"):
        with pytest.raises(InvalidError), db.transaction():
            questions.forward(row.id, wrong, actor=clerk, now=NOW)
    with db.transaction():
        questions.forward(row.id, "cgj", actor=clerk, now=NOW)
    assert questions.queue(clerk).rows == []
    assert [one.due_at for one in questions.queue(actor("cg.wu")).rows] == [due_at]


def test_an_unanswered_question_is_late_where_it_lies(city_db: str) -> None:
    """For supervisors and the heads of the department."""
    row = asked(at=NOW)
    later = row.due_at + timedelta(minutes=1)
    (late,) = voices.seen_by(actor("jc.he"), later)
    assert (late.kind, late.number) == ("question", row.number)
    assert len(voices.seen_by(actor("chen.leader"), later)) == 1
    assert voices.seen_by(actor("cg.head"), later) == []
