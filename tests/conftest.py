"""Fixtures for all tests: databases, the engine bound to one, the web app, a browser."""

import contextlib
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from engine import clock, db
from forms.text import Text
from tests import compiled, databases, guards
from tools import machine, serving

ROOT = Path(__file__).resolve().parent.parent
_numbers = itertools.count(1)
_LIVING = frozenset({"live_server", "city"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that `-m "not browser"` and `-m "not db"` are true.

    Those that use a living city come first: of several processes one has them all, and the others
    need no city of their own, whose worker takes time even when there is nothing to do.
    """
    items.sort(key=lambda item: not _LIVING.intersection(getattr(item, "fixturenames", ())))
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "page" in fixtures or "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "pg" in fixtures:
            item.add_marker(pytest.mark.db)


@pytest.fixture(scope="session", autouse=True)
def _this_machine_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        guards.refuse_other_machines(patch)
        yield


@pytest.fixture(scope="session")
def _mail_ports() -> set[int]:
    return set()


@pytest.fixture(scope="session", autouse=True)
def _no_real_mail(_mail_ports: set[int]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        guards.refuse_real_mail(patch, _mail_ports)
        yield


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """Real hashes, made and checked with the least work: hundreds of tests log somebody in."""
    people = import_module("engine.people")
    with pytest.MonkeyPatch.context() as patch:
        least = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(people, "_hasher", least)
        yield


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compiled.share_statements(patch)
        compiled.share_templates(patch)
        yield


@pytest.fixture
def mailbox(_mail_ports: set[int]) -> Iterator[guards.Mailbox]:
    """A local mail server; sent mail is in ``mailbox.messages``."""
    with guards.Mailbox() as box:
        thread = threading.Thread(target=box.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        _mail_ports.add(box.port)
        yield box
        _mail_ports.discard(box.port)
        box.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def pg() -> Iterator[databases.Server]:
    """The PostgreSQL server of this pytest process."""
    with databases.server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(pg: databases.Server) -> Iterator[str]:
    """The name of a database at the newest migration, copied for each test."""
    name = f"{pg.prefix}_migrated"
    db.migrate(pg.create(name))
    db.dispose()  # a template that somebody is connected to cannot be copied
    yield name
    pg.drop(name)


@pytest.fixture
def db_url(pg: databases.Server, migrated_template: str) -> Iterator[str]:
    """The address of a fresh, migrated, empty database of this test alone."""
    name = f"{pg.prefix}_{next(_numbers)}"
    yield pg.create(name, migrated_template)
    pg.drop(name)


@pytest.fixture
def engine_db(db_url: str) -> Iterator[str]:
    """The engine bound to a fresh database; open ``db.transaction()`` yourself."""
    yield from bound(db_url)


@pytest.fixture
def session(engine_db: str) -> Iterator[Session]:
    """An open transaction on a fresh database, rolled back at the end."""

    class RollBack(Exception):  # noqa: N818 - a signal to the transaction, no error
        pass

    with contextlib.suppress(RollBack), db.transaction() as opened:
        yield opened
        raise RollBack


@pytest.fixture(scope="session")
def city_template(pg: databases.Server, migrated_template: str) -> Iterator[str]:
    """The name of a database with the demo city and the items of processes/ deployed."""
    name = f"{pg.prefix}_demo_city"
    # Loaded when first needed: most tests run without the whole engine.
    city = import_module("tools.city")
    for _ in bound(pg.create(name, migrated_template)):
        city.seed(now=clock.now())
        city.deploy_items(ROOT / "processes", now=clock.now())
    yield name
    pg.drop(name)


@pytest.fixture
def city_url(pg: databases.Server, city_template: str) -> Iterator[str]:
    """The address of a fresh copy of the demo city."""
    name = f"{pg.prefix}_{next(_numbers)}"
    yield pg.create(name, city_template)
    pg.drop(name)


@pytest.fixture
def city_db(city_url: str) -> Iterator[str]:
    """The engine bound to a fresh copy of the demo city."""
    yield from bound(city_url)


@pytest.fixture
def city_app(city_url: str) -> Iterator[Flask]:
    """The web application on a fresh copy of the demo city."""
    yield from web_app(city_url)


@dataclass(frozen=True)
class LiveServer:
    """A running system with the demo city, for browsers and programs."""

    address: str
    database_url: str
    mail: Path  # e-mail ends here, one file a message


@contextlib.contextmanager
def live_system(pg: databases.Server, template: str, folder: Path) -> Iterator[LiveServer]:
    """Run a web server and a worker in processes of their own, on a copy of a database."""
    name, port = f"{pg.prefix}_live_{next(_numbers)}", machine.free_port()
    url, address = pg.create(name, template), f"http://127.0.0.1:{port}"
    environment = {
        "DATABASE_URL": url,
        "LIANBAN_SECRET_KEY": "only for tests",
        "LIANBAN_PUBLIC_URL": address,
        "LIANBAN_MAIL_URL": (folder / "mail").as_uri(),
    }
    children = serving.Children(folder, environment)
    try:
        children.start(Text("网站", "web server"), serving.web_command(port, workers=1, threads=8))
        children.start(Text("后台进程", "worker"), serving.worker_command())
        serving.wait_until_healthy(address, children)
        yield LiveServer(address, url, folder / "mail")
        children.check()
    finally:
        children.stop()
        pg.drop(name)


@pytest.fixture(scope="session")
def live_server(
    pg: databases.Server, city_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """The running system that the tests of a run share."""
    with live_system(pg, city_template, tmp_path_factory.mktemp("live")) as system:
        yield system


@pytest.fixture
def app(db_url: str) -> Iterator[Flask]:
    """The web application on a fresh database; forms are taken without their CSRF token."""
    yield from web_app(db_url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor of the web application without a browser."""
    return app.test_client()


def web_app(url: str) -> Iterator[Flask]:
    """Make the web application on a database for the time of a fixture."""
    # Loaded when first needed: most tests run without the web application.
    made: Flask = import_module("webapp").create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "only for tests",
            "SQLALCHEMY_DATABASE_URI": url,
            "WTF_CSRF_ENABLED": False,
        }
    )
    yield made
    import_module("webapp.live").pulse(made).close()
    with made.app_context():
        for pool in made.extensions["sqlalchemy"].engines.values():
            pool.dispose()
        db.dispose()


def bound(url: str) -> Iterator[str]:
    """Bind the engine to a database for the time of a fixture."""
    db.configure(url)
    try:
        yield url
    finally:
        db.dispose()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, kept from speaking to anybody but this machine."""
    return {
        **browser_type_launch_args,
        "executable_path": machine.find_chromium(),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A Chinese visitor at a desk; other widths and languages are set by the test."""
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1280, "height": 900},
    }
