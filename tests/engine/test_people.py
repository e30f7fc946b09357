"""Logins, tokens and pages kept for people whose login had expired."""

from datetime import timedelta

import pytest

from engine import clock, db, events, people
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.people import Applicant
from forms.examples import make_id_number

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
NOW = clock.now()


def applicant(**changes: str) -> Applicant:
    """A person who registers with everything right, but for the changes."""
    facts = {
        "login": "wu.qi",
        "password": "correct horse",
        "name": "吴琪",
        "id_number": make_id_number(),
        "phone": "13800000009",
        "email": "wu.qi@example.com",
    }
    return Applicant(**{**facts, **changes})


def test_who_registers_can_log_in_and_is_an_applicant_without_posts() -> None:
    """Registration leaves an event."""
    with db.transaction():
        people.register_applicant(applicant(), now=NOW)
    actor = people.authenticate("WU.QI", "correct horse", now=NOW)
    assert (actor.kind, actor.name, actor.posts) == ("applicant", "吴琪", frozenset())
    assert events.recent(people.STREAM)[0].type == "applicant-registered"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", "a"),
        ("login", "名字"),
        ("password", "short"),
        ("name", " "),
        ("id_number", "420102199003071231"),
        ("id_number", ""),
        ("phone", "12345"),
        ("email", "nobody"),
    ],
)
def test_each_wrong_field_of_a_registration_is_named(field: str, value: str) -> None:
    """Nothing is stored, and the message stands at the field."""
    with pytest.raises(InvalidError) as refusal, db.transaction():
        people.register_applicant(applicant(**{field: value}), now=NOW)
    assert set(refusal.value.fields) == {field}


def test_a_taken_login_name_is_a_conflict_at_its_field() -> None:
    """The one who came first keeps it."""
    with pytest.raises(ConflictError) as refusal, db.transaction():
        people.register_applicant(applicant(login="zhang.san"), now=NOW)
    assert set(refusal.value.fields) == {"login"}


def test_after_five_failures_even_the_right_password_waits() -> None:
    """Guessing is slowed down on any number of machines, and ends by itself."""
    for _ in range(people.FAILURES_ALLOWED):
        with pytest.raises(InvalidError):
            people.authenticate("zhang.san", "wrong", now=NOW)
    with pytest.raises(ForbiddenError):
        people.authenticate("zhang.san", "lianban-demo", now=NOW)
    later = NOW + people.FAILURE_WINDOW + timedelta(seconds=1)
    assert people.authenticate("zhang.san", "lianban-demo", now=later).name == "张三"


def test_a_token_works_until_it_expires_or_is_revoked() -> None:
    """Only its hash is kept."""
    actor = people.actor_for_login("wang.clerk")
    with db.transaction():
        token = people.issue_token(actor, now=NOW)
    assert people.actor_for_token(token, now=NOW) == actor
    assert people.actor_for_token(token, now=NOW + people.TOKEN_LIFE) is None
    assert people.actor_for_token(token + "x", now=NOW) is None
    with db.transaction():
        people.revoke_token(token, actor=actor, now=NOW)
    assert people.actor_for_token(token, now=NOW) is None


def test_a_parked_page_comes_back_once() -> None:
    """What was typed is given back to whoever holds the secret, once, within twelve hours."""
    with db.transaction():
        secret = people.park_form("/tasks/1", [("opinion", "同意"), ("x", "1")], now=NOW)
        late = people.park_form("/tasks/2", [], now=NOW)
    with db.transaction():
        found = people.take_parked(secret, now=NOW)
        assert found == ("/tasks/1", [("opinion", "同意"), ("x", "1")])
    with db.transaction():
        assert people.take_parked(secret, now=NOW) is None
        assert people.take_parked(late, now=NOW + people.PARKED_LIFE * 2) is None
