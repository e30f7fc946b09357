"""A deployed diagram, ready to run: made once at deployment, loaded once a process, then shared.

``build`` gives the bytes that are stored with a version and never made again; they hold all that is
needed to run its cases: the compiled XML, the drawn ids and the decision tables.
"""

# ruff: noqa: SLF001 - adapting the library's parsed specification

import base64
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal

import orjson
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs import control, defaults
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from typing_extensions import override

from engine.bpmn import calling, check_plain, joining, read
from engine.bpmn.compile import CompileError, beyond_tree, branches_out, compile_diagram
from engine.bpmn.model import Diagram, Process
from engine.feel import FeelError, compile_expression
from engine.runtime import frozen, specs, waiting
from engine.runtime.decisions import Decisions
from engine.runtime.environment import FeelEnvironment
from engine.runtime.errors import RuntimeFault
from engine.runtime.joined import Abroad, Part
from engine.runtime.machine.plan import Plan
from forms.text import Text

Machine = Literal["tree", "tokens"]
FORMAT: Final = "lianban-program"
#: Of containers for the token machine: 1 held the drawn file, 2 holds the frozen model.
VERSION: Final = 2
#: Of containers for the library.
TREE_VERSION: Final = 1
#: Programs kept in memory, about 100 KB each.
CACHED: Final = 128
_OF_CALLS: Final = frozenset({"process-elsewhere", "not-run"})
#: What the name of one run of a multi-instance activity ends with.
CHILD: Final = " [child]"

# The library puts case data into its log records; it has nothing to log for us.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.ERROR)

#: Our class for each class the parser makes; anything else is refused.
_OURS: Final[Mapping[type, type]] = {
    control.BpmnStartTask: specs.Start,
    control.SimpleBpmnTask: specs.Finish,
    control._EndJoin: specs.EndJoin,
    control.BoundaryEventSplit: specs.BoundarySplit,
    control.BoundaryEventJoin: specs.BoundaryJoin,
    defaults.StartEvent: specs.StartEvent,
    defaults.EndEvent: specs.EndEvent,
    defaults.UserTask: specs.UserTask,
    defaults.ScriptTask: specs.Operation,
    defaults.SubWorkflowTask: specs.SubProcess,
    defaults.ExclusiveGateway: specs.ExclusiveGateway,
    defaults.ParallelGateway: specs.ParallelGateway,
    defaults.InclusiveGateway: specs.InclusiveGateway,
    defaults.IntermediateCatchEvent: specs.IntermediateCatchEvent,
    defaults.BoundaryEvent: specs.BoundaryEvent,
    defaults.ParallelMultiInstanceTask: specs.Loop,
    defaults.SequentialMultiInstanceTask: specs.Loop,
}


class Program:
    """One version's specification; running a case never changes it, and ``check`` makes sure."""

    def __init__(self, container: Mapping[str, Any], bundle_hash: str) -> None:
        self.hash = bundle_hash
        self.drawn: Mapping[str, str] = container["drawn"]
        self.environment = FeelEnvironment()
        #: What the diagram itself sets is null until it does; any other unknown name is a fault.
        self.unset: Mapping[str, None] = dict.fromkeys(container["sets"])
        self.decisions = Decisions(
            {file: base64.b64decode(text) for file, text in container["decisions"].items()}
        )
        # The parser goes down along the flows. A thread of its own has the same room everywhere,
        # so what could be parsed at deployment can be parsed under any caller's stack.
        with ThreadPoolExecutor(1) as thread:
            parsed = thread.submit(_parse, container["xml"].encode(), container["process"])
            self.spec, self.subspecs = parsed.result()
        for spec in (self.spec, *self.subspecs.values()):
            _adapt(spec, self.drawn, self.decisions)
        self.specs = {spec.name: spec for spec in (self.spec, *self.subspecs.values())}
        self._guard = self._shape()

    def calling(self, abroad: Abroad | None) -> "Program":
        """Give the program with what finds processes of other bundles; here none are called."""
        del abroad
        return self

    def script_engine(self) -> PythonScriptEngine:
        """Give the only script engine a case may have: one that cannot run Python."""
        return PythonScriptEngine(self.environment)

    def expressions(self) -> Iterator[tuple[str | None, str]]:
        """List every FEEL text it may evaluate, with its drawn element."""
        for spec in self.specs.values():
            for task in spec.task_specs.values():
                for text in _expressions(task):
                    yield task.drawn, text

    def check_complete(self) -> None:
        """Raise RuntimeFault for a drawn element no path leads to: the parser leaves it out."""
        tasks = (task for spec in self.specs.values() for task in spec.task_specs.values())
        lost = sorted(set(self.drawn.values()) - {task.drawn for task in tasks})
        if lost:
            raise RuntimeFault(
                Text("没有连线通向该元素。", "No path leads to this element."), element=lost[0]
            )

    def check(self) -> None:
        """Raise RuntimeFault if running a case has changed the shared specification."""
        if self._shape() != self._guard:
            load_program.cache_clear()
            raise RuntimeFault(
                Text("流程定义在运行中被改动。", "Running a case changed the shared definition.")
            )

    def _shape(self) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        return [
            (task.name, tuple(task._inputs), tuple(task._outputs))
            for spec in self.specs.values()
            for task in spec.task_specs.values()
        ]


class TokenProgram(Program):
    """A version whose diagram says more than the library runs: the token machine runs it."""

    def __init__(self, container: Mapping[str, Any], bundle_hash: str) -> None:
        # Not the parent's: nothing of the library is made.
        self.hash = bundle_hash
        self.main: str = container["process"]
        self.decisions = Decisions(
            {file: base64.b64decode(text) for file, text in container["decisions"].items()}
        )
        self.plan = Plan((), self.decisions, _processes(container))
        self.parts: tuple[Part, ...] = ()
        self.abroad: Abroad | None = None

    def joining(self, parts: Iterable[Part]) -> "TokenProgram":
        """Give the program of a case that calls processes of other bundles besides."""
        new = [part for part in parts if part not in self.parts]
        found = copy(self)
        found.parts = (*self.parts, *new)
        programs = {one.prefix: _token_program(one) for one in new}
        found.decisions = self.decisions.joined(
            {before: program.decisions for before, program in programs.items()}
        )
        processes = (
            joining.renamed(process, before)
            for before, program in programs.items()
            for name, process in program.plan.processes.items()
            if name != program.main and before + name not in self.plan.processes
        )
        found.plan = self.plan.joined(processes, found.decisions)
        return found

    @override
    def calling(self, abroad: Abroad | None) -> "TokenProgram":
        found = copy(self)
        found.abroad = abroad
        return found

    @override
    def check(self) -> None:
        """Nothing is shared that a case could change: the model is frozen."""


def _processes(container: Mapping[str, Any]) -> tuple[Process, ...]:
    """Give the processes of a container: frozen, or in its first format as they were drawn."""
    if container["version"] == VERSION:
        return frozen.thaw(container["processes"])
    diagram, problems = read(base64.b64decode(container["source"]), "case.bpmn")
    if diagram is None:
        raise RuntimeFault(problems[0].message)
    return diagram.processes


def _build_tokens(found: Sequence[calling.Running], decisions: Mapping[str, bytes]) -> bytes:
    """Make a container for the token machine, of the main process and all it calls."""
    processes = {one.process.id: one.process for one in found}
    for one in found:
        alone = replace(one.diagram, processes=(one.process,))
        outer = {node.id for node in calling.calls(one.process) if calling.outer(node)}
        fault = next(
            (
                problem
                for problem in check_plain(alone, others=processes)
                if problem.severity == "error"
                # Where a call finds its process is for the check of the bundle to say.
                and not (problem.element in outer and problem.rule in _OF_CALLS)
            ),
            None,
        )
        if fault is not None:
            raise CompileError(fault.element or "", fault.line or 1, *fault.message)
    container = {
        "format": FORMAT,
        "version": VERSION,
        "machine": "tokens",
        "process": found[0].process.id,
        "processes": frozen.freeze(processes.values()),
        "decisions": _encoded(decisions),
    }
    TokenProgram(container, "")
    return orjson.dumps(container)


def _encoded(decisions: Mapping[str, bytes]) -> dict[str, str]:
    return {file: base64.b64encode(one).decode() for file, one in sorted(decisions.items())}


def build(
    diagram: Diagram,
    decisions: Mapping[str, bytes],
    others: Sequence[Diagram] = (),
    *,
    machine: Machine | None = None,
) -> bytes:
    """Compile a diagram and its DMN files into a container; raises CompileError or RuntimeFault.

    ``decisions`` maps file names to contents; ``others`` are the diagrams whose processes it may
    call. Without a ``machine`` the one that suits the diagram is taken; what only tokens can run
    always goes to them. The container is tried before it is given out.
    """
    if machine is None:
        machine = "tokens" if branches_out(diagram.main) else "tree"
    if machine == "tokens" or beyond_tree(diagram.main):
        return _build_tokens(calling.running(diagram, others), decisions)
    compiled = compile_diagram(diagram)
    container = {
        "format": FORMAT,
        "version": TREE_VERSION,
        "process": compiled.process,
        "xml": compiled.xml.decode(),
        "drawn": dict(compiled.drawn),
        "sets": sorted(compiled.sets),
        "decisions": _encoded(decisions),
    }
    program = Program(container, "")
    program.check_complete()
    for element, expression in program.expressions():
        try:
            compile_expression(expression)
        except FeelError as error:
            raise RuntimeFault(error.message, element=element) from error
    return orjson.dumps(container, option=orjson.OPT_INDENT_2)


@lru_cache(maxsize=CACHED)
def load_program(compiled: bytes, bundle_hash: str) -> Program:
    """Load a container once a process; raises RuntimeFault for one this version cannot read."""
    try:
        container = orjson.loads(compiled)
    except orjson.JSONDecodeError as error:
        raise _unreadable() from error
    if not isinstance(container, dict) or container.get("format") != FORMAT:
        raise _unreadable()
    kind = TokenProgram if container.get("machine") == "tokens" else Program
    known = (TREE_VERSION, VERSION) if kind is TokenProgram else (TREE_VERSION,)
    if container.get("version") not in known:
        raise _unreadable()
    return kind(container, bundle_hash)


@lru_cache(maxsize=CACHED)
def load_joined(compiled: bytes, bundle_hash: str, parts: tuple[Part, ...]) -> Program:
    """Load a container with the processes of other bundles that a case has called."""
    program = load_program(compiled, bundle_hash)
    if not isinstance(program, TokenProgram):
        raise _unreadable()
    return program.joining(parts)


def _token_program(part: Part) -> TokenProgram:
    program = load_program(part.compiled, part.hash)
    if not isinstance(program, TokenProgram) or part.process not in program.plan.processes:
        raise RuntimeFault(
            Text(
                f"事项“{part.item}”第 {part.number} 版里没有流程“{part.process}”。",
                f"Version {part.number} of the item '{part.item}' has no process '{part.process}'.",
            )
        )
    return program


def _unreadable() -> RuntimeFault:
    return RuntimeFault(
        Text("编译后的流程无法读取。", "The compiled process cannot be read by this version.")
    )


def _parse(xml: bytes, process: str) -> tuple[Any, dict[str, Any]]:
    reader = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser = BpmnParser()
    try:
        parser.add_bpmn_xml(etree.fromstring(xml, reader))
        return parser.get_spec(process), parser.get_subprocess_specs(process)
    except Exception as error:
        raise RuntimeFault(
            Text(f"流程图无法装载：{error}", f"The diagram cannot be loaded: {error}")
        ) from error


def _adapt(spec: Any, drawn: Mapping[str, str], decisions: Decisions) -> None:
    """Put our classes over the parsed specification."""
    for task in spec.task_specs.values():
        ours = _OURS.get(type(task))
        if ours is None:
            raise RuntimeFault(
                Text(f"不支持 {type(task).__name__}。", f"{type(task).__name__} is not supported."),
                element=task.name,
            )
        task.__class__ = ours
        task.drawn = drawn.get(task.name.removesuffix(CHILD))
    for task in spec.task_specs.values():
        _equip(task, spec, decisions)


def _equip(task: Any, spec: Any, decisions: Decisions) -> None:
    definition = getattr(task, "event_definition", None)
    if isinstance(definition, TimerEventDefinition):
        facts = orjson.loads(definition.expression)
        task.event_definition = waiting.Timer(task.name, facts["kind"], facts["text"])
    elif isinstance(definition, TerminateEventDefinition):
        task.event_definition = waiting.Terminate()
    if isinstance(task, specs.BoundaryEvent):
        # The activity is cancelled before the path behind the event begins.
        task._outputs.sort(key=lambda name: not name.endswith(".BoundaryEventJoin"))
    if isinstance(task, specs.Operation):
        task.operation = orjson.loads(task.script)
        ref = task.operation.get("ref")
        if ref is not None and ref not in decisions:
            raise RuntimeFault(
                Text(f"没有决策“{ref}”。", f"There is no decision '{ref}'."), element=task.drawn
            )
    elif isinstance(task, specs.InclusiveGateway):
        task.look_upstream()
    elif isinstance(task, specs.Loop):
        task.facts = orjson.loads(task.cardinality)
        spec.task_specs[task.task_spec].completed_event.connect(task.run_completed)


def _expressions(task: Any) -> Iterator[str]:
    for condition, _ in getattr(task, "cond_task_specs", []):
        if condition is not None:
            yield condition.args[0]
    if isinstance(task, specs.Operation):
        for _, expression in task.operation.get("lines", []):
            yield expression
    elif isinstance(task, specs.Loop):
        yield task.facts.get("collection") or task.facts["cardinality"]
    definition = getattr(task, "event_definition", None)
    if isinstance(definition, waiting.Timer):
        yield definition.expression
