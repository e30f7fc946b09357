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


def test_every_rule_of_law_says_what_keeps_it_and_by_which_test() -> None:
    """C01 to C39, each once; one without a test says that the software does not have it."""
    text = (ROOT / "processes" / "README.md").read_text()
    section = text[text.index("\n## 11 ") :].partition("\n## 12 ")[0]
    rows = [line for line in section.splitlines() if re.match(r"\| C\d\d \|", line)]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    assert [row[0] for row in cells] == [f"C{number:02}" for number in range(1, 40)]
    for row in cells:
        assert len(row) == 5, row
        assert all(row), row
        if not NAMED.search(row[3]):
            assert "not in the software" in row[3], row
            assert "missing" in row[4], row


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _anywhere(function: str) -> bool:
    return any(function in path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
