"""Which variables exist at a place of a process."""

from collections.abc import Iterator
from typing import Final

from engine.bpmn import calling, expressions, facts, language
from engine.bpmn.check_language import Surroundings
from engine.bpmn.check_structure import before, begins_here, by_event
from engine.bpmn.model import Loop, Node, Process, Step

#: What the flows and the condition of a complex gateway may ask for.
_MEETING: Final = frozenset({"activationCount", "waitingForStart"})
_SENT: Final = frozenset({"message", "signal"})


class Names:
    """Which variables exist at a place of a process."""

    def __init__(self, process: Process, around: Surroundings) -> None:
        self._process = process
        self._forms = around.forms
        self._processes = around.processes
        given = self._of_form(process.start_form) if around.given is None else around.given
        own = language.ALWAYS_THERE if around.given is None else frozenset[str]()
        self._everywhere = own | given | process.data_names
        self._sets = {n.id: frozenset(self._set_by(n)) for n in process.nodes.values()}
        used = {process.start_form, *(step.form for step in process.steps.values())} - {None}
        known = process.start_form is not None or around.given is not None
        #: False when a form is missing, so that an unknown name may be one of its answers.
        self.certain = known and used <= around.forms.keys()
        #: Whether names may come in that nobody declares: with a message or a signal.
        self.open = any(
            event.kind in _SENT for node in process.nodes.values() for event in node.events
        )
        self.all = self._everywhere.union(*self._sets.values())

    def at(self, name: str) -> frozenset[str]:
        """Collect the variables that may have been set when a case is at a node."""
        found = set(self._everywhere)
        node: Node | None = self._process.nodes[name]
        while node is not None:
            found |= self._inside(node)
            passed = self._passed(node.id)
            for one in passed:
                found |= self._sets[one]
            if any(self._at_any_time(self._process.nodes[one]) for one in {node.id, *passed}):
                found |= self.all
            node = self._process.nodes.get(node.parent or "")
        return frozenset(found)

    def _inside(self, node: Node) -> set[str]:
        """List what only a node, and what stands in it, sees."""
        found = {name for name, _ in node.mappings.inputs}
        if facts.is_outside(node):  # what the program answers is seen by the task's own outputs
            found |= facts.answered(node)
        if node.loop is not None:
            found |= {*language.COUNTED, *_names_of(node.loop)}
        if node.type == "complexGateway":
            found |= _MEETING
        if node.type == "callActivity":  # what comes out is asked of what the called process set
            found |= set(self._called(node))
        return found

    def _at_any_time(self, node: Node) -> bool:
        """Whether a way may begin at a node long after the start."""
        parent = self._process.nodes.get(node.parent or "")
        adhoc = parent is not None and parent.type == "adHocSubProcess"
        begins = begins_here(node) and node.type != "startEvent"
        return by_event(node) or begins or adhoc

    def _passed(self, name: str) -> set[str]:
        """Collect the nodes a case may have passed before this one, those inside them too."""
        # A task, and what loops, is left by itself: its own answers are there for its flows.
        node = self._process.nodes[name]
        own = node.type not in language.PASSIVE
        stack = [*before(self._process, name), *([name] if own else [])]
        passed: set[str] = set()
        while stack:
            here = stack.pop()
            if here in passed:
                continue
            passed.add(here)
            stack.extend(before(self._process, here))
            if here not in self._process.cohandlings:
                stack.extend(n.id for n in self._process.within(here))
        return passed

    def _of_form(self, form: str | None) -> frozenset[str]:
        return self._forms.get(form or "", frozenset())

    def _set_by(self, node: Node) -> Iterator[str]:
        yield from self._answered(self._process.steps.get(node.id))
        cohandling = self._process.cohandlings.get(node.id)
        if cohandling is not None and cohandling.answers:
            yield cohandling.answers
        if node.type == "businessRuleTask" and node.attributes.get("resultVariable"):
            yield node.attributes["resultVariable"]
        if node.script:
            yield from (line.sets for line in expressions.script_lines(node) if line.sets)
        if node.loop is not None and node.loop.output:
            yield node.loop.output
        yield from (name for name, _ in node.mappings.outputs)
        if node.mappings.all_out:
            yield from self._called(node)

    def _answered(self, step: Step | None) -> Iterator[str]:
        """List what whoever does a step answers."""
        if step is None:
            return
        if step.outside is not None:
            yield from step.outside.results
            return
        yield language.OUTCOME
        yield from self._of_form(step.form)
        yield from [step.outcome_as] if step.outcome_as else []

    def _called(self, node: Node) -> Iterator[str]:
        """List what a called process sets, when all of it comes out."""
        wanted = node.attributes.get("calledElement", "")
        process = self._processes.get(wanted)
        if process is None and calling.outer(node):
            # Nothing is known of it here: what its outputs name is taken to be there.
            for _, text in node.mappings.outputs:
                yield from expressions.understand(text).names
        if process is not None:
            yield from process.data_names
            yield from (one.answers for one in process.cohandlings.values() if one.answers)
            yield from (one.result_variable for one in process.decisions.values())
            for step in process.steps.values():
                yield from self._answered(step)
            for inner in process.nodes.values():
                yield from (line.sets for line in expressions.script_lines(inner) if line.sets)
                yield from (name for name, _ in inner.mappings.outputs)


def _names_of(loop: Loop) -> set[str]:
    return {name for name in (loop.each, loop.output) if name}
