"""Plausible answers to any form, for trials and tests; their numbers belong to nobody."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from forms.answers import parse_post
from forms.definition import Form
from forms.examples import make_credit_code, make_id_number
from forms.fields import Field
from forms.fields.lists import DynamicList

#: What satisfies each named check.
_BY_CHECK: Final[Mapping[str, str]] = {
    "id-number": make_id_number(),
    "credit-code": make_credit_code(7),
    "id-or-credit-code": make_credit_code(7),
    "phone": "027-55501234",
    "mobile": "13800000003",
    "postcode": "430000",
    "email": "someone@example.com",
}
#: What a question with this key gets, where the plain value would not do.
_BY_KEY: Final[Mapping[str, str]] = {
    "company": "江城康健医疗器械有限公司",
    "shop_name": "江城小满餐馆",
    "business_name": "江城小满便利店",
}
#: What a question gets that asks for words.
PLAIN: Final = "测试内容"
_PAST, _AHEAD, _LATER = date(2020, 3, 15), date(2096, 3, 15), timedelta(days=10)


class _Posted(dict[str, str]):
    """Values by name, as a browser posts them."""

    def getlist(self, key: str) -> list[str]:
        """Return the values of a name."""
        return [self[key]] if key in self else []


def posted(form: Form, page: str | None = None, *, today: date | None = None) -> dict[str, str]:
    """Return what a browser would send for one page, or all, with every question answered.

    Asked for a day it says ``today``, or ten days later where it must lie ahead; without it, days
    that are long past and far ahead.
    """
    found: dict[str, str] = {}
    for item in form.questions(page):
        found.update(_values(item, item.key, today))
    return found


def answers(
    form: Form, keys: Iterable[str] | None = None, *, today: date | None = None
) -> dict[str, Any]:
    """Return raw answers to a form, or to some of its questions, yet to be checked like any."""
    raw = parse_post(form, _Posted(posted(form, today=today)))
    wanted = form.keys if keys is None else frozenset(keys)
    return {key: value for key, value in raw.items() if key in wanted}


def _values(item: Field, name: str, today: date | None) -> dict[str, str]:
    if isinstance(item, DynamicList):
        rows: dict[str, str] = {}
        for number in range(max(item.min_rows, 1)):
            for inner in item.inputs:
                rows.update(_values(inner, f"{name}-{number}-{inner.key}", today))
        return rows
    if item.template in ("date", "datetime"):
        future = any(check.name == "date-future" for check in getattr(item, "checks", ()))
        day = (today or _AHEAD) + _LATER if future else today or _PAST
        said = {"year": day.year, "month": day.month, "day": day.day, "time": "09:30"}
        return {f"{name}-{part}": str(said[part]) for part in getattr(item, "parts", ())}
    return {name: _single(item)}


def _single(item: Field) -> str:
    if item.choices:
        return item.choices[0].value
    simple = {"checkbox": "true", "time": "09:30"}
    if item.template in simple:
        return simple[item.template]
    if item.template == "number":
        low, high = (getattr(item, side) for side in ("smallest", "largest"))
        return str(max(low or 0, min(10, high if high is not None else 10)))
    return _written(item)


def _written(item: Field) -> str:
    for check in getattr(item, "checks", ()):
        if check.name in _BY_CHECK:
            return _BY_CHECK[check.name]
    value = _BY_KEY.get(item.key, PLAIN)
    shortest = getattr(item, "min_length", None) or 0
    return value if len(value) >= shortest else value * (shortest // len(value) + 1)
