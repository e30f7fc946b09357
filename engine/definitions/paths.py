"""paths.yaml: walks through a diagram, written down by its designer and run on every deploy."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine import plain_yaml
from engine.problems import Problem
from forms.text import Text

MAX_BYTES: Final = 262_144
MAX_NODES: Final = 40_000
#: Words of a path, its steps and expectations that hold values by name, and those that hold lists.
_BY_NAME: Final = frozenset({"vars", "answers", "data", "expect"})
_LISTS: Final = frozenset({"steps", "visited", "not_visited", "waiting"})
#: Words that hold one name, code or duration; those of what a step does hold one always.
_DOES: Final = frozenset({"complete", "message", "signal", "advance"})
_SINGLE: Final = _DOES | {"start", "outcome", "error", "status"}


class Walk(dict[str, Any]):
    """One path of the file, with the line it begins on."""

    line = 1


def read_paths(data: bytes, file: str) -> tuple[list[Walk], list[Problem]]:
    """Read the walks of paths.yaml; a file that is none gives a problem, never an error."""
    try:
        content, lines = plain_yaml.load(data, most=MAX_BYTES, nodes=MAX_NODES)
    except plain_yaml.PlainYamlError as error:
        return [], [_problem(file, error.line or 1, error.message)]
    entries = content or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        text = Text("应是一个列表，每项是一条路径。", "Expected a list with one path an entry.")
        return [], [_problem(file, 1, text)]
    walks, found = [], []
    for entry, line in zip(entries, lines, strict=True):
        fault = _misshapen(entry)
        if fault is not None:
            found.append(_problem(file, line, fault))
            continue
        walk = Walk(entry)
        walk.line = line
        walks.append(walk)
    return walks, found


def _misshapen(entry: Mapping[Any, Any]) -> Text | None:
    """Say which word of a path does not hold what it should; None when all do."""
    for word, value in _words(entry):
        if word in _BY_NAME and not isinstance(value, dict | None):
            return Text(f"“{word}”应是“名称: 值”。", f"'{word}' must be values by name.")
        if word in _LISTS and not (
            value is None or (isinstance(value, list) and all(_fits(word, one) for one in value))
        ):
            if word == "steps":
                return Text("“steps”应是步骤的列表。", "'steps' must be a list of steps.")
            return Text(f"“{word}”应是元素名称的列表。", f"'{word}' must be a list of elements.")
        if (word in _SINGLE and isinstance(value, dict | list)) or (
            word in _DOES and value is None
        ):
            return Text(f"“{word}”后应是一个名称或值。", f"'{word}' must be one name or value.")
    return None


def _fits(word: str, one: object) -> bool:
    """Whether something can stand in a list: steps are mappings, all else are ids of elements,
    which are never numbers.
    """
    return isinstance(one, dict) if word == "steps" else isinstance(one, str)


def _words(entry: Mapping[Any, Any]) -> Iterable[tuple[str, Any]]:
    """List the words of a path, of its steps and of what is expected at the end and between."""
    yield from entry.items()
    steps = entry.get("steps")
    levels = [one for one in steps if isinstance(one, dict)] if isinstance(steps, list) else []
    for level in [entry, *levels]:
        if level is not entry:
            yield from level.items()
        if isinstance(level.get("expect"), dict):
            yield from level["expect"].items()


def _problem(file: str, line: int | None, message: Text) -> Problem:
    hint = Text("请参照流程语言说明书写。", "Write it as the process language's guide shows.")
    return Problem(file, line, None, "paths", "error", message, hint)
