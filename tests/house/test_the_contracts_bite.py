"""Every import contract is seen to break on a planted violation, and to hold without."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("webapp", "tools", "reports", "engine", "forms")

#: contract -> (file, the import that breaks it)
PLANTED = {
    "Doors on top, forms at the ground": ("forms/text.py", "import engine.errors"),
    "Floors inside the engine": ("engine/events.py", "import engine.tasks"),
    "No circles": ("reports/lists.py", "import reports.board"),
    "Only engine.runtime knows SpiffWorkflow": ("engine/advance.py", "import SpiffWorkflow"),
    "Flask stays in webapp": ("tools/samples.py", "import flask"),
    "forms is pure": ("forms/checks.py", "import sqlalchemy"),
    "Tables belong to the engine; reports may read": ("tools/city.py", "import engine.models"),
}


def judged(folder: Path) -> dict[str, str]:
    """Run the contracts on a tree; say which are kept and which are broken."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    verdicts = {}
    for line in done.stdout.splitlines():
        for verdict in (" KEPT", " BROKEN"):
            if verdict in line:
                verdicts[line.split(verdict)[0].strip()] = verdict.strip()
    return verdicts


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the five packages and their contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return tmp_path


def test_all_contracts_hold_and_each_breaks_on_its_planted_violation(house: Path) -> None:
    """The same names before and after; kept turns to broken."""
    assert judged(house) == dict.fromkeys(PLANTED, "KEPT")
    (house / "reports/board.py").open("a").write("\nimport reports.lists\n")
    for file, line in PLANTED.values():
        with (house / file).open("a") as planted:
            planted.write(f"\n{line}\n")
    assert judged(house) == dict.fromkeys(PLANTED, "BROKEN")
