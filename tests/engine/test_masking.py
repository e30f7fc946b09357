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
