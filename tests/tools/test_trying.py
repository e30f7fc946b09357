"""The command ``lianban try``, and ``lianban check`` of single files."""

import contextlib
import json
import os
import random
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.runtime.drawing import chain, end, gateway, process, start, timer, user, users
from tests.engine.runtime.machine.playing import a_process, definitions
from tools import cli

ROOT = Path(__file__).resolve().parent.parent.parent
FAR = "is not a time we can count: its moment is out of range (years up to 9000)."
SIMPLE = process(start(), user("a"), end(), chain("s", "a", "e"))


def drawn(folder: Path, content: bytes | str, name: str = "x.bpmn") -> str:
    """Write a file; gives its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def tried(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Run ``try`` and read its JSON."""
    code = cli.main(["try", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Sequence[Any]]:
    """Run ``check`` and collect all problems."""
    code = cli.main(["check", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)["problems"]


def test_the_answer_has_its_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--vars", '{"n": 1}')
    assert code == 0
    assert answer["status"] == "waiting"
    assert answer["waiting"] == [{"element": "a", "type": "userTask", "due_at": None}]
    assert (answer["data"], answer["problems"], answer["error"]) == ({"n": 1}, [], None)
    keys = {"seq", "at", "element", "name", "type", "event", "scope"}
    assert [set(entry) for entry in answer["trace"]] == [keys] * 3
    assert [entry["seq"] for entry in answer["trace"]] == [1, 2, 3]


def test_a_script_moves_it_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = drawn(tmp_path, "- {complete: a, answers: {x: 1}}\n", "steps.yaml")
    _, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--script", steps)
    assert (answer["status"], answer["data"]) == ("completed", {"x": 1})


def test_the_clock_is_virtual(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waits = f'<intermediateCatchEvent id="t">{timer("P1D")}</intermediateCatchEvent>'
    drawing = process(start(), waits, end(), chain("s", "t", "e"))
    words = drawn(tmp_path, drawing), "--clock", "2030-01-01T00:00:00+00:00"
    _, answer = tried(capsys, *words)
    assert answer["waiting"][0]["due_at"] == "2030-01-02T00:00:00+00:00"
    assert tried(capsys, *words, "--auto")[1]["status"] == "completed"


def test_called_processes_may_stand_in_other_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = '<callActivity id="c" calledElement="child"/>'
    first = definitions(a_process("p", start(), call, end(), chain("s", "c", "e")))
    other = definitions(a_process("child", start("cs"), user("w"), chain("cs", "w")))
    paths = drawn(tmp_path, first), drawn(tmp_path, other, "child.bpmn")
    assert tried(capsys, *paths, "--auto")[1]["status"] == "completed"
    code, alone = tried(capsys, paths[0])
    assert (code, alone["status"]) == (1, "refused")
    assert checked(capsys, paths[0])[0] == 0
    assert tried(capsys, *paths, "--process", "child")[1]["waiting"][0]["element"] == "w"


def test_approval_facts_are_not_asked_for_but_items_run_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = ROOT / "processes" / "restaurant-opening"
    words = str(folder / "restaurant-opening.bpmn"), str(folder / "parts.dmn")
    given = '{"has_signboard": "yes", "area": 420, "lead": "scjg"}'
    code, answer = tried(capsys, *words, "--vars", given, "--auto")
    assert (code, answer["status"]) == (0, "completed")


def test_a_failed_run_says_where_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing = process(
        start(),
        gateway("exclusive", "g"),
        users("a", "b"),
        chain("s", "g"),
        '<sequenceFlow id="f" sourceRef="g" targetRef="a"><conditionExpression>x &gt; 1'
        '</conditionExpression></sequenceFlow><sequenceFlow id="f2" sourceRef="g" targetRef="b">'
        "<conditionExpression>x &lt; 1</conditionExpression></sequenceFlow>",
    )
    code, answer = tried(capsys, drawn(tmp_path, drawing), "--vars", '{"x": 1}')
    assert (code, answer["status"], answer["error"]["element"]) == (1, "failed", "g")
    assert set(answer["error"]["message"]) == {"zh", "en"}
    assert answer["trace"][-1]["event"] == "failed"


@pytest.mark.parametrize(
    "words",
    [
        ("--vars", "{"),
        ("--vars", "[1]"),
        ("--vars", '{"n": ["\\ud800"]}'),
        ("--process", "none"),
        ("--clock", "now"),
        ("--clock", "2030-01-01"),
        ("--clock", "0001-01-01T00:00+14:00"),
        ("--script", "missing.yaml"),
    ],
)
def test_wrong_words_are_refused(
    words: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = tried(capsys, drawn(tmp_path, SIMPLE), *words)
    assert (code, answer["status"], len(answer["problems"])) == (1, "refused", 1)
    assert answer["problems"][0]["rule"] != "check-failed"


@pytest.mark.parametrize(
    "text", ["- {jump: a}", "complete: a", "- 1", "{", "- {complete: a, x: 1}"]
)
def test_a_script_that_cannot_be_read_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = drawn(tmp_path, text, "steps.yaml")
    _, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--script", steps)
    assert answer["status"] == "refused"


BAD = {
    "empty": b"",
    "binary": bytes(random.Random(1).randrange(256) for _ in range(5000)),
    "other xml": b"<html/>",
    "doctype": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "cut": SIMPLE[:200],
    "latin": '<?xml version="1.0" encoding="utf-8"?><é/>'.encode("latin-1"),
    "deep": b"<a>" * 3000,
    "nested": definitions(a_process("p", '<subProcess id="x">' * 60 + "</subProcess>" * 60)),
    "nothing": definitions(a_process("p")),
    "twice": process(start(), start(), chain("s", "s")),
    "dangling": process(start(), end(), chain("s", "nobody", "e")),
    "large": b" " * (6 * 1024 * 1024) + SIMPLE,
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_with_reasons_and_remedies(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = drawn(tmp_path, BAD[kind])
    code, answer = tried(capsys, path)
    assert (code, answer["status"]) == (1, "refused")
    code, found = checked(capsys, path)
    assert code == 1
    assert all(problem["message"]["zh"] and problem["hint"]["en"] for problem in found)


def test_single_tables_and_forms_are_checked_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ROOT / "processes" / "restaurant-opening"
    good = [str(path) for path in sorted(folder.iterdir()) if path.suffix in {".dmn", ".form"}]
    assert checked(capsys, *good) == (0, [])
    code, found = checked(capsys, drawn(tmp_path, "{", "x.form"), drawn(tmp_path, "<", "x.dmn"))
    assert (code, {problem["file"][-5:] for problem in found}) == (1, {"x.dmn", ".form"})


def test_changed_diagrams_never_crash_the_checks_nor_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = (ROOT / "processes" / "medical-device-iii" / "medical-device-iii.bpmn").read_bytes()
    chance = random.Random(5)
    for _ in range(60):
        changed = bytearray(base)
        cut = chance.randrange(len(changed))
        changed[cut : cut + chance.randrange(40)] = b""
        changed[chance.randrange(len(changed))] = chance.randrange(256)
        path = drawn(tmp_path, bytes(changed))
        _, answer = tried(capsys, path, "--auto")
        assert answer["status"] in {"completed", "waiting", "failed", "refused"}
        checked(capsys, path)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("- {complete: a}\n- {wait: 3}", "Step 2 cannot be read"),
        ("- {complete: a, aswers: {}}", "Step 1 has an unknown 'aswers'"),
        ("- {complete: a, answers: 5}", "In step 1 answers must be values by name"),
        ("- {message: m, data: [1]}", "In step 1 data must be values by name"),
        ("- {complete: {a: 1}}", "In step 1 a name or a time must follow complete"),
        ("- {complete: a, outcome: {x: 1}}", "In step 1 one code must follow outcome"),
        ("- {complete: a, error: [1]}", "In step 1 one code must follow error"),
        ("- {complete: a, escalation: {x: 1}}", "In step 1 one code must follow escalation"),
        ("- {complete: a, answers: {x: [.inf]}}", "Step 1 has a number that is too large"),
        ("- {complete: a, answers: {x: 1.0e+999}}", "Step 1 has a number that is too large"),
        ("- {message: m, data: {x: .nan}}", "Step 1 has a number that is too large"),
        ("- {complete: a", "line 1"),
        ("- {complete: a}\n- {advance: !!bool foo}", "line 2"),
        ("- &a {complete: a}\n- *a", "line 2"),
    ],
)
def test_a_script_that_is_wrong_is_told_where(
    written: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = drawn(tmp_path, written, "steps.yaml")
    code, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--script", script)
    (found,) = answer["problems"]
    assert (code, answer["status"], found["file"]) == (1, "refused", script)
    assert said in found["message"]["en"]


def test_a_script_may_come_through_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As ``--script <(…)`` of a shell gives it; one without an end is given up."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write(text: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            pipe.write_text(text)

    for text, said in (("- {complete: a}", []), ("#" * 3_000_000, ["> "])):
        writer = threading.Thread(target=write, args=(text,))
        writer.start()
        code, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--script", str(pipe))
        writer.join()
        assert code == len(said)
        found = [one["message"]["en"] for one in answer["problems"]]
        assert all(f"cannot be read: {one}" in told for one, told in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{complete: b}", "Step 2: 'b' is not open; open now: —."),
        ("{advance: P99999999D}", f"Step 2: 'P99999999D' {FAR}"),
        ("{advance: P9999Y}", f"Step 2: 'P9999Y' {FAR}"),
        ("{advance: 5 days}", "Step 2: '5 days' is not a time or duration we know."),
    ],
)
def test_a_step_that_cannot_be_taken_is_told_by_its_number(
    step: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = drawn(tmp_path, f"- {{complete: a}}\n- {step}", "steps.yaml")
    code, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--script", script)
    assert (code, answer["status"]) == (1, "failed")
    assert answer["error"]["message"]["en"] == said


def test_a_task_that_is_open_but_not_for_this_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = drawn(tmp_path, "- {complete: a, for: {x: 1}}", "steps.yaml")
    _, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--script", script)
    said = answer["error"]["message"]["en"]
    assert said == "Step 1: 'a' is open, but not for {\"x\": 1}."


def test_a_moment_that_no_calendar_has_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = f'<intermediateCatchEvent id="t">{timer("PT1H")}</intermediateCatchEvent>'
    drawing = drawn(tmp_path, process(start(), waits, end(), chain("s", "t", "e")))
    _, answer = tried(capsys, drawing, "--clock", "9999-12-31T23:59Z")
    assert answer["error"]["message"]["en"] == f"'PT1H' {FAR}"
    assert answer["error"]["element"] == "t"


@pytest.mark.parametrize("number", ["1e999", "-1e999", '[{"b": 1e400}]'])
def test_a_number_that_no_json_can_write_is_refused(
    number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = f'{{"a": {number}}}'
    code, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--vars", given)
    assert (code, answer["status"]) == (1, "refused")
    assert "number that is too large" in answer["problems"][0]["message"]["en"]


def test_variables_that_are_no_json_are_told_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, answer = tried(capsys, drawn(tmp_path, SIMPLE), "--vars", "{a: 1}")
    assert "line 1 column 2" in answer["problems"][0]["message"]["en"]
