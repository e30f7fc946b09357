"""Hearings in the public interest: announced to everybody, held before any decision."""

from typing import Any

import pytest
from flask import Flask

from engine import cases, db, documents, tasks
from engine.cases import announcing, withdrawing
from engine.errors import InvalidError, NotFoundError
from engine.models import PublicHearing
from tests.engine import clockwork
from tests.engine.bpmn.diagrams import chain, end, start, user
from tests.engine.clockwork import at, case_of, event, rules
from tests.engine.test_lawful_steps import HEARING, hear, refused
from tests.webapp.api.program import Program
from tools.stories import Story

pytestmark = pytest.mark.db
ARTICLE = "许可法46"
PIECES = (
    start(), clockwork.ACCEPT, user("examine", "lead:inspector"),
    user("announce", "lead:clerk", act="hearing-notice", more='camunda:formRef="hearing_notice"'),
    user("hear", "lead:inspector", act="hearing", limit="1wd", more='camunda:formRef="hearing"'),
    clockwork.DECIDE, end(),
    chain("start", "accept", "examine", "announce", "hear", "decide", "end"),
)  # fmt: skip
FORMS = ("hearing_notice", "hearing")
PLACE = "政务中心301室"


def examined(**facts: str) -> Story:
    """A case that waits for its hearing to be announced, on Monday 2 March."""
    story = case_of(*PIECES, forms=FORMS, at=at("2026-03-02T10:00"), **facts)
    return story.do("wang.clerk", "accept", "accept").do("sun.inspector", "examine", "done")


def announce(story: Story, when: str = "2026-03-11T09:00") -> Story:
    """Announce the hearing."""
    given = {"hearing_at": when, "hearing_place": PLACE, "hearing_chair": "秦远"}
    return story.do("wang.clerk", "announce", "done", answers=given)


@pytest.mark.usefixtures("city_db")
def test_the_public_is_told_of_the_hearing_without_anything_about_the_applicant() -> None:
    """3, 4, 5, 6, 9, 10 March and the 11th: seven working days before, on the portal at once."""
    story = examined(publicHearing=ARTICLE)
    hint = tasks.hints(story.task("announce", "wang.clerk"), story.now)[0]
    assert "须向社会公告" in hint.zh
    assert "announced on the portal" in hint.en
    assert "11 Mar 2026" in refused(announce, story, "2026-03-10T09:00")["hearing_at"]
    assert announcing.listed().rows == []
    announce(story)
    (row,) = announcing.listed().rows
    assert announcing.moment_text(row.held_at).zh == "2026年3月11日09:00"
    assert (row.place, row.chair, row.article) == (PLACE, "秦远", ARTICLE)
    told = {one.name: getattr(row, one.name) for one in PublicHearing.__table__.columns}
    shown = " ".join(str(value) for name, value in told.items() if name != "case_id")
    case = story.case
    for private in (case.applicant_name, case.subject, case.number, *map(str, _words(case))):
        assert private not in shown
    assert event(story, "hearing-published")["hearing"] == row.id
    # The parties have their own notice all the same.
    assert documents.of_case(case)[-1].kind == "hearing-notice"
    states = [announcing.state(row, at(day)).en for day in ("2026-03-10T09:00", "2026-03-12T09:00")]
    assert states == ["To be held", "Its time has passed"]


def _words(case: cases.Case) -> list[Any]:
    return [value for value in case.answers.values() if isinstance(value, str) and len(value) > 6]


@pytest.mark.usefixtures("city_db")
def test_nothing_is_decided_before_the_hearing_that_the_law_demands() -> None:
    """46: the applicant asked for none, but it is not theirs to waive."""
    more = {"publicHearing": ARTICLE, "promisedLimit": "20wd"}
    story = case_of(*HEARING, forms=FORMS, at=at("2026-03-02T10:00"), **more)
    story.do("wang.clerk", "accept", "accept").do("sun.inspector", "examine", "done")
    story.do("wang.clerk", "tell", "done").do("zhang.san", "ask", "waive")
    for outcome in ("grant", "refuse"):
        said = refused(story.do, "qian.head", "decide", outcome)["outcome"]
        assert "needs a public hearing" in said
    assert story.case.decided_at is None


@pytest.mark.usefixtures("city_db")
def test_after_the_hearing_it_is_decided_on_the_minutes() -> None:
    """As announced; then the decision rests on what was said."""
    story = announce(examined(publicHearing=ARTICLE))
    story.now = at("2026-03-11T11:00")
    hear(story, "zhou.inspector")
    story.do("qian.head", "decide", "grant", opinion="各方无异议，见笔录第2页")
    assert story.case.result == "granted"


@pytest.mark.usefixtures("city_db")
def test_a_hearing_that_no_law_demands_is_not_published() -> None:
    """The parties alone are told."""
    announce(examined())
    assert announcing.listed().rows == []
    with pytest.raises(NotFoundError):
        announcing.find(1)


@pytest.mark.usefixtures("city_db")
def test_an_item_may_give_longer_to_ask_for_a_hearing() -> None:
    """47: told on Monday 2 March; of ten working days the last is Monday the 16th."""
    forms = ("hearing_notice", "hearing")
    more = {"hearingRequest": "10wd", "promisedLimit": "20wd"}
    story = case_of(*HEARING, forms=forms, at=at("2026-03-02T10:00"), **more)
    story.do("wang.clerk", "accept", "accept").do("sun.inspector", "examine", "done")
    hint = tasks.hints(story.task("tell", "wang.clerk"), story.now)[0]
    assert ("10个工作日" in hint.zh, "10 working days" in hint.en) == (True, True)
    story.do("wang.clerk", "tell", "done")
    assert "16 Mar 2026" in str(documents.of_case(story.case)[-1].data["facts"])
    story.now = at("2026-03-17T08:00")
    with pytest.raises(InvalidError) as late:
        story.do("zhang.san", "ask", "request")
    assert "16 Mar 2026" in late.value.fields["outcome"].en
    story.now = at("2026-03-16T20:00")
    story.do("zhang.san", "ask", "request")
    assert story.waiting() == [("announce", "scjg")]


@pytest.mark.parametrize("written", ["4wd", "3d", "5wh", "soon"])
def test_less_than_five_days_to_ask_cannot_be_deployed(written: str) -> None:
    """The law gives the parties five."""
    assert "bad-hearingrequest" in rules(*HEARING, forms=FORMS, hearingRequest=written)


def test_an_item_that_needs_a_hearing_draws_it_and_names_the_article() -> None:
    """Neither without the steps nor without the words."""
    assert rules(*clockwork.PLAIN, publicHearing=ARTICLE) == {"bad-publichearing"}
    assert rules(*PIECES, forms=FORMS, publicHearing="x") == {"bad-publichearing"}
    assert rules(*PIECES, forms=FORMS, publicHearing=ARTICLE, hearingRequest="10d") == set()


def test_everybody_reads_the_announcement_on_the_portal(city_app: Flask) -> None:
    """Without signing in, in both languages; cancelled when its case ends before."""
    browser = city_app.test_client()
    assert "现在没有听证公告" in browser.get("/hearings").text
    with city_app.app_context():
        story = announce(examined(publicHearing=ARTICLE))
        (row,) = announcing.listed().rows
        address, item = f"/hearings/{row.id}", row.item_code
        private = (story.case.number, story.case.applicant_name)
    for path in ("/hearings", f"/hearings?item={item}", address):
        shown = browser.get(path)
        assert shown.status_code == 200
        assert (PLACE in shown.text, "2026年3月11日09:00" in shown.text) == (True, True)
        assert not [words for words in private if words in shown.text]
    assert PLACE not in browser.get("/hearings?item=another").text
    assert f'href="/hearings?item={item}"' in browser.get(f"/items/{item}").text
    (shown_row,) = Program(city_app).ok("GET", f"/hearings?item={item}")["rows"]
    assert (shown_row["place"], shown_row["chair"]) == (PLACE, "秦远")
    assert shown_row["state"] == {"zh": "公告的时间已过", "en": "Its time has passed"}
    assert not {"case", "applicant", "subject"} & set(shown_row)
    assert Program(city_app).ok("GET", "/hearings?item=another")["rows"] == []
    assert browser.get("/hearings?at=nonsense").status_code == 200
    assert browser.get("/hearings/999").status_code == 404
    english = browser.get(f"{address}?lang=en").text
    assert ("Public hearing" in english, "11 Mar 2026 09:00" in english) == (True, True)


@pytest.mark.usefixtures("city_db")
def test_a_later_announcement_takes_the_place_of_the_first_and_ends_with_its_case() -> None:
    """Moved to another day, then cancelled because the applicant withdraws."""
    story = announce(examined(publicHearing=ARTICLE))
    (first,) = announcing.listed().rows
    deed = cases.life.Deed(story.case, "scjg", clockwork.actor("wang.clerk"), story.now)
    with db.transaction():
        announcing.publish(deed, at("2026-03-12T14:00"), PLACE, "秦远")
    (row,) = announcing.listed().rows
    assert row.id != first.id
    assert announcing.state(announcing.find(first.id), story.now).en == "Announced anew"
    who = clockwork.actor("zhang.san")
    signed = withdrawing.Signed(query_code=story.case.query_code)
    proof = withdrawing.prove(story.case_id, signed, actor=who, now=story.now)
    with db.transaction():
        withdrawing.withdraw(proof, actor=who, now=story.now)
    assert announcing.state(announcing.find(row.id), story.now).en == "Cancelled"
