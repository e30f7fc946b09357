"""Business rule tasks ask the bundle's DMN decisions."""

import pytest

from engine.runtime import RuntimeFault
from tests.engine.runtime.drawing import chain, end, process, start, user
from tests.engine.runtime.driving import Drive

RULES = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
  <decision id="parts" name="Parts">
    <decisionTable id="t" hitPolicy="COLLECT">
      <input id="i"><inputExpression id="ie" typeRef="number"><text>area</text>
      </inputExpression></input>
      <output id="o" name="department" typeRef="string"/>
      <rule id="r1"><inputEntry id="a1"><text>-</text></inputEntry>
        <outputEntry id="b1"><text>"scjg"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="a2"><text>&gt;= 300</text></inputEntry>
        <outputEntry id="b2"><text>"xfjy"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="fee" name="Fee">
    <literalExpression id="l"><text>area * 2</text></literalExpression>
  </decision>
</definitions>"""


def asking(ref: str, mapping: str) -> Drive:
    """Ask a decision over 400 square metres."""
    task = (
        f'<businessRuleTask id="ask" camunda:decisionRef="{ref}" camunda:resultVariable="found" '
        f'camunda:mapDecisionResult="{mapping}"/>'
    )
    drawing = process(start(), task, user("a"), end(), chain("s", "ask", "a", "e"))
    return Drive(drawing, {"area": 400}, decisions={"rules.dmn": RULES})


@pytest.mark.parametrize(
    ("ref", "mapping", "found"),
    [
        ("parts", "collectEntries", ["scjg", "xfjy"]),
        ("parts", "resultList", [{"department": "scjg"}, {"department": "xfjy"}]),
        ("fee", "singleEntry", 800),
        ("fee", "singleResult", 800),
    ],
)
def test_a_decision_gives_the_shape_that_is_asked_for(
    ref: str, mapping: str, found: object
) -> None:
    """The result is plain data in the case."""
    assert asking(ref, mapping).step.data["found"] == found


@pytest.mark.parametrize("mapping", ["singleEntry", "singleResult"])
def test_several_rules_where_one_result_is_asked_for_are_a_fault(mapping: str) -> None:
    """As in Camunda 7: none of them is dropped without a word."""
    with pytest.raises(RuntimeFault, match="allows one matching rule, but 2 match") as caught:
        asking("parts", mapping)
    assert caught.value.element == "ask"


def test_a_decision_that_gives_no_list_cannot_be_collected() -> None:
    """A fault at the task, not an empty list."""
    with pytest.raises(RuntimeFault, match="gave no list") as caught:
        asking("fee", "collectEntries")
    assert caught.value.element == "ask"


def test_a_decision_that_is_not_in_the_bundle_is_refused_at_deployment() -> None:
    """With the task's id."""
    with pytest.raises(RuntimeFault, match="no decision 'other'") as caught:
        asking("other", "singleEntry")
    assert caught.value.element == "ask"


def test_a_name_the_decision_needs_and_nobody_set_is_a_fault() -> None:
    """Named, at the task."""
    task = (
        '<businessRuleTask id="ask" camunda:decisionRef="fee" camunda:resultVariable="found" '
        'camunda:mapDecisionResult="singleEntry"/>'
    )
    drawing = process(start(), task, end(), chain("s", "ask", "e"))
    with pytest.raises(RuntimeFault, match="area") as caught:
        Drive(drawing, decisions={"rules.dmn": RULES})
    assert caught.value.element == "ask"


def test_a_broken_decision_file_is_refused_at_deployment() -> None:
    """It never gets into a container."""
    drawing = process(start(), end(), chain("s", "e"))
    with pytest.raises(RuntimeFault, match=r"bad\.dmn"):
        Drive(drawing, decisions={"bad.dmn": b"<x/>"})


STRICT = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
  <import namespace="urn:rates" name="rates"/>
  <inputData id="area" name="area"><variable name="area" typeRef="%b"/></inputData>
  <decision id="fee" name="Fee"><variable name="Fee" typeRef="%b"/>
    <informationRequirement><requiredInput href="#area"/></informationRequirement>
    <informationRequirement><requiredDecision href="urn:rates#rate"/></informationRequirement>
    <literalExpression id="l"><text>area * rates.Rate</text></literalExpression>
  </decision>
</definitions>"""
RATES = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="r" name="r"
  namespace="urn:rates"><decision id="rate" name="Rate">
  <literalExpression id="l"><text>3</text></literalExpression></decision></definitions>"""


def strict(taken: bytes, given: bytes) -> Drive:
    """Ask a decision whose input and result have types."""
    task = (
        '<businessRuleTask id="ask" camunda:decisionRef="fee" camunda:resultVariable="found" '
        'camunda:mapDecisionResult="singleEntry"/>'
    )
    drawing = process(start(), task, user("a"), end(), chain("s", "ask", "a", "e"))
    files = {"fee.dmn": STRICT % (taken, given), "rates.dmn": RATES}
    return Drive(drawing, {"area": 400}, decisions=files)


def test_decisions_of_a_bundle_may_import_each_other() -> None:
    """The files of a bundle are found by their namespaces."""
    assert strict(b"number", b"number").step.data["found"] == 1200


@pytest.mark.parametrize(
    ("taken", "given", "said"),
    [
        (b"number", b"string", "The result of 'Fee' is not of its type"),
        (b"string", b"number", "The input 'area' is not of its type"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_a_fault_not_a_silent_null(
    taken: bytes, given: bytes, said: str
) -> None:
    """Somebody has to look at it before the case goes on."""
    with pytest.raises(RuntimeFault, match=said) as caught:
        strict(taken, given)
    assert caught.value.element == "ask"
