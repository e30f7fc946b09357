"""What supervisors read of people."""

import pytest

from engine.cases import masking


@pytest.mark.parametrize(
    ("subject", "applicant", "expected"),
    [
        ("张三", "张三", "张*"),
        ("个体户张三面馆", "张三", "个体户张*面馆"),
        ("江城康健医疗器械有限公司", "张三", "江城康健医疗器械有限公司"),
        ("某店", "", "某店"),
    ],
)
def test_the_applicants_name_is_masked_wherever_a_case_is_named(
    subject: str, applicant: str, expected: str
) -> None:
    """A firm's own name is public."""
    assert masking.subject(subject, applicant) == expected


def test_a_name_keeps_its_first_character() -> None:
    """However long; nothing stays nothing."""
    assert [masking.name(n) for n in ("欧阳明华", "张", "")] == ["欧*", "张*", ""]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("电话13912345678，随时可打", "电话139******78，随时可打"),
        ("打139-1234-5678", "打139********78"),
        ("身份证42010619900307803X已核", "身份证420*************3X已核"),
        # No people's numbers: a case, a firm, a hash, an amount, a longer number.
        ("LB202611230001", "LB202611230001"),
        ("911234567890123456", "911234567890123456"),
        ("a13912345678b", "a13912345678b"),
        ("共13912345678901元", "共13912345678901元"),
    ],
)
def test_numbers_of_people_are_covered_wherever_somebody_wrote_them(
    written: str, shown: str
) -> None:
    """In opinions, letters and complaints nobody marks them as personal."""
    assert masking.Veil(numbers=True).text(written) == shown
    assert masking.CLEAR.text(written) == written
    assert masking.Veil(numbers=True).of([{"said": written}]) == [{"said": shown}]
