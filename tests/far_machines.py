"""Machines apart from each other: network namespaces joined by cables that can be pulled.

Every address lies inside namespaces made here; nothing of this machine's own network is touched.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PORT = 5432
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, as setns takes it
_ROOT = Path(__file__).resolve().parent.parent


def why_not() -> str:
    """Say why this machine lets nobody make namespaces; empty when it does."""
    if shutil.which("ip") is None:
        return "iproute2 is missing here: python3 tools/dev.py test installs it"
    name = f"lb{os.getpid()}try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"ip netns is not permitted here: {made.stderr.strip()}"
    _ip("netns", "del", name)
    return ""


@dataclass(frozen=True)
class Machine:
    """One machine with a single cable to the machine of the database."""

    name: str
    #: its own address, and that of the database's machine on the same cable
    address: str
    database: str

    def command(self, *words: str) -> list[str]:
        """Return the command that runs something on this machine."""
        return ["ip", "netns", "exec", self.name, *words]

    def pull_cable(self) -> None:
        """Cut the machine off: packets are lost from now on, nobody is told."""
        _ip("-n", self.name, "link", "set", "cable", "down")

    def plug_in(self) -> None:
        """Join the machine with the database's again."""
        _ip("-n", self.name, "link", "set", "cable", "up")

    def metrics(self, port: int) -> dict[str, float]:
        """Ask a worker on this machine for its metrics; empty while it does not answer."""
        ask = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/metrics').read().decode())"
        asked = subprocess.run(
            self.command(sys.executable, "-c", ask), capture_output=True, text=True, check=False
        )
        rows = (line.split() for line in asked.stdout.splitlines() if line and line[0] != "#")
        return {name: float(value) for name, value in rows}


@contextlib.contextmanager
def machines(number: int, database_url: str) -> Iterator[list[Machine]]:
    """Make so many machines, each with its own cable to a machine that leads to the database."""
    hub, made = f"lb{os.getpid()}db", []
    try:
        _ip("netns", "add", hub)
        _ip("-n", hub, "link", "set", "lo", "up")
        made.extend(_machine(hub, one) for one in range(number))
        command = [sys.executable, "-m", "tests.far_machines", hub, database_url]
        relay = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE)
        try:
            assert relay.stdout is not None
            assert relay.stdout.readline() == b"ready\n"
            yield made
        finally:
            relay.kill()
            relay.communicate()
    finally:
        for name in (*(machine.name for machine in made), hub):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _machine(hub: str, one: int) -> Machine:
    found = Machine(f"lb{os.getpid()}w{one}", f"198.18.{one}.2", f"198.18.{one}.1")
    _ip("netns", "add", found.name)
    # Both ends are made where they belong: none is ever seen outside.
    ends = ("link", "add", f"cable{one}", "type", "veth", "peer", "name", "cable")
    _ip("-n", hub, *ends, "netns", found.name)
    for name, end, address in (
        (hub, f"cable{one}", found.database),
        (found.name, "cable", found.address),
    ):
        _ip("-n", name, "addr", "add", f"{address}/30", "dev", end)
        _ip("-n", name, "link", "set", end, "up")
    _ip("-n", found.name, "link", "set", "lo", "up")
    return found


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


# --- what runs on the database's machine: connections of the namespace, passed on to the server ---


def relay(namespace: str, url: str) -> None:
    """Pass what comes in on the namespace's port on to the database, until killed."""
    server = _listening(namespace)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    asyncio.run(_serve(server, url))


def _listening(namespace: str) -> socket.socket:
    """Listen inside a namespace; a socket stays where it was made."""
    found: list[socket.socket] = []

    def enter() -> None:
        with Path(f"/run/netns/{namespace}").open() as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), _NEW_NETWORK) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        found.append(socket.create_server(("0.0.0.0", PORT)))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return found[0]


async def _serve(server: socket.socket, url: str) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await _database(url)
        await asyncio.wait(
            [
                asyncio.create_task(_pump(reader, there_writer)),
                asyncio.create_task(_pump(there_reader, writer)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        there_writer.close()
        writer.close()

    async with await asyncio.start_server(connected, sock=server) as serving:
        await serving.serve_forever()


async def _database(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder.startswith("/"):
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{parts.port or PORT}")
    return await asyncio.open_connection(parts.hostname or folder, parts.port or PORT)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()


def main(words: Sequence[str]) -> None:
    """Run the relay as a program of its own."""
    relay(words[0], words[1])


if __name__ == "__main__":
    main(sys.argv[1:])
