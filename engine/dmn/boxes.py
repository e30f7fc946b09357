"""Read boxed expressions from their XML elements."""

from collections.abc import Callable
from typing import Final

from engine.dmn.model import (
    Box,
    ContextBox,
    FunctionBox,
    InvocationBox,
    ListBox,
    LiteralBox,
    RelationBox,
)
from engine.dmn.source import Element, Source, child, children, line_of, local
from engine.dmn.tables import read_table
from forms.text import Text

MAX_NESTING: Final = 30

#: Elements that stand beside the logic and are not logic themselves.
_BESIDE: Final = frozenset(
    {
        "description", "extensionElements", "variable", "informationRequirement", "question",
        "knowledgeRequirement", "authorityRequirement", "allowedAnswers", "formalParameter",
        "parameter", "decisionMaker", "decisionOwner", "supportedObjective", "usingProcess",
        "impactedPerformanceIndicator", "usingTask",
    }
)  # fmt: skip


def read_inner(source: Source, owner: Element, depth: int = 0) -> Box | None:
    """Read the one boxed expression inside an element; None, noted, when it is missing or wrong."""
    found = [part for part in children(owner) if local(part) not in _BESIDE]
    if not found:
        source.report(
            owner,
            "dmn-no-logic",
            Text("缺少决策逻辑", "There is no logic"),
            Text("请添加决策表或文字表达式", "Add a decision table or a literal expression"),
        )
        return None
    return read_box(source, found[0], depth)


def read_box(source: Source, element: Element, depth: int = 0) -> Box | None:
    """Read a boxed expression; None, noted, when it is wrong or of an unsupported kind."""
    reader = _READERS.get(local(element))
    if reader is None or depth > MAX_NESTING:
        source.report(
            element,
            "dmn-unsupported-expression",
            Text(f"不支持“{local(element)}”", f"'{local(element)}' is not supported"),
            Text(
                "请改用决策表、文字表达式、上下文、调用、列表、关系或函数",
                "Use a table, literal expression, context, invocation, list, relation or function",
            ),
        )
        return None
    return reader(source, element, depth + 1)


def _literal(source: Source, element: Element, _depth: int) -> Box | None:
    expression = source.expression(element, element)
    return LiteralBox(line_of(element), expression) if expression else None


def _table(source: Source, element: Element, _depth: int) -> Box | None:
    return read_table(source, element)


def _context(source: Source, element: Element, depth: int) -> Box | None:
    entries: list[tuple[str, Box]] = []
    result: Box | None = None
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        name = "" if variable is None else variable.get("name", "")
        box = read_inner(source, entry, depth)
        if box is None:
            continue
        if name:
            entries.append((name, box))
        else:
            result = box
    return ContextBox(line_of(element), tuple(entries), result)


def _invocation(source: Source, element: Element, depth: int) -> Box | None:
    called = next((part for part in children(element) if local(part) in _READERS), None)
    function = None if called is None else read_box(source, called, depth)
    bindings: list[tuple[str, Box]] = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        box = read_inner(source, binding, depth)
        if box is not None and parameter is not None:
            bindings.append((parameter.get("name", ""), box))
    if function is None:
        source.report(
            element,
            "dmn-no-function",
            Text("调用缺少函数", "The invocation names no function"),
            Text("请填写要调用的知识模型", "Name the knowledge model to call"),
        )
        return None
    return InvocationBox(line_of(element), function, tuple(bindings))


def _list(source: Source, element: Element, depth: int) -> Box | None:
    parts = [part for part in children(element) if local(part) not in _BESIDE]
    items = [read_box(source, part, depth) for part in parts]
    return ListBox(line_of(element), tuple(item for item in items if item is not None))


def _relation(source: Source, element: Element, depth: int) -> Box | None:
    columns = tuple(column.get("name", "") for column in children(element, "column"))
    rows: list[tuple[Box, ...]] = []
    for row in children(element, "row"):
        parts = [part for part in children(row) if local(part) not in _BESIDE]
        boxes = [read_box(source, part, depth) for part in parts]
        rows.append(tuple(box for box in boxes if box is not None))
        if len(parts) != len(columns):
            source.report(
                row,
                "dmn-row-width",
                Text("行的格数与列数不同", "The row has another number of cells than columns"),
                Text("请补齐或删除多余的格", "Add or remove cells"),
            )
    return RelationBox(line_of(element), columns, tuple(rows))


def _function(source: Source, element: Element, depth: int) -> Box | None:
    return read_function(source, element, depth)


def read_function(source: Source, element: Element, depth: int = 0) -> FunctionBox | None:
    """Read a function definition; only FEEL functions are accepted."""
    kind = element.get("kind", "FEEL")
    if kind != "FEEL":
        source.report(
            element,
            "dmn-function-kind",
            Text(f"不支持 {kind} 函数", f"Functions of kind {kind} are refused"),
            Text("请改用 FEEL", "Use FEEL"),
        )
        return None
    names = (part.get("name", "") for part in children(element, "formalParameter"))
    parameters = tuple(names)
    body = read_inner(source, element, depth)
    return FunctionBox(line_of(element), parameters, body) if body else None


_READERS: Final[dict[str, Callable[[Source, Element, int], Box | None]]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
}
