"""The applicants of a history, in a process of their own: they write, upload and submit.

They take other numbers than the staff do (of cases and receipts), so both may go on at the same
time and still give every case the number it would have had with one of them alone. They run ahead
of the staff by a few days at most.
"""

import contextlib
import gc
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Final

from engine import cases, clocks, db, definitions, outbox, people
from engine.permissions import Actor
from forms.text import Text
from tools import data, samples
from tools.errors import ToolsError
from tools.history import applications, demand
from tools.history.demand import PLAYED, Arrival, Plan

#: How far the applicants may be ahead of the staff.
AHEAD: Final = timedelta(days=2)
#: A crash loses the last moment of a history; it has to be made anew in any case.
QUICKLY: Final = {"options": "-csynchronous_commit=off"}


def quick(url: str) -> str:
    """Return a database's address with which commits do not wait for the disk."""
    return data.with_settings(url, QUICKLY)


@dataclass
class Applicants:
    """Who applies in a span; accounts are opened when somebody comes for the first time."""

    plan: Plan
    actors: dict[str, Actor] = field(default_factory=dict)

    def apply(self, arrival: Arrival) -> int | None:
        """Write and submit an application; return its case, None for a draft given up."""
        chance = demand.drawn(arrival.key, "writing")
        begun = arrival.at - timedelta(minutes=chance.randrange(6, 50))
        who = self._who(arrival)
        with db.transaction():
            actor = self._actor(arrival.login, who, begun)
            draft = cases.start_draft(arrival.item, actor=actor, now=begun)
            filled = applications.answers(arrival, who)
            cases.save_draft(draft.id, None, filled, actor=actor, now=begun)
            if arrival.given_up:
                return None
            of = definitions.bundle(draft.version_id)
            asked = cases.required_materials(of, draft.answers)
            files = [(m.code, (f"{m.name.zh}.pdf", samples.pdf_file(m.code))) for m in asked]
            cases.materials.add_all_to_draft(draft, files, actor=actor, now=begun)
            return cases.submit(draft.id, actor=actor, now=arrival.at).id

    def _who(self, arrival: Arrival) -> demand.Applicant | None:
        if arrival.login in PLAYED:
            return None
        return demand.applicant(self.plan.seed, int(arrival.login.removeprefix("sq")))

    def _actor(self, login: str, who: demand.Applicant | None, now: datetime) -> Actor:
        if login not in self.actors:
            if who is not None:
                row = {"kind": "applicant", "login": login, "name": who.name, "phone": who.phone}
                people.set_up({}, (), [{**row, "id_number": who.id_number}], now=now)
            self.actors[login] = people.actor_for_login(login)
        return self.actors[login]


class Portal:
    """The applicants' process as the staff see it."""

    def __init__(self, url: str, plan: Plan) -> None:
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        arguments = (theirs, url, plan)
        self._process = context.Process(target=work, args=arguments, name="applicants", daemon=True)
        self._theirs = theirs

    def __enter__(self) -> "Portal":
        self._process.start()
        self._theirs.close()  # so that its end is seen when the process ends
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._ours.close()
        self._process.terminate()
        self._process.join()

    def let_go_on(self, now: datetime) -> None:
        """Tell the applicants how far the staff are."""
        with contextlib.suppress(BrokenPipeError):  # nobody applies any more: all have
            self._ours.send(now + AHEAD)

    def case_of(self, arrival: Arrival) -> int | None:
        """Wait for an application to be in; return its case. Raises ToolsError when none comes."""
        try:
            number, found = self._ours.recv()
        except EOFError as error:
            raise _broken(str(error)) from error
        if number != arrival.number:
            raise _broken(f"{number} != {arrival.number}: {found}")
        return found if isinstance(found, int) else None


def _broken(why: str) -> ToolsError:
    return ToolsError(
        Text(f"生成历史时申请未能提交：{why}", f"An application of the history failed: {why}")
    )


def work(connection: Connection, url: str, plan: Plan) -> None:
    """Apply, one after the other, never too far ahead: the whole work of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    os.environ.pop(outbox.MAIL_URL, None)
    db.configure(quick(url), pool_size=1)
    seldom_collecting()
    try:
        _apply_all(connection, plan)
    except (EOFError, BrokenPipeError):
        return  # nobody waits for us any more
    except Exception as error:
        connection.send((-1, f"{type(error).__name__}: {error}"))
        raise
    finally:
        db.dispose()


def seldom_collecting() -> None:
    """Let Python look for garbage seldom: an act makes thousands of objects that die with it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _apply_all(connection: Connection, plan: Plan) -> None:
    allowed, applicants = plan.begin, Applicants(plan)
    for arrival in _arrivals(plan):
        while arrival.at > allowed or connection.poll():
            allowed = connection.recv()
        connection.send((arrival.number, applicants.apply(arrival)))


def _arrivals(plan: Plan) -> Iterator[Arrival]:
    calendar = clocks.calendar()
    db.session().close()
    yield from demand.arrivals(plan, calendar)
