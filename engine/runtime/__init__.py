"""Run diagrams: the only importer of SpiffWorkflow, which it hides behind frozen values."""

from engine.runtime.errors import LimitExceeded, RuntimeFault, TaskGone, TimerNotDue
from engine.runtime.joined import Abroad, Part
from engine.runtime.moving import Fault, Move, Side, Unmovable, faulty, move
from engine.runtime.program import Program, build, load_joined, load_program
from engine.runtime.run import answer, assign, complete, deliver, fire, look, shift, skip, start
from engine.runtime.steps import (
    Answer,
    Branch,
    OpenTask,
    Sent,
    Step,
    Subscription,
    TraceEntry,
    WaitingTimer,
    answer_of,
    key_text,
)
from engine.runtime.timers import Workdays
from engine.runtime.trial import Followed, Moment, PathResult, follow, run_paths
from engine.runtime.values import plain_variables

__all__ = [
    "Abroad",
    "Answer",
    "Branch",
    "Fault",
    "Followed",
    "LimitExceeded",
    "Moment",
    "Move",
    "OpenTask",
    "Part",
    "PathResult",
    "Program",
    "RuntimeFault",
    "Sent",
    "Side",
    "Step",
    "Subscription",
    "TaskGone",
    "TimerNotDue",
    "TraceEntry",
    "Unmovable",
    "WaitingTimer",
    "Workdays",
    "answer",
    "answer_of",
    "assign",
    "build",
    "complete",
    "deliver",
    "faulty",
    "fire",
    "follow",
    "key_text",
    "load_joined",
    "load_program",
    "look",
    "move",
    "plain_variables",
    "run_paths",
    "shift",
    "skip",
    "start",
]
