"""The small city, in a transaction that is rolled back."""

import pytest
from sqlalchemy.orm import Session

from tests.reports import city


@pytest.fixture
def town(session: Session) -> city.City:
    """Two departments with cases that are calm, near, overdue, new and closed."""
    return city.found(session)
