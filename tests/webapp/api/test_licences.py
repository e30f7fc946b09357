"""Licences over the interface for programs: finding, applying, ending, checking a paper."""

from datetime import date, timedelta
from typing import Any

from flask import Flask

from engine import clock
from engine.clock import civil_date
from tests.engine.licences import scenes
from tests.webapp.api.program import Program
from tools.stories import Story

HELD = "持证人陈述，调查人员出示证据，双方质证，作了最后陈述。"
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
    early = head.refused(409, "POST", path, json=sent)
    assert "告知持证人" in early["message"]
    with city_app.app_context():
        told = civil_date(clock.now()) - timedelta(days=30)
        scenes.forewarn(licence, "revoke", "unqualified", told)
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
    assert [one["type"] for one in happened] == [
        "licence-ending-told",
        "licence-issued",
        "licence-revoked",
    ]
    assert happened[2]["data"]["reason"] == REASON
    own = Program(city_app, "zhang.san").ok("GET", f"/licences/{licence.id}/history")["rows"]
    assert own[1]["data"] == {}


def test_a_holder_is_told_answers_and_is_heard_over_the_interface(city_app: Flask) -> None:
    """Each act by whom it is for; what stands is shown with the licence."""
    licence = made(city_app)
    head, holder = Program(city_app, "qian.head"), Program(city_app, "zhang.san")
    path = f"/licences/{licence.id}/ending-notice"
    sent = {"act": "revoke", "ground": "unqualified", "reason": REASON}
    head.refused(422, "POST", path, json={**sent, "act": "withdraw", "ground": "law-changed"})
    told = head.ok("POST", path, json=sent)["ending_notice"]
    assert (told["act"], told["reason"], told["heard_at"]) == ("revoke", REASON, None)
    assert "before" in told["waiting_for"]["en"]
    head.refused(409, "POST", path, json=sent)
    head.refused(403, "POST", f"{path}/statements", json={"statement": REASON})
    stated = holder.ok("POST", f"{path}/statements", json={"statement": "当时条件全部具备。"})
    assert stated["ending_notice"]["statements"] == ["当时条件全部具备。"]
    assert holder.ok("POST", f"{path}/hearing-request")["ending_notice"]["hearing_asked_at"]
    day = civil_date(clock.now()) + timedelta(days=21)
    at = f"{day.isoformat()}T09:30:00+08:00"
    sitting = {"hearing_at": at, "hearing_place": "三楼听证室", "hearing_chair": "韩主持"}
    holder.refused(403, "POST", f"{path}/hearing", json=sitting)
    head.refused(
        422, "POST", f"{path}/hearing", json={**sitting, "hearing_at": "2026-01-01T09:30:00"}
    )
    announced = head.ok("POST", f"{path}/hearing", json=sitting)["ending_notice"]
    assert announced["hearing_place"] == "三楼听证室"
    minutes = {"minutes": HELD, "minutes_signed": True, "held_in_public": True}
    head.refused(409, "POST", f"{path}/minutes", json=minutes)
    with city_app.app_context():
        scenes.let_time_pass(licence, hearing_at=clock.now() - timedelta(days=1))
    heard = head.ok("POST", f"{path}/minutes", json=minutes)["ending_notice"]
    assert (bool(heard["heard_at"]), heard["waiting_for"]) == (True, None)
    dropped = head.ok("POST", f"{path}/dropping", json={"drop_reason": "经核实条件具备。"})
    assert (dropped["ending_notice"], dropped["state"]) == (None, "valid")


def test_works_begun_are_refused_where_the_licence_has_no_such_time(city_app: Flask) -> None:
    """And a day that is none is no day."""
    licence = made(city_app)
    head = Program(city_app, "qian.head")
    begun = {"begun_on": date(2026, 3, 2).isoformat()}
    head.refused(409, "POST", f"/licences/{licence.id}/beginning", json=begun)
    head.refused(422, "POST", f"/licences/{licence.id}/beginning", json={"begun_on": "x"})
    more = {"months": 3, "reason": "施工图需要调整"}
    head.refused(409, "POST", f"/licences/{licence.id}/begin-extension", json=more)
