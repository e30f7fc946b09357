"""Text in the two languages of the product, written side by side where it is used."""

from datetime import date
from typing import Final, NamedTuple

_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class Text(NamedTuple):
    """One sentence or label in Chinese and English.

    Both stand at the place of use, so neither can be missing and no catalogue can grow stale.
    """

    zh: str
    en: str

    def pick(self, language: str) -> str:
        """Return the wording for a language code; anything but English gets the Chinese."""
        return self.en if language.startswith("en") else self.zh

    def format(self, **values: object) -> "Text":
        """Fill ``{name}`` places in both wordings; a Text among them is picked per wording."""
        zh = {k: v.zh if isinstance(v, Text) else v for k, v in values.items()}
        en = {k: v.en if isinstance(v, Text) else v for k, v in values.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))


def dated(day: date) -> Text:
    """Write a civil day as people read it: 2026年11月23日, 23 Nov 2026."""
    return Text(
        f"{day.year}年{day.month}月{day.day}日", f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )


def both(value: object) -> Text:
    """Read a label from a definition file: a string, or a mapping with ``zh`` and ``en``."""
    if isinstance(value, Text):
        return value
    if isinstance(value, dict):
        zh = str(value.get("zh") or value.get("en") or "")
        return Text(zh, str(value.get("en") or zh))
    text = "" if value is None else str(value)
    return Text(text, text)
