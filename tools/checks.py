"""All checks in one go: what a change has to pass, here and in CI."""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from forms.text import Text
from tools import assets, machine, progress
from tools.errors import ToolsError

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
#: Twice the usual two cores: tests wait for browsers, workers and disks.
TEST_PROCESSES = 4


@dataclass(frozen=True)
class Check:
    """One program that has to end well."""

    name: Text
    command: tuple[str, ...]


def checks(*, browser: bool) -> list[Check]:
    """Return the checks in their order; the tests are last: their summary ends the output."""
    python = sys.executable
    tests = (python, "-m", "pytest", "-q", "-n", str(TEST_PROCESSES), "--dist", "worksteal")
    return [
        Check(Text("代码检查", "lint"), (_program("ruff"), "check", ".")),
        Check(Text("代码格式", "format"), (_program("ruff"), "format", "--check", ".")),
        Check(Text("类型", "types"), (_program("mypy"),)),
        Check(Text("楼层约定", "import contracts"), (_program("lint-imports"),)),
        Check(
            Text("流程图检查", "process checks"),
            (python, "-m", "tools.cli", "check", "processes"),
        ),
        Check(
            Text("全部测试", "all tests") if browser else Text("测试（不含浏览器）", "tests"),
            tests if browser else (*tests, "-m", "not browser"),
        ),
    ]


def run(check: Check) -> bool:
    """Run one check, showing its output; says whether it passed."""
    with progress.stage(check.name.zh, check.name.en):
        done = subprocess.run(check.command, cwd=ROOT, env=_environment(), check=False)
        if done.returncode != 0:
            progress.say(f"        ✗ 未通过 failed: {check.name.zh} {check.name.en}")
    return done.returncode == 0


def main(arguments: list[str] | None = None) -> int:
    """Run all checks; 0 only when every one of them passed."""
    parser = argparse.ArgumentParser(prog="python3 tools/dev.py test")
    parser.add_argument("--browser", action="store_true", help=argparse.SUPPRESS)
    browser = parser.parse_args(arguments).browser
    progress.begin(8)
    try:
        _prepare(browser=browser)
    except ToolsError as error:
        progress.say(f"\n{error}")
        return 1
    *first, tests = checks(browser=browser)
    failed = [check.name.en for check in first if not run(check)]
    if failed:
        progress.say(f"\n✗ 未通过 failed: {', '.join(failed)}\n")
    progress.announce(tests.name.zh, tests.name.en)
    # Nothing is printed after the tests: their own summary is what people and CI look for.
    done = subprocess.run(tests.command, cwd=ROOT, env=_environment(), check=False)
    return 1 if failed or done.returncode != 0 else 0


def _prepare(*, browser: bool) -> None:
    with progress.stage("网页资源", "web assets"):
        assets.install()
        assets.build()
    if browser:
        with progress.stage("浏览器", "browser"):
            if not machine.has_tools_of_tests():
                machine.install_tools_of_tests()
            progress.say(f"        {machine.find_chromium()}")


def _environment() -> dict[str, str]:
    """Return the environment of a check: what it prints is seen at once, what it compiles kept.

    Tests start many programs of ours; where the machine forbids Python to keep what it has
    compiled, each would compile the whole engine anew.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def _program(name: str) -> str:
    return str(BIN / name)


if __name__ == "__main__":
    sys.exit(main())
