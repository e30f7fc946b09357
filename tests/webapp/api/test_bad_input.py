"""Bad input gets a clear answer at the right place and changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from tests.webapp.api.program import Program
from tools import samples

SHOP = "individual-business"
LOGIN = "/token"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"login": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"login": "a\\u0000", "password": "b"}', "application/json", 422),
        (b'{"login": "\\ud800", "password": "b"}', "application/json", 422),
        (b'{"login": 1, "password": []}', "application/json", 422),
        (b'{"login": "a", "password": "b", "more": 1e999}', "application/json", 422),
        (b"login=a&password=b", "application/x-www-form-urlencoded", 415),
        (b'{"login": "a"}', "text/plain", 415),
        (b" " * 1_100_000, "application/json", 413),
    ],
)
def test_a_bad_body_is_refused(city_app: Flask, body: bytes, kind: str, status: int) -> None:
    Program(city_app).refused(status, "POST", LOGIN, data=body, content_type=kind)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/items?page=0", 422),
        ("/items?page=999999999999999999999", 422),
        ("/items?q=%00", 422),
        ("/tasks?scope=all", 422),
        ("/tasks?sort=%ff", 422),
        ("/cases?per_page=101", 422),
        ("/cases/%00", 404),
        ("/tasks/%00", 404),
        ("/drafts/none", 404),
        ("/items/none", 404),
        ("/verify/none", 404),
        ("/materials/99999999999999999999/content", 404),
        ("/materials/2147483647/content", 404),
        ("/nothing/here", 404),
    ],
)
def test_a_bad_address_is_refused(city_app: Flask, path: str, status: int) -> None:
    Program(city_app, "wang.clerk").refused(status, "GET", path)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE"])
def test_a_method_that_is_not_there_names_those_that_are(city_app: Flask, method: str) -> None:
    answer = Program(city_app).ask(method, "/items")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_errors_come_in_the_language_asked_for(city_app: Flask) -> None:
    chinese = Program(city_app).refused(422, "POST", LOGIN, json={})
    english = Program(city_app, language="en-GB, zh;q=0.5").refused(422, "POST", LOGIN, json={})
    assert chinese["fields"]["login"] == "缺少这一项。"
    assert english["fields"]["login"] == "Missing data for required field."


def test_wrong_answers_are_kept_and_named(city_app: Flask) -> None:
    """A draft may hold what is wrong; submitting it may not."""
    program = Program(city_app, "zhang.san")
    draft = program.ok("POST", "/drafts", json={"item": SHOP})["id"]
    bad: dict[str, Any] = {"operator_id": "110101190001010000", "employees": {"deep": [1]}}
    kept = program.ok("PATCH", f"/drafts/{draft}", json={"answers": bad})
    assert {"operator_id", "employees"} <= set(kept["missing"]["answers"])
    unknown = program.refused(422, "PATCH", f"/drafts/{draft}", json={"answers": {"who": 1}})
    assert list(unknown["fields"]) == ["answers.who"]
    refused = program.refused(422, "POST", f"/drafts/{draft}/submission")
    assert {"operator_id", "premises-document"} <= set(refused["fields"])


def test_a_forged_file_is_refused_by_its_content(city_app: Flask) -> None:
    program = Program(city_app, "zhang.san")
    draft = program.ok("POST", "/drafts", json={"item": SHOP})["id"]
    address = f"/drafts/{draft}/materials"
    page = program.upload(address, "premises-document", "a.pdf", b"<html><script>1</script>")
    assert page.status_code == 422
    assert "premises-document" in page.get_json()["fields"]
    large = samples.pdf_file() + b"0" * 21_000_000
    assert program.upload(address, "premises-document", "a.pdf", large).status_code == 422
    assert program.upload(address, "nothing", "a.pdf", samples.pdf_file()).status_code == 404
    program.refused(415, "POST", address, json={"code": "premises-document"})
    words = {"code": "premises-document", "file": "text"}
    program.refused(422, "POST", address, data=words, content_type="multipart/form-data")
    assert program.ok("GET", f"/drafts/{draft}")["materials"] == []


def test_an_upload_beyond_all_bounds_is_refused_unread(city_app: Flask) -> None:
    program = Program(city_app, "zhang.san")
    draft = program.ok("POST", "/drafts", json={"item": SHOP})["id"]
    city_app.config["MAX_CONTENT_LENGTH"] = 10_000
    sent = program.upload(f"/drafts/{draft}/materials", "premises-document", "a.pdf", b"0" * 20_000)
    assert sent.status_code == 413
    assert sent.get_json()["code"] == "too-large"


def test_submitting_twice_gives_the_same_case_and_closes_the_draft(city_app: Flask) -> None:
    program = Program(city_app, "zhang.san")
    number = program.apply(SHOP)
    draft = program.ok("POST", "/drafts", json={"item": SHOP})["id"]
    assert program.ok("GET", "/drafts")["rows"][0]["id"] == draft
    answers = {"answers": samples.individual_business(2)}
    program.ok("PATCH", f"/drafts/{draft}", json=answers)
    file = samples.pdf_file()
    program.upload(f"/drafts/{draft}/materials", "premises-document", "a.pdf", file)
    with ThreadPoolExecutor(4) as pool:
        sent = list(
            pool.map(lambda _: program.ask("POST", f"/drafts/{draft}/submission"), range(4))
        )
    assert sorted(answer.status_code for answer in sent) == [200, 200, 200, 201]
    numbers = {answer.get_json()["number"] for answer in sent}
    assert len(numbers) == 1
    assert number not in numbers
    assert program.ok("GET", f"/drafts/{draft}")["case"] in numbers
    program.refused(409, "PATCH", f"/drafts/{draft}", json=answers)
    program.refused(409, "DELETE", f"/drafts/{draft}")


def test_completing_twice_is_a_conflict_and_changes_nothing(city_app: Flask) -> None:
    number = Program(city_app, "zhang.san").apply(SHOP)
    clerk, other = Program(city_app, "wang.clerk"), Program(city_app, "li.clerk")
    task = clerk.do(number, "accept", "accept")["task"]["id"]
    before = clerk.ok("GET", f"/cases/{number}/history")
    body = other.refused(409, "POST", f"/tasks/{task}/completion", json={"outcome": "accept"})
    assert body["code"] == "conflict"
    assert clerk.ok("GET", f"/cases/{number}/history") == before


def test_an_outcome_without_its_reasons_names_the_fields(city_app: Flask) -> None:
    number = Program(city_app, "zhang.san").apply(SHOP)
    clerk = Program(city_app, "wang.clerk")
    task = clerk.task(number, "accept")["id"]
    body = clerk.refused(
        422, "POST", f"/tasks/{task}/completion", json={"outcome": "not-competent"}
    )
    assert {"opinion", "agency"} <= set(body["fields"])
    assert clerk.refused(422, "POST", f"/tasks/{task}/completion", json={"outcome": "no"})


def test_materials_are_closed_while_nothing_is_asked(city_app: Flask) -> None:
    program = Program(city_app, "zhang.san")
    number = program.apply(SHOP)
    address, file = f"/cases/{number}/materials", samples.pdf_file()
    assert program.upload(address, "premises-document", "a.pdf", file).status_code == 409
    material = program.ok("GET", f"/cases/{number}")["materials"][0]["id"]
    program.refused(409, "DELETE", f"/materials/{material}")
    content = program.ask("GET", f"/materials/{material}/content")
    assert content.data.startswith(b"%PDF-")
    assert content.headers["Content-Disposition"].startswith("attachment")
