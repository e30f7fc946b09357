"""The parts of item.yaml as pages of a form: which fields each has, and how they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.definitions.item import APPLICANTS, FILE_TYPES, SOURCES, THEMES
from engine.definitions.yaml_fields import NOTHING
from forms.text import Text

Tree = dict[str, Any]
Choices = tuple[tuple[str, Text], ...]
#: what a rows' page can hold
MOST_ROWS = 60


@dataclass(frozen=True)
class Entry:
    """One field: where it stands in the file, and how it is asked."""

    key: str
    label: Text
    #: pair, long (a pair of paragraphs), word, number, flag, pick, picks, words
    kind: str = "pair"
    hint: Text = NOTHING
    choices: Choices = ()


@dataclass(frozen=True)
class Part:
    """One page: fields of the file itself, or of the rows of one of its lists."""

    code: str
    title: Text
    entries: tuple[Entry, ...]
    #: the list whose rows the fields are of; "" = the file itself
    rows: str = ""
    about: Text = NOTHING


def _named(*codes: str, **words: Text) -> Choices:
    return tuple((code, words.get(code, Text(code, code))) for code in codes)


_THEMES = _named(
    *THEMES,
    "other",
    business=Text("企业开办", "Business"),
    medical=Text("医疗药械", "Medical"),
    food=Text("食品餐饮", "Food"),
    building=Text("工程建设", "Building"),
    environment=Text("生态环境", "Environment"),
    transport=Text("交通出行", "Transport"),
    culture=Text("文化体育", "Culture"),
    life=Text("生活服务", "Daily life"),
    other=Text("其他", "Other"),
)
_APPLICANTS = _named(*APPLICANTS, person=Text("个人", "Persons"), company=Text("单位", "Companies"))
_SOURCES = _named(
    *SOURCES,
    applicant=Text("申请人提交", "Handed in"),
    shared=Text("数据共享取得", "Taken by sharing"),
)
_CODE = Text("小写字母、数字、连字符", "Lower-case letters, digits, hyphens")
_KEY = Text("申请表中字段的键", "The key of a question of the application")

PARTS = {
    one.code: one
    for one in (
        Part(
            "title",
            Text("名称和对象", "Name and applicants"),
            (
                Entry("title", Text("事项名称", "Name")),
                Entry("short", Text("一句话说明", "In one sentence"), "long"),
                Entry("theme", Text("主题", "Theme"), "pick", choices=_THEMES),
                Entry(
                    "applicants", Text("谁可以申请", "Who may apply"), "picks", choices=_APPLICANTS
                ),
                Entry("subjectField", Text("办件名称取自", "A case is called by"), "word", _KEY),
                Entry(
                    "holderIdField", Text("持证人证件号取自", "Number of the holder"), "word", _KEY
                ),
                Entry(
                    "safety",
                    Text(
                        "直接关系公共安全、人身健康、生命财产安全", "About safety, health or life"
                    ),
                    "flag",
                ),
            ),
        ),
        Part(
            "basis",
            Text("设定依据", "Legal basis"),
            (
                Entry("title", Text("法律、法规名称", "Law or regulation")),
                Entry("articles", Text("条款", "Articles"), "word"),
                Entry("text", Text("条文摘录", "Words of the article"), "long"),
            ),
            rows="basis",
        ),
        Part(
            "conditions",
            Text("许可条件", "Conditions"),
            (Entry("", Text("条件", "Condition"), "long"),),
            rows="conditions",
        ),
        Part(
            "quantity",
            Text("数量限制", "Quantity"),
            (
                Entry("quantity.limited", Text("有数量限制", "The number is limited"), "flag"),
                Entry("quantity.text", Text("怎样公布", "How it is said"), "long"),
            ),
        ),
        Part(
            "materials",
            Text("申请材料", "Materials"),
            (
                Entry("code", Text("代码", "Code"), "word", _CODE),
                Entry("name", Text("材料名称", "Name")),
                Entry("required", Text("必须提交", "Must be there"), "flag"),
                Entry(
                    "requiredWhen",
                    Text("何时需要（FEEL条件）", "Asked for when (FEEL)"),
                    "word",
                    Text("空 = 一直需要", "Empty: always"),
                ),
                Entry(
                    "types", Text("文件类型", "Kinds of file"), "picks", choices=_named(*FILE_TYPES)
                ),
                Entry("maxMB", Text("最大（MB）", "At most (MB)"), "number"),
                Entry("copies", Text("纸质份数", "Copies on paper"), "number"),
                Entry("source", Text("来源", "Where it comes from"), "pick", choices=_SOURCES),
                Entry("note", Text("说明", "Note"), "long"),
                Entry("sample", Text("示范文本", "Sample"), "long"),
            ),
            rows="materials",
        ),
        Part(
            "procedure",
            Text("办理程序", "Procedure"),
            (Entry("procedure", Text("程序说明", "The procedure in words"), "long"),),
            about=Text(
                "环节、由谁办和时限由流程图给出；这里只写图上说不清的话，可以不填。",
                "Steps, who does them and limits come from the diagram; write here only what it "
                "cannot say.",
            ),
        ),
        Part(
            "fee",
            Text("收费", "Fee"),
            (
                Entry("fee.charged", Text("收费", "A fee is charged"), "flag"),
                Entry("fee.basis", Text("收费依据", "Basis of the fee"), "long"),
                Entry("fee.standard", Text("收费标准", "Amount of the fee"), "long"),
            ),
        ),
        Part(
            "result",
            Text("结果文书", "Result"),
            (
                Entry("result.kind", Text("种类", "Kind"), "word", _CODE),
                Entry("result.name", Text("名称", "Name")),
                Entry("result.validYears", Text("有效年数", "Valid for (years)"), "number"),
                Entry("result.numberPrefix", Text("编号字头", "Head of its numbers"), "word"),
                Entry(
                    "result.fields",
                    Text("印在文书上的字段", "Answers printed on it"),
                    "words",
                    Text("申请表字段的键，用逗号分开", "Keys of questions, with commas between"),
                ),
            ),
        ),
        Part(
            "parts",
            Text("各部门的许可（一件事）", "Licences of the departments"),
            (
                Entry("department", Text("部门代码", "Department (code)"), "word"),
                Entry("name", Text("许可事项名称", "Name of its part")),
                Entry("result.kind", Text("结果种类", "Kind of result"), "word", _CODE),
                Entry("result.name", Text("结果名称", "Name of the result")),
                Entry("result.validYears", Text("有效年数", "Valid for (years)"), "number"),
                Entry("result.numberPrefix", Text("编号字头", "Head of its numbers"), "word"),
                Entry("result.fields", Text("印在文书上的字段", "Answers printed on it"), "words"),
            ),
            rows="parts",
            about=Text(
                "只有联办的“一件事”才填写；其他事项留空。",
                "Only for one matter of several departments; leave it empty elsewhere.",
            ),
        ),
        Part(
            "refusal",
            Text("不予许可的理由", "Reasons to refuse"),
            (
                Entry("code", Text("代码", "Code"), "word", _CODE),
                Entry("text", Text("理由", "Reason"), "long"),
                Entry("article", Text("条款", "Article"), "word"),
                Entry("falsehood", Text("隐瞒或者虚假", "Concealed or false"), "flag"),
            ),
            rows="refusalReasons",
        ),
        Part(
            "contact",
            Text("救济和咨询", "Remedies and contact"),
            (
                Entry("remedies", Text("救济途径和期限", "Remedies"), "long"),
                Entry("contact.department", Text("咨询部门代码", "Department (code)"), "word"),
                Entry("contact.place", Text("地点", "Place")),
                Entry("contact.hours", Text("时间", "Hours")),
                Entry("contact.phone", Text("电话", "Phone"), "word"),
            ),
        ),
        Part(
            "faq",
            Text("常见问题", "Frequent questions"),
            (Entry("q", Text("问", "Question")), Entry("a", Text("答", "Answer"), "long")),
            rows="faq",
        ),
    )
}


def rows_of(part: Part, tree: Tree) -> list[Any]:
    """Return the rows a page shows, with what they hold; one empty row when there is none."""
    if not part.rows:
        return [tree]
    found = tree.get(part.rows)
    return list(found) if isinstance(found, list) and found else [{}]


def shown(entry: Entry, row: Any) -> Any:
    """Return what a field shows: a pair of words, a list of codes, a flag, or a text."""
    value = _at(row, entry.key)
    if entry.kind in ("pair", "long"):
        if isinstance(value, dict):
            return {code: str(value.get(code) or "") for code in ("zh", "en")}
        return {"zh": "" if value is None else str(value), "en": ""}
    if entry.kind == "picks":
        return [str(one) for one in value] if isinstance(value, list) else []
    if entry.kind == "words":
        return ", ".join(map(str, value)) if isinstance(value, list) else ""
    if entry.kind == "flag":
        return entry.key == "required" if value is None else bool(value)
    return "" if value is None else str(value)


def _at(row: Any, key: str) -> Any:
    for name in key.split(".") if key else ():
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


def written(part: Part, tree: Tree, post: "MultiDict[str, str]") -> Tree:
    """Return the tree with what was typed on a page; rows in which nothing stands are left out."""
    if not part.rows:
        return dict(_filled(part, tree, post, "f"))
    before, rows = rows_of(part, tree), []
    for number in range(min(MOST_ROWS, post.get("rows", 0, type=int))):
        if post.get("_remove") == str(number):
            continue
        place = post.get(f"o{number}", -1, type=int)
        old = before[place] if 0 <= place < len(before) else {}
        row = _filled(part, old, post, f"r{number}")
        if row not in ({}, {"required": False}, {"falsehood": False}):
            rows.append(row)
    return {**tree, part.rows: rows} if rows or part.rows in tree else tree


def _filled(part: Part, row: Any, post: "MultiDict[str, str]", prefix: str) -> Any:
    for entry in part.entries:
        value = _read(entry, post, f"{prefix}-{entry.key}")
        row = _put(row, entry.key.split(".") if entry.key else [], value)
    return row


def _read(entry: Entry, post: "MultiDict[str, str]", name: str) -> Any:
    """Read one field; None when nothing was given, so that its key goes."""
    if entry.kind in ("pair", "long"):
        pair = {code: _tidy(post.get(f"{name}-{code}", "")) for code in ("zh", "en")}
        return {code: words for code, words in pair.items() if words} or None
    if entry.kind == "picks":
        return post.getlist(name) or None
    text = _tidy(post.get(name, ""))
    if entry.kind == "words":
        return [w.strip() for w in text.replace("，", ",").split(",") if w.strip()] or None
    if entry.kind == "flag":
        return _flag(entry, given=bool(text))
    if entry.kind == "number":
        return int(text) if text.isdecimal() and len(text) < 7 else text or None
    return text or None


def _flag(entry: Entry, *, given: bool) -> bool | None:
    """Write a flag where it differs from what its absence means."""
    usual = {"required": True, "falsehood": False, "safety": False}
    return None if usual.get(entry.key) is given else given


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def _put(row: Any, path: list[str], value: Any) -> Any:
    """Return a row with a value at a place, without what was emptied."""
    if not path:
        return {} if value is None else value
    head, rest = path[0], path[1:]
    kept = dict(row) if isinstance(row, Mapping) else {}
    inner = _put(kept.get(head), rest, value) if rest else value
    if inner is None or inner == {}:
        kept.pop(head, None)
    else:
        kept[head] = inner
    return kept
