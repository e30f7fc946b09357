"""paths.yaml: whatever stands in it, a problem at its line, and never more work than it is long."""

from pathlib import Path

import pytest

from engine import definitions
from engine.definitions.paths import read_paths

WORKS_PERMIT = Path(__file__).resolve().parents[3] / "processes" / "works-permit"
BOMB = "- name: &a [x, x]\n  steps: []\n- name: {zh: *a}\n"
MERGE = "- &a {name: x}\n- <<: *a\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (BOMB, 3, "Aliases"),
        (MERGE, 2, "Aliases"),
        ("- name: a\n- name: '\x01'\n", 2, "control characters"),
        ("- name: ok\n- name: 2026-02-30\n", 2, "2026-02-30"),
        ("- name: !!bool foo\n", 1, "foo"),
        ("- name: !!timestamp foo\n", 1, "foo"),
        ("- name: !!python/name:os.system x\n", 1, "python/name"),
        (f"- name: {'9' * 5000}\n", 1, "999"),
        ("- name: [\n", 1, "valid YAML"),
        (f"- name: {'[' * 200}{']' * 200}\n", 1, "too deep"),
        ("x: 1\n", 1, "Expected a list"),
        ("- name: a\n- vars: abc\n", 2, "'vars'"),
        ("- expect: abc\n", 1, "'expect'"),
        ("- expect: {data: [1]}\n", 1, "'data'"),
        ("- expect: {visited: 5}\n", 1, "'visited'"),
        ("- expect: {waiting: [{}]}\n", 1, "'waiting'"),
        ("- expect: {waiting: [a, 1]}\n", 1, "'waiting' must be a list of elements"),
        ("- name: a\n- expect:\n    visited:\n    - -1\n", 2, "'visited'"),
        ("- steps: [{complete: {a: b}}]\n", 1, "'complete' must be one name"),
        ("- steps: [{complete: a, outcome: [b]}]\n", 1, "'outcome'"),
        ("- steps: [{complete: a, error: {b: c}}]\n", 1, "'error'"),
        ("- steps: [{advance: }]\n", 1, "'advance'"),
        ("- start: [a]\n", 1, "'start'"),
        ("- expect: {status: [a]}\n", 1, "'status'"),
        ("- steps: [5]\n", 1, "'steps'"),
        ("- steps: [{complete: a, answers: abc}]\n", 1, "'answers'"),
        ("- steps: [{message: m, data: 5}]\n", 1, "'data'"),
        ("- steps: [{expect: {not_visited: x}}]\n", 1, "'not_visited'"),
    ],
)
def test_a_slip_is_told_at_its_line(text: str, line: int, said: str) -> None:
    walks, (problem,) = read_paths(text.encode(), "paths.yaml")
    assert said in problem.message.en
    assert problem.line == line
    assert all(walk["name"] for walk in walks)


def test_a_number_where_an_element_is_expected_stops_no_check() -> None:
    """The paths of a whole bundle are read and walked; the rest of it is still told."""
    files = definitions.read_folder(WORKS_PERMIT)
    for word in ("visited", "not_visited", "waiting"):
        walk = f"- name: x\n  expect:\n    {word}: [7]\n".encode()
        (found,) = definitions.read_bundle({**files, "paths.yaml": walk}).errors
        assert (found.file, found.line, found.rule) == ("paths.yaml", 1, "paths")
        assert all((*found.message, *found.hint))


def test_a_file_larger_than_people_write_is_refused() -> None:
    """As many bytes, or as many values, as no path needs."""
    for data in (b"#" * 300_000, b"- {}\n" * 30_000, b"\xff"):
        walks, (problem,) = read_paths(data, "paths.yaml")
        assert (walks, problem.line is not None) == ([], True)


def test_each_path_knows_its_line() -> None:
    walks, problems = read_paths(b"\xef\xbb\xbf- name: a\n\n- name: b\n  steps: []\n", "paths.yaml")
    assert [(walk["name"], walk.line) for walk in walks] == [("a", 1), ("b", 3)]
    assert problems == []
