"""Regular expressions are those of XML Schema part 2 and XPath functions, not Python's."""

import time

import pytest

from engine.feel import evaluate

#: A text, a pattern and whether it matches; null where it is no pattern.
CLASSES = [
    (" \t\n\r", r"^\s{4}$", True),
    ("\u00a0", r"\s", False),
    ("\u3000", r"^\S$", True),
    ("\x0b\x0c\x1c\x85", r"^\S{4}$", True),
    ("a b", r"^[^\s]+$", False),
    ("a\u00a0b", r"^[\S]+$", True),
    ("办件2026", r"^\w+$", True),
    ("_", r"\w", False),
    ("_-.，", r"^\W+$", True),
    ("$+€", r"^\w+$", True),
    ("e\u0301", r"^\w\w$", True),
    ("\U0001f600\U00020000", r"^\w\w$", True),
    ("\U000e0041\U000f0000", r"^\W\W$", True),
    ("\u0378\ufeff", r"^[\W]{2}$", True),
    ("a", r"[^\W]", True),
    ("b", r"^[\w-[aeiou]]$", True),
    ("a", r"^[\w-[aeiou]]$", False),
    ("xs:name-1.2", r"^\i\c*$", True),
    ("_办", r"^\i\c$", True),
    ("-", r"\i", False),
    ("1", r"^\I\C?$", True),
    (" ", r"^\C$", True),
    ("a-", r"^[\w-]+$", True),
    ("a", r"[\w-.]", None),
    ("a", r"[!-\s]", None),
    ("a", r"[\p{L}-z]", None),
]

#: In several lines: a text, a pattern and whether it matches.
LINES = [
    ("a\nb", "^b", True),
    ("a\nb", "a$", True),
    ("a\n", "a$", True),
    ("a\n", "^$", False),
    ("a\n\nb", "^$", True),
    ("a\n", "\n$", False),
    ("\n", "^\n^", False),
    ("", "^$", True),
]

#: With the flag i: a text, a pattern and whether it matches.
CASE_BLIND = [
    ("a", r"\p{Lu}", False),
    ("A", r"\p{Lu}", True),
    ("A", r"\P{Lu}", False),
    ("a", r"\P{Lu}", True),
    ("B", r"^[a-c]$", True),
    ("x", r"[\p{Lu}]", False),
    ("x", r"[\p{Lu}X]", True),
    ("X", r"^[\p{Lu}\p{Nd}]$", True),
    ("7", r"^[\p{Lu}\p{Nd}]$", True),
    ("x", r"[^\p{Lu}]", True),
    ("X", r"[^\p{Lu}]", False),
    ("b", r"[^\p{Lu}B]", False),
    ("^", r"^[\p{Lu}^]$", True),
    ("x", r"^[\p{Lu}^]$", False),
    ("E", r"^[\p{L}-[aeiou]]$", False),
    ("e", r"^[a-z-[\p{Lu}]]$", True),
    ("E", r"^[a-z-[\p{Lu}]]$", False),
    ("办A", r"^\p{IsCJKUnifiedIdeographs}[^\s]$", True),
]


@pytest.mark.parametrize(("text", "pattern", "wanted"), CASE_BLIND)
def test_case_does_not_matter_to_letters_and_ranges_only(
    text: str, pattern: str, wanted: bool
) -> None:
    """Categories, blocks and other classes stay what they are."""
    assert evaluate('matches(t, p, "i")', {"t": text, "p": pattern}) is wanted


@pytest.mark.parametrize(("text", "pattern", "wanted"), CLASSES)
def test_classes_are_those_of_xml_schema(text: str, pattern: str, wanted: object) -> None:
    """Blanks, words and names hold other characters than in Python."""
    assert evaluate("matches(t, p)", {"t": text, "p": pattern}) is wanted


@pytest.mark.parametrize(("text", "pattern", "wanted"), LINES)
def test_no_line_begins_behind_the_last_line_break(text: str, pattern: str, wanted: bool) -> None:
    """Of a text of several lines, asked with the flag m."""
    assert evaluate('matches(t, p, "m")', {"t": text, "p": pattern}) is wanted


def test_splitting_at_blanks_keeps_what_is_none() -> None:
    """A full-width blank is no blank of a pattern."""
    assert evaluate(r'split("a b　c", "\\s")') == ["a", "b　c"]
    assert evaluate(r'replace("a_b", "\\w", "x")') == "x_x"


def test_a_class_has_one_way_to_match_whatever_it_holds() -> None:
    """Else a text of capitals and an end that does not match would take for ever."""
    began = time.perf_counter()
    for pattern in (r"^[\p{Lu}A-Z]*$", r"^([\p{Lu}A-Z\p{L}]{0,99}x)?$", r"^[^\p{Ll}a-f\d]*$"):
        assert evaluate('matches(t, p, "i")', {"t": "X" * 60 + "!", "p": pattern}) in {False, True}
    assert time.perf_counter() - began < 2


def test_wide_classes_are_quick() -> None:
    """Neither going through a text nor reading a pattern full of them takes long."""
    begun = time.process_time()
    assert evaluate("count(split(t, p))", {"t": "word, " * 500, "p": r"\W+"}) == 501
    assert evaluate("matches(t, p)", {"t": "a" * 50, "p": r"\w" * 50}) is True
    assert evaluate("matches(t, p)", {"t": "a" * 50, "p": r"\w" * 90}) is None
    assert time.process_time() - begun < 3
