"""Picked answers: one of several, several of several, and a single tick."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from typing_extensions import override

from forms.errors import AnswerError
from forms.fields.base import Choice, Field, Post, Situation, field_kind
from forms.source import Source
from forms.text import Text

#: Most options of one question.
MOST_CHOICES = 5000
_NOT_LISTED = Text("请从所列选项中选择。", "Choose from the options listed.")


def _read_choices(source: Source) -> tuple[Choice, ...]:
    """Read ``values``; dynamic options are refused because nobody could check their answers."""
    given = source.node.get("values")
    values = given if isinstance(given, list) else []
    if len(values) > MOST_CHOICES:
        source.error(
            "too-many-choices",
            Text(f"选项超过{MOST_CHOICES}个。", f"There are more than {MOST_CHOICES} options."),
            Text("请拆成几个问题。", "Split the question into several."),
        )
    found = [_read_choice(source, value) for value in values[:MOST_CHOICES]]
    choices = tuple(choice for choice in found if choice)
    if not choices:
        source.error(
            "empty-choices",
            Text("没有可选项。", "There is nothing to choose from."),
            Text(
                "请填写固定选项；不支持动态选项。", "List fixed options; dynamic ones do not work."
            ),
        )
    times = Counter(choice.value for choice in choices)
    for name in sorted(name for name, number in times.items() if number > 1):
        source.error(
            "duplicate-choice",
            Text(f"选项值“{name}”重复。", f'The option "{name}" is there twice.'),
            Text("请给每个选项不同的值。", "Give every option its own value."),
        )
    return choices


def _read_choice(source: Source, value: object) -> Choice | None:
    given = value if isinstance(value, Mapping) else {}
    label, name = given.get("label"), given.get("value")
    if not isinstance(label, str) or name is None or name == "":
        source.error(
            "bad-choice",
            Text("有的选项缺少文字或值。", "An option lacks its label or its value."),
            Text("请补全 label 和 value。", "Fill in label and value."),
        )
        return None
    english = source.english(label, given.get("labelEn"), f"values[{name}].labelEn")
    return Choice(str(name), Text(label, english))


@dataclass(frozen=True, kw_only=True, eq=False)
class ChoiceField(Field):
    """What all fields with options share."""

    options: tuple[Choice, ...]

    @override
    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        return super().common(source) | {"options": _read_choices(source)}

    @property
    @override
    def choices(self) -> tuple[Choice, ...]:
        return self.options

    @cached_property
    def _values(self) -> frozenset[str]:
        return frozenset(choice.value for choice in self.options)

    @override
    def missing(self) -> Text:
        return Text("请选择“{label}”。", "Choose “{label}”.").format(label=self.label)

    def pick(self, raw: object) -> str:
        """Return the option meant; raises AnswerError when it is none of them."""
        if isinstance(raw, str | int | float) and str(raw) in self._values:
            return str(raw)
        raise AnswerError(_NOT_LISTED)

    def label_of(self, value: object, language: str) -> str:
        """Return the wording of a stored option; an option that is gone shows as stored."""
        labels = {choice.value: choice.label.pick(language) for choice in self.options}
        return labels.get(str(value), str(value))


class OneOf(ChoiceField):
    """One option."""

    @override
    def clean(self, raw: object, situation: Situation) -> str | None:
        return None if raw is None or raw == "" else self.pick(raw)

    @override
    def present(self, value: Any, language: str) -> str:
        return self.label_of(value, language)

    @override
    def describe(self) -> dict[str, Any]:
        return {"type": "string", "enum": [choice.value for choice in self.options]}


class ManyOf(ChoiceField):
    """Any number of options, stored in the order of the form."""

    @override
    def from_post(self, post: Post, name: str) -> object:
        return post.getlist(name)

    @override
    def shown(self, raw: object) -> list[str]:
        return [str(value) for value in raw] if isinstance(raw, list) else []

    @override
    def clean(self, raw: object, situation: Situation) -> list[str] | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, list):
            raise AnswerError(_NOT_LISTED)
        picked = {self.pick(value) for value in raw if value != ""}
        return [choice.value for choice in self.options if choice.value in picked] or None

    @override
    def present(self, value: Any, language: str) -> str:
        between = ", " if language.startswith("en") else "、"
        return between.join(self.label_of(one, language) for one in self.shown(value))

    @override
    def describe(self) -> dict[str, Any]:
        one = {"type": "string", "enum": [choice.value for choice in self.options]}
        return {"type": "array", "items": one, "uniqueItems": True}


@field_kind("radio")
class Radio(OneOf):
    """One option, all in view."""


@field_kind("select")
class Select(OneOf):
    """One option out of a drop-down list."""


@field_kind("checklist")
class Checklist(ManyOf):
    """Several options, all in view."""


@field_kind("taglist")
class Taglist(ManyOf):
    """Several options out of a long list."""


@field_kind("checkbox")
@dataclass(frozen=True, kw_only=True, eq=False)
class Checkbox(Field):
    """One tick. Required means that it must be ticked, as with a promise."""

    @override
    def shown(self, raw: object) -> bool:
        return raw in (True, "true", "on", "1")

    @override
    def check(self, raw: object, situation: Situation) -> bool:
        ticked = self.clean(raw, situation)
        if self.required and not ticked:
            raise AnswerError(Text("请勾选“{label}”。", "Tick “{label}”.").format(label=self.label))
        return ticked

    @override
    def clean(self, raw: object, situation: Situation) -> bool:
        if raw in (None, "", False, "false", "off", "0"):
            return False
        if not self.shown(raw):
            raise AnswerError(Text("只能勾选或不勾选。", "Tick it or leave it."))
        return True

    @override
    def present(self, value: Any, language: str) -> str:
        return Text("是", "Yes").pick(language) if value else Text("否", "No").pick(language)

    @override
    def describe(self) -> dict[str, Any]:
        return {"type": "boolean", "const": True} if self.required else {"type": "boolean"}
