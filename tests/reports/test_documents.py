"""Documents as PDF: real files with the right words, in both languages, and nothing executed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from engine import cases
from reports import documents
from tools import samples
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def text_of(data: bytes, folder: Path) -> str:
    """Read a PDF's text with poppler."""
    tool = shutil.which("pdftotext")
    assert tool, "install poppler-utils"
    path = folder / "document.pdf"
    path.write_bytes(data)
    done = subprocess.run([tool, str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def test_each_document_of_a_case_prints_in_both_languages(tmp_path: Path) -> None:
    """Receipt, acceptance, decision and licence."""
    story = Story("individual-business").apply().do("wang.clerk", "accept", "accept")
    story.do("feng.registrar", "decide", "grant")
    issued = cases.documents.of_case(story.case)
    assert [document.kind for document in issued] == ["receipt", "acceptance", "granted", "licence"]
    for document in issued:
        chinese = text_of(documents.pdf(document), tmp_path)
        english = text_of(documents.pdf(document, language="en"), tmp_path)
        assert document.title_zh in chinese
        assert document.title_en in english
        code = documents.grouped(document.verify_code)
        assert code in chinese
        assert code in english


def test_what_an_applicant_types_is_printed_as_typed_and_never_run(tmp_path: Path) -> None:
    """Markup in an answer stays text."""
    typed = '#sys.inputs *x* "三哥" #read("/etc/passwd")'
    answers = {**samples.individual_business(), "trade_name": typed}
    story = Story("individual-business").apply(answers)
    receipt = cases.documents.of_case(story.case)[0]
    assert "#sys.inputs *x*" in text_of(documents.pdf(receipt), tmp_path)


def test_the_receipt_tells_number_and_query_code(tmp_path: Path) -> None:
    """What one needs to follow the case."""
    story = Story("individual-business").apply()
    receipt = text_of(documents.pdf(cases.documents.of_case(story.case)[0]), tmp_path)
    assert story.case.number in receipt
    assert story.case.query_code in receipt
