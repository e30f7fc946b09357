"""A poll: tasks that are there at once, or the first that come while the program waits.

Nothing is held meanwhile but a sleeping thread: no connection, no lock. It looks again when the
record has a beat, when a lock ends, and every few seconds in any case. A program that has gone gets
nothing: what it would have locked stays free.
"""

import select
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import current_app, request

from engine import db, programs
from engine.permissions import Actor
from webapp import live
from webapp.programs import answers
from webapp.programs.asking import Asked
from webapp.room import ROOM

#: Longest a poll is held, below the timeouts of the proxies and servers in between.
HELD_SECONDS: Final = 20.0
#: A waiting poll looks at the database at least and at most this often.
LOOK_SECONDS, PAUSE_SECONDS = 5.0, 0.5
_TICK: Final = 0.05


def poll(asked: Asked, actor: Actor) -> list[dict[str, Any]]:
    """Return tasks for a program, as the interface writes them."""
    until = time.monotonic() + min(asked.wait.total_seconds(), HELD_SECONDS)
    found, free_at = _look(asked, actor)
    if found or not asked.wait or not asked.wanted or not asked.most:
        return found
    with ROOM.seat() as seated:
        while seated and not found and time.monotonic() < until:
            _rest(until, free_at)
            if not ROOM.is_open or _gone(request.environ):
                return []
            found, free_at = _look(asked, actor)
    return found


def _look(asked: Asked, actor: Actor) -> tuple[list[dict[str, Any]], float]:
    """Fetch what there is; else say how many seconds it takes until something is free."""
    with db.transaction():
        now = db.now()
        jobs = programs.fetch(
            asked.wanted, asked.worker, asked.most, asked.order, actor=actor, now=now
        )
        shown = [answers.job(one, asked.with_properties) for one in jobs]
        free_at = None if shown else programs.next_free_at([w.topic for w in asked.wanted])
    return shown, _seconds(free_at, now)


def _seconds(at: datetime | None, now: datetime) -> float:
    return LOOK_SECONDS if at is None else max((at - now).total_seconds(), 0.0) + _TICK


def _rest(until: float, free_in: float) -> None:
    """Sleep until the record has a beat, something is free, or it is time to look again."""
    pulse = live.pulse(current_app)
    heard, begun = pulse.tag(), time.monotonic()
    at_most = min(until, begun + min(free_in, LOOK_SECONDS))
    while (now := time.monotonic()) < at_most and ROOM.is_open:
        if pulse.tag() != heard and now >= begun + PAUSE_SECONDS:
            return
        time.sleep(_TICK)


def _gone(environ: Mapping[str, Any]) -> bool:
    """Say whether the program has closed its connection: its end can be read."""
    sock = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if not isinstance(sock, socket.socket):
        return False
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    try:
        return bool(waiting.poll(0)) and sock.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
