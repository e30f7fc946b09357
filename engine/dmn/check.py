"""Check how the parts of a model stand on one another, and which names their logic uses."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

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
from engine.dmn.needs import in_circles, needed_names
from engine.dmn.source import Element, Source, children, nearest_id
from engine.feel import Expression, UnaryTests
from forms.text import Text

#: Anything that can be required.
Part = Decision | InputData | Knowledge | Service
#: Most parts of a model with what it imports, and most names in the lists of what each needs.
MAX_PARTS: Final = 3000
MAX_NAMES: Final = 500_000


def check_requirements(
    source: Source, root: Element, model: DmnModel, functions: frozenset[str]
) -> None:
    """Note references to nothing, circles, and names nobody declares."""
    places = {nearest_id(part): part for part in children(root)}
    known = {*model.decisions, *model.inputs, *model.knowledge, *model.services}
    readable = {part.get("id") for part in children(root)}  # also parts with problems of their own
    circular = in_circles(model)
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
        if part.id in circular:
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


def check_size(source: Source, root: Element, number: int) -> bool:
    """Note a model of too many decisions and knowledge models, and tell whether it has them."""
    if number > MAX_PARTS:
        source.report(
            root,
            "dmn-too-many",
            Text(
                f"决策和知识模型超过 {MAX_PARTS} 个",
                f"There are more than {MAX_PARTS} decisions and knowledge models",
            ),
            Text("请拆分决策模型", "Split the decision model"),
        )
    return number > MAX_PARTS


def check_needs(source: Source, root: Element, model: DmnModel) -> None:
    """Note decisions that together need more names than can be listed for each of them."""
    needs = needed_names(model, _own_names(model), MAX_NAMES)
    if needs is None:
        source.report(
            root,
            "dmn-too-many",
            Text("各决策依赖的名称过多", "The decisions depend on too many names"),
            Text("请拆分决策模型", "Split the decision model"),
        )
    else:
        model.needs.update(needs)


def _parts(model: DmnModel) -> list[Decision | Knowledge]:
    decisions = {id(decision): decision for decision in model.decisions.values()}
    return [*decisions.values(), *model.knowledge.values()]


def _references(part: Decision | Knowledge) -> tuple[str, ...]:
    if isinstance(part, Knowledge):
        return part.knowledge
    return (*part.decisions, *part.inputs, *part.knowledge)


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
    if not model.needs:
        model.needs.update(needed_names(model, _own_names(model)) or {})
    return model.needs[model.decisions[decision].id]


def _own_names(model: DmnModel) -> Callable[[Decision | Knowledge], frozenset[str]]:
    """Tell for any part of a model what it needs for itself alone."""

    def own(part: Decision | Knowledge) -> frozenset[str]:
        box = part.box if isinstance(part, Decision) else part.function
        names = {name for name, called in outer_names(box) if not called}
        names -= visible_names(model, part)
        if isinstance(part, Decision):
            names |= {model.inputs[ref].name for ref in part.inputs if ref in model.inputs}
        return frozenset(names)

    return own
