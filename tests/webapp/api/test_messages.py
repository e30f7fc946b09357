"""Sending messages and signals to cases from a program."""

from flask import Flask

from tests.engine.bpmn.diagrams import chain, end, node, start, user
from tests.engine.wide import case_of
from tests.webapp.api.program import Program
from tools import worker

DECLARED = '<bpmn:message id="m" name="Called"/>'
CATCH = node("intermediateCatchEvent", "wait", '<bpmn:messageEventDefinition messageRef="m"/>')
PIECES = (start("s"), CATCH, user("a"), end("e"), chain("s", "wait", "a", "e"))


def test_a_program_sends_a_message_and_the_case_goes_on(city_app: Flask) -> None:
    """The answer says how many wait; the worker delivers."""
    with city_app.app_context():
        number = case_of(*PIECES, beside=DECLARED).case.number
    admin = Program(city_app, "admin")
    posted = admin.ok("POST", "/messages", json={"name": "Called", "data": {"x": 1}})
    assert posted["receivers"] == 1
    assert (posted["message"]["state"], posted["message"]["fault"]) == ("waiting", None)
    with city_app.app_context():
        assert worker.deliver_next_message()
    shown = Program(city_app, "zhao.examiner").ok("GET", f"/cases/{number}")
    assert [task["element"] for task in shown["tasks"]] == ["a"]
    delivered = admin.ok("GET", "/messages?state=delivered")["rows"]
    assert [row["id"] for row in delivered] == [posted["message"]["id"]]


def test_a_signal_nobody_waits_for_is_sent_to_nobody(city_app: Flask) -> None:
    """It is heard by those that wait now."""
    program = Program(city_app, "admin")
    sent = program.ok("POST", "/messages", json={"kind": "signal", "name": "Stop"})
    assert sent == {"receivers": 0, "message": None}


def test_an_undelivered_message_is_given_up_or_sent_again(city_app: Flask) -> None:
    """By its number; what is done is done."""
    program = Program(city_app, "admin")
    message = program.ok("POST", "/messages", json={"name": "Called"})["message"]
    assert program.ok("GET", "/messages")["rows"] == []
    path = f"/messages/{message['id']}"
    assert program.ok("POST", f"{path}/resending", json={})["state"] == "waiting"
    program.refused(404, "POST", f"{path}/resending", json={"case": "0000"})
    assert program.ok("POST", f"{path}/discarding")["state"] == "discarded"
    program.refused(409, "POST", f"{path}/discarding")
    program.refused(404, "POST", "/messages/999/discarding")


def test_several_waiting_cases_are_a_conflict(city_app: Flask) -> None:
    """And the answer names them."""
    with city_app.app_context():
        one = case_of(*PIECES, beside=DECLARED)
        numbers = {one.case.number, one.apply().case.number}
    body = Program(city_app, "admin").refused(409, "POST", "/messages", json={"name": "Called"})
    assert all(number in body["message"] for number in numbers)


def test_bad_messages_are_refused_field_by_field(city_app: Flask) -> None:
    """Whoever sends them."""
    program = Program(city_app, "admin")
    for sent, wrong in (
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "kind": "shout"}, "kind"),
        ({"name": "x", "correlation": [1]}, "correlation"),
        ({"name": "x", "data": [1]}, "data"),
        ({"name": "x", "data": {"lead": "y"}}, "data"),
        ({"name": "x", "unheard": 1}, "unheard"),
    ):
        assert wrong in program.refused(422, "POST", "/messages", json=sent)["fields"]
    program.refused(404, "POST", "/messages", json={"name": "x", "case": "0000"})
    program.refused(422, "GET", "/messages?state=lost")


def test_only_administrators_send(city_app: Flask) -> None:
    """A clerk is refused, and so is whoever has no token."""
    program = Program(city_app, "wang.clerk")
    program.refused(403, "POST", "/messages", json={"name": "Called"})
    program.refused(403, "GET", "/messages")
    assert Program(city_app).ask("GET", "/messages").status_code == 401
