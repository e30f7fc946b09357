"""Scenes that tests of voices begin with: an ended case, and what people say about it."""

from datetime import datetime, timedelta

from engine import clock, db, people, voices
from engine.models import Complaint, Question, Rating
from engine.permissions import Actor
from tools.stories import Story

ITEM = "individual-business"
ASKED = voices.questions.Asking("材料要几份", "营业场所证明需要原件吗？", item=ITEM)
#: What people wrote, and what staff made of it for everybody.
ANSWER = "出示原件、留存复印件。"
PUBLIC = ("经营场所证明要不要原件", "营业场所证明需要原件吗？", ANSWER)
RATED_WORDS, COMPLAINT = "等了很久", "窗口人员态度生硬，拒绝出具书面凭证。"


def actor(login: str) -> Actor:
    """Somebody of the demo city."""
    return people.actor_for_login(login)


def ended(applicant: str = "zhang.san", *, at: datetime | None = None) -> Story:
    """A case of the market bureau that was granted and delivered."""
    story = Story(ITEM, applicant, at=at).apply().do("wang.clerk", "accept", "accept")
    story.do("feng.registrar", "decide", "grant")
    return story.do("wang.clerk", "deliver_licence", "delivered")


def rated(story: Story, level: int = 1, *, named: bool = True, text: str = RATED_WORDS) -> Rating:
    """The applicant's rating an hour after the end."""
    story.later(hours=1)
    given = voices.ratings.Given(level, text, named)
    with db.transaction():
        return voices.ratings.rate(
            story.case.number, given, origin="a", actor=actor(story.applicant), now=story.now
        )


def asked(
    login: str = "zhang.san", asking: voices.questions.Asking = ASKED, *, at: datetime | None = None
) -> Question:
    """A question about an item."""
    with db.transaction():
        return voices.questions.ask(asking, origin="", actor=actor(login), now=at or clock.now())


def answered(question: Question, text: str = ANSWER) -> Question:
    """The counter's answer an hour later."""
    now = question.asked_at + timedelta(hours=1)
    with db.transaction():
        return voices.questions.answer(question.id, text, actor=actor("wang.clerk"), now=now)


def filed(login: str = "zhang.san", *, named: bool = True, case: str = "") -> Complaint:
    """A complaint about the market bureau, or about a case."""
    filing = voices.complaints.Filing(
        COMPLAINT, named, department="" if case else "scjg", case=case
    )
    with db.transaction():
        return voices.complaints.file(filing, origin="a", actor=actor(login), now=clock.now())


def moved(complaint: Complaint, *acts: tuple[str, str, str]) -> Complaint:
    """The same after some acts: (login, act, words)."""
    for login, name, words in acts:
        act = getattr(voices.complaints, name)
        given = (words,) if words else ()
        with db.transaction():
            complaint = act(complaint.id, *given, actor=actor(login), now=clock.now())
    return complaint
