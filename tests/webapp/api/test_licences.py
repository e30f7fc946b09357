"""Licences over the interface for programs: finding, applying, ending, checking a paper."""

from datetime import date
from typing import Any

from flask import Flask

from engine import clock
from engine.clock import civil_date
from tests.engine.licences import scenes
from tests.webapp.api.program import Program
from tools.stories import Story

REASON = "经查，发证时不符合法定条件。"


def made(app: Flask) -> Any:
    """A licence of I2 of zhang.san."""
    with app.app_context():
        return scenes.of(scenes.through(Story(scenes.MEDICAL).apply()))


def test_a_licence_is_found_shown_and_applied_on_by_its_holder(city_app: Flask) -> None:
    """With window and offers; too early for a renewal, in time for a change."""
    licence = made(city_app)
    holder, other = Program(city_app, "zhang.san"), Program(city_app, "li.si")
    (row,) = holder.ok("GET", "/licences")["rows"]
    assert (row["number"], row["state"]) == (licence.number, "valid")
    found = holder.ok("GET", f"/licences/{licence.id}")
    assert found["renewal"]["silence"] == "renewed"
    assert found["renewal"]["opens_on"] < found["renewal"]["until_on"] < found["valid_to"]
    assert {offer["kind"]: offer["open"] for offer in found["offers"]} == {
        "renewal": False,
        "change": True,
        "reissue": True,
    }
    assert other.ok("GET", "/licences")["rows"] == []
    other.refused(404, "GET", f"/licences/{licence.id}")
    path = f"/licences/{licence.id}/applications"
    early = holder.refused(409, "POST", path, json={"kind": "renewal"})
    assert found["renewal"]["opens_on"] in early["message"] or "延续" in early["message"]
    holder.refused(422, "POST", path, json={"kind": "transfer"})
    holder.refused(422, "GET", "/licences?at=nonsense")
    draft = holder.ok("POST", path, json={"kind": "change"})
    assert (draft["application_kind"], draft["licence"]) == ("change", licence.number)
    assert draft["answers"]["company"] == "江城康健医疗器械有限公司"
    assert "declared" in draft["missing"]["answers"]


def test_a_licence_is_ended_once_by_its_agency_and_the_check_of_the_paper_says_so(
    city_app: Flask,
) -> None:
    """Wrong ground 422, wrong post 403, other department 404, twice 409."""
    licence = made(city_app)
    path = f"/licences/{licence.id}/ending"
    sent = {"act": "revoke", "ground": "unqualified", "reason": REASON}
    head = Program(city_app, "qian.head")
    wrong = head.refused(422, "POST", path, json={**sent, "ground": "law-changed"})
    assert "ground" in wrong["fields"]
    head.refused(422, "POST", path, json={**sent, "ground": "no-such"})
    Program(city_app, "wang.clerk").refused(403, "POST", path, json=sent)
    Program(city_app, "cg.head").refused(404, "POST", path, json=sent)
    assert Program(city_app).ok("GET", f"/verify/{licence.paper}")["licence"]["state"] == "valid"
    ended = head.ok("POST", path, json=sent)
    assert (ended["state"], ended["ended_as"], ended["ground"]) == (
        "revoked",
        "revoked",
        "unqualified",
    )
    assert ended["ended_on"] == civil_date(clock.now()).isoformat()
    assert ended["acts"] == ["deregister"]
    assert head.refused(409, "POST", path, json=sent)["code"] == "conflict"
    checked = Program(city_app).ok("GET", f"/verify/{licence.paper}")["licence"]
    assert (checked["state"], checked["replaced"]) == ("revoked", False)
    happened = head.ok("GET", f"/licences/{licence.id}/history")["rows"]
    assert [one["type"] for one in happened] == ["licence-issued", "licence-revoked"]
    assert happened[1]["data"]["reason"] == REASON
    own = Program(city_app, "zhang.san").ok("GET", f"/licences/{licence.id}/history")["rows"]
    assert own[1]["data"] == {}


def test_works_begun_are_refused_where_the_licence_has_no_such_time(city_app: Flask) -> None:
    """And a day that is none is no day."""
    licence = made(city_app)
    head = Program(city_app, "qian.head")
    begun = {"begun_on": date(2026, 3, 2).isoformat()}
    head.refused(409, "POST", f"/licences/{licence.id}/beginning", json=begun)
    head.refused(422, "POST", f"/licences/{licence.id}/beginning", json={"begun_on": "x"})
    more = {"months": 3, "reason": "施工图需要调整"}
    head.refused(409, "POST", f"/licences/{licence.id}/begin-extension", json=more)
