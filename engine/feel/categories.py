"""Unicode's categories of characters, spelled as ranges for Python's regular expressions."""

import sys
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final

#: The categories of XML Schema part 2, F.1.1; one letter stands for all that begin with it.
CATEGORIES: Final = frozenset(
    {
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp",
        "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
    }
)  # fmt: skip


#: Blocks of characters that patterns name (XML Schema part 2, F.1.1): first and last.
BLOCKS: Final = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Arabic": (0x0600, 0x06FF),
    "Tibetan": (0x0F00, 0x0FFF),
    "Mongolian": (0x1800, 0x18AF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "YiSyllables": (0xA000, 0xA48F),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}


_Spans = list[tuple[int, int]]

#: What a name may begin with (XML 1.0, 2.3, rule 4).
_STARTS: Final[_Spans] = [
    (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6),
    (0xF8, 0x2FF), (0x370, 0x37D), (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F),
    (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
]  # fmt: skip
#: What else a name may hold (XML 1.0, 2.3, rule 4a).
_PARTS: Final[_Spans] = [
    (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040),
]  # fmt: skip
_BLANKS: Final[_Spans] = [(0x9, 0xA), (0xD, 0xD), (0x20, 0x20)]
#: Word characters beyond the first plane. Exact ranges would be some hundreds, gone through for
#: each blank: the few marks between the scripts there count as of their words.
_FAR_WORDS: Final[_Spans] = [(0x10000, 0x3FFFF), (0xE0100, 0xE01EF)]


@lru_cache(8)
def class_of_escape(letter: str) -> str:
    r"""Return the inside of a class for ``\s``, ``\i``, ``\c`` or ``\w``; of a capital, all others.

    They are those of XML Schema part 2, F.1.1: Python's own have more blanks and other words.
    """
    kind = letter.lower()
    if kind == "s":
        spans = _BLANKS
    elif kind == "w":
        spans = _words() + _FAR_WORDS
    else:
        spans = sorted(_STARTS + _PARTS) if kind == "c" else _STARTS
    if letter != kind:
        spans = _between(spans)
    return "".join(f"{_mark(first)}-{_mark(last)}" for first, last in spans)


def _words() -> _Spans:
    """Return where the first plane has neither punctuation nor blanks nor controls."""
    spans: _Spans = []
    points = range(0x10000)
    for good, run in groupby(
        points, lambda point: unicodedata.category(chr(point))[0] not in "PZC"
    ):
        if good:
            first, *rest = run
            spans.append((first, rest[-1] if rest else first))
    return spans


def _between(spans: _Spans) -> _Spans:
    starts = [0, *(last + 1 for _, last in spans)]
    ends = [*(first - 1 for first, _ in spans), sys.maxunicode]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start <= end]


def _mark(point: int) -> str:
    # Plain marks are read faster than escapes, and a pattern may hold many such classes.
    return chr(point) if point > 0xFF else rf"\x{point:02x}"


def class_of(category: str, *, without: bool = False) -> str | None:
    """Return the inside of a character class for a category or block, or for all others.

    None for what is neither.
    """
    if category.startswith("Is"):
        return _class_of_block(category.removeprefix("Is"), without=without)
    return _class_of(category, without) if category in CATEGORIES else None


def _class_of_block(block: str, *, without: bool) -> str | None:
    if block not in BLOCKS:
        return None
    first, last = BLOCKS[block]
    if not without:
        return rf"\U{first:08x}-\U{last:08x}"
    before = rf"\U{0:08x}-\U{first - 1:08x}" if first else ""
    return rf"{before}\U{last + 1:08x}-\U{sys.maxunicode:08x}"


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
