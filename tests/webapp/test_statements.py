"""How much a completion asks of the database: few statements, one commit, however it comes in."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.webapp import staff
from tests.webapp.api.program import Program, filled

MOST = 7
WALKS = {
    staff.SHOP: [
        ("wang.clerk", "accept", "accept"),
        ("feng.registrar", "decide", "grant"),
        ("wang.clerk", "deliver_licence", "delivered"),
    ],
    staff.RESTAURANT: [
        ("wang.clerk", "accept", "accept"),
        ("cg.wu", "part_opinion", "agree"),
    ],
    staff.MEDICAL: [
        ("wang.clerk", "accept", "accept"),
        ("zhao.examiner", "review", "pass"),
        ("sun.inspector", "site_check", "pass"),
    ],
}


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect every statement and every commit that goes to a database."""
    sent: list[str] = []

    def executed(*call: Any) -> None:
        sent.append(str(call[2]))

    def committed(_connection: Any) -> None:
        sent.append("COMMIT")

    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Engine, "commit", committed)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", executed)
        event.remove(Engine, "commit", committed)


def check(sent: list[str], at: str) -> None:
    """At most one statement fewer than the eight that are allowed, and exactly one commit."""
    commits = sent.count("COMMIT")
    statements = [one for one in sent if one != "COMMIT"]
    assert commits == 1, at
    assert len(statements) <= MOST, at + "\n" + "\n".join(one[:150] for one in statements)


@pytest.mark.parametrize("item", sorted(WALKS))
@pytest.mark.parametrize("mail", [False, True], ids=["no mail", "mail"])
def test_a_completion_by_a_program_takes_few_statements(
    app: Flask, item: str, mail: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Token, lock with reading, numbers, rows, the queue's job: all of it."""
    number = Program(app, "zhang.san").apply(item)
    if mail:
        monkeypatch.setenv("LIANBAN_MAIL_URL", "smtp://localhost:1")
    for login, element, outcome in WALKS[item]:
        program = Program(app, login)
        task = program.task(number, element)
        body = {"outcome": outcome, "answers": filled(task["form"]), "opinion": "情况属实"}
        with counted() as sent:
            program.ok("POST", f"/tasks/{task['id']}/completion", json=body)
        check(sent, element)


@pytest.mark.parametrize("item", sorted(WALKS))
def test_a_completion_on_the_page_takes_few_statements(
    app: Flask, visit: Callable[..., Any], item: str
) -> None:
    """Login, page token, the confirmed form, and where to go next: all of it."""
    number = staff.new_case(app, item)
    for login, element, outcome in WALKS[item]:
        person = visit(login)
        task_id = staff.open_task(app, number, "cgj" if login == "cg.wu" else None)
        given = staff.filled(
            app, task_id, login, outcome=outcome, opinion="情况属实", confirmed="1"
        )
        given["csrf_token"] = person.token()
        with counted() as sent:
            answer = person.post(f"/tasks/{task_id}/complete", given)
        assert answer.status_code == 303, staff.shown(answer.text)
        check(sent, element)


def test_a_completion_leaves_nothing_for_the_collector(app: Flask) -> None:
    """Neither session nor case stay in a circle; they are gone, with all they hold, at once."""
    number = Program(app, "zhang.san").apply(staff.SHOP)
    program = Program(app, "wang.clerk")
    task = program.task(number, "accept")
    body = {"outcome": "accept", "answers": filled(task["form"]), "opinion": "情况属实"}
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        program.ok("POST", f"/tasks/{task['id']}/completion", json=body)
        gc.collect()
        left = {type(one).__qualname__ for one in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not left & {"Session", "SessionTransaction", "Connection", "Machine", "World", "Item"}
