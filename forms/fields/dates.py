"""Dates and times, stored as ISO text; dates are asked as year, month and day."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, ClassVar

from typing_extensions import override

from forms.checks import CHECKS, Check
from forms.errors import AnswerError
from forms.fields.base import Field, Post, Situation, field_kind
from forms.source import Source
from forms.text import Text

PARTS = ("year", "month", "day")
_PART_NAMES = {
    "year": Text("年", "year"),
    "month": Text("月", "month"),
    "day": Text("日", "day"),
    "time": Text("时间", "time"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EXAMPLES = {
    "date": Text("例如 2026-11-23", "such as 2026-11-23"),
    "time": Text("例如 14:30", "such as 14:30"),
    "datetime": Text("例如 2026-11-23T14:30", "such as 2026-11-23T14:30"),
}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:[0-5]\d)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1850, 2200


@field_kind("datetime")
@dataclass(frozen=True, kw_only=True, eq=False)
class DateTimeField(Field):
    """A date, a time of day, or both (form-js' ``subtype``)."""

    templates: ClassVar[tuple[str, ...]] = ("date", "time", "datetime")

    subtype: str
    checks: tuple[Check, ...]

    @override
    @classmethod
    def common(cls, source: Source) -> dict[str, Any]:
        subtype = source.node.get("subtype", "date")
        if subtype not in cls.templates:
            source.error(
                "subtype",
                Text(f"不支持“{subtype}”。", f'The subtype "{subtype}" is not supported.'),
                Text("请用 date、time 或 datetime。", "Use date, time or datetime."),
            )
            subtype = "date"
        if not source.node.get("label"):
            # form-js keeps the label of a date under another name
            source.node["label"] = source.node.get(f"{subtype.removesuffix('time') or 'time'}Label")
        return super().common(source) | {"subtype": subtype, "checks": _read_checks(source)}

    @property
    @override
    def template(self) -> str:
        return self.subtype

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of the inputs: ``<name>-year`` and so on; empty for a single input."""
        return {"date": PARTS, "time": (), "datetime": (*PARTS, "time")}[self.subtype]

    @override
    def focus_id(self, name: str) -> str:
        return f"{name}-{self.parts[0]}" if self.parts else name

    @override
    def from_post(self, post: Post, name: str) -> object:
        if not self.parts or post.getlist(name):
            return super().from_post(post, name)
        found = {part: (post.getlist(f"{name}-{part}") or [""])[0] for part in self.parts}
        return found if any(value.strip() for value in found.values()) else None

    @override
    def shown(self, raw: object) -> Any:
        if not self.parts:
            return super().shown(raw)
        if isinstance(raw, Mapping):
            return {part: str(raw.get(part) or "") for part in self.parts}
        day, _, moment = (raw if isinstance(raw, str) else "").partition("T")
        numbers = [*(part.lstrip("0") for part in day.split("-")), "", "", ""]
        return dict(zip(self.parts, [*numbers[:3], moment], strict=False))

    @override
    def missing(self) -> Text:
        return Text("请填写“{label}”，{example}。", "Enter “{label}”, {example}.").format(
            label=self.label, example=_EXAMPLES[self.subtype]
        )

    @override
    def clean(self, raw: object, situation: Situation) -> str | None:
        if isinstance(raw, Mapping):
            raw = self._join(raw)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if not isinstance(raw, str):
            raise self._wrong()
        value = self._read(unicodedata.normalize("NFKC", raw).strip())
        for check in self.checks:
            if fault := check.find_fault(value, situation.today):
                raise AnswerError(fault)
        return value

    def _join(self, raw: Mapping[Any, Any]) -> str | None:
        """Put the parts together; say which part is missing."""
        given = {part: str(raw.get(part) or "").strip() for part in self.parts}
        if not any(given.values()):
            return None
        for part, value in given.items():
            if not value:
                name = _PART_NAMES[part]
                raise AnswerError(
                    Text("“{label}”还缺{part}。", "“{label}” lacks the {part}.").format(
                        label=self.label, part=name
                    )
                )
        numbers = [unicodedata.normalize("NFKC", given.get(part, "")) for part in PARTS]
        if not all(number.isascii() and number.isdigit() for number in numbers):
            raise self._wrong()
        day = f"{numbers[0]:0>4}-{numbers[1]:0>2}-{numbers[2]:0>2}"
        return f"{day}T{given['time']}" if "time" in given else day

    def _read(self, text: str) -> str:
        day, _, moment = text.partition("T") if self.subtype != "time" else ("", "", text)
        if self.subtype == "date":
            return self._day(text)
        moment = self._moment(moment)
        return f"{self._day(day)}T{moment}" if day else moment

    def _day(self, text: str) -> str:
        try:
            found = date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            found = None
        if found is None:
            raise AnswerError(
                Text(
                    "没有“{text}”这一天，请核对年月日。", "There is no day “{text}”. Check it."
                ).format(text=text[:20])
            )
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise AnswerError(
                Text(f"年份“{found.year}”不合理，请核对。", f"Check the year {found.year}.")
            )
        return found.isoformat()

    def _moment(self, text: str) -> str:
        match = _TIME.fullmatch(text.strip())
        if not match:
            raise self._wrong()
        return f"{time(int(match[1]), int(match[2])):%H:%M}"

    def _wrong(self) -> AnswerError:
        return AnswerError(
            Text(
                "“{label}”格式不对，应{example}。", "“{label}” is not right: write it {example}."
            ).format(label=self.label, example=_EXAMPLES[self.subtype])
        )

    @override
    def present(self, value: Any, language: str) -> str:
        day, _, moment = str(value).partition("T") if self.subtype != "time" else ("", "", value)
        try:
            found = date.fromisoformat(day)
        except ValueError:
            return str(value)
        english = language.startswith("en")
        text = (
            f"{found.day} {_MONTHS[found.month - 1]} {found.year}"
            if english
            else f"{found.year}年{found.month}月{found.day}日"
        )
        return f"{text} {moment}".strip()

    @override
    def describe(self) -> dict[str, Any]:
        if self.subtype == "date":
            schema = {"type": "string", "format": "date"}
        else:
            pattern = r"^\d\d:\d\d$" if self.subtype == "time" else r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"
            schema = {"type": "string", "pattern": pattern}
        return schema | ({"x-check": [c.name for c in self.checks]} if self.checks else {})


def _read_checks(source: Source) -> tuple[Check, ...]:
    names = [name.strip() for name in str(source.properties.get("check") or "").split(",")]
    if source.node.get("disallowPassedDates") is True:
        names.append("date-future")
    found = []
    for name in filter(None, names):
        check = CHECKS.get(name)
        if check is None or not check.for_dates or source.node.get("subtype") == "time":
            known = sorted(n for n, c in CHECKS.items() if c.for_dates)
            source.error(
                "unknown-check",
                Text(f"没有用于日期的校验“{name}”。", f'There is no check "{name}" for dates.'),
                Text(f"可用：{'、'.join(known)}。", f"Use one of: {', '.join(known)}."),
            )
        else:
            found.append(check)
    return tuple(found)
