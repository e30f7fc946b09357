"""The table "FEEL and DMN" of processes/README.md names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLACES = {"f/": "tests/engine/feel/", "d/": "tests/engine/dmn/", "t/": "tests/tools/"}


def rows() -> list[str]:
    """Return the rows of the table."""
    guide = (ROOT / "processes" / "README.md").read_text("utf-8")
    section = guide.split("### FEEL 与 DMN / FEEL and DMN\n")[1].split("\n#")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


def names_in(path: Path) -> set[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_names_tests_that_exist() -> None:
    """A file, or a test in it; at least one for each construct."""
    found = rows()
    assert len(found) > 25
    for row in found:
        named = re.findall(r"`((?:[fdt]|tests)/[^`]*\.py)(?:::(\w+))?`", row)
        assert named, row
        for place, name in named:
            path = ROOT / (PLACES.get(place[:2], place[:2]) + place[2:])
            assert path.is_file(), place
            assert not name or name in names_in(path), f"{place}::{name}"
