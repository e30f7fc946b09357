"""Units of the city as a tree: departments with their sections, stations and windows."""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from engine import db, events, people
from engine.errors import InvalidError, NotFoundError
from engine.models import Department
from engine.permissions import ADMIN, Actor, require_role
from forms.text import Text

KINDS: Final[Mapping[str, Text]] = {
    "government": Text("政府", "Government"),
    "department": Text("部门", "Department"),
    "section": Text("科室", "Section"),
    "station": Text("所、站", "Station"),
    "window": Text("窗口", "Window"),
}
CODE: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
LONGEST: Final = 120
DEEPEST: Final = 8
BAD_CODE: Final = Text(
    "代码为2至40个小写字母、数字或连字符，以字母开头。",
    "A code has 2 to 40 small letters, digits or hyphens and begins with a letter.",
)


@dataclass(frozen=True)
class Unit:
    """What is known of a unit; ``parent`` is the code of the unit above, empty at the top."""

    code: str
    name_zh: str
    name_en: str
    parent: str = ""
    kind: str = "department"
    position: int = 0
    mark: str = ""
    phone: str = ""
    address_zh: str = ""
    address_en: str = ""


@dataclass(frozen=True)
class Branch:
    """One unit in the tree, in the order in which it is shown."""

    row: Department
    depth: int


def tree() -> list[Branch]:
    """Return all units, each below the one it belongs to, sisters by their order and code."""
    rows = people.departments()
    known = {row.code for row in rows}
    below: dict[str | None, list[Department]] = {}
    for row in sorted(rows, key=lambda row: (row.position, row.code)):
        below.setdefault(row.parent_code if row.parent_code in known else None, []).append(row)
    found: list[Branch] = []
    stack = [Branch(row, 0) for row in below.get(None, [])[::-1]]
    while stack:
        branch = stack.pop()
        found.append(branch)
        stack += [Branch(row, branch.depth + 1) for row in below.get(branch.row.code, [])[::-1]]
    return found


def unit_of(row: Department) -> Unit:
    """Return a unit as it can be changed and written to a file."""
    named = {name: getattr(row, name) for name in Unit.__dataclass_fields__ if name != "parent"}
    return Unit(**named, parent=row.parent_code or "")


def find(code: str) -> Department:
    """Return a unit. Raises NotFoundError."""
    row = db.session().get(Department, code)
    if row is None:
        raise NotFoundError(Text("没有这个部门。", "There is no such unit."))
    return row


def faults(unit: Unit, parents: Mapping[str, str]) -> dict[str, Text]:
    """Return what is wrong with a unit, by field. ``parents``: of each unit the one above it."""
    found = {
        name: Text("请填写名称，最多120字。", "Give a name of at most 120 characters.")
        for name in ("name_zh", "name_en")
        if not 1 <= len(getattr(unit, name)) <= LONGEST
    }
    found |= {
        name: Text("最多120字。", "At most 120 characters.")
        for name in ("mark", "phone", "address_zh", "address_en")
        if len(getattr(unit, name)) > LONGEST
    }
    if not CODE.fullmatch(unit.code):
        found["code"] = BAD_CODE
    if unit.kind not in KINDS:
        words = "、".join(KINDS)
        found["kind"] = Text(f"类别应为：{words}。", f"The kind is one of: {', '.join(KINDS)}.")
    if not 0 <= unit.position < 10_000:
        found["position"] = Text("顺序为0至9999。", "The order is a number from 0 to 9999.")
    if fault := _fault_above(unit, parents):
        found["parent"] = fault
    return found


def _fault_above(unit: Unit, parents: Mapping[str, str]) -> Text | None:
    """Return what is wrong with the place of a unit in the tree."""
    above, steps = unit.parent, 0
    if above and above not in parents:
        return Text(f"没有上级部门“{above}”。", f"There is no unit '{above}' above it.")
    while above:
        steps += 1
        if above == unit.code or steps > DEEPEST:
            return Text(
                f"上下级成了循环，或者超过{DEEPEST}级。",
                f"The tree goes in a circle, or is deeper than {DEEPEST}.",
            )
        above = parents.get(above, "")
    return None


def parents() -> dict[str, str]:
    """Return of each unit the code of the one above it, empty at the top."""
    return {row.code: row.parent_code or "" for row in people.departments()}


def save(unit: Unit, *, actor: Actor, now: datetime, new: bool) -> Department:
    """Add a unit, or change one.

    Raises ForbiddenError unless the actor is an admin, InvalidError with every wrong field,
    NotFoundError for a change of a unit that is not there.
    """
    require_role(actor, ADMIN)
    if not new:
        find(unit.code)
    known = parents()
    problems = faults(unit, known)
    if new and unit.code in known:
        problems["code"] = Text("这个代码已被使用。", "This code is in use.")
    if problems:
        raise InvalidError(
            Text("请更正下列各项。", "Please correct the points below."), fields=problems
        )
    return _written(unit, actor, now, known)


def _written(unit: Unit, actor: Actor, now: datetime, known: Collection[str]) -> Department:
    session = db.session()
    values = {**asdict(unit), "parent_code": unit.parent or None}
    del values["parent"]
    if unit.code not in known:
        row = Department(**values)
        session.add(row)
        events.record(people.STREAM, "unit-added", actor, now, department=None, unit=asdict(unit))
    else:
        row = find(unit.code)
        before, after = asdict(unit_of(row)), asdict(unit)
        changed = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        if not changed:
            return row
        for name, value in values.items():
            setattr(row, name, value)
        events.record(people.STREAM, "unit-changed", actor, now, code=unit.code, changed=changed)
    session.flush()
    return row
