"""A case as those who handle it see it: what is open in it, who did what, how it looks."""

import random
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.bpmn.model import Step
from engine.definitions import Bundle
from engine.tasks import Opened
from tools.history.demand import Arrival
from tools.history.habits import Leaning


@dataclass(frozen=True)
class Work:
    """One open task, as much of it as is asked for later."""

    id: str
    step: Step
    unit: str
    due_at: datetime | None
    cohandling_id: int | None


@dataclass
class Course:
    """One case on its way."""

    case_id: int
    arrival: Arrival
    of: Bundle
    chance: random.Random
    leaning: Leaning
    #: how many times as long as usual everything takes
    times: float = 1.0
    open: dict[str, Work] = field(default_factory=dict)
    #: who did which step
    doers: dict[str, set[str]] = field(default_factory=dict)
    points: list[dict[str, Any]] = field(default_factory=list)
    #: nobody goes on before: the clock stands still
    halted_until: datetime | None = None

    def refresh(self, found: Iterable[Opened]) -> list[Work]:
        """Take over which tasks are open now; return the new ones, always in the same order."""
        before = self.open
        self.open = {one.id: before.get(one.id) or self._work(one) for one in found}
        new = [work for work in self.open.values() if work.id not in before]
        return sorted(new, key=lambda work: (work.step.element, work.unit))

    def keep(self, task_ids: Set[str]) -> None:
        """Take over which of the known tasks are still open."""
        self.open = {one: work for one, work in self.open.items() if one in task_ids}

    def _work(self, task: Opened) -> Work:
        step = self.of.step(task.element)
        return Work(task.id, step, task.department_code or "", task.due_at, task.cohandling_id)
