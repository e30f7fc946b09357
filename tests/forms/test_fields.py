"""One test per kind of question: what it accepts, stores and shows, and what it says otherwise."""

from typing import Any

import pytest

from forms import present
from forms.examples import make_credit_code, make_id_number
from forms.fields.lists import DynamicList
from tests.forms.samples import (
    Posted,
    answer_one,
    check,
    component,
    form_of,
)

CHOICES = [
    {"label": "批发", "value": "wholesale", "labelEn": "Wholesale"},
    {"label": "零售", "value": "retail", "labelEn": "Retail"},
]
STAFF = component(
    "dynamiclist",
    "staff",
    path="staff",
    properties={"rowLabel": "人员", "rowLabelEn": "Person", "maxRows": "3", "minRows": "1"},
    components=[
        component("textfield", "name", validate={"required": True, "maxLength": 10}),
        component("number", "age", validate={"min": 16}),
        component("textfield", "school", conditional={"hide": "=age = null"}),
        component("datetime", "since", subtype="date"),
    ],
)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("  张三 ", "张三"),
        ("", None),
        ("   ", None),
        (None, None),
        (5, "This must be a text."),
        ("a\nb", "The answer has line breaks"),
        ("a\x00b", "The answer has line breaks"),
        ("\ud800", "The answer has line breaks"),
        ("x" * 9, "At most 8 characters; this has 9."),
        ("x", "At least 2 characters; this has 1."),
        ("Cafe\u0301", "Caf\u00e9"),
    ],
)
def test_a_line_of_text(raw: object, stored: str | None) -> None:
    made = component("textfield", "name", validate={"minLength": 2, "maxLength": 8})
    found = answer_one(made, raw)
    assert found == stored or (stored and found.startswith(stored))


def test_a_long_text_keeps_its_lines_in_one_form() -> None:
    assert answer_one(component("textarea", "note"), "一\r\n二\r三\n") == "一\n二\n三"
    assert "20000" in answer_one(component("textarea", "note"), "长" * 20_001)


def test_a_pattern_is_searched_as_form_js_does_and_says_its_own_message() -> None:
    made = component(
        "textfield",
        "plate",
        validate={"pattern": r"^\d{3}$"},
        properties={"patternMessage": "须为3位数字。", "patternMessageEn": "Three digits."},
    )
    assert answer_one(made, "123") == "123"
    assert answer_one(made, "12") == "Three digits."
    assert answer_one(made, "１２３") == "Three digits."
    assert "hint" in answer_one(component("textfield", "p", validate={"pattern": "^a"}), "b")


@pytest.mark.parametrize(
    ("check_name", "raw", "stored"),
    [
        ("id-number", " 11010519491231002x ", "11010519491231002X"),
        ("id-number", "110105 19491231 002x", "11010519491231002X"),
        ("id-number", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("credit-code", make_credit_code().lower(), make_credit_code()),
        ("id-or-credit-code", make_id_number(), make_id_number()),
        ("mobile", "+86 138-1234-5678", "13812345678"),
        ("phone", "027 87654321", "02787654321"),
        ("email", "a@b.cn ", "a@b.cn"),
    ],
)
def test_checked_texts_are_tidied_before_they_are_judged(
    check_name: str, raw: str, stored: str
) -> None:
    """Blanks, dashes and full-width characters are how people write; the length comes after."""
    made = component(
        "textfield", "no", validate={"maxLength": 18}, properties={"check": check_name}
    )
    assert answer_one(made, raw) == stored


def test_a_named_check_says_what_is_wrong_and_form_js_validation_types_are_checks_too() -> None:
    made = component("textfield", "no", properties={"check": "id-number"})
    assert "check digit" in answer_one(made, "110105194912310021")
    mail = component("textfield", "mail", validate={"validationType": "email"})
    assert "e-mail" in answer_one(mail, "nobody")


def test_inputs_carry_what_helps_a_person_type() -> None:
    made = component("textfield", "no", properties={"check": "mobile", "autocomplete": "tel"})
    field = form_of(made).fields[0]
    assert field.attributes == {"inputmode": "tel"}
    assert field.autocomplete == "tel"
    plain = form_of(component("textarea", "t", validate={"maxLength": 100})).fields[0]
    assert plain.attributes == {"rows": "5", "maxlength": "100"}
    number = form_of(component("number", "n", decimalDigits=0)).fields[0]
    assert number.attributes["inputmode"] == "numeric"


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("120", 120),
        (" 1,200 ", 1200),
        ("８５．５", 85.5),
        (85.50, 85.5),
        (7, 7),
        ("0.1", 0.1),
        ("1e2", 100),
        ("", None),
        (None, None),
        (True, "Enter a number"),
        ("NaN", "Enter a number"),
        ("Infinity", "Enter a number"),
        ("1_000", "Enter a number"),
        ("1e999999", "Enter a number"),
        ("9" * 50, "Enter a number"),
        ("abc", "Enter a number"),
        ([1], "Enter a number"),
        ("0", "Must be 0.1 or more."),
        ("5001", "Must be 5000 or less."),
        ("1.234", "At most 2 decimal places."),
    ],
)
def test_a_number(raw: object, stored: object) -> None:
    made = component("number", "area", decimalDigits=2, validate={"min": 0.1, "max": 5000})
    found = answer_one(made, raw)
    if isinstance(stored, str):
        assert str(found).startswith(stored)
    else:
        assert found == stored
        assert type(found) is type(stored)


def test_numbers_are_exact_or_refused() -> None:
    made = component("number", "n")
    assert repr(answer_one(made, "123456789012.345")) == "123456789012.345"
    assert "at most 15 digits" in answer_one(made, "0.1234567890123456")
    assert "at most 15 digits" in answer_one(made, "1000000000000000")
    assert answer_one(component("number", "n", decimalDigits=0), "1.5") == "Enter a whole number."


def test_a_number_shows_its_unit_in_both_languages() -> None:
    made = component(
        "number",
        "area",
        appearance={"suffixAdorner": "平方米"},
        properties={"suffixEn": "m2"},
    )
    field = form_of(made).fields[0]
    assert field.present(1200.5, "zh") == "1200.5平方米"
    assert field.present(1200, "en") == "1200 m2"
    assert field.shown(1e-7) == "0.0000001"
    assert field.shown("abc") == "abc"


@pytest.mark.parametrize("kind", ["radio", "select"])
def test_one_of_several(kind: str) -> None:
    made = component(kind, "mode", values=CHOICES)
    assert answer_one(made, "retail") == "retail"
    assert answer_one(made, "") is None
    for wrong in ("other", ["retail"], {"a": 1}):
        assert answer_one(made, wrong) == "Choose from the options listed."
    field = form_of(made).fields[0]
    assert field.template == kind
    assert [choice.label.en for choice in field.choices] == ["Wholesale", "Retail"]
    assert field.present("retail", "zh") == "零售"
    assert field.present("gone", "zh") == "gone"


@pytest.mark.parametrize("kind", ["checklist", "taglist"])
def test_several_of_several_are_stored_in_the_order_of_the_form(kind: str) -> None:
    made = component(kind, "modes", values=CHOICES)
    assert answer_one(made, ["retail", "wholesale", "retail"]) == ["wholesale", "retail"]
    assert answer_one(made, []) is None
    assert answer_one(made, [""]) is None
    assert answer_one(made, None) is None
    for wrong in (["other"], "retail", [["retail"]]):
        assert answer_one(made, wrong) == "Choose from the options listed."
    field = form_of(made).fields[0]
    assert field.present(["wholesale", "retail"], "zh") == "批发、零售"
    assert field.present(["wholesale", "retail"], "en") == "Wholesale, Retail"
    assert field.from_post(Posted(modes=["a", "b"]), "modes") == ["a", "b"]


def test_a_tick_is_true_or_false_and_a_required_one_must_be_true() -> None:
    assert answer_one(component("checkbox", "cold"), "on") is True
    assert answer_one(component("checkbox", "cold"), True) is True
    assert answer_one(component("checkbox", "cold"), None) is False
    assert answer_one(component("checkbox", "cold"), "maybe") == "Tick it or leave it."
    promise = component("checkbox", "agree", validate={"required": True})
    assert answer_one(promise, None) == "Tick “The agree”."
    field = form_of(promise).fields[0]
    assert (field.present(True, "zh"), field.present(False, "en")) == ("是", "No")
    assert field.describe() == {"type": "boolean", "const": True}


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("2026-11-23", "2026-11-23"),
        ({"year": "2026", "month": "2", "day": "28"}, "2026-02-28"),
        ({"year": "２０２６", "month": "02", "day": "8"}, "2026-02-08"),
        ({"year": "", "month": " ", "day": ""}, None),
        ("", None),
        ({"year": "2026", "month": "", "day": "8"}, "“The day” lacks the month."),
        ({"year": "2026", "month": "2", "day": "30"}, "There is no day “2026-02-30”."),
        ({"year": "2026", "month": "x", "day": "3"}, "“The day” is not right"),
        ("20261123", "There is no day"),
        ("0001-01-01", "Check the year 1."),
        (20261123, "“The day” is not right"),
        ("2027-01-01", "The date must be today or earlier."),
    ],
)
def test_a_date(raw: object, stored: str | None) -> None:
    made = component("datetime", "day", subtype="date", properties={"check": "date-past"})
    found = answer_one(made, raw)
    assert found == stored or (stored and found.startswith(stored))


def test_a_time_and_a_moment() -> None:
    clock = component("datetime", "at", subtype="time")
    assert answer_one(clock, "9:05") == "09:05"
    assert answer_one(clock, "14:30:00") == "14:30"
    assert "14:30" in answer_one(clock, "25:00")
    moment = component("datetime", "at", subtype="datetime", disallowPassedDates=True)
    assert answer_one(moment, "2026-12-01T9:30") == "2026-12-01T09:30"
    parts = {"year": "2026", "month": "12", "day": "1", "time": "9:30"}
    assert answer_one(moment, parts) == "2026-12-01T09:30"
    assert "lacks the time" in answer_one(moment, {**parts, "time": ""})
    assert answer_one(moment, "2026-11-01T09:30") == "The date must be today or later."


def test_dates_are_asked_in_three_inputs_and_shown_in_words() -> None:
    field = form_of(component("datetime", "day", subtype="date")).fields[0]
    posted = Posted({"day-year": ["2026"], "day-month": ["2"], "day-day": [""]})
    raw = field.from_post(posted, "day")
    assert raw == {"year": "2026", "month": "2", "day": ""}
    assert field.shown(raw) == raw
    assert field.shown("2026-02-08") == {"year": "2026", "month": "2", "day": "8"}
    assert field.shown(None) == {"year": "", "month": "", "day": ""}
    assert field.from_post(Posted(), "day") is None
    assert field.from_post(Posted(day=["2026-02-08"]), "day") == "2026-02-08"
    assert field.template == "date"
    assert form_of(component("datetime", "day")).focus_id("day") == "day-year"
    assert field.present("2026-02-08", "zh") == "2026年2月8日"
    assert field.present("2026-02-08", "en") == "8 Feb 2026"
    assert field.present("unreadable", "en") == "unreadable"


def test_moments_are_shown_in_words_and_described() -> None:
    moment, clock = form_of(
        component("datetime", "at", subtype="datetime"),
        component("datetime", "clock", subtype="time", label="", timeLabel="时间"),
    ).fields
    assert moment.shown("2026-02-08T09:30")["time"] == "09:30"
    assert moment.present("2026-02-08T09:30", "zh") == "2026年2月8日 09:30"
    assert clock.present("09:30", "zh") == "09:30"
    assert clock.shown("09:30") == "09:30"
    assert clock.focus_id("clock") == "clock"
    assert clock.label.zh == "时间"
    assert "pattern" in moment.describe()
    assert "pattern" in clock.describe()


def _staff(*rows: dict[str, Any]) -> Any:
    return check(form_of(STAFF), {"staff": list(rows)})


def test_rows_are_cleaned_one_by_one() -> None:
    checked = _staff({"name": " 张三 ", "age": "40", "school": "武大"}, {"name": "李四"})
    assert not checked.errors
    assert checked.answers == {
        "staff": [{"name": "张三", "age": 40, "school": "武大"}, {"name": "李四"}]
    }


def test_a_fault_in_a_row_names_row_and_question() -> None:
    checked = _staff({"name": "张三", "age": "3"}, {"age": "20", "height": "1"})
    assert {key: text.en for key, text in checked.errors.items()} == {
        "staff.0.age": "Must be 16 or more.",
        "staff.1.name": "Enter “The name”.",
        "staff.1.height": "The form has no such question.",
    }


def test_a_condition_in_a_row_looks_at_that_row() -> None:
    checked = _staff(
        {"name": "张三", "school": "武大"}, {"name": "李四", "age": 20, "school": "华科"}
    )
    assert checked.answers["staff"] == [
        {"name": "张三"},
        {"name": "李四", "age": 20, "school": "华科"},
    ]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([], "Enter at least one row of “The staff”."),
        (None, "Enter at least one row of “The staff”."),
        ([{"name": "a"}] * 4, "At most 3 rows."),
        ("text", "This must be a list of rows."),
        ([1], "This must be a list of rows."),
    ],
)
def test_the_number_of_rows_is_bounded(raw: object, message: str) -> None:
    assert answer_one(STAFF, raw) == message


def test_fewer_rows_than_asked_are_refused() -> None:
    made = component(
        "dynamiclist",
        "staff",
        properties={"minRows": "2"},
        components=[component("textfield", "name")],
    )
    assert answer_one(made, [{"name": "a"}]) == "At least 2 rows."


def test_rows_are_posted_by_number_and_blank_rows_dropped() -> None:
    field = form_of(STAFF).fields[0]
    posted = Posted(
        {
            "staff-10-name": ["丙"],
            "staff-2-name": ["乙"],
            "staff-2-since-year": ["2020"],
            "staff-5-name": [""],
            "staff-x-name": ["?"],
            "staffing-1-name": ["?"],
        }
    )
    raw = field.from_post(posted, "staff")
    assert isinstance(raw, list)
    assert [row["name"] for row in raw] == ["乙", "丙"]
    assert raw[0]["since"] == {"year": "2020", "month": "", "day": ""}
    assert field.shown(raw)[1] == {
        "name": "丙",
        "age": "",
        "school": "",
        "since": {"year": "", "month": "", "day": ""},
    }


def test_errors_of_rows_lead_to_their_input() -> None:
    form = form_of(STAFF)
    assert form.focus_id("staff.1.name") == "staff-1-name"
    assert form.focus_id("staff.1.since") == "staff-1-since-year"
    assert form.focus_id("staff") == "staff-0-name"
    assert form.focus_id("unknown.0") == "unknown-0"


def test_rows_are_shown_one_a_row_and_described() -> None:
    form = form_of(STAFF)
    stored = {"staff": [{"name": "张三", "age": 40}, {"name": "李四"}]}
    rows = present(form, stored, "zh")[0].rows
    assert [tuple(row) for row in rows] == [
        ("人员 1", "问题name：张三；问题age：40", "staff.0"),
        ("人员 2", "问题name：李四", "staff.1"),
    ]
    field = form.fields[0]
    assert isinstance(field, DynamicList)
    assert field.first_rows == 1
    assert field.present(stored["staff"], "en") == "The name: 张三; The age: 40\nThe name: 李四"
    schema = field.describe()
    assert schema["items"]["required"] == ["name"]
    assert (schema["minItems"], schema["maxItems"]) == (1, 3)


def test_files_are_named_not_held() -> None:
    made = component("filepicker", "plan", accept=".pdf", validate={"required": True})
    field = form_of(made).fields[0]
    posted = field.from_post(Posted(plan=["m12:平面图.pdf", ""]), "plan")
    assert answer_one(made, posted) == [{"id": "m12", "name": "平面图.pdf"}]
    assert answer_one(made, [{"id": "m1", "name": "../../etc/passwd"}]) == [
        {"id": "m1", "name": "passwd"}
    ]
    assert answer_one(made, []) == "Upload “The plan”."
    assert answer_one(made, [{"id": "a"}, {"id": "b"}]) == "Too many files: remove some."
    for wrong in ("x", [1], [{"id": "a/b"}]):
        assert answer_one(made, wrong) == "Upload the file again."
    assert field.attributes == {"accept": ".pdf"}
    assert field.present([{"id": "m1", "name": "图.pdf"}], "zh") == "图.pdf"
    assert field.describe()["maxItems"] == 1


def test_plain_questions_have_no_choices_and_no_further_attributes() -> None:
    field = form_of(component("textfield", "name")).fields[0]
    assert field.choices == ()
    assert field.attributes == {}
    assert field.focus_id("name") == "name"
    assert form_of(component("radio", "m", values=CHOICES)).fields[0].attributes == {}


def test_a_read_only_question_keeps_what_is_known_and_is_never_missing() -> None:
    form = form_of(component("textfield", "shop", readonly=True, validate={"required": True}))
    checked = check(form, {"shop": "别的"}, known={"shop": "老店"})
    assert checked.answers == {"shop": "老店"}
    assert not check(form, {}).errors
