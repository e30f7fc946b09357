"""Every house rule finds a violation that is planted for it, and nothing in a clean tree."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import rules

ROOT = Path(__file__).resolve().parent.parent.parent
CLEAN = '"""A module."""\n\n\ndef act() -> int:\n    """Act."""\n    return 1\n'
LONG_FUNCTION = "def act():\n" + "    x = 1\n" * 40
MIGRATION = 'revision = "{0}"\ndown_revision = {1}\n'


def plant(root: Path, name: str, content: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small tree that keeps every rule."""
    plant(tmp_path, "engine/acts.py", CLEAN)
    plant(tmp_path, "engine/db/__init__.py", "def transaction(session):\n    session.commit()\n")
    plant(tmp_path, "webapp/templates/page.html", "{% if a %}{{ t('提交', 'Submit') }}{% endif %}")
    plant(tmp_path, "engine/migrations/versions/0001_first.py", MIGRATION.format("0001", None))
    plant(tmp_path, "engine/migrations/env.py", "")
    plant(tmp_path, "README.md", "# House")
    plant(tmp_path, ".editorconfig", "")
    return tmp_path


PLANTED = (
    (rules.commits, "engine/acts.py", "def act(session):\n    session.commit()\n"),
    (rules.commits, "webapp/pages.py", "def act(db):\n    db.session.commit()\n"),
    (rules.sizes, "engine/acts.py", "x = 1\n" * 501),
    (rules.sizes, "engine/acts.py", LONG_FUNCTION),
    (rules.sizes, "tests/test_long.py", "x = 1\n" * 501),
    (rules.inner_imports, "engine/acts.py", "def act():\n    import os\n    return os\n"),
    (rules.inner_imports, "tests/x.py", "async def act():\n    from os import path\n"),
    (rules.top_level, "utils/x.py", ""),
    (rules.top_level, "notes.txt", ""),
    (rules.foreign_words, "tools/requirements.lock", "x @ https" + "://example.org/x"),
    (rules.foreign_words, ".ci/run", "cd /" + "home/me/lianban"),
    (rules.unfinished, "engine/acts.py", "x = 1  # TO" + "DO later\n"),
    (rules.unfinished, "tests/test_x.py", "@pytest.mark." + "skip\ndef test_x(): ...\n"),
    (rules.templates, "webapp/templates/page.html", "{% if a %}never closed"),
    (rules.migrations, "engine/migrations/versions/second.py", MIGRATION.format("2", '"0001"')),
    (
        rules.migrations,
        "engine/migrations/versions/0003_gap.py",
        MIGRATION.format("0003", '"0001"'),
    ),
    (rules.migrations, "engine/migrations/versions/0002_two.py", MIGRATION.format("0002", None)),
    (rules.processes, "processes/item/item.bpmn", "<no-xml"),
)


@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in PLANTED}, key=lambda r: r.__name__))
def test_a_clean_tree_passes(rule: Callable[[Path], list[str]], house: Path) -> None:
    assert rule(house) == []


@pytest.mark.parametrize(("rule", "name", "content"), PLANTED)
def test_a_planted_violation_is_found(
    rule: Callable[[Path], list[str]], name: str, content: str, house: Path
) -> None:
    plant(house, name, content)
    assert rule(house) != []


def test_a_broken_path_of_an_item_is_found(tmp_path: Path) -> None:
    """An item whose paths.yaml promises something else than its diagram does fails the rule."""
    item = tmp_path / "processes" / "individual-business"
    shutil.copytree(ROOT / "processes" / "individual-business", item)
    assert rules.processes(tmp_path) == []
    (item / "paths.yaml").write_text("- {name: nowhere, steps: [{complete: NoSuchStep}]}\n")
    assert rules.processes(tmp_path) != []


@pytest.mark.parametrize(
    ("rule", "fine"),
    [
        ("/", True),
        ("/cases/<string:number>", True),
        ("/tasks/<uuid:task_id>/materials/<int:material_id>.pdf", True),
        ("/static/<path:filename>", True),
        ("/api/v1/items", True),
        ("/my_cases", False),
        ("/myCases", False),
        ("/cases/<number>", False),
    ],
)
def test_an_address_is_judged(rule: str, fine: bool) -> None:
    assert (rules.address(rule) is None) == fine
