"""What lies over personal data on this visitor's pages: nothing for those who work on the case."""

from typing import Any

from engine import cases, clock
from webapp import visitor


def over(case: cases.Case | None) -> cases.masking.Veil:
    """Return the veil over a case for who is asking; what is of no case holds nobody's data."""
    if case is None:
        return cases.masking.CLEAR
    return cases.privacy.veil(case, visitor.actor(), clock.now())


def page(case: cases.Case | None, text: str) -> str:
    """Mask a finished page about a case; whatever stands in it is covered."""
    return over(case).text(text)


def shape(case: cases.Case | None, value: dict[str, Any]) -> dict[str, Any]:
    """Mask what the interface for programs tells of a case."""
    found: dict[str, Any] = over(case).of(value)
    return found


def in_list(case: cases.Case) -> cases.masking.Veil:
    """Return the veil over a case in a list, where no reason was given for reading it."""
    if not cases.privacy.is_outsider(visitor.actor(), case, frozenset()):
        return cases.masking.CLEAR
    name = case.applicant_name
    return cases.masking.Veil(((name, cases.masking.name(name)),), numbers=True)
