"""Two languages, in place: Chinese first, English complete; dates where the city is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, g, has_request_context, request

from engine.clock import CIVIL_ZONE, civil_date
from forms.text import Text, dated
from webapp import current

COOKIE = "lang"
LANGUAGES = ("zh", "en")
#: Where programs ask, who choose a language as programs do; a page of theirs would have a link.
PROGRAMS = "/api/v1/"
YEAR_SECONDS = 365 * 24 * 3600


def lang() -> str:
    """Return the language of this request: ``?lang=``, else the cookie, else Chinese.

    For a program: ``?lang=``, else the first of ``Accept-Language`` that we have, else Chinese.
    """
    if not has_request_context():
        return "zh"
    if "lang" not in g:
        g.lang = _chosen(current.request())
    return str(g.lang)


def _chosen(by: Request) -> str:
    if by.path.startswith(PROGRAMS) and "lang" not in by.args:
        wanted = (tag.partition("-")[0].lower() for tag in by.accept_languages.values())
        return next((tag for tag in wanted if tag in LANGUAGES), LANGUAGES[0])
    asked = by.args.get("lang") or by.cookies.get(COOKIE)
    return asked if asked in LANGUAGES else LANGUAGES[0]


def prefer(language: str) -> None:
    """Show a person's own language from now on, unless one was chosen in this browser."""
    chosen = request.args.get("lang") or request.cookies.get(COOKIE)
    if language in LANGUAGES and chosen not in LANGUAGES:
        g.lang = g.preferred_lang = language


def t(zh: Text | str | None, en: str | None = None) -> str:
    """Pick the wording of this request: ``t('提交', 'Submit')`` or ``t(text)``."""
    if zh is None:
        return ""
    if isinstance(zh, Text):
        return zh.pick(lang())
    return zh if en is None or lang() == "zh" else en


def format_date(value: date | datetime | str | None) -> str:
    """Write a day: 2026年11月23日 or 23 Nov 2026; an instant gives its day in the city."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = civil_date(value if value.tzinfo else value.replace(tzinfo=UTC))
    return dated(value).pick(lang())


def format_instant(value: datetime | str | None) -> str:
    """Write an instant as day, hour and minute on the city's clock."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    local = value.astimezone(CIVIL_ZONE)
    return f"{format_date(local.date())} {local:%H:%M}"


def format_due(value: datetime | None) -> str:
    """Write a due time: its last day when it ends at midnight, else day and hour."""
    if value is None:
        return ""
    local = value.astimezone(CIVIL_ZONE)
    if (local.hour, local.minute) == (0, 0):
        return format_date(local.date() - timedelta(days=1))
    return format_instant(value)


def format_size(size: int) -> str:
    """Write the size of a file: 812 KB, 1.4 MB."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def city() -> str:
    """Return the name of the city this installation serves."""
    return t(current_app.config["CITY_ZH"], current_app.config["CITY_EN"])


def install(app: Flask) -> None:
    """Give templates the language helpers, and keep a language asked for by ``?lang=``."""
    app.jinja_env.globals.update(t=t, lang=lang, city=city)
    app.jinja_env.filters.update(
        date=format_date,
        instant=format_instant,
        due=format_due,
        size=format_size,
        pick=_pick_any,
    )
    app.after_request(_remember)


def _pick_any(value: Any) -> str:
    return t(value) if isinstance(value, Text) else str(value)


def _remember(response: Response) -> Response:
    by = current.request()
    asked = (by.query_string and by.args.get("lang")) or g.get("preferred_lang")
    if asked in LANGUAGES:
        response.set_cookie(
            COOKIE,
            asked,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response
