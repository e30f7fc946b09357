"""One delivery ready to be sent: everything a way out needs, read in one transaction."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from forms.text import Text

PUBLIC_URL: Final = "LIANBAN_PUBLIC_URL"  # the portal's address, for links and QR codes
#: Said where a worker was lost in the middle of sending.
REPEATED: Final = Text(
    "（因系统中断，本通知可能重复送达。）",
    "(A breakdown came between: you may have had this before.)",
)


@dataclass(frozen=True)
class Parcel:
    """What is sent, to whom, and whether it may have been sent before."""

    delivery_id: int
    notice_id: int
    channel: str
    repeated: bool
    kind: str
    case: str | None
    title: Text
    body: Text
    path: str
    created_at: datetime
    login: str
    audience: str
    language: str
    email: str
    phone: str
    #: of a webhook
    url: str = ""
    secret: str = ""

    @property
    def content(self) -> Mapping[str, Any]:
        """Return what programs are told."""
        return {
            "id": self.delivery_id,
            "notice": self.notice_id,
            "kind": self.kind,
            "to": {"login": self.login, "audience": self.audience},
            "case": self.case,
            "title": self.title._asdict(),
            "body": self.body._asdict(),
            "url": public_url(self.path) if self.path else None,
            "created_at": self.created_at.isoformat(),
            "repeated": self.repeated,
        }


class DeliveryError(Exception):
    """Expected to hand a notice over, but the receiver did not take it."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        #: trying again cannot help
        self.final = final


def public_url(path: str = "") -> str:
    """Return the portal's address of a path, as printed on documents and in messages."""
    return os.environ.get(PUBLIC_URL, "http://localhost:8000").rstrip("/") + path
