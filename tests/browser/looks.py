"""One page to look at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """Its name, its address, and who looks at it."""

    name: str
    path: str
    login: str = ""
    status: int = 200
