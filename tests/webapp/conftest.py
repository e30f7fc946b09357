"""A city with its items, copied for each test; a web application on it; people who visit it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, scoped_session
from werkzeug.test import TestResponse

import engine.db
from tests import databases
from tools import city
from webapp import create_app, live
from webapp.extensions import db

#: The application of this process, by the name of its database.
_MADE: dict[str, Flask] = {}
PROCESSES = Path(__file__).parents[2] / "processes"
_WRITES = re.compile(r"\s*(with .*?)?\b(insert into|update|delete from)\b", re.IGNORECASE)


@pytest.fixture
def app(pg: databases.Server, city_template: str) -> Iterator[Flask]:
    """The web application, all faces, on a fresh copy of the city.

    It is made once a process: its database has the same address each time.
    """
    name = f"{pg.prefix}_web"
    url = pg.create(name, city_template)
    made = _MADE.get(name) or _MADE.setdefault(name, make_app(url))
    settings, views = dict(made.config), dict(made.view_functions)
    engine.db.use(cast("scoped_session[Session]", db.session))
    live.install(made)
    yield made
    made.config.clear()
    made.config.update(settings)
    made.view_functions.update(views)
    live.pulse(made).close()
    with made.app_context():
        db.engine.dispose()
        engine.db.dispose()
    pg.drop(name)


def make_app(url: str, **config: Any) -> Flask:
    """Make an application that fails a GET which writes, and a request that leaves a mess."""
    settings = {"SECRET_KEY": "test", "SQLALCHEMY_DATABASE_URI": url, **config}
    made = create_app(settings)

    @made.after_request
    def _refuse_mess(response: Any) -> Any:
        session = db.session()
        left = [*session.new, *session.dirty, *session.deleted]
        assert not left, "changes were not committed"
        return response

    return made


@dataclass
class Person:
    """Somebody with a browser that has no scripts."""

    client: FlaskClient
    written: list[str] = field(default_factory=list)

    def get(self, path: str, **query: Any) -> TestResponse:
        """Open a page; no GET may write."""
        self.written.clear()
        answer = self.client.get(path, query_string=query)
        assert not self.written, f"GET {path} wrote: {self.written}"
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form with the token that every page of the session carries."""
        given = data or {}
        token = {} if "csrf_token" in given else {"csrf_token": self.token()}
        return self.client.post(path, data={**token, **given}, **more)

    def token(self) -> str:
        """Return the token of this session's forms."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/query").text)
        assert found is not None
        return found[1]

    def login(self, name: str) -> "Person":
        """Sign in as somebody of the demo city."""
        answer = self.post("/login", {"login": name, "password": city.PASSWORD})
        assert answer.status_code == 303, answer.text
        return self


@pytest.fixture
def visit(app: Flask) -> Callable[..., Person]:
    """Make browsers: ``visit()`` for a stranger, ``visit("zhang.san")`` for who is signed in."""
    people: list[Person] = []

    def note(_c: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        for person in people:
            if _WRITES.match(statement):
                person.written.append(statement)

    def open_browser(name: str | None = None) -> Person:
        people.append(Person(app.test_client()))
        return people[-1].login(name) if name else people[-1]

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    return open_browser
