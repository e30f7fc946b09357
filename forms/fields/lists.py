"""Repeating rows of questions, such as a table of staff."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import override

from forms.errors import AnswerError, RowsError
from forms.fields.base import (
    Answers,
    Field,
    Post,
    Situation,
    field_kind,
    read_components,
    report_duplicate_keys,
)
from forms.source import Source
from forms.text import Text

MOST_ROWS = 200
_UNKNOWN = Text("表单中没有这个问题。", "The form has no such question.")


@field_kind("dynamiclist")
@dataclass(frozen=True, kw_only=True, eq=False)
class DynamicList(Field):
    """Rows with the same questions; the answer is a list of objects.

    Properties: ``minRows``, ``maxRows`` (default 0 and 50), ``rowLabel`` and ``rowLabelEn``.
    """

    fields: tuple[Field, ...]
    min_rows: int
    max_rows: int
    row_label: Text
    #: rows a fresh form shows
    first_rows: int

    @override
    @classmethod
    def read_key(cls, source: Source, name: str = "path") -> str:
        """Read the key; form-js keeps it as ``path``."""
        return super().read_key(source, name if source.node.get(name) else "key")

    @override
    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        found = super().common(source)
        fields = tuple(read_components(source.node.get("components"), source.report))
        report_duplicate_keys(fields, source.report)
        cls._report_bad_rows(source, fields)
        low = source.whole_number("properties", "minRows") or 0
        high = source.whole_number("properties", "maxRows") or 50
        row = source.properties.get("rowLabel")
        first = source.node.get("defaultRepetitions")
        zh = row if isinstance(row, str) else found["label"].zh
        english = source.properties.get("rowLabelEn") or (None if row else found["label"].en)
        return found | {
            "fields": fields,
            "min_rows": max(low, 1 if found["required"] else 0),
            "max_rows": min(high, MOST_ROWS),
            "required": found["required"] or low > 0,
            "row_label": Text(zh, source.english(zh, english, "rowLabelEn")),
            "first_rows": max(low, first if isinstance(first, int) else 1),
        }

    @staticmethod
    def _report_bad_rows(source: Source, fields: tuple[Field, ...]) -> None:
        nested = any(isinstance(item, DynamicList) for item in fields)
        if nested or not any(item.takes_answer for item in fields):
            source.error(
                "rows",
                Text(
                    "重复行中没有问题，或又嵌套了重复行。",
                    "The rows hold no question, or rows again.",
                ),
                Text("请在行中放入普通的问题。", "Put ordinary questions into the rows."),
            )

    @property
    def inputs(self) -> tuple[Field, ...]:
        """Return the questions of a row."""
        return tuple(item for item in self.fields if item.takes_answer)

    @property
    @override
    def is_conditional(self) -> bool:
        return super().is_conditional or any(item.is_conditional for item in self.inputs)

    @override
    def focus_id(self, name: str) -> str:
        first = self.inputs[0]
        return first.focus_id(f"{name}-0-{first.key}")

    @override
    def focus_id_of(self, error_key: str) -> str:
        key = error_key.rpartition(".")[2]
        found = next((item for item in self.inputs if item.key == key), None)
        name = error_key.replace(".", "-")
        return found.focus_id(name) if found and "." in error_key else self.focus_id(self.key)

    @override
    def from_post(self, post: Post, name: str) -> object:
        """Gather ``<name>-<n>-<key>``; rows left wholly blank are dropped."""
        pattern = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-.+")
        found = (pattern.fullmatch(key) for key in post.keys())  # noqa: SIM118
        numbers = sorted({int(match[1]) for match in found if match})[: MOST_ROWS + 1]
        rows = (self._row_from_post(post, f"{name}-{n}") for n in numbers)
        return [row for row in rows if any(value not in (None, "", []) for value in row.values())]

    def _row_from_post(self, post: Post, prefix: str) -> dict[str, object]:
        return {item.key: item.from_post(post, f"{prefix}-{item.key}") for item in self.inputs}

    @override
    def shown(self, raw: object) -> list[dict[str, Any]]:
        rows = [row for row in raw if isinstance(row, Mapping)] if isinstance(raw, list) else []
        return [{item.key: item.shown(row.get(item.key)) for item in self.inputs} for row in rows]

    @override
    def missing(self) -> Text:
        return Text("请至少填写一行“{label}”。", "Enter at least one row of “{label}”.").format(
            label=self.label
        )

    @override
    def clean(self, raw: object, situation: Situation) -> list[dict[str, Any]] | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
            raise AnswerError(Text("这里应是若干行。", "This must be a list of rows."))
        if len(raw) > self.max_rows:
            n = self.max_rows
            raise AnswerError(Text(f"最多{n}行。", f"At most {n} rows."))
        if raw and len(raw) < self.min_rows:
            n = self.min_rows
            raise AnswerError(Text(f"至少{n}行。", f"At least {n} rows."))
        rows = [self._clean_row(row, situation) for row in raw]
        wrong = {index: faults for index, (_, faults) in enumerate(rows) if faults}
        if wrong:
            raise RowsError(wrong)
        return [cleaned for cleaned, _ in rows] or None

    def _clean_row(
        self, row: Answers, situation: Situation
    ) -> tuple[dict[str, Any], dict[str, Text]]:
        """Check one row; its conditions see the row's own answers before the form's."""
        around = replace(situation, answers={**situation.answers, **row})
        keys = {item.key for item in self.inputs}
        faults = {str(key): _UNKNOWN for key in row if key not in keys}
        cleaned: dict[str, Any] = {}
        for item in self.inputs:
            if item.hidden(situation, {**dict.fromkeys(keys), **around.answers}):
                continue
            try:
                value = item.check(row.get(item.key), around)
            except AnswerError as fault:
                faults[item.key] = fault.message
            else:
                if value is not None:
                    cleaned[item.key] = value
        return cleaned, faults

    @override
    def present(self, value: Any, language: str) -> str:
        rows = value if isinstance(value, list) else []
        return "\n".join(self.present_row(row, language) for row in rows)

    @override
    def present_rows(self, value: Any, language: str) -> list[tuple[str, str, str]]:
        label = self.row_label.pick(language)
        return [
            (f"{label} {n}", self.present_row(row, language), f"{self.key}.{n - 1}")
            for n, row in enumerate(value if isinstance(value, list) else [], start=1)
        ]

    def present_row(self, row: Answers, language: str) -> str:
        """Return one row as people read it: ``name: Zhang San; post: cook``."""
        colon, between = (": ", "; ") if language.startswith("en") else ("：", "；")
        return between.join(
            f"{item.label.pick(language)}{colon}{item.present(row[item.key], language)}"
            for item in self.inputs
            if row.get(item.key) is not None
        )

    @override
    def describe(self) -> dict[str, Any]:
        return {
            "type": "array",
            "minItems": self.min_rows,
            "maxItems": self.max_rows,
            "items": {
                "type": "object",
                "properties": {item.key: item.description() for item in self.inputs},
                "required": [
                    item.key for item in self.inputs if item.required and not item.conditions
                ],
                "additionalProperties": False,
            },
        }
