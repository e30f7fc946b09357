"""``lianban try`` and the check of single files: diagrams of any kind, without a database."""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from engine import bpmn, dmn, feel
from engine.bpmn.model import Diagram, Process
from engine.problems import Problem
from engine.runtime.decisions import Decisions
from engine.runtime.machine.plan import Plan, first_nodes
from engine.runtime.trial import BEGINNING
from engine.runtime.trying import Script, Tried, read_steps, try_process
from engine.workdays import Calendar, due_at, parse_limit
from forms import Text, load_form

#: Kinds of single files that can be checked.
SUFFIXES: Final = (".bpmn", ".dmn", ".form")
#: Rules about what may stand in another file.
_ELSEWHERE: Final = frozenset({"decision-elsewhere", "process-elsewhere"})
MAX_SCRIPT: Final = 1024 * 1024
_NAMES: Final = {
    "completed": Text("已办结", "completed"),
    "waiting": Text("等待中", "waiting"),
    "failed": Text("出错", "failed"),
    "refused": Text("不能运行", "refused"),
}


@dataclass
class Files:
    """What some files hold, and what is wrong with them."""

    diagrams: list[Diagram] = field(default_factory=list)
    tables: dict[str, bytes] = field(default_factory=dict)
    decisions: dict[str, frozenset[str]] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=dict)

    @property
    def processes(self) -> dict[str, Process]:
        """All processes, by id; the first of an id counts."""
        found: dict[str, Process] = {}
        for diagram in self.diagrams:
            for process in diagram.processes:
                found.setdefault(process.id, process)
        return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which words ``lianban try`` takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--process", metavar="ID", help="哪个流程 which process")
    parser.add_argument("--vars", default="{}", metavar="JSON", help="变量 variables")
    parser.add_argument("--script", type=Path, metavar="FILE", help="步骤 steps (YAML or JSON)")
    parser.add_argument("--auto", action="store_true", help="自动办结 complete everything")
    parser.add_argument("--clock", metavar="INSTANT", help="虚拟时钟 the virtual clock")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Try a process; 0 when it completed or waits, 1 when it failed or was refused."""
    files = read_files(options.paths)
    wrong = [one for listed in files.problems.values() for one in listed]
    tried: Tried | None = None
    if not any(one.severity == "error" for one in wrong):
        try:
            script, now = _script(options), _clock(options.clock)
            process = _chosen(files, options.process)
        except _RefusedError as refused:
            wrong.append(refused.problem)
        else:
            plan = Plan(files.diagrams, Decisions(files.tables))
            tried = try_process(plan, process, script, now=now, workdays=plain_weeks)
    answer = _answer(tried, wrong)
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        _tell(answer)
    return 0 if answer["status"] in {"completed", "waiting"} else 1


def single_files(path: Path) -> list[Path]:
    """List the files to check one by one at a path: itself, or those of a folder without items."""
    if path.suffix in SUFFIXES:
        return [path]
    if not path.is_dir() or any(path.rglob("item.yaml")):
        return []
    return sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file())


def check_files(paths: Sequence[Path]) -> dict[str, list[Problem]]:
    """Check single files as plain diagrams, decisions and forms, together.

    What a diagram needs from files that were not given is only a warning here.
    """
    found = read_files(paths).problems
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
        files.problems[str(path)] = _read(path, files, tables)
    for diagram in files.diagrams:
        files.problems[diagram.file] += _guarded(diagram, files)
    return files


def _table(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.suffix == ".dmn" else None
    except OSError:
        return None


def _read(path: Path, files: Files, tables: Mapping[str, bytes]) -> list[Problem]:
    name = str(path)
    try:
        data = path.read_bytes()
    except OSError:
        return [_problem(name, "no-file", Text("文件无法读取。", "The file cannot be read."))]
    if path.suffix == ".dmn":
        model, problems = dmn.read_dmn(data, name, others=tables)
        if model is not None:
            files.tables[name] = data
            for ref in model.decisions:
                files.decisions[ref] = dmn.required_names(model, ref)
        return list(problems)
    if path.suffix == ".form":
        return _form_problems(data, name)
    diagram, problems = bpmn.read(data, name)
    if diagram is not None:
        files.diagrams.append(diagram)
    return list(problems)


def _guarded(diagram: Diagram, files: Files) -> list[Problem]:
    """Check a diagram; one that is nested beyond reason is refused, not crashed on."""
    try:
        return bpmn.check_plain(diagram, decisions=files.decisions, others=files.processes)
    except RecursionError:
        text = Text("图嵌套过深。", "The diagram is nested too deep.")
        return [_problem(diagram.file, "too-deep", text)]


def _form_problems(data: bytes, name: str) -> list[Problem]:
    _, found = load_form(data, name, check_expression=_fault)
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


class _RefusedError(Exception):
    """What was asked for cannot be tried; ``problem`` says why."""

    def __init__(self, rule: str, message: Text) -> None:
        super().__init__(message.en)
        self.problem = _problem("", rule, message)


def _problem(file: str, rule: str, message: Text) -> Problem:
    hint = Text("请更正后再试。", "Correct it and try again.")
    return Problem(file, None, None, rule, "error", message, hint)


def _chosen(files: Files, wanted: str | None) -> Process:
    if wanted is not None:
        found = files.processes.get(wanted)
        if found is None:
            known = ", ".join(files.processes) or "—"
            raise _RefusedError(
                "no-process",
                Text(
                    f"没有流程“{wanted}”；现有：{known}。",
                    f"There is no process '{wanted}'; there are {known}.",
                ),
            )
        return found
    filled = [process for process in files.processes.values() if process.nodes]
    if not filled:
        raise _RefusedError("no-process", Text("没有可运行的流程。", "There is no process to run."))
    called = {node.attributes.get("calledElement") for one in filled for node in one.nodes.values()}
    ranked = [
        (not one.executable, one.id in called, not first_nodes(one, None), number)
        for number, one in enumerate(filled)
    ]
    return filled[min(ranked)[-1]]


def _script(options: argparse.Namespace) -> Script:
    try:
        variables = json.loads(options.vars)
    except (ValueError, RecursionError) as error:
        raise _RefusedError("vars", Text("--vars 不是 JSON。", "--vars is no JSON.")) from error
    if not isinstance(variables, Mapping):
        raise _RefusedError("vars", Text("--vars 应是对象。", "--vars must be an object."))
    steps = [] if options.script is None else _steps(options.script)
    return Script(variables, steps, options.auto)


def _steps(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_bytes()[: MAX_SCRIPT + 1]
        steps = yaml.safe_load(text) if len(text) <= MAX_SCRIPT else None
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise _RefusedError(
            "script", Text(f"脚本无法读取：{path}", f"The script cannot be read: {path}")
        ) from error
    if isinstance(steps, Mapping) and "steps" in steps:
        steps = steps["steps"]
    wrong = read_steps([] if steps is None else steps)
    if wrong:
        raise _RefusedError("script", wrong[0])
    return list(steps or [])


def _clock(text: str | None) -> datetime:
    if text is None:
        return BEGINNING
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = Text(
            "--clock 应为带时区的时刻，如 2026-03-02T09:00+08:00。",
            "--clock must be an instant with its offset, as 2026-03-02T09:00+08:00.",
        )
        raise _RefusedError("clock", message)
    return found.astimezone(BEGINNING.tzinfo)


def plain_weeks(start: datetime, duration: str) -> datetime:
    """Count working time in plain weeks: a trial must not depend on holidays."""
    return due_at(Calendar(), start, parse_limit(duration)).at


def _answer(tried: Tried | None, wrong: Sequence[Problem]) -> dict[str, Any]:
    notes = [] if tried is None else [_note(text) for text in tried.notes]
    tried = Tried("refused") if tried is None else tried
    return {
        "status": tried.status,
        "trace": [
            {
                "seq": number,
                "at": entry.at.isoformat(),
                "element": entry.element,
                "name": entry.name.zh,
                "type": entry.type,
                "event": entry.event,
                "scope": entry.scope,
            }
            for number, entry in enumerate(tried.trace, start=1)
        ],
        "waiting": [
            {"element": element, "type": kind, "due_at": due.isoformat() if due else None}
            for element, kind, due in tried.waiting
        ],
        "data": tried.data,
        "problems": [as_json(problem) for problem in (*wrong, *notes)],
        "error": None
        if tried.error is None
        else {"element": tried.element, "message": tried.error._asdict()},
    }


def _note(text: Text) -> Problem:
    hint = Text("请检查名称和关联值。", "Check its name and its correlation.")
    return Problem("", None, None, "not-received", "warning", text, hint)


def as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem for programs."""
    return {
        "file": problem.file,
        "line": problem.line,
        "element": problem.element,
        "rule": problem.rule,
        "severity": problem.severity,
        "message": problem.message._asdict(),
        "hint": problem.hint._asdict(),
    }


def _tell(answer: Mapping[str, Any]) -> None:
    name = _NAMES[answer["status"]]
    print(f"{name.zh} {name.en}")
    for entry in answer["trace"]:
        print(f"  {entry['seq']:>4} {entry['at']} {entry['event']:<9} {entry['element']}")
    for one in answer["waiting"]:
        print(f"  … {one['element']} ({one['type']}) {one['due_at'] or ''}")
    for one in answer["problems"]:
        print(f"  {one['file']}:{one['line'] or ''} [{one['severity']} {one['rule']}]")
        print(f"    {one['message']['zh']} {one['hint']['zh']}")
        print(f"    {one['message']['en']} {one['hint']['en']}")
    if answer["error"] is not None:
        said = answer["error"]["message"]
        print(f"  ✗ {answer['error']['element'] or ''} {said['zh']} {said['en']}")
