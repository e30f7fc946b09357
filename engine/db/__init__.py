"""The database: one session a unit of work, one commit, in one place."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import DateTime, MetaData, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker

from engine.db import direct, gathered, idle, wire

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of all tables; instants are aware, documents are JSONB."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


metadata = Base.metadata
Made = TypeVar("Made", bound=Base)
MIGRATIONS = Path(__file__).parent.parent / "migrations"
KNOWN = "lianban.known"
_NOW = text("select clock_timestamp()")
idle.watch()
event.listen(Session, "before_flush", gathered.gather)
event.listen(Session, "do_orm_execute", gathered.before_asking)
#: The session of the open unit of work: asked for so often that finding it again would count.
_OPEN: ContextVar[Session | None] = ContextVar("open", default=None)


class _Provider:
    """Whoever hands out the current session: our own registry, or the web app's."""

    def __init__(self) -> None:
        self.get: Callable[[], Session] | None = None
        self.release: Callable[[], None] = lambda: None


_provider = _Provider()


def configure(url: str, *, pool_size: int = 5) -> None:
    """Let this process talk to the database at ``url``; one session a thread."""
    dispose()
    engine = create_engine(url, pool_size=pool_size, max_overflow=10)
    registry = scoped_session(sessionmaker(engine, expire_on_commit=False))

    def release() -> None:
        registry.remove()
        engine.dispose()

    _provider.get, _provider.release = registry, release


def use(registry: "scoped_session[Session]") -> None:
    """Take sessions from the web app's registry, one an application context."""
    _provider.get, _provider.release = registry, registry.remove


def session() -> Session:
    """Return the current session, for reading, or for writing inside ``transaction``."""
    if (opened := _OPEN.get()) is not None:
        return opened
    if _provider.get is None:
        raise RuntimeError("Expected a configured database, but engine.db.configure was not called")
    return _provider.get()


@contextmanager
def transaction() -> Iterator[Session]:
    """Run one unit of work: commit at its end, roll everything back on any error.

    What was read before is dropped first: the unit decides on fresh rows. Nesting is an error.
    """
    if _OPEN.get() is not None:
        raise RuntimeError("Expected to open a transaction, but one is open already")
    current = session()
    _forget(current)
    current.info.pop(KNOWN, None)
    token = _OPEN.set(current)
    try:
        yield current
        gathered.write(current)
        direct.end(current)
        current.commit()
    except BaseException:
        current.rollback()
        gathered.forget_loose(current)
        raise
    finally:
        current.info.pop(KNOWN, None)
        _OPEN.reset(token)


def _forget(current: Session) -> None:
    """Drop what was read or changed before; each statement reads what is committed by then."""
    if current.new or current.dirty or current.deleted:
        current.rollback()
    current.expire_all()


def now() -> datetime:
    """Return the present instant by the database's clock, aware, in UTC.

    For what many machines decide together, whose own clocks may differ by hours.
    """
    found: datetime = session().execute(_NOW).scalar_one()
    return found.astimezone(UTC)


def append(table: type[Base], row: Mapping[str, Any]) -> None:
    """Add a row to a table of records, written with all else of the unit of work."""
    gathered.append(session(), table, row)


def ask(statement: str, values: direct.Values) -> list[wire.Row]:
    """Send a statement that answers with rows straight to the driver; see ``engine.db.direct``.

    What has changed so far is not written before: ``write`` does that where it matters.
    """
    return direct.ask(session(), statement, values)


def ahead(statement: str, values: direct.Values) -> None:
    """Have a statement sent along with the next; see ``engine.db.direct``."""
    direct.ahead(session(), statement, values)


def make(entity: type[Made], **values: Any) -> Made:
    """Make a new row of a table, written with all else of the unit of work."""
    return direct.make(session(), entity, values)


def write() -> None:
    """Write everything that has changed so far, in the open transaction."""
    gathered.write(session())


def known() -> dict[Any, Any]:
    """Return what this unit of work has already looked up under a lock, or may look up once.

    It is forgotten where the next unit begins; outside of one, nothing is remembered.
    """
    opened = _OPEN.get()
    if opened is None:
        return {}
    found: dict[Any, Any] = opened.info.setdefault(KNOWN, {})
    return found


def dispose() -> None:
    """Close this process's connections."""
    _provider.release()
    _provider.get, _provider.release = None, lambda: None


def alembic_config(url: str) -> Config:
    """Return the migration tool's settings for the database at ``url``."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Bring the database at ``url`` to the newest revision."""
    command.upgrade(alembic_config(url), "head")


def is_current(url: str) -> bool:
    """Say whether the database at ``url`` is at the newest revision."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            present = connection.scalar(text("select to_regclass('alembic_version')"))
            return present is not None and head == connection.scalar(
                text("select version_num from alembic_version")
            )
    finally:
        engine.dispose()
