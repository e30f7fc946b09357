"""Read a DMN file to a model, with all its problems at once."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from engine.dmn.boxes import read_function, read_inner
from engine.dmn.check import check_requirements
from engine.dmn.items import ItemType, ItemTypes
from engine.dmn.model import Decision, DmnModel, InputData, Knowledge, Service
from engine.dmn.source import Element, Source, child, children, line_of, local
from engine.dmn.tables import bare_type
from engine.problems import Problem
from forms.text import Text

#: Elements whose names expressions may use.
_NAMING: Final = frozenset(
    {
        "inputData", "decision", "businessKnowledgeModel", "decisionService", "variable",
        "itemComponent", "formalParameter", "parameter", "output", "column",
    }
)  # fmt: skip

_Part = TypeVar("_Part", Decision, InputData, Knowledge, Service)


def read_dmn(
    data: bytes, file: str, *, functions: frozenset[str] = frozenset()
) -> tuple[DmnModel | None, list[Problem]]:
    """Read a DMN 1.1 to 1.5 file: the model, None when there are errors, and all problems.

    ``functions`` are the host's functions that expressions may call.
    """
    model, problems = read_sound_parts(data, file, functions=functions)
    failed = any(problem.severity == "error" for problem in problems)
    return None if failed else model, problems


def read_sound_parts(
    data: bytes, file: str, *, functions: frozenset[str] = frozenset()
) -> tuple[DmnModel | None, list[Problem]]:
    """Read what can be read of a file with errors: decisions at fault are there without logic."""
    source = Source(file)
    root = source.parse(data)
    if root is None:
        return None, source.problems
    source.names = frozenset(_names(root))
    model = _model(source, ItemTypes(source, root), root)
    check_requirements(source, root, model, functions)
    return model, sorted(source.problems, key=lambda problem: problem.line or 0)


def _names(root: Element) -> Iterator[str]:
    for part in root.iter():
        if isinstance(part.tag, str):
            kind = local(part)
            name = part.get("name") if kind in _NAMING else part.get("iteratorVariable")
            if name:
                yield name


def _model(source: Source, types: ItemTypes, root: Element) -> DmnModel:
    for element in children(root, "import"):
        source.report(
            element,
            "dmn-import",
            Text("不支持引用其他文件", "Imports of other files are not supported"),
            Text("请把决策放在同一文件中", "Put the decisions into one file"),
        )
    decisions = _by_id(source, (_decision(types, part) for part in children(root, "decision")))
    if not decisions:
        source.report(
            root,
            "dmn-no-decision",
            Text("文件中没有可用的决策", "The file has no usable decision"),
            Text("请添加决策", "Add a decision"),
        )
    for decision in list(decisions.values()):
        decisions.setdefault(decision.name, decision)
    knowledge = (_knowledge(types, part) for part in children(root, "businessKnowledgeModel"))
    return DmnModel(
        source.file,
        root.get("name", ""),
        decisions,
        _by_id(source, (_input(types, part) for part in children(root, "inputData"))),
        _by_id(source, knowledge),
        _by_id(source, (_service(types, part) for part in children(root, "decisionService"))),
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


def _id_of(element: Element) -> str:
    return element.get("id") or element.get("name") or ""


def _variable(element: Element) -> str:
    variable = child(element, "variable")
    own = element.get("name", "")
    return own if variable is None else variable.get("name") or own


def _decision(types: ItemTypes, element: Element) -> Decision:
    before = types.source.errors
    box = read_inner(types, element)
    return Decision(
        _id_of(element),
        element.get("name", ""),
        _variable(element),
        line_of(element),
        box if types.source.errors == before else None,
        required(element, "informationRequirement", "requiredDecision"),
        required(element, "informationRequirement", "requiredInput"),
        required(element, "knowledgeRequirement", "requiredKnowledge"),
        types.of(child(element, "variable")),
    )


def required(element: Element, requirement: str, kind: str) -> tuple[str, ...]:
    """Return the ids an element's requirements of one kind point to."""
    hrefs = (
        part.get("href", "")
        for needed in children(element, requirement)
        for part in children(needed, kind)
    )
    return tuple(href.rsplit("#", 1)[-1] for href in hrefs)


def _input(types: ItemTypes, element: Element) -> InputData:
    variable = child(element, "variable")
    kind = "" if variable is None else variable.get("typeRef", "")
    return InputData(_id_of(element), _variable(element), bare_type(kind), types.of(variable))


def _knowledge(types: ItemTypes, element: Element) -> Knowledge | None:
    source = types.source
    before = source.errors
    logic = child(element, "encapsulatedLogic")
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
    needed = required(element, "knowledgeRequirement", "requiredKnowledge")
    kind = _given(types.of(child(element, "variable")))
    return Knowledge(_id_of(element), _variable(element), function, needed, line_of(element), kind)


def _given(kind: ItemType | None) -> ItemType | None:
    # The variable is the function; older files write the type of its results there.
    return kind.returns if kind and kind.ref.name == "function" else kind


def _service(types: ItemTypes, element: Element) -> Service:
    inputs: Mapping[str, tuple[str, ...]] = {
        kind: tuple(part.get("href", "").rsplit("#", 1)[-1] for part in children(element, kind))
        for kind in ("inputData", "inputDecision", "outputDecision")
    }
    return Service(
        _id_of(element),
        _variable(element),
        inputs["outputDecision"],
        (*inputs["inputData"], *inputs["inputDecision"]),
        line_of(element),
        _given(types.of(child(element, "variable"))),
    )
