"""Templates from which a new item begins: small bundles that pass the check as they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import orjson

from engine import people
from engine.definitions.yaml_fields import CODE
from engine.errors import InvalidError
from forms.text import Text

_SHAPES: Final = Path(__file__).parent / "shapes"
LONGEST_TITLE: Final = 60
_XML: Final = {'"': "&quot;"}
_MARK: Final = re.compile(r"@([a-z_]+)@")


@dataclass(frozen=True)
class Template:
    """One shape of an item: what it is for, and the forms its steps use."""

    code: str
    name: Text
    about: Text
    forms: tuple[str, ...]
    #: whether other departments take part
    joint: bool = False
    #: whether each department decides on a licence of its own
    parts: bool = False


_COMMON: Final = ("apply", "accept", "correct_application", "decide", "deliver")
_OPINIONS: Final = ("part_opinion", "consolidate")
TEMPLATES: Final = {
    one.code: one
    for one in (
        Template(
            "promise",
            Text("承诺件", "Promise item"),
            Text(
                "受理、审查、决定、送达，在承诺的时限内办结。",
                "Accepted, reviewed, decided and delivered within a promised limit.",
            ),
            (*_COMMON, "review"),
        ),
        Template(
            "immediate",
            Text("即办件", "Immediate item"),
            Text(
                "材料齐全的当场决定：受理、决定、送达。",
                "Decided on the spot when complete: accepted, decided, delivered.",
            ),
            _COMMON,
        ),
        Template(
            "joint",
            Text("联办件", "Joint item"),
            Text(
                "牵头部门同时征求协办部门意见，汇总后由牵头部门决定。",
                "The lead asks the other departments at the same time, then decides itself.",
            ),
            (*_COMMON, *_OPINIONS),
            joint=True,
        ),
        Template(
            "one-matter",
            Text("一件事", "One matter"),
            Text(
                "一次申请，各部门分别许可，汇齐后一并送达。",
                "One application; each department decides on its own licence; delivered as one.",
            ),
            ("apply", "accept", "correct_application", "deliver", *_OPINIONS, "decide_part"),
            joint=True,
            parts=True,
        ),
    )
}


@dataclass(frozen=True)
class NewItem:
    """What is asked before an item begins from a template."""

    template: str
    code: str
    title_zh: str
    title_en: str
    lead: str
    departments: tuple[str, ...] = ()


def new_item(
    template: str,
    *,
    code: str,
    title: Text,
    lead: str,
    departments: Sequence[str] = (),
) -> dict[str, bytes]:
    """Make the files of a new item. Raises InvalidError naming every field that is wrong."""
    wanted = NewItem(
        template, code.strip(), title.zh.strip(), title.en.strip(), lead, tuple(departments)
    )
    if wrong := _faults(wanted):
        raise InvalidError(next(iter(wrong.values())), fields=wrong)
    shape = TEMPLATES[template]
    values = _values(wanted, shape)
    files = {
        f"{name}.form": (_SHAPES / "forms" / f"{name}.form").read_bytes() for name in shape.forms
    }
    diagram = (_SHAPES / template / "item.bpmn").read_text("utf-8")
    files[f"{wanted.code}.bpmn"] = _filled(diagram, values, xml=True)
    files["item.yaml"] = _filled((_SHAPES / "item.yaml").read_text("utf-8"), values, xml=False)
    paths = _SHAPES / template / "paths.yaml"
    if paths.exists():
        files["paths.yaml"] = paths.read_bytes()
    return files


def _faults(wanted: NewItem) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if wanted.template not in TEMPLATES:
        wrong["template"] = Text("请选择一个模板。", "Choose a template.")
    if not CODE.fullmatch(wanted.code) or len(wanted.code) > LONGEST_TITLE:
        wrong["item"] = Text(
            "事项编码用小写字母、数字和连字符，以字母开头，例如 street-stall。",
            "A code has lower-case letters, digits and hyphens, as in street-stall.",
        )
    for key, title in (("title_zh", wanted.title_zh), ("title_en", wanted.title_en)):
        if not title or len(title) > LONGEST_TITLE or not title.isprintable():
            wrong[key] = Text(
                f"请填写名称，不超过{LONGEST_TITLE}个字。",
                f"Give a name of at most {LONGEST_TITLE} characters.",
            )
    known = people.department_codes()
    if wanted.lead not in known:
        wrong["lead"] = Text("请选择牵头部门。", "Choose the lead department.")
    shape, asked = TEMPLATES.get(wanted.template), set(wanted.departments)
    if shape is not None and shape.joint and not (asked and asked <= known):
        wrong["departments"] = Text(
            "请至少选择一个协办部门。", "Choose at least one department that takes part."
        )
    return wrong


def _values(wanted: NewItem, shape: Template) -> dict[str, str]:
    listed = ", ".join(f'"{code}"' for code in wanted.departments)
    return {
        "code": wanted.code,
        "process": wanted.code.replace("-", "_"),
        "title_zh": wanted.title_zh,
        "title_en": wanted.title_en,
        "lead": wanted.lead,
        "departments": f"=[{listed}]",
        "result_zh": f"{wanted.title_zh}决定书",
        "result_en": f"Decision: {wanted.title_en}",
        "parts": _parts(wanted) if shape.parts else "",
    }


def _parts(wanted: NewItem) -> str:
    """Write what each department decides, as item.yaml wants it."""
    lines = ["", "parts:"]
    for code in wanted.departments:
        name = people.department_name(code)
        zh, en = f"{name.zh}许可", f"Licence of {name.en}"
        words = f"{{zh: {_quoted(zh)}, en: {_quoted(en)}}}"
        lines += [f"  - department: {code}", f"    name: {words}", "    result:"]
        lines += ["      kind: licence", f"      name: {words}", "      validYears: null"]
        lines += ["      fields: [applicant_name, applicant_id]", '      numberPrefix: ""']
    return "\n".join(lines) + "\n"


#: Values that stand in item.yaml as they are: codes, and lines already written.
_PLAIN: Final = ("code", "lead", "parts", "process")


def _filled(text: str, values: dict[str, str], *, xml: bool) -> bytes:
    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if xml:
            return escape(values[name], _XML)
        return values[name] if name in _PLAIN else _quoted(values[name])

    return _MARK.sub(fill, text).encode()


def _quoted(text: str) -> str:
    """Write a text so that YAML reads it as it is: JSON is YAML."""
    return orjson.dumps(text).decode()
