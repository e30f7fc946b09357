"""A process that is killed, as by ``kill -9``, in the middle of what it writes."""

import os
import signal

from sqlalchemy import create_engine, event
from sqlalchemy.orm import scoped_session, sessionmaker

from engine import db

STATEMENT, COMMIT = "before_cursor_execute", "commit"


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
