"""The worker process: queued jobs and due timers; any number may run, on any machine."""

import asyncio
import logging
import threading

import procrastinate

from engine import (
    advance,
    cases,
    clock,
    db,
    firing,
    incidents,
    messages,
    outbox,
    postbox,
    supervision,
)
from engine.errors import EngineError, EngineFault

TIMER_SECONDS = 1.0  # between two looks at the timers
SUPERVISION_SECONDS = 60.0  # between two looks for cards to issue
STALLED_SECONDS = 60.0  # between two looks for jobs whose worker died
JOBS_AT_ONCE = 4

log = logging.getLogger("lianban.worker")


def run(url: str) -> None:
    """Work until SIGINT or SIGTERM; what has begun is finished first."""
    db.configure(url)
    leaving = threading.Event()
    watches = [
        threading.Thread(target=watch, args=(leaving,), name=watch.__name__, daemon=True)
        for watch in (watch_timers, watch_limits)
    ]
    for watch in watches:
        watch.start()
    try:
        asyncio.run(_jobs(outbox.worker_app(url)))
    finally:
        leaving.set()
        for watch in watches:
            watch.join()
        db.dispose()


def watch_timers(leaving: threading.Event) -> None:
    """Fire timers as they come due and deliver messages, until told to leave."""
    while not leaving.is_set():
        try:
            while not leaving.is_set() and (fire_due_timers() or deliver_next_message()):
                pass
            let_lapse()
            expire_messages()
        except Exception:  # the database may be away for a while; the worker must outlive that
            log.exception("timers: trying again in a moment")
        finally:
            db.session().close()
        leaving.wait(TIMER_SECONDS)


def watch_limits(leaving: threading.Event) -> None:
    """Issue signals and cards as limits are used up, until told to leave."""
    while not leaving.is_set():
        try:
            supervise(leaving)
        except Exception:  # the database may be away for a while; the worker must outlive that
            log.exception("supervision: trying again in a moment")
        finally:
            db.session().close()
        leaving.wait(SUPERVISION_SECONDS)


def supervise(leaving: threading.Event | None = None) -> int:
    """Look over all open work once; one commit a case. Returns how many cards were given.

    A case that cannot be looked after is passed over, so that the others have their cards.
    """
    given = 0
    for case_id in supervision.look(clock.now()):
        if leaving is not None and leaving.is_set():
            break
        try:
            with db.transaction():
                given += len(supervision.issue(case_id, now=clock.now()))
        except EngineError:
            log.exception("case %s cannot be supervised", case_id)
    return given


def fire_due_timers(limit: int = firing.BATCH) -> bool:
    """Fire some of the timers that are due, with one commit; says whether to look again.

    When one of them cannot fire, all of them are fired one by one.
    """
    try:
        with db.transaction():
            return firing.fire_due(clock.now(), limit) > 0
    except EngineError:
        fired = 0
        while fired < limit and fire_next_timer():
            fired += 1
        return fired > 0


def fire_next_timer() -> bool:
    """Fire the timer that is due longest, if there is one; says whether to look again.

    A timer that cannot fire is set aside with its reason and changes nothing else.
    """
    now = clock.now()
    timer_id = ""
    try:
        with db.transaction():
            found = advance.next_due_timer(now)
            if found is None:
                return False
            case, timer = found
            timer_id = timer.id
            advance.fire(case, timer, now=now)
    except EngineError as error:
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
    now = clock.now()
    try:
        with db.transaction():
            return messages.deliver_next(now=now) is not None
    except EngineFault as fault:
        message_id = getattr(fault.attempt, "message_id", None)
        if message_id is None:
            raise
        log.exception("message %s cannot be delivered", message_id)
        incidents.keep(fault, now=now)
        with db.transaction():
            messages.note_failure(message_id, fault.message, now=now)
        return True


def let_lapse() -> None:
    """Let limits of receipt and stops of the clock come to their end."""
    more = True
    while more:
        with db.transaction():
            more = cases.lapsing.lapse(clock.now()) >= cases.lapsing.BATCH


def expire_messages() -> None:
    """Set aside the messages that nobody has waited for in all their time."""
    with db.transaction():
        postbox.expire(clock.now())


async def _jobs(app: procrastinate.App) -> None:
    async with app.open_async():
        rescue = asyncio.create_task(_rescue(app))
        try:
            await app.run_worker_async(
                queues=[outbox.QUEUE], concurrency=JOBS_AT_ONCE, fetch_job_polling_interval=2.0
            )
        finally:
            rescue.cancel()


async def _rescue(app: procrastinate.App) -> None:
    """Queue again the jobs whose worker was killed; they are idempotent by their key."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(queue=outbox.QUEUE):
            log.warning("job %s was left behind by a worker, queued again", job.id)
            await app.job_manager.retry_job(job)
        await asyncio.sleep(STALLED_SECONDS)
