"""The kinds of form components; importing this package fills the register."""

from forms.fields import choices, dates, display, files, lists, numbers, texts
from forms.fields.base import KINDS, Answers, Choice, Evaluate, Field, Post, Situation

#: every macro name a form may ask the web for
TEMPLATES = frozenset(name for kind in KINDS.values() for name in kind.templates)

__all__ = [
    "KINDS",
    "TEMPLATES",
    "Answers",
    "Choice",
    "Evaluate",
    "Field",
    "Post",
    "Situation",
    "choices",
    "dates",
    "display",
    "files",
    "lists",
    "numbers",
    "texts",
]
