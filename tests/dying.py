"""A process that is killed, as by ``kill -9``, in the middle of what it writes."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator

from sqlalchemy import create_engine, event
from sqlalchemy.orm import scoped_session, sessionmaker

from engine import db

STATEMENT, COMMIT = "before_cursor_execute", "commit"
STATEMENTS_AT_MOST = 80


def die_at(url: str, at: int, *counted: str) -> None:
    """Let this process use a database and be killed before so many statements or commits.

    For a process of its own, that has been forked for it.
    """
    engine, seen = create_engine(url), 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in counted:
        event.listen(engine, name, count)
    db.use(scoped_session(sessionmaker(engine, expire_on_commit=False)))


def killed_at_each(url: str, act: Callable[[], object]) -> Iterator[int]:
    """Do something in processes that are killed before each statement in turn, commits included.

    Gives the number of each statement that one was killed at, and ends when one ends well.
    """
    for at in range(1, STATEMENTS_AT_MOST):
        process = multiprocessing.get_context("fork").Process(target=_act, args=(url, act, at))
        process.start()
        process.join()
        if process.exitcode == 0:
            return
        assert process.exitcode == -signal.SIGKILL
        yield at
        db.session().close()
    raise AssertionError("there is no end to its statements")


def _act(url: str, act: Callable[[], object], at: int) -> None:
    die_at(url, at, STATEMENT, COMMIT)
    act()
    os._exit(0)
