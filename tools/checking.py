"""``lianban check``: all that is wrong with diagrams, decisions, forms and items, at once."""

import argparse
import importlib
import json
import os
import stat
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from engine import bpmn, dmn, feel
from engine.bpmn.model import Diagram, Process
from engine.errors import EngineError
from engine.problems import Problem
from forms import load_form
from forms.text import Text
from tools.errors import ToolsError

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]

#: Kinds of single files that are looked for in a folder; a file that is named may end in anything.
SUFFIXES: Final = (".bpmn", ".bpmn2", ".bpmn20.xml", ".bpmn.xml", ".dmn", ".form")
#: Largest file that is read, in bytes.
MAX_BYTES: Final = 5 * 1024 * 1024
#: Most files of one folder that are checked.
MAX_FILES: Final = 5000
#: Rules about what may stand in another file.
_ELSEWHERE: Final = frozenset({"decision-elsewhere", "process-elsewhere"})
_DMN: Final = b"/spec/DMN/"


@dataclass
class Files:
    """What some files hold, and what is wrong with them."""

    diagrams: list[Diagram] = field(default_factory=list)
    tables: dict[str, bytes] = field(default_factory=dict)
    decisions: dict[str, frozenset[str]] = field(default_factory=dict)
    #: The keys of each form's answers, by its name.
    forms: dict[str, frozenset[str]] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=dict)

    @property
    def processes(self) -> dict[str, Process]:
        """All processes, by id; the last version of an id counts, all are there by id and tag."""
        found: dict[str, Process] = {}
        for diagram in self.diagrams:
            for process in diagram.processes:
                found[process.id] = process
                if process.version_tag:
                    found[f"{process.id}:{process.version_tag}"] = process
        return found


def add_command(command: Command) -> None:
    """Add ``check`` to the parser of ``lianban``."""
    added = command(
        "check", run, "检查事项、流程图、决策和表单 check items, diagrams, tables, forms"
    )
    added.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    added.add_argument("--json", action="store_true")


def parser_of(add: Callable[[Command], None]) -> argparse.ArgumentParser:
    """Build a parser of one command, as it is in the parser of all."""
    whole = argparse.ArgumentParser(prog="lianban")
    commands = whole.add_subparsers(required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    add(command)
    return whole


def parser() -> argparse.ArgumentParser:
    """Build a parser that knows this command only."""
    return parser_of(add_command)


def run(options: argparse.Namespace) -> int:
    """Check what stands at some paths; 0 when there is no error, else 1."""
    single, items, left_out = sorted_out(options.paths)
    found: list[tuple[str, Sequence[Problem]]] = [*check_files(single).items()]
    found += [(one.file, [one]) for one in left_out]
    for path in items:
        found += _items(path)
    problems = [problem for _, listed in found for problem in listed]
    if options.json:
        answer = {"files": [name for name, _ in found], "problems": [*map(as_json, problems)]}
        print(json.dumps(answer, ensure_ascii=False))
    else:
        for name, listed in found:
            print(f"{shown(name)}: {_summary(listed)}")
            for one in listed:
                print(as_line(one))
    return 1 if _errors(problems) else 0


def sorted_out(paths: Iterable[Path]) -> tuple[list[Path], list[Path], list[Problem]]:
    """Sort paths into single files, those of folders too, and folders or archives of items; what
    was left out of a folder is a problem.
    """
    single: list[Path] = []
    items: list[Path] = []
    left_out: list[Problem] = []
    for path in paths:
        if not _exists(path):
            single.append(path)
        elif path.suffix == ".zip" and path.is_file():
            items.append(path)
        elif path.is_dir():
            inside = {one.parent: None for one in sorted(path.rglob("item.yaml"))}
            items += inside
            own = [one for one in _files_in(path) if inside.keys().isdisjoint(one.parents)]
            if len(own) > MAX_FILES:
                left_out.append(_too_many(path, len(own)))
            single += own[:MAX_FILES] or ([] if inside else [path])
        else:
            single.append(path)
    return single, items, left_out


def _too_many(folder: Path, number: int) -> Problem:
    message = Text(
        f"文件夹里有 {number} 个文件，只检查了前 {MAX_FILES} 个。",
        f"The folder holds {number} files; only the first {MAX_FILES} were checked.",
    )
    hint = Text("请逐个检查下级文件夹。", "Check the folders inside it one by one.")
    return replace(problem(str(folder), "too-many-files", message), hint=hint)


def _exists(path: Path) -> bool:
    """Whether something stands there; a name that no file can have is that of none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _files_in(folder: Path) -> list[Path]:
    """List the files of a folder in their order; one that cannot be read is told when it is."""
    named = (one for one in folder.rglob("*") if one.name.endswith(SUFFIXES))
    return sorted(one for one in named if not _is_folder(one))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # where a link leads may not be looked at
        return False


def _items(path: Path) -> list[tuple[str, Sequence[Problem]]]:
    """Check an item; the modules for that are loaded only here, as they bring the database."""
    commands = importlib.import_module("tools.commands")
    try:
        return list(commands.check_items([path]))
    except (EngineError, ToolsError) as error:
        return [(str(path), [problem(str(path), "no-item", error.message)])]
    except Exception as error:  # noqa: BLE001 - no item may end the command with a traceback
        return [(str(path), [_failed(str(path), error)])]


def check_files(paths: Sequence[Path]) -> dict[str, list[Problem]]:
    """Check single files as plain diagrams, decisions and forms, together.

    What a diagram needs from files that were not given is only a warning here.
    """
    files = read_files(paths)
    for diagram in files.diagrams:
        files.problems[diagram.file] += _guarded(diagram.file, _namer(diagram, files))
    found = files.problems
    return {
        name: [replace(p, severity="warning") if p.rule in _ELSEWHERE else p for p in listed]
        for name, listed in found.items()
    }


def read_files(paths: Iterable[Path]) -> Files:
    """Read and check files that belong together; what is wrong is in the result, never raised."""
    files = Files()
    given = list(paths)
    tables = {str(path): data for path in given if (data := _table(path))}
    for path in given:
        files.problems[str(path)] = _guarded(str(path), _reader(path, files, tables))
    for diagram in files.diagrams:
        files.problems[diagram.file] += _guarded(diagram.file, _checker(diagram, files))
    _check_twins(files)
    return files


def _table(path: Path) -> bytes | None:
    """Read what other decisions may import."""
    try:
        return read_bytes(path, MAX_BYTES) if path.suffix == ".dmn" else None
    except (OSError, ValueError):
        return None


def _reader(path: Path, files: Files, tables: Mapping[str, bytes]) -> Callable[[], list[Problem]]:
    return lambda: _read(path, files, tables)


def _checker(diagram: Diagram, files: Files) -> Callable[[], list[Problem]]:
    return lambda: bpmn.check_plain(diagram, decisions=files.decisions, others=files.processes)


def _namer(diagram: Diagram, files: Files) -> Callable[[], list[Problem]]:
    return lambda: bpmn.check_names(diagram, files.diagrams, files.forms)


def _guarded(name: str, look: Callable[[], list[Problem]]) -> list[Problem]:
    """Look at a file; whatever it holds, the others are still looked at."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - no file may end the command with a traceback
        return [_failed(name, error)]


def _failed(name: str, error: Exception) -> Problem:
    """Say that something could not be checked, and why as far as is known."""
    if isinstance(error, RecursionError):
        return problem(name, "too-deep", Text("嵌套过深。", "It is nested too deep."))
    kind = type(error).__name__
    why = f"{kind}: {error.strerror}" if isinstance(error, OSError) else kind
    message = Text(f"检查时出错（{why}）。", f"The check itself failed ({why}).")
    return problem(name, "check-failed", message)


def _read(path: Path, files: Files, tables: Mapping[str, bytes]) -> list[Problem]:
    name = str(path)
    try:
        data = read_bytes(path, MAX_BYTES)
    except OSError as error:
        why = error.strerror or type(error).__name__
        message = Text(f"文件无法读取（{why}）。", f"The file cannot be read ({why}).")
        return [problem(name, "no-file", message)]
    except ValueError:
        return [problem(name, "too-large", Text("文件超过 5 MB。", "It is larger than 5 MB."))]
    if path.suffix == ".dmn" or (_DMN in data[:4000] and b"/spec/BPMN/" not in data[:4000]):
        model, problems = dmn.read_dmn(data, name, others=tables)
        if model is not None:
            files.tables[name] = data
            for ref in model.decisions:
                files.decisions[ref] = dmn.required_names(model, ref)
        return list(problems)
    if path.suffix == ".form":
        return _form_problems(data, path, files)
    diagram, problems = bpmn.read(data, name)
    if diagram is not None:
        files.diagrams.append(diagram)
    return list(problems)


def read_bytes(path: Path, most: int) -> bytes:
    """Read a regular file; raises OSError when there is none, ValueError when it is too large.

    Never waits, and never reads more than that: some files of the system have no end, or say
    nothing for hours.
    """
    if stat.S_ISDIR(path.stat().st_mode):
        raise IsADirectoryError(21, "there is nothing to check in this folder")
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(opened, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(22, "not a regular file")
        data = bytearray()
        while len(data) <= most and (more := file.read(most + 1 - len(data))) != b"":
            if more is None:
                raise BlockingIOError(11, "it says nothing")
            data += more
    if len(data) > most:
        raise ValueError(path)
    return bytes(data)


def _check_twins(files: Files) -> None:
    """Report a process that stands in two files: which one is meant is not said."""
    seen: dict[tuple[str, str], str] = {}
    for diagram in files.diagrams:
        for process in diagram.processes:
            first = seen.setdefault((process.id, process.version_tag), diagram.file)
            if first != diagram.file:
                message = Text(
                    f"流程“{process.id}”在“{first}”里也有。",
                    f"The process '{process.id}' stands in '{first}' too.",
                )
                hint = Text("请改 id，或写不同的 versionTag。", "Give it another id or versionTag.")
                twin = Problem(
                    diagram.file, process.line, process.id, "twin-process", "error", message, hint
                )
                files.problems[diagram.file].append(twin)


def _form_problems(data: bytes, path: Path, files: Files) -> list[Problem]:
    name = str(path)
    form, found = load_form(data, name, check_expression=_fault)
    if form is not None:
        keys = frozenset(field.key for field in form.fields if field.key)
        files.forms |= {path.stem: keys, form.id: keys}
    return [
        Problem(
            name,
            one.line,
            one.element or None,
            one.rule,
            "error" if one.severity == "error" else "warning",
            one.message,
            one.hint,
        )
        for one in found
    ]


def _fault(text: str) -> str | None:
    try:
        feel.compile_expression(text)
    except feel.FeelError as error:
        return str(error)
    return None


def problem(file: str, rule: str, message: Text) -> Problem:
    """Say what is wrong with a file as a whole."""
    hint = Text("请更正后再试。", "Correct it and try again.")
    return Problem(file, 1, None, rule, "error", message, hint)


def complain(message: Text) -> None:
    """Say on the error output what stands in the way, in both languages."""
    print(f"✗ {message.zh}\n✗ {message.en}", file=sys.stderr)


def as_json(one: Problem) -> dict[str, Any]:
    """Return a problem for programs."""
    return {
        "file": one.file,
        # What is wrong with a file as a whole is at its beginning.
        "line": one.line or (1 if one.file else None),
        "element": one.element,
        "rule": one.rule,
        "severity": one.severity,
        "message": one.message._asdict(),
        "hint": one.hint._asdict(),
    }


def as_line(one: Problem) -> str:
    """Return a problem for people: where, which rule, what is wrong, what to do."""
    place = ":".join(str(part) for part in (one.file, one.line) if part)
    element = f" {one.element}" if one.element else ""
    lines = (
        f"  {place}{element} [{one.severity} {one.rule}]",
        f"    {one.message.zh} {one.hint.zh}",
        f"    {one.message.en} {one.hint.en}",
    )
    return "\n".join(map(shown, lines))


def shown(text: str) -> str:
    """Write what a file says so that it stays on its line and moves no cursor."""
    return "".join(map(_shown, text))


def _shown(one: str) -> str:
    hidden = unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return one.encode("unicode_escape").decode() if hidden else one


def _errors(problems: Sequence[Problem]) -> int:
    return sum(1 for one in problems if one.severity == "error")


def _summary(problems: Sequence[Problem]) -> str:
    errors = _errors(problems)
    if not problems:
        return "通过 passed"
    return f"{errors} 个错误 errors, {len(problems) - errors} 个提醒 warnings"
