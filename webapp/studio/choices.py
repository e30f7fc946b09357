"""What a designer picks from: our element templates, with what exists in this city."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from engine import people
from engine.drafting import Files
from webapp.language import lang, t

TEMPLATES = Path(__file__).parents[2] / "processes" / ".camunda" / "element-templates"
_HAN = range(0x3000, 0xA000)
#: 2（两人办理 two-person rule）
_INSIDE = re.compile(r"([^（]*)（([^（）]*[\u4e00-\u9fff]) ([A-Za-z][^（）]*)）")


def of(files: Files) -> dict[str, Any]:
    """Return everything that the canvas of a diagram offers to pick."""
    return {"templates": templates(files), "forms": _forms(files)}


def templates(files: Files) -> list[dict[str, Any]]:
    """Return the element templates in the visitor's language, with lists to pick from."""
    picks = {
        "camunda:candidateGroups": _posts(),
        "camunda:formRef": _forms(files),
        "lead": _departments(),
    }
    return [_worded(one, picks) for one in _shipped()]


@cache
def _shipped() -> tuple[dict[str, Any], ...]:
    """Read the templates that Camunda Modeler reads too."""
    found: list[dict[str, Any]] = []
    for path in sorted(TEMPLATES.glob("*.json")):
        found += json.loads(path.read_text("utf-8"))
    return tuple(found)


def _worded(template: dict[str, Any], picks: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    properties = []
    for one in template["properties"]:
        shown = {**one, "label": _half(one["label"])} if "label" in one else dict(one)
        if "description" in one:
            shown["description"] = _half(one["description"])
        name = one["binding"].get("name", "")
        if "choices" in one:
            shown["choices"] = [{**c, "name": _half(c["name"])} for c in one["choices"]]
        if picked := _picks(template, name, picks):
            shown["type"], shown["choices"] = "Dropdown", picked
            shown.pop("constraints", None)
            shown.pop("description", None)
        properties.append(shown)
    groups = [{**one, "label": _half(one["label"])} for one in template.get("groups", ())]
    name = _half(template["name"])
    return {**template, "name": name, "groups": groups, "properties": properties}


def _picks(
    template: dict[str, Any], name: str, picks: dict[str, list[dict[str, str]]]
) -> list[dict[str, str]]:
    """Return what a field is picked from; ``lead`` names a department on a process only."""
    if name == "lead" and template["id"] != "lianban.process":
        return []
    return picks.get(name, [])


def _half(words: str) -> str:
    """Return the half of a label in both languages that the visitor reads.

    The Chinese half stands first; a label in one language is returned whole.
    """
    if (inside := _INSIDE.fullmatch(words)) is not None:
        return f"{inside[1]}（{inside[2]}）" if lang() == "zh" else f"{inside[1]} ({inside[3]})"
    last = max((n for n, letter in enumerate(words) if ord(letter) in _HAN), default=-1)
    tail = words[last + 1 :].lstrip("）")
    if last < 0 or not any(letter.isalpha() for letter in tail):
        return words
    return words[: len(words) - len(tail)].strip() if lang() == "zh" else tail.strip()


def _posts() -> list[dict[str, str]]:
    """Return every post that somebody holds, and those a case decides on."""
    roles = sorted(people.role_codes() - {"admin", "designer", "supervisor"})
    names = {code: t(people.role_name(code)) for code in roles}
    relative = {
        "lead": t("牵头部门", "Lead department"),
        "co": t("协办部门", "Co-handling department"),
        "each": t("本实例的部门", "Department of this instance"),
    }
    found = [("applicant", t("申请人", "Applicant"))]
    found += [(f"{c}:{r}", f"{n} · {names[r]}") for c, n in relative.items() for r in roles]
    for code in sorted(people.department_codes()):
        held = {role for person in people.holders(code) for role in _held(person, code)}
        department = t(people.department_name(code))
        found += [(f"{code}:{r}", f"{department} · {names[r]}") for r in roles if r in held]
    return [{"value": value, "name": name} for value, name in found]


def _held(person: Any, department: str) -> set[str]:
    return {post.role_code for post in person.posts if post.department_code == department}


def _departments() -> list[dict[str, str]]:
    return [
        {"value": one.code, "name": t(people.department_name(one.code))}
        for one in people.departments()
    ]


def _forms(files: Files) -> list[dict[str, str]]:
    """Return the forms of the draft, by name."""
    names = sorted(path.removesuffix(".form") for path in files if path.endswith(".form"))
    return [
        {"value": "", "name": t("（不用表单）", "(no form)")},
        *({"value": n, "name": n} for n in names),
    ]
