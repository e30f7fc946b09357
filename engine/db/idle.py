"""Connections that lay idle are tried before they are used.

A connection may have died since it was used last: a restart of the database, a firewall that
forgets. Trying each before every unit of work costs a round trip. One used a moment ago is tried
only when the database has said something on it unasked: a server that ends says goodbye, or its
end of the line is closed. Asking the system for that costs no round trip and a microsecond.
"""

import select
import time
from typing import Any, Final

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

#: A connection given back within this many seconds is not tried, as long as its line is quiet.
TRUSTED_SECONDS: Final = 2.0
_SINCE: Final = "lianban.idle-since"
_LINE: Final = "lianban.line"


def watch() -> None:
    """Try idle connections of every pool of this process."""
    event.listen(Pool, "checkin", _given_back)
    event.listen(Pool, "checkout", _taken)


def _given_back(_driver: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_SINCE] = time.monotonic()


def _taken(driver: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    """Raise DisconnectionError, upon which the pool opens another, for one that is dead."""
    since = entry.info.get(_SINCE)
    if since is None or not isinstance(driver, psycopg.Connection):
        return
    if time.monotonic() - since < TRUSTED_SECONDS and _quiet(driver, entry):
        return
    try:
        driver.execute("")
        driver.rollback()
    except psycopg.Error as error:
        raise DisconnectionError(str(error)) from error


def _quiet(driver: psycopg.Connection[Any], entry: ConnectionPoolEntry) -> bool:
    """Say whether nothing has come on an idle connection: no word, no end."""
    line: select.poll | None = entry.info.get(_LINE)
    if line is None:
        if driver.closed:
            return False
        line = entry.info[_LINE] = select.poll()
        line.register(driver.fileno(), select.POLLIN)
    return not line.poll(0)
