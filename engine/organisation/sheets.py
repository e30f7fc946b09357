"""Tables of the organisation as CSV and XLSX files: read with their row numbers, and written.

Pure. Of XLSX only cells with text, numbers and truth values are read; formulas give what was last
computed. Nothing outside of the file is ever looked at.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from engine.errors import InvalidError
from forms.text import Text

MAX_BYTES: Final = 2_000_000
MAX_UNPACKED: Final = 20_000_000
MAX_ROWS: Final = 5_000
#: The columns of each table; what is marked must stand in every row.
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "units": (
        *("code", "name_zh", "name_en", "kind", "parent", "position"),
        *("mark", "phone", "address_zh", "address_en"),
    ),
    "roles": ("code", "name_zh", "name_en"),
    "people": ("login", "name", "email", "phone", "active", "posts"),
    "substitutes": ("person", "substitute", "from_on", "until_on", "posts", "reason"),
}
NAMES: Final[Mapping[str, Text]] = {
    "units": Text("部门", "Units"),
    "roles": Text("岗位", "Roles"),
    "people": Text("人员", "People"),
    "substitutes": Text("代理", "Substitutes"),
}
HEADS: Final[Mapping[str, str]] = {
    "code": "代码",
    "name_zh": "中文名称",
    "name_en": "英文名称",
    "kind": "类别",
    "parent": "上级",
    "position": "顺序",
    "mark": "机关代字",
    "phone": "电话",
    "address_zh": "中文地址",
    "address_en": "英文地址",
    "login": "登录名",
    "name": "姓名",
    "email": "邮箱",
    "active": "在职",
    "posts": "任职",
    "person": "被代理人",
    "substitute": "代理人",
    "from_on": "开始日期",
    "until_on": "结束日期",
    "reason": "事由",
}
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    etree.XMLSyntaxError,
    RuntimeError,
)
_SHAPE: Final = Text(
    "请上传 CSV（一张表）或 XLSX（工作表 units、roles、people、substitutes）。"
    "可先导出，再在导出的文件上修改。",
    "Upload CSV (one table) or XLSX (sheets units, roles, people, substitutes). Export first and "
    "change that.",
)


@dataclass(frozen=True)
class Row:
    """One row of a table: its number in the file, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One table of a file, with the columns it has."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def _bad(zh: str, en: str) -> InvalidError:
    message = Text(zh, en)
    return InvalidError(message, fields={"file": message})


def read(data: bytes, file_name: str) -> list[Table]:
    """Read the tables of a file. Raises InvalidError for what is no such file."""
    if not data or len(data) > MAX_BYTES:
        raise _bad("文件为空或者超过2 MB。", "The file is empty or larger than 2 MB.")
    if data[:2] == b"PK" or file_name.lower().endswith(".xlsx"):
        grids = _read_xlsx(data)
    else:
        grids = {"": _read_csv(data)}
    tables = [_table(name, grid) for name, grid in grids.items() if any(map(any, grid))]
    if not tables:
        raise _bad(_SHAPE.zh, _SHAPE.en)
    return sorted(tables, key=lambda table: [*TABLES].index(table.name))


def _read_csv(data: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _bad("文字编码不是UTF-8或者GB18030。", "The text is neither UTF-8 nor GB18030.")
    if "\0" in text:
        raise _bad(_SHAPE.zh, _SHAPE.en)
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise _bad(f"CSV无法读取：{error}", f"The CSV cannot be read: {error}") from error


def _table(name: str, grid: Sequence[Sequence[str]]) -> Table:
    """Make a table of cells whose first filled row names the columns."""
    at = next(number for number, cells in enumerate(grid) if any(cells))
    columns = [_column(cell) for cell in grid[at]]
    table = _which(name, columns)
    unknown = [grid[at][n] for n, one in enumerate(columns) if one and one not in TABLES[table]]
    if unknown:
        raise _bad(f"不认识的列“{unknown[0]}”。", f"Unknown column '{unknown[0]}'.")
    doubled = next((one for one in columns if one and columns.count(one) > 1), None)
    key = TABLES[table][0]
    if doubled or key not in columns:
        raise _bad(
            f"列“{doubled or key}”缺少或者重复。",
            f"Column '{doubled or key}' is missing or double.",
        )
    rows = [
        Row(
            number, {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
        )
        for number, cells in enumerate(grid[at + 1 :], at + 2)
        if any(cell.strip() for cell in cells)
    ]
    if len(rows) > MAX_ROWS:
        raise _bad(f"一张表最多{MAX_ROWS}行。", f"A table has at most {MAX_ROWS} rows.")
    return Table(table, tuple(one for one in columns if one), tuple(rows))


def _column(cell: str) -> str:
    """Give a column's name: the head as we write it, ``代码 code``, or one of its halves."""
    words = cell.strip().lower().split()
    names = {zh: name for name, zh in HEADS.items()}
    return names.get(words[-1], words[-1]) if words else ""


def _which(name: str, columns: Sequence[str]) -> str:
    """Say which table it is: by the sheet's name, else by its columns."""
    for table, words in NAMES.items():
        if name.strip().lower() in (table, words.zh):
            return table
    if "login" in columns:
        return "people"
    if "substitute" in columns:
        return "substitutes"
    if "code" in columns:
        return "units" if {"parent", "kind"} & {*columns} else "roles"
    raise _bad(_SHAPE.zh, _SHAPE.en)


# --- XLSX ---


def _read_xlsx(data: bytes) -> dict[str, list[list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise _bad("工作簿过大。", "The workbook is too large.")
            shared = _shared(archive)
            return {
                name: _grid(_xml(archive, path), shared) for name, path in _sheets(archive).items()
            }
    except _DAMAGED as error:
        raise _bad("这不是可以打开的XLSX工作簿。", "This is no XLSX workbook.") from error


def _xml(archive: zipfile.ZipFile, path: str) -> "etree._Element":
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(path), parser)


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    links = {
        link.get("Id"): str(link.get("Target"))
        for link in _xml(archive, "xl/_rels/workbook.xml.rels")
    }
    found = {}
    for sheet in _xml(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
        target = links[sheet.get(_LINK)].lstrip("/")
        found[str(sheet.get("name"))] = target if target.startswith("xl/") else f"xl/{target}"
    return found


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(one) for one in _xml(archive, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]


def _text(element: "etree._Element") -> str:
    """Return the words of a text, without those that tell how to pronounce it."""
    return "".join(
        piece.text or ""
        for piece in element.iter(f"{_MAIN}t")
        if (above := piece.getparent()) is None or above.tag != f"{_MAIN}rPh"
    )


def _grid(sheet: "etree._Element", shared: Sequence[str]) -> list[list[str]]:
    grid: list[list[str]] = []
    for place, row in enumerate(sheet.iter(f"{_MAIN}row"), 1):
        number = int(row.get("r") or place)
        if number > MAX_ROWS + 100:
            raise _bad(f"一张表最多{MAX_ROWS}行。", f"A table has at most {MAX_ROWS} rows.")
        grid += [[] for _ in range(number - len(grid))]
        for position, cell in enumerate(row.iter(f"{_MAIN}c")):
            at = _place(cell.get("r"), position)
            grid[number - 1] += [""] * (at + 1 - len(grid[number - 1]))
            grid[number - 1][at] = _value(cell, shared)
    return grid


def _place(reference: str | None, position: int) -> int:
    """Give the number of a cell's column from its reference, such as ``B7``."""
    letters = re.match("[A-Z]{1,2}", reference or "")
    if letters is None:
        return position
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: "etree._Element", shared: Sequence[str]) -> str:
    kind, value = cell.get("t"), cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return shared[int(value)]
    if kind == "inlineStr":
        return _text(cell)
    if kind == "b":
        return "yes" if value == "1" else "no"
    if kind is None and value.endswith(".0"):
        return value[:-2]
    return value


# --- writing ---

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>%s</Types>'
)
_SHEET_TYPE = (
    '<Override PartName="/xl/worksheets/sheet%d.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
)
_RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s'
    "</Relationships>"
)
_REL = (
    '<Relationship Id="r%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/%s" Target="%s"/>'
)
_BOOK = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    "<sheets>%s</sheets></workbook>"
)
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>%s</sheetData></worksheet>"
)


def write_csv(table: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """Write one table as CSV that spreadsheets open with the right letters."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(_lines(table, rows))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _lines(table: str, rows: Iterable[Mapping[str, str]]) -> list[list[str]]:
    columns = TABLES[table]
    heads = [f"{HEADS[name]} {name}" for name in columns]
    return [heads, *([row[name] for name in columns] for row in rows)]


def write_xlsx(tables: Mapping[str, Iterable[Mapping[str, str]]]) -> bytes:
    """Write tables as a workbook, one sheet each; every cell is text."""
    out, names = io.BytesIO(), list(tables)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        kinds = "".join(_SHEET_TYPE % number for number, _ in enumerate(names, 1))
        archive.writestr("[Content_Types].xml", _TYPES % kinds)
        archive.writestr("_rels/.rels", _RELS % (_REL % (1, "officeDocument", "xl/workbook.xml")))
        links = [
            _REL % (n, "worksheet", f"worksheets/sheet{n}.xml") for n, _ in enumerate(names, 1)
        ]
        archive.writestr("xl/_rels/workbook.xml.rels", _RELS % "".join(links))
        sheets = [
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"/>'
            for n, name in enumerate(names, 1)
        ]
        archive.writestr("xl/workbook.xml", _BOOK % "".join(sheets))
        for number, name in enumerate(names, 1):
            written = _SHEET % "".join(map(_written, _lines(name, tables[name])))
            archive.writestr(f"xl/worksheets/sheet{number}.xml", written)
    return out.getvalue()


def _written(cells: Sequence[str]) -> str:
    inside = "".join(
        f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        for cell in cells
    )
    return f"<row>{inside}</row>"
