"""The way by webhook: JSON, signed so that its receiver can trust it and refuse a replay.

The headers are ``Webhook-Id`` (the same for every attempt of one delivery), ``Webhook-Timestamp``
(seconds) and ``Webhook-Signature``: ``v1,`` and the Base64 of the HMAC-SHA256 of
``id.timestamp.body`` under the subscriber's secret.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

import orjson

from engine import clock
from engine.outbox import addresses
from engine.outbox.parcels import DeliveryError, Parcel
from engine.outbox.posting import post

NAME: Final = "Lianban"


def send(parcel: Parcel) -> None:
    """Post a notice to its subscriber. Raises DeliveryError."""
    try:
        found = addresses.split(parcel.url)
    except ValueError as error:
        raise DeliveryError(str(error), final=True) from error
    body = orjson.dumps(parcel.content)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": NAME,
        **signed(f"delivery-{parcel.delivery_id}", clock.now(), body, parcel.secret),
    }
    post(found, addresses.reachable(found), body, headers)


def signed(id_: str, at: datetime, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers that sign a body."""
    timestamp = str(int(at.timestamp()))
    content = f"{id_}.{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return {
        "Webhook-Id": id_,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }
