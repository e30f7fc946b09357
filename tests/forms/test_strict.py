"""What is read at once is what marshmallow alone would read, and refused as it would."""

from typing import Any

import marshmallow
import pytest
from marshmallow import fields, validate, validates_schema

from forms.strict import Strict


class _Part(Strict):
    kind = fields.String(required=True)


class _Whole(Strict):
    name = fields.String(required=True, validate=validate.Length(1, 5))
    text = fields.String(load_default="")
    points = fields.List(fields.Nested(_Part), load_default=list)
    called = fields.Integer(data_key="named", attribute="number")
    deep = fields.Integer(allow_none=True)


class _Hooked(Strict):
    name = fields.String()

    @validates_schema
    def refuse(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse a name."""
        if data["name"] == "no":
            raise marshmallow.ValidationError("no such name")


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "a"},
        {"deep": None, "named": 3, "points": [{"kind": "x"}], "name": "a", "text": "b"},
        {},
        {"name": "too long", "points": [{"kind": 1}, {}, "x", {"more": 1}], "named": "x"},
        {"name": "a", "more": 1},
        {"name": None},
        "no mapping",
        [],
        None,
    ],
)
def test_it_reads_as_marshmallow_does(sent: Any) -> None:
    def read(schema: marshmallow.Schema, load: Any) -> Any:
        try:
            return list(load(schema, sent).items())
        except marshmallow.ValidationError as error:
            return error.messages, error.valid_data

    assert read(_Whole(), Strict.load) == read(_Whole(), marshmallow.Schema.load)


def test_what_is_asked_of_a_schema_besides_its_fields_is_heard() -> None:
    assert _Whole(many=True).load([{"name": "a"}])[0]["name"] == "a"
    assert _Whole(partial=True).load({}) == {}
    assert _Whole().load({}, partial=True) == {}
    assert "more" not in _Whole().load({"name": "a", "more": 1}, unknown=marshmallow.EXCLUDE)
    assert _Hooked().load({"name": "yes"}) == {"name": "yes"}
    with pytest.raises(marshmallow.ValidationError):
        _Hooked().load({"name": "no"})
