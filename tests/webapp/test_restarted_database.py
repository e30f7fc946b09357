"""A database that restarts: nobody sees an error once it is back, and until then a plain word."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import QueuePool

import engine.db
from tests.webapp.conftest import make_app
from tools import postgres
from tools.postgres import EmbeddedPostgres
from webapp.extensions import db


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test alone, which it may stop and start again."""
    root = tmp_path_factory.mktemp("restarted")
    with EmbeddedPostgres(root, durable=False) as running:
        engine.db.migrate(running.url())
        yield running
    postgres.remove(root)


@pytest.fixture
def served(server: EmbeddedPostgres) -> Iterator[Flask]:
    """The web application on that server."""
    made = make_app(server.url())
    yield made
    with made.app_context():
        db.engine.dispose()
        engine.db.dispose()


def warm(app: Flask, connections: int) -> None:
    """Leave some connections in the pool, used a moment ago."""
    with app.app_context():
        held = [db.engine.connect() for _ in range(connections)]
        for one in held:
            one.close()
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedin() == connections


def sign_in(browser: FlaskClient) -> int:
    page = browser.get("/login").text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    given = {"csrf_token": token, "login": "nobody", "password": "nothing-right"}
    return browser.post("/login", data=given).status_code


def test_a_restart_is_not_seen_by_whoever_comes_after_it(
    served: Flask, server: EmbeddedPostgres
) -> None:
    """Every kept connection is dead, none was idle for long: all the same, no request fails."""
    browser = served.test_client()
    assert sign_in(browser) == 422
    warm(served, 3)
    server.stop()
    server.start()
    assert [browser.get("/readyz").status_code for _ in range(4)] == [200] * 4
    warm(served, 3)
    server.stop()
    server.start()
    assert sign_in(browser) == 422, "an act as the first request is done, once"


def test_while_it_is_away_the_answer_says_so_and_nothing_else_is_wrong(
    served: Flask, server: EmbeddedPostgres
) -> None:
    browser = served.test_client()
    assert browser.get("/").status_code == 200
    server.stop()
    gone = browser.get("/?lang=en")
    assert gone.status_code == 503
    assert gone.headers["Retry-After"] == "10"
    assert "服务暂时不可用" in gone.text or "not available for a moment" in gone.text
    told = browser.get("/api/v1/items")
    assert (told.status_code, told.get_json()["code"]) == (503, "database-unreachable")
    server.start()
    assert browser.get("/").status_code == 200
    assert browser.get("/api/v1/items").status_code == 200
