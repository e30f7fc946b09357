"""Tasks: the inbox, claiming, and completing, which moves a case on."""

from engine.completion import Doing
from engine.models import Task
from engine.tasks import reassigning, retrying
from engine.tasks.claiming import claim, next_claimed, release, save
from engine.tasks.completing import Completed, ahead, complete, retry
from engine.tasks.duties import hints
from engine.tasks.inbox import (
    Counts,
    Opened,
    Query,
    applicants_task,
    counts,
    filter_choices,
    inbox,
    open_of_case,
    opened,
    total,
)
from engine.tasks.view import TaskPlace, TaskView, find, hold

__all__ = [
    "Completed",
    "Counts",
    "Doing",
    "Opened",
    "Query",
    "Task",
    "TaskPlace",
    "TaskView",
    "ahead",
    "applicants_task",
    "claim",
    "complete",
    "counts",
    "filter_choices",
    "find",
    "hints",
    "hold",
    "inbox",
    "next_claimed",
    "open_of_case",
    "opened",
    "reassigning",
    "release",
    "retry",
    "retrying",
    "save",
    "total",
]
