"""The stand-in as it is served: one address, by which somebody completes a task of a case.

It is a process of its own and takes nothing from the engine, whose sessions write otherwise.
"""

import os
from collections import Counter
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, g, jsonify, request
from sqlalchemy import event

from tools.bench.stock_way import doors, keeping, loading, locking
from tools.bench.stock_way.rows import Case, Draft, HumanTask, Owner, Person, Task, db


def create_app() -> Flask:
    """Make the app; the environment names the database and the secret of the tokens."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config["SECRET_KEY"] = os.environ["STOCK_WAY_SECRET"]
    db.init_app(app)
    app.add_url_rule("/healthz", view_func=lambda: "ok", endpoint="health")
    app.add_url_rule("/v1.0/token", view_func=sign_in, methods=["POST"])
    app.add_url_rule("/v1.0/tasks/<int:number>/<guid>", view_func=submit, methods=["POST"])
    app.register_error_handler(doors.Refused, lambda error: (str(error), 403))
    app.after_request(tell)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *_: _count("statements"))
        event.listen(db.engine, "commit", lambda *_: _count("commits"))
    return app


def _count(what: str) -> None:
    if "counted" not in g:
        g.counted = Counter()
    g.counted[what] += 1


def tell(response: Response) -> Response:
    """Tell the bench what a request sent to the database, and which process answered."""
    response.headers["X-Bench-Process"] = str(os.getpid())
    for what, number in g.get("counted", {}).items():
        response.headers[f"X-Bench-{what}"] = str(number)
    return response


def sign_in() -> Response:
    """Give a token to whoever asks: only the bench can reach this server."""
    return jsonify(token=doors.token(current_app.config["SECRET_KEY"], request.json["login"]))


def submit(number: int, guid: str) -> Response:
    """Complete a task: five transactions, as the stock way has them."""
    with db.session.begin():
        person = _entered()
        owner_id = doors.principal(person).person_id
        case = db.session.query(Case).filter_by(id=number).one()
        if case.status not in ("user_input_required", "running", "waiting"):
            raise doors.Refused(f"Expected case {number} to go on, but it is {case.status}")
        locking.take(number)
    with locking.given_back(number):
        with db.session.begin():
            locking.check(number)
            loaded = loading.load(case)
            task = loaded.tree.get_task_from_id(UUID(guid))
            doors.completable(number, guid, person)
            human = doors.completable(number, guid, person)
            task.task_spec.add_data_from_form(task, request.json)
        with db.session.begin():
            keeping.complete(loaded, task, human, person)
        with db.session.begin():
            if not locking.is_for_later(number):
                keeping.run_on(loaded, person)
            _forget_draft(human.task)
    return jsonify(_next(number, owner_id))


def _entered() -> Person:
    header = request.headers.get("Authorization", "")
    return doors.entered(current_app.config["SECRET_KEY"], header, request.method, request.path)


def _forget_draft(task: Task) -> None:
    """Drop what was filled in before the task was submitted."""
    place = f"{task.process.definition_id}:{task.definition_id}"
    for draft in db.session.query(Draft).filter_by(case_id=task.case_id, place=place):
        db.session.delete(draft)


def _next(number: int, owner_id: int | None) -> dict[str, Any]:
    """Return the next task of this person in the case."""
    found = (
        db.session.query(HumanTask)
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
