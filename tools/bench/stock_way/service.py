"""The stand-in as it is served: one address, by which somebody completes a task of a case.

It is a process of its own and takes nothing from the engine, whose sessions write otherwise. The
web's protocol is spoken plainly, without the layers of a framework.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, event

from tools.bench.stock_way import doors, keeping, loading, locking
from tools.bench.stock_way.rows import Case, Draft, HumanTask, Owner, Person, Task, session

_TASK = re.compile(r"/v1\.0/tasks/(\d+)/([0-9a-f-]+)")
_COUNTED = "bench.counted"


class App:
    """The stand-in behind its server; the environment names database and secret."""

    def __init__(self) -> None:
        self.engine: Engine = create_engine(os.environ["DATABASE_URL"])
        self.secret = os.environ["STOCK_WAY_SECRET"]
        session.configure(bind=self.engine)
        event.listen(self.engine, "before_cursor_execute", lambda *_: _count("statements"))
        event.listen(self.engine, "commit", lambda *_: _count("commits"))

    def __call__(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, said = self._answered(environ)
            told = [("X-Bench-" + what, str(n)) for what, n in session.info[_COUNTED].items()]
        finally:
            session.remove()
        body = json.dumps(said).encode()
        head = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start(status, [*head, ("X-Bench-Process", str(os.getpid())), *told])
        return [body]

    def _answered(self, environ: Mapping[str, Any]) -> tuple[str, Any]:
        session.info[_COUNTED] = Counter()
        path = environ["PATH_INFO"]
        if path == "/healthz":
            return "200 OK", "ok"
        given = json.loads(environ["wsgi.input"].read())
        if path == "/v1.0/token":  # to whoever asks: only the bench can reach this server
            return "200 OK", {"token": doors.token(self.secret, given["login"])}
        if (task := _TASK.fullmatch(path)) is None:
            return "404 Not Found", path
        header, method = environ.get("HTTP_AUTHORIZATION", ""), environ["REQUEST_METHOD"]
        enter = partial(doors.entered, self.secret, header, method, path)
        try:
            return "200 OK", submit(enter, int(task[1]), task[2], given)
        except doors.Refused as refused:
            return "403 Forbidden", str(refused)


def _count(what: str) -> None:
    session.info.setdefault(_COUNTED, Counter())[what] += 1


def submit(
    enter: Callable[[], Person], number: int, guid: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Complete a task: five transactions, as the stock way has them."""
    with session.begin():
        person = enter()
        owner_id = doors.principal(person).person_id
        case = session.query(Case).filter_by(id=number).one()
        if case.status not in ("user_input_required", "running", "waiting"):
            raise doors.Refused(f"Expected case {number} to go on, but it is {case.status}")
        locking.take(number)
    with locking.given_back(number):
        with session.begin():
            locking.check(number)
            loaded = loading.load(case)
            task = loaded.tree.get_task_from_id(UUID(guid))
            doors.completable(number, guid, person)
            human = doors.completable(number, guid, person)
            task.task_spec.add_data_from_form(task, given)
        with session.begin():
            keeping.complete(loaded, task, human, person)
        with session.begin():
            if not locking.is_for_later(number):
                keeping.run_on(loaded, person)
            _forget_draft(human.task)
    return _next(number, owner_id)


def _forget_draft(task: Task) -> None:
    """Drop what was filled in before the task was submitted."""
    place = f"{task.process.definition_id}:{task.definition_id}"
    for draft in session.query(Draft).filter_by(case_id=task.case_id, place=place):
        session.delete(draft)


def _next(number: int, owner_id: int | None) -> dict[str, Any]:
    """Return the next task of this person in the case."""
    found = (
        session.query(HumanTask)
        .filter_by(case_id=number, completed=False)
        .order_by(HumanTask.id)
        .join(Owner)
        .filter_by(person_id=owner_id)
        .first()
    )
    if found is None:
        return {"ok": True, "process_instance_id": number}
    return {
        "next_task_assigned_to_me": {
            "id": found.task_guid,
            "name": found.name,
            "title": found.title,
            "type": found.kind,
            "state": found.status,
            "can_complete": owner_id in [one.person_id for one in found.allowed],
            "process_instance_id": number,
        }
    }
