"""Cut off the history that nothing open depends on, on every save.

A case late in its life is stored and loaded ten times faster for it. Sound because a gateway's
tokens wait until they are taken, and boundary splits and multi-instance activities always have an
unfinished task below them, so none of them is cut while it is needed.
"""

# ruff: noqa: SLF001 - the machinery's tree has no public door for what we cut

from typing import Any

from SpiffWorkflow.util.task import TaskState

_FINISHED = TaskState.FINISHED_MASK


def prune(case: Any) -> int:
    """Drop finished history in place; gives the number of dropped tasks."""
    dropped = _prune_tree(case, case)
    for task_id in list(case.subprocesses):
        inner = case.subprocesses.get(task_id)
        if inner is None:
            continue
        if not inner.completed:
            dropped += _prune_tree(case, inner)
            continue
        holder = case.get_task_from_id(task_id)
        if holder._state & _FINISHED:
            dropped += _drop_subprocess(case, task_id)
    return dropped


def _prune_tree(case: Any, workflow: Any) -> int:
    if workflow.completed:
        return 0
    tasks, unfinished = workflow.tasks, _unfinished_below(workflow)
    dropped, regions = 0, [workflow.task_tree]
    while regions:
        root = regions.pop()
        if root._state != TaskState.COMPLETED or not unfinished[root.id]:
            continue
        keep = _lowest_dominator(root, tasks, unfinished)
        if keep is not root and root._children != [keep.id]:
            dropped += _cut_between(case, workflow, root, keep)
        regions.extend(tasks[child] for child in keep._children if unfinished[child])
    if workflow.last_task is not None and workflow.last_task.id not in tasks:
        workflow.last_task = None
    return dropped


def _unfinished_below(workflow: Any) -> dict[Any, int]:
    """Count the unfinished tasks at and below each task."""
    order, stack = [], [workflow.task_tree]
    while stack:
        task = stack.pop()
        order.append(task)
        stack.extend(workflow.tasks[child] for child in task._children)
    count: dict[Any, int] = {}
    for task in reversed(order):
        own = 0 if task._state & _FINISHED else 1
        count[task.id] = own + sum(count[child] for child in task._children)
    return count


def _lowest_dominator(root: Any, tasks: Any, unfinished: dict[Any, int]) -> Any:
    """Find the lowest completed task that has every unfinished task of ``root`` below it."""
    keep = root
    while True:
        below = next(
            (tasks[child] for child in keep._children if unfinished[child] == unfinished[root.id]),
            None,
        )
        if below is None or below._state != TaskState.COMPLETED:
            return keep
        keep = below


def _cut_between(case: Any, workflow: Any, root: Any, keep: Any) -> int:
    doomed, stack = [], list(root._children)
    while stack:
        task_id = stack.pop()
        if task_id != keep.id:
            doomed.append(task_id)
            stack.extend(workflow.tasks[task_id]._children)
    for task_id in doomed:
        del workflow.tasks[task_id]
        _drop_subprocess(case, task_id)
    root._children, keep._parent = [keep.id], root.id
    return len(doomed)


def _drop_subprocess(case: Any, task_id: Any) -> int:
    inner = case.subprocesses.pop(task_id, None)
    if inner is None:
        return 0
    return len(inner.tasks) + sum(_drop_subprocess(case, child) for child in list(inner.tasks))
