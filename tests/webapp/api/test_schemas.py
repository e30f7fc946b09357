"""What is shown by the short way is what marshmallow would show."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from marshmallow import Schema, fields

from forms.text import Text
from webapp.api.schemas import NamedSchema, Shown, WordsSchema, nested, words

NOW = datetime(2026, 11, 30, 8, 5, 0, 1, tzinfo=UTC)


class _Code(str):
    """A text that is no plain one."""

    __slots__ = ()


class _Everything(Shown):
    name = fields.String()
    number = fields.Integer()
    yes = fields.Boolean()
    at = fields.DateTime()
    mailed_at = fields.DateTime(format="rfc")
    day = fields.Date()
    words = words()
    unit = nested(NamedSchema, null=True)
    units = nested(NamedSchema, many=True)
    pair = fields.Nested(WordsSchema(many=True))
    data = fields.Dict()
    elsewhere = fields.String(attribute="unit.code")
    named = fields.String(data_key="called")
    silent = fields.String(dump_default="nothing was said")


SHAPES: list[dict[str, Any]] = [
    {},
    dict.fromkeys(_Everything().fields),
    {
        "name": "a",
        "number": 1,
        "yes": True,
        "at": NOW,
        "mailed_at": NOW,
        "day": date(2026, 11, 30),
        "words": Text("一", "one"),
        "unit": {"code": "scjg", "name": Text("局", "bureau")},
        "units": [{"code": "scjg", "name": {"zh": "局"}}, {}],
        "pair": [Text("一", "one"), Text("二", "two")],
        "data": {"at": 1},
        "named": "b",
        "more": "that nobody asked for",
    },
    {
        "name": 7,
        "number": True,
        "yes": "yes",
        "day": NOW,
        "words": {"zh": "一", "en": "one"},
        "unit": SimpleNamespace(code="scjg", name=Text("局", "bureau")),
        "named": _Code("c"),
    },
]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_short_way_shows_what_marshmallow_would_show(shape: dict[str, Any]) -> None:
    wanted = Schema._serialize(_Everything(), shape)
    found = _Everything().dump(shape)
    assert found == wanted
    assert list(found) == list(wanted)


def test_words_are_shown_alone_and_in_lists() -> None:
    assert WordsSchema().dump(Text("一", "one")) == {"zh": "一", "en": "one"}
    assert WordsSchema(many=True).dump([Text("一", "one")]) == [{"zh": "一", "en": "one"}]
