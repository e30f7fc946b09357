"""``lianban decide`` and ``lianban feel``: ask a decision, or an expression, without a database."""

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

from engine import clock
from engine.dmn import (
    DecisionResult,
    DmnModel,
    UnknownDecisionError,
    decide,
    decide_service,
    parameters_of,
    read_sound_parts,
    required_names,
)
from engine.errors import EngineError
from engine.feel import (
    Environment,
    FeelNameError,
    FeelSyntaxError,
    compile_expression,
    write_json,
)
from engine.feel.temporal import read_temporal
from engine.problems import Problem
from forms.text import Text

#: Largest file or input that is read, in bytes.
MAX_BYTES: Final = 5_000_000
#: Most files beside a decision that are looked through for imports.
MAX_FILES: Final = 100
#: Most names that one message lists, and most problems told of one computation.
MAX_NAMES: Final = 50
#: How deep names of several words are looked for in a context.
MAX_DEPTH: Final = 10
#: Longest whole number in JSON that is kept digit for digit; FEEL rounds to 34 anyway.
_MAX_DIGITS: Final = 1_000

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


class _RefusedError(Exception):
    """There is no answer, and these are the problems."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def add_commands(command: Command) -> None:
    """Add both commands to the parser of ``lianban``."""
    added = command("decide", run_decide, "求值 DMN 决策 make a decision of a DMN file")
    added.add_argument("file", type=Path, metavar="FILE.dmn")
    added.add_argument(
        "others",
        type=Path,
        nargs="*",
        metavar="FILE.dmn",
        help="可引用的文件 files to import from",
    )
    added.add_argument(
        "--decision",
        metavar="NAME",
        help="决策、决策服务或知识模型；只有一个决策时可省略 id or name of a decision, a decision "
        "service or a knowledge model; not needed when there is one decision only",
    )
    _add_data(added, "--input")
    added = command("feel", run_feel, "求值 FEEL 表达式 evaluate a FEEL expression")
    added.add_argument("expression", metavar="EXPRESSION", help="- 从标准输入读取 from stdin")
    _add_data(added, "--context")


def _add_data(added: argparse.ArgumentParser, option: str) -> None:
    added.add_argument(
        option,
        default="{}",
        dest="data",
        metavar="JSON",
        help="JSON、@文件 @file、- 标准输入 stdin；未声明类型的日期等写作 a date, time or duration "
        'whose type is not declared: "@\\"2026-11-23\\""',
    )
    added.add_argument("--json", action="store_true", help="以 JSON 输出 write JSON")


def run_decide(options: argparse.Namespace) -> int:
    """Make a decision; 0 when it was made of a file without errors, else 1."""
    file = options.file.name
    answer: dict[str, object] = {"result": None, "decisions": {}}
    problems: list[Problem] = []
    try:
        data = _bytes(str(options.file), options.file)
        others = _beside(options.file, options.others) if b"import" in data else {}
        model, problems = read_sound_parts(data, file, others=others)
        if model is not None:
            wanted = _chosen(model, options.decision)
            given = _context(options.data, "--input")
            made, unknown = _decided(model, wanted, given)
            answer = {"result": made.result, "decisions": dict(made.decisions)}
            problems = [*_elsewhere(problems, made), *unknown]
            problems += [*_missing(model, wanted, given, made), *_unused(model, wanted, given)]
            problems += made.problems
    except _RefusedError as refused:
        problems += refused.problems
    return _print(answer, problems, as_json=options.json)


def _elsewhere(problems: list[Problem], made: DecisionResult) -> list[Problem]:
    # A decision made of sound parts stands, whatever is wrong with the others.
    if any(problem.rule == "dmn-no-logic" for problem in made.problems):
        return problems
    return [replace(problem, severity="warning") for problem in problems]


def _chosen(model: DmnModel, wanted: str | None) -> str:
    """Return what is asked; raises _RefusedError, naming what there is, when that is not told."""
    decisions = list(dict.fromkeys(one.shown or one.name for one in model.decisions.values()))
    if wanted is None and len(decisions) == 1:
        return decisions[0]
    shared = [(one.name, one.shown) for one in model.services.values()]
    shared += [(one.name, one.shown) for one in model.knowledge.values()]
    others = [shown or name for name, shown in shared]
    known = {*model.decisions, *model.services, *model.knowledge, *others}
    known |= {name for name, _ in shared}
    if wanted in known and wanted is not None:
        return wanted
    names = list(dict.fromkeys([*decisions, *others]))
    more = "…" if len(names) > MAX_NAMES else ""
    listed = names[:MAX_NAMES]
    hint = Text(
        f"可选：{'、'.join(listed)}{more}" if names else "文件中没有决策",
        f"Choose one of: {', '.join(listed)}{more}" if names else "The file has no decision",
    )
    message = Text("请用 --decision 指明决策", "Say with --decision which decision")
    if wanted is not None:
        message = Text(f"决策模型中没有“{wanted}”", f"The model has no decision '{wanted}'")
    rule = UnknownDecisionError.code
    raise _RefusedError(Problem(model.file, None, None, rule, "error", message, hint))


def _unused(model: DmnModel, wanted: str, given: Mapping[str, object]) -> list[Problem]:
    """Tell what is given and nothing in the model is called so: it may be a slip of the pen."""
    if len(model.labels) > 1:
        return []
    known = {one.name for one in model.inputs.values()} | model.decisions.keys()
    known |= {one.variable for one in model.decisions.values()}
    for knowledge in model.knowledge.values():
        known |= set(knowledge.function.parameters)
    if wanted in model.decisions:
        known |= required_names(model, wanted)
    hint = Text("请检查名称", "Check the name")
    said = [
        Text(f"模型不使用输入“{name}”", f"The model does not use the input '{name}'")
        for name in sorted(given.keys() - known)[:MAX_NAMES]
    ]
    rule = "dmn-input-unknown"
    return [Problem("--input", None, None, rule, "warning", message, hint) for message in said]


def _missing(
    model: DmnModel, decision: str, given: Mapping[str, object], made: DecisionResult
) -> list[Problem]:
    # Facts of imported files may be given in more than one way; given decisions may need none.
    assumed = any(problem.rule == "dmn-decision-given" for problem in made.problems)
    if decision not in model.decisions:
        needed = {
            name for name in parameters_of(model, decision) if name.rpartition(".")[2] not in given
        }
    elif len(model.labels) > 1 or assumed:
        return []
    else:
        needed = set(required_names(model, decision))
    hint = Text("请在 --input 中给出", "Give it with --input")
    said = [
        Text(f"未提供输入“{name}”，按 null 处理", f"'{name}' is not given: it is null")
        for name in sorted(needed - given.keys())
    ]
    rule = "dmn-input-missing"
    return [Problem("--input", None, None, rule, "warning", message, hint) for message in said]


def _beside(file: Path, named: list[Path]) -> dict[str, bytes]:
    """Return the files that may be imported: those named, and those of the file's own folder."""
    found = {path.name: _bytes(str(path), path) for path in named}
    folder = file.resolve().parent
    # The folder and the folders in it; locationURI is not asked, it could point anywhere.
    near = [*sorted(folder.glob("*.dmn")), *sorted(folder.glob("*/*.dmn"))]
    for path in near[:MAX_FILES]:
        # A link may lead out of the folder: it is not followed.
        if path.is_file() and path.resolve().is_relative_to(folder) and path.name != file.name:
            with contextlib.suppress(_RefusedError):
                found.setdefault(str(path.relative_to(folder)), _bytes(str(path), path))
    return found


def _decided(
    model: DmnModel, wanted: str, context: Mapping[str, object]
) -> tuple[DecisionResult, list[Problem]]:
    ask = partial(decide, assume=True) if wanted in model.decisions else decide_service
    told: list[Problem] = []
    lent = _environment(model.file, told)
    try:
        return ask(model, wanted, context, environment=lent), told
    except EngineError as error:
        raise _RefusedError(_problem(model.file, error)) from error


def run_feel(options: argparse.Namespace) -> int:
    """Evaluate an expression; 0 when it has a value, else 1."""
    answer: dict[str, object] = {"result": None}
    problems: list[Problem] = []
    try:
        text, context = _expression_and_context(options.expression, options.data)
        seen = frozenset((name, frozenset(_names([value]))) for name, value in context.items())
        names = frozenset(_names(context))
        expression = compile_expression(text, names, lenient=True, seen=seen)
        told = [_problem("EXPRESSION", fault) for fault in expression.faults]
        problems += [replace(problem, severity="warning") for problem in told]
        lent = _environment("EXPRESSION", problems)
        answer["result"] = expression.evaluate(context, environment=lent)
    except _RefusedError as refused:
        problems += refused.problems
    except EngineError as error:
        problems.append(_problem("EXPRESSION", error))
    return _print(answer, problems, as_json=options.json)


def _names(value: dict[str, object] | list[object], depth: int = 0) -> Iterator[str]:
    # Entries of entries may have names of several words too.
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            yield from _names(inner, depth + 1)


def _expression_and_context(text: str, data: str) -> tuple[str, dict[str, object]]:
    if text == "-" and data == "-":
        raise _RefusedError(_of_input("--context", _TWICE))
    return _text("-") if text == "-" else text, _context(data, "--context")


def _environment(file: str, told: list[Problem]) -> Environment:
    """Lend the clock, and note once each what counts as null: names and calls that do not fit."""

    def note(error: EngineError) -> None:
        problem = _problem(file, error)
        if not isinstance(error, FeelNameError):
            problem = replace(problem, severity="warning")
        if problem not in told and len(told) < MAX_NAMES:
            told.append(problem)

    return Environment(now=clock.now().astimezone(clock.CIVIL_ZONE), told=note)


# --- what comes in -------------------------------------------------------------------------------


_TWICE: Final = Text("标准输入只能读取一次", "Standard input can be read once only")


def _context(data: str, option: str) -> dict[str, object]:
    """Read JSON without losing a digit; raises _RefusedError when it is no JSON object."""
    text = _text(data)
    try:
        read = json.loads(text, parse_float=Decimal, parse_int=_whole, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:200]
        message = Text(f"不是有效的 JSON：{said}", f"Not valid JSON: {said}")
        raise _RefusedError(_of_input(option, message, line)) from error
    if isinstance(read, dict):
        try:
            return {name: _spelled(value) for name, value in read.items()}
        except RecursionError as error:
            deep = Text("嵌套过深", "It is nested too deep")
            raise _RefusedError(_of_input(option, deep)) from error
    raise _RefusedError(_of_input(option, Text("应为 JSON 对象", "Expected a JSON object")))


def _spelled(value: Any) -> object:
    """Read texts that are spelled as FEEL's ``@"2026-11-23"``; JSON has no dates."""
    if isinstance(value, list):
        return [_spelled(item) for item in value]
    if isinstance(value, dict):
        return {name: _spelled(item) for name, item in value.items()}
    if isinstance(value, str) and value.startswith('@"') and value.endswith('"'):
        found = read_temporal(value[2:-1])
        return value if found is None else found
    return value


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _MAX_DIGITS else Decimal(digits)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _text(data: str) -> str:
    if data == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    elif data.startswith("@"):
        content = _bytes(data[1:], Path(data[1:]))
    else:
        return data
    if len(content) > MAX_BYTES:
        raise _RefusedError(_of_input("-", Text("输入过大", "The input is too large")))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = Text("不是 UTF-8 文本", "This is not text in UTF-8")
        raise _RefusedError(_of_input(data, message)) from error


def _bytes(name: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        message = Text(f"无法读取：{said}", f"It cannot be read: {said}")
        raise _RefusedError(_of_input(name, message)) from error


# --- what goes out -------------------------------------------------------------------------------


def _of_input(name: str, message: Text, line: int | None = None) -> Problem:
    hint = Text("请检查命令行参数", "Check the words of the command")
    return Problem(name, line, None, "input", "error", message, hint)


def _problem(file: str, error: EngineError) -> Problem:
    line = error.line if isinstance(error, FeelSyntaxError) else None
    hint = Text("请修改表达式或输入", "Correct the expression or the input")
    return Problem(file, line, None, error.code, "error", error.message, hint)


def _print(answer: dict[str, object], problems: list[Problem], *, as_json: bool) -> int:
    try:
        written = {name: write_json(value) for name, value in answer.items()}
    except EngineError as error:
        problems.append(_problem("", error))
        written = {name: "{}" if name == "decisions" else "null" for name in answer}
    said = _as_json(written, problems) if as_json else _as_text(written, problems)
    sys.stdout.write(_printable(said) + "\n")
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def _as_json(written: dict[str, str], problems: list[Problem]) -> str:
    parts = [f'"{name}": {value}' for name, value in written.items()]
    listed = json.dumps([problem_as_json(problem) for problem in problems], ensure_ascii=False)
    return f'{{{", ".join([*parts, f""""problems": {listed}"""])}}}'


def _as_text(written: dict[str, str], problems: list[Problem]) -> str:
    lines = [f"结果 result: {written['result']}"]
    made = json.loads(written.get("decisions", "{}"), parse_float=str, parse_int=str)
    if len(made) > 1:
        lines.append(f"各项决策 decisions: {written['decisions']}")
    for problem in problems:
        place = ":".join(str(part) for part in (problem.file, problem.line) if part)
        element = f" {problem.element}" if problem.element else ""
        lines.append(f"{place}{element} [{problem.severity} {problem.rule}]")
        lines.append(f"    {problem.message.zh}。{problem.hint.zh}。")
        lines.append(f"    {problem.message.en}. {problem.hint.en}.")
    return "\n".join(lines)


def problem_as_json(problem: Problem) -> dict[str, Any]:
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


def _printable(text: str) -> str:
    # Halves of surrogate pairs, and what the terminal's encoding lacks, are spelled out.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
