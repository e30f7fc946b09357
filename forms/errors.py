"""The errors of this package: what is wrong with one answer, said to the person who gave it."""

from collections.abc import Mapping

from forms.text import Text


class FormError(Exception):
    """Expected a form and answers that fit it, but they do not."""


class AnswerError(FormError):
    """Expected an answer its question accepts; ``message`` says what to do."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class RowsError(FormError):
    """Expected every row of a list to be right; ``rows`` says what is wrong, by row and key."""

    def __init__(self, rows: Mapping[int, Mapping[str, Text]]) -> None:
        super().__init__(f"wrong answers in rows {sorted(rows)}")
        self.rows = rows


class UnknownPageError(FormError):
    """Expected the key of a page of the form, but the form has no such page."""
