"""Connections that lay idle are tried before they are used.

A connection may have died since it was used last: a restart of the database, a firewall that
forgets. Trying each before every unit of work costs a round trip; one used a moment ago is almost
surely alive, and if not, its unit of work fails as it would if the connection died in its midst.
"""

import time
from typing import Any, Final

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

#: A connection that was given back within this many seconds is not tried.
TRUSTED_SECONDS: Final = 2.0
_SINCE: Final = "lianban.idle-since"


def watch() -> None:
    """Try idle connections of every pool of this process."""
    event.listen(Pool, "checkin", _given_back)
    event.listen(Pool, "checkout", _taken)


def _given_back(_driver: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_SINCE] = time.monotonic()


def _taken(driver: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    """Raise DisconnectionError, upon which the pool opens another, for one that is dead."""
    since = entry.info.get(_SINCE)
    if since is None or time.monotonic() - since < TRUSTED_SECONDS:
        return
    if not isinstance(driver, psycopg.Connection):
        return
    try:
        driver.execute("")
        driver.rollback()
    except psycopg.Error as error:
        raise DisconnectionError(str(error)) from error
