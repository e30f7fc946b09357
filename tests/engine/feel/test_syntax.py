"""What is no FEEL is refused with its place; what is, tells which names it needs."""

import pytest

from engine.feel import (
    FeelError,
    FeelNameError,
    FeelSyntaxError,
    FeelValueError,
    compile_expression,
    compile_unary_tests,
    evaluate,
)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("1 +", 1, 4),
        ("= 1 +", 1, 6),
        ("a ==", 1, 3),
        ("a == 1", 1, 3),
        ("a && b", 1, 3),
        ("!a", 1, 1),
        ("(1", 1, 3),
        ("1)", 1, 2),
        ("x\n  and #", 2, 7),
        ('"open', 1, 1),
        ("if a then b", 1, 12),
        ("for x return 1", 1, 7),
        ("{a: 1, a: 2}", 1, 8),
        ("{a 1}", 1, 5),
        ("[1..2", 1, 6),
        ("a AND b", 1, 3),
        ("not a", 1, 6),
        ('@"nonsense"', 1, 2),
        ("1 instance of thing", 1, 15),
        ("function(a) external {}", 1, 13),
        ("import os", 1, 10),
        ("a; b", 1, 2),
        ("x = 'a'", 1, 5),
        ("lambda: 1", 1, 7),
        ("1 2", 1, 3),
        ("/* open", 1, 1),
        ("1e9999", 1, 1),
        ("f(a: 1, 2)", 1, 9),
        ("1 in (2, 3", 1, 11),
        ("instance = 1 instance", 1, 14),
        ("function(a: nonsense) a", 1, 13),
        ("{: 1}", 1, 2),
        ("a.", 1, 3),
        ("a.1", 1, 2),
    ],
)
def test_a_syntax_error_says_where(text: str, line: int, column: int) -> None:
    """Line and column count from 1."""
    if text in {"not a", "import os"}:
        with pytest.raises(FeelNameError):  # a name of two words, and unknown
            evaluate(text)
        return
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.message.zh
    assert str(line) in caught.value.message.en


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a + b.c + f(d)", {"a", "b", "d"}),
        ("for i in list return i + x", {"list", "x"}),
        ("some i in a, j in i satisfies j = k", {"a", "k"}),
        ("{a: b, c: a}", {"b"}),
        ("function(a) a + b", {"b"}),
        ("people[age > limit]", {"people"}),
        ("sort(xs, before)", {"xs"}),
        ("[1, 2][item > 1]", set()),
        ("Applicant Age > 18", {"Applicant Age"}),
        ("申请人.年龄 > 标准", {"申请人", "标准"}),
        ('x in ["a"] and y between z and 3', {"x", "y", "z"}),
    ],
)
def test_the_names_an_expression_needs(text: str, names: set[str]) -> None:
    """Names declared in the text itself do not count."""
    assert compile_expression(text).names == names


def test_names_in_filters_are_only_possible_names() -> None:
    """They may be entries of the elements or come from outside."""
    assert compile_expression("people[age > limit]").possible_names == {"age", "limit"}


def test_declared_names_may_hold_signs_and_keywords() -> None:
    """Longest first, with any spaces between the words."""
    names = frozenset({"terms and conditions", "a-b", "a"})
    assert compile_expression("terms  and conditions = a-b", names).names == {
        "terms and conditions",
        "a-b",
    }
    assert compile_expression("a - c", names).names == {"a", "c"}
    odd = frozenset({"if so", "#?", " ", "a-b", "x " * 20_000, "a - b"})
    assert compile_expression("if so + 1", odd).names == {"if so"}
    assert compile_expression("function(a: number, b) a", odd).names == set()


def test_all_white_space_of_the_grammar_separates() -> None:
    """Also marks that Python takes for none, such as a byte order mark before the text."""
    assert evaluate("\ufeff1\u200b+\u180e2\u3000") == 3
    assert evaluate("\ufeff= a\ufeffb", {"a b": 5}) == 5
    assert evaluate('"a\u200bb"') == "a\u200bb"


def test_an_unknown_name_is_an_error_or_null() -> None:
    """Gateways are strict; forms need not be."""
    with pytest.raises(FeelNameError) as caught:
        evaluate("审批结果 = 1", {})
    assert caught.value.name == "审批结果"
    assert "审批结果" in caught.value.message.zh
    assert evaluate("missing", {}, strict=False) is None
    assert evaluate("missing.part > 3", {}, strict=False) is None


def test_a_host_value_of_a_strange_type_is_refused() -> None:
    """Objects never get in, not even to be ignored."""
    for strange in (object(), {1, 2}, b"x", 1j, len, FeelError):
        with pytest.raises(FeelValueError):
            evaluate("x", {"x": strange})
        with pytest.raises(FeelValueError):
            evaluate("x.y", {"x": strange})


def test_compiled_expressions_are_remembered() -> None:
    """The same text gives the very same object."""
    assert compile_expression("1 + remembered") is compile_expression("1 + remembered")


@pytest.mark.parametrize(
    ("tests", "value", "wanted"),
    [
        ("-", None, True),
        ("5", 5, True),
        ("5", 6, False),
        ("< 5", 4, True),
        ("<5, >10", 11, True),
        ("[1..5]", 5, True),
        ("(1..5)", 5, False),
        ("]1..5[", 2, True),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "b", False),
        ('not("a", "b")', "c", True),
        ("not(null)", None, False),
        ("null", None, True),
        ("null", 1, False),
        ("true", True, True),
        ("true", None, False),
        ("< 5", None, None),
        ("> 5", "a", None),
        ("? > 3 and ? < 9", 5, True),
        ("? > 3 and ? < 9", 10, False),
        ("not(? > 3)", 2, True),
        ('contains(?, "bc")', "abcd", True),
        ("limit", 3, True),
        ("> limit", 4, True),
        ("limit + 1", 4, True),
        ("list", 2, True),
        ("[1, 2]", 2, True),
        ("limit > 2", "whatever", True),
        ("limit > 5", "whatever", False),
        ("= 5", 5, True),
        ("!= 5", 5, False),
        ('date("2026-01-01")', __import__("datetime").date(2026, 1, 1), True),
        ('>= date("2026-01-01")', __import__("datetime").date(2025, 1, 1), False),
        ("?.a = 1", {"a": 1}, True),
        ("some x in ? satisfies x > 2", [1, 3], True),
        ("count(?)", 1, True),
        ("-1", -1, True),
        ("> ? - 1", 5, True),
        ('? > "a"', 5, None),
        ("not(1, null)", "a", None),
        ("count(list) = ?", 2, True),
        ("?.vip", {"vip": True}, True),
        ("?.vip", {"vip": False}, False),
        ("?.vip", {}, None),
        ("not(?.vip)", {"vip": True}, False),
        ("not(?.vip)", {"vip": False}, True),
        ("if ? > 3 then true else false", 5, True),
        ("if ? > 3 then true else false", 3, False),
        ("if ? > 3 then ? else 9", 5, True),
        ("if ? > 3 then [1, ?] else 9", 5, True),
        ("{a: ? > 3}.a", 5, True),
        ("?[1]", [True, False], True),
        ("[? > 3][1]", 5, True),
        ("[1, ?]", 2, True),
        ("[? - 1 .. ? + 1]", 5, True),
        ("? + 1", 4, False),
        ("?", False, True),
        ("if limit > 2 then true else false", "whatever", True),
        ("{a: limit}.a", 3, True),
        ("list[2] > limit", "whatever", False),
    ],
)
def test_unary_tests(tests: str, value: object, wanted: object) -> None:
    """As decision tables write them; null when it cannot be told."""
    compiled = compile_unary_tests(tests)
    assert compiled.matches(value, {"limit": 3, "list": [1, 2]}) is wanted


def test_unary_tests_tell_their_names() -> None:
    """The tested value is no name."""
    assert compile_unary_tests("> limit, f(?)").names == {"limit"}


@pytest.mark.parametrize("text", ["", "5,", "not(5", "> ", "5 6", "-, 5", "not(5 6)"])
def test_bad_unary_tests_are_refused(text: str) -> None:
    """With their place."""
    with pytest.raises(FeelSyntaxError):
        compile_unary_tests(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("${a == 1}", True),
        ("${ a != 1 }", False),
        ("#{a >= 1 && b.c == 'x'}", True),
        ('${b.c == "x"}', True),
        ("${!flag}", True),
        ("${not flag and a lt 2}", True),
        ("${a == 2 || (flag == false)}", True),
        ("${b.d == null}", True),
        ("${a eq 1 or a ge 5}", True),
        ("${a > -1.5}", True),
        ("${true}", True),
        ("${b.c == 'it\\'s'}", False),
        ("${empty none}", True),
        ("${empty ''}", True),
        ("${empty list && not empty a}", True),
        ("${!empty b and b['c'] == 'x'}", True),
        ("${a > 0 ? b.c == 'x' : flag}", True),
        ("${flag ? true : empty b.c ? true : false}", False),
        ("${a/2 >= 0.5}", True),
        ("${a + 1 == 2 and a-1 == 0 && 2 * a + 3 == 5}", True),
        ("${-a < 0 and a div 4 == 0.25}", True),
        ("${text ? true : false}", True),
        ("${pair[1] == 8 && pair[5] == null}", True),
    ],
)
def test_the_common_part_of_camunda_is_translated(text: str, wanted: bool) -> None:
    """Comparisons, logic, emptiness, choices, property access, literals."""
    data = {"a": 1, "b": {"c": "x"}, "flag": False, "none": None, "list": [], "text": "true"}
    assert evaluate(text, data | {"pair": [7, 8]}) is wanted


#: What JUEL makes of null and of texts: n is null, t true, k 3, the rest texts.
COERCED = [
    ("!n", True),
    ("n ? 'a' : 'b'", "b"),
    ("!n ? 'a' : 'b'", "a"),
    ("n > 5", False),
    ("n <= n", True),
    ("n < n", False),
    ("!(n > 5)", True),
    ("!(n && t)", True),
    ("n || !n", True),
    ("n || false", False),
    ("(n ? t : n) && t", False),
    ("n == null && k != n", True),
    ("yes && t", True),
    ("!yes", False),
    ("!'TRUE'", False),
    ("word || false", False),
    ("yes ? 1 : 2", 1),
    ("five == 5", True),
    ("5.0 == five", True),
    ("five != 5", False),
    ("five > 4 && k < five", True),
    ("five == '5'", True),
    ("none == 0", True),
    ("t == 'true'", True),
    ("word == t", False),
    ("t < 'u'", True),
    ("five + 1", 6),
    ("1 + five", 6),
    ("n + 1", 1),
    ("none + 1", 1),
    ("five - n", 5),
    ("five * five", 25),
    ("five / 2 == 2.5", True),
    ("five * 2 + 1 > 10", True),
    ("-five", -5),
    ("-n", 0),
    ("'1.5' * 2", 3),
    ("five % 2", 1),
    ("-five mod 3", -2),
    ("k % -2", 1),
    ("7.5 % 2 == 1.5", True),
    ("n % k == 0 && 2 * five % 4 == 2", True),
    ("-3 + five", 2),
]


@pytest.mark.parametrize(("text", "wanted"), COERCED)
def test_camunda_coerces_as_juel_does(text: str, wanted: object) -> None:
    """Null is false, a text beside a number is a number, beside a boolean a boolean."""
    data = {"n": None, "t": True, "k": 3, "five": "5", "yes": "true", "word": "abc", "none": ""}
    found = evaluate(f"${{{text}}}", data)
    assert (found, type(found)) == (wanted, type(wanted))


UNCOERCED = ["word > 5", "word == 5", "!(word == 5)", "!k", "k && t", "l > 1"]
UNRECKONED = ["word + 1", "1 + word + 1", "-word * 2", "k * word - 1", "t + 1", "1 / 0 + 1"]


@pytest.mark.parametrize("text", [*UNCOERCED, *UNRECKONED, "k % 0 + 1", "word mod 2", "l % 2"])
def test_what_juel_cannot_coerce_is_null(text: str) -> None:
    """Where JUEL fails, the condition does not hold, and neither does its opposite.

    Arithmetic that failed does not go on as if it were 0.
    """
    data = {"word": "abc", "k": 3, "t": True, "l": [1]}
    assert evaluate(f"${{{text}}}", data) is None


@pytest.mark.parametrize("text", ["${k + 1}", "${k.part * 2}", "${-k}", "${k + 1 > 0}"])
def test_a_variable_that_nobody_has_set_is_no_number(text: str) -> None:
    """A condition that is asked before its data are there must not begin to hold."""
    with pytest.raises(FeelNameError):
        evaluate(text, {})
    assert not evaluate(text, {}, strict=False)


@pytest.mark.parametrize("text", ["${a + b}", "${'x' + b}", "${a + b == 2}"])
def test_joining_texts_in_camunda_is_explained(text: str) -> None:
    """It is not said to end too early: it is whole, and outside of what is translated."""
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)
    assert "Only comparisons, logic, properties, null" in caught.value.message.en
    assert "只支持比较、逻辑、属性、null" in caught.value.message.zh


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("${execution.getVariable('x')}", 24),
        ("${a + b == 2}", 5),
        ("${a instanceof b}", 5),
        ("${a % }", 7),
        ("${list[b] == 1}", 8),
        ("${list[-1] == 1}", 8),
        ("${empty}", 8),
        ("${empty (empty a)}", 10),
        ("${a == 1", 8),
        ("${a == 1} and b", 15),
        ("${}", 3),
        ("${a ? b}", 8),
        ("${a ? : c}", 7),
        ("${a.}", 5),
        ("${a.1}", 5),
        ("${a == }", 8),
        ("${(a == 1}", 10),
        ("${''.getClass()}", 5),
        ("${a}${b}", 4),
    ],
)
def test_the_rest_of_camunda_is_refused(text: str, column: int) -> None:
    """With the place of what is not supported."""
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)
    assert caught.value.column == column


@pytest.mark.parametrize("text", ["a == 1", "a && b", "a || b", "!a", "a = 'x'", "a % 2"])
def test_slips_from_other_languages_are_explained(text: str) -> None:
    """The error says how FEEL writes it."""
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)
    assert "FEEL writes" in caught.value.message.en
