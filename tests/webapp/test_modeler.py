"""Camunda Modeler deploys to us: a client that sends exactly its requests, over a real socket."""

import base64
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.serving import make_server

from engine import clock, db, definitions, people
from tests.webapp.conftest import PROCESSES
from tools import city

ITEM = "restaurant-opening"
DIAGRAM = f"{ITEM}.bpmn"
BOUNDARY = "----formdata-undici-012345678901"
PREFIX = "ENGINE-09005 Could not parse BPMN process."


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """All that the Modeler shows."""
        return str(self.data["message"])


@dataclass
class Modeler:
    """Camunda Modeler 5.50 with the deployment dialog open."""

    address: str
    base: str = "/engine-rest"
    #: What stands in the header; the word "undefined" when nothing was entered.
    authorization: str | None = "undefined"

    def as_person(self, login: str, password: str | None = None) -> "Modeler":
        """Enter login and password."""
        shown = base64.b64encode(f"{login}:{password or city.PASSWORD}".encode()).decode()
        return Modeler(self.address, self.base, f"Basic {shown}")

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request on a new connection, with no cookie, following no redirect."""
        host = urlsplit(self.address)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=20)
        given = {"accept": "application/json"}
        if self.authorization is not None:
            given["authorization"] = self.authorization
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, self.base + path, body, {**given, **sent})
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def check(self) -> Answer:
        """Ask whether the address is right, as while it is typed."""
        return self.ask("GET", "/deployment?maxResults=0")

    def deploy(self, *files: tuple[str, bytes], name: str = "test") -> Answer:
        """Press the button: the diagram first, then what was attached."""
        fields = (
            ("deployment-name", name),
            ("deployment-source", "Camunda Modeler"),
            ("enable-duplicate-filtering", "true"),
        )
        begin = f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
        parts = [f'{begin}name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields]
        for number, (file, content) in enumerate(files):
            kind = "application/octet-stream" if number else "text/xml"
            escaped = file.replace('"', "%22")
            parts.append(
                f'{begin}name="{escaped}"; filename="{escaped}"\r\n'.encode()
                + f"Content-Type: {kind}\r\n\r\n".encode()
                + content
                + b"\r\n"
            )
        body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", "/deployment/create", body, content_type=kind)


@pytest.fixture
def modeler(app: Flask) -> Iterator[Modeler]:
    """A Modeler, and our server on a real socket."""
    designer = city.Login("designer", "程思远", (("zwzx", "designer"),))
    with app.app_context(), db.transaction():
        people.set_up({}, (), [designer.row()], now=clock.now())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Modeler(f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()


def files(item: str = ITEM) -> dict[str, bytes]:
    """The files of an item."""
    return definitions.read_folder(PROCESSES / item)


def versions(app: Flask, item: str = ITEM) -> int:
    """How many versions an item has."""
    with app.app_context():
        return len(definitions.versions(item))


def changed() -> bytes:
    """The diagram with another name of one step."""
    data = files()[DIAGRAM]
    assert "汇总审查意见".encode() in data
    return data.replace("汇总审查意见".encode(), "汇总意见".encode(), 1)


def test_the_address_is_checked_as_it_is_typed_and_with_credentials(modeler: Modeler) -> None:
    """Nothing, the word "undefined", a wrong password: 401, and never a login page."""
    for shown in (None, "undefined", "Basic undefined", "Bearer", "Bearer nonsense"):
        answer = Modeler(modeler.address, authorization=shown).check()
        assert (answer.status, answer.data["code"]) == (401, 0), shown
        assert answer.headers["Content-Type"] == "application/json"
        assert "Set-Cookie" not in answer.headers
    wrong = modeler.as_person("admin", "no such password").check()
    assert (wrong.status, "密码不正确" in wrong.message) == (401, True)
    right = modeler.as_person("admin").check()
    assert (right.status, right.data) == (200, [])
    version = modeler.as_person("admin").ask("GET", "/version")
    assert version.data == {"version": "7.23.0"}
    listed = modeler.as_person("designer").ask("GET", "/deployment?maxResults=2").data
    assert len(listed) == 2


def test_only_designers_and_admins_enter_and_a_token_will_do(modeler: Modeler, app: Flask) -> None:
    """A clerk and an applicant are refused by name; a bearer token stands for its person."""
    for login in ("wang.clerk", "zhang.san"):
        answer = modeler.as_person(login).check()
        assert (answer.status, answer.data["type"]) == (403, "InvalidRequestException")
    with app.app_context():
        admin = people.authenticate("admin", city.PASSWORD, now=clock.now())
        with db.transaction():
            token = people.issue_token(admin, now=clock.now())
    assert Modeler(modeler.address, authorization=f"Bearer {token}").check().status == 200


def test_guessing_is_slowed_down_as_at_the_login(modeler: Modeler) -> None:
    """After five wrong passwords even the right one is refused for a while, with the reason."""
    for _ in range(5):
        assert modeler.as_person("admin", "wrong").check().status == 401
    answer = modeler.as_person("admin").check()
    assert (answer.status, "错误次数过多" in answer.message) == (403, True)


def test_a_diagram_alone_becomes_the_next_version_with_the_items_other_files(
    modeler: Modeler, app: Flask
) -> None:
    """Whatever it is called there; a repeat after the abort gives the same answer again."""
    admin = modeler.as_person("admin")
    answer = admin.deploy(('开办 "餐饮".bpmn', changed()), name="开办餐饮")
    assert answer.status == 200
    ((identity, found),) = answer.data["deployedProcessDefinitions"].items()
    assert (found["id"], found["key"], found["version"]) == (identity, "restaurant_opening", 2)
    assert found["resource"] == '开办 "餐饮".bpmn'
    assert not set("/?#% ") & set(identity)
    assert answer.data["deploymentTime"][-5:] == "+0800"
    assert admin.deploy(('开办 "餐饮".bpmn', changed())).data == answer.data
    with app.app_context():
        newest = definitions.newest(ITEM)
        assert definitions.files_of(newest.version_id) == files() | {DIAGRAM: changed()}
        (info, _) = definitions.versions(ITEM)
        assert info.version.note == "Camunda Modeler · 开办餐饮"
        assert info.deployed_by
    page = '[{"type":"id","operator":"eq","value":"' + answer.data["id"] + '"}]'
    client = app.test_client()
    client.post("/login", data={"login": "admin", "password": city.PASSWORD})
    there = client.get("/modeler/repository", query_string={"deploymentsQuery": page})
    assert there.status_code in (302, 303)


def test_forms_and_tables_go_along(modeler: Modeler, app: Flask) -> None:
    """As text/xml when they are the main file, as attachments beside a diagram."""
    admin = modeler.as_person("admin")
    form = files()["consolidate.form"].replace(b"{", b"{ ", 1)
    table = files()["parts.dmn"] + b"<!-- new -->\n"
    assert admin.deploy((DIAGRAM, changed()), ("consolidate.form", form)).status == 200
    assert admin.deploy(("parts.dmn", table)).status == 200
    with app.app_context():
        found = definitions.files_of(definitions.newest(ITEM).version_id)
    assert found == files() | {DIAGRAM: changed(), "consolidate.form": form, "parts.dmn": table}


def test_what_is_wrong_comes_back_after_the_words_the_modeler_knows(
    modeler: Modeler, app: Flask
) -> None:
    """File as it was sent, line, element, reason and remedy, all in the one text that is shown."""
    wrong = changed().replace(b'"10wd"', b'"6wd"', 1).replace(b'"lead:clerk"', b'"lead:cook"', 1)
    answer = modeler.as_person("admin").deploy(("mine.bpmn", wrong))
    assert (answer.status, answer.data["type"]) == (400, "ParseException")
    assert answer.message.startswith(PREFIX)
    assert "* mine.bpmn:" in answer.message
    for words in ("accept [unknown-role]", "[budget-promised]", "超过承诺时限", "promise at least"):
        assert words in answer.message
    assert answer.data["details"]["mine.bpmn"]["errors"]
    torn = modeler.as_person("admin").deploy((DIAGRAM, b"<bpmn:definitions>\n<oops"))
    assert torn.message.startswith(PREFIX)
    assert versions(app) == 1


def test_a_process_nobody_knows_is_refused_with_what_is_missing(
    modeler: Modeler, app: Flask
) -> None:
    """Another id, of an item that is there or of none; a whole new item goes through."""
    admin = modeler.as_person("admin")
    moved = changed().replace(b"restaurant_opening", b"snack_bar")
    renamed = admin.deploy((DIAGRAM, moved))
    assert (renamed.status, "process-renamed" in renamed.message) == (400, True)
    assert "restaurant_opening" in renamed.message
    stranger = admin.deploy((DIAGRAM, moved.replace(b"restaurant-opening", b"snack-bar")))
    assert stranger.status == 400
    assert "restaurant_opening (restaurant-opening)" in stranger.message
    assert "attach item.yaml" in stranger.message
    assert versions(app) == 1
    whole = {
        name: data.replace(b"restaurant_opening", b"snack_bar").replace(ITEM.encode(), b"snack-bar")
        for name, data in files().items()
        if name != DIAGRAM
    }
    new = moved.replace(b"restaurant-opening", b"snack-bar")
    answer = admin.deploy(("snack.bpmn", new), *whole.items())
    assert answer.status == 200, answer.message
    assert versions(app, "snack-bar") == 1


def test_bad_parcels_are_refused_in_words(modeler: Modeler, app: Flask) -> None:
    """No file, two of one name, a form of several items, 30 MB."""
    admin = modeler.as_person("admin")
    nothing = admin.deploy()
    assert nothing.status == 400
    assert nothing.message == "No deployment resources contained in the form upload."
    twice = admin.deploy((DIAGRAM, changed()), ("a.form", b"{}"), ("a.form", b"{}"))
    assert (twice.status, "a.form" in twice.message) == (400, True)
    shared = admin.deploy(("accept.form", files()["accept.form"]))
    assert (shared.status, "属于几个事项" in shared.message) == (400, True)
    large = admin.deploy((DIAGRAM, b" " * 30_000_000))
    assert (large.status, "5 MB" in large.message) == (413, True)
    middling = admin.deploy((DIAGRAM, b" " * 6_000_000))
    assert (middling.status, "5 MB" in middling.message) == (400, True)
    assert versions(app) == 1


def test_a_designer_hears_all_problems_and_that_an_admin_deploys(
    modeler: Modeler, app: Flask
) -> None:
    """Designers check from the Modeler; the version is the administrator's act."""
    designer = modeler.as_person("designer")
    answer = designer.deploy((DIAGRAM, changed()))
    assert (answer.status, "检查通过" in answer.message) == (403, True)
    wrong = designer.deploy((DIAGRAM, changed().replace(b'"10wd"', b'"6wd"', 1)))
    assert wrong.message.startswith(PREFIX)
    assert versions(app) == 1


def test_files_of_an_older_version_do_not_pass_for_a_new_one(modeler: Modeler, app: Flask) -> None:
    """They make no version, so the newest stays in force: that is said."""
    admin = modeler.as_person("admin")
    assert admin.deploy((DIAGRAM, changed())).status == 200
    back = admin.deploy((DIAGRAM, files()[DIAGRAM]))
    assert (back.status, "version 1" in back.message) == (400, True)
    assert versions(app) == 2


def test_a_case_is_not_started_without_an_applicant(modeler: Modeler) -> None:
    """The answer says where one applies, and how to try the diagram."""
    admin = modeler.as_person("admin")
    ((identity, _),) = admin.deploy((DIAGRAM, changed())).data["deployedProcessDefinitions"].items()
    body = b'{"businessKey":null,"variables":null}'
    path = f"/process-definition/{identity}/start"
    answer = admin.ask("POST", path, body, content_type="application/json")
    assert (answer.status, answer.data["type"]) == (400, "InvalidRequestException")
    assert f"/items/{ITEM}" in answer.message
    for unknown in ("permit:1:7f3a", "x:1:999999"):
        path = f"/process-definition/{unknown}/start"
        assert admin.ask("POST", path, body, content_type="application/json").status == 404


def test_any_suggested_address_works_with_a_slash_too_many(modeler: Modeler) -> None:
    """A base that ends in a slash makes two; preflights need no login; the links lead to us."""
    for base in ("/engine-rest", "/rest", "/engine-rest/", "/rest/"):
        there = Modeler(modeler.address, base).as_person("admin")
        assert there.check().status == 200, base
        for path in ("/deployment", "/deployment/create", "/process-definition/a:1:1/start"):
            asked = Modeler(modeler.address, base, None).ask(
                "OPTIONS", path, origin="file://", access_control_request_method="POST"
            )
            assert asked.status == 204
            assert asked.headers["Access-Control-Allow-Origin"] == "file://"
            assert asked.headers["Vary"] == "Origin, Cookie"
            assert "authorization" in asked.headers["Access-Control-Allow-Headers"]
    there = Modeler(modeler.address, "/engine-rest/").as_person("admin")
    assert there.deploy((DIAGRAM, files()[DIAGRAM])).data["id"].startswith(f"{ITEM}-")
    links = Modeler(modeler.address, "", None).ask(
        "GET", "/.well-known/camunda-automation-platform/webapps"
    )
    assert links.data["cockpitUrl"] == f"{modeler.address}/modeler/"
