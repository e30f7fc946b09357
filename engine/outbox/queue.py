"""The job queue: deliveries whose time has come, handed to whichever worker is free."""

from datetime import datetime
from typing import Final

import procrastinate
from procrastinate.types import JSONValue
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine import db
from engine.models import Delivery
from engine.outbox import delivering
from engine.outbox.spreading import BATCH, spread

QUEUE: Final = "lianban"

app = procrastinate.App(connector=procrastinate.PsycopgConnector())


def worker_app(url: str) -> procrastinate.App:
    """Return the job queue connected to the database at ``url``, for a worker process."""
    return app.with_connector(procrastinate.PsycopgConnector(conninfo=url))


@app.task(queue=QUEUE, name="deliver")
def run(delivery_id: int) -> None:
    """Send one delivery. A job that is run again does what ``deliver`` says of lost workers."""
    delivering.deliver(delivery_id)


def push(now: datetime) -> bool:
    """Make deliveries and queue those that are due, in one transaction; says whether to go on.

    With them those whose worker was lost while sending, once nobody can be at it any more.
    """
    with db.transaction() as session:
        spread_now = spread(session, now)
        session.flush()
        return spread_now + _queue_due(session, now) >= BATCH


def _queue_due(session: Session, now: datetime) -> int:
    waiting = and_(Delivery.state == "waiting", Delivery.due_at <= now)
    lost = and_(Delivery.state == "sending", Delivery.tried_at <= now - delivering.LOST_AFTER)
    query = (
        select(Delivery)
        .where(or_(waiting, lost))
        .order_by(Delivery.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    due = list(session.scalars(query))
    if due:
        jobs: list[dict[str, JSONValue]] = [{"delivery_id": row.id} for row in due]
        connection = session.connection().connection.driver_connection
        run.configure(connection=connection).batch_defer(*jobs)
        for row in due:
            row.state = "queued" if row.state == "waiting" else row.state
    return len(due)
