"""The shipped forms with the engine's own FEEL: conditions compile and can be asked."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from forms import check_answers, load_form, visible_pages

SHIPPED = sorted((Path(__file__).parents[2] / "processes").glob("*/*.form"))
TODAY = date(2026, 11, 23)


def _fault(text: str) -> str | None:
    try:
        feel.compile_expression(text)
    except feel.FeelError as fault:
        return str(fault)
    return None


def _evaluate(text: str, answers: Mapping[str, Any]) -> object:
    return feel.evaluate(text, answers, strict=False)


@pytest.mark.parametrize("path", SHIPPED, ids=[f"{p.parent.name}/{p.name}" for p in SHIPPED])
def test_every_shipped_form_can_be_asked_from_blank(path: Path) -> None:
    form, problems = load_form(path.read_bytes(), path.name, check_expression=_fault)
    assert form is not None
    assert not problems
    assert visible_pages(form, {}, evaluate=_evaluate, today=TODAY)
    checked = check_answers(form, {}, evaluate=_evaluate, today=TODAY)
    assert set(checked.errors) <= form.keys
    for key in checked.errors:
        assert form.focus_id(key)
        assert form.page_of(key)
