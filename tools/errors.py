"""The one family of errors of the command line: each says what is wrong and what to do about it."""

from forms.text import Text


class ToolsError(Exception):
    """Something the person at the keyboard can mend; the message says how, in both languages."""

    def __init__(self, message: Text) -> None:
        super().__init__(f"{message.zh}\n{message.en}")
        self.message = message


class PostgresError(ToolsError):
    """The embedded PostgreSQL cannot be started or used."""
