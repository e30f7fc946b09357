"""The tables of what runs name tests, and these exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MACHINE = ROOT / "tests" / "engine" / "runtime" / "machine"
NAMED = re.compile(r"`((?:[\w./]*/)?test_\w+)(?:::(test_\w+))?`")


def _named() -> Iterator[tuple[str, str]]:
    text = (ROOT / "processes" / "README.md").read_text()
    yield from NAMED.findall(text[text.index("\n## 10 ") :])


def _file(name: str) -> Path | None:
    """Find a file of tests: beside the machine, at a path, or anywhere of that name."""
    places = [MACHINE / f"{name}.py", ROOT / f"{name}.py", *(ROOT / "tests").rglob(f"{name}.py")]
    return next((place.resolve() for place in places if place.is_file()), None)


def test_every_test_that_the_tables_name_exists() -> None:
    """By its file, and where one is given by its function."""
    missing = []
    found = 0
    for name, function in _named():
        path = _file(name)
        if name == function == "" or (path is None and not function and _anywhere(name)):
            continue
        found += 1
        if path is None or (function and function not in _functions(path)):
            missing.append(f"{name}::{function}")
    assert missing == []
    assert found > 60


def test_every_row_of_what_runs_says_by_which_test() -> None:
    """Each says runs, refused or what else happens, and names a test."""
    text = (ROOT / "processes" / "README.md").read_text()
    start = text.index("| 元素 element | 试 try |")
    rows = text[start : text.index("\n\n", start)].splitlines()[2:]
    assert len(rows) > 45
    for row in rows:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        assert len(cells) == 4, row
        assert all(cells[:3]), row
        assert NAMED.search(cells[3]), row


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _anywhere(function: str) -> bool:
    return any(function in path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
