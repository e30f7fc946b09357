"""Types as they are written; see ``engine.feel.types`` for what they mean."""

from dataclasses import dataclass
from typing import Protocol

from engine.feel.scope import Scope


class Tests(Protocol):
    """What every value of a type has to pass."""

    def run(self, scope: Scope, value: object) -> bool | None:
        """Tell whether a value passes."""


class Later:
    """The place of a type that holds itself; filled when it has been read."""

    def __init__(self) -> None:
        self.type: TypeRef | None = None


@dataclass(frozen=True)
class TypeRef:
    """A type: its name and, for lists, ranges, contexts and functions, what is inside."""

    name: str
    #: The type of the elements of a list or range.
    element: "TypeRef | None" = None
    #: The types of a context's entries.
    entries: tuple[tuple[str, "TypeRef"], ...] = ()
    #: The types of a function's parameters, None when they are not told.
    parameters: "tuple[TypeRef, ...] | None" = None
    #: The type of what a function gives.
    returns: "TypeRef | None" = None
    #: The names of a function's parameters, as far as the host tells them.
    names: tuple[str, ...] = ()
    #: Tests that a value made to be of this type has to pass; ``instance of`` does not ask them.
    allowed: tuple[Tests, ...] = ()
    #: Where the type is found, when this only stands for it inside itself.
    later: Later | None = None

    def real(self) -> "TypeRef":
        """Return the type itself where this only stands for it."""
        return (self.later.type or ANY) if self.later else self


ANY = TypeRef("any")
#: A type nobody told: it is taken to fit.
UNTOLD = TypeRef("untold")
