"""A case from its rows: definitions, tasks and data become the library's dictionary, and it a tree.

What is over is left out, as far as it can be: data of completed tasks, subprocesses that have
ended.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from tools.bench import stock
from tools.bench.stock_way.rows import (
    Case,
    Data,
    Inclusion,
    Process,
    ProcessDefinition,
    Task,
    TaskDefinition,
    session,
)

_OVER = ("COMPLETED", "ERROR")
_ENDED = (*_OVER, "CANCELLED")


@dataclass
class Loaded:
    """A case as the library runs it, and what its rows refer to."""

    case: Case
    tree: Any
    #: by process and node: the number of the task definition
    definitions: dict[str, dict[str, int]] = field(default_factory=dict)


def load(case: Case) -> Loaded:
    """Read a case whose subprocesses have all ended, and restore it."""
    found = Loaded(case, None)
    dictionary = {
        **_specs(case.definition, found.definitions),
        **_process(case.process),
        "subprocesses": {},
    }
    if _open_subprocesses(case.process):
        raise RuntimeError(f"Expected no open subprocess in case {case.id}, but there is one")
    # Restoring takes the dictionary apart, and the rows must stay as they were read.
    found.tree = stock.SERIALIZER.from_dict(copy.deepcopy(dictionary))
    return found


def _specs(top: ProcessDefinition, names: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Put definitions together from their rows; note the numbers of their nodes."""
    inner = (
        session.query(ProcessDefinition)
        .join(Inclusion, Inclusion.child_id == ProcessDefinition.id)
        .filter(Inclusion.parent_id == top.id)
        .all()
    )
    specs = {one.id: {**one.properties, "task_specs": {}} for one in (top, *inner)}
    identifiers = {one.id: one.identifier for one in (top, *inner)}
    for some in ([top.id], [one.id for one in inner]):
        asked = select(TaskDefinition).where(TaskDefinition.definition_id.in_(some))
        for node in session.scalars(asked):
            specs[node.definition_id]["task_specs"][node.identifier] = node.properties
            names.setdefault(identifiers[node.definition_id], {})[node.identifier] = node.id
    return {
        "spec": specs[top.id],
        "subprocess_specs": {one.identifier: specs[one.id] for one in inner},
    }


def _process(process: Process) -> dict[str, Any]:
    data = session.query(Data).filter_by(hash=process.data_hash).one()
    tasks = {one.guid: one for one in session.query(Task).filter_by(process_id=process.id)}
    wanted = _with_data(tasks)
    hashes = {one.data_hash for one in wanted}
    asked = select(Data).where(Data.hash.in_(hashes))
    contents = {one.hash: one.content for one in session.scalars(asked)}
    known = {one.guid: contents[one.data_hash] for one in wanted}
    return {
        **process.properties,
        "data": data.content,
        "tasks": {
            one.guid: {**one.properties, "data": known.get(one.guid, {})}
            for one in _parents_first(tasks, process.properties["root"])
        },
    }


def _with_data(tasks: Mapping[str, Task]) -> list[Task]:
    """Return the tasks whose data is needed: those that are not over, and their parents."""
    going_on = [one for one in tasks.values() if one.state not in _OVER]
    parents = {str(one.properties["parent"]) for one in going_on}
    return [*going_on, *(tasks[one] for one in parents if tasks[one].state in _OVER)]


def _parents_first(tasks: Mapping[str, Task], root: str) -> Iterable[Task]:
    """Go through the tree: a task's data is what it has changed of its parent's."""
    waiting = [root]
    while waiting:
        task = tasks[waiting.pop()]
        waiting += reversed(task.properties["children"])
        yield task


def _open_subprocesses(top: Process) -> list[Process]:
    asked = (
        select(Process)
        .join(Task, Task.guid == Process.guid)
        .where(Process.top_id == top.id, Task.state.not_in(_ENDED))
    )
    return list(session.scalars(asked))
