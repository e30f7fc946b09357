"""The PostgreSQL of a test run: one embedded server per pytest process, or a given one."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tools import postgres

#: What the databases of one process of a test run may come to.
ROOM_BYTES = 4 * 1024**3


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on which tests may create databases."""

    address: str  # the address of its maintenance database
    prefix: str  # begins the name of every database of this process
    #: Kept open: to connect anew for each database takes as long as half a copy.
    upkeep: psycopg.Connection

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        return make_url(self.address).set(database=name).render_as_string(hide_password=False)

    def create(self, name: str, template: str | None = None) -> str:
        """Create a database anew, optionally as a copy (30 ms), and return its address."""
        statement = postgres.creation(name, template, strategy="file_copy")
        try:
            self.upkeep.execute(statement)
        except psycopg.errors.DuplicateDatabase:  # what a run that broke off left behind
            self.drop(name)
            self.upkeep.execute(statement)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database with its connections."""
        self.upkeep.execute(postgres.removal(name))


def _room() -> str | None:
    """Return a folder in memory, where a copy of a city costs half, if there is plenty of room."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES
    return str(memory) if roomy else None


@contextmanager
def server() -> Iterator[Server]:
    """Run the server for this process: DATABASE_URL_TEST names one, else it is embedded.

    Every xdist worker has its own server or prefix, so no two workers share a database.
    """
    prefix = f"lianban_test_{os.getpid()}"
    given = os.environ.get("DATABASE_URL_TEST")
    if given:
        with psycopg.connect(given, autocommit=True) as upkeep:
            yield Server(given, prefix, upkeep)
        return
    root = Path(tempfile.mkdtemp(prefix="lianban-test-", dir=_room()))
    root.chmod(0o755)  # as root the server runs as another user, who must get there
    try:
        with (
            postgres.EmbeddedPostgres(root, durable=False) as embedded,
            psycopg.connect(embedded.url(), autocommit=True) as upkeep,
        ):
            yield Server(embedded.url(), prefix, upkeep)
        postgres.remove(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
