"""What is wrong with a definition file, said so that its author can mend it."""

from dataclasses import dataclass
from typing import Literal

from forms.text import Text


@dataclass(frozen=True)
class Problem:
    """One fault of one file: where it is, which rule it breaks, and how to mend it."""

    #: The file's name inside its bundle.
    file: str
    #: The line in that file, counted from 1; None when the fault has no one place.
    line: int | None
    #: The id of the element at fault, when it has one.
    element: str | None
    #: The rule's stable name, for example ``dmn-expression``.
    rule: str
    #: An error stops a deployment; a warning does not.
    severity: Literal["error", "warning"]
    #: What is wrong.
    message: Text
    #: What to do about it.
    hint: Text
