"""Whatever bytes come as a diagram, form, item, archive or upload: problems, soon, no crash."""

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from engine import bpmn, feel
from engine.definitions import read_zip
from engine.definitions.item import read_item
from engine.errors import InvalidError
from engine.problems import Problem
from forms import load_form
from forms.errors import FormError
from forms.text import Text
from forms.uploads import KINDS, Accepted, check_upload
from tests.forms.test_uploads import DOCX_FILE, PDF_FILE, make_jpeg, make_png
from tests.fuzz.mutations import bounded, examples, files, mutated, rearranged, refusing

XML_TOKENS = [
    b"<process>", b"</process>", b"<subProcess>", b"</subProcess>", b"<userTask/>",
    b"<startEvent/>", b"<endEvent/>", b"<task id='a'/>", b"<exclusiveGateway id='g'/>",
    b"<parallelGateway/>", b"<boundaryEvent attachedToRef='x'/>", b"<callActivity/>",
    b"<sequenceFlow/>", b"<lane/>",
    b"<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>",
    b"<multiInstanceLoopCharacteristics/>", b"<standardLoopCharacteristics/>", b"<dataObject/>",
    b"<conditionExpression>", b"</conditionExpression>", b"${", b"}", b"&lt;", b"&amp;", b"&x;",
    b' id="x"', b' sourceRef="x"', b' targetRef="x"', b' default="x"', b' name=""',
    b' isExecutable="false"', b"<bpmndi:BPMNShape/>",
    b"<dc:Bounds x='NaN' y='1e999' width='-1'/>", b"<di:waypoint x='' y='a'/>", b"<!DOCTYPE a>",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"xmlns:a='b'",
    b"<a:b/>", b'"', b"'", b"<", b">", b"/>", "审".encode("gb18030"), "审".encode(),
]  # fmt: skip
XML_WORDS = [
    "", "x", "p", "true", "false", "=x > 1", "${x}", "=1 +", "P1D", "R3/PT1H", "decide", "wait",
    "userTask", "task", "endEvent", "startEvent", "boundaryEvent", "parallelGateway", "subProcess",
    "inclusiveGateway", "complexGateway", "eventBasedGateway", "callActivity", "transaction",
    "intermediateCatchEvent", "signalEventDefinition", "errorEventDefinition", "process", "-1",
    "messageEventDefinition", "linkEventDefinition", "compensateEventDefinition", "1e400", "NaN",
    "terminateEventDefinition", "adHocSubProcess", "scriptTask", "businessRuleTask", "dataObject",
]  # fmt: skip
JSON_TOKENS = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"1e999", b"-0", b"NaN",
    b"9" * 5000, b'"type": "group"', b'"type": "dynamiclist"', b'"type": 7',
    b'"key": "__class__"', b'"key": ""', b'"key": "a.b"', b'"components": null',
    b'"components": [[]]', b'"values": {"a": 1}', b'"values": [null, 7]', b'"validate": []',
    b'"validate": {"minLength": "x", "pattern": "("}', b'"conditional": {"hide": "="}',
    b'"conditional": 7', b'"properties": []', b'"label": 7', b'"properties": {"labelEn": null}',
    b"\\ud800", b"\\u0000", b"\xff", b"\xef\xbb\xbf", b"\0",
]  # fmt: skip
YAML_TOKENS = [
    b"- ", b": ", b"? ", b"&a ", b"*a", b"<<: *a", b"!!python/object:os.system ", b"!!binary ",
    b"!!timestamp ", b"|\n", b">\n", b"{", b"}", b"[", b"]", b'"', b"'", b"#", b"---\n",
    b"...\n", b"%YAML 9.9\n", b"\t", b"\n", b"  ", b"~", b"null", b"yes", b"1e999",
    b"2026-99-99", b"0x" + b"f" * 999, b".inf", b"\xff", b"\xef\xbb\xbf", b"\0", b"\xc2\x85",
    b"code:", b"materials:", b"basis:", b"title: {zh: 1}",
]  # fmt: skip
BINARY_TOKENS = [
    b"%PDF-1.7", b"%%EOF", b"/JavaScript", b"/Encrypt", b"/Launch", b"\xff\xd8\xff",
    b"\xff\xd9", b"\xff\xda", b"\x89PNG\r\n\x1a\n", b"IHDR", b"IEND", b"PK\x03\x04",
    b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x07\x08", b"\xff\xff\xff\xff",
    b"\0\0\0\0", b"\x7f\xff\xff\xff", b"<html>", b"word/vbaProject.bin", b"[Content_Types].xml",
    b"\x08\0", b"\x0c\0", b"\x0e\0", b"\x63\0",
]  # fmt: skip


def check_problems(problems: list[Problem]) -> None:
    """Each says in both languages what is wrong, and where."""
    for problem in problems:
        assert problem.message.zh
        assert problem.message.en
        assert problem.severity in {"error", "warning"}
        assert problem.line is None or problem.line >= 0


@given(mutated(files("*.bpmn"), XML_TOKENS) | rearranged(files("*.bpmn"), XML_WORDS))
@examples(120)
def test_diagrams(data: bytes) -> None:
    """Read and checked as a whole."""
    with bounded():
        diagram, problems = bpmn.read(data, "x.bpmn")
        check_problems(problems)
        if diagram is None:
            assert problems
        else:
            check_problems(bpmn.check(diagram, forms={}, decisions={}))


def _fault(text: str) -> str | None:
    try:
        feel.compile_expression(text)
    except feel.FeelError as error:
        return error.message.en
    return None


@given(mutated(files("*.form"), JSON_TOKENS))
@examples(150)
def test_forms(data: bytes) -> None:
    """A form, or what is wrong with it."""
    with bounded():
        form, problems = load_form(data, "x.form", check_expression=_fault)
        assert form is not None or problems
        assert all(problem.message.zh for problem in problems)
        assert issubclass(FormError, Exception)


@given(mutated(files("item.yaml"), YAML_TOKENS))
@examples(120)
def test_items(data: bytes) -> None:
    """An item, or what is wrong with it."""
    with bounded():
        item, problems = read_item(data, "item.yaml")
        check_problems(problems)
        assert item is not None or problems


UPLOADS = [PDF_FILE, make_png(), make_jpeg(), DOCX_FILE]


@given(
    mutated(UPLOADS, BINARY_TOKENS),
    st.one_of(st.sampled_from(["a.pdf", "../a.docx", "a.png.exe", ""]), st.text(max_size=30)),
)
@examples(250)
def test_uploads(data: bytes, name: str) -> None:
    """Taken, or refused with a sentence."""
    with bounded():
        found = check_upload(name, data, KINDS, 1_000_000)
        assert isinstance(found, (Accepted, Text))
        if isinstance(found, Accepted):
            assert "/" not in found.name
            assert "\\" not in found.name


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("x/item.yaml", b"code: x\n" * 50)
        written.writestr("x/a.form", b"{}")
    return buffer.getvalue()


@given(mutated([_archive()], BINARY_TOKENS))
@examples(200)
def test_archives(data: bytes) -> None:
    """The files in it, or one refusal."""
    with refusing(InvalidError):
        assert all(isinstance(content, bytes) for content in read_zip(data).values())
