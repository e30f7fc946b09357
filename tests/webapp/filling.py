"""Fills in any form of any item with valid answers, as names and values of a posted page."""

from forms import Field, Form
from forms.examples import make_credit_code, make_id_number
from forms.fields.lists import DynamicList

#: what satisfies each named check
BY_CHECK = {
    "id-number": make_id_number(),
    "credit-code": make_credit_code(7),
    "id-or-credit-code": make_credit_code(7),
    "phone": "027-55501234",
    "mobile": "13800000003",
    "postcode": "430000",
    "email": "someone@example.com",
}
#: what a question with this key gets, where the plain value would not do
BY_KEY = {
    "company": "江城康健医疗器械有限公司",
    "shop_name": "江城小满餐馆",
    "business_name": "江城小满便利店",
}

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def page_post(form: Form, page: str | None) -> dict[str, str]:
    """Return what a browser would send for one page, every question answered."""
    found: dict[str, str] = {}
    for item in form.questions(page):
        found.update(_values(item, item.key))
    return found


def _values(item: Field, name: str) -> dict[str, str]:
    if isinstance(item, DynamicList):
        rows: dict[str, str] = {}
        for number in range(max(item.min_rows, 1)):
            for inner in item.inputs:
                rows.update(_values(inner, f"{name}-{number}-{inner.key}"))
        return rows
    if item.template in ("date", "datetime"):
        future = any(check.name == "date-future" for check in getattr(item, "checks", ()))
        day = {"year": "2027" if future else "2020", "month": "3", "day": "15", "time": "09:30"}
        return {f"{name}-{part}": day[part] for part in item.parts}  # type: ignore[attr-defined]
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
        if check.name in BY_CHECK:
            return BY_CHECK[check.name]
    value = BY_KEY.get(item.key, "测试内容")
    shortest = getattr(item, "min_length", None) or 0
    return value if len(value) >= shortest else value * (shortest // len(value) + 1)
