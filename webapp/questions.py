"""A page of a form as a web page shows it: each question with its value, error and rows.

Works for applications and for forms of tasks; the macros in ``macros/fields.html`` draw it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from engine import clock
from engine.cases import evaluate
from forms import Field, Form, Situation, hidden_keys
from forms.fields.lists import DynamicList
from forms.text import Text

#: names of the submit buttons that change rows: ``_add=staff``, ``_remove=staff-2``
ADD, REMOVE, REFRESH = "_add", "_remove", "_refresh"


@dataclass(frozen=True)
class Question:
    """One component of a page, ready to be drawn."""

    field: Field
    #: the name of its input, and of its id
    name: str
    #: what the input shows
    shown: Any
    error: Text | None = None
    #: the questions of each row of a repeating list
    rows: tuple[tuple["Question", ...], ...] = ()

    @property
    def label(self) -> Text:
        """Return the question's words."""
        return self.field.label

    @property
    def focus_id(self) -> str:
        """Return the id an error message leads to."""
        return self.field.focus_id(self.name)


def situation(answers: Mapping[str, Any]) -> Situation:
    """Return what answers are checked against today."""
    return Situation(clock.civil_date(clock.now()), evaluate, answers)


def questions(
    form: Form,
    page: str | None,
    answers: Mapping[str, Any],
    errors: Mapping[str, Text] | None = None,
    *,
    added: str = "",
) -> list[Question]:
    """Return what a page (all pages for None) shows for stored or typed answers.

    Questions that the conditions hide are left out. ``added`` is the key of a list that gets one
    more empty row.
    """
    around = situation(answers)
    hidden = hidden_keys(form, answers, evaluate=around.evaluate, today=around.today)
    pages = form.pages if page is None else (form.page(page),)
    return [
        _question(item, item.key, answers.get(item.key), errors or {}, around, added=added)
        for each in pages
        for item in each.fields
        if item.key not in hidden or not item.takes_answer
        if item.takes_answer or not item.hidden(around, answers)
    ]


def has_conditions(form: Form, page: str | None) -> bool:
    """Say whether some question of a page is asked only after certain answers."""
    asked = form.questions(page)
    lists = [item for item in asked if isinstance(item, DynamicList)]
    return any(item.conditions for item in asked) or any(
        inner.conditions for item in lists for inner in item.inputs
    )


def error_links(form: Form, errors: Mapping[str, Text]) -> list[tuple[str, Text]]:
    """Return where each error message leads, in the order of the form."""
    keys = error_keys(form, errors)
    return [(form.focus_id(key), _with_label(form, key, errors[key])) for key in keys]


def error_keys(form: Form, errors: Mapping[str, Text]) -> list[str]:
    """Return the keys of the errors in the order of the form."""
    order = {item.key: number for number, item in enumerate(form.fields)}
    return sorted(errors, key=lambda key: order.get(key.partition(".")[0], len(order)))


def without_removed_row(post: "MultiDict[str, str]") -> "MultiDict[str, str]":
    """Return a posted form without the row whose remove button was pressed."""
    removed = post.get(REMOVE)
    if not removed:
        return post
    kept = [(k, v) for k, v in post.items(multi=True) if not k.startswith(f"{removed}-")]
    return MultiDict(kept)


def only_changes_rows(post: Mapping[str, str]) -> bool:
    """Say whether a form was sent only to add or remove a row, or to see which questions follow."""
    return any(name in post for name in (ADD, REMOVE, REFRESH))


def _question(
    item: Field,
    name: str,
    raw: Any,
    errors: Mapping[str, Text],
    around: Situation,
    *,
    added: str = "",
) -> Question:
    if not item.takes_answer:
        return Question(item, item.element, None)
    shown = item.shown(item.default if raw is None else raw)
    error = errors.get(item.key)
    if isinstance(item, DynamicList):
        rows = _rows(item, raw, errors, around, extra=added == item.key)
        return Question(item, name, shown, error, rows)
    return Question(item, name, shown, error)


def _rows(
    item: DynamicList, raw: Any, errors: Mapping[str, Text], around: Situation, *, extra: bool
) -> tuple[tuple[Question, ...], ...]:
    given: list[Any] = [row for row in raw if isinstance(row, Mapping)] if raw else []
    count = len(given) + 1 if extra else max(len(given), item.first_rows)
    given += [{}] * (min(count, item.max_rows) - len(given))
    return tuple(_row(item, n, row, errors, around) for n, row in enumerate(given))


def _row(
    item: DynamicList,
    number: int,
    row: Mapping[str, Any],
    errors: Mapping[str, Text],
    around: Situation,
) -> tuple[Question, ...]:
    prefix = f"{item.key}.{number}."
    faults = {
        key.removeprefix(prefix): text for key, text in errors.items() if key.startswith(prefix)
    }
    blank: dict[str, Any] = dict.fromkeys((inner.key for inner in item.inputs), None)
    seen = {**around.answers, **blank, **row}
    return tuple(
        _question(inner, f"{item.key}-{number}-{inner.key}", row.get(inner.key), faults, around)
        for inner in item.fields
        if not inner.hidden(around, seen)
    )


def _with_label(form: Form, key: str, text: Text) -> Text:
    """Name the question in front of a message that does not name it itself."""
    found = form.by_key.get(key.partition(".")[0])
    if found is None or found.label.zh in text.zh:
        return text
    label = found.label
    if isinstance(found, DynamicList) and key.count(".") == 2:
        _, number, inner_key = key.split(".")
        inner = next((one for one in found.inputs if one.key == inner_key), None)
        row, name = int(number) + 1, inner.label if inner else Text("", "")
        label = Text(
            f"{found.row_label.zh}{row} {name.zh}", f"{found.row_label.en} {row} {name.en}"
        )
        if name.zh and name.zh in text.zh:
            label = Text(f"{found.row_label.zh}{row}", f"{found.row_label.en} {row}")
    return Text(f"{label.zh}：{text.zh}", f"{label.en}: {text.en}")
