"""Read a DMN file to a model, with all its problems at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from engine.dmn.boxes import read_function, read_inner
from engine.dmn.check import check_needs, check_requirements, check_size
from engine.dmn.imports import Others, imported_places, joined, read_imports
from engine.dmn.items import ItemTypes
from engine.dmn.model import Decision, DmnModel, InputData, Knowledge, Service
from engine.dmn.needs import logic_of
from engine.dmn.source import Element, Source, child, children, line_of, local
from engine.dmn.tables import bare_type
from engine.feel import TypeRef
from engine.feel.reach import Parts
from engine.problems import Problem
from forms.text import Text

#: Elements whose names expressions may use.
_NAMING: Final = frozenset(
    {
        "inputData", "decision", "businessKnowledgeModel", "decisionService", "variable",
        "itemComponent", "formalParameter", "parameter", "output", "column",
    }
)  # fmt: skip

#: Elements that others may require.
_REQUIRED: Final = frozenset({"inputData", "decision", "businessKnowledgeModel", "decisionService"})

_PARAMETERS: Final = frozenset({"formalParameter", "parameter"})

#: No other file.
NOTHING: Final[Mapping[str, bytes]] = {}

_Part = TypeVar("_Part", Decision, InputData, Knowledge, Service)


def read_dmn(
    data: bytes,
    file: str,
    *,
    functions: frozenset[str] = frozenset(),
    others: Mapping[str, bytes] = NOTHING,
) -> tuple[DmnModel | None, list[Problem]]:
    """Read a DMN 1.1 to 1.5 file: the model, None when there are errors, and all problems.

    ``functions`` are the host's functions that expressions may call, ``others`` the files, by
    name, that this one may import.
    """
    model, problems = _read_all(data, file, functions, others, lenient=False)
    failed = any(problem.severity == "error" for problem in problems)
    return None if failed else model, problems


def read_sound_parts(
    data: bytes,
    file: str,
    *,
    functions: frozenset[str] = frozenset(),
    others: Mapping[str, bytes] = NOTHING,
) -> tuple[DmnModel | None, list[Problem]]:
    """Read what can be read of a file with errors: decisions at fault are there without logic.

    A wrong literal after ``@`` and a context that names an entry twice are null, with a warning.
    """
    return _read_all(data, file, functions, others, lenient=True)


def _read_all(
    data: bytes,
    file: str,
    functions: frozenset[str],
    others: Mapping[str, bytes],
    *,
    lenient: bool,
) -> tuple[DmnModel | None, list[Problem]]:
    def read(
        part: bytes, name: str, beside: Others
    ) -> tuple[DmnModel | None, ItemTypes | None, Source]:
        return _read(part, Source(name, lenient=lenient), functions, beside)

    model, _, source = read(data, file, Others(others, read))
    return model, sorted(source.problems, key=lambda problem: problem.line or 0)


def _read(
    data: bytes, source: Source, functions: frozenset[str], others: Others
) -> tuple[DmnModel | None, ItemTypes | None, Source]:
    root = source.parse(data)
    if root is None:
        return None, None, source
    kinds = ("decision", "businessKnowledgeModel")
    if check_size(source, root, sum(local(part) in kinds for part in children(root))):
        return None, None, source
    source.names = frozenset(_names(root))
    imported = read_imports(source, root, others)
    labels = {label: types for label, _, types in imported.values()}
    types = ItemTypes(source, root, labels)
    source.places = _own_places(types, root) | imported_places(imported)
    model = _sorted(joined(_model(source, types, root), imported))
    if check_size(source, root, len(logic_of(model))):
        return None, None, source
    check_requirements(source, root, model, functions)
    check_needs(source, root, model)
    return model, types, source


def _sorted(model: DmnModel) -> DmnModel:
    """Give each requirement the kind of what it points to: some files call decisions inputs."""
    sorted_ = {
        name: replace(
            decision,
            decisions=tuple(ref for ref in _needed(decision) if ref not in model.inputs),
            inputs=tuple(ref for ref in _needed(decision) if ref in model.inputs),
        )
        for name, decision in model.decisions.items()
    }
    # Under its id and its name a decision stays one and the same.
    return replace(model, decisions={name: sorted_[one.id] for name, one in sorted_.items()})


def _needed(decision: Decision) -> tuple[str, ...]:
    return (*decision.inputs, *decision.decisions)


def _names(root: Element) -> Iterator[str]:
    for part in root.iter():
        if isinstance(part.tag, str):
            kind = local(part)
            name = part.get("name") if kind in _NAMING else part.get("iteratorVariable")
            # A parameter "Person.Name" is a name only inside its function.
            if name and not (kind in _PARAMETERS and "." in name):
                yield name


def _own_places(types: ItemTypes, root: Element) -> dict[str, tuple[str, Parts]]:
    return {
        _id_of(part): (_variable(part), types.parts(child(part, "variable")))
        for part in children(root)
        if local(part) in _REQUIRED
    }


def _model(source: Source, types: ItemTypes, root: Element) -> DmnModel:
    decisions = _by_id(source, (_decision(types, part) for part in children(root, "decision")))
    others = ("itemDefinition", "businessKnowledgeModel", "inputData", "decisionService", "import")
    if not decisions and not any(local(part) in others for part in children(root)):
        source.report(
            root,
            "dmn-no-decision",
            Text("文件中没有可用的决策", "The file has no usable decision"),
            Text("请添加决策", "Add a decision"),
        )
    for decision in list(decisions.values()):
        first = decisions.setdefault(decision.name, decision)
        if first is not decision and first.name == decision.name:
            _report_name(source, root, decision)
    knowledge = (_knowledge(types, part) for part in children(root, "businessKnowledgeModel"))
    return DmnModel(
        source.file,
        root.get("name", ""),
        decisions,
        _by_id(source, (_input(types, part) for part in children(root, "inputData"))),
        _by_id(source, knowledge),
        _by_id(source, (_service(types, part) for part in children(root, "decisionService"))),
        source.namespace,
    )


def _by_id(source: Source, parts: Iterable[_Part | None]) -> dict[str, _Part]:
    found: dict[str, _Part] = {}
    for part in parts:
        if part is None:
            continue
        if part.id in found:
            source.report(
                None,
                "dmn-duplicate-id",
                Text(f"标识“{part.id}”重复", f"The id '{part.id}' is used twice"),
                Text("请使用不同的标识", "Use another id"),
            )
        found[part.id] = part
    return found


def _report_name(source: Source, root: Element, decision: Decision) -> None:
    name = decision.name
    source.report(
        next(part for part in children(root, "decision") if _id_of(part) == decision.id),
        "dmn-duplicate-name",
        Text(
            f"决策名称“{name}”重复，按名称求值的是第一个",
            f"Two decisions are named '{name}': by name the first is made",
        ),
        Text("请使用不同的名称", "Use another name"),
        "warning",
    )


def _id_of(element: Element) -> str:
    return element.get("id") or element.get("name") or ""


def _variable(element: Element) -> str:
    variable = child(element, "variable")
    own = element.get("name", "")
    return own if variable is None else variable.get("name") or own


def _decision(types: ItemTypes, element: Element) -> Decision:
    source, before = types.source, types.source.errors
    decisions = _required(source, element, "informationRequirement", "requiredDecision")
    inputs = _required(source, element, "informationRequirement", "requiredInput")
    knowledge = _required(source, element, "knowledgeRequirement", "requiredKnowledge")
    with source.scopes.adding(_seen(source, (*decisions, *inputs, *knowledge))):
        box = read_inner(types, element)
    return Decision(
        _id_of(element),
        element.get("name", ""),
        _variable(element),
        line_of(element),
        box if source.errors == before else None,
        decisions,
        inputs,
        knowledge,
        types.of(child(element, "variable")),
        types.source.namespace,
    )


def _seen(source: Source, references: Iterable[str]) -> dict[str, Parts]:
    """Return the names that requirements bring into scope."""
    return dict(source.places[ref] for ref in references if ref in source.places)


def _required(source: Source, element: Element, requirement: str, kind: str) -> tuple[str, ...]:
    hrefs = (
        part.get("href", "")
        for needed in children(element, requirement)
        for part in children(needed, kind)
    )
    return tuple(map(source.reference, hrefs))


def _input(types: ItemTypes, element: Element) -> InputData:
    variable = child(element, "variable")
    kind = "" if variable is None else variable.get("typeRef", "")
    return InputData(
        _id_of(element),
        _variable(element),
        bare_type(kind),
        types.of(variable),
        types.source.namespace,
    )


def _knowledge(types: ItemTypes, element: Element) -> Knowledge | None:
    source = types.source
    before = source.errors
    logic = child(element, "encapsulatedLogic")
    needed = _required(source, element, "knowledgeRequirement", "requiredKnowledge")
    # It may call itself without a requirement.
    with source.scopes.adding(_seen(source, (_id_of(element), *needed))):
        function = None if logic is None else read_function(types, logic)
    if function is None:
        if logic is None:
            source.report(
                element,
                "dmn-no-logic",
                Text("知识模型没有逻辑", "The knowledge model has no logic"),
                Text("请添加逻辑", "Add its logic"),
            )
        return None
    if source.errors > before:
        return None
    return Knowledge(
        _id_of(element),
        _variable(element),
        function,
        needed,
        line_of(element),
        _given(types.of(child(element, "variable"))),
        source.namespace,
    )


def _given(kind: TypeRef | None) -> TypeRef | None:
    # The variable is the function; older files write the type of its results there.
    return kind.returns if kind and kind.name == "function" else kind


def _service(types: ItemTypes, element: Element) -> Service:
    inputs: Mapping[str, tuple[str, ...]] = {
        kind: tuple(
            types.source.reference(part.get("href", "")) for part in children(element, kind)
        )
        for kind in ("inputData", "inputDecision", "outputDecision")
    }
    kind = types.of(child(element, "variable"))
    return Service(
        _id_of(element),
        _variable(element),
        inputs["outputDecision"],
        (*inputs["inputData"], *inputs["inputDecision"]),
        line_of(element),
        _given(kind),
        dict(zip(kind.names, kind.parameters or (), strict=False)) if kind else {},
        types.source.namespace,
    )
