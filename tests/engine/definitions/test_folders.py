"""Folders and archives are read only as far as they may be an item."""

from pathlib import Path

import pytest

from engine import definitions
from engine.definitions.bundle import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES
from engine.errors import InvalidError


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as opened:
        opened.truncate(size)


def _rules(folder: Path, name: str) -> set[str]:
    problems = definitions.read_bundle(definitions.read_folder(folder)).problems
    return {problem.rule for problem in problems if problem.file == name}


def test_a_huge_file_is_a_problem_and_is_not_read_whole(tmp_path: Path) -> None:
    """A byte more than may be is enough to tell."""
    _sparse(tmp_path / "big.form", 50 * MAX_FILE_BYTES)
    files = definitions.read_folder(tmp_path)
    assert len(files["big.form"]) == MAX_FILE_BYTES + 1
    assert _rules(tmp_path, "big.form") == {"file-size"}


def test_a_file_that_cannot_be_read_is_a_problem_of_that_file(tmp_path: Path) -> None:
    """The reason is told, and the others are read."""
    (tmp_path / "m.form").symlink_to("/proc/self/mem")
    (tmp_path / "README.md").write_text("x")
    assert definitions.read_folder(tmp_path)["README.md"] == b"x"
    assert _rules(tmp_path, "m.form") == {"file-unreadable"}


def test_a_folder_of_too_much_is_no_item(tmp_path: Path) -> None:
    """Neither of many large files nor of very many small ones."""
    for name in "abcde":
        _sparse(tmp_path / f"{name}.form", MAX_FILE_BYTES)
    with pytest.raises(InvalidError):
        definitions.read_folder(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.form").touch()
    with pytest.raises(InvalidError):
        definitions.read_folder(tmp_path)


def test_an_archive_without_an_end_is_refused(tmp_path: Path) -> None:
    """It says that its size is nothing."""
    (tmp_path / "item.zip").symlink_to("/dev/zero")
    with pytest.raises(InvalidError):
        definitions.read_archive(tmp_path / "item.zip")


def test_a_huge_archive_is_refused_by_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is read."""
    _sparse(tmp_path / "item.zip", MAX_TOTAL_BYTES + 1)
    monkeypatch.delattr(Path, "open")
    with pytest.raises(InvalidError):
        definitions.read_archive(tmp_path / "item.zip")
