"""Declared types are kept: values are made to fit, or are null (DMN 1.3, 10.3.2.9.4)."""

from datetime import UTC, date, datetime

import pytest

from engine.dmn import DecisionResult, DmnModel, decide, decide_service, read_sound_parts
from tests.engine.dmn.build import (
    decision,
    definitions,
    fact,
    literal,
    model_of,
    problems_of,
    table,
)

TYPES = """
<itemDefinition name="tNumbers" isCollection="true"><typeRef>number</typeRef></itemDefinition>
<itemDefinition name="tTexts" isCollection="true"><typeRef>string</typeRef></itemDefinition>
<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>
<itemComponent name="born on"><typeRef>date</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tPeople" isCollection="true"><typeRef>tPerson</typeRef></itemDefinition>
<itemDefinition name="tByte"><typeRef>number</typeRef><allowedValues><text>[0..255]</text>
</allowedValues></itemDefinition>
<itemDefinition name="tBytes" isCollection="true"><typeRef>tByte</typeRef><typeConstraint>
<text>count(?) &lt;= 2</text></typeConstraint></itemDefinition>
<itemDefinition name="tAny"/>
<itemDefinition name="tGives"><functionItem outputTypeRef="tNumbers"/></itemDefinition>
"""


def typed(name: str, kind: str, logic: str) -> str:
    """Write a decision whose variable has a type."""
    return decision(name, logic).replace(
        f'<variable name="{name}"/>', f'<variable name="{name}" typeRef="{kind}"/>'
    )


def made(kind: str, expression: str) -> DecisionResult:
    """Make a decision of a type."""
    return decide(model_of(TYPES, typed("D", kind, literal(expression))), "D", {})


@pytest.mark.parametrize(
    ("kind", "expression", "wanted"),
    [
        ("string", "1 + 1", None),
        ("feel:string", '"a"', "a"),
        ("tNumbers", '[1, "a"]', None),
        ("tNumbers", "[1, null]", [1, None]),
        ("tNumbers", "7", [7]),
        ("tNumbers", '"a"', None),
        ("tNumbers", "null", None),
        ("number", "[7]", 7),
        ("number", '["a"]', None),
        ("number", "[1, 2]", None),
        ("tTexts", '"abc"', ["abc"]),
        ("tPerson", '{name: "a", born on: @"2000-01-02", more: 1}', "whole"),
        ("tPerson", '{name: "a"}', None),
        ("tPeople", '{name: "a", born on: null}', "list"),
        ("dateTime", "date(2000, 1, 2)", datetime(2000, 1, 2, tzinfo=UTC)),
        ("tByte", "255", 255),
        ("tByte", "256", None),
        ("tBytes", "[1, 2]", [1, 2]),
        ("tBytes", "[1, 256]", None),
        ("tBytes", "[1, 2, 3]", None),
        ("tAny", "256 instance of tByte", True),
        ("tAny", "{a: 1} instance of tPerson", False),
        ("tAny", '[{name: "a", born on: null}] instance of list<tPerson>', True),
        ("integer", "5", 5),
    ],
)
def test_a_result_is_made_what_it_is_declared_to_be(
    kind: str, expression: str, wanted: object
) -> None:
    found = made(kind, expression)
    if wanted == "whole":
        assert found.result == {"name": "a", "born on": date(2000, 1, 2), "more": 1}
    elif wanted == "list":
        assert found.result == [{"name": "a", "born on": None}]
    else:
        assert found.result == wanted
    lost = wanted is None and expression != "null"
    assert [problem.rule for problem in found.problems] == ["dmn-result-type"] * lost


def test_inputs_are_read_as_their_types_say_deeply() -> None:
    """Dates in contexts in lists; an entry that was not sent is null."""
    model = model_of(TYPES, fact("people", "tPeople"), decision("D", literal("people"), "=people"))
    sent = [{"name": "甲", "born on": "2001-02-03"}, {"name": "乙"}]
    wanted = [{"name": "甲", "born on": date(2001, 2, 3)}, {"name": "乙", "born on": None}]
    assert decide(model, "D", {"people": sent}).result == wanted
    wrong = decide(model, "D", {"people": [{"name": 5}]})
    assert wrong.result is None
    assert [problem.rule for problem in wrong.problems] == ["dmn-input-type"]


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("date", "2024-02-28", [date(2024, 2, 28)]),
        ("number", "5", [5]),
        ("number", 5, [5]),
        ("boolean", "true", [True]),
        ("tTexts", "a", [["a"]]),
    ],
)
def test_one_text_is_read_for_a_list_of_one(kind: str, value: object, wanted: object) -> None:
    """As the elements of the list are."""
    item = '<itemDefinition name="tMany" isCollection="true"><typeRef>{}</typeRef>'
    parts = (TYPES, item.format(kind) + "</itemDefinition>", fact("x", "tMany"))
    found = decide(model_of(*parts, decision("D", literal("x"), "=x")), "D", {"x": value})
    assert (found.result, found.problems) == (wanted, ())


def test_entries_that_were_not_sent_stand_in_the_order_of_the_type() -> None:
    """After those that were sent, at each run alike."""
    names = [f"part {number}" for number in range(20)]
    part = '<itemComponent name="{}"><typeRef>number</typeRef></itemComponent>'
    kind = f'<itemDefinition name="tAll">{"".join(map(part.format, names))}</itemDefinition>'
    model = model_of(kind, fact("x", "tAll"), decision("D", literal("x"), "=x"))
    found = decide(model, "D", {"x": {"part 7": 1}}).result
    assert isinstance(found, dict)
    assert list(found) == ["part 7", *(name for name in names if name != "part 7")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "1990-02-30"),
        ("tPerson", {"name": "甲", "born on": "1990-02-30"}),
        ("tPeople", [{"name": "甲", "born on": "soon"}]),
        ("tDays", ["2024-02-28", "x"]),
    ],
)
def test_a_text_that_is_no_date_is_told_wherever_it_stands(kind: str, value: object) -> None:
    """Else it would count as an answer that nobody gave."""
    days = '<itemDefinition name="tDays" isCollection="true"><typeRef>date</typeRef>'
    parts = (TYPES, days + "</itemDefinition>", fact("x", kind), decision("D", literal("x"), "=x"))
    service = '<decisionService id="s" name="S"><variable name="S"/>'
    service += '<outputDecision href="#D"/><inputData href="#x"/></decisionService>'
    model = model_of(*parts, service, knowledge("k", "", kind, literal("p = null")))
    for found, rule in (
        (decide(model, "D", {"x": value}), "dmn-input-type"),
        (decide_service(model, "S", {"x": value}), "dmn-argument-type"),
        (decide_service(model, "k", {"p": value}), "dmn-argument-type"),
    ):
        assert (found.result, [one.rule for one in found.problems]) == (None, [rule])


def test_a_value_that_is_not_of_the_type_of_a_column_is_null_and_noted() -> None:
    rules = ['< date("2024-01-01") => "old"', 'null => "none"']
    model = model_of(decision("D", table("FIRST", ["on"], ["r"], rules, kinds=("date",))))
    assert decide(model, "D", {"on": None}).problems == ()
    for value in ("2023-13-01", "xx", 5):
        found = decide(model, "D", {"on": value})
        assert (found.result, [one.rule for one in found.problems]) == ("none", ["dmn-input-type"])


def test_an_input_that_is_not_allowed_is_null_and_noted() -> None:
    model = model_of(TYPES, fact("b", "tByte"), decision("D", literal("b"), "=b"))
    assert decide(model, "D", {"b": 7}).result == 7
    found = decide(model, "D", {"b": 700})
    assert (found.result, [problem.rule for problem in found.problems]) == (
        None,
        ["dmn-input-type"],
    )


def test_an_unknown_type_is_a_warning_and_nothing_is_checked() -> None:
    found = problems_of(typed("D", "tGone", literal("1")))
    assert found["dmn-unknown-type"].severity == "warning"


def knowledge(name: str, kind: str, parameter: str, logic: str) -> str:
    """Write a knowledge model of one typed parameter."""
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"{kind}/>'
        f'<encapsulatedLogic><formalParameter name="p" typeRef="{parameter}"/>{logic}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )


@pytest.mark.parametrize(
    ("kind", "parameter", "call", "wanted"),
    [
        ("", "number", "k(1)", 1),
        ("", "number", 'k("a")', None),
        ("", "tNumbers", "k(1)", [1]),
        (' typeRef="tGives"', "number", "k(1)", [1]),
        (' typeRef="string"', "number", "k(1)", None),
        ("", "tPerson", '{r: k({name: "a"})}.r', None),
    ],
)
def test_parameters_and_results_of_knowledge_models_are_typed(
    kind: str, parameter: str, call: str, wanted: object
) -> None:
    parts = (
        TYPES,
        knowledge("k", kind, parameter, literal("p")),
        decision("D", literal(call), "*k"),
    )
    assert decide(model_of(*parts), "D", {}).result == wanted


def test_functions_written_in_feel_have_typed_parameters() -> None:
    calls = '{f: function(a: number) a, x: f(10), y: f("a"), z: f([5])}'
    found = made("tAny", calls).result
    assert isinstance(found, dict)
    assert (found["x"], found["y"], found["z"]) == (10, None, 5)


SERVICE = (
    '<decisionService id="svc" name="My Service"><variable name="My Service"%s/>'
    '<outputDecision href="#B"/><inputDecision href="#A"/><inputData href="#x"/></decisionService>'
)


def service_model(kind: str = "") -> DmnModel:
    """A service over one fact and one decision that is given."""
    return model_of(
        TYPES,
        fact("x", "number"),
        typed("A", "number", literal("x + 1")),
        decision("B", literal("A * 10 + x"), "A =x"),
        SERVICE % kind,
    )


@pytest.mark.parametrize("name", ["svc", "My Service"])
def test_a_service_can_be_asked_by_id_or_name(name: str) -> None:
    """What it is not given is null; a given decision is not made."""
    assert decide_service(service_model(), name, {"x": 1, "A": 5}).result == 51
    assert decide_service(service_model(), name, {"x": 1}).result is None
    assert decide_service(service_model(), name, {"x": 1, "A": "five"}).result is None
    typed_result = decide_service(service_model(' typeRef="tGives"'), name, {"x": 1, "A": 5})
    assert typed_result.result == [51]


def test_a_knowledge_model_can_be_asked_by_name() -> None:
    model = model_of(
        TYPES, knowledge("k", "", "date", literal("p.year")), decision("D", literal("1"))
    )
    assert decide_service(model, "k", {"p": "2026-11-23"}).result == 2026


def test_a_decision_without_logic_is_what_the_caller_says() -> None:
    """People made it; the file is in error for deployment, but the rest can be asked."""
    parts = (decision("A", ""), decision("B", literal("A + 1"), "A"), decision("C", literal("1 +")))
    model, problems = read_sound_parts(definitions(*parts), "x.dmn")
    assert model is not None
    assert {problem.rule for problem in problems} == {"dmn-no-logic", "dmn-expression"}
    assert decide(model, "B", {"A": 4}).result == 5
    without = decide(model, "B", {})
    assert without.result is None
    assert [problem.rule for problem in without.problems] == ["dmn-no-logic"]
    assert decide(model, "C", {}).result is None


def test_an_argument_of_the_wrong_type_is_not_passed_on() -> None:
    """The function is not called at all: it might take null for an answer."""
    asked = (
        '<businessKnowledgeModel id="k" name="k"><variable name="k"/><encapsulatedLogic>'
        f'<formalParameter name="n" typeRef="number"/>{literal("n = null")}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )
    for given, wanted in (("null", True), ("1", False), ('"x"', None)):
        made = decide(model_of(asked, decision("D", literal(f"k({given})"), "*k")), "D", {})
        assert made.result is wanted
        rules = [problem.rule for problem in made.problems]
        assert rules == ([] if wanted is not None else ["dmn-argument-type"])


def test_an_entry_that_is_a_function_may_declare_the_type_of_its_results() -> None:
    """Files of DMN 1.1 do; the results are made of that type."""
    logic = (
        '<context><contextEntry><variable name="f" typeRef="string"/>'
        '<functionDefinition><formalParameter name="n"/>'
        f"{literal('n')}</functionDefinition></contextEntry>"
        '<contextEntry><variable name="g" typeRef="string"/>'
        f"{literal('function(n) n')}</contextEntry>"
        f"<contextEntry>{literal('[f(1), g(1), f(x), g(x)]')}</contextEntry></context>"
    )
    model = model_of(fact("x"), decision("D", logic, "x"))
    assert decide(model, "D", {"x": "a"}).result == [None, None, "a", "a"]


def test_no_value_is_of_an_unknown_type() -> None:
    """A trial goes on without it; a deployment refuses the name."""
    part = decision("D", literal("1 instance of list<nothing>"))
    model, problems = read_sound_parts(definitions(part), "x.dmn")
    assert model is not None
    assert decide(model, "D", {}).result is False
    assert [problem.severity for problem in problems] == ["warning"]
    assert problems_of(part)["dmn-expression"].severity == "error"
