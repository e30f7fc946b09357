"""Reading bytes: whatever is given, the answer is a tree or a problem, never a traceback."""

import pytest

from engine import bpmn
from engine.bpmn import source
from tests.engine.bpmn import diagrams

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE d SYSTEM "file:///etc/passwd">'
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'
)


def rule_of(data: bytes) -> tuple[str, int | None]:
    """Read bytes that are no diagram, and give the one problem's rule and line."""
    diagram, problems = bpmn.read(data, "x.bpmn")
    assert diagram is None
    assert len(problems) == 1
    problem = problems[0]
    assert problem.severity == "error"
    assert problem.message.zh
    assert problem.hint.en
    return problem.rule, problem.line


@pytest.mark.parametrize("data", [b"", b"  \n"])
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    """Nothing, or only blanks."""
    assert rule_of(data) == ("empty", 1)


@pytest.mark.parametrize(
    "data", [b"hello", b"PK\x03\x04\x00\x00", b"\x89PNG\r\n\x1a\n", b"{}", b"\x00\x00\x00"]
)
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    """Text, archives and pictures."""
    assert rule_of(data)[0] in {"not-xml", "encoding"}


def test_broken_xml_is_refused_with_the_line_where_it_breaks() -> None:
    """A tag closed wrongly on line three."""
    data = b"<a>\n<b>\n</a>\n"
    assert rule_of(data) == ("not-xml", 3)


def test_characters_in_another_encoding_than_declared_are_refused() -> None:
    """GBK bytes in a file that says UTF-8."""
    data = diagrams.file(*diagrams.SIMPLE).decode().encode("gbk")
    assert rule_of(data)[0] == "encoding"


def test_a_diagram_in_gbk_that_says_so_is_read() -> None:
    """The declaration is believed."""
    text = diagrams.file(*diagrams.SIMPLE).decode().replace("UTF-8", "GBK")
    diagram, problems = bpmn.read(text.encode("gbk"), "x.bpmn")
    assert problems == []
    assert diagram is not None
    assert diagram.main.name.zh == "流程"


@pytest.mark.parametrize("data", [BOMB, OUTSIDE])
def test_a_doctype_is_refused(data: bytes) -> None:
    """Neither entities nor outside files are ever looked at."""
    assert rule_of(data) == ("doctype", 1)


def test_another_kind_of_xml_is_named() -> None:
    """An HTML page."""
    assert rule_of(b"<html/>") == ("not-bpmn", 1)


def test_deep_nesting_is_refused_with_its_line() -> None:
    """A hundred levels and one more."""
    data = diagrams.HEAD.encode() + b"\n<a>" * 120 + b"</a>" * 120 + b"</bpmn:definitions>"
    rule, line = rule_of(data)
    assert rule == "too-deep"
    assert line is not None
    assert line > 90


def test_nesting_beyond_the_parser_is_refused() -> None:
    """Thousands of levels never reach our code."""
    data = diagrams.HEAD.encode() + b"<a>" * 50_000
    assert rule_of(data)[0] == "not-xml"


def test_a_very_large_file_is_refused_unread() -> None:
    """Six megabytes of blanks inside."""
    data = diagrams.HEAD.encode() + b" " * (6 * 1024 * 1024) + b"</bpmn:definitions>"
    assert rule_of(data)[0] == "too-large"


@pytest.mark.parametrize("piece", ["<x/>", "<!---->", "<x></x>"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "UTF-16-BE", "UTF-32", "GBK"])
def test_too_many_elements_are_refused_before_a_tree_is_built(
    piece: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comments count, and the encoding does not matter; at the bound the file is parsed."""
    monkeypatch.setattr(source, "MAX_ELEMENTS", 1000)
    head = diagrams.HEAD.replace("UTF-8", encoding.removesuffix("-BE"))
    data = (head + piece * 999 + "</bpmn:definitions>").encode(encoding)
    assert rule_of(data) == ("no-process", 1)
    monkeypatch.delattr(source.etree, "fromstring")
    data = (head + piece * 1000 + "</bpmn:definitions>").encode(encoding)
    assert rule_of(data) == ("too-many-nodes", 1)


@pytest.mark.parametrize("scripts", [[2_001], [3, 2_001], [1_900] * 11])
def test_a_script_of_too_many_lines_is_refused_before_any_is_read(scripts: list[int]) -> None:
    """One that is too long, or too much in all; the error names the last of them."""
    drawn = [
        f'<scriptTask id="t{n}" scriptFormat="feel"><script>{"x = 1&#10;" * lines}</script>'
        "</scriptTask>"
        for n, lines in enumerate(scripts, start=1)
    ]
    inside = f'<process id="p">{"".join(drawn)}</process>'
    whole = f'<definitions xmlns="{source.BPMN}">{inside}</definitions>'
    diagram, (problem,) = bpmn.read(whole.encode(), "a.bpmn")
    assert diagram is None
    assert (problem.rule, problem.element) == ("script-too-long", f"t{len(scripts)}")
    assert all((problem.line, *problem.message, *problem.hint))


def test_a_file_without_a_process_is_refused() -> None:
    """Only a root."""
    assert rule_of(diagrams.HEAD.encode() + b"</bpmn:definitions>") == ("no-process", 1)
