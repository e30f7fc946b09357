"""Everything that is done about programs, and by them, leaves an event; none is missing here."""

import inspect
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from engine import db, people, programs
from engine.models import Event
from tests.engine.programs.scenes import MINUTE, TOPIC, caught, fetch, program
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
READING = {"accounts", "topics"}


def events_now() -> int:
    """How many events there are in all streams."""
    db.write()
    return db.session().scalar(select(func.count(Event.id))) or 0


def test_every_act_leaves_an_event_in_its_transaction() -> None:
    """One after the other on one task: each act of the package, by its name."""
    caught()
    Story("individual-business").apply(number=2)
    tax, admin = program(), people.actor_for_login("admin")
    number = tax.person_id or 0
    task, second = [job.task.id for job in fetch(tax)]
    error = programs.Thrown("REJECTED")
    acts: dict[str, Callable[[], object]] = {
        "add": lambda: programs.add("b.office", "别的系统", ["b"], actor=admin, now=db.now()),
        "allow": lambda: programs.allow(number, [TOPIC], actor=admin, now=db.now()),
        "issue_token": lambda: programs.issue_token(number, actor=admin, now=db.now()),
        "extend": lambda: programs.extend(task, "w1", MINUTE, actor=tax, now=db.now()),
        "unlock": lambda: programs.unlock(task, actor=tax, now=db.now()),
        "lock": lambda: programs.lock(task, "w1", MINUTE, actor=tax, now=db.now()),
        "fail": lambda: programs.fail(
            task, "w1", programs.Report(retries=1), actor=tax, now=db.now()
        ),
        "fetch": lambda: programs.fetch(
            [programs.Wanted(TOPIC, MINUTE)], "w1", 1, actor=tax, now=db.now()
        ),
        "complete": lambda: programs.complete(task, "w1", {}, actor=tax, now=db.now()),
        "throw": lambda: programs.throw(second, "w1", error, actor=tax, now=db.now()),
        "close": lambda: programs.close(number, actor=admin, now=db.now()),
    }
    for name, act in acts.items():
        before = events_now()
        with db.transaction():
            act()
            assert events_now() > before, f"{name} changed something without an event"
    found = {
        name
        for name, function in inspect.getmembers(programs, inspect.isfunction)
        if {"actor", "now"} <= set(inspect.signature(function).parameters)
    }
    assert found - acts.keys() - READING == set()
