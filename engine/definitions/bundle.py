"""A bundle: the files of one item, read and checked as a whole, and its compiled view."""

import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from engine import bpmn, dmn, feel, runtime
from engine.bpmn.calling import Wanted
from engine.bpmn.check_abroad import Lookup
from engine.bpmn.model import Diagram, Process
from engine.definitions.duty_forms import check_forms
from engine.definitions.item import ANSWERS, Item, line_naming, read_item
from engine.definitions.paths import Walk, read_paths
from engine.definitions.reach import check_reach
from engine.errors import EngineError, InvalidError
from engine.problems import Problem
from engine.workdays import Calendar, working_end
from forms import Form, FormProblem, load_form
from forms.text import Text

MAX_FILES, MAX_FILE_BYTES, MAX_TOTAL_BYTES = 100, 5_000_000, 20_000_000
KINDS = (".bpmn", ".form", ".dmn", ".yaml")
Files = Mapping[str, bytes]
_ONE_DIAGRAM = Text(
    "一个事项须有且只有一个写明属性 item 的流程图（.bpmn）；其他 .bpmn 文件只画被调用的流程。",
    "An item needs exactly one diagram (.bpmn) with the property 'item'; further .bpmn files"
    " hold called processes.",
)
_LARGE_ARCHIVE = Text(
    "压缩包过大，请只放入一个事项的文件。", "The archive is too large: put in one item."
)
#: What the library raises for archives that are damaged in one way or another.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    ValueError,
    IndexError,
    EOFError,
    OSError,
)


@dataclass(frozen=True)
class Names:
    """What exists outside of the bundle; None where it is not known, and so not checked."""

    departments: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    #: How many people hold each role of each department.
    filled: Mapping[tuple[str, str], int] | None = None
    #: Finds processes of other bundles for an item, and tells of one that was found.
    abroad: Callable[[str, Wanted], runtime.Part | None] | None = None
    told: Callable[[runtime.Part], bpmn.Abroad] | None = None


@dataclass(frozen=True)
class Reading:
    """Everything read from the files of a bundle, with all problems found."""

    problems: tuple[Problem, ...]
    diagram: Diagram | None = None
    item: Item | None = None
    forms: Mapping[str, Form] = field(default_factory=dict)
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    #: Every variable the diagram or one of its decisions looks at.
    names: frozenset[str] = frozenset()
    compiled: bytes = b""
    #: Further diagrams, whose processes the main one calls.
    others: tuple[Diagram, ...] = ()

    @property
    def running(self) -> tuple[Process, ...]:
        """The process that runs, and all it calls."""
        if self.diagram is None:
            return ()
        return tuple(one.process for one in bpmn.running(self.diagram, self.others))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the bundle from being deployed."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def process(self) -> Process:
        """The process that runs."""
        if self.diagram is None:
            raise ValueError("Expected a diagram, but the bundle has none")
        return self.diagram.main


def bundle_hash(files: Files) -> str:
    """Return the hash under which a bundle is stored: of all names and contents."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    return digest.hexdigest()


class Unreadable(bytes):
    """What stands for the content of a file that cannot be read."""

    why: str = ""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of an item's folder; hidden files are left out.

    Of a file too large only so much is read that it is seen to be; one that cannot be read is there
    as Unreadable. Raises InvalidError when all of them together are too large or too many.
    """
    files: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder)
        if any(part.startswith(".") for part in parts.parts) or not _is_file(path):
            continue
        files[parts.as_posix()] = content = _read_file(path)
        left -= len(content)
        if left < 0 or len(files) > MAX_FILES:
            raise InvalidError(
                Text(
                    f"文件夹“{folder}”过大，请只放入一个事项的文件。",
                    f"The folder “{folder}” is too large: put in one item.",
                )
            )
    return files


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # where it leads may not be looked at; reading it will tell why
        return True


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        nothing = Unreadable()
        nothing.why = error.strerror or type(error).__name__
        return nothing


def read_archive(path: Path) -> dict[str, bytes]:
    """Read the files of a zip archive at a path; raises what ``read_zip`` does, and OSError."""
    if path.stat().st_size > MAX_TOTAL_BYTES:
        raise InvalidError(_LARGE_ARCHIVE)
    with path.open("rb") as opened:  # some files of the system have no end, whatever size they say
        data = opened.read(MAX_TOTAL_BYTES + 1)
    if len(data) > MAX_TOTAL_BYTES:
        raise InvalidError(_LARGE_ARCHIVE)
    return read_zip(data)


def read_zip(data: bytes) -> dict[str, bytes]:
    """Read the files of a zip archive; one common folder at its top is left out.

    Raises InvalidError when it is no archive, too large, or names places outside of itself.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_FILES or sum(e.file_size for e in entries) > MAX_TOTAL_BYTES:
                raise InvalidError(_LARGE_ARCHIVE)
            files = {entry.filename: archive.read(entry) for entry in entries}
    except DAMAGED as error:
        raise InvalidError(
            Text("这不是可以打开的ZIP压缩包。", "This is not a ZIP archive that can be opened.")
        ) from error
    return _without_common_folder(files)


def _without_common_folder(files: Files) -> dict[str, bytes]:
    tidy: dict[str, bytes] = {}
    for name, content in files.items():
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise InvalidError(
                Text(f"文件名“{name}”不允许。", f"The file name “{name}” is not allowed.")
            )
        if path.parts and not any(part.startswith((".", "__MACOSX")) for part in path.parts):
            tidy[path.as_posix()] = content
    tops = {PurePosixPath(name).parts[0] for name in tidy}
    nested = all(len(PurePosixPath(name).parts) > 1 for name in tidy)
    if tidy and len(tops) == 1 and nested:
        return {PurePosixPath(*PurePosixPath(n).parts[1:]).as_posix(): c for n, c in tidy.items()}
    return tidy


def read_bundle(files: Files, names: Names | None = None) -> Reading:
    """Read and check all files of a bundle; all problems are found at once, none is raised."""
    problems = _file_problems(files)
    if problems:
        return Reading(tuple(problems))
    diagrams = _read_diagrams(files, problems)
    item, forms = _read_parts(files, problems)
    decisions = {path: data for path, data in files.items() if path.endswith(".dmn")}
    outputs = _check_decisions(decisions, problems)
    reading = Reading(tuple(problems), None, item, forms, decisions)
    if not diagrams:
        return reading
    diagram, *others = diagrams
    reading = replace(reading, diagram=diagram, others=tuple(others))
    problems += _check_diagrams(reading, outputs, names or Names(), files["item.yaml"])
    used = frozenset().union(*(process.names for process in reading.running), *outputs.values())
    reading = replace(reading, problems=tuple(problems), names=used)
    if reading.errors or item is None:
        return reading
    return _compile(reading, diagram, files, names or Names())


def _check_diagrams(
    reading: Reading, outputs: Mapping[str, frozenset[str]], known: Names, described: bytes
) -> list[Problem]:
    """Check the diagrams against the rest of the bundle, ``described`` by its item.yaml."""
    if reading.diagram is None:
        return []
    keys = {name: frozenset(f.key for f in form.fields) for name, form in reading.forms.items()}
    problems = bpmn.check(
        reading.diagram,
        forms=keys,
        decisions=outputs,
        departments=known.departments,
        roles=known.roles,
        beside=bpmn.Beside(reading.others, lookup(reading.diagram.main.item, known)),
    )
    for at in (reading.diagram, *reading.others):
        own = [one for one in reading.running if any(one is drawn for drawn in at.processes)]
        problems += check_forms(at.file, own, reading.forms)
        problems += check_reach(at.file, own, reading.process.lead, known.filled, known.roles)
    if reading.item is not None:
        problems += _cross_check(reading.diagram, reading.item, keys, described)
    return problems


def lookup(item: str, known: Names) -> Lookup | None:
    """Give what looks for processes of other bundles; None where nothing is known of them."""
    abroad, told = known.abroad, known.told
    if abroad is None or told is None:
        return None

    def look(wanted: Wanted) -> bpmn.Abroad | Text | None:
        try:
            part = abroad(item, wanted)
        except runtime.RuntimeFault as fault:
            return fault.reason
        return None if part is None else told(part)

    return look


def _abroad(reading: Reading, known: Names) -> runtime.Abroad | None:
    """Give the same for running it; the latest of what it has itself is its own."""
    find, item = known.abroad, reading.process.item
    if find is None:
        return None
    own = {process.id for process in reading.running}

    def abroad(wanted: Wanted) -> runtime.Part | None:
        mine = wanted.binding == "latest" and wanted.process in own and not wanted.caller
        return None if mine and wanted.item in ("", item) else find(item, wanted)

    return abroad


def _file_problems(files: Files) -> list[Problem]:
    problems = []
    for name, content in files.items():
        if len(content) > MAX_FILE_BYTES:
            text = Text(f"文件“{name}”超过5 MB。", f"The file “{name}” is larger than 5 MB.")
            problems.append(problem(name, "file-size", text))
        elif isinstance(content, Unreadable):
            why = content.why
            text = Text(f"文件无法读取（{why}）。", f"The file cannot be read ({why}).")
            problems.append(problem(name, "file-unreadable", text))
        elif not name.endswith(KINDS) and name != "README.md":
            text = Text(f"不认识的文件“{name}”。", f"Unknown kind of file “{name}”.")
            problems.append(problem(name, "file-kind", text))
    diagrams = [name for name in files if name.endswith(".bpmn")]
    if not diagrams:
        problems.append(problem("", "one-diagram", _ONE_DIAGRAM))
    if "item.yaml" not in files:
        text = Text(
            "缺少事项说明 item.yaml。", "The description of the item, item.yaml, is missing."
        )
        problems.append(problem("item.yaml", "item-missing", text))
    return problems


def problem(
    file: str, rule: str, message: Text, *, element: str | None = None, line: int = 1
) -> Problem:
    """Make an error of a file, or of the bundle as a whole, which has no line."""
    hint = Text("请更正文件后重新上传。", "Correct the file and upload it again.")
    return Problem(file, line if file else None, element, rule, "error", message, hint)


def _read_diagrams(files: Files, problems: list[Problem]) -> list[Diagram]:
    """Read the diagrams, the item's own first; none when it cannot be said which that is."""
    names = sorted(name for name in files if name.endswith(".bpmn"))
    read: list[Diagram] = []
    for name in names:
        diagram, found = bpmn.read(files[name], name)
        problems += found
        if diagram is not None:
            read.append(diagram)
    if len(read) < len(names) or len(read) == 1:
        return read if len(read) == len(names) else []
    own = [diagram for diagram in read if "item" in diagram.main.properties]
    if len(own) != 1:
        problems.append(problem("", "one-diagram", _ONE_DIAGRAM))
        return []
    return [*own, *(diagram for diagram in read if diagram is not own[0])]


def _read_parts(files: Files, problems: list[Problem]) -> tuple[Item | None, dict[str, Form]]:
    item, found = read_item(files["item.yaml"], "item.yaml")
    problems += found
    forms: dict[str, Form] = {}
    for path in sorted(path for path in files if path.endswith(".form")):
        form, form_problems = load_form(files[path], path, check_expression=_expression_fault)
        problems += [
            Problem(path, p.line, p.element, p.rule, _severity(p), p.message, p.hint)
            for p in form_problems
        ]
        if form is not None:
            forms[path.removesuffix(".form")] = form
    return item, forms


def _severity(problem: FormProblem) -> Literal["error", "warning"]:
    return "error" if problem.severity == "error" else "warning"


def _expression_fault(text: str) -> str | None:
    try:
        feel.compile_expression(text)
    except feel.FeelError as error:
        return str(error)
    return None


def _check_decisions(decisions: Files, problems: list[Problem]) -> dict[str, frozenset[str]]:
    """Read every DMN file; return the names each decision needs, by its id and its name."""
    inputs: dict[str, frozenset[str]] = {}
    for path, data in decisions.items():
        model, found = dmn.read_dmn(data, path, others=decisions)
        problems += found
        if model is not None:
            for ref in model.decisions:
                inputs[ref] = dmn.required_names(model, ref)
    return inputs


def _cross_check(
    diagram: Diagram, item: Item, keys: Mapping[str, frozenset[str]], described: bytes
) -> list[Problem]:
    """Check what item.yaml, the diagram and the application form say of each other."""
    process, found = diagram.main, []
    if process.item != item.code:
        text = Text(
            f"流程图的事项编码“{process.item}”与 item.yaml 的“{item.code}”不一致。",
            f"The diagram's item is “{process.item}”, but item.yaml says “{item.code}”.",
        )
        line = line_naming(described, ["code"], item.code)
        found.append(problem("item.yaml", "item-code", text, line=line))
    if process.start_form is None:
        text = Text("开始事件没有申请表单。", "The start event names no application form.")
        begins = next((n for n in process.within(None) if n.type == "startEvent"), process)
        form = "no-application-form"
        found.append(problem(diagram.file, form, text, element=begins.id, line=begins.line))
    asked = keys.get(process.start_form or "", frozenset())
    for key in sorted(item.answer_keys() - asked if asked else ()):
        text = Text(
            f"item.yaml 提到的字段“{key}”不在申请表单中。",
            f"item.yaml names the field “{key}”, which the application form does not have.",
        )
        line = line_naming(described, ANSWERS, key)
        found.append(problem("item.yaml", "unknown-field", text, element=key, line=line))
    return found


def _walk(reading: Reading, program: runtime.Program, files: Files) -> list[Problem]:
    """Walk the paths of a bundle, as far as they stay where something is known."""
    if "paths.yaml" not in files:
        return []
    paths, faults = read_paths(files["paths.yaml"], "paths.yaml")
    results = runtime.run_paths(program, reading.running, paths, workdays=plain_weeks)
    for path, result in zip(paths, results, strict=True):
        for text in result.failures:
            name, line = result.name.zh, path.line
            faults.append(problem("paths.yaml", "path-failed", text, element=name, line=line))
        if result.elsewhere is not None:
            faults.append(_not_walked(path, result.name.zh, result.elsewhere))
    return faults


def _not_walked(path: Walk, name: str, why: Text) -> Problem:
    return Problem(
        "paths.yaml",
        path.line,
        name,
        "path-elsewhere",
        "warning",
        Text(f"这条走法只走到这里：{why.zh}", f"This path was walked only so far: {why.en}"),
        Text(
            "它调用别的事项的流程，部署时会走完。",
            "It calls the process of another item; a deployment walks it to its end.",
        ),
    )


def plain_weeks(start: datetime, duration: str) -> datetime:
    """Count working time in plain weeks: a walk through a diagram must not depend on holidays."""
    return working_end(Calendar(), start, duration)


def _compile(reading: Reading, diagram: Diagram, files: Files, known: Names) -> Reading:
    """Compile the diagram and walk its paths; what fails is a problem like any other."""
    try:
        compiled = runtime.build(diagram, reading.decisions, reading.others)
        program = runtime.load_program(compiled, bundle_hash(files))
        faults = _walk(reading, program.calling(_abroad(reading, known)), files)
    except EngineError as error:
        fault = problem(diagram.file, "cannot-run", error.message)
        return replace(reading, problems=(*reading.problems, fault))
    return replace(reading, problems=(*reading.problems, *faults), compiled=compiled)
