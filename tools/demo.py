"""The demo city, from nothing to a running system: ``python3 tools/dev.py demo``."""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import psycopg

from engine import clock, db
from engine.errors import EngineError
from forms.text import Text
from tools import canary, city, data, demo_cases, history, machine, progress, serving
from tools.errors import ToolsError
from tools.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent
PORT = 8000
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Wanted:
    """A history asked for: how long, and from which seed."""

    length: history.Length
    seed: str


class Stopped(BaseException):
    """Somebody asked the demo to end: Ctrl-C, or the system."""


def main(arguments: list[str] | None = None) -> int:
    """Run the demo until it is stopped; returns the exit code."""
    options = _options(arguments)
    progress.begin(6)
    before = {name: signal.signal(name, _stop) for name in SIGNALS}
    try:
        wanted = Wanted(history.read(options.history), options.seed) if options.history else None
        folder = data.DataFolder(options.data_dir.resolve())
        run(options.port, folder, reset=options.reset, wanted=wanted, careful=options.canary)
    except Stopped:
        progress.say("\n已停止。 Stopped.")
    except (ToolsError, EngineError) as error:
        progress.say(f"\n✗ {error.message.zh}\n✗ {error.message.en}")
        return 1
    except psycopg.OperationalError as error:
        progress.say(f"\n✗ 数据库连接失败 The database cannot be reached: {error}")
        return 1
    except OSError as error:
        progress.say(
            f"\n✗ {error}\n  请检查磁盘空间和目录权限。 Check the free disk space and permissions."
        )
        return 1
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    return 0


def run(
    port: int,
    folder: data.DataFolder,
    *,
    reset: bool,
    wanted: Wanted | None = None,
    careful: bool = False,
) -> None:
    """Set up the city and serve it. Raises ToolsError; ends with Stopped."""
    _check_port(port)
    if reset:
        _reset(folder)
    with contextlib.ExitStack() as stack:
        building = _start_assets(folder, stack)
        with progress.stage("启动数据库", "database"):
            folder.path.mkdir(parents=True, exist_ok=True)
            url = stack.enter_context(_owned_database(folder))
        with progress.stage("建表、部署事项、演示城市", "tables, items, demo city"):
            begun = _prepare_city(url, wanted)
        if wanted is not None:
            with progress.stage("生成历史", "history"):
                _play_history(url, wanted, begun)
        if careful:
            with progress.stage("检查在办件", "open cases"):
                canary.guard(url)
        with progress.stage("网页资源", "web assets"):
            building.finish()
        with progress.stage("启动网站和后台进程", "web server and worker"):
            children = serving.Children(folder.logs, _environment(folder, url, port))
            stack.callback(children.stop)
            children.start(Text("网站", "web server"), serving.web_command(port))
            children.start(Text("后台进程", "worker"), serving.worker_command())
            serving.wait_until_healthy(f"http://127.0.0.1:{port}", children)
        progress.announce("完成", "ready")
        progress.say(welcome(port, folder))
        while True:
            time.sleep(0.5)
            children.check()


def welcome(port: int, folder: data.DataFolder) -> str:
    """Return what is shown when the demo runs: address, logins, what to try first."""
    staff = "\n".join(f"    {login:<16}{zh} · {en}" for login, zh, en in _PLAYERS)
    mail = "" if os.environ.get("LIANBAN_MAIL_URL") else f"\n  邮件 mail     {folder.mail}"
    return f"""
  联办演示城市已就绪。 The demo city is ready.

  网址 address  http://localhost:{port}/      接口 API  http://localhost:{port}/api/docs
  密码 password {city.PASSWORD}（全部账号 for every login）
{staff}

  先试试 Try first:
    1. 用 zhang.san 登录，申请“第三类医疗器械经营许可”，提交后打开办理进度。
       Sign in as zhang.san, apply for a class III medical devices licence, look at its progress.
    2. 用 wang.clerk 登录，在待办中受理，或一次性告知补正。
       Sign in as wang.clerk and accept it, or ask for corrections once.
    3. 依次用 zhao.examiner、sun.inspector 和 zhou.inspector、qian.head 办到发证，扫码验证结果。
       Go on as zhao.examiner, sun.inspector and zhou.inspector, qian.head; verify the result.
    4. 用 chen.leader 看本部门的看板。 Sign in as chen.leader for the department's board.

  数据 data     {folder.path}{mail}
  日志 logs     {folder.logs}
  按 Ctrl-C 停止。 Press Ctrl-C to stop."""


_PLAYERS = (
    ("zhang.san", "申请人 张三、li.si 李四", "applicants"),
    ("wang.clerk", "市场监管 窗口人员（li.clerk）", "counter clerk"),
    ("zhao.examiner", "市场监管 审查员", "examiner"),
    ("sun.inspector", "市场监管 核查员（zhou.inspector）", "inspectors, two people"),
    ("qian.head", "市场监管 审批负责人", "approval head"),
    ("feng.registrar", "市场监管 登记员", "registrar"),
    ("chen.leader", "市场监管 部门领导", "leader's board"),
    ("cg.wu", "城市管理 审查、核查（负责人 cg.head）", "urban management"),
    ("xf.zheng", "消防 审查、核查（负责人 xf.head）", "fire brigade"),
    ("zj.tang", "住建 窗口、登记（zj.xie、zj.yu、负责人 zj.head）", "housing and construction"),
    ("admin", "政务服务中心 管理员（另一名 admin.gu）", "administrators; a repair needs two"),
    ("jc.he", "监察员", "supervisor"),
)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 tools/dev.py demo",
        description="启动演示城市。 Start the demo city.",
    )
    parser.add_argument("--port", type=int, default=PORT, help="网站端口 port (8000)")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=data.default_folder().path,
        help="数据目录 data folder (.lianban)",
    )
    parser.add_argument(
        "--reset", action="store_true", help="先清空演示数据 delete the demo's data first"
    )
    parser.add_argument(
        "--history",
        metavar="12m",
        help="在空的演示城市中真实办理这么久的办件 really play so long a history (empty city only)",
    )
    parser.add_argument(
        "--seed",
        default=history.SEED,
        help="同一种子得到同样的历史 the same seed gives the same history",
    )
    parser.add_argument(
        "--canary",
        action="store_true",
        help="先看能否继续每个在办件 first see that every open case can go on",
    )
    return parser.parse_args(arguments)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN)  # stopping has begun; it is not stopped half-way
    raise Stopped


def _start_assets(folder: data.DataFolder, stack: contextlib.ExitStack) -> serving.Child:
    """Build the web assets in a process of their own, while the database is being prepared."""
    builders = serving.Children(folder.logs, {})
    stack.callback(builders.stop)
    return builders.start(Text("网页资源", "web assets"), [sys.executable, "-m", "tools.assets"])


def _check_port(port: int) -> None:
    if not 1 <= port <= machine.LAST_PORT:
        raise ToolsError(Text(f"端口 {port} 无效。", f"{port} is no valid port."))
    if not machine.port_is_free(port):
        other = machine.free_port(port + 1)
        raise ToolsError(
            Text(
                f"端口 {port} 已被占用。可换一个：python3 tools/dev.py demo --port {other}",
                f"Port {port} is taken. Use a free one: python3 tools/dev.py demo --port {other}",
            )
        )


def _reset(folder: data.DataFolder) -> None:
    if os.environ.get(data.DATABASE_URL):
        raise ToolsError(
            Text(
                "--reset 只清空内置数据库；DATABASE_URL 指定的数据库请自行清空。",
                "--reset clears the embedded database only. Clear the database that DATABASE_URL "
                "names yourself.",
            )
        )
    folder.reset()


@contextlib.contextmanager
def _owned_database(folder: data.DataFolder) -> Iterator[str]:
    """Give the demo's database; refuse a folder in which another demo is running."""
    if given := os.environ.get(data.DATABASE_URL):
        progress.say(f"        DATABASE_URL: {urlsplit(given).hostname or 'local'}")
        yield given
        return
    with EmbeddedPostgres(folder.cluster) as server:
        if not server.owner:
            raise ToolsError(
                Text(
                    f"另一个演示正在使用 {folder.path}。请先停止它，或换一个 --data-dir。",
                    f"Another demo is using {folder.path}. Stop it, or choose another --data-dir.",
                )
            )
        if not server.has_database(data.DATABASE):
            server.create_database(data.DATABASE)
        yield server.url(data.DATABASE)


def _prepare_city(url: str, wanted: Wanted | None) -> datetime:
    """Bring in the city; return now. With a history it is there when that begins."""
    if not db.is_current(url):
        db.migrate(url)
    db.configure(url)
    now = clock.now()
    try:
        if wanted is not None:
            history.refuse_unless_empty()
        founded = wanted.length.before(now) if wanted is not None else now
        city.seed(now=founded)
        for item in city.deploy_items(ROOT / "processes", now=founded):
            progress.say(f"        + {item}")
        if wanted is None and (played := demo_cases.seed(now=now)):
            progress.say(f"        + {played} 个演示办件 demo cases")
    finally:
        db.dispose()
    return now


def _play_history(url: str, wanted: Wanted, now: datetime) -> None:
    """Play a history that ends now, showing how far it is."""
    bar = progress.Bar("办件", "cases")
    plan = history.Plan(wanted.length.before(now), now, wanted.seed)
    db.configure(url)
    try:
        played = history.play(url, plan, bar.show)
    finally:
        db.dispose()
    progress.say(f"        + {played} 个办件 cases")


def _environment(folder: data.DataFolder, url: str, port: int) -> dict[str, str]:
    """Return what the web and worker processes need to know; given settings win."""
    folder.mail.mkdir(exist_ok=True)
    own = {
        "LIANBAN_SECRET_KEY": folder.secret_key(),
        "LIANBAN_PUBLIC_URL": f"http://localhost:{port}",
        "LIANBAN_MAIL_URL": folder.mail.as_uri(),
        "LIANBAN_MAIL_FROM": "lianban@localhost",
    }
    given = {name: os.environ[name] for name in own if os.environ.get(name)}
    return {**own, **given, "DATABASE_URL": url}


if __name__ == "__main__":
    sys.exit(main())
