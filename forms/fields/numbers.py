"""Numbers, stored as JSON numbers that stand for exactly the decimal a person wrote."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from typing_extensions import override

from forms.errors import AnswerError
from forms.fields.base import Field, Situation, field_kind
from forms.source import Source
from forms.text import Text

# A double holds every decimal of 15 significant digits such that it prints back the same.
EXACT_DIGITS = 15
LONGEST_TEXT = 40


@field_kind("number")
@dataclass(frozen=True, kw_only=True, eq=False)
class NumberField(Field):
    """A number with bounds, decimal places and a unit.

    Stored as int when whole, else as float; at most 15 significant digits are accepted, so that the
    stored value is exact.
    """

    smallest: float | int | None
    largest: float | int | None
    #: decimal places allowed; None for any number of them
    places: int | None
    prefix: Text
    suffix: Text

    @override
    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        low, high = source.number("validate", "min"), source.number("validate", "max")
        if low is not None and high is not None and low > high:
            source.error(
                "bad-limit",
                Text("最小值大于最大值。", "The minimum exceeds the maximum."),
                Text("请改正 min 或 max。", "Correct min or max."),
            )
        places = source.node.get("decimalDigits")
        return super().common(source) | {
            "smallest": low,
            "largest": high,
            "places": places if isinstance(places, int) else None,
            "prefix": _adorner(source, "prefix"),
            "suffix": _adorner(source, "suffix"),
        }

    @property
    @override
    def attributes(self) -> Mapping[str, str]:
        return {"inputmode": "numeric" if self.places == 0 else "decimal", "spellcheck": "false"}

    @override
    def shown(self, raw: object) -> str:
        is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
        return _plain(raw) if is_number else super().shown(raw)

    @override
    def clean(self, raw: object, situation: Situation) -> int | float | None:
        number = self._read(raw)
        if number is None:
            return None
        self._check_bounds(number)
        self._check_digits(number)
        return int(number) if number == number.to_integral_value() else float(number)

    def _read(self, raw: object) -> Decimal | None:
        """Read a number typed (full-width digits and thousands commas too) or given as JSON."""
        wrong = AnswerError(
            Text("请填写数字，例如 120 或 85.5。", "Enter a number, such as 120 or 85.5.")
        )
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise wrong
        text = unicodedata.normalize("NFKC", str(raw)).replace(",", "").strip()
        if not text and isinstance(raw, str):
            return None
        try:
            number = Decimal(text) if len(text) <= LONGEST_TEXT else Decimal("NaN")
        except InvalidOperation as fault:
            raise wrong from fault
        if not number.is_finite() or "_" in text or abs(number.adjusted()) > LONGEST_TEXT:
            raise wrong
        return number

    def _check_bounds(self, number: Decimal) -> None:
        if self.smallest is not None and number < Decimal(str(self.smallest)):
            low = _plain(self.smallest)
            raise AnswerError(Text(f"不能小于{low}。", f"Must be {low} or more."))
        if self.largest is not None and number > Decimal(str(self.largest)):
            high = _plain(self.largest)
            raise AnswerError(Text(f"不能大于{high}。", f"Must be {high} or less."))

    def _check_digits(self, number: Decimal) -> None:
        number = number.normalize()
        places = max(0, -int(number.as_tuple().exponent))
        if self.places == 0 and places:
            raise AnswerError(Text("请填写整数。", "Enter a whole number."))
        if self.places is not None and places > self.places:
            n = self.places
            raise AnswerError(Text(f"最多{n}位小数。", f"At most {n} decimal places."))
        if len(number.as_tuple().digits) > EXACT_DIGITS or number.adjusted() >= EXACT_DIGITS:
            raise AnswerError(
                Text("数字太长，最多15位。", "The number is too long: at most 15 digits.")
            )

    @override
    def present(self, value: Any, language: str) -> str:
        prefix, suffix = self.prefix.pick(language), self.suffix.pick(language)
        gap = " " if suffix and suffix.isascii() else ""
        return f"{prefix}{_plain(value)}{gap}{suffix}"

    @override
    def describe(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer" if self.places == 0 else "number"}
        if self.smallest is not None:
            schema["minimum"] = self.smallest
        if self.largest is not None:
            schema["maximum"] = self.largest
        return schema


def _plain(value: Any) -> str:
    """Write a number without an exponent."""
    return f"{Decimal(str(value)):f}"


def _adorner(source: Source, side: str) -> Text:
    """Read the unit beside the input; English from ``prefixEn`` and ``suffixEn``."""
    zh = source.section("appearance").get(f"{side}Adorner")
    zh = zh.strip() if isinstance(zh, str) else ""
    return Text(zh, source.english(zh, source.properties.get(f"{side}En"), f"{side}En"))
