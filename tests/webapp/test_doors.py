"""Every route says who may enter, and the answer is enforced."""

import re

import pytest
from flask import Flask

from engine import people
from tests.house.rules import CAMUNDAS
from webapp import doors
from webapp.doors import DoorMissingError


def test_every_route_has_a_door(app):
    """create_app has checked it; here the doors are counted too."""
    doors.check(app)
    names = {door.name for door in _doors(app).values()}
    assert {"open", "applicant", "staff"} <= names


def test_a_route_without_a_door_stops_the_start():
    """The message names the route."""
    app = Flask(__name__)
    app.add_url_rule("/secret", "secret", lambda: "x")
    with pytest.raises(DoorMissingError, match="GET /secret"):
        doors.check(app)


def test_open_doors_say_why(app):
    """Whoever opens a page to all gives the reason."""
    assert all(len(door.why) > 8 for door in _doors(app).values() if door.name == "open")


def test_paths_are_kebab_case(app):
    """No capitals, no underscores in the fixed parts; what Camunda's clients call has its names."""
    for rule in app.url_map.iter_rules():
        fixed = re.sub(r"<[^>]+>", "", rule.rule)
        for name in CAMUNDAS:
            fixed = fixed.replace(f"/{name}", "/x")
        if not fixed.startswith("/static"):
            assert re.fullmatch(r"[a-z0-9/.\-]*", fixed), rule.rule


def test_strangers_are_asked_to_sign_in_wherever_a_door_is_closed(app, visit):
    """Walks all pages that take no parameters."""
    person = visit()
    for rule in app.url_map.iter_rules():
        door = _doors(app).get((rule.endpoint, "GET"))
        if door is None or rule.arguments or door.name in ("open", "token", "program", "machine"):
            continue
        answer = person.get(rule.rule)
        assert answer.status_code == 303, rule.rule
        assert answer.location.startswith("/login?next="), rule.rule


def test_staff_and_applicants_stay_on_their_own_side(visit):
    """Each is told whose page it is."""
    assert visit("wang.clerk").get("/my").status_code == 403
    assert visit("zhang.san").get("/inbox").status_code == 403


def test_pages_for_a_role_are_closed_to_others(visit):
    """A clerk is no administrator."""
    assert visit("wang.clerk").get("/admin/definitions").status_code == 403
    assert visit("admin").get("/admin/definitions").status_code == 200


def test_somebody_who_may_no_longer_log_in_is_out_at_once(app, visit, monkeypatch):
    """The person is looked up with every request."""
    person = visit("zhang.san")
    monkeypatch.setattr(people, "actor_for", lambda _id: None)
    assert person.get("/my").status_code == 303


def _doors(app):
    """Return the door of every endpoint and method."""
    return {
        (rule.endpoint, method): doors.door_of(app.view_functions[rule.endpoint], method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_short_addresses_lead_to_the_first_page(visit):
    """People type them; they are no dead ends."""
    admin = visit("admin")
    for address in ("/admin", "/studio"):
        assert admin.get(admin.get(address).location).status_code == 200, address
