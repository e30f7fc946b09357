"""Built-in functions on text (DMN 1.3, 10.3.4.3)."""

import re

from engine.feel.errors import FeelLimitError
from engine.feel.functions.base import builtin
from engine.feel.regex import BadPatternError, Pattern, compile_pattern
from engine.feel.scope import MAX_TEXT, Scope

_TEMPLATE = re.compile(r"\\([\\$])|\$([0-9]+)|([\\$])")


@builtin("substring(string: string, start position: number, length?: number)")
def substring(string: str, start: int, length: int | None = None) -> str | None:
    """Return a part of a text, counted from 1, or from the end when negative."""
    if start == 0 or (length is not None and length < 1):
        return None
    first = int(start) - 1 if start > 0 else max(0, len(string) + int(start))
    return string[first:] if length is None else string[first : first + int(length)]


@builtin("string length(string: string)")
def string_length(string: str) -> int:
    """Count the characters of a text."""
    return len(string)


@builtin("upper case(string: string)")
def upper_case(scope: Scope, string: str) -> str:
    """Return a text in capitals."""
    return scope.text(string.upper())


@builtin("lower case(string: string)")
def lower_case(scope: Scope, string: str) -> str:
    """Return a text in small letters."""
    return scope.text(string.lower())


@builtin("substring before(string: string, match: string)")
def substring_before(string: str, match: str) -> str:
    """Return what stands before the first place of a text in another."""
    head, found, _ = string.partition(match) if match else ("", "", "")
    return head if found else ""


@builtin("substring after(string: string, match: string)")
def substring_after(string: str, match: str) -> str:
    """Return what stands after the first place of a text in another."""
    return string.partition(match)[2] if match else string


@builtin("contains(string: string, match: string)")
def contains(string: str, match: str) -> bool:
    """Tell whether a text has another in it."""
    return match in string


@builtin("starts with(string: string, match: string)")
def starts_with(string: str, match: str) -> bool:
    """Tell how a text begins."""
    return string.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(string: str, match: str) -> bool:
    """Tell how a text ends."""
    return string.endswith(match)


@builtin("trim(string: string)")
def trim(string: str) -> str:
    """Return a text without blanks around it."""
    return string.strip()


def ready(scope: Scope, text: str, pattern: str, flags: object) -> Pattern | None:
    """Return a pattern, paid for this text; None when it is none."""
    if flags is not None and not isinstance(flags, str):
        return None
    try:
        compiled = compile_pattern(pattern, flags or "")
    except BadPatternError:
        return None
    compiled.pay(scope, text)
    return compiled


@builtin("matches(input: string, pattern: string, flags?: any)")
def matches(scope: Scope, text: str, pattern: str, flags: object = None) -> bool | None:
    """Tell whether a regular expression matches anywhere in a text."""
    compiled = ready(scope, text, pattern, flags)
    return compiled.regex.search(text) is not None if compiled else None


@builtin("replace(input: string, pattern: string, replacement: string, flags?: any)")
def replace(
    scope: Scope, text: str, pattern: str, replacement: str, flags: object = None
) -> str | None:
    """Replace every match; ``$1`` in the replacement is what the first group matched."""
    compiled = ready(scope, text, pattern, flags)
    # XPath refuses a pattern that matches nothing at all.
    if compiled is None or compiled.regex.search("") or not _template_fits(replacement):
        return None
    made = 0

    def fill(match: re.Match[str]) -> str:
        nonlocal made
        piece = _TEMPLATE.sub(lambda mark: _filled(mark, match), replacement)
        made += len(piece)
        if made > MAX_TEXT:
            raise FeelLimitError(f"文本超过 {MAX_TEXT} 字", f"a text longer than {MAX_TEXT}")
        return piece

    return scope.text(compiled.regex.sub(fill, text))


def _template_fits(replacement: str) -> bool:
    return all(not mark.group(3) for mark in _TEMPLATE.finditer(replacement))


def _filled(mark: re.Match[str], match: re.Match[str]) -> str:
    if mark.group(1):
        return str(mark.group(1))
    # As many digits count as there are groups for, or else one (XPath functions 3.1, 5.6.4).
    digits, most = mark.group(2), max(match.re.groups, 9)
    number, taken = int(digits[0]), 1
    while taken < len(digits) and number * 10 + int(digits[taken]) <= most:
        number = number * 10 + int(digits[taken])
        taken += 1
    found = match.group(number) or "" if number <= match.re.groups else ""
    return found + digits[taken:]


@builtin("split(string: string, delimiter: string)")
def split(scope: Scope, text: str, delimiter: str) -> list[object] | None:
    """Cut a text at every match of a regular expression."""
    compiled = ready(scope, text, delimiter, None)
    if compiled is None or compiled.regex.search(""):
        return None
    parts: list[object] = []
    last = 0
    for match in compiled.regex.finditer(text):
        parts.append(text[last : match.start()])
        last = match.end()
    return scope.items([*parts, text[last:]])


@builtin("string join(list: list, delimiter?: any)")
def string_join(scope: Scope, items: list[object], delimiter: object = None) -> str | None:
    """Join the texts of a list, leaving out nulls."""
    between = "" if delimiter is None else delimiter
    texts = [item for item in items if isinstance(item, str)]
    if not isinstance(between, str) or len(texts) < sum(item is not None for item in items):
        return None
    length = sum(map(len, texts)) + len(between) * len(texts)
    if length > MAX_TEXT:
        raise FeelLimitError(f"文本超过 {MAX_TEXT} 字", f"a text longer than {MAX_TEXT}")
    return scope.text(between.join(texts))
