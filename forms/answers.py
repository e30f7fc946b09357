"""Answers against a form: which questions are asked, what is wrong, what may be stored.

Stored answers are plain JSON: text, numbers (exact, see ``NumberField``), booleans, ISO dates,
lists and objects. What is blank or hidden is not stored at all.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import marshmallow
from typing_extensions import override

from forms.definition import Form, Page
from forms.errors import AnswerError, FormError, RowsError
from forms.fields.base import Answers, Evaluate, Field, Post, Situation
from forms.strict import Strict
from forms.text import Text

UNKNOWN = Text("表单中没有这个问题。", "The form has no such question.")
# marshmallow types its messages as str, but hands on any object
#: what the answers now being checked are checked against, for schemas that serve many of them
_SITUATION: ContextVar[Situation] = ContextVar("situation")
_MESSAGES: Any = {
    "unknown": UNKNOWN,
    "type": Text("答案须是一个对象。", "Answers must be an object."),
}


class Answer(marshmallow.fields.Field[Any]):
    """A marshmallow field that leaves all decisions to the form's own field."""

    def __init__(self, question: Field) -> None:
        self.question = question
        super().__init__(
            required=question.required and not question.conditions,
            allow_none=True,
            metadata=question.description(),
            error_messages={"required": [question.missing()]},
        )

    @override
    def deserialize(
        self,
        value: Any,
        attr: str | None = None,
        data: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Check a raw answer; None and blanks go the same way as any other."""
        if value is marshmallow.missing:
            return super().deserialize(value, attr, data, **kwargs)
        try:
            return self.question.check(value, self._situation())
        except AnswerError as fault:
            raise marshmallow.ValidationError([fault.message]) from fault
        except RowsError as fault:
            rows = {n: {k: [t] for k, t in row.items()} for n, row in fault.rows.items()}
            raise marshmallow.ValidationError(rows) from fault

    def _situation(self) -> Situation:
        schema = self.root
        if not isinstance(schema, AnswersSchema):
            raise FormError("an answer can only be checked inside the schema of its form")
        return schema.situation or _SITUATION.get()


class AnswersSchema(Strict):
    """The base of the schemas made from forms; an instance knows the day and the other answers."""

    error_messages = _MESSAGES

    def __init__(self, *, situation: Situation | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.situation = situation


@lru_cache(maxsize=512)
def schema_for(form: Form, page: str | None = None) -> type[AnswersSchema]:
    """Generate the marshmallow schema of a form or of one page (cached; forms are immutable).

    Questions behind a condition are optional in it: whether they are asked depends on the other
    answers, which ``check_answers`` knows. Raises UnknownPageError.
    """
    fields = {item.key: Answer(item) for item in form.questions(page)}
    return type(f"{form.id}{'_' + page if page else ''}Answers", (AnswersSchema,), dict(fields))


@lru_cache(maxsize=1024)
def _schema(form: Form, page: str | None, asked: tuple[str, ...]) -> AnswersSchema:
    """Make the schema of the questions that are asked: once, for making it costs more than use."""
    return schema_for(form, page)(only=asked)


@dataclass(frozen=True)
class Checked:
    """What came of checking answers."""

    #: clean answers of the questions asked, plain JSON
    answers: dict[str, Any]
    #: what to tell the person, by key; rows as ``staff.0.name``
    errors: dict[str, Text]
    #: all keys that were up for an answer, asked or hidden
    keys: frozenset[str] = field(default_factory=frozenset)

    def merged_into(self, stored: Answers) -> dict[str, Any]:
        """Return stored answers with these in place, and without those now blank or hidden."""
        kept = {key: value for key, value in stored.items() if key not in self.keys}
        return {**kept, **self.answers}


def check_answers(  # noqa: PLR0913  every argument but two is named at the call
    form: Form,
    answers: Answers,
    *,
    evaluate: Evaluate,
    today: date,
    page: str | None = None,
    known: Answers | None = None,
    refuse_unknown: bool = True,
) -> Checked:
    """Check raw answers, from a web page or the API, against a form or one page of it.

    ``known`` are stored answers of other pages and of the case, which conditions may look at; a
    read-only question keeps its known answer. Hidden questions are dropped.

    Raises UnknownPageError.
    """
    questions = form.questions(page)
    keys = frozenset(item.key for item in questions)
    known = known or {}
    raw = {item.key: _raw(item, answers, known) for item in questions}
    clean, hidden = _judge(form, {**known, **raw}, Situation(today, evaluate))
    asked = tuple(item.key for item in questions if item.key not in hidden)
    situation = _SITUATION.set(Situation(today, evaluate, clean))
    try:
        cleaned, errors = _load(_schema(form, page, asked), {key: raw[key] for key in asked})
    finally:
        _SITUATION.reset(situation)
    if refuse_unknown:
        errors |= {str(key): UNKNOWN for key in answers if key not in keys}
    return Checked(cleaned, errors, keys)


def hidden_keys(form: Form, answers: Answers, *, evaluate: Evaluate, today: date) -> frozenset[str]:
    """Return the keys of the questions that the conditions hide, given all answers.

    A hidden answer counts as not given for the other conditions, wherever they stand in the form.
    """
    return _judge(form, answers, Situation(today, evaluate))[1]


def visible_pages(
    form: Form, answers: Answers, *, evaluate: Evaluate, today: date
) -> tuple[Page, ...]:
    """Return the pages that ask something, given the answers so far."""
    hidden = hidden_keys(form, answers, evaluate=evaluate, today=today)
    return tuple(page for page in form.pages if any(item.key not in hidden for item in page.inputs))


def parse_post(form: Form, items: Post, page: str | None = None) -> dict[str, Any]:
    """Take the raw answers of a page out of a posted web form.

    ``items`` is a mapping of several values a name, such as a web framework gives. Rows are named
    ``staff-0-name``, dates ``opened-year``, ``opened-month``, ``opened-day``.

    Raises UnknownPageError.
    """
    return {item.key: item.from_post(items, item.key) for item in form.questions(page)}


def _raw(item: Field, answers: Answers, known: Answers) -> Any:
    return known.get(item.key) if item.readonly else answers.get(item.key)


def _judge(
    form: Form, answers: Answers, situation: Situation
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return all answers as conditions see them (wrong or hidden = None), and the hidden keys.

    Where the form has no condition, nothing is hidden and nobody looks at the answers: there are
    none then.
    """
    if not form.is_conditional:
        return {}, frozenset()
    others = {key: value for key, value in answers.items() if key not in form.by_key}
    own = {i.key: _clean_or_none(i, answers.get(i.key), situation) for i in form.fields}
    clean = {**others, **own}
    hidden: frozenset[str] = frozenset()
    seen = clean
    # A round settles at least one more link of a chain of conditions, so this many rounds suffice.
    for _ in range(len(form.fields) + 1):
        found = frozenset(item.key for item in form.fields if item.hidden(situation, seen))
        if found == hidden:
            break
        hidden = found
        seen = {key: None if key in hidden else value for key, value in clean.items()}
    return seen, hidden


def _clean_or_none(item: Field, raw: Any, situation: Situation) -> Any:
    """Return what conditions may see of an answer: nothing, if it is wrong."""
    try:
        return item.check(raw, situation)
    except FormError:
        return None


def _load(schema: AnswersSchema, raw: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Text]]:
    """Run the schema; leave out blanks; flatten what it complains of."""
    try:
        loaded, messages = schema.load(raw), {}
    except marshmallow.ValidationError as fault:
        loaded, messages = fault.valid_data, fault.messages_dict
    cleaned = {key: value for key, value in loaded.items() if value is not None}
    return cleaned, dict(_flatten(messages))


def _flatten(messages: Mapping[Any, Any], path: str = "") -> list[tuple[str, Text]]:
    found: list[tuple[str, Text]] = []
    for key, value in messages.items():
        if isinstance(value, Mapping):
            found += _flatten(value, f"{path}{key}.")
        else:
            found.append((f"{path}{key}", value[0]))
    return found
