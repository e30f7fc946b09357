"""The house rules hold for this project."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.house import rules
from webapp import doors

ROOT = Path(__file__).resolve().parent.parent.parent

RULES = (
    rules.commits,
    rules.sizes,
    rules.inner_imports,
    rules.top_level,
    rules.foreign_words,
    rules.unfinished,
    rules.templates,
    rules.migrations,
    rules.processes,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule: Callable[[Path], list[str]]) -> None:
    faults = rule(ROOT)
    assert not faults, "\n".join(faults)


def test_every_route_says_who_may_enter(app: Flask) -> None:
    """A route without a door would also stop the application from starting."""
    open_routes = [
        f"{method} {rule.rule}: give {rule.endpoint} a door of webapp.doors"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if doors.door_of(app.view_functions[rule.endpoint], method) is None
    ]
    assert not open_routes, "\n".join(open_routes)


def test_every_address_is_kebab_case_with_typed_parameters(app: Flask) -> None:
    found = (rules.address(rule.rule) for rule in app.url_map.iter_rules())
    faults = [fault for fault in found if fault is not None]
    assert not faults, "\n".join(faults)


def test_the_processes_folder_holds_the_three_items() -> None:
    """Without this the rule about processes could pass on an empty folder."""
    names = {path.parent.name for path in (ROOT / "processes").glob("*/*.bpmn")}
    assert names >= {"medical-device-iii", "individual-business", "restaurant-opening"}
