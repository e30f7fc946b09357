"""The way by SMS: whatever HTTP gateway the city uses, or a folder for a trial.

The address and the JSON body are templates: ``{phone}``, ``{text}``, ``{id}`` and ``{key}`` stand
for what is sent. Without a body the gateway is asked with GET.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

import orjson

from engine.outbox.parcels import REPEATED, DeliveryError, Parcel, public_url
from engine.outbox.posting import post

URL: Final = "LIANBAN_SMS_URL"  # https://gateway/send?to={phone}, or file:///folder for a trial
BODY: Final = "LIANBAN_SMS_BODY"  # JSON with the same words in it; "-" for GET without a body
KEY: Final = "LIANBAN_SMS_KEY"  # sent as a bearer token, and wherever {key} stands
SIGN: Final = "LIANBAN_SMS_SIGN"  # what a message begins with, as the gateways ask: 【联办】
USUAL_BODY: Final = '{"id": "{id}", "phone": "{phone}", "text": "{text}"}'
LONGEST: Final = 300
_SHORTENED: Final = 120


def configured() -> bool:
    """Say whether SMS can be sent at all."""
    return bool(os.environ.get(URL))


def problem() -> str:
    """Say what is wrong with the settings; empty when they can be used."""
    address = urlsplit(os.environ.get(URL, ""))
    if address.scheme not in ("http", "https", "file", ""):
        return f"{URL}: http, https or file"
    try:
        _template()
    except ValueError as error:
        return f"{BODY}: {error}"
    return ""


def send(parcel: Parcel) -> None:
    """Hand a notice to the gateway, under the number of its delivery. Raises DeliveryError."""
    values = {
        "phone": parcel.phone,
        "text": words(parcel),
        "id": f"delivery-{parcel.delivery_id}",
        "key": os.environ.get(KEY, ""),
    }
    url = os.environ.get(URL, "")
    if urlsplit(url).scheme == "file":
        _file(Path(url2pathname(urlsplit(url).path)), values)
        return
    if wrong := problem():
        raise DeliveryError(wrong)
    address = urlsplit(_filled(url, {name: quote(text, safe="") for name, text in values.items()}))
    template = _template()
    body = None if template is None else orjson.dumps(_put_in(template, values))
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if values["key"]:
        headers["Authorization"] = f"Bearer {values['key']}"
    port = address.port or (443 if address.scheme == "https" else 80)
    # Where it leads is the administrator's own setting, so it may be inside.
    post(address, (address.hostname or "", port), body, headers)


def words(parcel: Parcel) -> str:
    """Return the text of the message: short, with the address to read on."""
    sign = os.environ.get(SIGN, "【联办】")
    title, body = (" ".join(t.pick(parcel.language).split()) for t in (parcel.title, parcel.body))
    short = body if len(body) <= _SHORTENED else body[: _SHORTENED - 1] + "…"
    link = f" {public_url(parcel.path)}" if parcel.path else ""
    again = REPEATED.pick(parcel.language) if parcel.repeated else ""
    room = LONGEST - len(sign) - len(link) - len(again)
    return f"{sign}{f'{title}。{short}'[: max(0, room)]}{link}{again}"


def _template() -> Any:
    """Return the body to fill in; None for a request without one. Raises ValueError."""
    written = os.environ.get(BODY) or USUAL_BODY
    return None if written == "-" else orjson.loads(written)


def _put_in(template: Any, values: Mapping[str, str]) -> Any:
    """Fill in the texts of a body: into texts only, so that nothing sent can add a field."""
    if isinstance(template, dict):
        return {key: _put_in(inner, values) for key, inner in template.items()}
    if isinstance(template, list):
        return [_put_in(inner, values) for inner in template]
    return _filled(template, values) if isinstance(template, str) else template


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Put values in, in one pass: a value that looks like a place is left as it is."""
    parts = template.split("{")
    found = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        known = closed and name in values
        found.append(values[name] + rest if known else "{" + part)
    return "".join(found)


def _file(folder: Path, values: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = f"{values['phone']}\n{values['text']}\n"
    (folder / f"sms-{values['id']}.txt").write_text(text, encoding="utf-8")
