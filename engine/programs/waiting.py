"""Which programs the open tasks of a case wait for, in words."""

from dataclasses import dataclass
from datetime import datetime

from engine import jobs
from engine.programs.accounts import programs_for
from forms.text import Text


@dataclass(frozen=True)
class Waiting:
    """What an open task waits for: programs by name, since when, and how it stands."""

    topic: str
    #: The one that works on it, else all that may fetch it.
    programs: tuple[str, ...]
    since: datetime
    #: ``waiting``, ``working``, ``again`` (a further attempt is due) or ``failed``.
    state: str
    failure: str
    details: str

    @property
    def words(self) -> Text:
        """How it stands."""
        return _STATES[self.state]


_STATES = {
    "waiting": Text("尚未领取", "not fetched yet"),
    "working": Text("正在办理", "being done"),
    "again": Text("办理失败，将重试", "an attempt failed; it is tried again"),
    "failed": Text("办理失败，待管理员处理", "given up; an administrator has to look at it"),
}


def of_case(case_id: int, *, now: datetime) -> dict[str, Waiting]:
    """Return what the open tasks of a case wait for, by task."""
    rows = jobs.of_case(case_id)
    names = programs_for() if rows else {}
    found = {}
    for row in rows:
        working = row.worker_id is not None and (row.locked_until or now) > now
        state = "working" if working else "waiting"
        if row.retries is not None:
            state = "failed" if row.retries == 0 else "again"
        who = (row.person.name,) if row.person is not None and working else ()
        found[row.task_id] = Waiting(
            row.topic,
            who or tuple(names.get(row.topic, ())),
            row.created_at,
            state,
            row.failure,
            row.details,
        )
    return found
