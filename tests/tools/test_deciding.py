"""`lianban decide` and `lianban feel`: exact numbers, problems told, never a traceback."""

import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine.dmn.build import decision, definitions, fact, literal, table
from tools import cli

SIZE = table("UNIQUE", ["area"], ["size"], ['< 100 => "s"', '>= 100 => "l"'])
FEES = definitions(
    '<inputData id="on" name="applied on"><variable name="applied on" typeRef="date"/></inputData>',
    fact("area", "number"),
    decision("Size", SIZE, "=area"),
    decision("Fee", literal('if Size = "l" then area * 0.1 else 5'), "Size =area", id_="fee"),
    decision("Due", literal('applied on + duration("P5D")'), "=on"),
    '<decisionService id="svc" name="Fee Service"><outputDecision href="#fee"/>'
    '<inputDecision href="#Size"/><inputData href="#area"/></decisionService>',
)

Run = tuple[int, dict[str, Any]]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Run:
    """Run a command with --json; numbers are read without losing a digit."""
    code = cli.main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out, parse_float=Decimal)


@pytest.fixture
def fees(tmp_path: Path) -> str:
    """A DMN file of a few decisions and a service."""
    path = tmp_path / "fees.dmn"
    path.write_bytes(FEES)
    return str(path)


def test_a_decision_is_made_with_all_it_stands_on(
    fees: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Fee", "fee"):
        code, said = run(capsys, "decide", fees, "--decision", name, "--input", '{"area": 120.30}')
        assert code == 0
        assert said == {
            "result": Decimal("12.03"),
            "decisions": {"Size": "l", "Fee": Decimal("12.03")},
            "problems": [],
        }


def test_inputs_typed_as_dates_are_read_as_such(
    fees: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("decide", fees, "--decision", "Due", "--input", '{"applied on": "2026-02-26"}')
    assert run(capsys, *words)[1]["result"] == "2026-03-03"


def test_a_decision_service_is_asked_by_name(fees: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = '{"area": 1000, "Size": "s"}'
    code, said = run(capsys, "decide", fees, "--decision", "Fee Service", "--input", given)
    assert (code, said["result"]) == (0, 5)
    assert said["decisions"] == {"Size": "s", "Fee": 5}


@pytest.mark.parametrize(
    ("expression", "context", "written"),
    [
        ("0.1 + 0.2", "{}", "0.3"),
        ("x", '{"x": 0.30000000000000000000000000000004}', "0.30000000000000000000000000000004"),
        ("x + 1", '{"x": 9007199254740993}', "9007199254740994"),
        ("x", '{"x": 1e-10}', "0.0000000001"),
        ("x", '{"x": 1E5}', "100000"),
        ("1 / 3", "{}", "0.3333333333333333333333333333333333"),
        ("a b + 1", '{"a b": 1}', "2"),
        ("[1.50, -0.0]", "{}", "[1.5, 0]"),
        ('@"2026-11-23T08:00:00@Asia/Shanghai"', "{}", '"2026-11-23T08:00:00@Asia/Shanghai"'),
        ('{d: duration("P1Y2M"), t: time("08:30:00")}', "{}", '{"d": "P1Y2M", "t": "08:30:00"}'),
        ("function(a, b) a", "{}", '"function(a, b)"'),
        ('"\\ud800" + x', '{"x": "\\u0000"}', None),
    ],
)
def test_values_are_written_exactly(
    expression: str, context: str, written: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["feel", expression, "--context", context, "--json"]) == 0
    out = capsys.readouterr().out
    json.loads(out)
    if written is not None:
        assert out == f'{{"result": {written}, "problems": []}}\n'


@pytest.mark.parametrize("sign", ["@", "-"])
def test_the_context_may_come_from_a_file_or_standard_input(
    sign: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = '\ufeff{"面积": 3}'.encode()
    (tmp_path / "c.json").write_bytes(data)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    place = f"@{tmp_path / 'c.json'}" if sign == "@" else "-"
    assert run(capsys, "feel", "面积 * 2", "--context", place) == (0, {"result": 6, "problems": []})


@pytest.mark.parametrize(
    ("expression", "context", "rule"),
    [
        ("1 +", "{}", "expression-syntax"),
        ("x", "{}", "expression-name"),
        ("for i in 1..100000 return i", "{}", "expression-limit"),
        ("(" * 100, "{}", "expression-limit"),
        ("1", "[]", "input"),
        ("1", "{", "input"),
        ("1", '{"a": NaN}', "input"),
        ("1", "[" * 100_000, "input"),
        ("1", '{"a":' * 5_000, "input"),
        ("x", '{"x": ' + "[" * 60 + "]" * 60 + "}", "expression-limit"),
        ("1", "@/no/such/file", "input"),
        ("1", "@/", "input"),
        ("1", "@a\0b", "input"),
    ],
)
def test_problems_of_expressions_and_input_are_told(
    expression: str, context: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run(capsys, "feel", expression, "--context", context)
    assert (code, said["result"]) == (1, None)
    (problem,) = said["problems"]
    assert problem["rule"] == rule
    assert set(problem) == {"file", "line", "element", "rule", "severity", "message", "hint"}
    assert problem["message"]["zh"]
    assert problem["hint"]["en"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\1\2", b"<a/>", b"<definitions/>", b"<!DOCTYPE x><definitions/>", b"\xff\xfe<",
     b"<definitions>" + b"<context>" * 500, FEES.replace(b"0.1", b"0.1 +")],
)  # fmt: skip
def test_a_file_with_errors_gives_its_problems_and_exit_1(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.dmn"
    path.write_bytes(data)
    code, said = run(capsys, "decide", str(path), "--decision", "Fee", "--input", '{"area": 1}')
    assert code == 1
    assert said["result"] is None
    assert said["problems"][0]["file"] == "bad.dmn"


def test_sound_decisions_of_a_file_with_errors_are_made_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer stands; what is wrong elsewhere is told as a warning."""
    path = tmp_path / "half.dmn"
    path.write_bytes(FEES.replace(b"0.1", b"0.1 +"))
    code, said = run(capsys, "decide", str(path), "--decision", "Size", "--input", '{"area": 1}')
    assert (code, said["result"]) == (0, "s")
    told = [(problem["rule"], problem["severity"]) for problem in said["problems"]]
    assert told == [("dmn-expression", "warning")]


def test_a_missing_file_or_decision_is_told_to_people_in_both_languages(
    fees: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["decide", "/no/such.dmn", "--decision", "x"]) == 1
    assert cli.main(["decide", fees, "--decision", "nothing"]) == 1
    said = capsys.readouterr().out
    assert "决策模型中没有“nothing”" in said
    assert "The model has no decision 'nothing'" in said
    assert cli.main(["decide", fees, "--decision", "Fee", "--input", '{"area": 7}']) == 0
    assert "result: 5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ('@"foo"', None),
        ('@"foo" = null', True),
        ("{a: 1, a: 2}", None),
        ("[1, {a: 1, a: 2}]", [1, None]),
    ],
)
def test_a_wrong_literal_is_null_and_told(
    expression: str, result: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """The standard gives it the value null; people are told all the same."""
    code, said = run(capsys, "feel", expression)
    assert (code, said["result"]) == (0, result)
    assert [problem["rule"] for problem in said["problems"]] == ["expression-syntax"]


@pytest.mark.parametrize(
    ("expression", "result", "told"),
    [
        ("if nothing = null then 1 else 2", 1, ["expression-name"]),
        ("false and nothing", False, []),  # nobody asks for the name
        ("[1, nothing]", [1, None], ["expression-name"]),
        ("nothing(1)", None, ["expression-name"]),
        ("[none, nothing, none]", [None, None, None], ["expression-name", "expression-name"]),
        ("is defined(nothing)", False, []),
    ],
)
def test_an_unknown_name_is_told_and_counts_as_null(
    expression: str, result: object, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest has its value; exit 1 says that something is wrong."""
    code, said = run(capsys, "feel", expression)
    assert (code, said["result"]) == (bool(told), result)
    assert [problem["rule"] for problem in said["problems"]] == told


def test_a_function_that_is_not_called_for_its_argument_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = run(capsys, "feel", '[(function(p: number) p)("a"), (function(p: number) p)(1)]')
    assert (code, said["result"]) == (0, [None, 1])
    (problem,) = said["problems"]
    assert (problem["rule"], problem["severity"]) == ("expression-argument", "warning")
    assert "function(p)" in problem["message"]["en"]


IMPORTING = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" '
    'namespace="urn:m"><import namespace="http://example.org" name="fees"/>'
    '<decision id="D" name="D"><variable name="D"/><informationRequirement>'
    '<requiredDecision href="http://example.org#fee"/></informationRequirement>'
    "<literalExpression><text>fees.Fee + 1</text></literalExpression></decision></definitions>"
)


def test_imports_are_found_in_the_folder_and_among_the_files_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the folder of the file and the folders in it, or on the command line; nowhere else."""
    home, other = tmp_path / "home", tmp_path / "other"
    (home / "inner").mkdir(parents=True)
    other.mkdir()
    (home / "main.dmn").write_text(IMPORTING, "utf-8")
    (other / "fees.dmn").write_bytes(FEES)
    (home / "link.dmn").symlink_to(other / "fees.dmn")
    words = ("decide", str(home / "main.dmn"))
    ask = ("--decision", "D", "--input", '{"area": 200}')
    code, said = run(capsys, *words, *ask)
    assert (code, said["result"]) == (1, None)
    assert "dmn-import" in {problem["rule"] for problem in said["problems"]}
    code, said = run(capsys, *words, str(other / "fees.dmn"), *ask)
    assert (code, said["result"], said["problems"]) == (0, 21, [])
    assert said["decisions"] == {"fees.Size": "l", "fees.Fee": 20, "D": 21}
    (home / "inner" / "fees.dmn").write_bytes(FEES)
    assert run(capsys, *words, *ask)[1]["result"] == 21


@pytest.mark.parametrize("name", ["fees.Fee", "fees.Fee Service", "Fee Service"])
def test_imported_parts_can_be_asked_by_the_names_their_importer_sees(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Decisions and services alike; the choice that is offered names them so."""
    (tmp_path / "main.dmn").write_text(IMPORTING, "utf-8")
    (tmp_path / "fees.dmn").write_bytes(FEES)
    words = ("decide", str(tmp_path / "main.dmn"), "--decision")
    given = '{"area": 200, "Size": "l"}' if "Service" in name else '{"area": 200}'
    code, said = run(capsys, *words, name, "--input", given)
    assert (code, said["result"], said["problems"]) == (0, 20, [])
    hint = run(capsys, *words, "nothing")[1]["problems"][0]["hint"]["en"]
    assert "fees.Fee Service" in hint


@pytest.mark.parametrize(
    ("expression", "context", "wanted"),
    [
        ("applicant.family name", '{"applicant": {"family name": "欧阳"}}', "欧阳"),
        ("list[1].cost + tax", '{"list": [{"cost + tax": 5}]}', 5),
        ("a-b + 1", '{"a-b": 1}', 2),
        ("x.y[item.z w > 1].z w", '{"x": {"y": [{"z w": 1}, {"z w": 2}]}}', [2]),
        ("x-y", '{"x": 5, "y": 3, "o": {"x-y": 1}}', 2),
    ],
)
def test_names_of_several_words_are_known_at_any_depth(
    expression: str, context: str, wanted: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "feel", expression, "--context", context) == (
        0,
        {"result": wanted, "problems": []},
    )


def test_a_missing_input_is_null_and_told(fees: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The standard lets it count as null; nobody should have to guess why."""
    code, said = run(capsys, "decide", fees, "--decision", "Size")
    assert (code, said["result"]) == (0, None)
    assert [problem["rule"] for problem in said["problems"]] == ["dmn-input-missing"]


@pytest.mark.parametrize(
    ("name", "given", "missing"),
    [
        ("svc", "{}", ["Size", "area"]),
        ("svc", '{"Size": "l"}', ["area"]),
        ("svc", '{"Size": "l", "area": null}', []),
        ("double", "{}", ["n"]),
        ("double", '{"n": 2}', []),
    ],
)
def test_a_missing_argument_of_a_service_is_null_and_told(
    name: str, given: str, missing: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the inputs of decisions are; also those of knowledge models."""
    path = tmp_path / "more.dmn"
    double = (
        '<businessKnowledgeModel id="k" name="double"><variable name="double"/><encapsulatedLogic>'
        f'<formalParameter name="n"/>{literal("n * 2")}</encapsulatedLogic>'
        "</businessKnowledgeModel></definitions>"
    )
    path.write_bytes(FEES.replace(b"</definitions>", double.encode()))
    code, said = run(capsys, "decide", str(path), "--decision", name, "--input", given)
    assert code == 0
    assert [problem["rule"] for problem in said["problems"]] == ["dmn-input-missing"] * len(missing)
    told = [problem["message"]["en"] for problem in said["problems"]]
    assert told == [f"'{one}' is not given: it is null" for one in missing]


TYPED = definitions(
    '<itemDefinition name="tVisit"><itemComponent name="at"><typeRef>date and time</typeRef>'
    '</itemComponent><itemComponent name="stay"><typeRef>days and time duration</typeRef>'
    '</itemComponent><itemComponent name="fee"><typeRef>number</typeRef></itemComponent>'
    "</itemDefinition>",
    '<itemDefinition name="tVisits" isCollection="true"><typeRef>tVisit</typeRef></itemDefinition>',
    fact("visits", "tVisits"),
    fact("on", "date"),
    fact("sure", "boolean"),
    decision("Sure", literal("not(sure)"), "=sure"),
    decision("Ends", literal("for v in visits return v.at + v.stay"), "=visits"),
    decision("Sum", literal("sum(visits.fee)"), "=visits"),
    decision("Year", literal('on + duration("P1Y")'), "=on"),
)


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("Ends", '{"visits": [{"at": "2026-11-23T10:00:00Z", "stay": "PT0.000000001S", "fee": 1}]}',
         ["2026-11-23T10:00:00.000000001Z"]),
        ("Ends", '{"visits": {"at": "-0044-03-15T10:00:00", "stay": "P1D", "fee": 1}}',
         ["-0044-03-16T10:00:00"]),
        ("Sum", '{"visits": [{"fee": "0.10"}, {"fee": "12345678901234567890.05"}]}',
         Decimal("12345678901234567890.15")),
        ("Year", '{"on": "2024-02-29"}', "2025-02-28"),
        ("Year", '{"on": ["2024-02-29"]}', "2025-02-28"),
        ("Year", '{"on": "12024-02-29"}', "12025-02-28"),
        ("Year", '{"on": null}', None),
        ("Sure", '{"sure": "false"}', True),
        ("Sure", '{"sure": true}', False),
    ],
)  # fmt: skip
def test_typed_inputs_are_read_deeply_and_exactly(
    name: str, given: str, wanted: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text is a date, a time, a duration or a number where the type says so."""
    path = tmp_path / "typed.dmn"
    path.write_bytes(TYPED)
    assert run(capsys, "decide", str(path), "--decision", name, "--input", given) == (
        0,
        {"result": wanted, "decisions": {name: wanted}, "problems": []},
    )


@pytest.mark.parametrize(
    ("words", "code", "out"),
    [
        (("feel", "1 / 3"), 0, "0.3333333333333333333333333333333333"),
        (("feel", 'date("-0044-03-15")'), 0, "-0044-03-15"),
        (("feel", "1 +"), 1, "expression-syntax"),
        (("decide", "nothing.dmn", "--decision", "D"), 1, "input"),
    ],
)
def test_the_commands_answer_as_programs_of_their_own(
    words: tuple[str, ...], code: int, out: str
) -> None:
    """What a shell sees: one line of JSON, the exit code, and nothing on standard error."""
    made = subprocess.run(
        [sys.executable, "-m", "tools.cli", *words, "--json"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (made.returncode, made.stderr) == (code, b"")
    assert out in made.stdout.decode()
    json.loads(made.stdout)


def test_a_decision_need_not_be_named_when_there_is_but_one(
    tmp_path: Path, fees: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else what there is to choose from is told, as it is for a wrong name."""
    path = tmp_path / "one" / "one.dmn"
    path.parent.mkdir()
    path.write_bytes(definitions(fact("x", "number"), decision("Only", literal("x + 1"), "=x")))
    code, said = run(capsys, "decide", str(path), "--input", '{"x": 1}')
    assert (code, said["result"]) == (0, 2)
    for words in ((), ("--decision", "Fees")):
        code, said = run(capsys, "decide", fees, *words)
        assert (code, said["result"]) == (1, None)
        hint = "Choose one of: Size, Fee, Due, Fee Service"
        assert [problem["hint"]["en"] for problem in said["problems"]] == [hint]


def test_a_value_given_for_a_decision_is_taken_and_told(
    fees: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would come of it? Of the decision that is asked itself no value is taken."""
    given = '{"area": 50, "Size": "l", "Fee": 99}'
    code, said = run(capsys, "decide", fees, "--decision", "Fee", "--input", given)
    assert (code, said["result"]) == (0, 5)
    assert [problem["rule"] for problem in said["problems"]] == ["dmn-decision-given"]


def test_an_input_that_nothing_uses_is_told(fees: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = '{"area": 50, "aera": 120}'
    code, said = run(capsys, "decide", fees, "--decision", "Fee", "--input", given)
    assert (code, said["result"]) == (0, 5)
    assert [(one["rule"], one["severity"]) for one in said["problems"]] == [
        ("dmn-input-unknown", "warning")
    ]


def test_dates_of_no_declared_type_are_spelled_as_in_feel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON has none; a text that only begins like one stays a text."""
    data = '{"d": "@\\"2026-11-23\\"", "more": [{"t": "@\\"PT2H\\""}], "s": "@\\"soon\\""}'
    text = "[day of week(d), more[1].t * 2, s]"
    code, said = run(capsys, "feel", text, "--context", data)
    assert (code, said["result"]) == (0, ["Monday", "PT4H", '@"soon"'])
    path = tmp_path / "any.dmn"
    path.write_bytes(definitions(fact("d", "Any"), decision("D", literal("d.year"), "=d")))
    assert run(capsys, "decide", str(path), "--input", data)[1]["result"] == 2026
