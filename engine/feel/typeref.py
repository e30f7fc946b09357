"""Types as they are written; see ``engine.feel.types`` for what they mean."""

from dataclasses import dataclass


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


ANY = TypeRef("any")
