"""Drive a case through the public functions, so that every step saves and loads."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from engine import bpmn, runtime
from engine.runtime import OpenTask, Program, Step, run, state, tokens
from engine.runtime.program import TokenProgram

MORNING = datetime(2026, 4, 30, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, a Thursday
HASH = "hash-of-the-bundle"


#: Which of the two machines runs what both can run.
MACHINE: ContextVar[Literal["tree", "tokens"]] = ContextVar("MACHINE", default="tree")


def compiled(drawing: bytes, decisions: Mapping[str, bytes] | None = None) -> bytes:
    """Read and compile a drawing."""
    diagram, problems = bpmn.read(drawing, "test.bpmn")
    assert diagram is not None, problems
    return runtime.build(diagram, decisions or {}, machine=MACHINE.get())


def program(drawing: bytes, decisions: Mapping[str, bytes] | None = None) -> Program:
    """Read, compile and load a drawing."""
    return runtime.load_program(compiled(drawing, decisions), HASH)


class Drive:
    """A case under test; each act goes through stored bytes."""

    def __init__(
        self,
        drawing: bytes | Program,
        variables: Mapping[str, Any] | None = None,
        *,
        now: datetime = MORNING,
        workdays: Any = None,
        decisions: Mapping[str, bytes] | None = None,
    ) -> None:
        self.program = drawing if isinstance(drawing, Program) else program(drawing, decisions)
        self.now = now
        self.workdays = workdays
        self.visited: list[str] = []
        self.step = self._took(
            runtime.start(self.program, variables or {}, now=now, workdays=workdays)
        )

    @classmethod
    def resumed(cls, loaded: Program, stored: bytes, now: datetime) -> "Drive":
        """Go on with a stored case."""
        drive = cls.__new__(cls)
        drive.program, drive.now, drive.workdays, drive.visited = loaded, now, None, []
        drive.step = looked_at(loaded, stored, now)
        return drive

    @property
    def open(self) -> list[str]:
        """What is open, as drawn: ``task`` or ``task@item`` inside a branch."""
        return [label(task) for task in self.step.open_tasks]

    @property
    def waiting(self) -> list[str]:
        """Which timers wait, as drawn."""
        return [timer.element for timer in self.step.timers]

    def task(self, wanted: str) -> OpenTask:
        """Find an open task by its label."""
        return next(task for task in self.step.open_tasks if label(task) == wanted)

    def do(self, wanted: str, outcome: str | None = None, **variables: Any) -> "Drive":
        """Complete an open task."""
        if outcome is not None:
            variables["outcome"] = outcome
        task = self.task(wanted)
        self.step = self._took(
            runtime.complete(
                self.program,
                self.step.state,
                task.id,
                variables,
                now=self.now,
                workdays=self.workdays,
            )
        )
        return self

    def all(self, *wanted: str) -> "Drive":
        """Complete several open tasks in this order."""
        for one in wanted:
            self.do(one)
        return self

    def later(self, **time: float) -> "Drive":
        """Move the clock on."""
        self.now += timedelta(**time)
        return self

    def fire(self, element: str) -> "Drive":
        """Fire a waiting timer."""
        timer = next(timer for timer in self.step.timers if timer.element == element)
        self.step = self._took(
            runtime.fire(
                self.program, self.step.state, timer.id, now=self.now, workdays=self.workdays
            )
        )
        return self

    def deliver(self, element: str, **data: Any) -> "Drive":
        """Give a message or signal to the place that waits for it."""
        place = next(one for one in self.step.subscriptions if one.element == element)
        self.step = self._took(
            runtime.deliver(
                self.program, self.step.state, place.id, data, now=self.now, workdays=self.workdays
            )
        )
        return self

    @property
    def listening(self) -> list[str]:
        """Where messages and signals are waited for, as drawn, with the key."""
        return [one.element + (f"={one.key}" if one.key else "") for one in self.step.subscriptions]

    def _took(self, step: Step) -> Step:
        self.visited += [entry.element for entry in step.trace if entry.event == "entered"]
        return step


def looked_at(loaded: Program, stored: bytes, now: datetime) -> Step:
    """Say what is open in a stored case, without an act."""
    if isinstance(loaded, TokenProgram):
        return tokens.look(loaded, stored, now)
    case = state.load(stored, loaded, now, None)
    assert case is not None
    return run._step(case)


def label(task: OpenTask) -> str:
    """Name an open task: ``task``, or ``task@item`` inside a branch."""
    return task.element if task.branch is None else f"{task.element}@{task.branch.item}"
