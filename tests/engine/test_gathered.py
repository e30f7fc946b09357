"""Everything a unit of work has changed goes out in one statement, or wholly the mapper's way."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from engine import clock, db, events
from engine.models import (
    Blob,
    CalendarDay,
    Department,
    LoginFailure,
    Notice,
    ParkedForm,
    Person,
    Post,
    Role,
    VersionFile,
)
from engine.permissions import SYSTEM
from forms.text import Text

NOW = clock.now()


@pytest.fixture
def sent(session: Session) -> Iterator[list[str]]:
    """The statements that write, as they are sent."""
    found: list[str] = []

    def keep(*call: Any) -> None:
        if not str(call[2]).lstrip().upper().startswith("SELECT"):
            found.append(str(call[2]))

    event.listen(Engine, "before_cursor_execute", keep)
    yield found
    event.remove(Engine, "before_cursor_execute", keep)


def person(login: str) -> Person:
    """Make a person's row."""
    return Person(login=login, kind="staff", name="王", password_hash="", created_at=NOW)


def department(code: str) -> Department:
    """Make a department's row."""
    return Department(code=code, name_zh="局", name_en="Bureau")


def test_rows_of_several_tables_take_one_statement(session: Session, sent: list[str]) -> None:
    session.add_all(
        [
            person("a.b"),
            department("x"),
            department("y"),
            Role(code="r", name_zh="岗", name_en="post"),
        ]
    )
    session.flush()
    assert len(sent) == 1
    found = session.scalars(select(Department).order_by(Department.code))
    assert [(row.code, row.mark, row.parent_code) for row in found] == [
        ("x", "", None),
        ("y", "", None),
    ]


def test_each_new_row_learns_its_own_number(session: Session) -> None:
    """Also where the database makes the numbers, and for many rows at once."""
    rows = [person(f"person.{number}") for number in range(50)]
    session.add_all(rows)
    session.flush()
    for row in rows:
        assert session.scalar(select(Person.login).where(Person.id == row.id)) == row.login
        assert session.get(Person, row.id) is row


def test_changed_rows_are_written_once_and_only_what_changed(
    session: Session, sent: list[str]
) -> None:
    rows = [department("x"), department("y"), department("z")]
    session.add_all(rows)
    session.flush()
    sent.clear()
    rows[0].mark, rows[1].mark = "一", "二"
    rows[2].name_en = "Bureau"  # what it held before
    session.flush()
    assert len(sent) == 1
    assert "name_en" not in sent[0]
    session.flush()
    assert len(sent) == 1, "nothing was left to be written"
    session.expire_all()
    assert [row.mark for row in rows] == ["一", "二", ""]


def test_inserting_changing_and_deleting_go_together(session: Session, sent: list[str]) -> None:
    failure, unit = LoginFailure(login="a", at=NOW), department("x")
    session.add_all([failure, unit])
    session.flush()
    sent.clear()
    session.delete(failure)
    unit.mark = "新"
    session.add(department("y"))
    session.flush()
    assert len(sent) == 1
    assert session.scalar(select(func.count()).select_from(LoginFailure)) == 0
    assert set(session.scalars(select(Department.mark))) == {"新", ""}


def test_contents_come_back_as_they_went(session: Session) -> None:
    """Instants, texts in two languages, quotes, the smallest and the strangest values."""
    someone = person("o'brien\\x")
    session.add(someone)
    session.flush()
    notice = Notice(
        person_id=someone.id,
        kind="k",
        title_zh="“引号”",
        title_en='"%s" \\x00',
        body_zh="\n\t",
        body_en="𝔘 é",
        created_at=NOW,
    )
    session.add(notice)
    session.flush()
    session.expire_all()
    assert (notice.title_en, notice.body_en, notice.body_zh) == ('"%s" \\x00', "𝔘 é", "\n\t")
    assert notice.created_at == NOW
    assert notice.read_at is None
    assert someone.login == "o'brien\\x"


def test_a_list_of_texts_is_kept_as_lists(session: Session) -> None:
    row = ParkedForm(token_hash="h", path="/", fields=[Text("名", "name"), {"a": 1}], parked_at=NOW)
    session.add(row)
    session.flush()
    session.expire_all()
    assert row.fields == [["名", "name"], {"a": 1}]


@pytest.mark.parametrize("size", [0, 10, 70_000])
def test_bytes_small_and_large_are_kept(session: Session, size: int) -> None:
    """Large contents are left to the mapper."""
    content = bytes(range(256)) * (size // 256 + 1)
    session.add(Blob(sha256="s", size=size, content=content[:size]))
    session.flush()
    session.expire_all()
    assert session.scalar(select(Blob.content)) == content[:size]


def test_rows_tied_by_a_relationship_are_left_to_the_mapper(session: Session) -> None:
    """A person given with posts: their key is known only after the person is written."""
    session.add_all([department("x"), Role(code="r", name_zh="岗", name_en="post")])
    session.flush()
    someone = person("a.b")
    someone.posts = [Post(department_code="x", role_code="r")]
    session.add(someone)
    session.flush()
    assert session.scalar(select(Post.person_id)) == someone.id


def test_an_expression_is_computed_by_the_database(session: Session) -> None:
    unit = department("x")
    session.add(unit)
    session.flush()
    unit.mark = func.upper("abc")
    session.flush()
    assert unit.mark == "ABC"


def test_keys_of_two_columns_are_left_to_the_mapper(session: Session) -> None:
    session.add(CalendarDay(region="CN", day=date(2026, 1, 1), workday=False))
    session.flush()
    session.expire_all()
    assert session.scalar(select(CalendarDay.workday)) is False
    assert VersionFile.__table__.primary_key.columns.keys() == ["version_id", "path"]


def test_a_row_that_is_gone_is_not_changed_in_silence(session: Session) -> None:
    unit = department("x")
    session.add(unit)
    session.flush()
    session.connection().exec_driver_sql("delete from department")
    unit.mark = "新"
    with pytest.raises(StaleDataError, match="department"):
        session.flush()


def test_a_broken_rule_of_the_database_is_told_as_ever(session: Session) -> None:
    session.add(department("x"))
    session.flush()
    session.add(Post(person_id=4711, department_code="x", role_code="none"))
    with pytest.raises(IntegrityError):
        session.flush()


class Broken(Exception):  # noqa: N818 - a signal of the tests
    """Something went wrong in the middle of a unit of work."""


def _add_and_fail(code: str) -> None:
    with db.transaction() as session:
        session.add(department(code))
        session.flush()
        raise Broken


def test_what_is_rolled_back_is_not_there(engine_db: str) -> None:
    """The session forgets the rows with the transaction that wrote them."""
    with pytest.raises(Broken):
        _add_and_fail("x")
    assert db.session().get(Department, "x") is None
    with db.transaction() as session:
        session.add(department("x"))
    assert db.session().get(Department, "x") is not None


def test_a_record_goes_out_with_the_rows_and_is_found_before_that(
    session: Session, sent: list[str]
) -> None:
    """Records are no objects of the mapper; a question still sees those just appended."""
    unit = department("x")
    session.add(unit)
    db.append(LoginFailure, {"login": "a", "at": NOW})
    db.append(LoginFailure, {"login": "b", "at": NOW})
    assert set(session.scalars(select(LoginFailure.login))) == {"a", "b"}
    assert len(sent) == 1
    db.append(LoginFailure, {"login": "c", "at": NOW})
    assert session.scalar(select(func.count()).select_from(LoginFailure)) == 3


def test_records_alone_are_written_and_those_of_failed_work_are_not(engine_db: str) -> None:
    with pytest.raises(Broken):
        _append_and_fail()
    with db.transaction():
        db.append(LoginFailure, {"login": "kept", "at": NOW})
    assert list(db.session().scalars(select(LoginFailure.login))) == ["kept"]


def _append_and_fail() -> None:
    with db.transaction():
        db.append(LoginFailure, {"login": "dropped", "at": NOW})
        raise Broken


def test_an_event_keeps_what_was_told_and_is_whole_whatever_it_tells(engine_db: str) -> None:
    """Moments, nested values and an order of their own; what changes afterwards changes nothing."""
    parts = [{"zeta": 1, "alpha": [None, 1.5, True]}]
    with db.transaction():
        events.record("calendar", "tried", SYSTEM, NOW, parts=parts, at_=NOW, name="江城\u2028")
        parts.append({})
        events.record("calendar", "tried", SYSTEM, NOW)
    assert events.verify("calendar") == []
    last, first = events.recent("calendar", 2)
    assert last.data == {}
    assert first.data["parts"] == parts[:1]
    assert datetime.fromisoformat(first.data["at_"]) == NOW
    assert first.data["name"] == "江城\u2028"
    assert [events.seal(one) for one in (first, last)] == [first.hash, last.hash]


def test_records_beside_what_only_the_mapper_writes(session: Session) -> None:
    session.add(CalendarDay(region="CN", day=date(2026, 1, 1), workday=False))
    db.append(LoginFailure, {"login": "a", "at": NOW})
    session.flush()
    assert session.scalar(select(func.count()).select_from(LoginFailure)) == 1
    assert session.scalar(select(func.count()).select_from(CalendarDay)) == 1
