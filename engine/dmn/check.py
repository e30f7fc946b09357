"""Check how the parts of a model stand on one another, and which names their logic uses."""

from collections.abc import Iterator, Mapping

from engine.dmn.model import (
    Box,
    ConditionalBox,
    ContextBox,
    Decision,
    DmnModel,
    FilterBox,
    FunctionBox,
    InputData,
    InvocationBox,
    IterationBox,
    Knowledge,
    ListBox,
    LiteralBox,
    RelationBox,
    Service,
    TableBox,
)
from engine.dmn.source import Element, Source, children, nearest_id
from engine.feel import Expression, UnaryTests
from forms.text import Text

#: Anything that can be required.
Part = Decision | InputData | Knowledge | Service


def check_requirements(
    source: Source, root: Element, model: DmnModel, functions: frozenset[str]
) -> None:
    """Note references to nothing, circles, and names nobody declares."""
    places = {nearest_id(part): part for part in children(root)}
    known = {*model.decisions, *model.inputs, *model.knowledge, *model.services}
    readable = {part.get("id") for part in children(root)}  # also parts with problems of their own
    # Imported parts were checked where they stand.
    for part in (part for part in _parts(model) if not part.shown):
        place = places.get(part.id)
        for reference in [ref for ref in _references(part) if ref not in known | readable]:
            source.report(
                place,
                "dmn-reference",
                Text(f"引用的“{reference}”不存在", f"There is no '{reference}' to refer to"),
                Text("请修改或删除该连线", "Correct or remove the requirement"),
            )
        if _in_circle(model, part):
            source.report(
                place,
                "dmn-circle",
                Text(f"“{part.name}”依赖自身", f"'{part.name}' depends on itself"),
                Text("请断开循环", "Break the circle"),
            )
        _check_names(source, place, model, part, functions)
    for service in (part for part in model.services.values() if not part.shown):
        if missing := {*service.outputs, *service.parameters} - readable - known:
            source.report(
                places.get(service.id),
                "dmn-reference",
                Text(f"引用的“{min(missing)}”不存在", f"There is no '{min(missing)}' to refer to"),
                Text("请修改决策服务", "Correct the decision service"),
            )


def _parts(model: DmnModel) -> list[Decision | Knowledge]:
    decisions = {id(decision): decision for decision in model.decisions.values()}
    return [*decisions.values(), *model.knowledge.values()]


def _references(part: Decision | Knowledge) -> tuple[str, ...]:
    if isinstance(part, Knowledge):
        return part.knowledge
    return (*part.decisions, *part.inputs, *part.knowledge)


def _in_circle(model: DmnModel, part: Decision | Knowledge) -> bool:
    seen: set[str] = set()
    stack = list(_next(part))
    while stack:
        step = stack.pop()
        if step == part.id:
            return True
        if step in seen:
            continue
        seen.add(step)
        following = model.decisions.get(step) or model.knowledge.get(step)
        if following:
            stack.extend(_next(following))
    return False


def _next(part: Decision | Knowledge) -> tuple[str, ...]:
    return part.knowledge if isinstance(part, Knowledge) else (*part.decisions, *part.knowledge)


def visible_names(model: DmnModel, part: Decision | Knowledge) -> frozenset[str]:
    """Return the names the requirements of a decision or knowledge model bring into sight."""
    # A knowledge model may call itself.
    found: list[Part] = [part] if isinstance(part, Knowledge) else []
    if isinstance(part, Decision):
        found += [model.inputs[ref] for ref in part.inputs if ref in model.inputs]
        found += [model.decisions[ref] for ref in part.decisions if ref in model.decisions]
    found += [model.knowledge[ref] for ref in part.knowledge if ref in model.knowledge]
    found += [model.services[ref] for ref in part.knowledge if ref in model.services]
    return frozenset(label_of(model, part.home, other) or name_of(other) for other in found)


def label_of(model: DmnModel, home: str, part: Part) -> str:
    """Return the name of the import that brought a part into a file; empty for its own."""
    return "" if part.home == home else model.labels.get(home, {}).get(part.home, "")


def name_of(part: Part) -> str:
    """Return the name under which its own file sees a part."""
    return part.variable if isinstance(part, Decision) else part.name


def given_fact(context: Mapping[str, object], fact: InputData) -> object:
    """Return what the caller gives for a fact: by its name, or its name through the imports."""
    if fact.shown:
        if fact.shown in context:
            return context[fact.shown]
        *labels, last = fact.shown.split(".")
        inner: object = context
        for label in [*labels, last]:
            inner = inner.get(label) if isinstance(inner, Mapping) else None
        if inner is not None:
            return inner
    return context.get(fact.name)


def outer_names(box: Box | None) -> Iterator[tuple[str, bool]]:
    """Yield the names a box needs from outside, and whether each is called as a function."""
    if box is None:
        return
    if isinstance(box, ContextBox):
        yield from _names_of_context(box)
    elif isinstance(box, FunctionBox):
        yield from (
            (name, call) for name, call in outer_names(box.body) if name not in box.parameters
        )
    elif isinstance(box, IterationBox):
        yield from outer_names(box.source)
        inside = {box.variable, "partial"}
        yield from (found for found in outer_names(box.body) if found[0] not in inside)
    elif isinstance(box, FilterBox):
        yield from outer_names(box.source)
        # Its other names may be entries of the elements.
        yield from (found for found in outer_names(box.match) if found[1])
    else:
        for expression, own in _expressions(box):
            yield from ((name, False) for name in expression.names if name != own)
            yield from ((name, True) for name in expression.functions)
        for inner in _inner(box):
            yield from outer_names(inner)


def _names_of_context(box: ContextBox) -> Iterator[tuple[str, bool]]:
    declared: set[str] = set()
    for name, inner in [*box.entries, *([("", box.result)] if box.result else [])]:
        yield from (found for found in outer_names(inner) if found[0] not in declared)
        declared.add(name)


def _inner(box: Box) -> list[Box]:
    if isinstance(box, InvocationBox):
        return [box.function, *(inner for _, inner in box.bindings)]
    if isinstance(box, ListBox):
        return list(box.items)
    if isinstance(box, ConditionalBox):
        return [box.condition, box.then, box.otherwise]
    if isinstance(box, RelationBox):
        return [cell for row in box.rows for cell in row]
    return []


def _expressions(box: Box) -> Iterator[tuple[Expression | UnaryTests, str]]:
    """Yield each expression, and the name that only it sees."""
    if isinstance(box, LiteralBox):
        yield box.expression, ""
    if isinstance(box, TableBox):
        yield from ((column.expression, "") for column in box.inputs)
        for rule in box.rules:
            seen = (column.seen_as for column in box.inputs)
            yield from zip(rule.conditions, seen, strict=True)
            yield from ((result, "") for result in rule.conclusions if result)


def _check_names(
    source: Source,
    place: Element | None,
    model: DmnModel,
    part: Decision | Knowledge,
    functions: frozenset[str],
) -> None:
    visible = visible_names(model, part)
    box = part.box if isinstance(part, Decision) else part.function
    # Camunda's modeller lets a lone table use process variables without declaring them.
    declares = isinstance(part, Knowledge) or bool(part.inputs or part.decisions)
    for name, called in sorted(set(outer_names(box))):
        if name in visible or (called and name in functions):
            continue
        if called:
            message = Text(f"未知函数“{name}”", f"Unknown function '{name}'")
            hint = Text("请检查名称，或连接知识模型", "Check the name, or require its model")
            source.report(place, "dmn-unknown-function", message, hint)
        elif declares:
            message = Text(f"未声明的名称“{name}”", f"'{name}' is not declared")
            hint = Text("请添加输入数据或连线", "Add the input data or the requirement")
            source.report(place, "dmn-unknown-name", message, hint, "warning")


def required_names(model: DmnModel, decision: str) -> frozenset[str]:
    """Return the names a decision, with all it stands on, needs from the caller."""
    names: set[str] = set()
    seen: set[str] = set()
    stack = [model.decisions[decision].id]
    while stack:
        step = stack.pop()
        part = model.decisions.get(step) or model.knowledge.get(step)
        if part is None or step in seen:
            continue
        seen.add(step)
        stack.extend(_next(part))
        box = part.box if isinstance(part, Decision) else part.function
        own = {name for name, called in outer_names(box) if not called}
        names |= own - visible_names(model, part)
        if isinstance(part, Decision):
            names |= {model.inputs[ref].name for ref in part.inputs if ref in model.inputs}
    return frozenset(names)
