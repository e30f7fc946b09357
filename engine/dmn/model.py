"""A decision model as read from a DMN file: frozen, with every expression compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.feel import Expression, TypeRef, UnaryTests


@dataclass(frozen=True)
class Box:
    """A boxed expression (DMN 1.3, 7.3 and 10.2)."""

    #: The line of its element.
    line: int
    #: The type its value is made to have.
    type: TypeRef | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class LiteralBox(Box):
    """One FEEL expression."""

    expression: Expression


@dataclass(frozen=True)
class ContextBox(Box):
    """Named entries, each seeing the ones before; an entry without a name is the result."""

    entries: tuple[tuple[str, Box], ...]
    result: Box | None


@dataclass(frozen=True)
class InvocationBox(Box):
    """A call of a function with arguments by name."""

    function: Box
    bindings: tuple[tuple[str, Box], ...]


@dataclass(frozen=True)
class ListBox(Box):
    """Several boxes as a list."""

    items: tuple[Box, ...]


@dataclass(frozen=True)
class RelationBox(Box):
    """Rows of a small table, each a context of its columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Box, ...], ...]
    #: The declared types of the columns.
    types: tuple[TypeRef | None, ...] = ()


@dataclass(frozen=True)
class FunctionBox(Box):
    """A function with its parameters."""

    parameters: tuple[str, ...]
    body: Box
    #: The declared types of the parameters.
    types: tuple[TypeRef | None, ...] = ()


@dataclass(frozen=True)
class ConditionalBox(Box):
    """One of two, as a condition says (DMN 1.4, 10.2.2.9)."""

    condition: Box
    then: Box
    otherwise: Box


@dataclass(frozen=True)
class FilterBox(Box):
    """The elements of a list that match (DMN 1.4, 10.2.2.10)."""

    source: Box
    match: Box


@dataclass(frozen=True)
class IterationBox(Box):
    """``for``, ``some`` or ``every`` over a list (DMN 1.4, 10.2.2.11 to 13)."""

    kind: str
    variable: str
    source: Box
    body: Box


@dataclass(frozen=True)
class Input:
    """One condition column of a table."""

    id: str
    label: str
    expression: Expression
    #: The type the value should have, as written; text is read as a date or duration if it says so.
    type: str
    kind: TypeRef | None = None
    #: The values that may come in at all.
    values: UnaryTests | None = None
    #: The name under which Camunda lets the cells of the column see the value, besides ``?``.
    seen_as: str = "cellInput"


@dataclass(frozen=True)
class Output:
    """One result column of a table."""

    id: str
    #: The key in results; empty for a single nameless column.
    name: str
    label: str
    type: str
    #: The allowed values in order of priority, as far as they are constants.
    values: tuple[object, ...]
    #: What comes out when no rule matches.
    default: Expression | None
    kind: TypeRef | None = None
    #: The test that a value has to pass.
    allowed: UnaryTests | None = None


@dataclass(frozen=True)
class Rule:
    """One row of a table."""

    id: str
    line: int
    conditions: tuple[UnaryTests, ...]
    conclusions: tuple[Expression | None, ...]
    #: The types the results declare for themselves.
    types: tuple[TypeRef | None, ...] = ()


@dataclass(frozen=True)
class TableBox(Box):
    """A decision table (DMN 1.3, 8)."""

    name: str
    hit_policy: str
    #: SUM, MIN, MAX, COUNT, or empty.
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class InputData:
    """A fact that comes from outside."""

    id: str
    name: str
    type: str
    kind: TypeRef | None = None
    #: The namespace of its file.
    home: str = ""
    #: Its name as seen from a file that imports it; empty when it is of the file itself.
    shown: str = ""


@dataclass(frozen=True)
class Knowledge:
    """A business knowledge model: a function that decisions share."""

    id: str
    name: str
    function: FunctionBox
    #: Ids of the knowledge models and services it calls.
    knowledge: tuple[str, ...]
    line: int
    #: The type of its results.
    kind: TypeRef | None = None
    #: The namespace of its file.
    home: str = ""
    #: Its name as seen from a file that imports it; empty when it is of the file itself.
    shown: str = ""


@dataclass(frozen=True)
class Service:
    """A decision service: decisions offered as one function of their inputs."""

    id: str
    name: str
    outputs: tuple[str, ...]
    #: Ids of the input data and decisions that are its parameters, in order.
    parameters: tuple[str, ...]
    line: int
    #: The type of its results.
    kind: TypeRef | None = None
    #: The types that its own type declares for parameters, by name.
    takes: Mapping[str, TypeRef] = field(default_factory=dict)
    #: The namespace of its file.
    home: str = ""
    #: Its name as seen from a file that imports it; empty when it is of the file itself.
    shown: str = ""


@dataclass(frozen=True)
class Decision:
    """A decision: its logic and what it stands on."""

    id: str
    name: str
    #: The name under which other decisions see its result.
    variable: str
    line: int
    #: None when it has no logic, or none that could be read: it is null unless it is given.
    box: Box | None
    #: Ids of the decisions it needs.
    decisions: tuple[str, ...]
    #: Ids of the input data it needs.
    inputs: tuple[str, ...]
    #: Ids of the knowledge models and services it calls.
    knowledge: tuple[str, ...]
    #: The type of its result.
    kind: TypeRef | None = None
    #: The namespace of its file.
    home: str = ""
    #: Its name as seen from a file that imports it; empty when it is of the file itself.
    shown: str = ""


@dataclass(frozen=True)
class DmnModel:
    """All of one DMN file."""

    file: str
    name: str
    #: By id and, where it is not another's id, by name.
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    #: By id; parts of imported files by namespace#id.
    inputs: Mapping[str, InputData] = field(default_factory=dict)
    knowledge: Mapping[str, Knowledge] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    namespace: str = ""
    #: For each file, by namespace: the names of its imports, by their namespaces.
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: What each part needs from the caller, by id; worked out once (``check.required_names``).
    needs: dict[str, frozenset[str]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
