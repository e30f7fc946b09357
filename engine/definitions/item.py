"""item.yaml: what a diagram has no place for, above all the public elements of an item.

Pure: bytes in, a frozen `Item` and every problem at once out. The nine elements that must be
published (许可法 30, 58) are name, basis, conditions, quantity, materials, procedure, limit, fee
basis and fee standard; procedure and limit come from the diagram, the other seven stand here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from engine.definitions.licence_rules import NONE, LicenceRules, read_rules
from engine.definitions.yaml_fields import (
    NOTHING,
    Book,
    Fields,
    compose,
    line_of,
    line_where,
    read_label,
)
from engine.feel import FeelError, compile_expression
from engine.problems import Problem
from forms.text import Text

#: Keys under which answers of the application form are named.
ANSWERS = ("subjectField", "holderIdField", "fields")
THEMES = ("business", "medical", "food", "building", "environment", "transport", "culture", "life")
APPLICANTS = ("person", "company")
FILE_TYPES = ("pdf", "jpg", "png", "docx", "xlsx")
SOURCES = ("applicant", "shared")


@dataclass(frozen=True)
class Basis:
    """设定依据: one law or rule the item rests on."""

    title: Text
    articles: str
    text: Text


@dataclass(frozen=True)
class Quantity:
    """数量限制: whether the number of licences is limited, and how it is said."""

    limited: bool
    text: Text


@dataclass(frozen=True)
class Material:
    """申请材料: one document asked of the applicant, or fetched by sharing (在线政务 10).

    It is asked for when `required_when` holds or is absent; then `required` says whether it must
    be there.
    """

    code: str
    name: Text
    required: bool
    #: FEEL over the answers of the application; None = always.
    required_when: str | None
    types: tuple[str, ...]
    #: The largest file taken, in megabytes.
    max_mb: int
    #: Paper copies asked for; 0 = none, the file is enough.
    copies: int
    source: str
    note: Text
    #: Where a filled sample is described, for the applicant's guidance.
    sample: Text


@dataclass(frozen=True)
class Fee:
    """收费依据 and 收费标准 (许可法 58, 59)."""

    charged: bool
    basis: Text
    standard: Text


@dataclass(frozen=True)
class Result:
    """结果文书: the document a grant ends in."""

    kind: str
    name: Text
    #: Years it is valid; None = without end.
    valid_years: int | None
    #: Keys of the answers printed on it, in order.
    fields: tuple[str, ...]
    number_prefix: str
    #: What may happen to the licence afterwards.
    rules: LicenceRules = NONE


NO_RESULT = Result("", NOTHING, None, (), "")


@dataclass(frozen=True)
class Part:
    """One department's own decision within a joint item."""

    department: str
    name: Text
    result: Result


@dataclass(frozen=True)
class RefusalReason:
    """One ground for refusal that the decision may name, with its article where there is one."""

    code: str
    text: Text
    article: str
    #: Facts concealed or materials false: bars the applicant where the item is about safety (78).
    falsehood: bool = False


@dataclass(frozen=True)
class Contact:
    """Where and when people can ask."""

    department: str
    place: Text
    hours: Text
    phone: str


@dataclass(frozen=True)
class Question:
    """One question people often ask, and its answer."""

    question: Text
    answer: Text


@dataclass(frozen=True)
class Item:
    """行政审批事项: everything of one item.yaml."""

    code: str
    title: Text
    short: Text
    theme: str
    applicants: tuple[str, ...]
    #: Key of the answer that names the case in lists.
    subject_field: str
    #: Key of the answer that identifies the holder (credit code, ID number); "" = none.
    holder_id_field: str
    basis: tuple[Basis, ...]
    conditions: tuple[Text, ...]
    quantity: Quantity
    materials: tuple[Material, ...]
    #: Empty when the steps of the diagram say enough.
    procedure: Text
    fee: Fee
    result: Result
    parts: tuple[Part, ...]
    refusal_reasons: tuple[RefusalReason, ...]
    remedies: Text
    contact: Contact | None
    faq: tuple[Question, ...]
    #: 直接关系公共安全、人身健康、生命财产安全 (许可法 78, 79): falsehood and fraud bar for years.
    safety: bool = False

    def material(self, code: str) -> Material | None:
        """Return the material of that code, or None."""
        return next((m for m in self.materials if m.code == code), None)

    def asked_for(self, kind: str) -> tuple[Material, ...]:
        """Return the materials that a kind of application (first, renewal, …) is about."""
        codes = self.result.rules.materials(kind)
        return tuple(m for m in self.materials if codes is None or m.code in codes)

    def part(self, department: str) -> Part | None:
        """Return what that department decides in a joint item, or None."""
        return next((p for p in self.parts if p.department == department), None)

    def answer_keys(self) -> frozenset[str]:
        """Return the keys of the application form that this item relies on."""
        results = [self.result, *(part.result for part in self.parts)]
        keys = {self.subject_field, self.holder_id_field}
        keys.update(key for result in results for key in result.fields)
        return frozenset(keys - {""})


def read_item(data: bytes, file: str) -> tuple[Item | None, list[Problem]]:
    """Read an item.yaml; the item is None when any problem is an error.

    Problems come in the order of the file. Nothing is raised for bad input.
    """
    book = Book(file)
    node = compose(data, book)
    item: Item | None = None
    if isinstance(node, yaml.MappingNode):
        item = _read(Fields(book, node, ""))
    elif not book.problems:
        message = Text("文件内容应为“键: 值”的映射", "The file must be a mapping")
        hint = Text("每行写“键: 值”，如 code: …", 'Write lines of "key: value", such as code: …')
        book.add(1, "", "item-shape", message, hint)
    problems = sorted(book.problems, key=lambda problem: problem.line or 0)
    failed = any(problem.severity == "error" for problem in problems)
    return (None if failed else item), problems


def line_naming(data: bytes, keys: Iterable[str], word: str) -> int:
    """Say on which line of an item.yaml a word stands as the value of a key, or in its list."""
    node = compose(data, Book(""))
    return (None if node is None else line_where(node, keys, word)) or 1


def _read(top: Fields) -> Item:
    """Read the whole file; what is missing is noted and stands empty."""
    conditions = [
        read_label(top, node, f"conditions[{n}]")
        for n, node in enumerate(top.rows("conditions", needed=True, filled=True), 1)
    ]
    item = Item(
        code=top.code("code"),
        title=top.label("title", needed=True),
        short=top.label("short", needed=True),
        theme=top.word("theme", choices=(*THEMES, "other")) or "other",
        applicants=top.words("applicants", choices=APPLICANTS, needed=True),
        subject_field=top.word("subjectField", needed=True),
        holder_id_field=top.word("holderIdField"),
        basis=top.groups("basis", _basis, needed=True, filled=True),
        conditions=tuple(conditions),
        quantity=top.group("quantity", _quantity, needed=True)
        or Quantity(limited=False, text=NOTHING),
        materials=top.groups("materials", _material, needed=True),
        procedure=top.label("procedure"),
        fee=top.group("fee", _fee, needed=True)
        or Fee(charged=False, basis=NOTHING, standard=NOTHING),
        result=top.group("result", _result, needed=True) or NO_RESULT,
        parts=top.groups("parts", _part),
        refusal_reasons=top.groups("refusalReasons", _refusal_reason, needed=True, filled=True),
        remedies=top.label("remedies", needed=True),
        contact=top.group("contact", _contact),
        faq=top.groups("faq", _question),
        safety=top.flag("safety", default=False),
    )
    _refuse_doubles(top, "materials", [material.code for material in item.materials])
    _refuse_doubles(top, "parts", [part.department for part in item.parts])
    _refuse_doubles(top, "refusalReasons", [reason.code for reason in item.refusal_reasons])
    _refuse_unknown_materials(top, item)
    top.refuse_unknown()
    return item


def _refuse_unknown_materials(top: Fields, item: Item) -> None:
    """Note each material that a kind of application asks for and the item does not have."""
    results = [item.result, *(part.result for part in item.parts)]
    asked = {
        code
        for result in results
        for kind in ("renewal", "change", "reissue")
        for code in result.rules.materials(kind) or ()
    }
    known = [material.code for material in item.materials]
    for code in sorted(asked - {*known}):
        message = Text("“{code}”不在 materials 中", '"{code}" is not among the materials')
        message = message.format(code=code)
        listed = ", ".join(known) or "—"
        hint = Text("可用的材料：{list}", "The materials are: {list}").format(list=listed)
        line = line_where(top.node, ["materials"], code)
        top.book.add(line, "materials", "item-unknown-material", message, hint)


def _refuse_doubles(top: Fields, key: str, codes: list[str]) -> None:
    """Note each entry of a list whose code stood there before, at its own line."""
    nodes = getattr(top.nodes.get(key), "value", [])
    for index, code in enumerate(codes):
        if not code or code not in codes[:index]:
            continue
        line = line_of(nodes[index] if len(nodes) == len(codes) else top.nodes[key])
        message = Text("“{key}”中“{code}”重复", '"{code}" stands twice in "{key}"')
        message, path = message.format(key=key, code=code), f"{key}[{index + 1}]"
        hint = Text("每一项用自己的编码", "Give each entry a code of its own")
        top.book.add(line, path, "item-duplicate-code", message, hint)


def _basis(fields: Fields) -> Basis:
    return Basis(fields.label("title", needed=True), fields.word("articles"), fields.label("text"))


def _quantity(fields: Fields) -> Quantity:
    limited = fields.flag("limited", default=False, needed=True)
    return Quantity(limited=limited, text=fields.label("text", needed=True))


def _material(fields: Fields) -> Material:
    return Material(
        code=fields.code("code"),
        name=fields.label("name", needed=True),
        required=fields.flag("required", default=True),
        required_when=_expression(fields, "requiredWhen"),
        types=fields.words("types", choices=FILE_TYPES) or ("pdf", "jpg", "png"),
        max_mb=fields.number("maxMB", least=1) or 20,
        copies=fields.number("copies", least=0) or 0,
        source=fields.word("source", choices=SOURCES) or "applicant",
        note=fields.label("note"),
        sample=fields.label("sample"),
    )


def _expression(fields: Fields, key: str) -> str | None:
    """Read FEEL, with or without a leading "="; what does not compile is a problem at its line."""
    text = fields.word(key).removeprefix("=").strip()
    if not text:
        return None
    try:
        compile_expression(text)
    except FeelError as error:
        message = Text("“{key}”的条件有误：{why}", 'The condition in "{key}" is wrong: {why}')
        message = message.format(key=fields.at(key), why=error.message)
        hint = Text("请写FEEL，如 area > 200", "Write FEEL, such as area > 200")
        place = line_of(fields.nodes[key]), fields.at(key)
        fields.book.add(*place, "item-expression", message, hint)
    return text


def _fee(fields: Fields) -> Fee:
    charged = fields.flag("charged", default=False, needed=True)
    basis = fields.label("basis", needed=True)
    return Fee(charged=charged, basis=basis, standard=fields.label("standard", needed=True))


def _result(fields: Fields) -> Result:
    return Result(
        kind=fields.code("kind"),
        name=fields.label("name", needed=True),
        valid_years=fields.number("validYears", least=1),
        fields=fields.words("fields"),
        number_prefix=fields.word("numberPrefix"),
        rules=read_rules(fields),
    )


def _part(fields: Fields) -> Part:
    result = fields.group("result", _result, needed=True)
    return Part(
        department=fields.code("department"),
        name=fields.label("name", needed=True),
        result=result or NO_RESULT,
    )


def _refusal_reason(fields: Fields) -> RefusalReason:
    text = fields.label("text", needed=True)
    code, article = fields.code("code"), fields.word("article")
    return RefusalReason(code, text, article, fields.flag("falsehood", default=False))


def _contact(fields: Fields) -> Contact:
    return Contact(
        department=fields.code("department"),
        place=fields.label("place", needed=True),
        hours=fields.label("hours"),
        phone=fields.word("phone"),
    )


def _question(fields: Fields) -> Question:
    return Question(fields.label("q", needed=True), fields.label("a", needed=True))
