"""Checks that a form may name in the property ``check`` of a text or date question.

A check takes the cleaned text (dates as ISO text) and today's date, and returns what to tell the
person, or None. Identity numbers follow GB 11643, credit codes GB 32100 with GB 11714 inside.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from forms.text import Text

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK_DIGITS = "10X98765432"
PROVINCES = frozenset(
    str(code)
    for block in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(block[0], block[1] + 1)
)
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_DEPARTMENTS = "123456789ANY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
OLDEST_AGE = 150

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{2,3}-?[2-9][0-9]{6,7}(-[0-9]{1,6})?")
_SERVICE_LINE = re.compile(r"(400|800)-?[0-9]{3}-?[0-9]{4}|1[0-9]{4}|[2-9][0-9]{6,7}")
_POSTCODE = re.compile(r"[0-9]{6}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def id_check_digit(body: str) -> str:
    """Return the 18th character for the first 17 digits of an identity number (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True))
    return ID_CHECK_DIGITS[total % 11]


def credit_check_digit(body: str) -> str:
    """Return the 18th character for the first 17 of a unified social credit code (GB 32100)."""
    total = sum(CREDIT_ALPHABET.index(char) * pow(3, i, 31) for i, char in enumerate(body))
    return CREDIT_ALPHABET[-total % 31]


def organisation_check_digit(body: str) -> str:
    """Return the 9th character for the first 8 of an organisation code (GB 11714)."""
    values = (int(char, 36) for char in body)
    total = sum(v * weight for v, weight in zip(values, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def check_id_number(value: str, today: date) -> Text | None:
    """Check a resident identity number: length, characters, division, birth date, check digit."""
    if problem := _id_shape(value):
        return problem
    if value[:2] not in PROVINCES:
        return Text(
            f"身份证号的前两位“{value[:2]}”不是省级行政区划代码，请核对。",
            f'The ID number starts with "{value[:2]}", which is no province. Check the number.',
        )
    if problem := _id_birth(value, today):
        return problem
    if id_check_digit(value[:17]) != value[17]:
        return Text(
            "身份证号的校验位不对，至少有一位输错了，请对照证件核对。",
            "The check digit of the ID number is wrong: some digit was mistyped. "
            "Compare it with the card.",
        )
    return None


def _id_shape(value: str) -> Text | None:
    if len(value) == 15 and value.isdigit():
        return Text(
            "15位的旧身份证号已停用，请填写第二代身份证上的18位号码。",
            "15-digit ID numbers are no longer valid. Enter the 18 characters on the present card.",
        )
    if len(value) != 18:
        return Text(
            f"身份证号应为18位，现在是{len(value)}位。",
            f"An ID number has 18 characters; this one has {len(value)}.",
        )
    if not re.fullmatch(r"[0-9]{17}[0-9X]", value):
        return Text(
            "身份证号的前17位须是数字，最后一位须是数字或字母X。",
            "The first 17 characters of an ID number are digits, the last a digit or X.",
        )
    return None


def _id_birth(value: str, today: date) -> Text | None:
    born = _date_of(value[6:14])
    if born is None:
        return Text(
            f"身份证号第7至14位“{value[6:14]}”不是一个日期，请核对。",
            f'Characters 7 to 14 of the ID number, "{value[6:14]}", are not a date. Check them.',
        )
    if born > today or today.year - born.year > OLDEST_AGE:
        return Text(
            f"身份证号中的出生日期{born:%Y-%m-%d}不可能，请核对。",
            f"The birth date in the ID number, {born:%Y-%m-%d}, cannot be right. Check it.",
        )
    return None


def _date_of(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def check_credit_code(value: str) -> Text | None:
    """Check a unified social credit code: length, characters, division and both check digits."""
    if problem := _credit_shape(value):
        return problem
    if credit_check_digit(value[:17]) != value[17]:
        return Text(
            "统一社会信用代码的校验位不对，至少有一位输错了，请对照营业执照核对。",
            "The check digit of the credit code is wrong: some character was mistyped. "
            "Compare it with the business licence.",
        )
    if organisation_check_digit(value[8:16]) != value[16]:
        return Text(
            "统一社会信用代码第9至17位（主体标识码）的校验位不对，请对照营业执照核对。",
            "The check digit of characters 9 to 17 (organisation code) of the credit code is "
            "wrong. Compare it with the business licence.",
        )
    return None


def _credit_shape(value: str) -> Text | None:
    if len(value) != 18:
        return Text(
            f"统一社会信用代码应为18位，现在是{len(value)}位。",
            f"A credit code has 18 characters; this one has {len(value)}.",
        )
    wrong = sorted({char for char in value if char not in CREDIT_ALPHABET})
    if wrong:
        shown = "".join(wrong)
        return Text(
            f"统一社会信用代码只含数字和大写字母，不用I、O、S、V、Z；请改正“{shown}”。",
            "A credit code has only digits and capital letters without I, O, S, V, Z. "
            f'Correct "{shown}".',
        )
    if value[0] not in CREDIT_DEPARTMENTS:
        return Text(
            f"统一社会信用代码的第1位“{value[0]}”不是登记管理部门代码，请核对。",
            f'The credit code starts with "{value[0]}", which is no registration authority.',
        )
    if not value[2:8].isdigit():
        return Text(
            "统一社会信用代码的第3至8位须是6位数字的行政区划代码。",
            "Characters 3 to 8 of a credit code are the six digits of an administrative division.",
        )
    return None


def check_id_or_credit_code(value: str, today: date) -> Text | None:
    """Check a number that may be a person's or an organisation's; say what fits the one meant."""
    if not check_id_number(value, today) or not check_credit_code(value):
        return None
    if len(value) not in (15, 18):
        return Text(
            f"请填写18位的身份证号或统一社会信用代码，现在是{len(value)}位。",
            "Enter an ID number or a credit code, both of 18 characters; "
            f"this one has {len(value)}.",
        )
    person = re.fullmatch(r"[0-9]{15}|[0-9]{17}[0-9X]", value) and value[0] != "9"
    return check_id_number(value, today) if person else check_credit_code(value)


def check_mobile(value: str) -> Text | None:
    """Check a mobile number of the Chinese mainland."""
    if not value.isdigit():
        return Text("手机号只能是数字。", "A mobile number has only digits.")
    if len(value) != 11:
        return Text(
            f"手机号应为11位数字，现在是{len(value)}位。",
            f"A mobile number has 11 digits; this one has {len(value)}.",
        )
    if not _MOBILE.fullmatch(value):
        return Text(
            "手机号应以13至19开头，请核对。", "A mobile number starts with 13 to 19. Check it."
        )
    return None


def check_phone(value: str) -> Text | None:
    """Check any telephone number: mobile, landline with area code and extension, service line."""
    if _LANDLINE.fullmatch(value) or _SERVICE_LINE.fullmatch(value):
        return None
    if len(value) == 11 and value.startswith("1"):
        return check_mobile(value)
    return Text(
        "请填写11位手机号，或带区号的固定电话，例如 027-87654321。",
        "Enter an 11-digit mobile number, or a landline with area code such as 027-87654321.",
    )


def check_postcode(value: str) -> Text | None:
    """Check a postal code."""
    if _POSTCODE.fullmatch(value):
        return None
    return Text("邮政编码应为6位数字。", "A postcode has 6 digits.")


def check_email(value: str) -> Text | None:
    """Check that a text has the form of an e-mail address."""
    if len(value) <= 254 and _EMAIL.fullmatch(value):
        return None
    return Text(
        "请填写电子邮箱地址，例如 name@example.com。",
        "Enter an e-mail address such as name@example.com.",
    )


def check_date_past(value: str, today: date) -> Text | None:
    """Check that a date is today or earlier."""
    if date.fromisoformat(value[:10]) <= today:
        return None
    return Text("日期不能晚于今天。", "The date must be today or earlier.")


def check_date_future(value: str, today: date) -> Text | None:
    """Check that a date is today or later."""
    if date.fromisoformat(value[:10]) >= today:
        return None
    return Text("日期不能早于今天。", "The date must be today or later.")


def _timeless(check: Callable[[str], Text | None]) -> Callable[[str, date], Text | None]:
    """Let a check that needs no day stand beside those that do."""
    return lambda value, _today: check(value)


def _compact_upper(value: str) -> str:
    return re.sub(r"[\s-]", "", value).upper()


def _compact(value: str) -> str:
    return re.sub(r"\s", "", value)


def _mobile_digits(value: str) -> str:
    """Drop what people write around a mobile number: blanks, dashes, the country code."""
    return re.sub(r"^(\+|00)86", "", re.sub(r"[\s-]", "", value))


@dataclass(frozen=True)
class Check:
    """A named check, how it tidies the text first, and what a browser should know of it."""

    name: str
    find_fault: Callable[[str, date], Text | None]
    tidy: Callable[[str], str] = str
    attributes: Mapping[str, str] = field(default_factory=dict)
    for_dates: bool = False


_ON_CODES = {"spellcheck": "false", "autocapitalize": "characters"}
CHECKS: Mapping[str, Check] = {
    check.name: check
    for check in (
        Check("id-number", check_id_number, _compact_upper, _ON_CODES),
        Check("credit-code", _timeless(check_credit_code), _compact_upper, _ON_CODES),
        Check("id-or-credit-code", check_id_or_credit_code, _compact_upper, _ON_CODES),
        Check("phone", _timeless(check_phone), _compact, {"inputmode": "tel"}),
        Check("mobile", _timeless(check_mobile), _mobile_digits, {"inputmode": "tel"}),
        Check("postcode", _timeless(check_postcode), _compact, {"inputmode": "numeric"}),
        Check(
            "email", _timeless(check_email), _compact, {"inputmode": "email", "spellcheck": "false"}
        ),
        Check("date-past", check_date_past, for_dates=True),
        Check("date-future", check_date_future, for_dates=True),
    )
}
