"""A case's place in the queue is its lock: taken in a transaction of its own, given back in one."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tools.bench.stock_way.rows import Case, Queued, session


def take(number: int) -> None:
    """Lock a case if nobody has; once that is committed, ``check`` says whether it was us."""
    free = session.query(Queued).filter(Queued.case_id == number, Queued.locked_by.is_(None))
    free.update({"locked_by": _me(), "locked_at": round(time.time())})


def check(number: int) -> None:
    """Raise RuntimeError unless the case is locked by this thread."""
    if _place(number).locked_by != _me():
        raise RuntimeError(f"Expected case {number} to be free, but somebody has locked it")


def is_for_later(number: int) -> bool:
    """Say whether a case is to go on at some later time."""
    return _place(number).run_at > round(time.time())


@contextmanager
def given_back(number: int) -> Iterator[None]:
    """Give a locked case back at the end, with its state by then."""
    try:
        yield
    finally:
        with session.begin():
            place = _place(number)
            place.status = session.get_one(Case, number).status
            place.run_at = max(place.run_at, round(time.time()))
            place.locked_by = place.locked_at = None


def _me() -> str:
    return f"{os.getpid()}:{threading.get_ident()}"


def _place(number: int) -> Queued:
    return session.query(Queued).filter_by(case_id=number).one()
