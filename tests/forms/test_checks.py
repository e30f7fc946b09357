"""Identity numbers, credit codes and telephone numbers: each fault is named."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.checks import (
    CHECKS,
    CREDIT_ALPHABET,
    check_credit_code,
    check_email,
    check_id_number,
    check_id_or_credit_code,
    check_mobile,
    check_phone,
    check_postcode,
    credit_check_digit,
    organisation_check_digit,
)
from forms.examples import make_credit_code, make_id_number

TODAY = date(2026, 11, 23)
COMPANY = "914403001922038216"


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_are_valid_identity_numbers(number: str) -> None:
    assert check_id_number(number, TODAY) is None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("110105491231002", "15-digit"),
        ("1101051949123100", "this one has 16"),
        ("11010519491231002A", "a digit or X"),
        ("99010519491231002X", "no province"),
        ("110105194913310021", "not a date"),
        ("110105202702290021", "not a date"),
        (make_id_number(date(2026, 11, 24)), "cannot be right"),
        (make_id_number(date(1860, 1, 1)), "cannot be right"),
        ("110105194912310021", "check digit"),
    ],
)
def test_each_fault_of_an_identity_number_is_named(number: str, reason: str) -> None:
    fault = check_id_number(number, TODAY)
    assert fault is not None
    assert reason in fault.en
    assert fault.zh


def test_a_child_born_today_has_a_valid_number() -> None:
    assert check_id_number(make_id_number(TODAY), TODAY) is None


@given(
    born=st.dates(date(1900, 1, 1), TODAY),
    sequence=st.integers(0, 999),
    place=st.integers(0, 17),
    digit=st.sampled_from("0123456789"),
)
def test_one_mistyped_digit_of_an_identity_number_never_passes(
    born: date, sequence: int, place: int, digit: str
) -> None:
    number = make_id_number(born, sequence=sequence)
    assert check_id_number(number, TODAY) is None
    mistyped = number[:place] + digit + number[place + 1 :]
    assert mistyped == number or check_id_number(mistyped, TODAY) is not None


@pytest.mark.parametrize(
    "code", [COMPANY, "9144030071526726XG", "91110000802100433B", "91330100799655058B"]
)
def test_codes_of_well_known_companies_are_valid(code: str) -> None:
    assert check_credit_code(code) is None


def _code_with_wrong_organisation_part() -> str:
    body = COMPANY[:8] + "192203823"
    assert organisation_check_digit(body[8:16]) != body[16]
    return body + credit_check_digit(body)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("91440300192203821", "this one has 17"),
        ("91440300I922O38216", 'Correct "IO"'),
        ("914403001922038２16", "Correct"),
        ("L14403001922038216", "no registration authority"),
        ("91A403001922038216", "administrative division"),
        ("914403001922038217", "check digit of the credit code"),
        (_code_with_wrong_organisation_part(), "organisation code"),
    ],
)
def test_each_fault_of_a_credit_code_is_named(code: str, reason: str) -> None:
    fault = check_credit_code(code)
    assert fault is not None
    assert reason in fault.en


@given(
    number=st.integers(0, 31**6 - 1),
    place=st.integers(0, 17),
    char=st.sampled_from(CREDIT_ALPHABET),
)
def test_one_mistyped_character_of_a_credit_code_never_passes(
    number: int, place: int, char: str
) -> None:
    code = make_credit_code(number, kind="92")
    assert check_credit_code(code) is None
    mistyped = code[:place] + char + code[place + 1 :]
    assert mistyped == code or check_credit_code(mistyped) is not None


def test_a_field_for_both_numbers_takes_both_and_names_the_fault_of_the_one_meant() -> None:
    assert check_id_or_credit_code(make_id_number(), TODAY) is None
    assert check_id_or_credit_code(COMPANY, TODAY) is None
    faults = {
        "110105194912310021": "ID number",
        "914403001922038217": "credit code",
        "110105491231002": "15-digit",
        "1234": "ID number or a credit code",
    }
    for number, reason in faults.items():
        fault = check_id_or_credit_code(number, TODAY)
        assert fault is not None
        assert reason in fault.en


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("13812345678", None),
        ("12812345678", "13 to 19"),
        ("1381234567", "this one has 10"),
        ("1381234567a", "only digits"),
    ],
)
def test_mobile_numbers(number: str, reason: str | None) -> None:
    fault = check_mobile(number)
    assert (reason in fault.en) if fault and reason else fault is reason


@pytest.mark.parametrize(
    "number", ["13812345678", "027-87654321", "02787654321", "0755-1234567", "0755-2345678-801",
               "400-123-4567", "12345", "87654321"]
)  # fmt: skip
def test_telephone_numbers_of_all_common_shapes(number: str) -> None:
    wrong = number == "0755-1234567"  # no subscriber number begins with 1
    assert (check_phone(number) is not None) is wrong


def test_a_telephone_number_that_looks_mobile_is_judged_as_one() -> None:
    fault = check_phone("12812345678")
    assert fault is not None
    assert "13 to 19" in fault.en
    assert check_phone("abc") is not None


def test_postcodes_and_mail_addresses() -> None:
    assert check_postcode("430010") is None
    assert check_postcode("43001") is not None
    assert check_email("li.si@example.com") is None
    for wrong in ("li.si", "li@si", "a b@example.com", f"{'a' * 250}@example.com"):
        assert check_email(wrong) is not None


def test_a_number_of_neither_shape_gets_the_fault_of_a_credit_code() -> None:
    fault = check_id_or_credit_code("A" * 18, TODAY)
    assert fault is not None
    assert "Characters 3 to 8" in fault.en


def test_dates_past_and_future_both_include_today() -> None:
    past, future = (CHECKS[name].find_fault for name in ("date-past", "date-future"))
    assert past("2026-11-23", TODAY) is None
    assert future("2026-11-23", TODAY) is None
    assert past("2026-11-24", TODAY) is not None
    assert future("2026-11-22", TODAY) is not None
