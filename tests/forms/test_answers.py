"""Answers against a whole form: conditions, pages, unknown keys, the generated schema."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import (
    FormError,
    Situation,
    UnknownPageError,
    describe,
    hidden_keys,
    parse_post,
    present,
    schema_for,
    visible_pages,
)
from forms.text import Text
from tests.forms.samples import SITUATION, TODAY, Posted, check, component, evaluate, form_of, group

MODES = [
    {"label": "批发", "value": "wholesale", "labelEn": "Wholesale"},
    {"label": "零售", "value": "retail", "labelEn": "Retail"},
]
REQUIRED = {"required": True}
FORM = form_of(
    group(
        "shop",
        component("textfield", "name", validate=REQUIRED),
        component("radio", "mode", values=MODES, validate=REQUIRED),
        component(
            "textfield",
            "warehouse",
            validate=REQUIRED,
            conditional={"hide": '=mode != "wholesale"'},
        ),
        component("number", "area", validate=REQUIRED, conditional={"hide": "=warehouse = null"}),
    ),
    group(
        "cold",
        component("checkbox", "chain"),
        component("datetime", "opened", subtype="date"),
        conditional={"hide": '=mode = "retail"'},
    ),
)


def test_a_hidden_question_is_neither_required_nor_stored() -> None:
    checked = check(FORM, {"name": "店", "mode": "retail", "warehouse": "库", "area": 5})
    assert not checked.errors
    assert checked.answers == {"name": "店", "mode": "retail"}


def test_a_question_that_is_asked_is_required() -> None:
    checked = check(FORM, {"name": "店", "mode": "wholesale", "chain": True})
    assert checked.errors == {
        "warehouse": Text("请填写“问题warehouse”。", "Enter “The warehouse”.")
    }
    again = check(FORM, {"name": "店", "mode": "wholesale", "warehouse": "库"})
    assert set(again.errors) == {"area"}


def test_a_wrong_answer_counts_as_none_for_conditions() -> None:
    hidden = hidden_keys(FORM, {"mode": "smuggling"}, evaluate=evaluate, today=TODAY)
    assert hidden == {"warehouse", "area"}


def test_conditions_may_look_at_later_questions_and_at_each_other() -> None:
    form = form_of(
        component("textfield", "a", conditional={"hide": "=b = null"}),
        component("textfield", "b", conditional={"hide": "=c = null"}),
        component("textfield", "c", conditional={"hide": "=d = null"}),
        component("textfield", "d"),
    )
    given_all = {"a": "1", "b": "1", "c": "1"}
    assert hidden_keys(form, given_all, evaluate=evaluate, today=TODAY) == {"a", "b", "c"}
    assert not hidden_keys(form, {**given_all, "d": "1"}, evaluate=evaluate, today=TODAY)


def test_conditions_that_contradict_each_other_come_to_an_end() -> None:
    form = form_of(
        component("textfield", "a", conditional={"hide": "=b = null"}),
        component("textfield", "b", conditional={"hide": "=a != null"}),
    )
    assert check(form, {"a": "1", "b": "1"}).answers.keys() <= {"a", "b"}


def test_a_page_is_checked_alone_with_the_known_answers_of_the_others() -> None:
    known = {"mode": "wholesale", "name": "店"}
    checked = check(FORM, {"chain": "on"}, page="cold", known=known)
    assert not checked.errors
    assert checked.answers == {"chain": True}
    assert checked.keys == {"chain", "opened"}
    hidden = check(FORM, {"chain": "on"}, page="cold", known={"mode": "retail"})
    assert hidden.answers == {}
    with pytest.raises(UnknownPageError):
        check(FORM, {}, page="nowhere")


def test_conditions_may_look_at_known_answers_of_the_case() -> None:
    form = form_of(component("textfield", "visit", conditional={"hide": '=kind = "paper"'}))
    assert check(form, {"visit": "x"}, known={"kind": "paper"}).answers == {}
    assert check(form, {"visit": "x"}, known={"kind": "site"}).answers == {"visit": "x"}


def test_a_condition_in_rows_alone_sees_the_answers_of_the_form() -> None:
    note = component("textfield", "note", conditional={"hide": "=count = null"})
    rows = component("dynamiclist", "staff", components=[component("textfield", "name"), note])
    form = form_of(component("number", "count"), rows)
    answers = {"staff": [{"name": "a", "note": "b"}]}
    assert check(form, {**answers, "count": 1}).answers == {**answers, "count": 1}
    assert check(form, {**answers, "count": "?"}).answers == {"staff": [{"name": "a"}]}


def test_what_is_sent_beside_the_questions_never_reaches_a_condition() -> None:
    form = form_of(component("textfield", "visit", conditional={"hide": '=kind = "paper"'}))
    sent = {"visit": "x", "kind": "paper"}
    assert check(form, sent, refuse_unknown=False).answers == {"visit": "x"}


def test_merging_removes_what_is_now_blank_or_hidden() -> None:
    stored = {"name": "店", "chain": True, "opened": "2020-01-01"}
    checked = check(FORM, {"chain": "", "opened": ""}, page="cold", known={"mode": "wholesale"})
    assert checked.merged_into(stored) == {"name": "店", "chain": False}


def test_unknown_keys_are_refused_or_dropped() -> None:
    answers = {"name": "店", "mode": "retail", "role": "admin"}
    assert set(check(FORM, answers).errors) == {"role"}
    dropped = check(FORM, answers, refuse_unknown=False)
    assert not dropped.errors
    assert "role" not in dropped.answers


def test_only_pages_that_ask_something_are_visible() -> None:
    retail = visible_pages(FORM, {"mode": "retail"}, evaluate=evaluate, today=TODAY)
    assert [page.key for page in retail] == ["shop"]
    both = visible_pages(FORM, {"mode": "wholesale"}, evaluate=evaluate, today=TODAY)
    assert [page.key for page in both] == ["shop", "cold"]


def test_a_posted_page_is_read_by_its_own_questions_only() -> None:
    posted = Posted(
        {
            "name": ["店"],
            "mode": ["retail"],
            "csrf_token": ["x"],
            "opened-year": ["2020"],
            "opened-month": ["1"],
            "opened-day": ["2"],
        }
    )
    assert parse_post(FORM, posted, "cold") == {
        "chain": None,
        "opened": {"year": "2020", "month": "1", "day": "2"},
    }
    assert parse_post(FORM, posted)["name"] == "店"


def test_the_generated_schema_checks_by_itself_as_marshmallow_does() -> None:
    schema = schema_for(FORM)(situation=SITUATION)
    assert schema_for(FORM) is schema_for(FORM)
    assert schema.load({"name": " 店 ", "mode": "retail"}) == {"name": "店", "mode": "retail"}
    errors = schema.validate({"mode": "?", "other": 1})
    assert errors == {
        "name": [Text("请填写“问题name”。", "Enter “The name”.")],
        "mode": [Text("请从所列选项中选择。", "Choose from the options listed.")],
        "other": [Text("表单中没有这个问题。", "The form has no such question.")],
    }
    assert set(schema_for(FORM, "cold")(situation=SITUATION).fields) == {"chain", "opened"}
    assert not schema.fields["warehouse"].required
    assert next(iter(schema.validate("text").values()))[0].en == "Answers must be an object."


def test_an_answer_outside_of_its_schema_cannot_be_checked() -> None:
    field = schema_for(FORM)(situation=SITUATION).fields["name"]
    field.root = None
    with pytest.raises(FormError):
        field.deserialize("x")


def test_a_summary_names_questions_and_answers_in_both_languages() -> None:
    stored = {"name": "店", "mode": "wholesale", "warehouse": "库", "chain": False}
    zh, cold = present(FORM, stored, "zh", situation=Situation(TODAY, evaluate))
    assert zh.title == "页shop"
    assert [tuple(row) for row in zh.rows] == [
        ("问题name", "店", "name"),
        ("问题mode", "批发", "mode"),
        ("问题warehouse", "库", "warehouse"),
        ("问题area", "未填写", "area"),
    ]
    assert [row.text for row in cold.rows] == ["否", "未填写"]
    (english, _) = present(FORM, stored, "en")
    assert [row.text for row in english.rows] == ["店", "Wholesale", "库"]
    assert [section.page for section in present(FORM, {"name": "店"}, "en")] == ["shop"]


def test_a_form_is_described_as_json_schema() -> None:
    schema = describe(FORM)
    assert schema["required"] == ["name", "mode"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["mode"]["enum"] == ["wholesale", "retail"]
    assert schema["properties"]["area"]["x-hidden-when"] == ["warehouse = null"]
    assert schema["properties"]["opened"]["format"] == "date"
    assert set(describe(FORM, "cold")["properties"]) == {"chain", "opened"}
    json.dumps(schema)


def test_text_questions_describe_their_bounds() -> None:
    made = component(
        "textfield",
        "no",
        description="见证件",
        validate={"minLength": 2, "maxLength": 20, "pattern": "^a"},
        properties={"check": "postcode", "descriptionEn": "See the card"},
    )
    assert describe(form_of(made))["properties"]["no"] == {
        "title": "问题no",
        "x-title-en": "The no",
        "description": "见证件",
        "type": "string",
        "minLength": 2,
        "maxLength": 20,
        "pattern": "^a",
        "x-check": ["postcode"],
    }
    number = component("number", "n", decimalDigits=0, validate={"min": 1, "max": 2})
    assert describe(form_of(number))["properties"]["n"]["minimum"] == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ALL_KINDS = form_of(
    component("textfield", "line", properties={"check": "id-or-credit-code"}),
    component("textarea", "text"),
    component("number", "number"),
    component("radio", "one", values=MODES),
    component("checklist", "many", values=MODES),
    component("checkbox", "tick"),
    component("datetime", "day", subtype="date"),
    component("datetime", "clock", subtype="time"),
    component("datetime", "moment", subtype="datetime"),
    component("filepicker", "file", multiple=True),
    component("dynamiclist", "rows", components=[component("number", "n")]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers=st.dictionaries(st.sampled_from(sorted(ALL_KINDS.keys)), _JSON))
def test_whatever_json_is_sent_is_cleaned_or_refused_and_clean_answers_stay_clean(
    answers: dict[str, Any],
) -> None:
    checked = check(ALL_KINDS, answers)
    json.dumps(checked.answers)
    again = check(ALL_KINDS, checked.answers)
    assert not again.errors
    assert checked.errors or again.answers == checked.answers
    for language in ("zh", "en"):
        present(ALL_KINDS, checked.answers, language)
    for field in ALL_KINDS.fields:
        field.shown(answers.get(field.key))
