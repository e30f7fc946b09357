"""What a designer is shown, the guide and the modeler's fields, agrees with the language."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.bpmn import language

PROCESSES = Path(__file__).parents[3] / "processes"
GUIDE = (PROCESSES / "README.md").read_text()
TEMPLATES: list[dict[str, Any]] = json.loads(
    (PROCESSES / ".camunda" / "element-templates" / "lianban.json").read_text()
)
KINDS = {
    "bpmn:Process": "process",
    "bpmn:UserTask": "userTask",
    "bpmn:SubProcess": "subProcess",
    "bpmn:CallActivity": "callActivity",
    "bpmn:ServiceTask": "serviceTask",
}


def offered(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of a template that write one of our properties, by the property's name."""
    fields = (f for f in template["properties"] if f["binding"]["type"] == "camunda:property")
    return {field["binding"]["name"]: field for field in fields}


def choices(field: dict[str, Any]) -> set[str]:
    """Return what a field lets a designer choose."""
    return {choice["value"] for choice in field["choices"]}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: str(template["id"]))
def test_a_template_offers_only_properties_the_language_has(template: dict[str, Any]) -> None:
    """Otherwise the modeler would write what the checker refuses."""
    kind = KINDS.get(template["appliesTo"][0], "other")
    assert offered(template).keys() <= language.PROPERTIES[kind]


def test_the_fields_of_process_step_and_co_handling_leave_nothing_out() -> None:
    """A designer never has to type a property's name; what is read but ignored is not offered."""
    shown: dict[str, set[str]] = {kind: set() for kind in KINDS.values()}
    for template in TEMPLATES:
        if kind := KINDS.get(template["appliesTo"][0]):
            shown[kind] |= offered(template).keys()
    # Rare; the guide says how to write them.
    shown["subProcess"] |= {"clock", "ground"}
    shown["callActivity"] |= {"clock", "ground", "limit"}
    shown["serviceTask"] |= {"clock", "ground"}
    assert shown == {
        kind: set(language.PROPERTIES[kind]) - {"mayBeSameAs"} for kind in KINDS.values()
    }


def test_drop_down_lists_hold_the_words_of_the_language() -> None:
    """Acts, kinds, opinions and answers to silence are closed lists."""
    by_id = {template["id"]: offered(template) for template in TEMPLATES}
    assert choices(by_id["lianban.step"]["act"]) == language.ACTS.keys()
    assert choices(by_id["lianban.step"]["opinion"]) == language.OPINIONS.keys()
    assert choices(by_id["lianban.process"]["kind"]) == language.KINDS.keys()
    assert choices(by_id["lianban.process"]["clockStart"]) == language.CLOCK_STARTS.keys()
    assert choices(by_id["lianban.co-handling"]["noReply"]) == language.NO_REPLY.keys()


def test_the_guide_names_every_property_act_and_legal_outcome() -> None:
    """What the language knows, its guide explains."""
    words = {name for names in language.PROPERTIES.values() for name in names} - {"mayBeSameAs"}
    words |= language.ACTS.keys()
    for act in language.ACTS.values():
        words |= {o.code + ("!" if o.reasons_required else "") for o in act.outcomes}
    assert [word for word in sorted(words) if f"`{word}`" not in GUIDE] == []
