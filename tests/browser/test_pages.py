"""Every main page, in both languages and on both widths: usable by all, whole, without faults.

``LIANBAN_SHOTS=folder`` keeps a picture of each.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from engine import definitions
from forms import plausible
from tests import databases
from tests.browser import people
from tests.browser.conftest import PATIENCE, Sessions
from tests.browser.gallery import CORRECTIONS, HEARD, WRITTEN, looks
from tests.browser.looking import too_wide, violations
from tests.browser.looks import Look
from tests.browser.watch import Watch
from tests.conftest import LiveServer, bound, live_system
from tests.engine.supervision import scenes
from tests.engine.voices import scenes as said
from tools import samples, stories
from tools.city import LOGINS

pytestmark = pytest.mark.browser

NAMES = [
    "home",
    "items",
    "guide",
    "query",
    "login",
    "register",
    "verify",
    "error",
    "start",
    "application-page",
    "application-rows",
    "materials",
    "check-answers",
    "check-stuck",
    "receipt",
    "status",
    "answer-notice",
    "my-cases",
    "my-licences",
    "my-licences-none",
    "my-licence",
    "my-licence-ended",
    "my-licence-announced",
    "my-licence-works",
    "verify-ended",
    "licences",
    "licence",
    "licence-ended",
    "licence-announced",
    "licence-act",
    "licence-forfeit",
    "notices",
    "inbox",
    "task-accept",
    "task-decide",
    "case",
    "search",
    "board",
    "board-cases",
    "oversight",
    "oversight-card",
    "oversight-forecast",
    "oversight-rules",
    "oversight-rule",
    "admin",
    "admin-version",
    "compare",
    "try",
    "what-if",
    "redeploy",
    "redeployment",
    "redeployments",
    "questions",
    "hearings",
    "hearing",
    "ask",
    "question",
    "complain",
    "complaint",
    "voice-query",
    "my-voices",
    "rate",
    "choices",
    "inbox-questions",
    "inbox-question",
    "inbox-ratings",
    "inbox-rating",
    "oversight-voices",
    "oversight-complaints",
    "oversight-complaint",
    "deliveries",
    "subscribers",
    "withdrawal",
    "status-suspended",
    "case-suspended",
    "admin-calendar",
    "studio",
    "studio-part",
    "studio-problems",
    "oversight-letters",
    "oversight-letter",
    "oversight-letter-new",
    "letter-to-unit",
    "oversight-breach-new",
    "oversight-doubts",
    "oversight-card-doubted",
    "oversight-time",
    "oversight-rule-red",
    "case-masked",
    "case-late",
    "case-closed",
    "status-late",
    "board-city",
    "repair-desk",
    "repair",
    "person",
    "programs",
    "import-plan",
    "organisation",
    "people",
    "access",
    "incidents",
    "incident-application",
]
WIDTHS = (1280, 390)
#: Each language is looked at by axe on one width, both by too_wide.
AXE = {"zh": 1280, "en": 390}
CHINESE = re.compile(r"[\u3400-\u9fff]+")
#: The number of a document, the name of a file, what is masked.
NUMBERED = re.compile(r"\S+〔\d{4}〕\d+号|[\u3400-\u9fff]+\d{9}\b|\S+\.pdf|[\u3400-\u9fff]+\*+\S*")
#: Everything people read on the page, the words for screen readers included.
READ = """() => {
  const found = [document.title]
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent)
    if (node.nodeType !== Node.ELEMENT_NODE) return
    if (['SCRIPT', 'STYLE'].includes(node.tagName) || (node.lang || '').startsWith('zh')) return
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-label', 'data-failed'])
      if (node.hasAttribute(name)) found.push(node.getAttribute(name))
    node.childNodes.forEach(walk)
  }
  walk(document.body)
  return found.map((text) => text.trim()).filter((text) => /[\\u3400-\\u9fff]/.test(text))
}"""


@pytest.fixture(scope="module")
def city(
    pg: databases.Server, city_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A running city of these pages alone: whatever stands on them was brought by them."""
    with live_system(pg, city_template, tmp_path_factory.mktemp("gallery")) as system:
        yield system


@pytest.fixture(scope="module")
def gallery(city: LiveServer) -> Iterator[dict[str, Look]]:
    """The pages by name, with the cases behind them."""
    for _ in bound(city.database_url):
        found = {look.name: look for look in looks()}
        assert sorted(found) == sorted(NAMES)
        yield found


class Browsers:
    """One browser a visitor and language for all pages: what pages share is loaded once."""

    def __init__(self, browser: Browser, address: str, sessions: Sessions) -> None:
        self._browser, self._address, self._sessions = browser, address, sessions
        self._known: dict[tuple[str, str], tuple[BrowserContext, Watch]] = {}

    @contextmanager
    def page(self, login: str, language: str) -> Iterator[Page]:
        """Open a page for a while; nothing may fail behind it."""
        if (login, language) not in self._known:
            state = self._sessions.state(login) if login else None
            context = self._browser.new_context(base_url=self._address, storage_state=state)
            context.set_default_timeout(PATIENCE)
            people.choose_language(context, self._address, language)
            self._known[login, language] = (context, Watch(context))
        context, watch = self._known[login, language]
        watch.faults.clear()
        page = context.new_page()
        yield page
        page.close()
        assert watch.faults == []

    def close(self) -> None:
        """Close all of them."""
        for context, _ in self._known.values():
            context.close()


@pytest.fixture(scope="module")
def browsers(browser: Browser, city: LiveServer) -> Iterator[Browsers]:
    """The browsers of all visitors of the gallery."""
    found = Browsers(browser, city.address, Sessions(browser, city.address))
    yield found
    found.close()


def typed_in_chinese() -> set[str]:
    """Return what people and items brought in Chinese only: names, answers, opinions, files."""
    texts: set[str] = {login.name for login in LOGINS} | {stories.WORDS, *WRITTEN}
    texts |= {scenes.WORDS, scenes.RESTORED, plausible.PLAIN}
    texts |= {*said.PUBLIC, said.RATED_WORDS, said.COMPLAINT, said.ASKED.title, said.ASKED.text}
    texts |= set(HEARD)
    texts |= {"演示城市"}  # the note of whoever deployed the items
    for bundle in definitions.published():
        texts |= {reason.article for reason in bundle.item.refusal_reasons}
    texts |= {entry["reason"] for entry in CORRECTIONS}
    for make in samples.APPLICATIONS.values():
        texts |= set(_strings(make()))
    return texts


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def left_in_chinese(page: Page) -> list[str]:
    """Return the interface's words that are still Chinese on an English page."""
    typed = sorted((t for t in typed_in_chinese() if CHINESE.search(t)), key=len, reverse=True)
    left = []
    for text in page.evaluate(READ):
        rest = NUMBERED.sub("", text)
        for known in typed:
            rest = rest.replace(known, "")
        if CHINESE.search(rest):
            left.append(text)
    return left


def keep_picture(page: Page, name: str) -> None:
    """Write a picture of the whole page into the folder that was asked for."""
    if folder := os.environ.get("LIANBAN_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_whole_and_in_its_language(
    name: str, language: str, browsers: Browsers, gallery: dict[str, Look]
) -> None:
    """Nothing for axe to find, nothing sticks out at 390 px, English pages are English."""
    look = gallery[name]
    with browsers.page(look.login, language) as page:
        answer = page.goto(look.path)
        assert answer is not None
        assert answer.status == look.status
        found = {where: what for where, what in _faults(page, name, language).items() if what}
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)


def _faults(page: Page, name: str, language: str) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        keep_picture(page, f"{name}-{language}-{width}")
        if width == AXE[language]:
            faults[f"axe at {width}"] = violations(page)
        faults[f"too wide at {width}"] = too_wide(page)
    if language == "en":
        faults["Chinese"] = left_in_chinese(page)
    return faults


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_menu_of_every_role_is_one_short_row_on_a_phone(
    language: str, browsers: Browsers
) -> None:
    """Applicant, clerk, head, leader, supervisor, administrator: five entries at most, all seen."""
    rows = {}
    for login in ("zhang.san", "wang.clerk", "qian.head", "chen.leader", "jc.he", "admin"):
        with browsers.page(login, language) as page:
            page.set_viewport_size({"width": 390, "height": 844})
            page.goto("/notices")
            links = page.locator(".lb-nav__link")
            boxes = [link.bounding_box() or {} for link in links.all()]
            rows[login] = (len(boxes) <= 5, len({box["y"] for box in boxes}))
            assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes), login
    assert set(rows.values()) == {(True, 1)}, rows
