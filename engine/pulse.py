"""How far behind the workers are: what is due, what waits, who has been heard of lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from engine import db

#: Seconds after which a worker that has not been heard of counts as gone.
GONE: Final = 30.0
# All ages by the database's own clock: those of the machines may differ.
_FIGURES: Final = text("""
select
 (select count(*) from timer where due_at <= now() and failed_at is null),
 (select coalesce(extract(epoch from now() - min(due_at)), 0) from timer
   where due_at <= now() and failed_at is null),
 (select count(*) from timer where failed_at is not null),
 (select coalesce(extract(epoch from now() - min(receipt_due_at)), 0) from "case"
   where receipt_due_at <= now()),
 (select count(*) from message where state = 'waiting'),
 (select count(*) from procrastinate_jobs
   where status = 'todo' and (scheduled_at is null or scheduled_at <= now())),
 (select coalesce(extract(epoch from now() - min(coalesce(scheduled_at, queued.at))), 0)
   from procrastinate_jobs
   left join procrastinate_events queued on queued.job_id = procrastinate_jobs.id
     and queued.type = 'deferred'
   where status = 'todo' and (scheduled_at is null or scheduled_at <= now())),
 (select count(*) from procrastinate_jobs where status = 'failed'),
 (select coalesce(array_agg(age order by age), '{}') from (
   select extract(epoch from now() - last_heartbeat)::float as age
   from procrastinate_workers) workers),
 (select count(*) from external_task where retries is distinct from 0
   and (locked_until is null or locked_until <= now())),
 (select coalesce(extract(epoch from now() - min(created_at)), 0) from external_task
   where retries is distinct from 0 and (locked_until is null or locked_until <= now())),
 (select count(*) from external_task where retries = 0),
 (select count(*) from external_task where topic not in (
   select topic from program_topic join person on person.id = person_id where active))
""")


@dataclass(frozen=True)
class Pulse:
    """The figures of one moment; ages in seconds, nought where nothing waits."""

    timers_due: int
    oldest_timer: float
    #: timers that could not fire and wait for somebody
    timers_failed: int
    #: the longest time since a receipt limit passed without its case being deemed accepted
    oldest_lapse: float
    messages_waiting: int
    jobs_waiting: int
    oldest_job: float
    jobs_failed: int
    #: seconds since each worker was heard of, the latest first; those long gone are among them
    workers: Sequence[float]
    #: tasks that programs outside may fetch, and how long the oldest has been there
    programs_waiting: int
    oldest_program: float
    #: those they have given up, and those that no account may fetch
    programs_failed: int
    programs_unserved: int

    @property
    def alive(self) -> int:
        """How many workers have been heard of lately."""
        return sum(age <= GONE for age in self.workers)


def take() -> Pulse:
    """Read the figures as they are now."""
    row = db.session().execute(_FIGURES).one()
    return Pulse(
        timers_due=row[0],
        oldest_timer=float(row[1]),
        timers_failed=row[2],
        oldest_lapse=float(row[3]),
        messages_waiting=row[4],
        jobs_waiting=row[5],
        oldest_job=float(row[6]),
        jobs_failed=row[7],
        workers=[max(0.0, float(age)) for age in row[8]],
        programs_waiting=row[9],
        oldest_program=float(row[10]),
        programs_failed=row[11],
        programs_unserved=row[12],
    )
