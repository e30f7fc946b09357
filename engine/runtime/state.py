"""How a running case is stored: our own format, state only, against the shared specification.

``LBS1`` + ``j`` or ``z`` (zlib) + JSON. The machinery's own format holds the whole specification,
loses data when keys are reordered, and can be poisoned by a form field named ``typename``.
Names, not numbers, tie a state to its specification, so a new version of the machinery can read it.
"""

# ruff: noqa: SLF001 - tasks are restored without their constructor, which would run them

import zlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.task import Task

from engine.runtime.case import Case
from engine.runtime.errors import LimitExceeded, RuntimeFault
from engine.runtime.program import Program
from engine.runtime.timers import Workdays
from forms.text import Text

MAGIC: Final = b"LBS1"
VERSION: Final = 1
#: Largest stored case, in bytes before compression.
MAX_STATE: Final = 2 * 1024 * 1024
_COMPRESS_FROM: Final = 1024


def dump(case: Case) -> bytes:
    """Store a case; raises LimitExceeded when it has grown too large."""
    names: dict[str, int] = {}
    if case.completed:
        trees = []
    else:
        trees = [["", case.spec.name, _rows(case, names)]]
        trees += [
            [holder.hex, inner.spec.name, _rows(inner, names), inner.completed]
            for holder, inner in case.subprocesses.items()
        ]
    content = orjson.dumps(
        {
            "v": VERSION,
            "b": case.program.hash,
            "x": case.completed,
            "d": case.data,
            "n": list(names),
            "t": trees,
        }
    )
    if len(content) > MAX_STATE:
        raise LimitExceeded(
            Text(
                f"办件的流程数据超过 {MAX_STATE // 1024 // 1024} MB。",
                f"The case's process data is larger than {MAX_STATE // 1024 // 1024} MB.",
            )
        )
    if len(content) < _COMPRESS_FROM:
        return MAGIC + b"j" + content
    return MAGIC + b"z" + zlib.compress(content, 1)


def load(state: bytes, program: Program, now: datetime, workdays: Workdays | None) -> Case | None:
    """Bring a stored case back; None when it had already completed.

    Raises RuntimeFault for a state that is damaged or belongs to another version's program.
    """
    stored = read(state)
    if stored["b"] != program.hash:
        raise _unreadable("属于另一个版本", "it belongs to another version")
    if stored["x"]:
        return None
    case = Case(program, now, workdays, deserializing=True)
    case.data = stored["d"]
    try:
        _restore_all(case, stored, program)
    except (KeyError, IndexError, ValueError, TypeError, WorkflowException) as error:
        raise _unreadable("内容不完整", "parts of it are missing") from error
    return case


def read(state: bytes) -> dict[str, Any]:
    """Open the envelope of a stored case."""
    kind, content = state[4:5], state[5:]
    if state[:4] != MAGIC or kind not in (b"j", b"z"):
        raise _unreadable("格式不对", "it has another format")
    try:
        stored = orjson.loads(_inflate(content) if kind == b"z" else content)
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise _unreadable("已损坏", "it is damaged") from error
    if not isinstance(stored, dict) or stored.get("v") != VERSION:
        raise _unreadable("版本不对", "it has another version")
    return stored


def _inflate(content: bytes) -> bytes:
    """Unpack at most what ``dump`` would have packed."""
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(content, MAX_STATE + 1)
    if len(unpacked) > MAX_STATE or not unpacker.eof:
        raise zlib.error("not a whole state")
    return unpacked


def _rows(workflow: Any, names: dict[str, int]) -> list[list[Any]]:
    """Give one row a task, parents first: id, parent's row, name, state, triggered, facts, data."""
    tasks = workflow.tasks
    rows: list[list[Any]] = []
    position: dict[UUID, int] = {}
    stack = [workflow.task_tree]
    while stack:
        task = stack.pop()
        position[task.id] = len(rows)
        parent = tasks.get(task._parent)
        inherited = parent.data if parent is not None else {}
        rows.append(
            [
                task.id.hex,
                position.get(task._parent, -1),
                names.setdefault(task.task_spec.name, len(names)),
                task._state,
                int(task.triggered),
                task.internal_data or 0,
                0 if task.data == inherited else task.data,
            ]
        )
        stack.extend(tasks[child] for child in reversed(task._children))
    return rows


def _restore_all(case: Case, stored: dict[str, Any], program: Program) -> None:
    names = stored["n"]
    (_, _, rows), *subprocesses = stored["t"]
    _restore(case, rows, names)
    for holder_hex, name, inner_rows, completed in subprocesses:
        holder = case.get_task_from_id(UUID(hex=holder_hex))
        inner = BpmnSubWorkflow(program.subspecs[name], holder.id, case, deserializing=True)
        inner.completed = completed
        _restore(inner, inner_rows, names)
        case.subprocesses[holder.id] = inner
        inner.completed_event.connect(holder.task_spec._on_subworkflow_completed, holder)


def _restore(workflow: Any, rows: list[list[Any]], names: list[str]) -> None:
    specs = workflow.spec.task_specs
    restored: list[Any] = []
    for id_hex, parent_row, number, state, triggered, facts, data in rows:
        task = Task.__new__(Task)
        task.id, task.workflow, task.task_spec = UUID(hex=id_hex), workflow, specs[names[number]]
        task._state, task.triggered = state, bool(triggered)
        task.last_state_change, task.thread_id = 0.0, 0
        task.internal_data = facts or {}
        task._children, task._parent = [], None
        task.data = {} if data == 0 else data
        if parent_row >= 0:
            parent = restored[parent_row]
            task._parent = parent.id
            parent._children.append(task.id)
            if data == 0:
                task.data = dict(parent.data)
        workflow.tasks[task.id] = task
        restored.append(task)
    workflow.task_tree = restored[0]


def _unreadable(zh: str, en: str) -> RuntimeFault:
    return RuntimeFault(
        Text(f"办件的流程状态无法读取：{zh}。", f"The stored case cannot be read: {en}.")
    )
