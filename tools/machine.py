"""What this machine offers: a free port, a browser, packages that can be installed."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from forms.text import Text
from tools.errors import ToolsError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fontconfig", "fonts-noto-cjk", "poppler-utils", "iproute2")
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
    """Say whether browser, Chinese fonts, PDF reader and network tool of the tests are here."""
    programs = all(shutil.which(name) for name in ("pdftotext", "ip"))
    return find_chromium() is not None and programs and _has_fonts()


def install_tools_of_tests() -> None:
    """Install browser, fonts, PDF reader and network tool from the system's own packages.

    Raises ToolsError with the command to run by hand where that is not possible.
    """
    command = f"apt-get install -y {' '.join(PACKAGES)}"
    if shutil.which("apt-get") is None or os.getuid() != 0:
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
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "-q"], [*command.split(), "-q", "--no-install-recommends"]):
        if subprocess.run(step, env=environment, check=False).returncode != 0:
            raise ToolsError(
                Text(
                    f"安装浏览器失败（{' '.join(step)}）。请检查网络和磁盘空间后重试。",
                    f"Installing the browser failed ({' '.join(step)}). Check the network and the "
                    "free disk space, then try again.",
                )
            )


def _has_fonts() -> bool:
    listing = shutil.which("fc-list")
    if listing is None:
        return False
    found = subprocess.run([listing, ":lang=zh-cn"], capture_output=True, check=False)
    return bool(found.stdout.strip())
