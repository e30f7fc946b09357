"""Read a DMN file to a model, with all its problems at once."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from engine.dmn.boxes import read_function, read_inner
from engine.dmn.check import check_requirements
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
    """Read a DMN 1.1 to 1.3 file: the model, None when there are errors, and all problems.

    ``functions`` are the host's functions that expressions may call.
    """
    source = Source(file)
    root = source.parse(data)
    if root is None:
        return None, source.problems
    elements = (part for part in root.iter() if isinstance(part.tag, str))
    source.names = frozenset(
        name for part in elements if local(part) in _NAMING and (name := part.get("name"))
    )
    model = _model(source, root)
    check_requirements(source, root, model, functions)
    return None if source.failed else model, sorted(
        source.problems, key=lambda problem: problem.line or 0
    )


def _model(source: Source, root: Element) -> DmnModel:
    for element in children(root, "import"):
        source.report(
            element,
            "dmn-import",
            Text("不支持引用其他文件", "Imports of other files are not supported"),
            Text("请把决策放在同一文件中", "Put the decisions into one file"),
        )
    decisions = _by_id(source, (_decision(source, part) for part in children(root, "decision")))
    if not decisions:
        source.report(
            root,
            "dmn-no-decision",
            Text("文件中没有可用的决策", "The file has no usable decision"),
            Text("请添加决策", "Add a decision"),
        )
    for decision in list(decisions.values()):
        decisions.setdefault(decision.name, decision)
    knowledge = (_knowledge(source, part) for part in children(root, "businessKnowledgeModel"))
    return DmnModel(
        source.file,
        root.get("name", ""),
        decisions,
        _by_id(source, map(_input, children(root, "inputData"))),
        _by_id(source, knowledge),
        _by_id(source, map(_service, children(root, "decisionService"))),
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


def _decision(source: Source, element: Element) -> Decision | None:
    box = read_inner(source, element)
    if box is None:
        return None
    return Decision(
        _id_of(element),
        element.get("name", ""),
        _variable(element),
        line_of(element),
        box,
        required(element, "informationRequirement", "requiredDecision"),
        required(element, "informationRequirement", "requiredInput"),
        required(element, "knowledgeRequirement", "requiredKnowledge"),
    )


def required(element: Element, requirement: str, kind: str) -> tuple[str, ...]:
    """Return the ids an element's requirements of one kind point to."""
    hrefs = (
        part.get("href", "")
        for needed in children(element, requirement)
        for part in children(needed, kind)
    )
    return tuple(href.rsplit("#", 1)[-1] for href in hrefs)


def _input(element: Element) -> InputData:
    variable = child(element, "variable")
    kind = "" if variable is None else variable.get("typeRef", "")
    return InputData(_id_of(element), _variable(element), bare_type(kind))


def _knowledge(source: Source, element: Element) -> Knowledge | None:
    logic = child(element, "encapsulatedLogic")
    function = None if logic is None else read_function(source, logic)
    if function is None:
        if logic is None:
            source.report(
                element,
                "dmn-no-logic",
                Text("知识模型没有逻辑", "The knowledge model has no logic"),
                Text("请添加逻辑", "Add its logic"),
            )
        return None
    needed = required(element, "knowledgeRequirement", "requiredKnowledge")
    return Knowledge(_id_of(element), _variable(element), function, needed, line_of(element))


def _service(element: Element) -> Service:
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
    )
