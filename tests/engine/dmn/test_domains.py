"""Where a file says which values there are, others count as null, with a problem."""

import pytest

from engine.dmn import DecisionResult, decide, decide_service, read_dmn, read_sound_parts
from tests.engine.dmn.build import decision, definitions, fact, literal, model_of, table, text

TYPES = """
<itemDefinition name="tGrade"><typeRef>string</typeRef>
<allowedValues><text>"A", "B"</text></allowedValues></itemDefinition>
<itemDefinition name="tSameGrade"><typeRef>tGrade</typeRef></itemDefinition>
<itemDefinition name="tOtherGrade"><typeRef>tGrade</typeRef>
<allowedValues><text>"C", "D"</text></allowedValues></itemDefinition>
<itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef></itemDefinition>
<itemDefinition name="tReport"><itemComponent name="grade"><typeRef>tGrade</typeRef>
</itemComponent></itemDefinition>
<itemDefinition name="tReports" isCollection="true"><typeRef>tReport</typeRef></itemDefinition>
<itemDefinition name="tLate"><typeRef>date</typeRef>
<allowedValues><text>&gt;= @"2026-01-01"</text></allowedValues></itemDefinition>
<itemDefinition name="tGiver"><functionItem outputTypeRef="tGrade"><parameters name="x"/>
</functionItem></itemDefinition>
<itemDefinition name="tTaker"><functionItem><parameters name="base" typeRef="tGrade"/>
</functionItem></itemDefinition>
<itemDefinition name="tTree"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>
<itemComponent name="parts" isCollection="true"><typeRef>tTree</typeRef></itemComponent>
</itemDefinition>
"""


def made(logic: str, kind: str = "", **given: object) -> DecisionResult:
    """Make a decision ``D`` that sees the fact ``x``."""
    written = decision("D", logic, "=x")
    if kind:
        written = written.replace('<variable name="D"/>', f'<variable name="D" typeRef="{kind}"/>')
    return decide(model_of(TYPES, fact("x"), written), "D", {"x": None, **given})


def rules_of(found: DecisionResult) -> list[str]:
    """Return the rules of the problems."""
    return [problem.rule for problem in found.problems]


@pytest.mark.parametrize(
    ("kind", "expression", "wanted"),
    [
        ("tGrade", '"A"', "A"),
        ("tGrade", '"C"', None),
        ("tGrade", '["B"]', "B"),
        ("tSameGrade", '"A"', "A"),
        ("tSameGrade", '"C"', None),
        ("tOtherGrade", '"C"', "C"),
        ("tOtherGrade", '"A"', None),
        ("tGrades", '["A", "B"]', ["A", "B"]),
        ("tGrades", '"B"', ["B"]),
        ("tGrades", '"C"', None),
        ("tGrades", '["A", "C"]', None),
        ("tReport", '{grade: "A"}', {"grade": "A"}),
        ("tReport", '{grade: "C"}', None),
        ("tReport", "{grade: null}", {"grade": None}),
        ("tLate", 'date("2026-05-06")', "date"),
        ("tLate", 'date("2025-05-06")', None),
        ("", '"C" instance of tGrade', True),
        ("", "5 instance of tGrade", False),
        ("", '{name: "a", parts: [{name: "b", parts: []}]} instance of tTree', True),
        ("", '{name: "a", parts: [{name: 5, parts: []}]} instance of tTree', False),
        ("tTree", '{name: "a", parts: [{name: 5, parts: []}]}', None),
        ("", '(function(g: tGrade) g)("A")', "A"),
        ("", '(function(g: tGrade) g)("C")', None),
    ],
)
def test_a_type_lets_through_only_what_it_allows(
    kind: str, expression: str, wanted: object
) -> None:
    """A type's own list stands in place of its base's; ``instance of`` does not ask it."""
    found = made(literal(expression), kind)
    assert (str(found.result)[:4] == "2026") if wanted == "date" else (found.result == wanted)
    assert rules_of(found) == ["dmn-result-type"] * (wanted is None and bool(kind))


def entries(*cells: str) -> str:
    """Write a rule without conditions."""
    return f"<rule>{''.join(cells)}</rule>"


X = literal("x")
TYPED = X.replace("<literalExpression>", '<literalExpression typeRef="tGrade">')
CELL = "<outputEntry><text>x</text></outputEntry>"
TYPED_CELL = '<outputEntry typeRef="tGrade"><text>x</text></outputEntry>'
END = "</decisionTable>"
GRADE = 'name="grade"'
KIND = 'typeRef="tGrade"'
SAME = literal("function(a) a")
YES = literal("true")

#: A boxed expression, and what it gives for "A" and for "C".
BOXES = [
    (
        f'<context typeRef="tReport"><contextEntry><variable {GRADE}/>{X}</contextEntry></context>',
        {"grade": "A"},
        None,
    ),
    (
        f"<context><contextEntry><variable {GRADE} {KIND}/>{X}</contextEntry></context>",
        {"grade": "A"},
        {"grade": None},
    ),
    (
        f"<context><contextEntry><variable {GRADE} {KIND}/>{TYPED}</contextEntry></context>",
        {"grade": "A"},
        {"grade": None},
    ),
    (f'<list typeRef="tGrades">{X}</list>', ["A"], None),
    (f"<list>{TYPED}</list>", ["A"], [None]),
    (
        f'<relation typeRef="tReports"><column {GRADE}/><row>{X}</row></relation>',
        [{"grade": "A"}],
        None,
    ),
    (
        f"<relation><column {GRADE} {KIND}/><row>{X}</row></relation>",
        [{"grade": "A"}],
        [{"grade": None}],
    ),
    (f"<decisionTable {KIND}><output/>{entries(CELL)}</decisionTable>", "A", None),
    (f"<decisionTable><output {KIND}/>{entries(CELL)}</decisionTable>", "A", None),
    (
        f'<decisionTable><output name="a" {KIND}/><output name="b"/>{entries(CELL, CELL)}' + END,
        {"a": "A", "b": "A"},
        {"a": None, "b": "C"},
    ),
    (
        f'<decisionTable><output name="a"/><output name="b"/>{entries(CELL, TYPED_CELL)}' + END,
        {"a": "A", "b": "A"},
        {"a": "C", "b": None},
    ),
    (
        f'<invocation>{SAME}<binding><parameter name="a" {KIND}/>{X}</binding></invocation>',
        "A",
        None,
    ),
    (
        f'<invocation {KIND}>{SAME}<binding><parameter name="a"/>{X}</binding></invocation>',
        "A",
        None,
    ),
    (
        f"<conditional {KIND}><if>{YES}</if><then>{X}</then><else>{X}</else></conditional>",
        "A",
        None,
    ),
]


@pytest.mark.parametrize(("logic", "good", "bad"), BOXES)
def test_every_boxed_expression_keeps_the_types_it_declares(
    logic: str, good: object, bad: object
) -> None:
    """With "A", which is allowed, and with "C", which is not."""
    assert made(logic, x="A").result == good
    found = made(logic, x="C")
    assert found.result == bad
    assert set(rules_of(found)) == {"dmn-result-type"}


KNOWLEDGE = (
    '<businessKnowledgeModel id="k" name="k"><variable name="k"{outer}/><encapsulatedLogic{inner}>'
    '<formalParameter name="a"{taken}/>{body}</encapsulatedLogic></businessKnowledgeModel>'
)


@pytest.mark.parametrize(
    ("outer", "inner", "taken"),
    [
        (' typeRef="tGiver"', "", ""),
        ("", ' typeRef="tGiver"', ""),
        ("", "", ' typeRef="tGrade"'),
        (' typeRef="tGrade"', "", ""),
    ],
)
def test_functions_take_and_give_only_what_their_types_allow(
    outer: str, inner: str, taken: str
) -> None:
    """Whether the type is on the variable, the logic or the parameter."""
    body = literal("a")
    model = model_of(
        TYPES,
        fact("x"),
        KNOWLEDGE.format(outer=outer, inner=inner, taken=taken, body=body),
        decision("D", literal("k(x)"), "=x *k"),
    )
    assert decide(model, "D", {"x": "B"}).result == "B"
    assert decide(model, "D", {"x": "C"}).result is None


def test_a_function_declared_by_its_type_is_narrowed_to_it() -> None:
    """A lambda, and a boxed function."""
    lambda_ = literal("function(a) a").replace("<literalExpression>",
                                               '<literalExpression typeRef="tGiver">')  # fmt: skip
    boxed = (
        '<functionDefinition typeRef="tGiver"><formalParameter name="a"/>'
        f"{literal('a')}</functionDefinition>"
    )
    for logic in (lambda_, boxed):
        model = model_of(
            TYPES, fact("x"), decision("F", logic), decision("D", literal("F(x)"), "=x F")
        )
        assert decide(model, "D", {"x": "B"}).result == "B"
        assert decide(model, "D", {"x": "C"}).result is None


def test_the_type_of_a_service_types_its_parameters_and_result() -> None:
    """By the parameters' names."""
    model = model_of(
        TYPES,
        decision("base", literal('"A"')),
        decision("D", literal("base"), "base"),
        '<decisionService id="s" name="s"><variable name="s" typeRef="tTaker"/>'
        '<outputDecision href="#D"/><inputDecision href="#base"/></decisionService>',
        '<decisionService id="r" name="r"><variable name="r" typeRef="tGiver"/>'
        '<outputDecision href="#D"/><inputDecision href="#base"/></decisionService>',
    )
    for service in ("s", "r"):
        assert decide_service(model, service, {"base": "B"}).result == "B"
        assert decide_service(model, service, {"base": "C"}).result is None


def guarded(values: str, cell: str) -> str:
    """Write a table of one input with input values and one rule."""
    return table("UNIQUE", ["x"], ["r"], [f'{cell} => "hit"']).replace(
        "</inputExpression>", f"</inputExpression><inputValues>{text(values)}</inputValues>"
    )


@pytest.mark.parametrize(
    ("values", "cell", "value", "hit"),
    [
        ("3, 5", "5", 5, True),
        ("[1..9]", "5", 5, True),
        ("-", "5", 5, True),
        ("not(1, 2)", "5", 5, True),
        ("not(5)", "null", 5, True),
        ("not(5)", "5", 5, False),
        ('"ab", string length(?) = 3', '"xyz"', "xyz", True),
        ('"ab", string length("?") = 1', "null", "xyz", True),
        ("?", '"xyz"', "xyz", True),
        ("?", "true", True, True),
        ('("on", true)', "null", False, True),
        ('("on", true)', "true", True, True),
        ("[345, ? = 5, 456]", "null", 5, True),
        ("string length(?) >= 3", "5", 5, False),
    ],
)
def test_a_value_that_is_no_input_value_counts_as_null(
    values: str, cell: str, value: object, hit: bool
) -> None:
    """The rules see null then; ``?`` is the value in question."""
    found = made(guarded(values, cell), x=value)
    assert found.result == ("hit" if hit else None)
    null = cell == "null" or not hit
    assert rules_of(found) == ["dmn-input-value"] * null


@pytest.mark.parametrize(
    ("values", "result", "wanted"),
    [
        ('"a", "b"', '"a"', "a"),
        ('"a", "b"', '"c"', None),
        ("-", '"c"', "c"),
        ("string length(?) >= 3", '"abc"', "abc"),
        ("string length(?) >= 3", '"ab"', None),
        ("[1..3]", "2", 2),
        ("[1..3]", "4", None),
        ('not("a")', '"b"', "b"),
        ("< @\"2026-01-01\"", '@"2026-05-06"', None),
    ],
)  # fmt: skip
def test_a_result_that_is_no_output_value_counts_as_null(
    values: str, result: str, wanted: object
) -> None:
    """The output values are tests, as the input values are."""
    logic = table("UNIQUE", ["1"], ["r::@@"], [f"1 => {result}"])
    logic = logic.replace("<text>@@</text>", text(values))
    found = made(logic)
    assert found.result == wanted
    assert rules_of(found) == ["dmn-output-value"] * (wanted is None)


def test_a_list_declared_for_an_output_of_many_rules_means_its_elements() -> None:
    """Some modellers write the type of the whole result there."""
    logic = table("COLLECT", ["x"], ["r"], ['- => "A"', '- => "B"']).replace(
        '<output name="r">', '<output name="r" typeRef="tGrades">'
    )
    assert made(logic).result == ["A", "B"]


def test_a_decision_with_faulty_logic_leaves_the_others_whole() -> None:
    """An unreadable literal, an entry named twice, a function of another language."""
    model, problems = read_sound_parts(
        definitions(
            decision("literal", literal('@"foo" = null')),
            decision("twice", literal("{a: 1, a: 2}")),
            decision("java", literal("function(a) external {java: {class: 'x'}}")),
            decision("good", literal("1")),
        ),
        "test.dmn",
    )
    assert model is not None
    assert [problem.element for problem in problems] == ["literal", "twice", "java"]
    assert [problem.severity for problem in problems] == ["warning", "warning", "error"]
    assert decide(model, "good", {}).result == 1
    assert decide(model, "literal", {}).result is True
    assert decide(model, "twice", {}).result is None
    found = decide(model, "java", {})
    assert (found.result, rules_of(found)) == (None, ["dmn-no-logic"])
    strict = read_dmn(definitions(decision("literal", literal('@"foo" = null'))), "test.dmn")
    assert [problem.severity for problem in strict[1]] == ["error"]


def test_cells_see_the_value_under_the_name_that_camunda_gives_it() -> None:
    """``cellInput``, or what the column says; the next column does not see it."""
    logic = table("FIRST", ["a + b", "b"], ["r"], ["cellInput > 5 | - => 1", "- | many > 2 => 2"])
    named = '<input xmlns:camunda="http://camunda.org/schema/1.0/dmn" camunda:inputVariable="many"'
    part = decision("D", logic.replace('<input id="i1"', f'{named} id="i1"'), "=a =b")
    model = model_of(fact("a"), fact("b"), part)
    results = [decide(model, "D", {"a": a, "b": b}).result for a, b in ((5, 1), (1, 3), (1, 1))]
    assert results == [1, 2, None]


def test_a_cell_may_ask_about_a_part_of_the_value_that_camunda_names() -> None:
    """A path or a choice that is true lets it through, as with ``?``."""
    rules = ['cellInput.vip => "gold"', 'if cellInput.age > 65 then true else false => "senior"']
    model = model_of(fact("who"), decision("D", table("FIRST", ["who"], ["r"], rules), "=who"))
    people = ({"vip": True, "age": 1}, {"vip": False, "age": 70}, {"vip": False, "age": 1})
    found = [decide(model, "D", {"who": who}).result for who in people]
    assert found == ["gold", "senior", None]
