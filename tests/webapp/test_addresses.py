"""Addresses are written as werkzeug writes them, by code that is compiled when first needed."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Map, Rule

from webapp.addresses import Address

RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/", {"endpoint": "home"}),
    ("/tasks/<int:number>", {"endpoint": "task"}),
    ("/项目/<code>/文 件", {"endpoint": "item"}),
    ("/pages/", {"endpoint": "pages", "defaults": {"page": 1}}),
    ("/pages/<int:page>", {"endpoint": "pages"}),
    ("/files/<path:name>", {"endpoint": "file"}),
)
#: An endpoint, the values for it, and whether unknown ones follow.
WANTED: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("home", {}, True),
    ("home", {"q": "食 品&x"}, True),
    ("home", {"q": "食 品&x"}, False),
    ("task", {"number": 7, "lang": "en"}, True),
    ("task", {"number": 7, "lang": "en"}, False),
    ("item", {"code": "a/b?ü"}, True),
    ("pages", {"page": 1}, True),
    ("pages", {"page": 2}, True),
    ("file", {"name": "a/b c.pdf"}, True),
)


@pytest.mark.parametrize(("endpoint", "values", "unknown"), WANTED)
def test_an_address_is_the_same_at_first_and_later(
    endpoint: str, values: dict[str, Any], unknown: bool
) -> None:
    ours = Map([Address(path, **more) for path, more in RULES]).bind("localhost")
    theirs = Map([Rule(path, **more) for path, more in RULES]).bind("localhost")
    wanted = theirs.build(endpoint, values, append_unknown=unknown)
    assert [ours.build(endpoint, values, append_unknown=unknown) for _ in range(3)] == [wanted] * 3


def test_values_that_do_not_fit_are_no_address() -> None:
    """The caller is told as by werkzeug: the rule writes nothing."""
    rule = Map([Address("/tasks/<int:number>", endpoint="task")]).bind("localhost")
    (task,) = rule.map.iter_rules()
    assert task.build({"number": 3}) == ("", "/tasks/3")
    with pytest.raises(ValueError, match="invalid literal"):
        task.build({"number": "three"})


def test_every_route_of_the_application_is_of_this_kind(app: Flask) -> None:
    assert {type(rule) for rule in app.url_map.iter_rules()} == {Address}
