"""Small forms for the tests, and an evaluator of conditions of the shape ``key = "value"``."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from forms import Checked, Form, FormProblem, Situation, check_answers, load_form

TODAY = date(2026, 11, 23)
_CONDITION = re.compile(r'(\w+) (=|!=) (null|true|false|"[^"]*"|[\d.]+)')


def evaluate(text: str, answers: Mapping[str, Any]) -> object:
    """Evaluate the comparisons the samples use; the engine brings FEEL instead."""
    match = _CONDITION.fullmatch(text)
    assert match, text
    same = answers.get(match[1]) == json.loads(match[3])
    return same if match[2] == "=" else not same


def syntax_fault(text: str) -> str | None:
    """Tell whether ``evaluate`` could read a condition."""
    return None if _CONDITION.fullmatch(text) else "unexpected end"


SITUATION = Situation(TODAY, evaluate)


def component(kind: str, key: str = "x", **more: Any) -> dict[str, Any]:
    """Make a component with labels in both languages."""
    properties = {"labelEn": f"The {key}", **more.pop("properties", {})}
    label = more.pop("label", f"问题{key}")
    return {
        "type": kind,
        "id": f"Field_{key}",
        "key": key,
        "label": label,
        "properties": properties,
        **more,
    }


def group(name: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make a top-level group, which is a page."""
    return {
        "type": "group",
        "id": name,
        "label": f"页{name}",
        "properties": {"labelEn": f"Page {name}"},
        "components": list(components),
        **more,
    }


def file_of(*components: dict[str, Any], **more: Any) -> bytes:
    """Write a form file."""
    root = {
        "type": "default",
        "id": "Form_test",
        "schemaVersion": 18,
        "properties": {"title": "测试表", "titleEn": "Test form"},
        "components": list(components),
        **more,
    }
    return json.dumps(root, ensure_ascii=False, indent=1).encode()


def load(*components: dict[str, Any], **more: Any) -> tuple[Form | None, list[FormProblem]]:
    """Load a form made of components."""
    return load_form(file_of(*components, **more), "test.form", check_expression=syntax_fault)


def form_of(*components: dict[str, Any]) -> Form:
    """Load a form that must be without problems."""
    form, problems = load(*components)
    assert form is not None, problems
    assert not problems, problems
    return form


def check(form: Form, answers: Mapping[str, Any], **more: Any) -> Checked:
    """Check answers on the test's day."""
    return check_answers(form, answers, evaluate=evaluate, today=TODAY, **more)


def answer_one(made: dict[str, Any], raw: object) -> Any:
    """Check one answer to one question; return it clean, or the English of what is wrong."""
    key = made["key"]
    checked = check(form_of(made), {key: raw})
    if checked.errors:
        assert set(checked.errors) == {key}
        return checked.errors[key].en
    return checked.answers.get(key)


class Posted(dict[str, list[str]]):
    """What a web framework gives for a posted form."""

    def getlist(self, key: str) -> list[str]:
        """Return all values posted under a name."""
        return self.get(key, [])
