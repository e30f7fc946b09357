"""Documents as PDF: printed from what was stored when they were issued, in either language."""

import os
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import segno
import typst

from engine import outbox
from engine.clock import civil_date
from engine.documents import text_of
from engine.models import Document
from forms.text import Text, dated

TEMPLATES = Path(__file__).parent
FONTS = "LIANBAN_FONTS"  # a folder of fonts to print with
#: Where fonts for Chinese are found otherwise: the built assets, then the system's.
FONT_FOLDERS = (
    TEMPLATES.parent.parent / "webapp" / "static" / "build" / "fonts",
    Path("/usr/share/fonts"),
)

LABELS: Mapping[str, Text] = {
    "verify_label": Text("扫码或输入核验码查验：", "Scan, or enter this code to verify: "),
    "seal_note": Text(
        "本件由系统出具，盖章以核验结果为准", "Issued online; verify it for its validity"
    ),
    "number_label": Text("证书编号：", "No. "),
    "date_label": Text("发证日期：", "Issued: "),
    "remedies_heading": Text("救济途径", "Remedies"),
    "colon": Text("：", ":"),
}


def pdf(
    document: Document, *, language: str = "zh", veil: Callable[[Any], Any] = lambda value: value
) -> bytes:
    """Print a document as PDF (A4) in Chinese or English, with a QR code that leads to its check.

    ``veil`` masks what the reader may not see.

    The same document always gives the same content: only what was stored at issue is printed.
    """
    template = "licence.typ" if document.kind == "licence" else "paper.typ"
    address = outbox.public_url(f"/verify/{document.verify_code}")
    code = segno.make(address, error="m").svg_inline(border=0, dark="#1b2430")
    return bytes(
        typst.compile(
            str(TEMPLATES / template),
            root=str(TEMPLATES),
            font_paths=_font_paths(),
            sys_inputs={
                "data": orjson.dumps(veil(_content(document, language))).decode(),
                "qr": code.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1),
            },
            format="pdf",
        )
    )


@cache
def _font_paths() -> list[str]:
    configured = os.environ.get(FONTS)
    folders = [Path(configured)] if configured else FONT_FOLDERS
    return [str(folder) for folder in folders if folder.is_dir()]


def _content(document: Document, language: str) -> dict[str, Any]:
    """Pick one language out of a document's stored content."""

    def said(value: Any) -> str:
        return text_of(value).pick(language)

    data, english = document.data, language.startswith("en")
    case_number = data["case_number"]
    footer = Text(f"办件编号 {case_number}", f"Case {case_number}")
    return {
        **{key: text.pick(language) for key, text in LABELS.items()},
        "lang": "en" if english else "zh",
        "title": document.title_en if english else document.title_zh,
        "issuer": said(data["issuer"]),
        "number": document.number,
        "to": data["to"],
        "facts": [[said(label), said(value)] for label, value in data["facts"]],
        "paragraphs": [said(paragraph) for paragraph in data["paragraphs"]],
        "points": [said(point) for point in data["points"]],
        "remedies": said(data["remedies"]),
        "verify_code": grouped(document.verify_code),
        "date": day_text(civil_date(document.issued_at), language),
        "valid": _validity(document, language),
        "footer": footer.pick(language) if case_number else "",
    }


def grouped(code: str) -> str:
    """Write a code in groups of four, as people read it out."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def day_text(day: date, language: str) -> str:
    """Write a date in words: 2026年11月23日, 23 Nov 2026."""
    return dated(day).pick(language)


def _validity(document: Document, language: str) -> str:
    if document.valid_from is None or document.valid_to is None:
        return ""
    start, end = (day_text(d, language) for d in (document.valid_from, document.valid_to))
    return Text(f"有效期：{start}至{end}", f"Valid from {start} to {end}").pick(language)
