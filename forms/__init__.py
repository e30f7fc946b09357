"""Forms: definitions as form-js JSON, answers checked against them, both shown to people. Pure."""

from forms.answers import (
    AnswersSchema,
    Checked,
    check_answers,
    hidden_keys,
    parse_post,
    schema_for,
    visible_pages,
)
from forms.definition import Form, Page, load_form
from forms.errors import AnswerError, FormError, RowsError, UnknownPageError
from forms.fields import TEMPLATES, Choice, Field, Situation
from forms.source import FormProblem
from forms.summary import Row, Section, describe, present
from forms.text import Text

__all__ = [
    "TEMPLATES",
    "AnswerError",
    "AnswersSchema",
    "Checked",
    "Choice",
    "Field",
    "Form",
    "FormError",
    "FormProblem",
    "Page",
    "Row",
    "RowsError",
    "Section",
    "Situation",
    "Text",
    "UnknownPageError",
    "check_answers",
    "describe",
    "hidden_keys",
    "load_form",
    "parse_post",
    "present",
    "schema_for",
    "visible_pages",
]
