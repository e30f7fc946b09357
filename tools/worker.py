"""The worker process: queued jobs and due timers; any number may run, on any machine.

What is due is decided by the database's clock, so machines whose own clocks differ agree. After an
outage each line of a worker takes what has been due longest; what several do at once has no order
between cases, the timers of one case always have theirs. A cycle that has missed many rounds goes
off once and then waits for its next round.
"""

import asyncio
import contextlib
import logging
import signal
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import procrastinate

from engine import (
    advance,
    cases,
    db,
    firing,
    incidents,
    licences,
    messages,
    migrating,
    outbox,
    postbox,
    supervision,
    tasks,
)
from engine.errors import EngineError, EngineFault
from engine.incidents import Attempt
from forms.text import Text
from tools import data, metrics

TIMER_SECONDS = 1.0  # between two looks at the timers
SUPERVISION_SECONDS = 60.0  # between two looks for cards to issue
#: Cases given their cards with one commit. People who act on one of them wait that long.
CARDS_TOGETHER: Final = 10
STALLED_SECONDS = 60.0  # between two looks for jobs whose worker died
AGAIN_SECONDS = 2.0  # before the job queue is asked again when the database was away
STOP_SECONDS = 30.0  # for the jobs that are running when the worker is told to leave
JOBS_AT_ONCE = 4  # by line of work
MOST_LINES: Final = 32
#: A worker that is cut off notices within half a minute, and so does the database: what it held is
#: free for the others again. What the database's address says itself wins.
STEADY: Final = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "options": "-cidle_in_transaction_session_timeout=20s",
}

log = logging.getLogger("lianban.worker")


#: What a worker counts, in words.
KINDS: Final = {
    "timers": Text("触发的定时", "timers fired"),
    "messages": Text("投递的消息", "messages delivered"),
    "lapsed": Text("到期的期限和停止计时", "limits and stops ended"),
    "cards": Text("信号和牌", "signals and cards"),
    "migrated": Text("迁移的办件", "cases moved between versions"),
    "jobs": Text("排队的任务", "jobs done"),
    "failures": Text("搁置待查", "set aside"),
}


@dataclass
class Tally:
    """What one worker has done so far, for its summary and its metrics."""

    done: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, what: str, number: int = 1) -> None:
        """Count something, from any thread."""
        with self._lock:
            self.done[what] += number


#: What this process has done: one process is one worker.
tally = Tally()


def run(url: str, *, lines: int = 1, metrics_port: int | None = None) -> None:
    """Work until SIGINT or SIGTERM; what has begun is finished first."""
    url = data.with_settings(url, STEADY)
    db.configure(url, pool_size=lines + 4)
    leaving = threading.Event()
    rounds = [lambda: watch_timers(leaving)] * lines
    rounds += [lambda: watch_limits(leaving), lambda: watch_redeployments(leaving)]
    watches = [threading.Thread(target=watch, daemon=True) for watch in rounds]
    with contextlib.ExitStack() as stack:
        stack.callback(db.dispose)
        if metrics_port is not None:
            stack.enter_context(metrics.served(metrics_port, tally.done))
        for watch in watches:
            watch.start()
        try:
            asyncio.run(_work_on_jobs(url, lines))
        finally:
            leaving.set()
            for watch in watches:
                watch.join()


def run_once(url: str, *, lines: int = 1) -> Counter[str]:
    """Do everything that is due, then leave; return how much there was, by kind.

    SIGINT and SIGTERM end it after the step that has begun.
    """
    url = data.with_settings(url, STEADY)
    db.configure(url, pool_size=lines + 4)
    leaving = threading.Event()
    before = Counter(tally.done)
    try:
        with _told_to_leave(leaving):
            _catch_up(leaving, lines)
            if not leaving.is_set():
                supervise(leaving)
                see_to_licences(leaving)
                settle_incidents(leaving)
                redeploy(leaving)
            if not leaving.is_set():
                send_notices(leaving)
                asyncio.run(_empty_queue(url, lines))
    finally:
        db.dispose()
    return tally.done - before


@contextlib.contextmanager
def _told_to_leave(leaving: threading.Event) -> Iterator[None]:
    names = (signal.SIGINT, signal.SIGTERM)
    before = {name: signal.signal(name, lambda *_: leaving.set()) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _catch_up(leaving: threading.Event, lines: int) -> None:
    """Do what is due by its time, in so many lines; raises what went wrong in one of them."""
    wrong: list[BaseException] = []

    def line() -> None:
        try:
            do_due(leaving)
        except BaseException as error:  # noqa: BLE001 - it is raised below, where it is seen
            wrong.append(error)
        finally:
            db.session().close()

    threads = [threading.Thread(target=line) for _ in range(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def watch_timers(leaving: threading.Event) -> None:
    """Fire timers as they come due and deliver messages, until told to leave."""
    _watch(leaving, TIMER_SECONDS, lambda: do_due(leaving))


def watch_limits(leaving: threading.Event) -> None:
    """Issue cards as limits are used up, and see to licences whose day has come, until told."""
    watch = supervision.Watch()

    def look() -> None:
        supervise(leaving, watch=watch)
        see_to_licences(leaving)
        settle_incidents(leaving)

    _watch(leaving, SUPERVISION_SECONDS, look)


def watch_redeployments(leaving: threading.Event) -> None:
    """Move cases to other versions where an admin has said so, until told to leave."""
    _watch(leaving, TIMER_SECONDS, lambda: redeploy(leaving))


def redeploy(leaving: threading.Event | None = None, *, now: datetime | None = None) -> int:
    """Move, or put back, the cases of redeployments under way; returns how many were looked at.

    When one of a batch fails, its cases are worked on one by one. ``now`` is the database's time
    where it is not given.
    """
    done, more = 0, True
    while more and not (leaving is not None and leaving.is_set()):
        at = now or db.now()
        try:
            with db.transaction():
                moved = migrating.work(at)
        except migrating.FAULTS:
            log.exception("a batch of a redeployment failed; its cases are tried one by one")
            moved = 0
            while moved < migrating.BATCH and migrating.work_on_one(at):
                moved += 1
        tally.add("migrated", moved)
        done, more = done + moved, moved > 0
    return done


def _watch(leaving: threading.Event, seconds: float, act: Callable[[], object]) -> None:
    while not leaving.is_set():
        try:
            act()
        except Exception:  # the database may be away for a while; the worker must outlive that
            tally.add("errors")
            log.exception("%s: trying again in a moment", threading.current_thread().name)
        finally:
            # The connection may be broken: then there is nothing to be given back in order.
            with contextlib.suppress(Exception):
                db.session().close()
        leaving.wait(seconds)


def do_due(leaving: threading.Event) -> None:
    """Do everything that is due by its time, until nothing is or somebody says to leave."""
    while not leaving.is_set() and (
        fire_due_timers() or deliver_next_message() or tasks.retrying.retry_next(now=db.now())
    ):
        pass
    if not leaving.is_set():
        let_lapse(leaving)
        expire_messages()
        send_notices(leaving)


def supervise(
    leaving: threading.Event | None = None,
    *,
    watch: supervision.Watch | None = None,
    now: datetime | None = None,
) -> int:
    """Look over all open work once, a few cases a commit. Returns how many cards were given.

    A case that cannot be looked after is passed over, so that the others have their cards.
    ``now`` is the database's time where it is not given.
    """
    watch, given, left = watch or supervision.Watch(), 0, True
    seen = supervision.unseen(now or db.now())
    try:
        found = watch.look(now or db.now(), seen=seen)
        for start in range(0, len(found), CARDS_TOGETHER):
            if leaving is not None and leaving.is_set():
                return given
            given += _give_cards(found[start : start + CARDS_TOGETHER], now)
        with db.transaction():
            supervision.note_seen(seen)
            supervision.recheck(now or db.now())
        left = False
    finally:
        if left:
            watch.forget()
    return given


def _give_cards(case_ids: list[int], now: datetime | None) -> int:
    """Give some cases their cards, with one commit; when that fails, one by one."""
    try:
        with db.transaction():
            cards = len(supervision.issue_all(case_ids, now=now or db.now()))
    except incidents.PASSING:
        raise
    except Exception:
        if len(case_ids) > 1:
            return sum(_give_cards([case_id], now) for case_id in case_ids)
        log.exception("case %s cannot be supervised", case_ids[0])
        return 0
    tally.add("cards", cards)
    return cards


def see_to_licences(leaving: threading.Event | None = None, *, now: datetime | None = None) -> int:
    """Let licences expire, lapse, be renewed by silence, and remind; one commit each.

    One that cannot be seen to is passed over, so that the others are. Returns how many were.
    ``now`` is the database's time where it is not given.
    """
    done, now = 0, now or db.now()
    for licence_id in licences.due(now):
        if leaving is not None and leaving.is_set():
            break
        try:
            with db.transaction():
                licences.attend(licence_id, now=now)
            tally.add("licences")
            done += 1
        except incidents.PASSING:
            raise
        except Exception:
            log.exception("licence %s cannot be seen to", licence_id)
    return done


def settle_incidents(leaving: threading.Event | None = None) -> None:
    """Close the incidents that nothing is left to be done about."""
    more = True
    while more and not (leaving is not None and leaving.is_set()):
        with db.transaction():
            more = incidents.settle(now=db.now()) >= incidents.SETTLED_TOGETHER


def fire_due_timers(limit: int = firing.BATCH, *, now: datetime | None = None) -> bool:
    """Fire some of the timers that are due, with one commit; says whether to look again.

    When one of them cannot fire, all of them are fired one by one. ``now`` is the database's time
    where it is not given.
    """
    try:
        with db.transaction():
            fired = firing.fire_due(now or db.now(), limit)
    except incidents.PASSING:
        raise
    except Exception:  # noqa: BLE001 - the one that cannot fire is found, and told of, below
        fired = 0
        while fired < limit and fire_next_timer(now=now):
            fired += 1
    else:
        tally.add("timers", fired)
    return fired > 0


def fire_next_timer(*, now: datetime | None = None) -> bool:
    """Fire the timer that is due longest, if there is one; says whether to look again.

    A timer that cannot fire is set aside with its reason and changes nothing else.
    """
    now = now or db.now()
    timer_id = ""
    try:
        with db.transaction():
            found = firing.claim(now, 1)
            if not found:
                return False
            [(case, timer)] = found
            timer_id = timer.id
            tried = Attempt(case.id, timer.element, timer_id=timer_id)
            with incidents.attempting(lambda: tried):
                advance.fire(case, timer, now=now)
        tally.add("timers")
    except EngineError as error:
        tally.add("failures")
        log.exception("timer %s cannot fire", timer_id)
        if isinstance(error, EngineFault):
            incidents.keep(error, now=now)
        with db.transaction():
            advance.note_timer_failure(timer_id, str(error), now=now)
    return True


def deliver_next_message() -> bool:
    """Deliver the message that has waited longest, if there is one; says whether to look again.

    One that its receiver cannot take is set aside with the reason and leaves an incident.
    """
    now = db.now()
    try:
        with db.transaction():
            delivered = messages.deliver_next(now=now) is not None
    except EngineFault as fault:
        message_id = getattr(fault.attempt, "message_id", None)
        if message_id is None:
            raise
        tally.add("failures")
        log.exception("message %s cannot be delivered", message_id)
        incidents.keep(fault, now=now)
        with db.transaction():
            messages.note_failure(message_id, fault.message, now=now)
        return True
    tally.add("messages", int(delivered))
    return delivered


def let_lapse(leaving: threading.Event | None = None) -> None:
    """Let limits of receipt and stops of the clock come to their end."""
    more = True
    while more and not (leaving is not None and leaving.is_set()):
        with db.transaction():
            lapsed = cases.lapsing.lapse(db.now())
        tally.add("lapsed", lapsed)
        more = lapsed >= cases.lapsing.BATCH


def expire_messages() -> None:
    """Set aside the messages that nobody has waited for in all their time."""
    with db.transaction():
        postbox.expire(db.now())


def send_notices(leaving: threading.Event | None = None) -> None:
    """Make deliveries of new notices, and queue those whose time has come."""
    while not (leaving is not None and leaving.is_set()) and outbox.push(db.now()):
        pass


# --- queued jobs ---


async def _work_on_jobs(url: str, lines: int) -> None:
    """Work on jobs until told to leave; a database that is away is waited for."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    told = asyncio.create_task(stop.wait())
    while not stop.is_set():
        work = asyncio.create_task(_jobs(outbox.worker_app(url), lines))
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()  # the queue lets the jobs that are running come to their end
            await asyncio.wait({work}, timeout=STOP_SECONDS)
        elif (error := work.exception()) is not None:
            tally.add("errors")
            log.error("jobs: trying again in a moment", exc_info=error)
            await asyncio.wait({told}, timeout=AGAIN_SECONDS)


async def _jobs(app: procrastinate.App, lines: int) -> None:
    async with app.open_async():
        rescue = asyncio.create_task(_rescue(app))
        try:
            await app.run_worker_async(
                queues=[outbox.QUEUE],
                concurrency=JOBS_AT_ONCE * lines,
                fetch_job_polling_interval=2.0,
                install_signal_handlers=False,
                worker_middleware=[_counted],
            )
        finally:
            rescue.cancel()


async def _counted(
    call_next: Callable[[], Awaitable[Any]], _context: object, _worker: object
) -> object:
    result = await call_next()
    tally.add("jobs")
    return result


async def _empty_queue(url: str, lines: int) -> None:
    """Do the jobs that are there and leave."""
    app = outbox.worker_app(url)
    async with app.open_async():
        await _rescue_once(app)
        await app.run_worker_async(
            queues=[outbox.QUEUE],
            concurrency=JOBS_AT_ONCE * lines,
            wait=False,
            listen_notify=False,
            worker_middleware=[_counted],
        )


async def _rescue(app: procrastinate.App) -> None:
    """Queue again the jobs whose worker was killed; they are idempotent by their key."""
    while True:
        await _rescue_once(app)
        await asyncio.sleep(STALLED_SECONDS)


async def _rescue_once(app: procrastinate.App) -> None:
    for job in await app.job_manager.get_stalled_jobs(queue=outbox.QUEUE):
        log.warning("job %s was left behind by a worker, queued again", job.id)
        await app.job_manager.retry_job(job)
