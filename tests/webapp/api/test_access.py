"""Who gets in, and that nobody gets at the things of others."""

from datetime import timedelta

import pytest
from flask import Flask

from engine import clock, people
from tests.webapp.api.program import Program
from tools import city, samples

SHOP = "individual-business"


def test_a_wrong_password_gets_no_token(city_app: Flask) -> None:
    body = Program(city_app).refused(
        422, "POST", "/token", json={"login": "zhang.san", "password": "wrong"}
    )
    assert "login" in body["fields"]


def test_guessing_passwords_is_stopped(city_app: Flask) -> None:
    """After five failures even the right password has to wait."""
    program = Program(city_app)
    for _ in range(people.FAILURES_ALLOWED):
        program.ask("POST", "/token", json={"login": "li.si", "password": "guess"})
    right = {"login": "li.si", "password": city.PASSWORD}
    program.refused(429, "POST", "/token", json=right)


def test_without_a_token_the_answer_says_how_to_prove_oneself(city_app: Flask) -> None:
    answer = Program(city_app).ask("GET", "/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_login_of_the_pages_is_no_token(city_app: Flask) -> None:
    """A cookie must not work here: other sites could use it."""
    client = city_app.test_client()
    client.post("/login", data={"login": "zhang.san", "password": city.PASSWORD})
    assert client.get("/api/v1/me").status_code == 401


def test_a_program_needs_no_form_token_and_may_run_anywhere(city_app: Flask) -> None:
    """The check against forged forms is for cookies; a bearer token cannot be borrowed."""
    city_app.config["WTF_CSRF_ENABLED"] = True
    program = Program(city_app, "zhang.san")
    program.headers |= {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert program.ok("POST", "/drafts", json={"item": SHOP})["case"] is None


def test_a_token_says_who_and_which_posts(city_app: Flask) -> None:
    me = Program(city_app, "cg.wu").ok("GET", "/me")
    assert me["kind"] == "staff"
    assert [p["role"]["code"] for p in me["posts"]] == ["examiner", "inspector"]


def test_a_revoked_token_is_dead(city_app: Flask) -> None:
    program = Program(city_app, "zhang.san")
    assert program.ask("DELETE", "/token").status_code == 204
    program.refused(401, "GET", "/me")


def test_a_token_ends_after_its_life(city_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(city_app, "zhang.san")
    later = clock.now() + people.TOKEN_LIFE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    program.refused(401, "GET", "/me")


def test_things_of_others_are_as_if_they_were_not_there(city_app: Flask) -> None:
    owner, other = Program(city_app, "zhang.san"), Program(city_app, "li.si")
    draft = owner.ok("POST", "/drafts", json={"item": SHOP})["id"]
    material = owner.upload(
        f"/drafts/{draft}/materials", "premises-document", "a.pdf", samples.pdf_file()
    ).get_json()["id"]
    number = owner.apply(SHOP)
    document = owner.ok("GET", f"/cases/{number}")["documents"][0]["id"]
    task = Program(city_app, "wang.clerk").task(number, "accept")["id"]
    for method, path in (
        ("GET", f"/drafts/{draft}"),
        ("DELETE", f"/drafts/{draft}"),
        ("POST", f"/drafts/{draft}/submission"),
        ("GET", f"/materials/{material}/content"),
        ("DELETE", f"/materials/{material}"),
        ("GET", f"/cases/{number}"),
        ("GET", f"/cases/{number}/history"),
        ("GET", f"/cases/{number}/documents/{document}.pdf"),
        ("GET", f"/tasks/{task}"),
    ):
        other.refused(404, method, path)
    sent = {"outcome": "accept"}
    other.refused(403, "POST", f"/tasks/{task}/completion", json=sent)
    Program(city_app, "cg.wu").refused(404, "GET", f"/cases/{number}")
    assert owner.ok("GET", f"/drafts/{draft}")["materials"][0]["id"] == material


def test_staff_do_not_apply_and_foreign_posts_do_not_decide(city_app: Flask) -> None:
    clerk = Program(city_app, "wang.clerk")
    clerk.refused(403, "POST", "/drafts", json={"item": SHOP})
    number = Program(city_app, "zhang.san").apply(SHOP)
    task = clerk.task(number, "accept")["id"]
    body = {"outcome": "accept"}
    Program(city_app, "qian.head").refused(403, "POST", f"/tasks/{task}/completion", json=body)


def test_staff_find_the_cases_of_their_departments_only(city_app: Flask) -> None:
    number = Program(city_app, "zhang.san").apply(SHOP)
    found = Program(city_app, "qian.head").ok("GET", f"/cases?q={number}")
    assert [row["number"] for row in found["rows"]] == [number]
    assert Program(city_app, "cg.wu").ok("GET", "/cases")["total"] == 0
    assert Program(city_app, "zhang.san").ok("GET", "/cases")["total"] == 1
