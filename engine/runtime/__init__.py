"""Run diagrams: the only importer of SpiffWorkflow, which it hides behind frozen values."""

from engine.runtime.errors import LimitExceeded, RuntimeFault, TaskGone, TimerNotDue
from engine.runtime.program import Program, build, load_program
from engine.runtime.run import complete, fire, skip, start
from engine.runtime.steps import Branch, OpenTask, Step, TraceEntry, WaitingTimer
from engine.runtime.timers import Workdays
from engine.runtime.trial import PathResult, run_paths

__all__ = [
    "Branch",
    "LimitExceeded",
    "OpenTask",
    "PathResult",
    "Program",
    "RuntimeFault",
    "Step",
    "TaskGone",
    "TimerNotDue",
    "TraceEntry",
    "WaitingTimer",
    "Workdays",
    "build",
    "complete",
    "fire",
    "load_program",
    "run_paths",
    "skip",
    "start",
]
