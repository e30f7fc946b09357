"""Random diagrams run four ways – in memory, pruned, stored, and through the library's own
serializer – and must look the same after every step.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter

from engine.runtime import LimitExceeded, run, state
from engine.runtime.case import Case
from engine.runtime.program import Program
from engine.runtime.prune import prune
from engine.runtime.waiting import FIRED
from tests.engine.runtime.drawing import (
    boundary,
    end,
    flow,
    gateway,
    many,
    process,
    script,
    start,
    user,
)
from tests.engine.runtime.driving import MORNING, program

SEEDS = range(70)
MAX_STEPS = 60


class Generator:
    """Structured random diagrams; each block gives (text, first node, last node)."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def drawing(self) -> bytes:
        """One diagram."""
        text, first, last = self.sequence(3, self.random.randint(2, 4))
        return process(
            start(), script("init", "cnt = 0"), text, end(),
            flow("s", "init"), flow("init", first), flow(last, "e"),
        )  # fmt: skip

    def name(self, prefix: str) -> str:
        """A new id."""
        self.count += 1
        return f"{prefix}{self.count}"

    def sequence(self, depth: int, length: int) -> tuple[str, str, str]:
        """Some blocks one after another."""
        text, first, last = self.block(depth)
        for _ in range(length - 1):
            block, head, tail = self.block(depth)
            text += block + flow(last, head)
            last = tail
        return text, first, last

    def block(self, depth: int) -> tuple[str, str, str]:
        """Any block; deep inside only tasks."""
        kinds = ["task", "task", "task", "script"]
        if depth > 0:
            kinds += ["parallel", "inclusive", "choice", "loop", "sub", "many", "timed"]
        return getattr(self, self.random.choice(kinds))(depth)  # type: ignore[no-any-return]

    def task(self, _depth: int) -> tuple[str, str, str]:
        """A user task."""
        node = self.name("u")
        return user(node), node, node

    def script(self, _depth: int) -> tuple[str, str, str]:
        """A script."""
        node = self.name("sc")
        return script(node, f"v{node} = cnt + 1"), node, node

    def parallel(self, depth: int) -> tuple[str, str, str]:
        """All branches."""
        return self.split(depth, "parallel")

    def inclusive(self, depth: int) -> tuple[str, str, str]:
        """Some branches, the first always."""
        return self.split(depth, "inclusive")

    def split(self, depth: int, kind: str) -> tuple[str, str, str]:
        """A fork and its join."""
        fork, join = self.name("g"), self.name("j")
        text = gateway(kind, fork) + gateway(kind, join)
        for number in range(self.random.randint(2, 3)):
            block, head, tail = self.sequence(depth - 1, self.random.randint(1, 2))
            condition = f"modulo(cnt + {number}, 2) = 0 or {number} = 0"
            text += block + flow(tail, join)
            text += flow(fork, head, condition if kind == "inclusive" else None)
        return text, fork, join

    def choice(self, depth: int) -> tuple[str, str, str]:
        """One of two ways."""
        fork, merge, default = self.name("x"), self.name("m"), self.name("d")
        one, head, tail = self.sequence(depth - 1, 1)
        two, head2, tail2 = self.sequence(depth - 1, 1)
        text = gateway("exclusive", fork, default) + gateway("exclusive", merge) + one + two
        text += flow(fork, head, flow_id=default) + flow(fork, head2, "modulo(cnt, 2) = 0")
        return text + flow(tail, merge) + flow(tail2, merge), fork, merge

    def loop(self, depth: int) -> tuple[str, str, str]:
        """A way back while a condition holds."""
        head, turn, default, after = (self.name(prefix) for prefix in ("h", "l", "d", "k"))
        inner, first, last = self.sequence(depth - 1, 1)
        again = f"modulo(cnt, 4) != 0 and cnt < {self.random.randint(3, 20)}"
        text = gateway("exclusive", head) + inner + gateway("exclusive", turn, default)
        text += script(after, "pass_ = 1") + user(ask := self.name("u")) + flow(head, ask)
        text += flow(ask, first) + flow(last, turn)
        return text + flow(turn, after, flow_id=default) + flow(turn, head, again), head, after

    def sub(self, depth: int) -> tuple[str, str, str]:
        """An embedded subprocess."""
        return self.inside("sp", depth, "")

    def many(self, depth: int) -> tuple[str, str, str]:
        """A multi-instance subprocess, side by side or one after another."""
        items = str(list(range(self.random.randint(2, 3))))
        sequential = self.random.choice([True, False])
        return self.inside("mi", depth, many(f"={items}", "number", sequential=sequential))

    def inside(self, prefix: str, depth: int, loop: str) -> tuple[str, str, str]:
        """A subprocess with something in it."""
        node, first, last = self.name(prefix), self.name("ss"), self.name("se")
        inner, head, tail = self.sequence(depth - 1, self.random.randint(1, 2))
        body = loop + start(first) + inner + end(last) + flow(first, head) + flow(tail, last)
        return f'<subProcess id="{node}">{body}</subProcess>', node, node

    def timed(self, _depth: int) -> tuple[str, str, str]:
        """A task with a timer on its edge."""
        task, event, handler, merge = (self.name(prefix) for prefix in ("u", "b", "u", "m"))
        interrupting = self.random.choice([True, False])
        text = user(task) + user(handler) + flow(event, handler)
        text += boundary(event, task, "P1D", interrupting=interrupting)
        text += gateway("exclusive", merge) + flow(task, merge)
        if interrupting:
            return text + flow(handler, merge), task, merge
        done = self.name("ex")
        return text + end(done) + flow(handler, done), task, merge


class _CaseConverter(BpmnWorkflowConverter):  # type: ignore[misc]
    """The library's converter without the specification."""

    program: Program

    def to_dict(self, case: Any) -> Any:
        stored = WorkflowConverter.to_dict(self, case)
        stored["subprocesses"] = self.mapping_to_dict(case.subprocesses)
        stored["bpmn_events"] = []
        return stored

    def from_dict(self, stored: Any) -> Any:
        case = Case(self.program, MORNING, None, deserializing=True)
        case.tasks = self.mapping_from_dict(stored["tasks"], UUID, workflow=case)
        case.task_tree = case.tasks.get(UUID(stored["root"]))
        self.set_default_attributes(case, stored)
        self.subprocesses_from_dict(stored["subprocesses"], case)
        return case


def native(loaded: Program) -> Callable[[Case], Case]:
    """A round trip through the library's own serializer."""
    converter = type("Converter", (_CaseConverter,), {"program": loaded})
    config = {kind: conv for kind, conv in DEFAULT_CONFIG.items() if kind is not BpmnWorkflow}
    serializer = BpmnWorkflowSerializer(
        BpmnWorkflowSerializer.configure({**config, Case: converter})
    )

    def trip(case: Case) -> Case:
        return serializer.deserialize_json(serializer.serialize_json(case))  # type: ignore[no-any-return]

    return trip


def stored(loaded: Program) -> Callable[[Case], Case]:
    """Pruned and through our own bytes."""

    def trip(case: Case) -> Case:
        prune(case)
        back = state.load(state.dump(case), loaded, MORNING, None)
        return case if back is None else back

    return trip


def pruned(case: Case) -> Case:
    """Pruned in memory."""
    prune(case)
    return case


def history(loaded: Program, seed: int, trip: Callable[[Case], Case]) -> Iterator[Any]:
    """What a case looks like after each of a number of random steps."""
    chance = random.Random(seed + 7)
    case = Case(loaded, MORNING, None)
    run._settle(case)
    for count in range(1, MAX_STEPS):
        case = trip(case)
        case.steps = 0
        seen = run._step(case)
        tasks = sorted(seen.open_tasks, key=lambda task: (task.element, _place(task)))
        timers = sorted(seen.timers, key=lambda timer: (timer.element, _place(timer)))
        yield (
            [(task.element, _place(task), task.data) for task in tasks],
            [(timer.element, _place(timer), timer.due_at) for timer in timers],
            seen.data,
            seen.completed,
        )
        if seen.completed:
            return
        if timers and chance.random() < 0.25:
            found = run._waiting(case, chance.choice(timers).id)
            found.internal_data[FIRED] = True
            found.task_spec._update(found)
        else:
            found = run._open(case, chance.choice(tasks).id)
            case.assign(found, {"cnt": count, "outcome": f"o{count}"})
            found.run()
        run._settle(case)


def _place(one: Any) -> str:
    return "" if one.branch is None else f"{one.branch.element}:{one.branch.index}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_diagram_runs_the_same_however_it_is_stored(seed: int) -> None:
    """The reference is the case that was never stored and never pruned."""
    loaded = program(Generator(seed).drawing())
    trips = {"pruned": pruned, "stored": stored(loaded), "native": native(loaded)}
    try:
        reference = list(history(loaded, seed, lambda case: case))
    except LimitExceeded:
        reference = []
    for name, trip in trips.items():
        if not reference:
            with pytest.raises(LimitExceeded):
                list(history(loaded, seed, trip))
            continue
        for number, found in enumerate(history(loaded, seed, trip)):
            assert found == reference[number], f"{name} differs at step {number}"
    loaded.check()
