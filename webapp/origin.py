"""Where a request comes from, as a keyed hash: enough to see that two came from one place."""

import hashlib
import hmac

from flask import current_app, request


def here() -> str:
    """Return the hash of the visitor's address; the address itself is kept nowhere.

    Behind trusted proxies (``LIANBAN_PROXIES``, their number) it is the one they were asked from.
    """
    hops = int(current_app.config["PROXIES"])
    named = request.headers.get("X-Forwarded-For", "").split(",")
    chain = [part.strip() for part in named if part.strip()]
    address = chain[-hops] if 0 < hops <= len(chain) else request.remote_addr or ""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"origin:{address}".encode(), hashlib.sha256).hexdigest()[:32]
