"""Side effects leave through here: jobs queued in the transaction of the change they follow.

A job that is queued and then rolled back never was; a job whose worker dies is run again, so each
is idempotent by its key.
"""

import os
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import procrastinate
from procrastinate.types import JSONValue
from sqlalchemy import select

from engine import db
from engine.models import Notice, Person

QUEUE = "lianban"
MAIL_URL = "LIANBAN_MAIL_URL"  # smtp://[user:password@]host:port, or file:///folder for a trial
MAIL_FROM = "LIANBAN_MAIL_FROM"
PUBLIC_URL = "LIANBAN_PUBLIC_URL"  # the portal's address, for links in messages and QR codes
SECONDS = 20
_MAIL = "mail"

app = procrastinate.App(connector=procrastinate.PsycopgConnector())


def worker_app(url: str) -> procrastinate.App:
    """Return the job queue connected to the database at ``url``, for a worker process."""
    return app.with_connector(procrastinate.PsycopgConnector(conninfo=url))


def mail_configured() -> bool:
    """Say whether e-mail can be sent at all."""
    return bool(os.environ.get(MAIL_URL))


def public_url(path: str = "") -> str:
    """Return the portal's address of a path, as printed on documents and in messages."""
    return os.environ.get(PUBLIC_URL, "http://localhost:8000").rstrip("/") + path


def queue_email(notice: Notice) -> None:
    """Queue the e-mail of a notice in the open transaction, when its row is written."""
    waiting: list[Notice] = db.known().setdefault(_MAIL, [])
    if not waiting:
        db.at_end(lambda: _defer(waiting))
    waiting.append(notice)


def _defer(waiting: Sequence[Notice]) -> None:
    """Hand all e-mails of a unit of work to the queue at once."""
    connection = db.session().connection().connection.driver_connection
    jobs: list[dict[str, JSONValue]] = [{"notice_id": notice.id} for notice in waiting]
    send_email.configure(connection=connection).batch_defer(*jobs)


@app.task(
    queue=QUEUE,
    name="send_email",
    retry=procrastinate.RetryStrategy(max_attempts=8, exponential_wait=4),
)
def send_email(notice_id: int) -> None:
    """Send one notice by e-mail, once; a failure is written on the notice and tried again."""
    try:
        with db.transaction() as session:
            query = select(Notice).where(Notice.id == notice_id).with_for_update()
            notice = session.scalar(query)
            if notice is None or notice.email_state == "sent":
                return
            person = session.get_one(Person, notice.person_id)
            _deliver(_message(notice, person), notice.id)
            notice.email_state, notice.email_at, notice.email_error = "sent", db.now(), ""
    except (OSError, smtplib.SMTPException) as error:
        _note_failure(notice_id, error)
        raise


def _note_failure(notice_id: int, error: Exception) -> None:
    with db.transaction() as session:
        notice = session.get_one(Notice, notice_id)
        notice.email_state, notice.email_error = "failed", f"{type(error).__name__}: {error}"[:500]


def _message(notice: Notice, person: Person) -> EmailMessage:
    english = person.language.startswith("en")
    title = notice.title_en if english else notice.title_zh
    body = notice.body_en if english else notice.body_zh
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(title.split())
    message["From"] = os.environ.get(MAIL_FROM, "lianban@localhost")
    message["To"] = person.email
    message["Message-ID"] = f"<notice-{notice.id}@lianban>"
    link = f"\n\n{public_url(notice.path)}" if notice.path else ""
    message.set_content(f"{body}{link}\n")
    return message


def _deliver(message: EmailMessage, notice_id: int) -> None:
    address = urlsplit(os.environ.get(MAIL_URL, ""))
    if address.scheme == "file":
        folder = Path(url2pathname(address.path))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"notice-{notice_id}.eml").write_bytes(message.as_bytes())
        return
    with _server(address.hostname or "localhost", address.port or 25) as server:
        if address.username:
            server.starttls()
            server.login(address.username, address.password or "")
        server.send_message(message)


@contextmanager
def _server(host: str, port: int) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(host, port, timeout=SECONDS) as server:
        yield server
