"""``lianban doctor``: what an installation needs, what it has, and what to do about the rest."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from engine import db, metrics, outbox, pulse, voices
from forms.text import Text
from tools import assets, data, machine
from tools.errors import ToolsError

LEAST_FREE = 1 << 30  # bytes
SHORTEST_KEY = 16
LATEST = 300.0  # seconds: what has been due longer than this is not being done


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: Text
    well: bool
    detail: Text

    def as_line(self) -> str:
        """Return it for people."""
        mark = "✓" if self.well else "✗"
        return f"{mark} {self.name.zh} {self.name.en}: {self.detail.zh} · {self.detail.en}"

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "name": self.name._asdict(),
            "well": self.well,
            "detail": self.detail._asdict(),
        }


def examine(folder: data.DataFolder) -> list[Finding]:
    """Look at everything; never raises for what it finds wrong."""
    looks: tuple[Callable[[data.DataFolder], Finding], ...] = (_disk, _database, _assets, _mail)
    looks += (_sms, _limits, _secret, _workers, _programs, _metrics, _browser)
    return [look(folder) for look in looks]


def _disk(folder: data.DataFolder) -> Finding:
    place = folder.path if folder.path.exists() else data.ROOT
    free = shutil.disk_usage(place).free
    amount = f"{free / (1 << 30):.1f} GB"
    return Finding(
        Text("磁盘", "disk"), free >= LEAST_FREE, Text(f"剩余 {amount}", f"{amount} are free")
    )


def _database(folder: data.DataFolder) -> Finding:
    name = Text("数据库", "database")
    try:
        with data.database(folder) as url:
            with psycopg.connect(url) as connection:
                version = connection.info.parameter_status("server_version")
            current = db.is_current(url)
    except (ToolsError, psycopg.Error) as error:
        return Finding(name, well=False, detail=Text(f"无法连接：{error}", "cannot be reached"))
    if not current:
        detail = Text("表结构不是最新，请运行 lianban migrate", "run lianban migrate")
        return Finding(name, well=False, detail=detail)
    return Finding(name, well=True, detail=Text(f"PostgreSQL {version}", "the newest schema"))


def _assets(_folder: data.DataFolder) -> Finding:
    well = (assets.BUILD / "app.css").exists()
    detail = Text("已生成", "built")
    if not well:
        detail = Text("请运行 python3 tools/dev.py assets", "run python3 tools/dev.py assets")
    return Finding(Text("网页资源", "web assets"), well, detail)


def _mail(_folder: data.DataFolder) -> Finding:
    address = os.environ.get("LIANBAN_MAIL_URL", "")
    detail = Text(address.rpartition("@")[2], "configured")
    if not address:
        detail = Text(
            "未设置 LIANBAN_MAIL_URL，邮件暂不发送",
            "LIANBAN_MAIL_URL is not set; mail waits until it is",
        )
    return Finding(Text("邮件", "mail"), well=True, detail=detail)


def _sms(_folder: data.DataFolder) -> Finding:
    wrong = outbox.sms_problem()
    address = os.environ.get(outbox.SMS_URL, "").partition("?")[0].partition("{")[0]
    detail = Text(address, "configured")
    if not address:
        detail = Text(
            "未设置 LIANBAN_SMS_URL，短信暂不发送", "LIANBAN_SMS_URL is not set; no SMS is sent"
        )
    return Finding(Text("短信", "SMS"), not wrong, Text(wrong, wrong) if wrong else detail)


def _limits(_folder: data.DataFolder) -> Finding:
    name = Text("咨询投诉时限", "limits of questions and complaints")
    try:
        found = ", ".join(voices.limits.of(which) for which in voices.limits.DEFAULTS)
    except ValueError as error:
        return Finding(name, well=False, detail=Text(str(error), str(error)))
    return Finding(name, well=True, detail=Text(found, found))


def _secret(folder: data.DataFolder) -> Finding:
    well = bool(os.environ.get("LIANBAN_SECRET_KEY")) or (folder.path / "secret-key").exists()
    detail = Text("已设置", "set")
    if not well:
        detail = Text(
            "请设置 LIANBAN_SECRET_KEY，各台机器相同",
            "set LIANBAN_SECRET_KEY, the same on every machine",
        )
    return Finding(Text("会话密钥", "cookie key"), well, detail)


_UNKNOWN = Text("数据库不可用，无法得知", "unknown: the database does not answer")


def _pulse(folder: data.DataFolder) -> pulse.Pulse | None:
    """Take the pulse; None where the database does not answer."""
    try:
        with data.bound(folder), db.transaction():
            return pulse.take()
    except (ToolsError, psycopg.Error, SQLAlchemyError):
        return None


def _workers(folder: data.DataFolder) -> Finding:
    """Say how far behind the workers are, and when they were last heard of."""
    name = Text("后台进程", "workers")
    found = _pulse(folder)
    if found is None:
        return Finding(name, well=False, detail=_UNKNOWN)
    late = max(found.oldest_timer, found.oldest_lapse, found.oldest_job)
    heard = min(found.workers, default=None)
    ago = Text("从未运行", "none has ever run")
    if heard is not None:
        ago = Text(f"最近心跳 {heard:.0f} 秒前", f"last heard of {heard:.0f} s ago")
    zh = (
        f"运行 {found.alive} 个，{ago.zh}；到期定时 {found.timers_due} 个（最久 "
        f"{found.oldest_timer:.0f} 秒），待办任务 {found.jobs_waiting} 个（最久 "
        f"{found.oldest_job:.0f} 秒），搁置 {found.timers_failed + found.jobs_failed} 个"
    )
    en = (
        f"{found.alive} running, {ago.en}; {found.timers_due} timers due (oldest "
        f"{found.oldest_timer:.0f} s), {found.jobs_waiting} jobs waiting (oldest "
        f"{found.oldest_job:.0f} s), {found.timers_failed + found.jobs_failed} set aside"
    )
    if late > LATEST:
        zh += "。请启动 lianban worker，或查看它的日志"
        en += ". Start lianban worker, or read its log"
    return Finding(name, late <= LATEST, Text(zh, en))


def _metrics(_folder: data.DataFolder) -> Finding:
    """Say who may read the metrics of web processes and workers."""
    key, name = metrics.key(), Text("指标", "metrics")
    if key and len(key) < SHORTEST_KEY:
        zh, en = f"{metrics.KEY} 太短，至少{SHORTEST_KEY}字符", f"{metrics.KEY} is too short"
        return Finding(name, well=False, detail=Text(zh, f"{en}: {SHORTEST_KEY} or more"))
    if not key:
        zh = f"未设 {metrics.KEY}：网站不提供 /metrics"
        detail = Text(zh, f"no {metrics.KEY}: the web has no /metrics")
        return Finding(name, well=True, detail=detail)
    return Finding(name, well=True, detail=Text("须出示密钥", "/metrics asks for the key"))


def _programs(folder: data.DataFolder) -> Finding:
    """Say what waits for programs outside, and whether each topic has a program."""
    name = Text("外部程序", "programs outside")
    found = _pulse(folder)
    if found is None:
        return Finding(name, well=False, detail=_UNKNOWN)
    minutes = found.oldest_program / 60
    zh = (
        f"待领取 {found.programs_waiting} 个（最久 {minutes:.0f} 分钟），"
        f"失败待处理 {found.programs_failed} 个"
    )
    en = (
        f"{found.programs_waiting} tasks not fetched (oldest {minutes:.0f} min), "
        f"{found.programs_failed} given up"
    )
    if found.programs_unserved:
        lost = found.programs_unserved
        zh += f"；{lost} 个没有程序能办：请在“系统管理 → 外部程序”写明主题"
        en += f"; {lost} that no program may fetch: name their topics under Admin → Programs"
    return Finding(name, not found.programs_unserved, Text(zh, en))


def _browser(_folder: data.DataFolder) -> Finding:
    path = machine.find_chromium()
    detail = Text(path or "没有（只有测试需要）", "found" if path else "none; only tests need it")
    return Finding(Text("浏览器", "browser"), well=True, detail=detail)
