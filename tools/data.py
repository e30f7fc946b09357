"""Where a running installation keeps its things: the data folder and the database."""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from engine import db
from forms.text import Text
from tools import postgres
from tools.errors import ToolsError

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "lianban"
DATABASE_URL = "DATABASE_URL"
DATA_DIR = "LIANBAN_DATA_DIR"


@dataclass(frozen=True)
class DataFolder:
    """The folder of an installation: embedded database, logs, trial mail, the cookie key."""

    path: Path

    @property
    def cluster(self) -> Path:
        """The root of the embedded PostgreSQL."""
        return self.path / "postgres"

    @property
    def logs(self) -> Path:
        """Log files of the web and worker processes."""
        return self.path / "logs"

    @property
    def mail(self) -> Path:
        """Where e-mail is written while no mail server is configured."""
        return self.path / "mail"

    def secret_key(self) -> str:
        """Return the key that signs cookies, made on first use and readable for us alone."""
        path = self.path / "secret-key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text().strip()

    def reset(self) -> None:
        """Delete everything in the folder, the database first.

        Raises ToolsError while another process uses it, and for a folder that is not ours.
        """
        if not self.path.exists():
            return
        if any(self.path.iterdir()) and not self.cluster.exists():
            raise ToolsError(
                Text(
                    f"{self.path} 不像是联办的数据目录，没有删除任何内容。",
                    f"{self.path} is no data folder of Lianban; nothing was deleted.",
                )
            )
        if self.cluster.exists():
            postgres.remove(self.cluster)
        shutil.rmtree(self.path)


def with_settings(url: str, settings: Mapping[str, str]) -> str:
    """Add settings of the connection to a database's address; those it has itself win."""
    made = make_url(url)
    new = {name: value for name, value in settings.items() if name not in made.query}
    return made.update_query_dict(new).render_as_string(hide_password=False)


def default_folder() -> DataFolder:
    """Return the data folder: LIANBAN_DATA_DIR, else ``.lianban`` in the project."""
    return DataFolder(Path(os.environ.get(DATA_DIR, ROOT / ".lianban")).resolve())


@contextmanager
def database(folder: DataFolder) -> Iterator[str]:
    """Give the address of the database: DATABASE_URL, else the embedded one of the folder.

    The embedded server runs as long as the block does, or is shared with a demo that runs it.
    """
    given = os.environ.get(DATABASE_URL)
    if given:
        yield given
        return
    with postgres.EmbeddedPostgres(folder.cluster) as server:
        if not server.has_database(DATABASE):
            server.create_database(DATABASE)
        yield server.url(DATABASE)


@contextmanager
def bound(folder: DataFolder) -> Iterator[str]:
    """Bind the engine to the database for one command."""
    with database(folder) as url:
        db.configure(url)
        try:
            yield url
        finally:
            db.dispose()
