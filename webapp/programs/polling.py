"""A poll: tasks that are there at once, or the first that come while the program waits.

Nothing is held meanwhile but a sleeping thread: no connection, no lock. It looks again when the
record has had a beat and something of its topics is free, or a lock on one has ended. A program
that has gone gets nothing: what it would have locked stays free.
"""

import select
import socket
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import current_app, request

from engine import db, programs
from engine.permissions import Actor
from webapp import live
from webapp.programs import answers
from webapp.programs.asking import Asked
from webapp.programs.free import PAUSE_SECONDS, Free
from webapp.room import ROOM

#: Longest a poll is held, below the timeouts of the proxies and servers in between.
HELD_SECONDS: Final = 20.0
_TICK: Final = 0.05
_FREE: Final = "lianban.programs.free"


def poll(asked: Asked, actor: Actor) -> list[dict[str, Any]]:
    """Return tasks for a program, as the interface writes them."""
    until = time.monotonic() + min(asked.wait.total_seconds(), HELD_SECONDS)
    found = _look(asked, actor)
    if found or not (asked.wait and asked.wanted and asked.most):
        return found
    with ROOM.seat() as seated:
        while seated and not found and _rest(until, [one.topic for one in asked.wanted]):
            if not ROOM.is_open or _gone(request.environ):
                return []
            found = _look(asked, actor)
    return found


def _look(asked: Asked, actor: Actor) -> list[dict[str, Any]]:
    """Fetch what there is."""
    with db.transaction():
        jobs = programs.fetch(
            asked.wanted, asked.worker, asked.most, asked.order, actor=actor, now=db.now()
        )
        return [answers.job(one, asked.with_properties) for one in jobs]


def _rest(until: float, topics: Collection[str]) -> bool:
    """Sleep until it is worth looking again; not at all when the time is over.

    Somebody else may have been quicker the last time, so there is always a pause.
    """
    free, earliest = _free(), time.monotonic() + PAUSE_SECONDS
    while (now := time.monotonic()) < until:
        if not ROOM.is_open or (now >= earliest and free.has(topics)):
            return True
        time.sleep(_TICK)
    return False


def _free() -> Free:
    """Return what all polls of this process look at."""
    pulse = live.pulse(current_app)
    known: Free | None = current_app.extensions.get(_FREE)
    if known is None or known.pulse is not pulse:
        known = current_app.extensions[_FREE] = Free(pulse)
    return known


def _gone(environ: Mapping[str, Any]) -> bool:
    """Say whether the program has closed its connection: its end can be read."""
    sock = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if not isinstance(sock, socket.socket):
        return False
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    try:
        return bool(waiting.poll(0)) and sock.recv(1, socket.MSG_PEEK) == b""
    except ValueError:  # an encrypted connection cannot be looked into
        return False
    except OSError:
        return True
