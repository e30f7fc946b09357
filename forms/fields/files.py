"""Files chosen inside a form: the answer names uploads, it does not hold them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from forms.errors import AnswerError
from forms.fields.base import Field, Post, Situation, field_kind
from forms.source import Source
from forms.text import Text
from forms.uploads import safe_name

MOST_FILES = 20
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@field_kind("filepicker")
@dataclass(frozen=True, kw_only=True, eq=False)
class FilePicker(Field):
    """Uploads named by ``{"id", "name"}``; whoever stores them makes sure that they exist.

    A web page posts each as ``<id>:<name>``.
    """

    multiple: bool
    accept: str

    @override
    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        accept = source.node.get("accept")
        return super().common(source) | {
            "multiple": source.node.get("multiple") is True,
            "accept": accept if isinstance(accept, str) else "",
        }

    @property
    @override
    def attributes(self) -> Mapping[str, str]:
        return {"accept": self.accept} if self.accept else {}

    @override
    def from_post(self, post: Post, name: str) -> object:
        values = (value.partition(":") for value in post.getlist(name) if value)
        return [{"id": found, "name": label or found} for found, _, label in values]

    @override
    def shown(self, raw: object) -> list[dict[str, str]]:
        given = raw if isinstance(raw, list) else []
        return [
            {"id": str(one.get("id", "")), "name": str(one.get("name", ""))}
            for one in given
            if isinstance(one, Mapping)
        ]

    @override
    def missing(self) -> Text:
        return Text("请上传“{label}”。", "Upload “{label}”.").format(label=self.label)

    @override
    def clean(self, raw: object, situation: Situation) -> list[dict[str, str]] | None:
        if raw is None or raw == "":
            return None
        files = self.shown(raw)
        if (
            not isinstance(raw, list)
            or len(files) != len(raw)
            or not all(_ID.fullmatch(one["id"]) for one in files)
        ):
            raise AnswerError(Text("文件引用无效，请重新上传。", "Upload the file again."))
        if len(files) > (MOST_FILES if self.multiple else 1):
            raise AnswerError(Text("文件太多，请删去多余的。", "Too many files: remove some."))
        return [{"id": one["id"], "name": safe_name(one["name"])} for one in files] or None

    @override
    def present(self, value: Any, language: str) -> str:
        between = ", " if language.startswith("en") else "、"
        return between.join(one["name"] for one in self.shown(value))

    @override
    def describe(self) -> dict[str, Any]:
        text = {"type": "string"}
        one = {"type": "object", "properties": {"id": text, "name": text}, "required": ["id"]}
        return {"type": "array", "items": one, "maxItems": MOST_FILES if self.multiple else 1}
