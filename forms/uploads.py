"""Uploaded files, judged by what they contain and never by what they call themselves.

Pure: bytes in, a kind or a sentence out. What is accepted is still served only as a download or
inside our own viewer; this is the first of two fences.
"""

import hashlib
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from forms.text import Text

LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_RATIO = 200
MOST_ENTRIES = 5000
MOST_PIXELS = 100_000_000
LONGEST_NAME = 120
_BAD_IN_NAMES = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file people may upload."""

    code: str
    label: Text
    media_type: str
    #: the first is the one we write ourselves
    extensions: tuple[str, ...]


PDF = Kind("pdf", Text("PDF", "PDF"), "application/pdf", ("pdf",))
JPEG = Kind("jpg", Text("JPG图片", "JPG image"), "image/jpeg", ("jpg", "jpeg", "jfif"))
PNG = Kind("png", Text("PNG图片", "PNG image"), "image/png", ("png",))
_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = Kind(
    "docx",
    Text("Word文档", "Word document"),
    f"{_OFFICE}.wordprocessingml.document",
    ("docx",),
)
XLSX = Kind("xlsx", Text("Excel表格", "Excel sheet"), f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",))
OFD = Kind("ofd", Text("OFD版式文件", "OFD document"), "application/ofd", ("ofd",))
KINDS: Mapping[str, Kind] = {k.code: k for k in (PDF, JPEG, PNG, DOCX, XLSX, OFD)}
_ALIASES = {"jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may be stored."""

    kind: Kind
    #: the cleaned name, with an extension of its kind
    name: str
    size: int
    sha256: str


def identify(head: bytes, whole: bytes | None = None) -> Kind | None:
    """Tell the kind of a file from its first bytes, and from its entries where it is a container.

    ``whole`` is needed for docx, xlsx and ofd; without it a container is not identified.
    """
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"PK\x03\x04") and whole is not None:
        return _identify_container(whole)
    return None


def check_upload(
    filename: str, data: bytes, allowed: Iterable[str], max_bytes: int
) -> Accepted | Text:
    """Judge an upload: return what may be stored, or the sentence to tell the person.

    ``allowed`` holds codes such as ``pdf``, ``jpg`` (or ``jpeg``), ``png``, ``docx``.
    """
    kinds = [KINDS[_ALIASES.get(c, c)] for c in (code.lower() for code in allowed)]
    if not data:
        return Text("文件是空的，请重新选择。", "The file is empty. Choose it again.")
    if len(data) > max_bytes:
        return Text(
            f"文件大小{_size(len(data))}，超过上限{_size(max_bytes)}，请压缩后再上传。",
            f"The file has {_size(len(data))}; the limit is {_size(max_bytes)}. Make it smaller.",
        )
    kind = identify(data[:1024], data)
    if kind is None or kind not in kinds:
        return _refuse_kind(kind, data, kinds)
    if fault := _INSPECTIONS[kind.code](data) or _name_fault(filename, kind):
        return fault
    name = safe_name(filename, kind)
    return Accepted(kind, name, len(data), hashlib.sha256(data).hexdigest())


def safe_name(filename: str, kind: Kind | None = None) -> str:
    """Return a name without paths, control or reserved characters, of bounded length.

    Chinese stays. With a kind, the name ends in an extension of that kind.
    """
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    name = _BAD_IN_NAMES.sub("_", name).strip(" .")
    stem, suffix = PurePosixPath(name or "x").stem, PurePosixPath(name or "x").suffix
    if kind and suffix[1:].lower() not in kind.extensions:
        stem, suffix = name, f".{kind.extensions[0]}"
    stem = stem if name and stem else "file"
    return stem[: LONGEST_NAME - len(suffix[:10])] + suffix[:10]


def _size(count: int) -> str:
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024))} KB"
    return f"{count / 1024 / 1024:.1f} MB".replace(".0 ", " ")


def _refuse_kind(kind: Kind | None, data: bytes, kinds: list[Kind]) -> Text:
    """Say what the file seems to be, and what is wanted."""
    found = kind.label if kind else _guess(data)
    zh, en = "、".join(k.label.zh for k in kinds), ", ".join(k.label.en for k in kinds)
    return Text(
        f"这个文件的内容是{found.zh}，这里只收{zh}。请换一个文件。",
        f"The content of this file is {found.en}; only {en} is taken here. Choose another file.",
    )


def _guess(data: bytes) -> Text:
    head = data[:1024].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml", b"<body")):
        return Text("网页或XML", "a web page or XML")
    if head.startswith((b"gif87a", b"gif89a")):
        return Text("GIF图片", "a GIF image")
    if head.startswith((b"mz", b"\x7felf")):
        return Text("可执行程序", "a program")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return Text("旧版Office文件", "an old Office file")
    if head.startswith((b"pk", b"rar!", b"7z\xbc")):
        return Text("压缩包或无法识别的文档", "an archive or an unknown document")
    return Text("无法识别的格式", "an unknown format")


def _name_fault(filename: str, kind: Kind) -> Text | None:
    """Refuse a name whose extension belongs to something else: it was renamed or mistaken."""
    suffix = PurePosixPath(filename.replace("\\", "/").strip()).suffix[1:].lower()
    if suffix in kind.extensions:
        return None
    right = kind.extensions[0]
    shown = f".{suffix[:10]}" if suffix else Text("没有扩展名", "no extension")
    return Text(
        "文件名是{shown}，内容却是{kind}。请把扩展名改为 .{right}，或选择正确的文件。",
        "The file is named {shown} but contains a {kind}. Rename it to .{right}, "
        "or choose the right file.",
    ).format(shown=shown, kind=kind.label, right=right)


_DAMAGED = Text(
    "文件已损坏或不完整，请重新导出后再上传。",
    "The file is damaged or incomplete. Export it again, then upload it.",
)
_FOREIGN = Text(
    "文件里夹带了其他内容，为安全起见不能接收。请重新导出或截图后再上传。",
    "The file carries something else inside and cannot be taken. Export it again.",
)
_TOO_MANY_PIXELS = Text(
    "图片的像素太多，请缩小后再上传。", "The image has too many pixels. Make it smaller."
)
_ACTIVE = Text(
    "文件里含有宏或会自动运行的程序，请去掉后再上传。",
    "The file contains macros or things that run by themselves. Remove them.",
)
_BOMB = Text(
    "文件解压后过大，像是压缩炸弹，不能接收。", "The file unpacks to far too much; it is refused."
)
_SCRIPT = re.compile(rb"<\s*(script|html|svg|iframe)\b", re.IGNORECASE)


def _inspect_pdf(data: bytes) -> Text | None:
    """Look for the end mark, and for actions that run by themselves."""
    end = data.rfind(b"%%EOF")
    if end < 0:
        return _DAMAGED
    if len(data) - end > 2048 or _SCRIPT.search(data[:1024]) or _SCRIPT.search(data[end:]):
        return _FOREIGN
    if re.search(rb"/(JavaScript|JS|Launch)\b\s*[(/<\d]", data):
        return _ACTIVE
    return None


def _inspect_png(data: bytes) -> Text | None:
    """Walk the chunks: lengths, checksums, size of the picture, nothing after the end."""
    place, first = 8, True
    while True:
        head = data[place : place + 8]
        if len(head) < 8:
            return _DAMAGED
        length, name = struct.unpack(">I4s", head)
        body = data[place + 8 : place + 8 + length]
        check = data[place + 8 + length : place + 12 + length]
        if len(check) < 4 or zlib.crc32(name + body) != int.from_bytes(check, "big"):
            return _DAMAGED
        if first and (name != b"IHDR" or length != 13):
            return _DAMAGED
        if first and _pixels(*struct.unpack(">II", body[:8])):
            return _TOO_MANY_PIXELS
        place, first = place + 12 + length, False
        if name == b"IEND":
            return _FOREIGN if data[place:].strip(b"\x00") else None


def _inspect_jpeg(data: bytes) -> Text | None:
    """Walk the segments to the picture: its size, its end, and no markup or archive behind it."""
    place = 2
    while data[place : place + 1] == b"\xff" and len(data) > place + 4:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9].ljust(4, b"\0"))
            if _pixels(width, height):
                return _TOO_MANY_PIXELS
        if marker == 0xDA:
            return _inspect_jpeg_end(data)
        place += 2 + length
    return _DAMAGED


def _inspect_jpeg_end(data: bytes) -> Text | None:
    end = data.rfind(b"\xff\xd9")
    if end < 0:
        return _DAMAGED
    rest = data[end + 2 :]
    if _SCRIPT.search(data) or b"PK\x05\x06" in rest or b"%PDF-" in rest:
        return _FOREIGN
    return None


def _pixels(width: int, height: int) -> bool:
    return width * height > MOST_PIXELS


def _identify_container(data: bytes) -> Kind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            names = set(container.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if "OFD.xml" in names:
        return OFD
    if "[Content_Types].xml" not in names:
        return None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def _inspect_container(data: bytes) -> Text | None:
    """Look at a zip container without unpacking it: size, entries, places, macros."""
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        entries = container.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if (
        len(entries) > MOST_ENTRIES
        or unpacked > min(LARGEST_UNPACKED, max(len(data) * LARGEST_RATIO, 1024 * 1024))
        or packed > len(data)
    ):
        return _BOMB
    names = [entry.filename for entry in entries]
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        return _FOREIGN
    if len(set(names)) != len(names) or any(entry.flag_bits & 1 for entry in entries):
        return _DAMAGED
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js", ".vbs")) for name in names):
        return _ACTIVE
    return None


_INSPECTIONS: Mapping[str, Callable[[bytes], Text | None]] = {
    "pdf": _inspect_pdf,
    "jpg": _inspect_jpeg,
    "png": _inspect_png,
    "docx": _inspect_container,
    "xlsx": _inspect_container,
    "ofd": _inspect_container,
}
