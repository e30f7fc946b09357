"""Kept connections are spread over a server's web processes, also while these are busy."""

import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path

import pytest
from typing_extensions import override

from tests.waiting import until
from tests.webapp.served import served as web_server
from webapp.seats import NOBODY, ROOM, Seats
from webapp.serving import core_for_next

#: Established, and ended by the other side without the process having seen to it (tcp_states.h).
HELD = ("01", "08")
ASKED = b"GET /query HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_who_has_more_knows_of_who_has_fewer() -> None:
    """Not of those that have ended or take no more."""
    seats = Seats()
    first, second = seats.give(), seats.give()
    seats.tell(first, 2)
    assert not seats.any_below(2)
    seats.tell(second, 1)
    assert seats.any_below(2)
    assert not seats.any_below(1)
    seats.tell(second, NOBODY)
    assert not seats.any_below(2)
    seats.tell(second, 0)
    seats.free(second)
    assert not seats.any_below(2)
    assert seats.give() == second


def test_a_process_without_a_place_is_served_all_the_same() -> None:
    """More processes than places: the last has none, and tells nobody."""
    seats = Seats()
    places = [seats.give() for _ in range(ROOM + 1)]
    assert places == [*range(ROOM), None]
    seats.tell(None, 5)
    seats.free(None)
    assert not seats.any_below(9)
    seats.free(3)
    assert seats.give() == 3


@pytest.fixture
def served(city_url: str, tmp_path: Path, two_cores: list[int]) -> Iterator[tuple[int, int]]:
    """A server with two web processes on two cores: its port, and the process above them."""
    assert two_cores
    with web_server(city_url, tmp_path / "logs", workers=2) as found:
        yield found


def test_connections_are_spread_evenly_whoever_is_busy(served: tuple[int, int]) -> None:
    """Six that never rest, one after the other; then one process is killed, and four more come."""
    port, above = served
    with socket.create_connection(("127.0.0.1", port), timeout=20) as held:
        held.sendall(ASKED)
        held.recv(1)
        until(lambda: reached(port, above) == [1, 1])  # both processes have started
    until(lambda: sorted(connections(port, above).values()) == [0, 0])
    done = threading.Event()
    busy = []
    for _ in range(6):
        busy.append(Busy(port, done))
        busy[-1].answered.wait(20)
    try:
        assert sorted(connections(port, above).values()) == [3, 3]
        assert not [one.failure for one in busy if one.failure]
        victim = min(connections(port, above))
        os.kill(victim, signal.SIGKILL)
        until(lambda: victim not in connections(port, above) and reached(port, above) == [1, 3])
        until(lambda: sorted(connections(port, above).values()) == [0, 3])
        busy += [Busy(port, done) for _ in range(3)]
        for one in busy[6:]:
            one.answered.wait(20)
        assert sorted(connections(port, above).values()) == [3, 3]
    finally:
        done.set()
        for one in busy:
            one.join(20)


def test_each_process_keeps_to_a_core_where_there_are_enough_of_them(
    served: tuple[int, int], two_cores: list[int]
) -> None:
    """Also the one that takes the place of one that was killed."""
    port, above = served
    wanted = sorted(two_cores * (3 - len(two_cores)))
    until(lambda: cores_of(port, above) == wanted)
    victim = min(connections(port, above))
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in connections(port, above) and cores_of(port, above) == wanted)


def test_each_core_has_as_many_processes_or_they_work_on_any(two_cores: list[int]) -> None:
    first, last = two_cores[0], two_cores[-1]
    assert core_for_next([], len(two_cores)) == first
    assert core_for_next([first], len(two_cores)) == last
    assert core_for_next([last, None], 2 * len(two_cores)) == first
    assert core_for_next([first, last, first], 2 * len(two_cores)) == last
    if first != last:
        assert core_for_next([], 1) is None
        assert core_for_next([first, last], 3) is None


def cores_of(port: int, above: int) -> list[int]:
    """Return the core of each process that works on one alone."""
    found = [os.sched_getaffinity(process) for process in connections(port, above)]
    return sorted(core for cores in found if len(cores) == 1 for core in cores)


@pytest.fixture
def two_cores() -> Iterator[list[int]]:
    """Two of the machine's cores, on which alone everything started by this test works."""
    before = os.sched_getaffinity(0)
    two = sorted(before)[:2]
    os.sched_setaffinity(0, two)
    yield two
    os.sched_setaffinity(0, before)


def test_a_connection_left_to_a_process_that_hangs_is_taken_by_another(
    served: tuple[int, int],
) -> None:
    """The polite one answers its own meanwhile, and takes the new one when it has waited."""
    port, above = served
    with socket.create_connection(("127.0.0.1", port), timeout=20) as held:
        held.sendall(ASKED)
        held.recv(1)
        until(lambda: reached(port, above) == [1, 1])
        until(lambda: sorted(connections(port, above).values()) == [0, 1])
        hanging = min(connections(port, above).items(), key=itemgetter(1))[0]
        os.kill(hanging, signal.SIGSTOP)
        done = threading.Event()
        try:
            busy = [Busy(port, done)]
            assert busy[0].answered.wait(20)
            assert connections(port, above)[hanging] == 0
            busy.append(Busy(port, done))
            assert busy[1].answered.wait(20)
        finally:
            os.kill(hanging, signal.SIGCONT)
            done.set()
            for one in busy:
                one.join(20)
        assert not [one.failure for one in busy if one.failure]


class Busy(threading.Thread):
    """A kept connection that asks again as soon as it is answered."""

    def __init__(self, port: int, done: threading.Event) -> None:
        super().__init__()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.answered, self.done = threading.Event(), done
        self.failure = ""
        self.start()

    @override
    def run(self) -> None:
        """Ask until it is done, or the process at the other end is gone."""
        with self.socket, self.socket.makefile("rb") as answers:
            while not self.done.is_set():
                try:
                    self.socket.sendall(ASKED)
                    status = answers.readline()
                except OSError:
                    return
                if not status.startswith(b"HTTP/1.1 200"):
                    self.failure = repr(status)
                    return
                length = 0
                while (line := answers.readline().lower()) not in (b"\r\n", b""):
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                answers.read(length)
                self.answered.set()


def reached(port: int, above: int) -> list[int]:
    """Open one connection more, and count who has how many then."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as more:
        more.sendall(ASKED)
        more.recv(1)
        return sorted(connections(port, above).values())


def connections(port: int, above: int) -> dict[int, int]:
    """Count the connections of each web process, as the system knows them."""
    open_there = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port and fields[3] in HELD:
            open_there.add(fields[9])
    found = {}
    for pid in Path(f"/proc/{above}/task/{above}/children").read_text().split():
        found[int(pid)] = len(open_there.intersection(sockets(pid)))
    return found


def sockets(pid: str) -> list[str]:
    """List the sockets a process has open."""
    found = []
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if match := re.fullmatch(r"socket:\[(\d+)\]", str(one.readlink())):
                found.append(match[1])
    return found
