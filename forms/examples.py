"""Valid numbers for tests and the demo city; they belong to nobody on purpose."""

from datetime import date

from forms.checks import (
    CREDIT_ALPHABET,
    credit_check_digit,
    id_check_digit,
    organisation_check_digit,
)


def make_id_number(
    born: date = date(1990, 1, 1), *, sequence: int = 1, division: str = "420106"
) -> str:
    """Make an identity number whose check digit is right (GB 11643); odd sequence = male."""
    body = f"{division}{born:%Y%m%d}{sequence % 1000:03d}"
    return body + id_check_digit(body)


def make_credit_code(number: int = 1, *, kind: str = "91", division: str = "420106") -> str:
    """Make a credit code whose two check digits are right (GB 32100, GB 11714).

    ``kind`` is 91 for a company, 92 for an individually-owned business.
    """
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, len(CREDIT_ALPHABET))
        digits = CREDIT_ALPHABET[rest] + digits
    organisation = "MA" + digits
    body = f"{kind}{division}{organisation}{organisation_check_digit(organisation)}"
    return body + credit_check_digit(body)
