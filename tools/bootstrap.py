"""From a bare Python to the project's own environment, then on to the command that was asked for.

Standard library only, Python 3.11 or newer. Nothing is installed outside the project folder, and
the machine's own settings for pip and uv (indexes, certificates, proxies) are followed.
"""

import argparse
import ast
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NoReturn

from tools import progress

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "uv" / "bin" / "uv"
LOCK = ROOT / "tools" / "requirements.lock"
UV_LOCK = ROOT / "tools" / "uv.lock"
STAMP = VENV / "lianban.stamp"
# pip's setting -> the same setting of uv, where a machine configures only pip
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}
# command -> (module that carries it out, its arguments, number of stages shown)
COMMANDS = {
    "demo": ("tools.demo", [], 6),
    "test": ("tools.checks", ["--browser"], 9),
    "check": ("tools.checks", [], 8),
    "assets": ("tools.assets", [], 2),
}


class SetupError(Exception):
    """Setting up failed in a way the person can mend; says how, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


def main() -> NoReturn:
    """Set up the environment, then become the command that was asked for."""
    command, rest = _arguments(sys.argv[1:])
    module, fixed, stages = COMMANDS[command]
    progress.begin(stages)
    try:
        with progress.stage("准备 Python 环境", "Python environment"):
            prepare()
    except SetupError as error:
        progress.say(f"\n{error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    os.chdir(ROOT)
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV)}
    os.execve(PYTHON, [str(PYTHON), "-m", module, *fixed, *rest], environment)  # noqa: S606


def prepare() -> None:
    """Create or refresh ``.venv``; does nothing when it already fits the lock.

    Raises SetupError.
    """
    _refuse_unfit_machines()
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted and PYTHON.exists():
        return
    try:
        _make_venv()
        _install_uv()
        _sync()
        _write_command()
        STAMP.write_text(wanted)
    except OSError as error:
        raise SetupError(
            f"无法写入 {VENV}：{error}。请检查磁盘空间和目录权限。",
            f"Cannot write {VENV}: {error}. Check the disk and the permissions.",
        ) from error


def fingerprint() -> str:
    """Return what the environment is made from: both locks, this Python and this place."""
    parts = (LOCK.read_bytes(), UV_LOCK.read_bytes(), sys.version.encode(), os.fsencode(ROOT))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _arguments(arguments: list[str]) -> tuple[str, list[str]]:
    parser = argparse.ArgumentParser(
        prog="python3 tools/dev.py",
        description="demo 演示 · test 全部测试 · check 检查（不含浏览器） · assets 网页资源",
        epilog="例 e.g.: python3 tools/dev.py demo --port 8080 ; python3 tools/dev.py demo --help",
    )
    parser.add_argument("command", choices=sorted(COMMANDS))
    known = parser.parse_args(arguments[:1])
    return known.command, arguments[1:]


def _refuse_unfit_machines() -> None:
    if sys.platform == "win32":
        raise SetupError(
            "暂不支持直接在 Windows 上运行，请在 WSL（Linux）中运行同一命令。",
            "Windows itself is not supported. Run the same command inside WSL (Linux).",
        )
    if not os.access(ROOT, os.W_OK):
        raise SetupError(
            f"没有写入 {ROOT} 的权限，请把项目放到自己的目录里。",
            f"{ROOT} is not writable. Put the project into a folder of your own.",
        )
    free = shutil.disk_usage(ROOT).free
    if free < 2 << 30 and not STAMP.exists():
        raise SetupError(
            f"磁盘只剩 {free >> 20} MB，首次安装约需 2 GB。请先腾出空间。",
            f"Only {free >> 20} MB of disk are free; the first set-up needs about 2 GB. "
            "Free some space first.",
        )


def _make_venv() -> None:
    """Make the environment without pip, which Debian's plain python3 cannot always install."""
    if PYTHON.exists() and _same_python():
        return
    progress.say(f"        {VENV} ← Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=False, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(
            f"无法创建 {VENV}：{error}。在 Debian/Ubuntu 上请先运行 apt-get install python3-venv。",
            f"Cannot create {VENV}: {error}. "
            "On Debian or Ubuntu run first: apt-get install python3-venv.",
        ) from error


def _same_python() -> bool:
    """Say whether the existing environment still runs, on the Python that runs us."""
    asked = subprocess.run(
        [PYTHON, "-c", "import sys; print(sys.version)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode == 0 and asked.stdout.strip() == sys.version.strip()


def _install_uv() -> None:
    """Install the pinned uv beside the environment, so that it cannot remove itself."""
    if UV.exists() and (VENV / "uv" / "lock").exists():
        if (VENV / "uv" / "lock").read_bytes() == UV_LOCK.read_bytes():
            return
        shutil.rmtree(VENV / "uv")
    pip = _pip()
    command: list[str | Path] = [
        *pip,
        "install",
        "--quiet",
        "--root-user-action=ignore",
        "--target",
        VENV / "uv",
        "--no-deps",
    ]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", UV_LOCK]
    if subprocess.run(command, check=False, cwd=ROOT).returncode != 0:
        raise _no_network("uv")
    shutil.copy(UV_LOCK, VENV / "uv" / "lock")


def _pip() -> list[str]:
    """Return the command of a pip: that of this Python, else one made with ensurepip."""
    for command in ([sys.executable, "-m", "pip"], [str(PYTHON), "-m", "pip"]):
        if _works([*command, "--version"]):
            return command
    if _works([str(PYTHON), "-m", "ensurepip"]):
        return [str(PYTHON), "-m", "pip"]
    raise SetupError(
        "这个 Python 没有 pip，也没有 ensurepip。在 Debian/Ubuntu 上请运行："
        "apt-get install python3-venv python3-pip，然后重试。",
        "This Python has neither pip nor ensurepip. On Debian or Ubuntu run: "
        "apt-get install python3-venv python3-pip, then try again.",
    )


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _sync() -> None:
    """Make the environment hold exactly what the lock names, checked by hash."""
    count = sum(1 for line in LOCK.read_text().splitlines() if "==" in line and line[0] not in " #")
    progress.say(f"        {count} 个包 packages ← tools/requirements.lock")
    command: list[str | Path] = [UV, "pip", "sync", "--require-hashes", "--compile-bytecode"]
    if not sys.stderr.isatty():
        command.append("--quiet")  # a log needs no list of every package
    command += ["--python", PYTHON, LOCK]
    if subprocess.run(command, check=False, cwd=ROOT, env=uv_environment()).returncode != 0:
        raise _no_network("tools/requirements.lock")


def _write_command() -> None:
    """Write ``.venv/bin/lianban``, the project's command."""
    script = VENV / "bin" / "lianban"
    root, python = shlex.quote(str(ROOT)), shlex.quote(str(PYTHON))
    script.write_text(
        f"#!/bin/sh\nPYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}} "
        f'exec {python} -m tools.cli "$@"\n'
    )
    script.chmod(0o755)


def uv_environment() -> dict[str, str]:
    """Return the environment for uv: the machine's pip settings apply where uv has none."""
    listing = subprocess.run(
        [*_pip(), "config", "list"], capture_output=True, text=True, check=False
    )
    return {"UV_LINK_MODE": "copy", **settings_from_pip(listing.stdout), **os.environ}


def settings_from_pip(listing: str) -> dict[str, str]:
    """Translate the lines of ``pip config list`` into environment variables of uv."""
    found = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        name = SETTINGS.get(key.rpartition(".")[2])
        if name:
            found[name] = " ".join(str(ast.literal_eval(value)).split())
    return found


def _no_network(what: str) -> SetupError:
    return SetupError(
        f"安装 {what} 失败（上面是原因）。常见原因：没有网络、代理或软件源未设置（pip.conf、"
        "UV_DEFAULT_INDEX）、磁盘已满。改正后再运行同一命令，会从断点继续。",
        f"Installing {what} failed; the reason is above. Usual causes: no network, a proxy or "
        "package index that is not configured (pip.conf, UV_DEFAULT_INDEX), a full disk. Put it "
        "right and run the same command again; it goes on where it stopped.",
    )


if __name__ == "__main__":
    main()
