"""Lists of cases and notices turn by marks: each row once, forth and back, whatever comes in."""

import pytest

from engine import cases, clock, db, notices, people
from engine.errors import InvalidError
from engine.models import Case, Notice
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
WHO = "zhang.san"


def many_cases(number: int) -> list[int]:
    """Cases of one applicant, some received at the same instant; their ids, latest first."""
    story = Story("individual-business").apply()
    with db.transaction() as session:
        first = session.get_one(Case, story.case_id)
        columns = {c.name: getattr(first, c.name) for c in Case.__table__.columns}
        for one in range(1, number):
            given = {**columns, "id": None, "number": f"LB{one:08}"}
            del given["id"]
            session.add(Case(**given))
    return sorted((case_id for (case_id,) in db.session().query(Case.id)), reverse=True)


def test_each_case_stands_on_one_page_forth_and_back() -> None:
    """Also those received at the same instant; at both ends nothing more is offered."""
    ids = many_cases(7)
    actor = people.actor_for_login(WHO)
    pages = [cases.my_cases(actor, per_page=3)]
    while pages[-1].next is not None:
        pages.append(cases.my_cases(actor, at=pages[-1].next, per_page=3))
    assert [[row.id for row in page.rows] for page in pages] == [ids[:3], ids[3:6], ids[6:]]
    assert (pages[0].previous, pages[0].total, pages[0].more) == (None, 7, False)
    back = cases.my_cases(actor, at=pages[2].previous or "", per_page=3)
    assert [row.id for row in back.rows] == ids[3:6]
    staff = people.actor_for_login("wang.clerk")
    found = cases.search(staff, per_page=4)
    rest = cases.search(staff, at=found.next or "", per_page=4)
    assert [row.id for row in (*found.rows, *rest.rows)] == ids


def test_notices_turn_the_same_way() -> None:
    """Newest first."""
    person = people.actor_for_login(WHO).person_id or 0
    now = clock.now()
    with db.transaction() as session:
        for one in range(5):
            text = {"title_zh": f"{one}", "title_en": "", "body_zh": "", "body_en": ""}
            session.add(Notice(person_id=person, kind="test", path="", created_at=now, **text))
    first = notices.list_for(person, per_page=3)
    last = notices.list_for(person, at=first.next or "", per_page=3)
    assert [row.title_zh for row in (*first.rows, *last.rows)] == list("43210")
    assert (last.next, first.previous) == (None, None)
    again = notices.list_for(person, at=last.previous or "", per_page=3)
    assert [row.title_zh for row in again.rows] == list("432")


@pytest.mark.parametrize(
    "mark",
    [
        "x",
        "a!!",
        "aWzFd",
        "aWyJ4IiwgMV0=",
        "aWyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgOTk5OTk5OTk5OTk5OTk5XQ==",
    ],
)
def test_what_is_no_mark_is_refused(mark: str) -> None:
    """Also one with a number no row can have."""
    with pytest.raises(InvalidError):
        cases.my_cases(people.actor_for_login(WHO), at=mark)
