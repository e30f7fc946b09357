"""What can be set from outside: environment variables, with defaults that suit one machine."""

import os
from datetime import timedelta
from typing import Any

FACES = ("public", "internal", "all")
MEGABYTE = 1024 * 1024


class SettingsError(Exception):
    """Expected settings the web application can start with; the message says which is wrong."""


def from_environment() -> dict[str, Any]:
    """Read the settings of the web application from environment variables.

    ``LIANBAN_FACE`` public | internal | all; ``LIANBAN_SECRET_KEY`` signs cookies and must be the
    same on every machine; ``DATABASE_URL``; ``LIANBAN_HTTPS=1`` marks cookies as secure;
    ``LIANBAN_IDLE_MINUTES`` ends a login that is not used; ``LIANBAN_PROXIES`` is the number of
    proxies before us whose word about addresses is taken; ``LIANBAN_CITY``/``LIANBAN_CITY_EN``.
    """
    values: dict[str, Any] = {
        "FACE": os.environ.get("LIANBAN_FACE", "all"),
        "CITY_ZH": os.environ.get("LIANBAN_CITY", "江城市"),
        "CITY_EN": os.environ.get("LIANBAN_CITY_EN", "Jiangcheng"),
        "PROXIES": int(os.environ.get("LIANBAN_PROXIES", "0")),
        "IDLE": timedelta(minutes=int(os.environ.get("LIANBAN_IDLE_MINUTES", "60"))),
        "SESSION_COOKIE_NAME": "lianban",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": os.environ.get("LIANBAN_HTTPS") == "1",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=7),
        # The token lives as long as the session: a page left open over lunch can still be sent.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "MAX_CONTENT_LENGTH": 64 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": 4 * MEGABYTE,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
    }
    if key := os.environ.get("LIANBAN_SECRET_KEY"):
        values["SECRET_KEY"] = key
    if url := os.environ.get("DATABASE_URL"):
        values["SQLALCHEMY_DATABASE_URI"] = url
    return values


def check(config: dict[str, Any]) -> None:
    """Refuse to start with settings that cannot work.

    Raises SettingsError and says what to set.
    """
    if config["FACE"] not in FACES:
        raise SettingsError(f"LIANBAN_FACE is {config['FACE']!r}; choose one of {', '.join(FACES)}")
    if not config.get("SECRET_KEY"):
        raise SettingsError(
            "LIANBAN_SECRET_KEY is not set; give every web process the same long text"
        )
    if not config.get("SQLALCHEMY_DATABASE_URI"):
        raise SettingsError("DATABASE_URL is not set; name a PostgreSQL database")
