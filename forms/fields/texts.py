"""Written answers: one line and several lines."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from typing_extensions import override

from forms.checks import CHECKS, Check
from forms.errors import AnswerError
from forms.fields.base import Field, Situation, field_kind
from forms.source import Source
from forms.text import Text

# A repeated group that itself ends in a repeat can take exponential time on a hostile answer.
_SLOW_PATTERN = re.compile(r"\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{]")
_VALIDATION_TYPES = {"email": "email", "phone": "phone"}


def tidy(text: str) -> str:
    """Compose characters, make line ends alike, cut outer blanks."""
    text = unicodedata.normalize("NFC", text)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def is_printable(text: str, *, lines: bool) -> bool:
    """Tell whether a text has no control characters or halves of characters."""
    if text.isprintable():
        return True
    allowed = "\n\t" if lines else ""
    return all(unicodedata.category(c) not in ("Cc", "Cs") or c in allowed for c in text)


@dataclass(frozen=True, kw_only=True, eq=False)
class WrittenField(Field):
    """What all written answers share: length, pattern and named checks."""

    several_lines: ClassVar[bool] = False
    hard_limit: ClassVar[int] = 0

    min_length: int | None
    max_length: int | None
    pattern: str
    pattern_message: Text
    checks: tuple[Check, ...]

    @override
    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        length = source.whole_number("validate", "maxLength")
        if length is not None and length > cls.hard_limit:
            source.error(
                "bad-limit",
                Text(f"最多只能到{cls.hard_limit}个字。", f"At most {cls.hard_limit} characters."),
                Text("请改小 maxLength。", "Lower maxLength."),
            )
        return super().common(source) | {
            "min_length": source.whole_number("validate", "minLength"),
            "max_length": length,
            "pattern": cls._read_pattern(source),
            "pattern_message": _read_pattern_message(source),
            "checks": _read_checks(source),
        }

    @classmethod
    def _read_pattern(cls, source: Source) -> str:
        pattern = source.section("validate").get("pattern")
        if not isinstance(pattern, str) or not pattern:
            return ""
        try:
            re.compile(pattern, re.ASCII)
            rule = "slow-pattern" if _SLOW_PATTERN.search(pattern) else ""
        except (re.error, RecursionError, OverflowError):
            rule = "bad-pattern"
        if rule:
            pattern = pattern[:80]
            source.error(
                rule,
                Text(
                    f"格式规则“{pattern}”有误或可能极慢。",
                    f'The pattern "{pattern}" is wrong or could be extremely slow.',
                ),
                Text(
                    "请改成简单的正则表达式，括号内外不要同时重复。",
                    "Write a simple regular expression; do not repeat both inside and outside "
                    "brackets.",
                ),
            )
            return ""
        return pattern

    @property
    @override
    def attributes(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for check in self.checks:
            found.update(check.attributes)
        if self.max_length and not self.checks:
            # pasted blanks and dashes are tidied away, so a checked number may be typed longer
            found["maxlength"] = str(self.max_length)
        return found

    @override
    def clean(self, raw: object, situation: Situation) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise AnswerError(Text("这里应填写文字。", "This must be a text."))
        value = tidy(raw)
        if not is_printable(value, lines=self.several_lines):
            raise AnswerError(
                Text(
                    "答案中有无法显示的字符或换行，请重新输入。",
                    "The answer has line breaks or characters that cannot be shown. Retype it.",
                )
            )
        if not value:
            return None
        if len(value) <= self.hard_limit:
            value = self._check_form(value, situation)
        self._check_length(value)
        self._check_pattern(value)
        return value

    def _check_length(self, value: str) -> None:
        longest = self.max_length or self.hard_limit
        if len(value) > longest:
            raise AnswerError(
                Text(
                    f"最多{longest}个字，现在是{len(value)}个字。",
                    f"At most {longest} characters; this has {len(value)}.",
                )
            )
        if self.min_length and len(value) < self.min_length:
            raise AnswerError(
                Text(
                    f"至少{self.min_length}个字，现在是{len(value)}个字。",
                    f"At least {self.min_length} characters; this has {len(value)}.",
                )
            )

    def _check_form(self, value: str, situation: Situation) -> str:
        """Tidy and check by name; before the length, because a named check says it better."""
        for check in self.checks:
            value = check.tidy(unicodedata.normalize("NFKC", value))
            if fault := check.find_fault(value, situation.today):
                raise AnswerError(fault)
        return value

    def _check_pattern(self, value: str) -> None:
        if self.pattern and not re.search(self.pattern, value, re.ASCII):
            raise AnswerError(self.pattern_message)

    @override
    def present(self, value: Any, language: str) -> str:
        return str(value)

    @override
    def describe(self) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "string",
            "maxLength": self.max_length or self.hard_limit,
        }
        if self.min_length:
            schema["minLength"] = self.min_length
        if self.pattern:
            schema["pattern"] = self.pattern
        if self.checks:
            schema["x-check"] = [check.name for check in self.checks]
        return schema


def _read_pattern_message(source: Source) -> Text:
    """Read what to say when the pattern does not fit (properties patternMessage, …En)."""
    zh, en = (source.properties.get(f"patternMessage{tail}") for tail in ("", "En"))
    plain = Text("格式不对，请按提示填写。", "The format is wrong. Follow the hint.")
    return Text(str(zh or plain.zh), str(en or plain.en))


def _read_checks(source: Source) -> tuple[Check, ...]:
    """Read the named checks: property ``check`` and form-js' ``validationType``."""
    named = str(source.properties.get("check") or "").split(",")
    form_js = source.section("validate").get("validationType")
    names = [name.strip() for name in named] + [_VALIDATION_TYPES.get(str(form_js), "")]
    found = []
    for name in filter(None, names):
        check = CHECKS.get(name)
        if check is None or check.for_dates:
            known = sorted(n for n, c in CHECKS.items() if not c.for_dates)
            source.error(
                "unknown-check",
                Text(f"没有用于文字的校验“{name}”。", f'There is no check "{name}" for texts.'),
                Text(f"可用：{'、'.join(known)}。", f"Use one of: {', '.join(known)}."),
            )
        else:
            found.append(check)
    return tuple(found)


@field_kind("textfield")
@dataclass(frozen=True, kw_only=True, eq=False)
class TextField(WrittenField):
    """An answer of one line."""

    hard_limit: ClassVar[int] = 500


@field_kind("textarea")
@dataclass(frozen=True, kw_only=True, eq=False)
class TextArea(WrittenField):
    """An answer of several lines."""

    several_lines: ClassVar[bool] = True
    hard_limit: ClassVar[int] = 20_000

    @property
    @override
    def attributes(self) -> Mapping[str, str]:
        return {"rows": "5", **super().attributes}
