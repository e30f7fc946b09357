"""Read boxed expressions from their XML elements."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from engine.dmn.items import ItemTypes
from engine.dmn.model import (
    Box,
    ConditionalBox,
    ContextBox,
    FilterBox,
    FunctionBox,
    InvocationBox,
    IterationBox,
    ListBox,
    LiteralBox,
    RelationBox,
)
from engine.dmn.source import Element, child, children, line_of, local
from engine.dmn.tables import read_table
from engine.feel import TypeRef
from engine.feel.nodes import FunctionOf
from engine.feel.reach import Parts, parts_of, parts_of_type
from engine.feel.types import plain_name
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


def read_inner(types: ItemTypes, owner: Element, depth: int = 0) -> Box | None:
    """Read the one boxed expression inside an element; None, noted, when it is missing or wrong."""
    found = [part for part in children(owner) if local(part) not in _BESIDE]
    if not found:
        types.source.report(
            owner,
            "dmn-no-logic",
            Text("缺少决策逻辑", "There is no logic"),
            Text("请添加决策表或文字表达式", "Add a decision table or a literal expression"),
        )
        return None
    return read_box(types, found[0], depth)


def read_box(types: ItemTypes, element: Element, depth: int = 0) -> Box | None:
    """Read a boxed expression; None, noted, when it is wrong or of an unsupported kind."""
    reader = _READERS.get(local(element))
    if reader is None or depth > MAX_NESTING:
        types.source.report(
            element,
            "dmn-unsupported-expression",
            Text(f"不支持“{local(element)}”", f"'{local(element)}' is not supported"),
            Text(
                "请改用决策表、文字表达式、上下文、调用、列表、关系、函数或循环",
                "Use a table, literal, context, invocation, list, relation, function or loop",
            ),
        )
        return None
    return reader(types, element, depth + 1)


def _literal(types: ItemTypes, element: Element, _depth: int) -> Box | None:
    expression = types.source.expression(element, element)
    if expression is None:
        return None
    return LiteralBox(line_of(element), expression, type=types.of(element))


def _table(types: ItemTypes, element: Element, _depth: int) -> Box | None:
    return read_table(types.source, types, element)


def _context(types: ItemTypes, element: Element, depth: int) -> Box | None:
    entries: list[tuple[str, Box]] = []
    result: Box | None = None
    kinds = types.of(element)
    with ExitStack() as scope:
        for entry in children(element, "contextEntry"):
            variable = child(entry, "variable")
            name = "" if variable is None else variable.get("name", "")
            box = read_inner(types, entry, depth)
            if box is None:
                continue
            box = _typed(box, _of_entry(box, types.of(variable)))
            if name:
                entries.append((name, box))
                # The entries that follow see it.
                scope.enter_context(types.source.scopes.adding({name: _parts(types, box)}))
            else:
                result = box
    return ContextBox(line_of(element), tuple(entries), result, type=kinds)


def _parts(types: ItemTypes, box: Box) -> Parts:
    """Return the names of the parts that a box's value may have; None when they are not known."""
    if box.type is None and isinstance(box, LiteralBox):
        return parts_of(box.expression.node, types.source.scopes.look)
    return parts_of_type(box.type)


def _of_entry(box: Box, kind: TypeRef | None) -> TypeRef | None:
    # The variable is the function; older files write the type of its results there.
    spelled = isinstance(box, LiteralBox) and isinstance(box.expression.node, FunctionOf)
    if kind is None or not (spelled or isinstance(box, FunctionBox)):
        return kind
    real = plain_name(kind.real().name)
    return kind if real in {"function", "any"} else TypeRef("function", returns=kind)


def _typed(box: Box, kind: TypeRef | None) -> Box:
    # The logic may declare a type of its own, and so may the place it stands in.
    if kind is None or box.type is None:
        return replace(box, type=kind) if kind else box
    return ContextBox(box.line, (), box, type=kind)


def _invocation(types: ItemTypes, element: Element, depth: int) -> Box | None:
    called = next((part for part in children(element) if local(part) in _READERS), None)
    function = None if called is None else read_box(types, called, depth)
    bindings: list[tuple[str, Box]] = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        box = read_inner(types, binding, depth)
        if box is not None and parameter is not None:
            bindings.append((parameter.get("name", ""), _typed(box, types.of(parameter))))
    if function is None:
        types.source.report(
            element,
            "dmn-no-function",
            Text("调用缺少函数", "The invocation names no function"),
            Text("请填写要调用的知识模型", "Name the knowledge model to call"),
        )
        return None
    return InvocationBox(line_of(element), function, tuple(bindings), type=types.of(element))


def _list(types: ItemTypes, element: Element, depth: int) -> Box | None:
    parts = [part for part in children(element) if local(part) not in _BESIDE]
    items = [read_box(types, part, depth) for part in parts]
    found = tuple(item for item in items if item is not None)
    return ListBox(line_of(element), found, type=types.of(element))


def _relation(types: ItemTypes, element: Element, depth: int) -> Box | None:
    heads = list(children(element, "column"))
    columns = tuple(column.get("name", "") for column in heads)
    kinds = tuple(types.of(column) for column in heads)
    rows: list[tuple[Box, ...]] = []
    for row in children(element, "row"):
        parts = [part for part in children(row) if local(part) not in _BESIDE]
        boxes = [read_box(types, part, depth) for part in parts]
        rows.append(tuple(box for box in boxes if box is not None))
        if len(parts) != len(columns):
            types.source.report(
                row,
                "dmn-row-width",
                Text("行的格数与列数不同", "The row has another number of cells than columns"),
                Text("请补齐或删除多余的格", "Add or remove cells"),
            )
    return RelationBox(line_of(element), columns, tuple(rows), kinds, type=types.of(element))


def _function(types: ItemTypes, element: Element, depth: int) -> Box | None:
    return read_function(types, element, depth)


def read_function(types: ItemTypes, element: Element, depth: int = 0) -> FunctionBox | None:
    """Read a function definition; only FEEL functions are accepted."""
    kind = element.get("kind", "FEEL")
    if kind != "FEEL":
        types.source.report(
            element,
            "dmn-function-kind",
            Text(f"不支持 {kind} 函数", f"Functions of kind {kind} are refused"),
            Text("请改用 FEEL", "Use FEEL"),
        )
        return None
    formal = list(children(element, "formalParameter"))
    parameters = tuple(part.get("name", "") for part in formal)
    kinds = tuple(types.of(part) for part in formal)
    outside = types.source.names
    types.source.names = outside | set(parameters) - {""}
    parts = map(parts_of_type, kinds)
    with types.source.scopes.adding(dict(zip(parameters, parts, strict=True))):
        body = read_inner(types, element, depth)
    types.source.names = outside
    if body is None:
        return None
    return FunctionBox(
        line_of(element),
        parameters,
        body,
        kinds,
        type=types.of(element),
    )


def _part(types: ItemTypes, element: Element, name: str, depth: int) -> Box | None:
    found = child(element, name)
    if found is not None:
        return read_inner(types, found, depth)
    types.source.report(
        element,
        "dmn-no-part",
        Text(f"缺少“{name}”部分", f"The part '{name}' is missing"),
        Text("请补全该表达式", "Complete the expression"),
    )
    return None


def _conditional(types: ItemTypes, element: Element, depth: int) -> Box | None:
    condition = _part(types, element, "if", depth)
    then = _part(types, element, "then", depth)
    otherwise = _part(types, element, "else", depth)
    if condition is None or then is None or otherwise is None:
        return None
    return ConditionalBox(line_of(element), condition, then, otherwise, type=types.of(element))


def _filter(types: ItemTypes, element: Element, depth: int) -> Box | None:
    listed = _part(types, element, "in", depth)
    parts = None if listed is None else _parts(types, listed)
    # The parts of an element are names too.
    with types.source.scopes.adding({"item": parts} | dict.fromkeys(parts or ())):
        match = _part(types, element, "match", depth)
    if listed is None or match is None:
        return None
    return FilterBox(line_of(element), listed, match, type=types.of(element))


def _iteration(types: ItemTypes, element: Element, depth: int) -> Box | None:
    kind = local(element)
    listed = _part(types, element, "in", depth)
    variable = element.get("iteratorVariable", "")
    parts = None if listed is None else _parts(types, listed)
    with types.source.scopes.adding({variable: parts, "partial": None}):
        body = _part(types, element, "return" if kind == "for" else "satisfies", depth)
    if not variable:
        types.source.report(
            element,
            "dmn-no-variable",
            Text("循环缺少变量名", "The iteration names no variable"),
            Text("请填写变量名", "Name its variable"),
        )
    if listed is None or body is None or not variable:
        return None
    return IterationBox(line_of(element), kind, variable, listed, body, type=types.of(element))


_READERS: Final[dict[str, Callable[[ItemTypes, Element, int], Box | None]]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iteration,
    "some": _iteration,
    "every": _iteration,
}
