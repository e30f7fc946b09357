"""Playing a history from its first day to now: the applicants in one process, the staff in this."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from engine import cases, clocks, db, outbox, people
from engine.clock import civil_date
from engine.permissions import SYSTEM
from forms.text import Text
from tools.errors import ToolsError
from tools.history import crew as staff
from tools.history import demand
from tools.history.agenda import Agenda
from tools.history.crew import Crew
from tools.history.demand import Arrival, Plan
from tools.history.office import Office
from tools.history.oversight import Oversight
from tools.history.portal import Portal, quick, seldom_collecting
from tools.history.turns import Turns
from tools.history.voices import Voices

SEED: Final = "jiangcheng"
#: Told how many applications have been dealt with, and of how many.
Report = Callable[[int, int], None]


def refuse_unless_empty() -> None:
    """Raise ToolsError when the city has cases: a history begins before all others."""
    if not cases.none_yet():
        raise ToolsError(
            Text(
                "这里已经有办件。历史只能在空的演示城市里生成：请加 --reset 重新开始，"
                "或用 --data-dir 换一个目录。没有更改任何内容。",
                "There are cases here already. A history needs an empty demo city: start anew with"
                " --reset, or choose another --data-dir. Nothing was changed.",
            )
        )


def prepare(plan: Plan) -> None:
    """Bring in the colleagues of a history and the calendars of its years, where published."""
    with db.transaction():
        people.set_up({}, (), staff.rows(), now=plan.begin)
    for year in range(civil_date(plan.begin).year, civil_date(plan.end).year + 1):
        try:
            with db.transaction():
                clocks.load_years([year], actor=SYSTEM, now=plan.begin)
        except NotImplementedError:
            continue  # not published yet: due times of that year are provisional


def play(url: str, plan: Plan, report: Report = lambda _done, _of: None) -> int:
    """Play a history in the city at ``url``, to which the engine is bound; return how many cases.

    Raises ToolsError when there are cases already, or an application cannot be submitted.
    """
    refuse_unless_empty()
    with _bound_quickly(url):
        prepare(plan)
        calendar = clocks.calendar()
        arrivals = demand.arrivals(plan, calendar)
        agenda, crew = Agenda(), Crew(plan.seed, calendar)
        office = Office(plan, agenda, crew)
        Turns(office)
        Voices(office)
        with Portal(url, plan) as portal:
            _put_looks(agenda, Oversight(office), portal)
            _put_arrivals(agenda, arrivals, office, portal, report)
            agenda.run(plan.end)
        with db.transaction() as session:
            outbox.keep_in_house(session)
        report(len(arrivals), len(arrivals))
        return len(office.courses)


@contextmanager
def _bound_quickly(url: str) -> Iterator[None]:
    """Bind the engine without waiting for the disk, and without mail about what is long past."""
    mail, often = os.environ.pop(outbox.MAIL_URL, None), gc.get_threshold()
    db.configure(quick(url))
    seldom_collecting()
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()
        db.configure(url)
        if mail is not None:
            os.environ[outbox.MAIL_URL] = mail


def _put_looks(agenda: Agenda, oversight: Oversight, portal: Portal) -> None:
    moments = oversight.moments()

    def look(now: datetime) -> None:
        portal.let_go_on(now)
        oversight.look(now)
        put_next()

    def put_next() -> None:
        if (following := next(moments, None)) is not None:
            agenda.put(following, look)

    put_next()


def _put_arrivals(
    agenda: Agenda, arrivals: list[Arrival], office: Office, portal: Portal, report: Report
) -> None:
    for arrival in arrivals:

        def receive(_now: datetime, arrival: Arrival = arrival) -> None:
            case_id = portal.case_of(arrival)
            if case_id is not None:
                office.receive(arrival, case_id)
            report(arrival.number, len(arrivals))

        agenda.put(arrival.at, receive)
