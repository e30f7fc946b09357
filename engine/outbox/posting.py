"""One HTTP request to a server outside: bounded in time and size, never redirected."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult

from typing_extensions import override

from engine.outbox.parcels import DeliveryError

SECONDS: Final = 10
MOST_READ: Final = 2000
#: The receiver is there and wants to be asked again later.
_LATER: Final = frozenset({408, 409, 425, 429})


class _Pinned(http.client.HTTPConnection):
    """Speaks to an IP address chosen before, under the name of its host."""

    def __init__(self, found: SplitResult, address: str, port: int) -> None:
        super().__init__(found.hostname or "", port, timeout=SECONDS)
        self._address = address
        self._secure = found.scheme == "https"

    @override
    def connect(self) -> None:
        """Connect to the pinned address; a certificate must fit the host's name."""
        self.sock = socket.create_connection((self._address, self.port), timeout=SECONDS)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def post(
    found: SplitResult, address: tuple[str, int], body: bytes | None, headers: Mapping[str, str]
) -> None:
    """Send a body (GET without one) to an address; only 2xx counts as taken.

    A redirect is refused like any other answer: where it leads to was never judged. Raises
    DeliveryError.
    """
    target = (found.path or "/") + (f"?{found.query}" if found.query else "")
    connection = _Pinned(found, *address)
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, target, body, {"Connection": "close", **headers})
        answer = connection.getresponse()
        said = answer.read(MOST_READ)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DeliveryError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        words = said.decode("utf-8", "replace")[:200]
        final = 300 <= answer.status < 500 and answer.status not in _LATER
        raise DeliveryError(f"HTTP {answer.status} {words}", final=final)
