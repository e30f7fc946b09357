"""Read decision tables (DMN 1.3, 8)."""

from typing import Final

from engine.dmn.items import ItemTypes
from engine.dmn.model import Input, Output, Rule, TableBox
from engine.dmn.overlaps import check_overlaps
from engine.dmn.source import Element, Source, child, children, line_of, text_of
from engine.feel import Expression, FeelError, TypeRef, UnaryTests, compile_expression
from forms.text import Text

#: Hit policies by all their spellings.
POLICIES: Final = {
    "UNIQUE": "UNIQUE", "FIRST": "FIRST", "PRIORITY": "PRIORITY", "ANY": "ANY",
    "COLLECT": "COLLECT", "RULE ORDER": "RULE ORDER", "OUTPUT ORDER": "OUTPUT ORDER",
    "RULE_ORDER": "RULE ORDER", "OUTPUT_ORDER": "OUTPUT ORDER",
}  # fmt: skip
AGGREGATIONS: Final = frozenset({"", "SUM", "MIN", "MAX", "COUNT"})

_SEEN_AS: Final = "{http://camunda.org/schema/1.0/dmn}inputVariable"


def read_table(source: Source, types: ItemTypes, element: Element) -> TableBox | None:
    """Read a decision table; None when it cannot be used, the problems noted in the source."""
    before = source.errors
    inputs = [_input(source, types, part) for part in children(element, "input")]
    outputs = [_output(source, types, part) for part in children(element, "output")]
    rules = [_rule(types, part, len(inputs), outputs) for part in children(element, "rule")]
    policy = POLICIES.get(element.get("hitPolicy", "UNIQUE"), "")
    aggregation = element.get("aggregation", "")
    _check_policy(source, element, policy, outputs)
    _check_outputs(source, element, outputs)
    if source.errors > before:
        return None
    check_overlaps(source, element, policy)
    return TableBox(
        line_of(element),
        _name_of(element),
        policy,
        aggregation,
        tuple(column for column in inputs if column),
        tuple(outputs),
        tuple(rule for rule in rules if rule),
        type=types.of(element),
    )


def _name_of(element: Element) -> str:
    owner = element.getparent()
    name = element.get("label") or element.get("outputLabel")
    return name or ("" if owner is None else owner.get("name", "")) or element.get("id") or ""


def _input(source: Source, types: ItemTypes, element: Element) -> Input | None:
    inner = child(element, "inputExpression")
    expression = source.expression(inner, element)
    if expression is None:
        return None
    kind = "" if inner is None else inner.get("typeRef", "")
    values = child(element, "inputValues")
    return Input(
        element.get("id", ""),
        element.get("label", ""),
        expression,
        bare_type(kind),
        types.of(inner),
        source.tests(values) if values is not None and text_of(values) else None,
        element.get(_SEEN_AS) or "cellInput",
    )


def bare_type(reference: str) -> str:
    """Return a type's name without its prefix."""
    return reference.rsplit(":", 1)[-1]


def _output(source: Source, types: ItemTypes, element: Element) -> Output:
    default = child(element, "defaultOutputEntry")
    values = child(element, "outputValues")
    kind = types.of(element)
    return Output(
        element.get("id", ""),
        element.get("name", ""),
        element.get("label", ""),
        bare_type(element.get("typeRef", "")),
        _in_order(source, text_of(values) if values is not None else "", kind),
        source.expression(default, element) if default is not None and text_of(default) else None,
        kind,
        source.tests(values) if values is not None and text_of(values) else None,
    )


def _in_order(source: Source, text: str, kind: TypeRef | None) -> tuple[object, ...]:
    # What the type of the output allows is its list where it has none of its own.
    text = text or _allowed_by(kind)
    if not text:
        return ()
    # Written as tests, "a", "b"; as a list they keep their order.
    try:
        listed = compile_expression(f"[{text}]", source.names).evaluate({})
    except FeelError:
        return ()
    return tuple(listed) if isinstance(listed, list) else ()


def _allowed_by(kind: TypeRef | None) -> str:
    kind = kind.real() if kind else None
    if kind and kind.name == "list" and not kind.allowed and kind.element:
        kind = kind.element.real()
    found = kind.allowed[0] if kind and kind.allowed else None
    return found.text if isinstance(found, UnaryTests) else ""


def _rule(types: ItemTypes, element: Element, width: int, outputs: list[Output]) -> Rule | None:
    source = types.source
    conditions = list(children(element, "inputEntry"))
    conclusions = list(children(element, "outputEntry"))
    if (len(conditions), len(conclusions)) != (width, len(outputs)):
        source.report(
            element,
            "dmn-rule-width",
            Text("规则的格数与表头不同", "The rule has another number of cells than the table"),
            Text("请补齐或删除多余的格", "Add or remove cells"),
        )
        return None
    tests = [source.tests(part) for part in conditions]
    results = [_conclusion(source, part) for part in conclusions]
    return Rule(
        element.get("id", ""),
        line_of(element),
        tuple(test for test in tests if test),
        tuple(results),
        tuple(types.of(part) for part in conclusions),
    )


def _conclusion(source: Source, element: Element) -> Expression | None:
    if text_of(element) in {"", "-"}:
        return None  # an empty result is null
    return source.expression(element, element)


def _check_policy(source: Source, element: Element, policy: str, outputs: list[Output]) -> None:
    aggregation = element.get("aggregation", "")
    if not policy:
        source.report(
            element,
            "dmn-hit-policy",
            Text("未知的命中策略", f"Unknown hit policy '{element.get('hitPolicy')}'"),
            Text(
                "请从七种策略中选择", f"Choose one of {', '.join(sorted(set(POLICIES.values())))}"
            ),
        )
    if aggregation not in AGGREGATIONS or (aggregation and policy not in {"COLLECT", ""}):
        source.report(
            element,
            "dmn-aggregation",
            Text("汇总方式不可用", f"The aggregation '{aggregation}' cannot be used here"),
            Text("仅 COLLECT 可用 SUM、MIN、MAX、COUNT", "Only COLLECT takes SUM, MIN, MAX, COUNT"),
        )
    if aggregation and len(outputs) > 1:
        source.report(
            element,
            "dmn-aggregation",
            Text("多个输出列不能汇总", "Several outputs cannot be aggregated"),
            Text("请只保留一个输出列", "Keep one output"),
        )
    if policy in {"PRIORITY", "OUTPUT ORDER"} and not any(column.values for column in outputs):
        source.report(
            element,
            "dmn-output-values",
            Text(f"{policy} 需要输出值清单", f"{policy} needs a list of output values"),
            Text("请按优先次序填写输出值", "List the output values in order of priority"),
        )


def _check_outputs(source: Source, element: Element, outputs: list[Output]) -> None:
    if not outputs:
        source.report(
            element,
            "dmn-no-output",
            Text("决策表没有输出列", "The table has no output"),
            Text("请添加输出列", "Add an output"),
        )
    names = [column.name for column in outputs]
    if len(outputs) > 1 and (len(set(names)) < len(names) or not all(names)):
        source.report(
            element,
            "dmn-output-name",
            Text("输出列名称缺失或重复", "An output has no name, or another's"),
            Text("请给每个输出列不同的名称", "Give each output a name of its own"),
        )
