"""What every kind of form component knows and can do, and the register of kinds.

House rule: all about one kind of question stands in its one class. A new kind is one new class with
``@field_kind("...")``; nothing outside ``forms.fields`` asks for a kind.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Protocol, TypeVar

from forms.errors import AnswerError
from forms.source import Node, Report, Source
from forms.text import Text

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
WIDTHS = frozenset({"", "short", "medium", "full"})

Answers = Mapping[str, Any]
#: evaluates a FEEL expression over answers; the engine gives it
Evaluate = Callable[[str, Answers], object]


class Post(Protocol):
    """What a web framework gives for a posted form: several values a name."""

    def getlist(self, key: str) -> list[str]:
        """Return all values posted under a name."""

    def keys(self) -> Iterable[str]:
        """Return the posted names."""


@dataclass(frozen=True)
class Situation:
    """What an answer is checked against besides its own form: the day, and the other answers."""

    today: date
    evaluate: Evaluate
    answers: Answers = field(default_factory=dict)


class Choice:
    """One answer a person can pick."""

    __slots__ = ("label", "value")

    def __init__(self, value: str, label: Text) -> None:
        self.value = value
        self.label = label


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """A component of a form. Subclasses overrule what their kind does differently."""

    #: the ``type`` in the file
    kind: ClassVar[str] = ""
    #: all templates the kind may ask for; the web has a macro for each
    templates: ClassVar[tuple[str, ...]] = ()
    takes_answer: ClassVar[bool] = True
    #: a component that gathers others (a group) instead of being one
    is_group: ClassVar[bool] = False

    line: int
    element: str
    key: str
    label: Text
    hint: Text
    required: bool
    readonly: bool
    #: FEEL expressions; the field is hidden when any is true
    conditions: tuple[str, ...]
    width: str
    autocomplete: str
    default: Any

    @classmethod
    def read(cls, source: Source) -> list["Field"]:
        """Make the field or fields of a component of the file; problems go to the report."""
        return [cls(**cls.common(source))]

    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        """Read what all kinds share."""
        key = cls.read_key(source) if cls.takes_answer else ""
        readonly = True in (source.node.get("readonly"), source.node.get("disabled"))
        label = source.text("label")
        if cls.takes_answer and not label.zh:
            source.error(
                "label-missing",
                Text(f"问题“{key}”没有标题。", f'The question "{key}" has no label.'),
                Text("请填写 label 和属性 labelEn。", "Fill in label and the property labelEn."),
            )
        return {
            "line": source.node.line,
            "element": source.place[1],
            "key": key,
            "label": label,
            "hint": source.text("description"),
            # nobody could supply a missing answer that may not be typed
            "required": source.section("validate").get("required") is True and not readonly,
            "readonly": readonly,
            "conditions": source.conditions(),
            "width": cls._read_width(source),
            "autocomplete": str(source.properties.get("autocomplete") or ""),
            "default": source.node.get("defaultValue"),
        }

    @classmethod
    def read_key(cls, source: Source, name: str = "key") -> str:
        """Read the key under which the answer is kept."""
        key = source.node.get(name)
        if not isinstance(key, str) or not key:
            source.error(
                "key-missing",
                Text("问题没有键名（key）。", "A question has no key."),
                Text("请填写一个简短的英文键名。", "Give it a short key of letters."),
            )
            return ""
        if not KEY.fullmatch(key):
            source.error(
                "key-form",
                Text(f"键名“{key}”不合规则。", f'The key "{key}" is not allowed.'),
                Text(
                    "键名只用英文字母、数字和下划线，字母开头，不超过60个字符。",
                    "Use letters, digits and underscores, a letter first, at most 60.",
                ),
            )
        return key

    @classmethod
    def _read_width(cls, source: Source) -> str:
        width = str(source.properties.get("width") or "")
        if width not in WIDTHS:
            source.warn(
                "width",
                Text(f"宽度“{width}”不认识。", f'The width "{width}" is unknown.'),
                Text("请用 short、medium 或 full。", "Use short, medium or full."),
            )
            return ""
        return width

    @property
    def template(self) -> str:
        """Return the name of the macro that draws the field."""
        return self.templates[0]

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return what can be picked; empty for kinds without choices."""
        return ()

    @property
    def is_conditional(self) -> bool:
        """Tell whether other answers decide on what is asked here."""
        return bool(self.conditions)

    @property
    def attributes(self) -> Mapping[str, str]:
        """Return further attributes of the HTML input."""
        return {}

    def focus_id(self, name: str) -> str:
        """Return the id of the input an error message leads to."""
        return name

    def focus_id_of(self, error_key: str) -> str:
        """Return the same for an error key such as ``opened`` or ``staff.0.name``."""
        return self.focus_id(error_key.replace(".", "-"))

    def from_post(self, post: Post, name: str) -> object:
        """Take the raw answer out of a posted web form."""
        values = post.getlist(name)
        return values[0] if values else None

    def shown(self, raw: object) -> Any:
        """Return what the input shows for a stored or a refused answer."""
        return "" if raw is None else str(raw)

    def check(self, raw: object, situation: Situation) -> Any:
        """Return the clean answer, or None for no answer.

        Raises AnswerError (or RowsError) when the form refuses it.
        """
        value = self.clean(raw, situation)
        if value is None and self.required:
            raise AnswerError(self.missing())
        return value

    def clean(self, raw: object, situation: Situation) -> Any:
        """Return the answer in its stored form, None when blank."""
        raise NotImplementedError

    def missing(self) -> Text:
        """Say that a required answer is missing."""
        return Text("请填写“{label}”。", "Enter “{label}”.").format(label=self.label)

    def present(self, value: Any, language: str) -> str:
        """Return a stored answer as people read it."""
        raise NotImplementedError

    def present_rows(self, value: Any, language: str) -> list[tuple[str, str, str]]:
        """Return the (label, text, key) rows a summary shows for a stored answer."""
        return [(self.label.pick(language), self.present(value, language), self.key)]

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema of the stored answer (OpenAPI 3.1)."""
        raise NotImplementedError

    def description(self) -> dict[str, Any]:
        """Return the schema with its titles, for documentation."""
        schema = {"title": self.label.zh, "x-title-en": self.label.en, **self.describe()}
        if self.hint.zh:
            schema["description"] = self.hint.zh
        if self.conditions:
            schema["x-hidden-when"] = list(self.conditions)
        return schema

    def hidden(self, situation: Situation, answers: Answers) -> bool:
        """Tell whether the conditions hide the field, given the other answers."""
        return any(situation.evaluate(text, answers) is True for text in self.conditions)


F = TypeVar("F", bound=Field)
KINDS: dict[str, type[Field]] = {}


def field_kind(kind: str) -> Callable[[type[F]], type[F]]:
    """Enter a class in the register of kinds."""

    def enter(cls: type[F]) -> type[F]:
        cls.kind = kind
        cls.templates = cls.templates or (kind,)
        KINDS[kind] = cls
        return cls

    return enter


def kind_of(source: Source) -> type[Field] | None:
    """Find the class of a component, or note that there is none."""
    kind = source.node.get("type")
    found = KINDS.get(kind) if isinstance(kind, str) else None
    if found is None:
        source.error(
            "unknown-type",
            Text(f"不支持组件类型“{kind}”。", f'The component type "{kind}" is not supported.'),
            Text(f"可用：{'、'.join(sorted(KINDS))}。", f"Use one of: {', '.join(sorted(KINDS))}."),
        )
    return found


def read_components(nodes: object, report: Report, conditions: tuple[str, ...] = ()) -> list[Field]:
    """Read a list of components of the file into fields, in order."""
    fields: list[Field] = []
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, Node) and report.admit():
            source = Source(node, report, conditions)
            if found := kind_of(source):
                fields += found.read(source)
    return fields


def report_duplicate_keys(fields: Iterable[Field], report: Report) -> None:
    """Note every key that a second question of the same form or row uses again."""
    seen: set[str] = set()
    for item in fields:
        if item.key and item.key in seen:
            report.add(
                (item.line, item.key),
                "duplicate-key",
                Text(f"键名“{item.key}”重复。", f'The key "{item.key}" is used twice.'),
                Text("请给每个问题不同的键名。", "Give every question its own key."),
            )
        seen.add(item.key)
