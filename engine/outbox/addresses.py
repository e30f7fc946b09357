"""Where a webhook may go: to the outside world, and to those inside that the city has named.

Whoever can enter an address could otherwise make our server speak to what only it can reach: its
own ports, the neighbours in its network, the cloud's description of itself.
"""

import ipaddress
import os
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

from engine.outbox.parcels import DeliveryError

#: Addresses or networks inside that webhooks may reach too: ``10.1.0.0/16, 127.0.0.1``
ALLOWED: Final = "LIANBAN_WEBHOOK_ALLOW"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: IPv4 as seen through a translator (RFC 6052).
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")


def allowed() -> Sequence[Network]:
    """Return the networks inside that may be reached. Raises ValueError for one that is none."""
    written = os.environ.get(ALLOWED, "")
    return [ipaddress.ip_network(one.strip()) for one in written.split(",") if one.strip()]


def split(url: str) -> SplitResult:
    """Read an address that a webhook could have. Raises ValueError for any other."""
    found = urlsplit(url)
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ValueError("only http and https")
    if found.username is not None or found.fragment or any(c.isspace() for c in url):
        raise ValueError("no user, fragment or blanks")
    if found.port == 0 or not found.hostname.isascii():
        raise ValueError("bad host or port")
    return found


def reachable(found: SplitResult) -> tuple[str, int]:
    """Return the IP address and port to speak to; the name is looked up once and judged.

    All addresses of a name are judged, and the one returned is the one to connect to: a name that
    answers differently the next time gains nothing. Raises DeliveryError.
    """
    port = found.port or (443 if found.scheme == "https" else 80)
    try:
        answers = socket.getaddrinfo(found.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DeliveryError(f"{found.hostname} is not found: {error}") from error
    addresses = [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
    inside = allowed()
    for address in addresses:
        if not may_reach(address, inside):
            raise DeliveryError(f"{address} is inside; webhooks do not go there", final=True)
    if not addresses:
        raise DeliveryError(f"{found.hostname} has no address")
    return str(addresses[0]), port


def may_reach(address: Address, inside: Sequence[Network]) -> bool:
    """Say whether a webhook may go to an address: it is public, or named as allowed."""
    address = _meant(address)
    if any(address.version == network.version and address in network for network in inside):
        return True
    return address.is_global and not address.is_multicast


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
