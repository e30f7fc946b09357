"""The inbox by marks: the same tasks in the same order as one long list, in pages of any size."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from engine import db, paging, tasks
from engine.errors import InvalidError
from engine.models import Case
from engine.permissions import Actor
from engine.tasks import Query, Task
from tools.bench import crowd
from tools.stories import Story

POSTS = frozenset({("dep1", "role1"), ("dep1", "role2"), ("dep3", "role5")})
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture
def reader(city_db: str) -> Actor:
    """Somebody with three posts in a city of a few hundred open tasks."""
    Story("individual-business").apply()
    crowd.fill(city_db, 200)
    db.session().rollback()
    return Actor("staff", crowd.staff(city_db)[0], "职员", POSTS)


def walked(actor: Actor, query: Query) -> list[str]:
    """Turn all pages to the end, and back; both ways must show the same."""
    forth, at = [], query
    while True:
        page = tasks.inbox(actor, at)
        forth.append([task.id for task in page.rows])
        if page.next is None:
            break
        at = replace(query, at=page.next)
    back, turned = [forth[-1]], page
    while turned.previous is not None:
        turned = tasks.inbox(actor, replace(query, at=turned.previous))
        back.insert(0, [task.id for task in turned.rows])
    assert back == forth
    return [one for page_rows in forth for one in page_rows]


def open_tasks() -> list[Task]:
    return list(db.session().scalars(select(Task).where(Task.state == "open").join(Task.case)))


def by_due(task: Task) -> Any:
    return task.due_at or NEVER, task.created_at, task.id


@pytest.mark.parametrize("narrow", [{}, {"item": "restaurant-opening"}, {"element": "decide"}])
@pytest.mark.parametrize("sort", ["due", "newest", "oldest", "item"])
def test_all_pages_together_are_the_whole_list_in_its_order(
    reader: Actor, sort: str, narrow: dict[str, str]
) -> None:
    query = Query("department", sort=sort, per_page=4, **narrow)  # type: ignore[arg-type]
    mine = [t for t in open_tasks() if (t.department_code, t.role) in POSTS]
    mine = [
        t
        for t in mine
        if all(getattr(t, "item_code" if k == "item" else k) == v for k, v in narrow.items())
    ]
    keys: dict[str, Any] = {
        "due": by_due,
        "oldest": lambda t: (t.created_at, t.id),
        "newest": lambda t: (t.created_at, t.id),
        "item": lambda t: (t.item_code, *by_due(t)),
    }
    expected = [t.id for t in sorted(mine, key=keys[sort], reverse=sort == "newest")]
    assert expected
    assert walked(reader, query) == expected
    assert tasks.total(reader, query).number == len(expected)


@pytest.mark.parametrize("words", ["餐厅", "BENCH0000", "江城", "超", "餐厅10", "没有的", "%", "_"])
def test_words_find_what_holds_them(reader: Actor, words: str) -> None:
    query = Query("department", text=words, per_page=5)
    expected = {
        t.id
        for t in open_tasks()
        if (t.department_code, t.role) in POSTS
        and words.lower() in f"{t.case.number}\n{t.case.subject}\n{t.case.applicant_name}".lower()
    }
    assert set(walked(reader, query)) == expected
    assert tasks.total(reader, query).number == len(expected)


def test_what_one_did_or_signed_is_done_the_latest_first(reader: Actor) -> None:
    other = select(Task).where(Task.state == "completed", Task.completed_by != reader.person_id)
    signed = db.session().scalars(other.limit(3)).all()
    insert = text(
        "INSERT INTO signature (task_id, person_id, content_hash, signed_at)"
        " VALUES (:task, :person, '', now())"
    )
    with db.transaction() as session:
        for task in signed:
            session.execute(insert, {"task": task.id, "person": reader.person_id})
    mine = select(Task).where(Task.completed_by == reader.person_id)
    expected = [*signed, *db.session().scalars(mine)]
    expected.sort(key=lambda t: (t.completed_at, t.id), reverse=True)
    assert walked(reader, Query("done", per_page=2)) == [t.id for t in expected]


def test_counting_stops_where_nobody_reads_on(
    reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = len(walked(reader, Query("department")))
    assert str(tasks.counts(reader).department) == str(number)
    monkeypatch.setattr(paging, "COUNTED", 10)
    assert str(tasks.counts(reader).department) == "10+"
    assert tasks.counts(replace(reader, posts=frozenset())).department.number == 0


def test_a_page_whose_tasks_were_all_done_meanwhile_gives_way_to_the_first(reader: Actor) -> None:
    query = Query("department", sort="oldest", per_page=5)
    mark = tasks.inbox(reader, query).next
    assert mark is not None
    beyond = replace(query, at=mark)
    gone = {task.id for task in tasks.inbox(reader, replace(beyond, per_page=1000)).rows}
    with db.transaction() as session:
        done = text("UPDATE task SET state = 'completed' WHERE id = ANY(:ids)")
        session.execute(done, {"ids": list(gone)})
    first = [task.id for task in tasks.inbox(reader, query).rows]
    assert [task.id for task in tasks.inbox(reader, beyond).rows] == first


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"[1, 2, 3]", b'["x", "y", "z"]', b"\xff", b"null"]
)
def test_a_mark_of_another_list_or_made_up_is_refused(reader: Actor, content: bytes) -> None:
    for way in ("a", "b", "c"):
        at = way + base64.urlsafe_b64encode(content).decode()
        with pytest.raises(InvalidError):
            tasks.inbox(reader, Query("department", at=at))
    newest = tasks.inbox(reader, Query("department", sort="newest")).next
    with pytest.raises(InvalidError):
        tasks.inbox(reader, Query("department", sort="due", at=newest or ""))


def test_the_items_to_choose_are_those_of_the_open_tasks(reader: Actor) -> None:
    codes = [code for code, _, _ in tasks.filter_choices(reader)]
    mine = (t for t in open_tasks() if (t.department_code, t.role) in POSTS)
    assert codes == sorted({t.item_code for t in mine})
    assert tasks.filter_choices(replace(reader, posts=frozenset(), person_id=-1)) == []


def test_a_case_is_found_by_its_words_after_they_changed(reader: Actor) -> None:
    with db.transaction() as session:
        case = session.scalars(select(Case).where(Case.number == "BENCH000000007")).one()
        case.subject = "长江书店"
    page = tasks.total(
        replace(
            reader,
            posts=frozenset((f"dep{d}", f"role{r}") for d in range(1, 9) for r in range(1, 6)),
        ),
        Query("department", text="书店"),
    )
    assert page.number == crowd.OPEN_TASKS
