"""Letters to a unit about no single case: what figures, complaints or an inspection show."""

from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, select

from engine import clocks, db, documents, events, notices, people, supervision, voices
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Card, Letter, Notice
from tests.engine.supervision.scenes import MONDAY, supervise
from tests.engine.supervision.test_letters import WORDS, answered, send, verified
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def story(days: int = 0) -> Story:
    """A moment some days after the Monday on which letters are sent here."""
    found = Story("individual-business")
    found.now = clocks.due(MONDAY, "1wh").at + timedelta(days=days)
    return found


def to_unit(now: Story, login: str = "jc.he", **more: Any) -> Letter:
    """A letter to the market bureau about what its figures show."""
    given = {"kind": "advice", "case_id": None, "source": "figures"}
    return send(now, login, **{**given, **more})


def test_it_is_numbered_told_replied_to_by_its_unit_returned_and_closed() -> None:
    """In the row of numbers of all letters; its record is a stream of its own, and unbroken."""
    now = story()
    first, second = to_unit(now), to_unit(now, role="registrar", source="complaints")
    numbers = [one.document.number for one in (first, second)]
    assert numbers == ["江监察监建字〔2026〕1号", "江监察监建字〔2026〕2号"]
    facts = str(second.document.data["facts"])
    assert "投诉和评价" in facts
    assert "办件" not in facts
    told = set(db.session().scalars(select(Notice.person_id).where(Notice.kind == "letter")))
    assert {
        people.actor_for_login(who).person_id for who in ("chen.leader", "feng.registrar")
    } <= told
    with pytest.raises(NotFoundError):
        answered(second, now, "cg.head")
    with pytest.raises(ForbiddenError):
        answered(second, now, "wang.clerk")
    answered(second, now, "feng.registrar")
    verified(second, now, sound=False)
    answered(second, now)
    with pytest.raises(ForbiddenError):
        verified(second, now, sound=True, login="chen.leader")
    assert verified(second, now, sound=True).state == "closed"
    with pytest.raises(ConflictError):
        answered(second, now)
    assert [one.type for one in supervision.letter_history(second)] == [
        *("letter-issued", "letter-replied", "letter-returned", "letter-replied"),
        "letter-closed",
    ]
    assert [one.type for one in supervision.letter_history(first)] == ["letter-issued"]
    assert events.verify(f"letter:{second.id}") == []


def test_both_kinds_go_to_a_unit_but_not_to_the_own_one_and_only_from_a_supervisor() -> None:
    """An urging too; a leader writes none."""
    now = story()
    assert to_unit(now, kind="urging").document.title_zh == "督办函"
    with pytest.raises(ForbiddenError):
        to_unit(now, "chen.leader")
    own = min(code for code, role in people.actor_for_login("jc.he").posts if role == "supervisor")
    with pytest.raises(ForbiddenError):
        to_unit(now, department=own)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source": "rumour"}, "source"),
        ({"source": ""}, "cards"),
        ({"case_id": 1}, "source"),
        ({"kind": "praise"}, "kind"),
        ({"department": "nowhere"}, "department"),
        ({"role": "registrars"}, "role"),
        ({"reply_on": None}, "reply_on"),
        ({"findings": ""}, "findings"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(wrong: dict[str, Any], field: str) -> None:
    """And nothing is sent."""
    with pytest.raises(InvalidError) as refusal:
        to_unit(story(), **wrong)
    assert field in refusal.value.fields
    assert db.session().scalar(select(func.count(Letter.id))) == 0


def test_a_reply_that_does_not_come_stands_among_what_is_late_and_gives_no_card() -> None:
    """For the supervisors and for those who answer for the unit; a late reply says so."""
    letter = to_unit(story())
    late = story(30)
    supervise(late.now)
    assert db.session().scalar(select(func.count(Card.id))) == 0
    for who, sees in (("jc.he", True), ("chen.leader", True), ("cg.head", False)):
        found = voices.seen_by(people.actor_for_login(who), late.now)
        assert [one.kind for one in found] == (["letter"] if sees else [])
    answered(letter, late, text=WORDS)
    assert supervision.letter_history(letter)[-1].data["late"] is True
    assert voices.seen_by(people.actor_for_login("jc.he"), late.now) == []


def test_it_is_listed_verified_and_gone_with_its_paper_when_the_tables_go_back(
    city_db: str,
) -> None:
    """Whoever holds the paper may check it; an older version of the tables has no place for it."""
    letter = to_unit(story())
    page = supervision.letters(people.actor_for_login("wang.clerk"), supervision.LettersWanted())
    assert [one.id for one in page.rows] == [letter.id]
    paper, case = documents.verify(letter.document.verify_code)
    assert (paper.number, case) == (letter.document.number, None)
    assert notices.list_for(people.actor_for_login("chen.leader").person_id or 0).rows
    db.dispose()
    config = db.alembic_config(city_db)
    command.downgrade(config, "0018")
    command.upgrade(config, "head")
    db.configure(city_db)
    assert db.session().scalar(select(func.count(Letter.id))) == 0
    with pytest.raises(NotFoundError):
        documents.verify(paper.verify_code)
