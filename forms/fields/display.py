"""Components that ask nothing: texts, headings, lines, and the groups that make pages."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, ClassVar

from typing_extensions import override

from forms.fields.base import Field, field_kind, read_components
from forms.source import Source
from forms.text import Text


class DisplayField(Field):
    """What all components without an answer share."""

    takes_answer: ClassVar[bool] = False


@field_kind("text")
@dataclass(frozen=True, kw_only=True, eq=False)
class TextView(DisplayField):
    """Paragraphs to read. Marks of Markdown are taken off; the page has its own typography."""

    content: Text

    @override
    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        given = source.text(cls._name())
        return super().common(source) | {"content": cls._plain(given)}

    @classmethod
    def _name(cls) -> str:
        return "text"

    @classmethod
    def _plain(cls, given: Text) -> Text:
        return Text(_strip_markdown(given.zh), _strip_markdown(given.en))

    def paragraphs(self, language: str) -> list[str]:
        """Return the paragraphs in a language."""
        parts = re.split(r"\n\s*\n", self.content.pick(language))
        return [part.strip() for part in parts if part.strip()]


@field_kind("html")
class HtmlView(TextView):
    """HTML to read, reduced to its words: a form file may not bring scripts into a page."""

    templates: ClassVar[tuple[str, ...]] = ("text",)

    @override
    @classmethod
    def _name(cls) -> str:
        return "content"

    @override
    @classmethod
    def _plain(cls, given: Text) -> Text:
        return Text(_Words.of(given.zh), _Words.of(given.en))


@field_kind("separator")
class Separator(DisplayField):
    """A line between questions."""


@field_kind("spacer")
class Spacer(DisplayField):
    """Some room between questions."""


@field_kind("button")
class Button(DisplayField):
    """A button of the form editor; our pages bring their own, so it is left out."""

    templates: ClassVar[tuple[str, ...]] = ("spacer",)

    @override
    @classmethod
    def read(cls, source: Source) -> list[Field]:
        source.warn(
            "button-ignored",
            Text("表单中的按钮不会显示。", "Buttons of a form are not shown."),
            Text("请删去；页面自带提交按钮。", "Remove it; pages have their own buttons."),
        )
        return []


@field_kind("group")
class Group(DisplayField):
    """A group: a page when it stands at the top, a heading over its questions inside a page."""

    is_group: ClassVar[bool] = True
    templates: ClassVar[tuple[str, ...]] = ("heading",)

    @override
    @classmethod
    def read(cls, source: Source) -> list[Field]:
        heading = cls(**cls.common(source))
        if source.node.get("path"):
            source.error(
                "group-path",
                Text("分组不能有路径（path）。", "A group must not have a path."),
                Text("请清空 path；答案按键名平放。", "Clear it: answers are kept flat by key."),
            )
        components = source.node.get("components")
        return [heading, *read_components(components, source.report, heading.conditions)]


def _strip_markdown(text: str) -> str:
    text = re.sub(r"^\s{0,3}(#{1,6}|>|[-*+])\s+", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]*)\]\([^)\s]*\)", r"\1", text)
    return re.sub(r"(\*\*|__|`)", "", text)


class _Words(HTMLParser):
    """Collects the words of HTML."""

    _BLOCKS: ClassVar[frozenset[str]] = frozenset({"p", "div", "li", "br", "h1", "h2", "h3", "tr"})

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._silent = 0

    @classmethod
    def of(cls, html: str) -> str:
        """Return the words of a piece of HTML, a blank line between blocks."""
        parser = cls()
        parser.feed(html)
        parser.close()
        return re.sub(r"\n\s*\n\s*", "\n\n", "".join(parser._words)).strip()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        if tag in self._BLOCKS:
            self._words.append("\n\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)
