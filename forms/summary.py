"""Answers as people read them, and forms as programs read them."""

from typing import Any, NamedTuple

from forms.answers import hidden_keys
from forms.definition import Form, Page
from forms.fields.base import Answers, Field, Situation
from forms.text import Text

NOT_GIVEN = Text("未填写", "Not given")


class Row(NamedTuple):
    """A question, its answer in words, and its key."""

    label: str
    text: str
    key: str


class Section(NamedTuple):
    """The questions of one page."""

    title: str
    rows: tuple[Row, ...]
    page: str


def present(
    form: Form, answers: Answers, language: str, *, situation: Situation | None = None
) -> list[Section]:
    """Return stored answers for check-your-answers, the staff's view and printing.

    Without a situation only what was answered appears. With one, questions asked but left blank
    appear too, as "not given".
    """
    hidden = (
        form.keys
        if situation is None
        else hidden_keys(form, answers, evaluate=situation.evaluate, today=situation.today)
    )
    sections = (
        Section(page.title.pick(language), _rows(page, answers, language, hidden), page.key)
        for page in form.pages
    )
    return [section for section in sections if section.rows]


def _rows(page: Page, answers: Answers, language: str, hidden: frozenset[str]) -> tuple[Row, ...]:
    rows: list[Row] = []
    for item in page.inputs:
        value = answers.get(item.key)
        if value is not None:
            rows += (Row(*row) for row in item.present_rows(value, language))
        elif item.key not in hidden:
            rows.append(Row(item.label.pick(language), NOT_GIVEN.pick(language), item.key))
    return tuple(rows)


def describe(form: Form, page: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema (2020-12, as OpenAPI 3.1 takes it) of the stored answers."""
    questions = form.questions(page)
    return {
        "type": "object",
        "title": form.title.zh,
        "x-title-en": form.title.en,
        "properties": {item.key: item.description() for item in questions},
        "required": [item.key for item in questions if _always_asked(item)],
        "additionalProperties": False,
    }


def _always_asked(item: Field) -> bool:
    return item.required and not item.conditions
