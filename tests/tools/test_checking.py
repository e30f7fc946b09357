"""``lianban check`` of any file and any path: problems with places, soon, in little memory."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.runtime.drawing import chain, end, process, start, user
from tests.engine.runtime.machine.playing import a_process, definitions
from tools import checking, cli

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = process(start(), user("a"), end(), chain("s", "a", "e")).decode()
CHINESE = GOOD.replace('name="a"', 'name="审批"')
FORM_OF_BRACKETS = json.dumps(
    {
        "type": "default",
        "id": "apply",
        "components": [
            {"type": "textfield", "key": "a", "validate": {"pattern": "(" * 600 + "a" + ")" * 600}}
        ],
    }
).encode()
NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def whole(inside: str) -> bytes:
    """Wrap something as a file."""
    return f'<definitions xmlns="{NAMESPACE}">{inside}</definitions>'.encode()


def one(inside: str) -> bytes:
    """Wrap something as a file of one process."""
    return whole(f'<process id="p">{inside}</process>')


def checked(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, set[str]]:
    """Check some paths; gives the exit code and the rules that were broken."""
    code = cli.main(["check", *map(str, paths), "--json"])
    found = json.loads(capsys.readouterr().out)["problems"]
    assert all(p["line"] and p["file"] and p["message"]["zh"] and p["hint"]["en"] for p in found)
    return code, {problem["rule"] for problem in found}


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t", "empty"),
    "binary": (bytes(range(256)) * 9, "not-xml"),
    "text": (b"no diagram at all", "not-xml"),
    "cut": (GOOD[: len(GOOD) // 2].encode(), "not-xml"),
    "gbk undeclared": (CHINESE.encode("gbk"), "encoding"),
    "unknown encoding": (b'<?xml version="1.0" encoding="KLINGON"?>' + GOOD.encode(), "encoding"),
    "html": (b"<html><body/></html>", "not-bpmn"),
    "other bpmn": (b'<definitions xmlns="http://x"/>', "not-bpmn"),
    "no process": (whole(""), "no-process"),
    "empty process": (one(""), "no-start"),
    "doctype": (b"<!DOCTYPE a>" + GOOD.encode(), "doctype"),
    "duplicate ids": (one('<task id="t"/><task id="t"/>'), "duplicate-id"),
    "no id": (one("<task/>"), "missing-id"),
    "dangling flow": (one('<task id="t"/><sequenceFlow sourceRef="t"/>'), "dangling-flow"),
    "dangling edge": (one('<boundaryEvent id="b" attachedToRef="x"/>'), "dangling-boundary"),
    "dangling default": (one('<task id="t" default="x"/>'), "dangling-default"),
    "calls in a circle": (one('<callActivity id="c" calledElement="p"/>'), "endless-calls"),
    "deep": (one('<subProcess id="x">' * 120 + "</subProcess>" * 120), "too-deep"),
    "deeper": (one('<subProcess id="x">' * 9000 + "</subProcess>" * 9000), "not-xml"),
    "unknown": (one('<wizardTask id="w"/><task id="t"/>'), "unknown-element"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_a_list_of_problems(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.bpmn"
    content, rule = BAD[name]
    path.write_bytes(content)
    code, rules = checked(capsys, path)
    assert (code, rule in rules) == (1, True), rules
    assert cli.main(["try", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["status"] == "refused"


@pytest.mark.parametrize(
    "content",
    [
        CHINESE.encode("utf-16"),
        ('<?xml version="1.0" encoding="UTF-16"?>' + CHINESE).encode("utf-16"),
        ('<?xml version="1.0" encoding="GBK"?>' + CHINESE).encode("gbk"),
        CHINESE.encode("utf-8-sig"),
    ],
)
def test_encodings_that_are_said_are_read(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.bpmn"
    path.write_bytes(content)
    assert checked(capsys, path) == (0, set())


def test_any_path_gets_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "gone.bpmn").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.bpmn").mkdir()
    os.mkfifo(tmp_path / "pipe.bpmn")
    for name in ("none", "none.bpmn", "loop", "gone.bpmn", "folder.bpmn", "pipe.bpmn", "a\udcffb"):
        assert checked(capsys, tmp_path / name) == (1, {"no-file"}), name
    for name in ("/dev/zero", "/proc/kmsg", "/proc/self/mem"):  # without end, and without a word
        assert checked(capsys, Path(name)) == (1, {"no-file"}), name


def test_what_cannot_be_read_in_a_folder_is_told_as_if_it_had_been_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.bpmn").write_text(GOOD)
    (tmp_path / "folder.bpmn").mkdir()
    assert checked(capsys, tmp_path) == (0, set())
    (tmp_path / "loop.bpmn").symlink_to(tmp_path / "loop.bpmn")
    (tmp_path / "gone.form").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.dmn")
    assert cli.main(["check", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["problems"]
    told = {(Path(one["file"]).name, one["rule"]) for one in found}
    assert told == {(name, "no-file") for name in ("loop.bpmn", "gone.form", "pipe.dmn")}


def test_a_folder_of_more_files_than_are_checked_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first in their order are checked; those of items inside are not counted."""
    monkeypatch.setattr(checking, "MAX_FILES", 3)
    for number in range(9):
        name = f"p{number}"
        (tmp_path / f"{9 - number}.bpmn").write_text(GOOD.replace('id="p"', f'id="{name}"'))
    (tmp_path / "item").mkdir()
    (tmp_path / "item" / "item.yaml").write_text("code: x")
    (tmp_path / "item" / "0.bpmn").write_text(GOOD)
    assert cli.main(["check", str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    files = [Path(file).name for file in answer["files"]]
    assert files[:4] == ["1.bpmn", "2.bpmn", "3.bpmn", tmp_path.name]
    (told,) = [one for one in answer["problems"] if one["rule"] == "too-many-files"]
    assert (told["severity"], told["line"], told["file"]) == ("error", 1, str(tmp_path))
    assert "holds 9 files" in told["message"]["en"]


def test_a_file_may_be_called_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x.xml", "x.bpmn20.xml", "x.bpmn2", "x", "流程.BPMN"):
        (tmp_path / name).write_text(GOOD)
        assert checked(capsys, tmp_path / name) == (0, set())


def test_single_files_beside_items_are_checked_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.bpmn").write_text("x")
    (tmp_path / "item").mkdir()
    (tmp_path / "item" / "item.yaml").write_text("code: x")
    assert cli.main(["check", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["problems"]
    places = {Path(problem["file"]).relative_to(tmp_path).parts[0] for problem in found}
    assert places == {"bad.bpmn", "item"}


def test_a_process_that_stands_in_two_files_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.bpmn", "b.bpmn"):
        (tmp_path / name).write_text(GOOD)
    assert checked(capsys, tmp_path) == (1, {"twin-process"})
    tagged = definitions(a_process("p", user("a"))).decode()
    tagged = tagged.replace("<process ", '<process camunda:versionTag="2" ')
    (tmp_path / "b.bpmn").write_text(tagged)
    assert checked(capsys, tmp_path) == (0, set())


def _nodes(number: int) -> bytes:
    parts = (
        f'<task id="t{n}"/><sequenceFlow sourceRef="t{n}" targetRef="t{n + 1}"/>'
        for n in range(number)
    )
    return one("".join(parts))


HUGE: dict[str, Callable[[], bytes]] = {
    "fifty megabytes": lambda: b"<x>" + b" " * 50_000_000,
    "attributes": lambda: one("<task " + " ".join(f'a{n}="x"' for n in range(200_000)) + "/>"),
    "processes": lambda: whole("".join(f'<process id="p{n}"/>' for n in range(100_000))),
    "nodes": lambda: _nodes(45_000),
    "nodes just read": lambda: _nodes(9_000),
    "the most nodes that run": lambda: _nodes(2_900),
    "links": lambda: one(
        "".join(
            f'<intermediateThrowEvent id="l{n}"><linkEventDefinition name="L"/>'
            "</intermediateThrowEvent>"
            for n in range(2_900)
        )
    ),
    "one condition": lambda: one(
        '<task id="t"/><task id="u"/><sequenceFlow sourceRef="t" targetRef="u">'
        f"<conditionExpression>{' and '.join(['x > 1'] * 300_000)}</conditionExpression>"
        "</sequenceFlow>"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HUGE)
def test_a_huge_file_takes_little_time_and_memory(name: str, tmp_path: Path) -> None:
    """The whole command, loading itself included: 5 seconds of the processor, 200 MB."""
    path = tmp_path / "x.bpmn"
    path.write_bytes(HUGE[name]())
    words = [sys.executable, "-m", "tools.cli", "check", str(path), "--json"]
    # A small program measures: what a large one starts counts as large itself.
    text = (
        "import resource, subprocess, sys;"
        f"code = subprocess.run({words!r}, stdout=subprocess.DEVNULL).returncode;"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    measured = subprocess.check_output([sys.executable, "-c", text], cwd=ROOT, text=True)
    code, seconds, kilobytes = map(float, measured.split())
    assert code in {0, 1}
    assert seconds < 5
    assert kilobytes < 200 * 1024


def test_neither_check_nor_try_loads_what_needs_a_database(tmp_path: Path) -> None:
    """Loading it would take longer than the work."""
    path = tmp_path / "x.bpmn"
    path.write_text(GOOD)
    for word in ("check", "try"):
        text = (
            f"import sys; from tools import cli; cli.main([{word!r}, {str(path)!r}]);"
            "sys.exit(len({'sqlalchemy', 'flask', 'alembic', 'psycopg'} & {*sys.modules}))"
        )
        began = time.perf_counter()
        assert subprocess.run([sys.executable, "-c", text], cwd=ROOT, check=False).returncode == 0
        assert time.perf_counter() - began < 10


NAMED = (
    '<scriptTask id="t" scriptFormat="feel"><script>total = price * 2</script></scriptTask>'
    '<exclusiveGateway id="g" default="d"/><endEvent id="e"/><endEvent id="e2"/>'
    '<sequenceFlow id="f" sourceRef="s" targetRef="t"/>'
    '<sequenceFlow id="f2" sourceRef="t" targetRef="g"/>'
    '<sequenceFlow id="d" sourceRef="g" targetRef="e"/>'
    '<sequenceFlow id="c" sourceRef="g" targetRef="e2">'
    "<conditionExpression>{}</conditionExpression></sequenceFlow>"
)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("total &gt; 9", ["price"]),
        ("totl &gt; 9 and totl &lt; 20", ["price", "totl"]),
        ("loopCounter = 1 and outcome = null", ["price"]),
        ("count([total]) = 1", ["price"]),
        ("numberOfCompletedInstances = nrOfTerminatedInstances", ["price"]),
    ],
)
def test_names_that_nothing_provides_are_pointed_out_once(
    tmp_path: Path, condition: str, names: list[str]
) -> None:
    """As warnings at their first place, with what may have been meant."""
    path = tmp_path / "named.bpmn"
    path.write_bytes(definitions(a_process("p", '<startEvent id="s"/>', NAMED.format(condition))))
    problems = checking.check_files([path])[str(path)]
    assert [(one.rule, one.severity) for one in problems] == [("unknown-name", "warning")] * len(
        names
    )
    assert [name for name in names if any(f"'{name}'" in one.message.en for one in problems)] == (
        names
    )
    if "totl" in names:
        assert any("total" in one.hint.en for one in problems)


def test_a_form_given_with_the_diagram_provides_its_fields(tmp_path: Path) -> None:
    """And a diagram that provides nothing itself is left alone: all comes from outside."""
    path, form = tmp_path / "named.bpmn", tmp_path / "ask.form"
    begin = '<startEvent id="s" camunda:formRef="ask"/>'
    path.write_bytes(definitions(a_process("p", begin, NAMED.format("total = 1"))))
    field = '{"type": "number", "key": "price", "id": "f", "label": "Price"}'
    form.write_text(
        '{"type": "default", "schemaVersion": 18, "id": "ask", "components": [' + field + "]}"
    )
    assert checking.check_files([path, form])[str(path)] == []
    bare = (
        NAMED.format("total = 1").replace("total = price * 2", "").replace("<script></script>", "")
    )
    path.write_bytes(definitions(a_process("p", '<startEvent id="s"/>', bare)))
    assert [
        p.rule for p in checking.check_files([path])[str(path)] if p.rule == "unknown-name"
    ] == []


def test_a_storm_of_unknown_names_is_cut_short(tmp_path: Path) -> None:
    """So many have another cause than a slip of the pen."""
    path = tmp_path / "named.bpmn"
    many = " and ".join(f"n{number} = 1" for number in range(30))
    path.write_bytes(definitions(a_process("p", '<startEvent id="s"/>', NAMED.format(many))))
    assert len(checking.check_files([path])[str(path)]) == 10


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("paths.yaml", b"- name: 2026-02-30\n"),
        ("paths.yaml", b"- vars: abc\n"),
        ("apply.form", FORM_OF_BRACKETS),
    ],
)
def test_a_slip_in_a_file_of_an_item_ends_in_no_traceback(
    name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not as a single file alone: the item is read another way."""
    item = tmp_path / "individual-business"
    shutil.copytree(ROOT / "processes" / "individual-business", item)
    (item / name).write_bytes(content)
    assert cli.main(["check", "--json", str(item)]) == 1
    found = json.loads(capsys.readouterr().out)["problems"]
    mine = [one for one in found if one["file"].endswith(name) and one["severity"] == "error"]
    assert mine
    assert all(one["line"] for one in mine)


def test_what_a_file_says_stays_on_its_own_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An id with a line of its own in it must not look like another file's result."""
    name = "a&#10;other.bpmn: 通过 passed&#10;&#x85;"
    (tmp_path / "a\nb.bpmn").write_bytes(one(f'<task id="{name}"/>'))
    cli.main(["check", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if line.startswith(("other.bpmn", "b.bpmn"))]
    assert any("\\n" in line for line in lines)


def test_a_name_that_no_file_can_have_is_that_of_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["check", "--json", "x" * 300]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["rule"] == "no-file"
