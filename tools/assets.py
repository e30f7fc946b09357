"""The web assets: npm packages by their lock, built into webapp/static/build when inputs change.

Standard library only, as it also runs beside other steps of a first start.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from forms.text import Text
from tools import progress
from tools.errors import ToolsError

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "webapp" / "assets"
MODULES = SOURCE / "node_modules"
BUILD = ROOT / "webapp" / "static" / "build"
BIN = Path(sys.executable).parent
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
BUILT = "lianban.stamp"


class AssetsError(ToolsError):
    """The web assets cannot be installed or built."""


def install() -> bool:
    """Install the npm packages that the lock names; False when they are there already.

    Raises AssetsError with npm's own words.
    """
    wanted = _fingerprint([SOURCE / name for name in PACKAGES])
    stamp = MODULES / BUILT
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    _run(
        ["npm", "ci", "--no-progress", "--loglevel=error"],
        Text(
            "安装网页资源的 npm 包失败。请检查网络、代理和 npm 设置（.npmrc）、磁盘空间后重试。",
            "Installing the npm packages of the web assets failed. Check the network, proxy and "
            "npm settings (.npmrc) and the free disk space, then try again.",
        ),
    )
    stamp.write_text(wanted)
    return True


def build() -> bool:
    """Build the assets; False when nothing that goes into them has changed.

    Raises AssetsError with the compiler's own words.
    """
    wanted = _fingerprint(sources())
    stamp = BUILD / BUILT
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    _run(
        ["node", "build.mjs"],
        Text("生成网页资源失败，原因见上。", "Building the web assets failed; see above."),
    )
    stamp.write_text(wanted)
    return True


def sources() -> list[Path]:
    """Return every file the build reads, node_modules aside (the package lock stands for it)."""
    files = []
    for folder, folders, names in os.walk(SOURCE):
        folders[:] = sorted(name for name in folders if name != MODULES.name)
        files += [Path(folder) / name for name in sorted(names)]
    return files


def main() -> int:
    """Install and build, as ``python3 tools/dev.py assets``."""
    progress.begin(2)
    try:
        with progress.stage("网页资源", "web assets"):
            install()
            if not build():
                progress.say("        没有变化 nothing has changed")
    except ToolsError as error:
        progress.say(f"\n{error}")
        return 1
    return 0


def _run(command: list[str], trouble: Text) -> None:
    program = BIN / command[0]
    if not program.exists():
        raise AssetsError(
            Text(
                f"找不到 {program}，请用 python3 tools/dev.py 运行，它会安装 Node。",
                f"{program} is missing. Run python3 tools/dev.py, which installs Node.",
            )
        )
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    done = subprocess.run(
        [program, *command[1:]],
        cwd=SOURCE,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(BUILD, ignore_errors=True)
        progress.say(done.stdout)
        raise AssetsError(trouble)


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(os.fsencode(path.relative_to(SOURCE)) + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
