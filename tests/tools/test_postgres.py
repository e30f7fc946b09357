"""The embedded PostgreSQL: one owner, any path, nothing left behind."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tools import postgres
from tools.errors import PostgresError
from tools.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent.parent
OWNER = """
    import sys, time
    from pathlib import Path
    from tools.postgres import EmbeddedPostgres
    with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as server:
        print(server.url(), flush=True)
        time.sleep(60)
"""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root with a space, a quote and Chinese in its name; deleted with its cluster."""
    root = tmp_path_factory.mktemp("pg") / '演 示 "1"'
    yield root
    postgres.remove(root)


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def test_data_survives_a_restart(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server:
        server.create_database("first")
        with psycopg.connect(server.url("first")) as connection:
            connection.execute("CREATE TABLE item AS SELECT '联办' AS name")
        server.create_database("copy", template="first")
    with EmbeddedPostgres(place, durable=False) as server:
        assert server.has_database("first")
        assert value(server.url("copy"), "SELECT name FROM item") == "联办"
        server.drop_database("copy")
        assert not server.has_database("copy")


def test_it_is_durable_unless_told_otherwise(place: Path) -> None:
    with EmbeddedPostgres(place) as server:
        assert value(server.url(), "SHOW fsync") == "on"
    with EmbeddedPostgres(place, durable=False) as server:
        assert value(server.url(), "SHOW fsync") == "off"


def test_nobody_else_can_reach_it(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server:
        assert value(server.url(), "SHOW listen_addresses") == ""
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


def test_chinese_text_has_its_rules_without_the_systems_locales(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server:
        assert value(server.url(), "SELECT upper('é联办') || length('联办')") == "É联办2"


def test_a_second_user_is_a_guest_and_does_not_stop_the_server(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as owner:
        with EmbeddedPostgres(place, durable=False) as guest:
            assert (owner.owner, guest.owner) == (True, False)
            assert value(guest.url(), "SELECT 1") == 1
        assert value(owner.url(), "SELECT 1") == 1


def test_a_running_cluster_is_not_deleted(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False), pytest.raises(PostgresError):
        postgres.remove(place)


def test_the_server_dies_with_its_killed_owner_and_can_be_started_again(place: Path) -> None:
    """Kill -9 leaves no server behind, and the next owner does not trip over it."""
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER), str(place)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert owner.stdout is not None
    url = owner.stdout.readline().strip()
    pid = int(str(value(url, "SELECT pg_read_file('postmaster.pid')")).split()[0])
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    with EmbeddedPostgres(place, durable=False) as server:
        assert server.owner
        assert value(server.url(), "SELECT 1") == 1
        assert not _alive(pid)


def _alive(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        if b"Z" in Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2][:3]:
            return False
        time.sleep(0.05)
    return True


def test_an_interrupted_creation_is_begun_anew(place: Path) -> None:
    half = EmbeddedPostgres(place, durable=False)
    (half.root / "data.new").mkdir()
    (half.root / "data.new" / "PG_VERSION").write_text("18")
    with half as server:
        assert value(server.url(), "SELECT 1") == 1


def test_data_of_another_version_is_refused_with_what_to_do(place: Path) -> None:
    other = EmbeddedPostgres(place)
    other.data.mkdir()
    (other.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(PostgresError, match="PostgreSQL 16"):
        other.start()


def test_a_server_that_does_not_start_names_its_log(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server:
        (server.data / "postgresql.conf").write_text("no such setting\n")
    with pytest.raises(PostgresError, match=r"postgres\.log"):
        server.start()
    assert not server.owner


def test_a_long_path_gets_a_short_socket_folder_of_its_own(tmp_path: Path) -> None:
    root = tmp_path / ("很长的名字" * 12)
    with EmbeddedPostgres(root, durable=False) as server:
        folder = server.socket_folder
        assert len(os.fsencode(folder / postgres.SOCKET_FILE)) <= postgres.SOCKET_PATH_LIMIT
        assert value(server.url(), "SELECT 1") == 1
        postgres_runs = folder.exists()
    assert postgres_runs
    assert not folder.exists() or folder.is_relative_to(server.root)
    postgres.remove(root)


def test_a_closed_folder_is_known_to_be_out_of_reach(tmp_path: Path) -> None:
    """As root the server runs as somebody else, who may not get into closed folders."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    somebody = postgres.Account(uid=os.getuid() + 4321, gid=os.getgid() + 4321, switch=True)
    ourselves = postgres.Account(os.getuid(), os.getgid(), switch=False)
    assert not somebody.can_reach(closed)
    assert somebody.can_reach(Path("/usr/bin"))
    assert ourselves.can_reach(closed)


def test_programs_out_of_reach_are_copied_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres.Account, "can_reach", lambda _self, _path: False)
    account = postgres.Account(os.getuid(), os.getgid(), switch=False)
    for _ in range(2):  # the second time they are there already
        programs = postgres._binaries(tmp_path, account)
    assert programs.is_relative_to(tmp_path)
    for name in ("initdb", "postgres"):
        told = subprocess.run([programs / "bin" / name, "-V"], capture_output=True, check=True)
        assert f" {postgres.MAJOR}." in told.stdout.decode()


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir(mode=0o755)
    (tmp_path / "cluster").chmod(0o755)
    account = postgres.Account(os.getuid(), os.getgid(), switch=False)
    with pytest.raises(PostgresError):
        postgres._private_folder(tmp_path / "cluster", account)
