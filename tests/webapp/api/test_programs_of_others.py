"""Accounts of programs outside from a program: opened, changed and closed by administrators."""

from typing import Any

from flask import Flask

from engine import db, people
from tests.engine.programs.scenes import TOPIC, asked
from tests.webapp.api.program import Program


def test_an_administrator_opens_changes_and_closes_the_account_of_a_program(
    city_app: Flask,
) -> None:
    """The token is answered once; what is wrong is named by field; others are refused."""
    with city_app.app_context():
        asked()
    admin, clerk = Program(city_app, "admin"), Program(city_app, "wang.clerk")
    given: dict[str, Any] = {"login": "tax.office", "name": "税务局系统", "topics": [TOPIC]}
    clerk.refused(403, "GET", "/programs")
    clerk.refused(403, "POST", "/programs", json=given)
    assert (
        "login" in admin.refused(422, "POST", "/programs", json={**given, "login": "x"})["fields"]
    )
    wrong = {**given, "topics": ["a b"]}
    assert "topics" in admin.refused(422, "POST", "/programs", json=wrong)["fields"]
    made = admin.ok("POST", "/programs", json=given)
    admin.refused(409, "POST", "/programs", json=given)
    listed = admin.ok("GET", "/programs")
    assert [(row["login"], row["topics"]) for row in listed["programs"]] == [
        ("tax.office", [TOPIC])
    ]
    assert [(row["waiting"], row["programs"]) for row in listed["topics"]] == [(1, ["税务局系统"])]
    one = f"/programs/{made['id']}"
    assert admin.ok("PUT", f"{one}/topics", json={"topics": ["b", "a"]})["topics"] == ["a", "b"]
    assert "topics" in admin.refused(422, "PUT", f"{one}/topics", json={"topics": []})["fields"]
    again = admin.ok("POST", f"{one}/token")
    assert admin.ok("POST", f"{one}/closing")["active"] is False
    admin.refused(409, "POST", f"{one}/closing")
    admin.refused(404, "POST", "/programs/1/token")
    with city_app.app_context():
        tokens = (made["token"], again["token"])
        assert [people.actor_for_token(token, now=db.now()) for token in tokens] == [None, None]
