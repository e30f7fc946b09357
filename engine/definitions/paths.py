"""paths.yaml: walks through a diagram, written down by its designer and run on every deploy."""

from typing import Any

import yaml

from engine.problems import Problem
from forms.text import Text


def read_paths(data: bytes, file: str) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Read the walks of paths.yaml; a file that is none gives a problem, never an error."""
    try:
        content = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        return [], [_problem(file, line, Text("不是有效的YAML。", "This is not valid YAML."))]
    entries = content or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        text = Text("应是一个列表，每项是一条路径。", "Expected a list with one path an entry.")
        return [], [_problem(file, None, text)]
    return entries, []


def _problem(file: str, line: int | None, message: Text) -> Problem:
    hint = Text("请参照流程语言说明书写。", "Write it as the process language's guide shows.")
    return Problem(file, line, None, "paths", "error", message, hint)
