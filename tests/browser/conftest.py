"""Fixtures of the browser tests: visitors who are signed in, and cases played beforehand."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from engine import clock
from tests.browser import people
from tests.browser.watch import Watch
from tests.conftest import LiveServer, bound
from tests.engine.supervision.scenes import rule_as_shipped

Visit = Callable[..., Page]
PATIENCE = 15_000  # milliseconds: two cores may be busy with other tests


expect.set_options(timeout=PATIENCE)


class Sessions:
    """Signs everybody in once, through the login page, and keeps the cookies for later visits."""

    def __init__(self, browser: Browser, address: str):
        self._browser, self._address = browser, address
        self._states: dict[str, Any] = {}

    def state(self, login: str) -> Any:
        """Return the browser's cookies of somebody who has signed in."""
        if login not in self._states:
            context = self._browser.new_context(base_url=self._address, locale="zh-CN")
            page = context.new_page()
            people.log_in(page, login)
            self._states[login] = context.storage_state()
            context.close()
        return self._states[login]


@pytest.fixture(scope="session")
def sessions(browser: Browser, live_server: LiveServer) -> Sessions:
    """The logins of this run."""
    return Sessions(browser, live_server.address)


@pytest.fixture
def visit(
    new_context: Callable[..., BrowserContext], live_server: LiveServer, sessions: Sessions
) -> Iterator[Visit]:
    """Open a browser of one's own: ``visit("wang.clerk", language="en")``; nobody for no login.

    At the end nothing may have failed behind the pages: no script error, no refused request.
    """
    watches = []

    def open_browser(login: str = "", *, language: str = "zh", **options: Any) -> Page:
        state = sessions.state(login) if login else None
        context = new_context(base_url=live_server.address, storage_state=state, **options)
        context.set_default_timeout(PATIENCE)
        people.choose_language(context, live_server.address, language)
        watches.append(Watch(context))
        return context.new_page()

    yield open_browser
    assert [fault for watch in watches for fault in watch.faults] == []


@pytest.fixture
def live_engine(live_server: LiveServer) -> Iterator[str]:
    """The engine of this process bound to the database of the running system."""
    yield from bound(live_server.database_url)


@pytest.fixture
def rules_as_shipped(live_engine: str) -> None:
    """The rules of supervision that another test of this city may have made milder."""
    rule_as_shipped(clock.now())
