"""The frame of all pages: languages, headers, errors, fields, public items."""

import json
import re
from datetime import UTC, date, datetime

import pytest

from engine.errors import ConflictError, EngineFault
from forms import TEMPLATES
from forms.text import Text
from webapp import create_app, language
from webapp.doors import open_to_all
from webapp.portal import catalogue
from webapp.settings import SettingsError


def test_every_kind_of_field_has_a_macro(app):
    """A form can ask for no template that the web lacks."""
    macros = app.jinja_env.get_template("macros/fields.html").module
    assert [name for name in TEMPLATES if not hasattr(macros, name)] == []


def test_every_template_parses(app):
    """Also those no test opens."""
    names = app.jinja_env.list_templates(filter_func=lambda n: not n.startswith("govuk"))
    for name in names:
        app.jinja_env.get_template(name)
    assert "layout.html" in names


def test_all_pages_forbid_foreign_and_inline_scripts_and_styles(visit):
    """The policy is strict, and the pages keep to it."""
    for path in ("/", "/items/medical-device-iii", "/login", "/nowhere"):
        answer = visit().get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers.getlist("Vary") == ["Cookie"]
        assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=| style=", answer.text)


def test_an_unknown_address_says_what_to_do_and_names_the_request(visit):
    """In the visitor's language, with an id that the log has too."""
    answer = visit().get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in answer.text
    assert "从首页查找事项" in answer.text
    assert "home page" in visit().get("/nowhere", lang="en").text


def test_programs_get_json(visit):
    """Code, message, fields and the request's id."""
    answer = visit().get("/api/v1/nowhere")
    body = json.loads(answer.text)
    assert (answer.status_code, body["request_id"]) == (404, answer.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConflictError(Text("已被他人办理", "Somebody was faster")), 409),
        (EngineFault(Text("流程无法继续", "The process cannot go on")), 500),
        (ZeroDivisionError("secret detail"), 500),
    ],
)
def test_errors_become_pages_without_secrets(app, visit, error, status):
    """Whatever happens, a page says what to do; details stay in the log."""

    @open_to_all("a page made to fail in a test")
    def fail():
        raise error

    app.view_functions["health.alive"] = fail
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = visit().get("/healthz")
    assert answer.status_code == status
    assert "secret detail" not in answer.text
    assert "请求编号" in answer.text


def test_readiness_needs_the_database(visit):
    """Alive without it, ready only with it."""
    person = visit()
    assert person.get("/healthz").json == {"status": "ok"}
    assert person.get("/readyz").status_code == 200


def test_a_page_is_shown_even_while_the_database_is_gone(app):
    """The error page itself must not need it."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    lost = create_app({"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": url.replace("_web", "_gone")})
    answer = lost.test_client().get("/")
    assert answer.status_code == 503
    assert "服务暂时不可用" in answer.text


def test_settings_that_cannot_work_stop_the_start(monkeypatch):
    """The message says which variable to set."""
    for name in ("LIANBAN_SECRET_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="LIANBAN_SECRET_KEY"):
        create_app({})
    with pytest.raises(SettingsError, match="LIANBAN_FACE"):
        create_app({"FACE": "both"})


def test_the_guide_shows_the_nine_public_elements(visit):
    """Name, basis, conditions, quantity, materials, procedure, limits, fee basis and standard."""
    page = visit().get("/items/medical-device-iii").text
    for words in (
        "第三类医疗器械经营许可",
        "设定依据",
        "申请条件",
        "数量限制",
        "申请材料",
        "办理程序和时限",
        "法定时限",
        "收费依据",
        "收费标准",
    ):
        assert words in page
    assert "20个工作日" in page
    assert "<svg" in page


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        ("15", "第15条", ", art. 15"),
        ("33, 35", "第33条、第35条", ", arts. 33 and 35"),
        ("26, 42(2)", "第26条、第42条第二款", ", arts. 26 and 42(2)"),
        ("8, 14–21", "第8条、第14条至第21条", ", arts. 8 and 14–21"),
    ],
)
def test_articles_are_written_out_in_the_words_of_each_language(written, zh, en):
    """As laws are cited."""
    assert catalogue.articles(written) == Text(zh, en)


def test_items_are_found_by_words_theme_and_department(visit):
    """And where nothing fits, the page says so and shows a way on."""
    person = visit()
    assert "第三类医疗器械" in person.get("/items", q="医疗 许可").text
    assert "第三类医疗器械" in person.get("/items", q="DEVICES").text
    assert "第三类医疗器械" not in person.get("/items", theme="food").text
    assert "第三类医疗器械" in person.get("/items", department="scjg").text
    assert "没有找到符合的事项" in person.get("/items", q="不存在的事项").text
    assert person.get("/items/none").status_code == 404


def test_dates_are_written_as_people_of_the_language_write_them(app):
    """Instants on the city's clock; a limit that ends at midnight names its last day."""
    instant = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    with app.test_request_context("/?lang=zh"):
        assert language.format_date(date(2026, 11, 23)) == "2026年11月23日"
        assert language.format_instant(instant) == "2026年11月24日 00:00"
        assert language.format_due(instant) == "2026年11月23日"
    with app.test_request_context("/?lang=en"):
        assert language.format_instant("2026-11-23T06:05:00+00:00") == "23 Nov 2026 14:05"
