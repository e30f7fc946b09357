"""What this machine offers: a free port, a browser, packages that can be installed."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from forms.text import Text
from tools.errors import ToolsError

#: Chromium without windows: the same engine for a third of the work.
LEAN = "chromium-headless-shell"
BROWSERS = (
    *(LEAN, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
)
PACKAGES = ("fontconfig", "fonts-noto-cjk", "poppler-utils", "iproute2")
LAST_PORT = 65535


def port_is_free(port: int) -> bool:
    """Say whether a server could listen on this port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(start: int = 0) -> int:
    """Return a free port: the first one from ``start`` on, or any when start is 0."""
    if start:
        return next(port for port in range(start, LAST_PORT) if port_is_free(port))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_chromium() -> str | None:
    """Return the path of a Chromium: LIANBAN_CHROMIUM, or the first one on PATH."""
    given = os.environ.get("LIANBAN_CHROMIUM")
    if given:
        return given if Path(given).is_file() else shutil.which(given)
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def has_tools_of_tests() -> bool:
    """Say whether browser, Chinese fonts, PDF reader and network tool of the tests are here.

    Where packages can be installed, the browser has to be the lean one.
    """
    browser = find_chromium()
    lean = browser is not None and (Path(browser).name == LEAN or not _installs_packages())
    return lean and _has_all_but_browser()


def install_tools_of_tests() -> None:
    """Install browser, fonts, PDF reader and network tool from the system's own packages.

    A system without the lean browser gets Chromium itself, or keeps the one it has. Raises
    ToolsError with the command to run by hand where that is not possible.
    """
    command = f"apt-get install -y chromium {' '.join(PACKAGES)}"
    if not _installs_packages():
        raise ToolsError(
            Text(
                "测试需要 Chromium、中文字体、poppler 和 iproute2。请先安装，例如："
                f"sudo {command}；"
                "或用环境变量 LIANBAN_CHROMIUM 指明浏览器；或运行不含浏览器测试的 "
                "python3 tools/dev.py check。",
                "The tests need Chromium, Chinese fonts, poppler and iproute2. Install them, for "
                f"example: sudo {command}; or name a browser in LIANBAN_CHROMIUM; or run "
                "python3 tools/dev.py check, which leaves the browser tests out.",
            )
        )
    _apt("update")
    if _apt("install", LEAN, *PACKAGES) or (find_chromium() and _has_all_but_browser()):
        return
    if not _apt("install", "chromium", *PACKAGES):
        raise ToolsError(
            Text(
                f"安装失败（{command}）。请检查网络和磁盘空间后重试。",
                f"Installing failed ({command}). Check the network and the free disk space, then "
                "try again.",
            )
        )


def _installs_packages() -> bool:
    """Say whether this process may install the system's packages, and no browser was named."""
    free = "LIANBAN_CHROMIUM" not in os.environ
    return free and shutil.which("apt-get") is not None and os.getuid() == 0


def _apt(step: str, *packages: str) -> bool:
    options = ["-y", "--no-install-recommends"] if packages else []
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", step, "-q", *options, *packages]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _has_all_but_browser() -> bool:
    return all(shutil.which(name) for name in ("pdftotext", "ip")) and _has_fonts()


def _has_fonts() -> bool:
    listing = shutil.which("fc-list")
    if listing is None:
        return False
    found = subprocess.run([listing, ":lang=zh-cn"], capture_output=True, check=False)
    return bool(found.stdout.strip())
