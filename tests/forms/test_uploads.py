"""Uploads: real files pass, forged, damaged and dangerous ones are refused with a reason."""

import io
import struct
import zipfile
import zlib

import pytest

from forms.text import Text
from forms.uploads import (
    JPEG,
    KINDS,
    LONGEST_NAME,
    OFD,
    PDF,
    PNG,
    Accepted,
    check_upload,
    identify,
    safe_name,
)

MB = 1024 * 1024
ALL = tuple(KINDS)
PDF_FILE = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def make_png(width: int = 1, height: int = 1) -> bytes:
    """Make a real PNG file."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\x00\x00")
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    )


def make_jpeg(width: int = 1, height: int = 1) -> bytes:
    """Make the frame of a JPEG file: headers, a scan, the end."""
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x00\x3f\x00" + b"\x12\x34"
    return b"\xff\xd8" + app + frame + scan + b"\xff\xd9"


def make_zip(**entries: bytes) -> bytes:
    """Make a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name, body in entries.items():
            container.writestr(name, body)
    return out.getvalue()


DOCX_ENTRIES = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
DOCX_FILE = make_zip(**DOCX_ENTRIES)
XLSX_FILE = make_zip(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
OFD_FILE = make_zip(**{"OFD.xml": b"<ofd/>"})


def refused(name: str, data: bytes, allowed: tuple[str, ...] = ALL, most: int = MB) -> str:
    """Check a file that must be refused; return the English reason."""
    found = check_upload(name, data, allowed, most)
    assert isinstance(found, Text)
    assert found.zh
    return found.en


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("营业执照.pdf", PDF_FILE, "pdf"),
        ("照片.JPG", make_jpeg(), "jpg"),
        ("照片.jpeg", make_jpeg(), "jpg"),
        ("平面图.png", make_png(), "png"),
        ("制度.docx", DOCX_FILE, "docx"),
        ("人员.xlsx", XLSX_FILE, "xlsx"),
        ("证照.ofd", OFD_FILE, "ofd"),
    ],
)
def test_real_files_are_accepted_by_their_content(name: str, data: bytes, code: str) -> None:
    found = check_upload(name, data, ALL, MB)
    assert isinstance(found, Accepted)
    assert found.kind.code == code
    assert found.name == name
    assert found.size == len(data)
    assert len(found.sha256) == 64


def test_both_spellings_of_jpeg_are_allowed_in_a_list() -> None:
    assert isinstance(check_upload("a.jpg", make_jpeg(), ("jpeg",), MB), Accepted)
    assert isinstance(check_upload("a.jpg", make_jpeg(), ("JPG",), MB), Accepted)


def test_an_empty_and_an_oversized_file_are_refused() -> None:
    assert "empty" in refused("a.pdf", b"")
    assert refused("a.pdf", PDF_FILE * 20, most=1024) == (
        "The file has 1 KB; the limit is 1 KB. Make it smaller."
    )
    assert "2.0 MB" in refused("a.pdf", b"x" * (2 * MB + 9), most=MB).replace("2 MB", "2.0 MB")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.jpg", PDF_FILE, "named .jpg but contains a PDF. Rename it to .pdf"),
        ("a", PDF_FILE, "named no extension"),
        ("a.pdf", b"<!DOCTYPE html><script>1</script>", "a web page or XML"),
        ("a.png", b"  <svg onload='x'/>", "a web page or XML"),
        ("a.jpg", b"GIF89a/*\x01\x00*/=1;alert(1)//", "a GIF image"),
        ("a.pdf", b"MZ\x90\x00", "a program"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Office file"),
        ("a.docx", make_zip(**{"evil.txt": b"x"}), "an archive or an unknown document"),
        ("a.docx", b"PK\x03\x04 broken", "an archive or an unknown document"),
        ("a.docx", make_zip(**{"[Content_Types].xml": b""}), "an archive or an unknown"),
        ("a.pdf", b"hello", "an unknown format"),
    ],
)
def test_what_a_file_calls_itself_does_not_count(name: str, data: bytes, reason: str) -> None:
    assert reason in refused(name, data)


def test_a_kind_that_is_not_wanted_here_is_refused_and_the_wanted_ones_named() -> None:
    reason = refused("a.docx", DOCX_FILE, ("pdf", "png"))
    assert "Word document; only PDF, PNG image is taken" in reason


def _zip_with_lying_name() -> bytes:
    return make_zip(**DOCX_ENTRIES, **{"../../etc/cron.d/x": b"x"})


def _zip_bomb() -> bytes:
    return make_zip(**DOCX_ENTRIES, **{"word/media/image1.png": b"\x00" * (30 * MB)})


def _zip_with_macros() -> bytes:
    return make_zip(**DOCX_ENTRIES, **{"word/vbaProject.bin": b"x"})


def _encrypted_zip() -> bytes:
    data = bytearray(DOCX_FILE)
    place = data.rfind(b"PK\x01\x02")
    data[place + 8] |= 1
    return bytes(data)


def _png_with(data: bytes) -> bytes:
    return make_png() + data


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("bomb.docx", _zip_bomb(), "unpacks to far too much"),
        ("path.docx", _zip_with_lying_name(), "carries something else"),
        ("macro.docx", _zip_with_macros(), "macros"),
        ("locked.docx", _encrypted_zip(), "damaged"),
        ("cut.pdf", PDF_FILE[:-7], "damaged"),
        ("tail.pdf", PDF_FILE + b"x" * 5000, "carries something else"),
        ("html.pdf", b"%PDF-1.7\n<script>x</script>\n%%EOF", "carries something else"),
        ("js.pdf", b"%PDF-1.7\n<</S/JavaScript/JS(app.alert(1))>>\n%%EOF", "macros"),
        ("run.pdf", b"%PDF-1.7\n<</S /Launch /Launch (cmd.exe)>>\n%%EOF", "macros"),
        ("cut.png", make_png()[:-6], "damaged"),
        ("flip.png", make_png().replace(b"IDAT", b"IDAX"), "damaged"),
        ("noheader.png", b"\x89PNG\r\n\x1a\n" + _chunk(b"IEND", b""), "damaged"),
        ("short.png", b"\x89PNG\r\n\x1a\n", "damaged"),
        ("huge.png", make_png(60000, 60000), "too many pixels"),
        ("tail.png", _png_with(b"<script>alert(1)</script>"), "carries something else"),
        ("zip.png", _png_with(DOCX_FILE), "carries something else"),
        ("cut.jpg", make_jpeg()[:-2], "damaged"),
        ("stub.jpg", b"\xff\xd8\xff\xe0", "damaged"),
        ("huge.jpg", make_jpeg(60000, 60000), "too many pixels"),
        ("js.jpg", make_jpeg() + b"<script>alert(1)</script>", "carries something else"),
        ("zip.jpg", make_jpeg() + DOCX_FILE, "carries something else"),
    ],
)
def test_damaged_and_dangerous_files_are_refused(name: str, data: bytes, reason: str) -> None:
    assert reason in refused(name, data, most=50 * MB)


def test_an_archive_whose_entries_share_their_bytes_is_refused() -> None:
    """Entries that overlap let a small file unpack to anything: they claim more than is there."""
    data = bytearray(DOCX_FILE)
    place = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 20, 10 * MB)
    assert "unpacks" in refused("a.docx", bytes(data))


def test_the_same_name_twice_in_an_archive_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for name in DOCX_ENTRIES:
            container.writestr(name, b"x")
        with pytest.warns(UserWarning, match="Duplicate name"):
            container.writestr("word/document.xml", b"y")
    assert "damaged" in refused("a.docx", out.getvalue())


def test_trailing_zero_bytes_of_a_png_are_harmless() -> None:
    assert isinstance(check_upload("a.png", _png_with(b"\x00" * 8), ALL, MB), Accepted)


def test_the_first_bytes_are_enough_but_for_containers() -> None:
    assert identify(PDF_FILE[:10]) is PDF
    assert identify(make_jpeg()[:4]) is JPEG
    assert identify(make_png()[:8]) is PNG
    assert identify(OFD_FILE[:10]) is None
    assert identify(OFD_FILE[:10], OFD_FILE) is OFD


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("营业执照 副本.pdf", "营业执照 副本.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\图.png", "图.png"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("a\x00\r\n\u202efdp.exe", "afdp.exe"),
        ("   ...  ", "file"),
        ("", "file"),
        (".pdf", "pdf"),
    ],
)
def test_names_are_made_safe_and_stay_chinese(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_names_have_a_bounded_length_and_the_extension_of_their_kind() -> None:
    long = safe_name("长" * 500 + ".pdf")
    assert len(long) == LONGEST_NAME
    assert long.endswith(".pdf")
    assert safe_name("图纸", PDF) == "图纸.pdf"
    assert safe_name("图纸.PDF", PDF) == "图纸.PDF"
    assert safe_name("图纸.v2", PDF) == "图纸.v2.pdf"
