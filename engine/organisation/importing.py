"""Taking the organisation in from a file: first a plan that is shown, then all of it or nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import select, text

from engine import db, events, people
from engine.clock import civil_date
from engine.errors import ConflictError, EngineError, InvalidError, NotFoundError
from engine.models import OrganisationImport, Person, Substitute
from engine.organisation import leaving, sheets, staffing, substituting, units
from engine.organisation.leaving import Leaving
from engine.organisation.sheets import Row, Table
from engine.organisation.staffing import Known, Member
from engine.organisation.substituting import Span
from engine.organisation.units import Unit
from engine.permissions import ADMIN, Actor, require_role
from forms.text import Text

YES: Final = frozenset({"", "yes", "y", "true", "1", "是", "在职"})
NO: Final = frozenset({"no", "n", "false", "0", "否", "离职"})
#: Spreadsheets count days from here; a number of five digits is one between 1927 and 2173.
_SHEETS_BEGIN: Final = date(1899, 12, 30)
_SERIAL: Final = 5
_LOCK: Final = text("select pg_advisory_xact_lock(hashtext('organisation'))")
CHANGED: Final = Text(
    "机构在预览之后已有变化，没有导入。请重新预览。",
    "The organisation has changed since the preview, so nothing was taken in. Preview it anew.",
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell: the table, the row in the file, the column, the reason."""

    table: str
    row: int
    column: str
    message: Text


@dataclass(frozen=True)
class Change:
    """What a row of the file does: to which unit, role or person."""

    table: str
    row: int
    #: added, changed, removed
    how: str
    key: str
    #: (column, before, after); before is empty where something is added
    cells: Sequence[tuple[str, str, str]]
    #: what is written
    value: Any


@dataclass(frozen=True)
class Plan:
    """Everything a file does, or why it cannot be taken in."""

    changes: Sequence[Change]
    faults: Sequence[Fault]
    #: rows that say what is so already
    same: int

    @property
    def digest(self) -> str:
        """Return a hash of the plan: the same file on another city plans something else."""
        facts = [[c.table, c.row, c.how, c.key, *map(list, c.cells)] for c in self.changes]
        return hashlib.sha256(orjson.dumps(facts)).hexdigest()


def plan(data: bytes, file_name: str, *, actor: Actor) -> Plan:
    """Work out what a file would do. Raises ForbiddenError, InvalidError for no such file."""
    require_role(actor, ADMIN)
    return _planned(sheets.read(data, file_name), actor)


def _planned(tables: Sequence[Table], actor: Actor) -> Plan:
    work = _Planning(actor)
    for table in tables:
        _TAKES[table.name](work, table)
    return Plan(work.changes, work.faults, work.same)


class _Planning:
    """The plan as it grows, with the city as it would be by then."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.changes: list[Change] = []
        self.faults: list[Fault] = []
        self.same = 0
        self.units = {row.code: units.unit_of(row) for row in people.departments()}
        self.roles = {row.code: Text(row.name_zh, row.name_en) for row in staffing.roles()}
        staff = db.session().scalars(select(Person).where(Person.kind == "staff"))
        self.people = {row.login: row for row in staff}

    def fault(self, table: str, row: Row, column: str, message: Text) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(Fault(table, row.number, column, message))

    def note(self, table: str, row: Row, key: str, value: Any, cells: Any, how: str = "") -> None:
        """Note what a row does: nothing when no cell differs."""
        if how != "removed" and not cells:
            self.same += 1
            return
        self.changes.append(Change(table, row.number, how, key, cells, value))

    def seen_twice(self, table: Table, key: str) -> bool:
        """Note every row whose key stood in an earlier one; whether there was one."""
        seen: set[str] = set()
        for row in table.rows:
            value = row.cells.get(key, "")
            if value in seen:
                message = Text(f"“{value}”出现两次。", f"'{value}' stands there twice.")
                self.fault(table.name, row, key, message)
            seen.add(value)
        return len(seen) < len(table.rows)


def _take_units(work: _Planning, table: Table) -> None:
    if work.seen_twice(table, "code"):
        return
    wanted = {row.cells.get("code", ""): _unit(work, table, row) for row in table.rows}
    parents = {code: unit.parent for code, unit in {**work.units, **wanted}.items()}
    for row in table.rows:
        unit = wanted[row.cells.get("code", "")]
        for column, message in units.faults(unit, parents).items():
            work.fault(table.name, row, column, message)
        before = work.units.get(unit.code)
        old = {} if before is None else _plain(asdict(before))
        work.note(
            table.name,
            row,
            unit.code,
            unit,
            _cells(old, _plain(asdict(unit))),
            "changed" if before else "added",
        )
    work.units |= wanted


def _unit(work: _Planning, table: Table, row: Row) -> Unit:
    """Make the unit a row tells of; what it does not tell stays as it is."""
    code = row.cells.get("code", "")
    before = work.units.get(code, Unit(code, "", ""))
    given: dict[str, Any] = {name: value for name, value in row.cells.items() if name != "position"}
    position = row.cells.get("position", "")
    if position.isascii() and position.isdigit() and len(position) < 6:
        given["position"] = int(position)
    elif position:
        message = Text("顺序应为整数。", "The order is a whole number.")
        work.fault(table.name, row, "position", message)
    return replace(before, **given)


def _take_roles(work: _Planning, table: Table) -> None:
    if work.seen_twice(table, "code"):
        return
    for row in table.rows:
        code = row.cells.get("code", "")
        before = work.roles.get(code)
        old = {"name_zh": before.zh, "name_en": before.en} if before else {}
        new = {name: row.cells.get(name, old.get(name, "")) for name in ("name_zh", "name_en")}
        name = Text(new["name_zh"], new["name_en"])
        for column, message in staffing.role_faults(code, name).items():
            work.fault(table.name, row, column, message)
        how = "changed" if before else "added"
        work.note(table.name, row, code, name, _cells(old, new), how)
        work.roles[code] = name


def _take_people(work: _Planning, table: Table) -> None:
    if work.seen_twice(table, "login"):
        return
    there = Known(work.units, work.roles)
    for row in table.rows:
        member = _member(work, table, row)
        for column, message in staffing.faults(member, there).items():
            work.fault(table.name, row, column, message)
        before = work.people.get(member.login)
        if before is None:
            _take_new(work, table, row, member)
        elif not member.active and before.active:
            _take_leaving(work, table, row, before)
        else:
            _take_known(work, table, row, member, before)


def _take_new(work: _Planning, table: Table, row: Row, member: Member) -> None:
    query = select(Person.id).where(Person.login == member.login)
    if db.session().scalar(query) is not None:
        message = Text("这是申请人的登录名。", "This login name is an applicant's.")
        work.fault(table.name, row, "login", message)
    if not member.active:
        message = Text("没有这个人，不能离职。", "There is nobody of this name who could leave.")
        work.fault(table.name, row, "active", message)
    work.note(table.name, row, member.login, member, _cells({}, _shown(member)), "added")


def _take_leaving(work: _Planning, table: Table, row: Row, person: Person) -> None:
    tasks = len(staffing.held(person))
    alone = any(waiting for _, _, waiting in leaving.handover(person.login, work.actor).alone)
    if tasks or alone:
        message = Text(
            f"{person.name}还有待办（已领取{tasks}项），请先在人员页面办理离职移交。",
            f"{person.name} still has open tasks ({tasks} claimed); hand them over on their page.",
        )
        work.fault(table.name, row, "active", message)
    if person.id == work.actor.person_id:
        message = Text("不能办理自己的离职。", "Another administrator must do this for you.")
        work.fault(table.name, row, "active", message)
    work.note(table.name, row, person.login, None, [("active", "yes", "no")], "removed")


def _take_known(work: _Planning, table: Table, row: Row, member: Member, person: Person) -> None:
    before = staffing.member_of(person)
    if member.active and not person.active:
        message = Text(
            "此人已离职，请用新的登录名。", "This person has left; use a new login name."
        )
        work.fault(table.name, row, "active", message)
    fault = staffing.why_not_taken(person, before.posts - member.posts)
    if fault is not None:
        work.fault(table.name, row, "posts", fault)
    cells = _cells(_shown(before), _shown(member))
    work.note(table.name, row, member.login, member, cells, "changed")


def _member(work: _Planning, table: Table, row: Row) -> Member:
    """Make the person a row tells of; what it does not tell stays as it is."""
    login = row.cells.get("login", "")
    person = work.people.get(login)
    before = staffing.member_of(person) if person is not None else Member(login, "")
    names = ("name", "email", "phone")
    given: dict[str, Any] = {name: row.cells[name] for name in names if name in row.cells}
    if "posts" in row.cells:
        given["posts"] = _posts(work, table, row)
    active = row.cells.get("active", "").lower()
    if "active" in row.cells and active not in YES | NO:
        message = Text("请写 yes 或 no。", "Write yes or no.")
        work.fault(table.name, row, "active", message)
    if "active" in row.cells:
        given["active"] = active not in NO
    return replace(before, **given)


def _posts(work: _Planning, table: Table, row: Row) -> staffing.Posts:
    """Read posts as ``unit:role; unit:role``."""
    found = set()
    for piece in row.cells["posts"].replace("；", ";").replace("：", ":").split(";"):
        unit, colon, role = (part.strip() for part in piece.partition(":"))
        if piece.strip() and not (unit and colon and role):
            message = Text(
                f"“{piece.strip()}”应写成 部门代码:岗位代码。",
                f"'{piece.strip()}' should be unit:role.",
            )
            work.fault(table.name, row, "posts", message)
        elif piece.strip():
            found.add((unit, role))
    return frozenset(found)


def _take_substitutes(work: _Planning, table: Table) -> None:
    """Arrangements are only added: whoever wants another one ends the old one on its page."""
    known = {_arranged(row) for row in substituting.to_come(civil_date(db.now()))}
    for row in table.rows:
        cells = {name: row.cells.get(name, "") for name in sheets.TABLES["substitutes"]}
        span = _span(work, table, row)
        told = _told(cells, span)
        if told in known:
            work.note(table.name, row, "", None, ())
            continue
        found = _refused(work, cells, span, civil_date(db.now()))
        for column, message in found.items():
            work.fault(table.name, row, column, message)
        known.add(told)
        value = (cells["person"], cells["substitute"], span, cells["reason"])
        key = f"{cells['person']} ← {cells['substitute']}"
        work.note(table.name, row, key, value, [(n, "", v) for n, v in cells.items() if v], "added")


def _span(work: _Planning, table: Table, row: Row) -> Span:
    posts = _posts(work, table, row) if row.cells.get("posts") else None
    chosen = None if posts is None else sorted(f"{unit}:{role}" for unit, role in posts)
    first, last = (_day(row.cells.get(name, "")) for name in ("from_on", "until_on"))
    return Span(first, last, chosen)


def _day(cell: str) -> date | None:
    """Read 2026-11-30, 2026/11/30, or the number of a day in a spreadsheet."""
    if cell.isascii() and cell.isdigit() and len(cell) == _SERIAL:
        return _SHEETS_BEGIN + timedelta(days=int(cell))
    parts = cell.replace("/", "-").split("-")
    try:
        return date(*(int(part) for part in parts)) if len(parts) == 3 else None
    except ValueError:
        return None


def _refused(work: _Planning, cells: Mapping[str, str], span: Span, today: date) -> dict[str, Text]:
    found: dict[str, Text] = {}
    for column in ("person", "substitute"):
        row = work.people.get(cells[column])
        if row is None or not row.active:
            found[column] = Text(
                f"没有在职人员“{cells[column]}”。",
                f"Nobody of the staff is called '{cells[column]}'.",
            )
    if cells["person"] == cells["substitute"]:
        found["substitute"] = Text("不能代理自己。", "Nobody stands in for themselves.")
    person, other = (work.people.get(cells[name]) for name in ("person", "substitute"))
    if person is not None:
        found |= substituting.faults(person, span, cells["reason"], today)
    if not found and person and other and substituting.clashes(person.id, other.id, span):
        found["from_on"] = substituting.CLASH
    return found


def _told(cells: Mapping[str, str], span: Span) -> tuple[object, ...]:
    posts = None if span.posts is None else tuple(span.posts)
    return cells["person"], cells["substitute"], span.from_on, span.until_on, posts


def _arranged(row: Substitute) -> tuple[object, ...]:
    posts = None if row.posts is None else tuple(row.posts)
    return row.person.login, row.substitute.login, row.from_on, row.until_on, posts


_TAKES = {
    "units": _take_units,
    "roles": _take_roles,
    "people": _take_people,
    "substitutes": _take_substitutes,
}


def _shown(member: Member) -> dict[str, str]:
    """Return a person as the file tells of them."""
    return {
        "name": member.name,
        "email": member.email,
        "phone": member.phone,
        "active": "yes" if member.active else "no",
        "posts": "; ".join(f"{unit}:{role}" for unit, role in sorted(member.posts)),
    }


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if name != "code"}


def _cells(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(n, old.get(n, ""), new[n]) for n in new if old.get(n, "") != new[n]]


def keep(data: bytes, file_name: str, *, actor: Actor, now: datetime) -> OrganisationImport:
    """Keep a file whose plan is shown, so that exactly it can be applied.

    It changes nothing in the city. Raises as ``plan``.
    """
    found = plan(data, file_name, actor=actor)
    row = OrganisationImport(
        file_name=file_name[:200],
        content=data,
        digest=found.digest,
        made_at=now,
        made_by=actor.person_id,
    )
    db.session().add(row)
    db.session().flush()
    return row


def find(import_id: int, actor: Actor) -> tuple[OrganisationImport, Plan]:
    """Return a kept file and what it would do now. Raises ForbiddenError, NotFoundError."""
    require_role(actor, ADMIN)
    row = db.session().get(OrganisationImport, import_id)
    if row is None:
        raise NotFoundError(Text("没有这次导入。", "There is no such import."))
    return row, _planned(sheets.read(row.content, row.file_name), actor)


def apply(import_id: int, *, actor: Actor, now: datetime) -> Plan:
    """Take a kept file in, all of it in one transaction.

    Raises ForbiddenError, NotFoundError, InvalidError while a row is wrong, ConflictError when it
    was applied before or the city has changed since the preview.
    """
    require_role(actor, ADMIN)
    db.session().execute(_LOCK)
    row, found = find(import_id, actor)
    db.session().refresh(row, with_for_update=True)
    if row.applied_at is not None:
        raise ConflictError(Text("这个文件已经导入。", "This file has been taken in already."))
    if found.faults:
        raise InvalidError(
            Text(
                f"还有{len(found.faults)}处错误，没有导入。",
                f"{len(found.faults)} cells are wrong; nothing was taken in.",
            )
        )
    if found.digest != row.digest:
        raise ConflictError(CHANGED)
    for change in _in_order(found.changes):
        _write(change, actor, now)
    row.applied_at = now
    counts: dict[str, Any] = {how: sum(c.how == how for c in found.changes) for how in HOWS}
    events.record(people.STREAM, "organisation-imported", actor, now, file=row.file_name, **counts)
    return found


HOWS: Final[Mapping[str, Text]] = {
    "added": Text("新增", "Added"),
    "changed": Text("更改", "Changed"),
    "removed": Text("离职", "Removed"),
}


def _in_order(changes: Sequence[Change]) -> list[Change]:
    """Put new units behind those above them; everything else stays in its order."""
    new = {c.key: c for c in changes if c.table == "units" and c.how == "added"}

    def depth(change: Change) -> int:
        at, steps = change.value.parent if change.table == "units" else "", 0
        while at in new and steps < len(new):
            at, steps = new[at].value.parent, steps + 1
        return steps

    first = sorted((c for c in changes if c.key in new and c.table == "units"), key=depth)
    return [*first, *(c for c in changes if not (c.table == "units" and c.key in new))]


def _write(change: Change, actor: Actor, now: datetime) -> None:
    new = change.how == "added"
    try:
        if change.how == "removed":
            reason = Text("导入文件写明离职", "said by an imported file").zh
            leaving.leave(change.key, Leaving(reason=reason), actor=actor, now=now)
        elif change.table == "units":
            units.save(change.value, actor=actor, now=now, new=new)
        elif change.table == "roles":
            staffing.save_role(change.key, change.value, actor=actor, now=now)
        elif change.table == "substitutes":
            person, other, span, reason = change.value
            pair = staffing.find(person).id, staffing.find(other).id
            substituting.appoint(*pair, span, reason, actor=actor, now=now)
        else:
            staffing.save_person(change.value, actor=actor, now=now, new=new)
    except EngineError as error:
        place = Text(f"第{change.row}行：", f"Row {change.row}: ")
        raise ConflictError(
            Text(place.zh + error.message.zh, place.en + error.message.en)
        ) from error


def exported(actor: Actor) -> dict[str, list[dict[str, str]]]:
    """Return the organisation as its tables. Raises ForbiddenError unless the actor is an admin."""
    require_role(actor, ADMIN)
    below = [units.unit_of(branch.row) for branch in units.tree()]
    roles = [{"code": r.code, "name_zh": r.name_zh, "name_en": r.name_en} for r in staffing.roles()]
    staff = select(Person).where(Person.kind == "staff", Person.active).order_by(Person.login)
    members = [staffing.member_of(person) for person in db.session().scalars(staff)]
    return {
        "units": [{"code": unit.code, **_plain(asdict(unit))} for unit in below],
        "roles": roles,
        "people": [{"login": one.login, **_shown(one)} for one in members],
        "substitutes": [_written(row) for row in substituting.to_come(civil_date(db.now()))],
    }


def _written(row: Substitute) -> dict[str, str]:
    return {
        "person": row.person.login,
        "substitute": row.substitute.login,
        "from_on": row.from_on.isoformat(),
        "until_on": row.until_on.isoformat(),
        "posts": "; ".join(row.posts or ()),
        "reason": row.reason,
    }
