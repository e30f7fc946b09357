"""Unicode's categories of characters, spelled as ranges for Python's regular expressions."""

import sys
import unicodedata
from functools import lru_cache
from typing import Final

#: The categories of XML Schema part 2, F.1.1; one letter stands for all that begin with it.
CATEGORIES: Final = frozenset(
    {
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp",
        "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
    }
)  # fmt: skip


def class_of(category: str, *, without: bool = False) -> str | None:
    """Return the inside of a character class for a category, or for all others; null for none."""
    return _class_of(category, without) if category in CATEGORIES else None


@lru_cache(128)
def _class_of(category: str, without: bool) -> str:  # noqa: FBT001 - a key of the memory
    pieces: list[str] = []
    for kind, first, last in _runs():
        if kind.startswith(category) is not without:
            pieces.append(rf"\U{first:08x}-\U{last:08x}")
    return "".join(pieces)


@lru_cache(1)
def _runs() -> list[tuple[str, int, int]]:
    """Return runs of neighbours of one category; made once, when the first pattern needs it."""
    runs: list[tuple[str, int, int]] = []
    kind, first = unicodedata.category("\0"), 0
    for point in range(1, sys.maxunicode + 1):
        found = unicodedata.category(chr(point))
        if found != kind:
            runs.append((kind, first, point - 1))
            kind, first = found, point
    runs.append((kind, first, sys.maxunicode))
    return runs
