"""Personal data as supervisors see them: enough to tell cases apart, not to know the person."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from forms import Form
from forms.text import Text

#: Questions whose answers are personal, by the check of the form …
_CHECKED: Final[Mapping[str, str]] = {
    "id-number": "number", "mobile": "number", "phone": "number", "email": "email",
}  # fmt: skip
#: … and by what their Chinese labels speak of.
_NAMES: Final = re.compile("姓名|代表人|经营者|联系人|收件人|管理人|负责人|经办人")
_PLACES: Final = re.compile("住所|住址|邮寄地址|通信地址|通讯地址")


def name(full: str) -> str:
    """Mask a natural person's name: 张*, 欧*."""
    return f"{full[:1]}*" if full else ""


def subject(text: str, applicant: str) -> str:
    """Mask a case's subject where the applicant's name stands in it; a firm's name is public."""
    return text.replace(applicant, name(applicant)) if applicant else text


def number(full: str) -> str:
    """Mask an identity or telephone number: its first three and last two characters stay."""
    if len(full) < 7:
        return "*" * len(full)
    return f"{full[:3]}{'*' * (len(full) - 5)}{full[-2:]}"


def email(full: str) -> str:
    """Mask an e-mail address: the first character and the domain stay."""
    user, at, domain = full.partition("@")
    return f"{user[:1]}***{at}{domain}"


def place(full: str) -> str:
    """Mask an address: the city or district at its head stays."""
    return f"{full[:6]}***"


#: A citizen's identity number, by its region, birthday and last sign; a firm's code begins with 9.
_PERSONS: Final = (
    r"(?<![0-9A-Za-z])[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"
    r"[0-9Xx](?![0-9A-Za-z])"
)
#: A mobile number, also written in groups.
_PHONES: Final = r"(?<![0-9A-Za-z])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])"
_MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": name, "number": number, "email": email, "place": place,
}  # fmt: skip


def personal(form: Form, answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the personal answers of an application, each with its mask."""
    for field in form.fields:
        yield from _personal(field, answers.get(field.key))


def _personal(field: Any, value: Any) -> Iterator[tuple[str, str]]:
    inner = getattr(field, "inputs", None)
    if inner is not None and isinstance(value, list):
        for row in value:
            for one in inner:
                if isinstance(row, dict):
                    yield from _personal(one, row.get(one.key))
    elif isinstance(value, str) and value and (kind := _kind(field)):
        yield value, _MASKS[kind](value)


def _kind(field: Any) -> str:
    for check in getattr(field, "checks", ()):
        if check.name in _CHECKED:
            return _CHECKED[check.name]
    if field.kind not in ("textfield", "textarea"):
        return ""
    label = field.label.zh
    return "name" if _NAMES.search(label) else "place" if _PLACES.search(label) else ""


@dataclass(frozen=True)
class Veil:
    """What lies over personal data: each as it stands, and what is shown in its place."""

    pairs: tuple[tuple[str, str], ...] = ()
    #: whether numbers of people are covered wherever somebody wrote them, known or not
    numbers: bool = False

    @cached_property
    def _masks(self) -> dict[str, str]:
        found = {secret: mask for secret, mask in self.pairs if len(secret) > 1}
        return found | {html.escape(secret): html.escape(mask) for secret, mask in found.items()}

    @cached_property
    def _pattern(self) -> "re.Pattern[str] | None":
        longest_first = sorted(self._masks, key=lambda secret: (-len(secret), secret))
        # A number is only meant where it stands alone, not within a longer one.
        parts = [
            rf"(?<!\d){re.escape(one)}(?!\d)" if one[0].isdigit() else re.escape(one)
            for one in longest_first
        ]
        parts += [_PERSONS, _PHONES] if self.numbers else []
        return re.compile("|".join(parts)) if parts else None

    def text(self, text: str) -> str:
        """Mask a text, such as a whole page."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._masks.get(found[0]) or number(found[0]), text)

    def of(self, value: Any) -> Any:
        """Mask all texts in a value made of mappings, lists and texts."""
        if self._pattern is None:
            return value
        if isinstance(value, Text):
            return Text(self.text(value.zh), self.text(value.en))
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.of(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.of(inner) for inner in value)
        return value


#: For whoever may read everything.
CLEAR: Final = Veil()
