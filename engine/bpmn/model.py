"""What a diagram says, as plain values: the one form in which the rest of the engine knows BPMN."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from lxml import etree

from forms.text import Text

#: A rectangle of the picture: x, y, width, height, in pixels of the diagram.
Bounds = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class EventDefinition:
    """What an event waits for or does (BPMN 2.0, 10.5.5)."""

    #: ``timer``, ``terminate``, ``message``, ``error``…: the tag without ``EventDefinition``.
    kind: str
    #: For timers ``duration``, ``date`` or ``cycle``; otherwise empty.
    timer: str
    #: The timer's text, a condition's text, or None.
    expression: str | None
    line: int
    #: The name of its message, signal or link, the code of its error or escalation, or the activity
    #: to compensate; empty when it names none.
    ref: str = ""
    #: FEEL that gives the value a message must carry to be meant (correlation); None: any.
    key: str | None = None
    #: Of a compensation: whether the event waits until all is undone.
    waits: bool = True
    #: Of a cycle: whether it says until when in another engine's way.
    until: bool = False
    #: Of a cycle that is computed: by whose numbers cron may name the days of the week.
    dialect: str = ""
    #: Of an error or escalation that is caught: the variable that gets its code.
    variable: str = ""
    #: Whether ``ref`` points to something that is not in the file.
    dangling: bool = False
    #: Of a signal: whether only the process that throws it may catch it.
    inner: bool = False
    #: Of a message: whether a dialect says that a program outside sends it.
    outside: bool = False
    #: Of an error or escalation: whether it is declared without a code; caught, it means any.
    uncoded: bool = False
    #: Of a condition that is asked only after some changes: of which variables, and whether they
    #: are ``create`` or ``update``; empty: any.
    watched: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()

    @property
    def watches(self) -> bool:
        """Whether a condition is asked only after some changes."""
        return bool(self.watched or self.changes)

    def hears(self, name: str, how: str) -> bool:
        """Whether a condition is asked after a variable was set, for the first time or again."""
        return name in (self.watched or {name}) and how in (self.changes or {how})


@dataclass(frozen=True)
class Loop:
    """How often an activity runs (BPMN 2.0, 10.3.8)."""

    kind: Literal["parallel", "sequential", "standard"]
    #: A variable's name, or FEEL behind a leading ``=``.
    collection: str | None
    #: The name under which one run sees its item.
    variable: str | None
    cardinality: str | None
    completion: str | None
    line: int
    #: Of a standard loop: ask before the first run, and the most runs.
    test_before: bool = False
    maximum: str | None = None
    #: The variable that gets the list of results, and the FEEL that gives one result.
    output: str | None = None
    output_item: str | None = None
    #: The name under which one run sees its number, counted from 0.
    index: str | None = None
    #: The number of the first run: 0 in the Camunda 7 family, else 1.
    first: int = 1
    #: The same in the standard's own words: names of the collection and of one item of it.
    data_input: str | None = None
    data_item: str | None = None
    #: ``All``, ``None``, ``One`` or ``Complex``: which runs throw events of their own.
    behavior: str = "All"
    #: What these runs throw, each on a condition; None: always.
    throws: tuple[tuple[str | None, EventDefinition], ...] = ()

    @property
    def over(self) -> str | None:
        """The collection, whichever way it was written."""
        return self.collection or self.data_input

    @property
    def each(self) -> str | None:
        """The name of one item, whichever way it was written."""
        return self.variable or self.data_item


@dataclass(frozen=True)
class Mappings:
    """What goes into an activity and comes out of it: pairs of a name and FEEL."""

    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    #: Whether all variables go in, or come out, besides.
    all_in: bool = False
    all_out: bool = False
    #: Whether answers stay inside unless an output names them (Camunda 8).
    local: bool = False
    #: Names of the activity's own outputs: only what an output names goes on from these.
    own: frozenset[str] = frozenset()
    #: Texts that cannot be read as a mapping, with their lines.
    unread: tuple[tuple[str, int], ...] = ()
    #: Names of the inputs that the standard's data associations fill.
    given: frozenset[str] = frozenset()
    #: Inputs that are a call's own variables while it runs, and those it does not hand over.
    inner: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    #: Outputs of a call that see its own variables and those around, not what it called.
    outer: frozenset[str] = frozenset()
    #: Whether its outputs are set too when an error or escalation ends a call (Camunda 7).
    thrown_out: bool = False


@dataclass(frozen=True)
class Node:
    """One flow node: an event, an activity or a gateway."""

    id: str
    #: The BPMN tag: ``userTask``, ``exclusiveGateway``…
    type: str
    name: Text
    line: int
    #: The id of the embedded subprocess it stands in; None at the top.
    parent: str | None
    #: Ids of sequence flows, in document order.
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    #: Attributes by local name, those of the process language's dialect included.
    attributes: Mapping[str, str]
    #: Our own facts, from ``camunda:properties``.
    properties: Mapping[str, str]
    events: tuple[EventDefinition, ...] = ()
    #: The activity a boundary event sits on.
    attached_to: str | None = None
    interrupting: bool = True
    #: The flow taken when no condition holds.
    default: str | None = None
    loop: Loop | None = None
    script: str | None = None
    script_line: int | None = None
    mappings: Mappings = Mappings()
    #: Completion condition of an ad-hoc subprocess, activation condition of a complex gateway.
    condition: str | None = None
    #: Of a compensation event on an edge: the activity that undoes.
    handler: str | None = None


@dataclass(frozen=True)
class Flow:
    """One sequence flow."""

    id: str
    source: str
    target: str
    name: Text
    #: The condition as written, without a leading ``=``; ``${…}`` is kept, engine.feel reads it.
    condition: str | None
    line: int
    parent: str | None = None
    condition_line: int | None = None


@dataclass(frozen=True)
class Shape:
    """Where a node, lane, pool or note stands in the picture."""

    id: str
    x: float
    y: float
    width: float
    height: float
    expanded: bool = True
    label: Bounds | None = None

    @property
    def bounds(self) -> Bounds:
        """The rectangle it covers."""
        return (self.x, self.y, self.width, self.height)


@dataclass(frozen=True)
class Edge:
    """The line of a flow or association in the picture."""

    id: str
    points: tuple[Point, ...]
    label: Bounds | None = None


@dataclass(frozen=True)
class Decoration:
    """What the picture shows but no case runs through: pools, lanes, notes, data, associations."""

    id: str
    type: str
    name: Text
    line: int


@dataclass(frozen=True)
class Outcome:
    """One button of a task: how the person who does it can end it."""

    code: str
    label: Text
    #: True when an opinion or reasons must be written for it.
    reasons_required: bool = False


@dataclass(frozen=True)
class Outside:
    """What a program outside does for a step, and all that it learns of the case."""

    #: Under what name programs ask for such work.
    topic: str
    #: Names of the task's own inputs: no other variable is given out.
    inputs: tuple[str, ...]
    #: Variables it may set in the case.
    results: tuple[str, ...]
    #: The more, the sooner it is given out.
    priority: int = 0


@dataclass(frozen=True)
class Step:
    """A user task as approvals know it, or a task that a program outside does."""

    element: str
    name: Text
    act: str
    #: A department's code, ``lead``, ``co`` (the branch's department), or empty for the applicant.
    department: str
    #: A role's code; ``applicant`` for the applicant's own tasks.
    role: str
    #: The form's name in the bundle, without ``.form``.
    form: str | None
    #: ``3wd``, ``4wh``, ``20d``, ``30min``; None where the diagram sets none.
    limit: str | None
    outcomes: tuple[Outcome, ...]
    #: How many people must sign the same content.
    persons: int
    #: Elements whose doer may not do this one (separation of posts).
    not_same_as: tuple[str, ...]
    opinion: str
    #: A further variable that keeps the outcome.
    outcome_as: str | None
    #: The enclosing co-handling subprocess.
    cohandling: str | None
    help: Text
    line: int
    #: Of a public notice: how long it lasts at least.
    period: str = ""
    #: Of an expert review: how many experts there are at least.
    experts: str = ""
    #: Of a correction: what happens when the applicant's time ends, and by which article.
    lapse: str = "remind"
    lapse_article: str = ""
    #: Of a task that no person does: the program that does it.
    outside: Outside | None = None

    def outcome(self, code: str) -> Outcome | None:
        """Find one of its outcomes by code."""
        return next((outcome for outcome in self.outcomes if outcome.code == code), None)


@dataclass(frozen=True)
class CoHandling:
    """A multi-instance subprocess in which several departments work at the same time."""

    element: str
    name: Text
    #: A variable's name, or FEEL behind a leading ``=``, giving the departments.
    collection: str
    #: The name under which a branch sees its department.
    variable: str
    lead: str
    #: Each department's limit.
    limit: str | None
    #: ``wait``, ``escalate`` or ``agreed``.
    no_reply: str
    #: The variable that gets the list of ``{department, outcome}``.
    answers: str | None
    line: int


@dataclass(frozen=True)
class Decision:
    """A business rule task: which DMN decision it asks, and where the result goes."""

    element: str
    ref: str
    result_variable: str
    #: ``singleEntry``, ``singleResult``, ``collectEntries``, ``resultList`` or ``asDecided``.
    mapping: str


@dataclass(frozen=True)
class Process:
    """One executable process: an approval item's life."""

    id: str
    name: Text
    item: str
    kind: str
    lead: str
    statutory_limit: str | None
    promised_limit: str | None
    clock_start: str
    extension: str | None
    combined_review: bool
    #: The application form's name.
    start_form: str | None
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    #: In document order.
    steps: Mapping[str, Step]
    cohandlings: Mapping[str, CoHandling]
    decisions: Mapping[str, Decision]
    #: Every variable used by any expression of the diagram.
    names: frozenset[str]
    line: int = 1
    properties: Mapping[str, str] = field(default_factory=dict)
    executable: bool = True
    #: By what name callers may ask for this version of it.
    version_tag: str = ""
    #: Names of data objects and outputs: null until something sets them.
    data_names: frozenset[str] = frozenset()
    #: What data objects hold when the process begins, by variable.
    data_values: Mapping[str, Any] = field(default_factory=dict)
    #: Names of the data objects and properties that an activity has for itself, by its id.
    data_inside: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def within(self, parent: str | None) -> tuple[Node, ...]:
        """List the nodes that stand directly in one subprocess, or at the top for None."""
        return self._inside.get(parent, ())

    def boundaries(self, activity: str) -> tuple[Node, ...]:
        """List the boundary events that sit on an activity."""
        return self._attached.get(activity, ())

    def linked(self, parent: str | None, name: str) -> tuple[Node, ...]:
        """List the link events of one name on one level."""
        return self._links.get((parent, name), ())

    @cached_property
    def _links(self) -> Mapping[tuple[str | None, str], tuple[Node, ...]]:
        found: dict[tuple[str | None, str], list[Node]] = {}
        for node in self.nodes.values():
            for event in node.events:
                if event.kind == "link":
                    found.setdefault((node.parent, event.ref), []).append(node)
        return {key: tuple(nodes) for key, nodes in found.items()}

    @cached_property
    def _inside(self) -> Mapping[str | None, tuple[Node, ...]]:
        return _grouped((node.parent, node) for node in self.nodes.values())

    @cached_property
    def _attached(self) -> Mapping[str | None, tuple[Node, ...]]:
        return _grouped((n.attached_to, n) for n in self.nodes.values() if n.attached_to)


def _grouped(pairs: Iterable[tuple[str | None, Node]]) -> Mapping[str | None, tuple[Node, ...]]:
    found: dict[str | None, list[Node]] = {}
    for key, node in pairs:
        found.setdefault(key, []).append(node)
    return {key: tuple(nodes) for key, nodes in found.items()}


@dataclass(frozen=True)
class Diagram:
    """One BPMN file."""

    file: str
    processes: tuple[Process, ...]
    shapes: Mapping[str, Shape]
    edges: Mapping[str, Edge]
    #: The parsed file; sequence flows without an id have been given one.
    tree: "etree._ElementTree[Any]" = field(compare=False, repr=False)
    decorations: Mapping[str, Decoration] = field(default_factory=dict)
    #: Message flows between processes: pairs of the process or node they leave and enter.
    message_flows: tuple[tuple[str, str], ...] = ()
    #: Name or code of each message, signal, error and escalation, by its id.
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def main(self) -> Process:
        """The process that runs: the first executable one, else the first."""
        return next((p for p in self.processes if p.executable), self.processes[0])
