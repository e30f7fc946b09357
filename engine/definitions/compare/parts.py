"""Forms, decision tables and the guide told as facts."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Final

from engine import dmn
from engine.definitions.compare.changes import Thing, said
from engine.definitions.item import Item
from engine.dmn.model import Box, Decision, Rule, TableBox
from engine.feel import Expression, UnaryTests
from forms import Field, Form
from forms.fields.lists import DynamicList
from forms.text import Text

Facts = dict[str, tuple[Text, Text]]
_FIELDS: Final = {
    "label": Text("问题", "Question"),
    "hint": Text("提示", "Hint"),
    "required": Text("必填", "Required"),
    "readonly": Text("只读", "Read only"),
    "conditions": Text("隐藏条件", "Hidden when"),
    "default": Text("默认值", "Default"),
    "options": Text("选项", "Choices"),
    "checks": Text("检查", "Checks"),
    "subtype": Text("日期或时刻", "Date or time"),
    "min_length": Text("最少字数", "Least length"),
    "max_length": Text("最多字数", "Greatest length"),
    "pattern": Text("格式", "Pattern"),
    "smallest": Text("最小值", "Least"),
    "largest": Text("最大值", "Greatest"),
    "places": Text("小数位", "Decimals"),
    "min_rows": Text("最少行数", "Fewest rows"),
    "max_rows": Text("最多行数", "Most rows"),
    "content": Text("文字", "Text"),
}
_ITEM: Final = {
    "title": Text("事项名称", "Name"),
    "short": Text("简介", "In short"),
    "theme": Text("主题", "Theme"),
    "applicants": Text("谁可以申请", "Who may apply"),
    "subject_field": Text("办件名称取自", "Cases are named by"),
    "holder_id_field": Text("持有人证号取自", "Holders are known by"),
    "quantity": Text("数量限制", "Quantity"),
    "procedure": Text("办理程序", "Procedure"),
    "fee": Text("收费", "Fee"),
    "result": Text("办理结果", "Result"),
    "remedies": Text("救济途径", "Remedies"),
    "contact": Text("咨询", "Contact"),
    "safety": Text("涉及公共安全", "About public safety"),
}
_MATERIAL: Final = {
    "name": Text("名称", "Name"),
    "required": Text("必需", "Needed"),
    "required_when": Text("需要的条件", "Needed when"),
    "types": Text("格式", "Formats"),
    "max_mb": Text("最大（MB）", "Largest (MB)"),
    "copies": Text("纸质份数", "Copies on paper"),
    "source": Text("来源", "Source"),
    "note": Text("说明", "Note"),
    "sample": Text("示范", "Sample"),
}
_UNTOLD: Final = frozenset({"line", "element", "key", "fields"})


def forms_of(forms: Mapping[str, Form]) -> Iterator[Thing]:
    """Tell forms, their pages and their fields."""
    for name, form in forms.items():
        yield Thing("form", name, form.title, {"title": (Text("标题", "Title"), form.title)})
        for page in form.pages:
            facts = {"title": (Text("分组标题", "Title of the group"), page.title)}
            if page.conditions:
                facts["conditions"] = (_FIELDS["conditions"], said(page.conditions))
            label = Text(f"{form.title.zh}：{page.title.zh}", f"{form.title.en}: {page.title.en}")
            yield Thing("form", f"{name}/{page.key}", label, facts)
            for item in page.fields:
                yield from _field(name, form.title, item, "")


def _field(form: str, title: Text, item: Field, inside: str) -> Iterator[Thing]:
    key = inside + (item.key or item.element)
    label = item.label if item.label.zh else Text(key, key)
    name = Text(f"{title.zh}：{label.zh}", f"{title.en}: {label.en}")
    facts: Facts = {"kind": (Text("题型", "Kind of question"), Text(item.kind, item.kind))}
    for one in dataclasses.fields(item):
        if one.name not in _UNTOLD:
            shown = _value(one.name, getattr(item, one.name))
            facts[one.name] = (_FIELDS.get(one.name, Text(one.name, one.name)), shown)
    yield Thing("form", f"{form}.{key}", name, facts)
    if isinstance(item, DynamicList):
        for inner in item.fields:
            yield from _field(form, title, inner, f"{key}.")


def _value(name: str, value: object) -> Text:
    if name == "options" and isinstance(value, tuple):
        return said([one.label for one in value])
    if name == "checks" and isinstance(value, tuple):
        return said([getattr(one, "name", type(one).__name__) for one in value])
    return said(value)


def tables_of(decisions: Mapping[str, bytes]) -> Iterator[Thing]:
    """Tell decisions, and the rules of their tables."""
    for file, data in decisions.items():
        model, _ = dmn.read_dmn(data, file, others=decisions)
        if model is None:
            text = Text(file, file)
            unread = Text("无法读取", "cannot be read")
            yield Thing("table", file, text, {"file": (Text("文件", "File"), unread)})
            continue
        for one in {decision.id: decision for decision in model.decisions.values()}.values():
            yield from _decision(one)


def _decision(one: Decision) -> Iterator[Thing]:
    name = Text(one.name or one.id, one.name or one.id)
    facts: Facts = {
        "variable": (Text("结果名称", "Name of the result"), said(one.variable)),
        "needs": (Text("依据", "Stands on"), said((*one.inputs, *one.decisions))),
    }
    box = one.box
    if not isinstance(box, TableBox):
        facts["logic"] = (Text("算法", "Logic"), said(_texts(box)))
        yield Thing("table", one.id, name, facts)
        return
    facts["hitPolicy"] = (Text("命中策略", "Hit policy"), said(box.hit_policy))
    facts["aggregation"] = (Text("汇总", "Aggregation"), said(box.aggregation))
    facts["inputs"] = (Text("条件列", "Conditions"), said([_head(c) for c in box.inputs]))
    facts["outputs"] = (Text("结果列", "Results"), said([c.name or c.label for c in box.outputs]))
    yield Thing("table", one.id, name, facts)
    for number, rule in enumerate(box.rules, 1):
        label = Text(f"{name.zh}：第{number}条", f"{name.en}: rule {number}")
        yield Thing("table", f"{one.id}/{rule.id or number}", label, _rule(box, rule))


def _head(column: object) -> str:
    label, expression = getattr(column, "label", ""), getattr(column, "expression", None)
    return str(label or getattr(expression, "text", ""))


def _rule(box: TableBox, rule: Rule) -> Facts:
    facts: Facts = {}
    for number, (column, tests) in enumerate(zip(box.inputs, rule.conditions, strict=False)):
        head = _head(column)
        facts[f"if-{number}"] = (Text(head, head), said(tests.text))
    for number, (result, value) in enumerate(zip(box.outputs, rule.conclusions, strict=False)):
        head = f"→ {result.name or result.label}"
        facts[f"then-{number}"] = (Text(head, head), said(value.text if value else None))
    return facts


def _texts(box: Box | None) -> list[str]:
    """Collect every expression of a boxed expression, in order."""
    found: list[str] = []
    for one in dataclasses.fields(box) if box is not None else ():
        value = getattr(box, one.name)
        for inner in value if isinstance(value, tuple) else (value,):
            for part in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(part, Expression | UnaryTests):
                    found.append(part.text)
                elif isinstance(part, Box):
                    found += _texts(part)
                elif isinstance(part, str):
                    found.append(part)
    return found


def guide_of(item: Item | None) -> Iterator[Thing]:
    """Tell the guide: its single elements, and each entry of its lists."""
    if item is None:
        return
    for key, label in _ITEM.items():
        yield Thing("guide", key, label, {"value": (label, said(getattr(item, key)))})
    for material in item.materials:
        facts = {key: (label, said(getattr(material, key))) for key, label in _MATERIAL.items()}
        yield _entry("materials", material.code, Text("材料", "Material"), material.name, facts)
    for condition in item.conditions:
        yield _entry("conditions", condition.zh, Text("条件", "Condition"), condition, {})
    for basis in item.basis:
        facts = {
            "articles": (Text("条款", "Articles"), said(basis.articles)),
            "text": (Text("内容", "Words"), said(basis.text)),
        }
        yield _entry("basis", basis.title.zh, Text("依据", "Legal basis"), basis.title, facts)
    yield from _ends(item)


def _ends(item: Item) -> Iterator[Thing]:
    for part in item.parts:
        facts = {"result": (_ITEM["result"], said(part.result))}
        yield _entry("parts", part.department, Text("分项", "Part"), part.name, facts)
    for reason in item.refusal_reasons:
        facts = {"reason": (Text("理由", "Reason"), said(reason))}
        yield _entry("refusalReasons", reason.code, Text("理由", "Reason"), reason.text, facts)
    for one in item.faq:
        facts = {"answer": (Text("回答", "Answer"), said(one.answer))}
        yield _entry("faq", one.question.zh, Text("常见问题", "Question"), one.question, facts)


def _entry(group: str, code: str, kind: Text, name: Text, facts: Facts) -> Thing:
    said_name = Text(f"{kind.zh}：{name.zh}", f"{kind.en}: {name.en}")
    return Thing("guide", f"{group}/{code}", said_name, facts)
