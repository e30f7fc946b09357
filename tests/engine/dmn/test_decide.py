"""Decisions are made as DMN 1.3 says."""

from datetime import date

import pytest

from engine.dmn import (
    DmnError,
    HitPolicyError,
    UnknownDecisionError,
    decide,
    map_result,
    read_dmn,
    required_names,
)
from engine.feel import Environment, FeelLimitError, FeelNameError
from tests.engine.dmn.build import decision, definitions, fact, literal, model_of, table, text

RISKS = ['>= 3 => "high"', '>= 1 => "mid"', '- => "low"']


@pytest.mark.parametrize(
    ("policy", "outputs", "rules", "x", "wanted"),
    [
        ("UNIQUE", ["r"], ['1 => "a"', '2 => "b"'], 2, "b"),
        ("UNIQUE", ["r"], ['1 => "a"'], 9, None),
        ("UNIQUE", ['r:"none"'], ['1 => "a"'], 9, "none"),
        ("FIRST", ["r"], RISKS, 3, "high"),
        ("FIRST", ["r"], RISKS, 1, "mid"),
        ("ANY", ["r"], ['> 1 => "a"', '> 2 => "a"'], 3, "a"),
        ("PRIORITY", ['r::"low", "mid", "high"'], RISKS, 3, "low"),
        ("PRIORITY", ['r::"high", "mid", "low"'], RISKS[::-1], 3, "high"),
        ("RULE ORDER", ["r"], RISKS, 3, ["high", "mid", "low"]),
        ("OUTPUT ORDER", ['r::"low", "mid", "high"'], RISKS, 3, ["low", "mid", "high"]),
        ("COLLECT", ["r"], RISKS, 1, ["mid", "low"]),
        ("COLLECT", ["r"], ["1 => 5"], 9, []),
        ("COLLECT+SUM", ["r"], ["> 1 => 5", "> 2 => 7"], 3, 12),
        ("COLLECT+MIN", ["r"], ["> 1 => 5", "> 2 => 7"], 3, 5),
        ("COLLECT+MAX", ["r"], ["> 1 => 5", "> 2 => 7"], 3, 7),
        ("COLLECT+COUNT", ["r"], ["> 1 => 5", "> 2 => 5"], 3, 2),
        ("COLLECT+COUNT", ["r"], ["> 1 => 5"], 0, 0),
        ("COLLECT+SUM", ["r"], ["> 1 => 5"], 0, None),
        ("COLLECT+COUNT", ["r:7"], ["> 1 => 5"], 0, 7),
        ("COLLECT+COUNT", ["r:7"], ["> 1 => 5"], 3, 1),
        ("COLLECT+SUM", ['r:"none"'], ["> 1 => 5"], 0, "none"),
        ("UNIQUE", ["a", "b"], ["1 => 10 | x + 1", "2 => 20 | -"], 1, {"a": 10, "b": 2}),
        ("UNIQUE", ["a", "b"], ["1 => 10 | x + 1", "2 => 20 | -"], 2, {"a": 20, "b": None}),
        ("UNIQUE", ["a:0", "b"], ["1 => 10 | 1"], 7, {"a": 0, "b": None}),
        (
            "COLLECT",
            ["a", "b"],
            ["- => 1 | 2", "1 => 3 | 4"],
            1,
            [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
        ),
        (
            "PRIORITY",
            ['a::"x", "y"', "b::1, 2"],
            ['- => "y" | 1', '- => "x" | 2'],
            1,
            {"a": "x", "b": 2},
        ),
        ("UNIQUE", ["r"], ["not(1, 2) => 1", "1, 2 => 2"], 2, 2),
        ("UNIQUE", ["r"], ["null => 1", "not(null) => 2"], None, 1),
    ],
)
def test_a_table_follows_its_hit_policy(
    policy: str, outputs: list[str], rules: list[str], x: object, wanted: object
) -> None:
    """Each policy, with and without a match, with one output and several."""
    model = model_of(decision("D", table(policy, ["x"], outputs, rules)))
    assert decide(model, "D", {"x": x}).result == wanted


@pytest.mark.parametrize(
    ("policy", "kind", "wanted"),
    [
        ("PRIORITY", "tColour", "r"),
        ("OUTPUT ORDER", "tColour", ["r", "g"]),
        ("OUTPUT ORDER", "tColours", ["r", "g"]),
    ],
)
def test_the_order_of_results_may_stand_in_their_type(
    policy: str, kind: str, wanted: object
) -> None:
    """An output that lists no values has those that its type allows."""
    types = (
        '<itemDefinition name="tColour"><typeRef>string</typeRef><allowedValues>'
        + text('"r", "g"')
        + "</allowedValues>"
        '</itemDefinition><itemDefinition name="tColours" isCollection="true">'
        "<typeRef>tColour</typeRef></itemDefinition>"
    )
    logic = table(policy, ["x"], ["r"], ['> 0 => "g"', '> 1 => "r"'])
    logic = logic.replace('<output name="r">', f'<output name="r" typeRef="{kind}">')
    assert decide(model_of(types, decision("D", logic)), "D", {"x": 2}).result == wanted


def test_a_cell_may_ask_about_the_input_in_any_way() -> None:
    """Whatever is true for the input lets it through: a path, a choice, a filter."""
    rules = [
        '?.vip => "gold"',
        'if ?.age > 65 then true else false => "senior"',
        '?.tags[1] = "x" => "tagged"',
        '- => "plain"',
    ]
    model = model_of(decision("D", table("FIRST", ["who"], ["r"], rules)))
    wanted = {
        "gold": {"vip": True, "age": 70, "tags": []},
        "senior": {"vip": False, "age": 70, "tags": ["x"]},
        "tagged": {"vip": False, "age": 30, "tags": ["x"]},
        "plain": {"vip": None, "age": None, "tags": []},
    }
    assert {decide(model, "D", {"who": who}).result for who in wanted.values()} == set(wanted)
    for result, who in wanted.items():
        assert decide(model, "D", {"who": who}).result == result


def test_rules_that_contradict_the_policy_are_an_error() -> None:
    """It names the table and the rules; nothing is chosen at random."""
    unique = model_of(
        decision("风险", table("UNIQUE", ["x"], ["r"], ["> 1 => 1", "> 2 => 2", "0 => 3"]))
    )
    with pytest.raises(HitPolicyError) as caught:
        decide(unique, "风险", {"x": 5})
    assert caught.value.rules == (1, 2)
    assert "风险" in caught.value.message.zh
    disagreeing = model_of(decision("D", table("ANY", ["x"], ["r"], ["> 1 => 1", "> 2 => 2"])))
    with pytest.raises(HitPolicyError):
        decide(disagreeing, "D", {"x": 5})


def test_the_result_tells_which_rules_matched() -> None:
    """So that a decision can be explained."""
    model = model_of(decision("D", table("COLLECT", ["x"], ["r"], RISKS)))
    made = decide(model, "D", {"x": 1})
    assert made.matched == {"D": (2, 3)}
    assert made.rows == ({"r": "mid"}, {"r": "low"})
    assert made.decisions == {"D": ["mid", "low"]}


@pytest.mark.parametrize(
    ("mapping", "wanted"),
    [
        ("collectEntries", ["mid", "low"]),
        ("resultList", [{"r": "mid"}, {"r": "low"}]),
        ("", ["mid", "low"]),
    ],
)
def test_results_take_the_shape_a_task_asks_for(mapping: str, wanted: object) -> None:
    """The four mappings of a business rule task."""
    model = model_of(decision("D", table("COLLECT", ["x"], ["r"], RISKS)))
    assert map_result(decide(model, "D", {"x": 1}), mapping) == wanted


@pytest.mark.parametrize(
    ("policy", "outputs", "rows", "shapes"),
    [
        ("UNIQUE", ["r"], ["1 => 7"], (7, {"r": 7}, [7], [{"r": 7}])),
        ("UNIQUE", ["r"], ["2 => 7"], (None, None, [], [])),
        ("COLLECT", ["r"], ["2 => 7"], (None, None, [], [])),
        ("COLLECT", ["r"], ["1 => 7", "1 => 8"], ("rules", "rules", [7, 8], [{"r": 7}, {"r": 8}])),
        ("COLLECT+SUM", ["r"], ["1 => 7", "1 => 8"], (15, {"r": 15}, [15], [{"r": 15}])),
        ("COLLECT+COUNT", ["r"], ["2 => 7"], (0, None, [], [])),
        (
            "UNIQUE",
            ["r", "q"],
            ["1 => 7 | 8"],
            ("outputs", {"r": 7, "q": 8}, "outputs", [{"r": 7, "q": 8}]),
        ),
    ],
)
def test_what_does_not_fit_into_a_shape_is_an_error_as_in_camunda_7(
    policy: str, outputs: list[str], rows: list[str], shapes: tuple[object, ...]
) -> None:
    """Several rules or outputs where one is asked for; nothing is dropped."""
    made = decide(model_of(decision("D", table(policy, ["x"], outputs, rows))), "D", {"x": 1})
    mappings = ("singleEntry", "singleResult", "collectEntries", "resultList")
    for mapping, wanted in zip(mappings, shapes, strict=True):
        if wanted in ("rules", "outputs"):
            said = "allows one matching rule" if wanted == "rules" else "allows one output"
            with pytest.raises(DmnError, match=f"{mapping} {said}"):
                map_result(made, mapping)
        else:
            assert map_result(made, mapping) == wanted


def test_a_decision_stands_on_others_and_on_facts() -> None:
    """Requirements are made first, once, and seen under their names, with spaces too."""
    model = model_of(
        fact("经营面积", "number"),
        decision(
            "Size Class",
            table("FIRST", ["经营面积"], ["c"], ['> 100 => "big"', '- => "small"']),
            "=经营面积",
            id_="size",
        ),
        decision("Fee", literal('if Size Class = "big" then 500 else 100'), "size", id_="fee"),
        decision("Total", literal("Fee * 2 + string length(Size Class)"), "fee size"),
    )
    made = decide(model, "Total", {"经营面积": 120})
    assert made.result == 1003
    assert made.decisions == {"Size Class": "big", "Fee": 500, "Total": 1003}
    assert decide(model, "fee", {"经营面积": 12}).result == 100
    assert required_names(model, "Total") == {"经营面积"}


def test_a_declared_fact_that_is_missing_is_null_and_an_undeclared_name_an_error() -> None:
    """Optional answers are declared; a slip of the pen is not."""
    declared = model_of(fact("x"), decision("D", literal("x = null"), "=x"))
    assert decide(declared, "D", {}).result is True
    undeclared = model_of(decision("D", literal("x = null")))
    with pytest.raises(FeelNameError):
        decide(undeclared, "D", {})
    assert decide(undeclared, "D", {}, strict=False).result is True


def test_text_is_read_as_the_date_its_declared_type_says() -> None:
    """Answers arrive as JSON, which has no dates."""
    cells = ['< date("2026-01-01") => "old"', '- => "new"']
    model = model_of(decision("D", table("FIRST", ["on"], ["r"], cells, kinds=("date",))))
    assert decide(model, "D", {"on": "2025-12-31"}).result == "old"
    assert decide(model, "D", {"on": date(2026, 1, 1)}).result == "new"
    assert decide(model, "D", {"on": "nonsense"}).result == "new"
    typed = model_of(fact("on", "date"), decision("D", literal("on.year"), "=on"))
    assert decide(typed, "D", {"on": "2026-11-23"}).result == 2026


def test_comments_inside_tables_do_not_matter() -> None:
    """Wherever they stand, even within an expression."""
    data = definitions(decision("D", table("FIRST", ["x"], ["r"], ["> 1 => 10", "- => 20"])))
    commented = (
        data.replace(b"<rule", b"<!-- a --><rule")
        .replace(b"<input ", b"<!-- b --><?pi x?><input ")
        .replace(b"<text>&gt; 1", b"<!-- c --><text><!-- d -->&gt; <!-- e -->1<!-- f -->")
        .replace(b"<output ", b"<!-- <output/> --><output ")
    )
    model, problems = read_dmn(commented, "c.dmn")
    assert problems == []
    assert model is not None
    assert decide(model, "D", {"x": 5}).result == 10
    assert decide(model, "D", {"x": 1}).result == 20


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_every_version_of_dmn_is_read(namespace: str) -> None:
    """From 1.1 to 1.5, with a prefix or without."""
    data = definitions(decision("D", literal("1 + 1")))
    plain = data.replace(b"https://www.omg.org/spec/DMN/20191111/MODEL/", namespace.encode())
    prefixed = (
        plain.replace(b"</", b"</s:")
        .replace(b"<", b"<s:")
        .replace(b"<s:/s:", b"</s:")
        .replace(b"<s:?", b"<?")
        .replace(b"xmlns=", b"xmlns:s=")
    )
    for content in (plain, prefixed):
        model, problems = read_dmn(content, "v.dmn")
        assert problems == []
        assert model is not None
        assert decide(model, "D", {}).result == 2


CONTEXT = (
    "<context>"
    f'<contextEntry><variable name="Net Sum"/>{literal("x * 2")}</contextEntry>'
    f'<contextEntry><variable name="tax"/>{literal("Net Sum * 0.5")}</contextEntry>'
    "%s</context>"
)


def test_boxed_contexts() -> None:
    """Entries see the ones before; a nameless last entry is the result."""
    parts = decision("D", CONTEXT % "")
    assert decide(model_of(parts), "D", {"x": 5}).result == {"Net Sum": 10, "tax": 5}
    parts = decision("D", CONTEXT % f"<contextEntry>{literal('Net Sum + tax')}</contextEntry>")
    assert decide(model_of(parts), "D", {"x": 5}).result == 15


def test_boxed_lists_and_relations() -> None:
    """A list of boxes; a relation is a list of contexts."""
    items = f"<list>{literal('1')}{literal('x')}</list>"
    assert decide(model_of(decision("D", items)), "D", {"x": 2}).result == [1, 2]
    relation = (
        '<relation><column name="a"/><column name="b"/>'
        f"<row>{literal('1')}{literal('2')}</row><row>{literal('3')}{literal('x')}</row></relation>"
    )
    wanted = [{"a": 1, "b": 2}, {"a": 3, "b": 9}]
    assert decide(model_of(decision("D", relation)), "D", {"x": 9}).result == wanted


def knowledge(name: str, parameters: str, logic: str, needs: str = "") -> str:
    """Write a business knowledge model."""
    formal = "".join(f'<formalParameter name="{p}"/>' for p in parameters.split(","))
    required = "".join(
        f'<knowledgeRequirement><requiredKnowledge href="#{n}"/></knowledgeRequirement>'
        for n in needs.split()
    )
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/>'
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic>{required}</businessKnowledgeModel>"
    )


INVOCATION = (
    f"<invocation>{literal('%s')}"
    '<binding><parameter name="a"/>%s</binding>'
    '<binding><parameter name="b"/>%s</binding></invocation>'
)


def test_knowledge_models_are_functions() -> None:
    """Called in FEEL or by a boxed invocation; a table can be the body; they can call others."""
    grade = knowledge("grade", "n", table("FIRST", ["n"], ["g"], ['> 5 => "A"', '- => "B"']))
    both = knowledge("both", "a,b", literal("grade(a) + grade(n: b)"), "grade")
    called = decision("D", literal("both(9, 1)"), "*both")
    assert decide(model_of(grade, both, called), "D", {}).result == "AB"
    boxed = decision("D", INVOCATION % ("both", literal("1"), literal("x")), "*both")
    assert decide(model_of(grade, both, boxed), "D", {"x": 7}).result == "BA"


def test_a_knowledge_model_may_call_itself() -> None:
    """Without a requirement, and not for ever."""
    down = knowledge("down", "n", literal("if n <= 0 then [] else concatenate([n], down(n - 1))"))
    called = decision("D", literal("down(3)"), "*down")
    assert decide(model_of(down, called), "D", {}).result == [3, 2, 1]
    endless = knowledge("down", "n", literal("down(n + 1)"))
    with pytest.raises(FeelLimitError):
        decide(model_of(endless, called), "D", {})


def test_a_parameter_may_be_named_like_a_path() -> None:
    """Some tools name parameters so; outside of the function the path is a path."""
    greet = knowledge("greet", "Person.Name", literal('"Hello " + Person.Name'))
    binding = '<binding><parameter name="Person.Name"/>' + literal("Person.Name") + "</binding>"
    called = f"<invocation>{literal('greet')}{binding}</invocation>"
    model = model_of(greet, fact("Person"), decision("D", called, "Person *greet"))
    assert decide(model, "D", {"Person": {"Name": "Li"}}).result == "Hello Li"


def test_boxed_functions() -> None:
    """A function in a context entry sees the entries before it."""
    function = (
        "<context>"
        f'<contextEntry><variable name="k"/>{literal("10")}</contextEntry>'
        '<contextEntry><variable name="f"/><functionDefinition><formalParameter name="n"/>'
        f"{literal('n * k')}</functionDefinition></contextEntry>"
        f"<contextEntry>{literal('for i in 1..3 return f(i)')}</contextEntry></context>"
    )
    assert decide(model_of(decision("D", function)), "D", {}).result == [10, 20, 30]


def test_decision_services_are_functions_of_their_inputs() -> None:
    """Given decisions replace the model's own."""
    service = (
        '<decisionService id="svc" name="svc"><variable name="svc"/>'
        '<outputDecision href="#B"/><inputDecision href="#A"/><inputData href="#x"/>'
        "</decisionService>"
    )
    parts = (
        fact("x"),
        decision("A", literal("x + 1"), "=x"),
        decision("B", literal("A * 10 + x"), "A =x"),
        service,
        decision("C", literal("svc(5, 7) + B"), "B *svc"),
    )
    assert decide(model_of(*parts), "C", {"x": 1}).result == 75 + 21


def test_the_hosts_functions_can_be_called() -> None:
    """Working-day functions, for example."""
    model = model_of(decision("D", literal("add days(x)")), functions=frozenset({"add days"}))
    environment = Environment(functions={"add days": lambda n: n + 1})
    assert decide(model, "D", {"x": 1}, environment=environment).result == 2


def test_an_unknown_decision_is_an_error() -> None:
    """By id or name; else refused."""
    with pytest.raises(UnknownDecisionError):
        decide(model_of(decision("D", literal("1"))), "E", {})


def test_all_of_a_decision_shares_one_allowance() -> None:
    """Loops in knowledge models called in loops come to an end."""
    inner = knowledge("inner", "n", literal("count(for i in 1..5000 return i * n)"))
    outer = decision("D", literal("for j in 1..5000 return inner(j)"), "*inner")
    with pytest.raises(FeelLimitError):
        decide(model_of(inner, outer), "D", {})


def test_cells_with_question_marks_and_expressions() -> None:
    """Cells may name other facts and the tested value."""
    rules = ["? > limit and ? < 100 => 1", 'starts with(string(?), "5") => 2', "- => 3"]
    model = model_of(decision("D", table("FIRST", ["x"], ["r"], rules)))
    assert decide(model, "D", {"x": 50, "limit": 10}).result == 1
    assert decide(model, "D", {"x": 5, "limit": 10}).result == 2
    assert decide(model, "D", {"x": 6, "limit": 10}).result == 3
    assert text("<") == "<text>&lt;</text>"


@pytest.mark.parametrize(("cell", "value"), [("[1..limit]", None), ("not([1..limit])", 5)])
def test_a_range_up_to_nothing_lets_no_value_through(cell: str, value: object) -> None:
    """Whether a value lies in it cannot be told: neither the cell matches nor its opposite."""
    rules = [f'{cell} => "matched"', '- => "passed over"']
    model = model_of(decision("D", table("FIRST", ["x"], ["r"], rules)))
    assert decide(model, "D", {"x": value, "limit": None}).result == "passed over"


def test_an_invocation_leaves_out_what_a_function_does_not_need() -> None:
    """A built-in function with a parameter that may be left out, as a boxed function."""
    boxed = f'<invocation>{literal("floor")}<binding><parameter name="n"/>{literal("1.5")}'
    model = model_of(decision("D", boxed + "</binding></invocation>"))
    assert decide(model, "D", {}).result == 1


def test_an_invocation_that_does_not_fit_is_null() -> None:
    """An unknown parameter, or nothing that can be called."""
    grade = knowledge("grade", "n", literal("n"))
    model = model_of(
        grade, decision("D", INVOCATION % ("grade", literal("1"), literal("2")), "*grade")
    )
    assert decide(model, "D", {}).result is None
    model = model_of(decision("D", INVOCATION % ("x", literal("1"), literal("2"))))
    assert decide(model, "D", {"x": 1}).result is None


def test_a_service_of_several_decisions_gives_a_context() -> None:
    """By the names of the decisions."""
    service = (
        '<decisionService id="svc" name="svc"><outputDecision href="#A"/>'
        '<outputDecision href="#B"/><inputData href="#x"/></decisionService>'
    )
    parts = (
        fact("x"),
        decision("A", literal("x + 1"), "=x"),
        decision("B", literal("x + 2"), "=x"),
        service,
        decision("C", literal("svc(x: 10)"), "*svc"),
    )
    model = model_of(*parts)
    assert decide(model, "C", {}).result == {"A": 11, "B": 12}
    assert required_names(model, "C") == frozenset()


def test_a_very_long_row_of_decisions_is_refused() -> None:
    """With an error of the language, not a crash."""
    count = 2000
    parts = [decision("D0", literal("1"))]
    parts += [decision(f"D{n}", literal(f"D{n - 1} + 1"), f"D{n - 1}") for n in range(1, count)]
    model = model_of(*parts)
    assert decide(model, "D50", {}).result == 51
    with pytest.raises(FeelLimitError):
        decide(model, f"D{count - 1}", {})


def test_knowledge_models_shared_by_several_are_looked_at_once() -> None:
    """The names a decision needs include those of everything below it."""
    shared = knowledge("k", "n", literal("n"))
    parts = (
        fact("x"),
        fact("y"),
        shared,
        decision("A", literal("k(x)"), "=x *k"),
        decision("B", literal("k(y) + A"), "A =y *k"),
        decision("C", literal("A + B + z"), "A B"),
    )
    model, problems = read_dmn(definitions(*parts), "x.dmn")
    assert model is not None
    assert [problem.rule for problem in problems] == ["dmn-unknown-name"]
    assert required_names(model, "C") == {"x", "y", "z"}


def test_requirements_of_another_kind_are_passed_over() -> None:
    """A requirement that points to a thing of another kind brings nothing into sight."""
    parts = (fact("x"), decision("A", literal("1")), decision("D", literal("1"), "=A *x"))
    assert decide(model_of(*parts), "D", {}).result == 1


def test_a_requirement_of_the_wrong_kind_still_finds_what_it_points_to() -> None:
    """A decision called an input, and an input called a decision."""
    swapped = decision("D", literal("A + x"), "=A x")
    model = model_of(fact("x"), decision("A", literal("1")), swapped)
    assert decide(model, "D", {"x": 2}).result == 3
