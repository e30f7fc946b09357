"""The way by e-mail: SMTP, or a folder for a trial."""

import os
import smtplib
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from engine.outbox.parcels import REPEATED, DeliveryError, Parcel, public_url

URL: Final = "LIANBAN_MAIL_URL"  # smtp://[user:password@]host:port, or file:///folder for a trial
FROM: Final = "LIANBAN_MAIL_FROM"
SECONDS: Final = 20


def configured() -> bool:
    """Say whether e-mail can be sent at all."""
    return bool(os.environ.get(URL))


def send(parcel: Parcel) -> None:
    """Hand a notice to the mail server.

    The Message-ID is that of the delivery, so that what comes twice can be told. Raises
    DeliveryError; for a reader whom the server refuses, trying again cannot help.
    """
    address = urlsplit(os.environ.get(URL, ""))
    try:
        message = _message(parcel)
        if address.scheme == "file":
            _file(Path(url2pathname(address.path)), parcel, message)
            return
        with smtplib.SMTP(
            address.hostname or "localhost", address.port or 25, timeout=SECONDS
        ) as server:
            if address.username:
                server.starttls()
                server.login(address.username, address.password or "")
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        final = all(code >= 500 for code, _ in error.recipients.values())
        raise DeliveryError(f"SMTPRecipientsRefused: {error.recipients}", final=final) from error
    except (ValueError, MessageError) as error:
        raise DeliveryError(f"no address for mail: {error}", final=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"{type(error).__name__}: {error}") from error


def _message(parcel: Parcel) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(parcel.title.pick(parcel.language).split())
    message["From"] = os.environ.get(FROM, "lianban@localhost")
    message["To"] = parcel.email
    message["Message-ID"] = f"<delivery-{parcel.delivery_id}@lianban>"
    parts = [parcel.body.pick(parcel.language)]
    if parcel.path:
        parts.append(public_url(parcel.path))
    if parcel.repeated:
        parts.append(REPEATED.pick(parcel.language))
    message.set_content("\n\n".join(parts) + "\n")
    return message


def _file(folder: Path, parcel: Parcel, message: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"notice-{parcel.notice_id}.eml").write_bytes(message.as_bytes())
