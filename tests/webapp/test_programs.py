"""Programs outside work at our service tasks: a client that sends exactly Camunda's requests."""

import base64
import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.serving import make_server

from engine import clock, db, events, incidents, people, programs
from tests.engine.bpmn.diagrams import chain, end, start, user
from tests.engine.programs.scenes import TOPIC, asked, program, service
from tests.engine.wide import ITEM, deploy, files
from tools import city
from tools.stories import Story
from webapp.programs import polling
from webapp.room import Room


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


@dataclass
class Worker:
    """A worker built on Camunda's client: its requests, headers and habits."""

    address: str
    authorization: str | None
    id: str = "w1"

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> Answer:
        """Send one request as the client's library does: it accepts anything."""
        host = urlsplit(self.address)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=20)
        headers = {
            "user-agent": "got (https://github.com/sindresorhus/got)",
            "accept-encoding": "gzip, deflate, br",
            "connection": "keep-alive",
            **more,
        }
        if self.authorization is not None:
            headers["authorization"] = self.authorization
        connection.request(method, f"/engine-rest{path}", body, headers)
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def send(self, path: str, **body: Any) -> Answer:
        """Send a JSON body."""
        written = json.dumps(body).encode()
        typed = {"content-type": "application/json"}
        return self.ask("POST", f"/external-task{path}", written, **typed)

    def fetch(self, **more: Any) -> Answer:
        """Poll as the client does by default."""
        topics = [{"topicName": TOPIC, "lockDuration": 50000}]
        given = {"maxTasks": 10, "usePriority": True, "topics": topics, "workerId": self.id}
        return self.send("/fetchAndLock", **{**given, **more})

    def act(self, task: str, call: str, **body: Any) -> Answer:
        """Say something about a task."""
        return self.send(f"/{task}/{call}", workerId=self.id, **body)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a socket, as many requests at once as come."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Scene:
    """A case that waits for a program, and the program."""

    story: Story
    worker: Worker
    secret: str


@pytest.fixture
def scene(app: Flask, address: str) -> Scene:
    """One case at its service task; an account with a token."""
    with app.app_context():
        story, tax = asked(), program()
        with db.transaction():
            admin = people.actor_for_login("admin")
            secret = programs.issue_token(tax.person_id or 0, actor=admin, now=clock.now())
    return Scene(story, Worker(address, f"Bearer {secret}"), secret)


def test_a_worker_fetches_and_completes(app: Flask, scene: Scene) -> None:
    """Every field is there, of the type and spelling that clients read."""
    answer = scene.worker.fetch()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    (task,) = answer.data
    assert task["topicName"] == TOPIC
    assert task["variables"] == {
        "firm": {"type": "String", "value": "individual-business", "valueInfo": {}}
    }
    assert task["processDefinitionKey"] == "individual_business"
    assert task["processInstanceId"] == str(scene.story.case_id)
    assert (task["workerId"], task["retries"], task["suspended"]) == ("w1", None, False)
    assert len(task["lockExpirationTime"]) == len("2026-01-23T13:59:43.000+0200")
    assert scene.worker.fetch().data == []
    done = scene.worker.act(task["id"], "complete", variables={
        "clean": {"type": "boolean", "value": True, "valueInfo": {}},
    }, localVariables={})  # fmt: skip
    assert (done.status, done.body) == (204, b"")
    assert "Content-Type" not in done.headers
    with app.app_context():
        assert scene.story.waiting() == [("look", "scjg")]
    again = scene.worker.act(task["id"], "complete")
    assert (again.status, again.data["type"]) == (404, "RestException")
    assert again.data["message"] == f"External task with id {task['id']} does not exist"


def test_who_shows_no_token_of_a_program_is_refused_in_json(scene: Scene) -> None:
    """Never a page, never a redirect; the token may stand where a password does."""
    worker = scene.worker
    basic = base64.b64encode(f"tax.office:{scene.secret}".encode()).decode()
    admin = base64.b64encode(f"admin:{city.PASSWORD}".encode()).decode()
    shown = ((f"Basic {basic}", 200), (None, 401), ("Bearer x", 401), (f"Basic {admin}", 401))
    for authorization, status in shown:
        answer = Worker(worker.address, authorization).fetch()
        assert answer.status == status, answer.body
        assert answer.headers["Content-Type"] == "application/json"
    foreign = worker.fetch(topics=[{"topicName": "other", "lockDuration": 1}])
    assert (foreign.status, foreign.data["type"]) == (403, "AuthorizationException")


def test_a_person_is_no_program(app: Flask, scene: Scene) -> None:
    """Nor is a program a person: its token opens nothing else."""
    with app.app_context(), db.transaction():
        token = people.issue_token(people.actor_for_login("admin"), now=clock.now())
    assert Worker(scene.worker.address, f"Bearer {token}").fetch().status == 403
    client = app.test_client()
    headers = {"Authorization": f"Bearer {scene.secret}"}
    assert client.get("/engine-rest/deployment", headers=headers).status_code == 403
    for path in ("/api/v1/tasks", "/api/v1/cases"):
        answer = client.get(path, headers=headers)
        assert answer.status_code in (200, 403)
        assert b"individual-business" not in answer.data


def test_a_failure_an_error_and_a_lost_lock_are_told_as_camunda_tells_them(
    app: Flask, scene: Scene
) -> None:
    """The words that people look for in logs, and an incident in the end."""
    (task,) = scene.worker.fetch().data
    other = Worker(scene.worker.address, scene.worker.authorization, "w2")
    lost = other.act(task["id"], "complete")
    said = f"External Task {task['id']} cannot be completed by worker 'w2'. "
    assert (lost.status, lost.data["message"]) == (400, said + "It is locked by worker 'w1'.")
    assert other.act(task["id"], "failure", retries=1).status == 400
    assert other.act(task["id"], "extendLock", newDuration=5000).status == 400
    assert other.act(task["id"], "bpmnError", errorCode="E").status == 400
    assert other.act(task["id"], "lock", lockDuration=5000).status == 400
    assert scene.worker.act(task["id"], "extendLock", newDuration=5000).status == 204
    assert scene.worker.act(task["id"], "extendLock", newDuration=0).status == 400
    uncaught = scene.worker.act(task["id"], "bpmnError", errorCode="E")
    assert (uncaught.status, uncaught.data["type"]) == (500, "RestException")
    failed = scene.worker.act(task["id"], "failure", errorMessage="boom", retries=1)
    assert failed.status == 204
    (task,) = scene.worker.fetch().data
    assert (task["retries"], task["errorMessage"]) == (1, "boom")
    assert scene.worker.ask("POST", f"/external-task/{task['id']}/unlock", b"").status == 204
    (task,) = other.fetch().data
    assert other.act(task["id"], "failure", errorMessage="boom").status == 204
    assert scene.worker.fetch().data == []
    with app.app_context():
        found = incidents.waiting(people.actor_for_login("admin"))
        assert ["boom" in one.message_en for one in found].count(True) == 1
        assert events.verify(f"case:{scene.story.case_id}") == []


def test_bad_requests_are_refused_by_name_and_change_nothing(scene: Scene) -> None:
    """Whatever is sent: 400 with a reason, in the contract's form."""
    (task,) = scene.worker.fetch().data
    topic = {"topicName": TOPIC, "lockDuration": 50000}
    polls: list[dict[str, Any]] = [
        {"asyncResponseTimeout": 1800001}, {"sorting": [{"sortBy": "age", "sortOrder": "asc"}]},
        {"sorting": [{"sortBy": "createTime", "sortOrder": "up"}]}, {"topics": "x"},
        {"topics": [{"topicName": TOPIC}]}, {"topics": [{**topic, "lockDuration": -1}]},
        {"topics": [{**topic, "variables": "x"}]}, {"maxTasks": "many"}, {"workerId": None},
        {"topics": [{**topic, "processDefinitionVersionTag": 1}]},
    ]  # fmt: skip
    for given in polls:
        answer = scene.worker.fetch(**given)
        assert (answer.status, answer.data["type"]) == (400, "InvalidRequestException"), given
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 5000):
        assert scene.worker.ask("POST", "/external-task/fetchAndLock", body).status == 400
        assert scene.worker.ask("POST", f"/external-task/{task['id']}/complete", body).status == 400
    wrong = {"clean": {"type": "integer", "value": "many"}}
    answer = scene.worker.act(task["id"], "complete", variables=wrong)
    assert (answer.status, answer.data["type"]) == (400, "InvalidRequestException")
    assert "clean" in answer.data["message"]
    assert scene.worker.act(task["id"], "failure", retries=-1).status == 400
    assert scene.worker.act(task["id"], "bpmnError", errorCode="").status == 400
    assert scene.worker.act("no-such-task", "complete").status == 404
    file = scene.worker.ask("GET", f"/execution/{scene.story.case_id}/localVariables/f/data")
    assert (file.status, file.headers["Content-Type"]) == (404, "application/json")
    assert scene.worker.act(task["id"], "complete").status == 204


def test_filters_are_kept(scene: Scene) -> None:
    """A filter that fits nothing gives nothing; unknown keys are accepted."""
    topic = {"topicName": TOPIC, "lockDuration": 50000}
    nothing: list[dict[str, Any]] = [
        {"businessKey": "x"}, {"processDefinitionKey": "other"}, {"processDefinitionId": "p:1:0"},
        {"tenantIdIn": ["t"]}, {"processVariables": {"firm": "other"}},
        {"processDefinitionVersionTag": "spring"},
    ]  # fmt: skip
    for given in nothing:
        assert scene.worker.fetch(topics=[{**topic, **given}]).data == [], given
    (task,) = scene.worker.fetch(topics=[{
        **topic, "processDefinitionKeyIn": ["individual_business"], "withoutTenantId": True,
        "processVariables": {"firm": "individual-business"}, "variables": ["other"], "new": 1,
        "includeExtensionProperties": True,
    }]).data  # fmt: skip
    assert (task["variables"], task["extensionProperties"]["results"]) == ({}, "clean")
    assert task["processDefinitionVersionTag"] is None


def test_tasks_are_found_by_the_tag_that_their_version_carries(app: Flask, scene: Scene) -> None:
    """Of two versions with cases under way; with an id beside it both must fit."""
    with app.app_context():
        bundle = files(
            start("s"), service(), user("look"), end("e"), chain("s", "ask", "look", "e")
        )
        named = b'id="individual_business"'
        tagged = named + b' camunda:versionTag="spring"'
        assert bundle["main.bpmn"].count(named) == 1
        deploy({**bundle, "main.bpmn": bundle["main.bpmn"].replace(named, tagged)})
        case_id = Story(ITEM).apply().case_id
    topic = {"topicName": TOPIC, "lockDuration": 50000, "processDefinitionVersionTag": "spring"}
    for other in ("p:1:0", "p:1:x"):
        both = {**topic, "processDefinitionId": other}
        assert scene.worker.fetch(topics=[both]).data == []
    (task,) = scene.worker.fetch(topics=[topic]).data
    assert task["processInstanceId"] == str(case_id)
    assert task["processDefinitionVersionTag"] == "spring"
    (rest,) = scene.worker.fetch().data
    assert rest["processInstanceId"] == str(scene.story.case_id)


def test_a_held_poll_answers_when_a_task_comes_and_in_time_when_none_does(
    app: Flask, scene: Scene
) -> None:
    """It wakes by the record's beat; a worker that has gone locks nothing."""
    (task,) = scene.worker.fetch().data
    begun = time.monotonic()
    assert scene.worker.fetch(asyncResponseTimeout=300).data == []
    assert 0.25 < time.monotonic() - begun < 3
    found: list[Answer] = []
    held = threading.Thread(
        target=lambda: found.append(scene.worker.fetch(asyncResponseTimeout=15000))
    )
    held.start()
    time.sleep(0.3)
    with app.app_context():
        Story("individual-business").apply(number=2)
    held.join(12)
    assert [len(one.data) for one in found] == [1]
    gone = socket_of(scene.worker)
    time.sleep(0.3)
    gone.close()
    assert scene.worker.act(task["id"], "unlock").status == 204
    time.sleep(1.5)
    assert [one["id"] for one in scene.worker.fetch().data] == [task["id"]]


def test_a_held_poll_gets_the_task_whose_lock_ends_meanwhile(scene: Scene) -> None:
    """Nothing happens in the record then: the time itself wakes it."""
    short = [{"topicName": TOPIC, "lockDuration": 900}]
    (task,) = scene.worker.fetch(topics=short).data
    other = Worker(scene.worker.address, scene.worker.authorization, "w2")
    begun = time.monotonic()
    (again,) = other.fetch(asyncResponseTimeout=9000).data
    assert (again["id"], again["workerId"]) == (task["id"], "w2")
    assert time.monotonic() - begun < 4
    late = scene.worker.act(task["id"], "complete")
    assert (late.status, late.data["type"]) == (400, "RestException")


def socket_of(worker: Worker) -> http.client.HTTPConnection:
    """Begin a poll and leave before its answer."""
    host = urlsplit(worker.address)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=20)
    topics = [{"topicName": TOPIC, "lockDuration": 50000}]
    body = {"topics": topics, "workerId": "gone", "asyncResponseTimeout": 10000}
    headers = {"authorization": worker.authorization or "", "content-type": "application/json"}
    connection.request("POST", "/engine-rest/external-task/fetchAndLock", json.dumps(body), headers)
    return connection


def test_who_finds_no_seat_is_answered_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seats are limited; nothing fails."""
    scene.worker.fetch()
    monkeypatch.setattr(polling, "ROOM", Room(seats=0))
    begun = time.monotonic()
    assert scene.worker.fetch(asyncResponseTimeout=15000).data == []
    assert time.monotonic() - begun < 3


def test_waiting_programs_take_no_thread_from_anybody() -> None:
    """A pool of two holds three polls and still answers others; then it is as it was."""
    room, over = Room(seats=3), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        room.serve(pool, lambda: True)

        def hold() -> bool:
            with room.seat() as seated:
                over.wait(10)
                return seated

        held = [pool.submit(hold) for _ in range(3)]
        pages = [pool.submit(lambda: "page") for _ in range(5)]
        assert [one.result(5) for one in pages] == ["page"] * 5
        with room.seat() as seated:
            assert not seated
        over.set()
        assert [one.result(5) for one in held] == [True] * 3
        assert pool._max_workers == 2
