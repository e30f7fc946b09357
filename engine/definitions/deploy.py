"""Deploying bundles, and finding what is deployed."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from engine import bpmn, db, events, people, runtime
from engine.bpmn import Budget, joining
from engine.bpmn.calling import Wanted
from engine.bpmn.model import CoHandling, Diagram, Node, Process, Step
from engine.clock import CIVIL_ZONE
from engine.definitions import calls
from engine.definitions.bundle import Files, Names, Reading, bundle_hash, lookup, read_bundle
from engine.definitions.item import Item
from engine.errors import ConflictError, DefinitionError, InvalidError, NotFoundError
from engine.models import Case, Opening, Version, VersionFile, in_force
from engine.permissions import ADMIN, Actor, require_role
from engine.problems import Problem
from forms import Form
from forms.text import Text

STREAM = "definitions"
CACHED_BUNDLES = 200


class BundleRefusedError(DefinitionError):
    """Expected a bundle without errors, but ``problems`` were found; nothing was stored."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        errors = sum(1 for p in problems if p.severity == "error")
        super().__init__(
            Text(
                f"发现{errors}个错误，没有部署。请更正后重新上传。",
                f"{errors} errors were found, so nothing was deployed. Correct them and try again.",
            )
        )
        self.problems = problems


@dataclass(frozen=True)
class Bundle:
    """The compiled view of one deployed version, shared by all its cases in a process."""

    version_id: int
    number: int
    hash: str
    deployed_at: datetime
    diagram: Diagram
    item: Item
    forms: Mapping[str, Form]
    #: Every variable the diagram or one of its decisions looks at.
    names: frozenset[str]
    compiled: bytes
    #: The process that runs, and all it calls.
    running: tuple[Process, ...]
    #: Processes of other bundles that the case at hand has called.
    parts: tuple[runtime.Part, ...] = ()
    #: The versions from which the case at hand was moved: for what was done before.
    former: tuple["Bundle", ...] = ()

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """The steps of all processes that run, by element."""
        return {name: step for one in self.running for name, step in one.steps.items()}

    @cached_property
    def cohandlings(self) -> Mapping[str, CoHandling]:
        """The co-handlings of all processes that run, by element."""
        return {name: drawn for one in self.running for name, drawn in one.cohandlings.items()}

    @cached_property
    def stopping(self) -> Mapping[str, Node]:
        """The activities inside which the clock stands still, by element."""
        return {
            name: node
            for one in self.running
            for name, node in one.nodes.items()
            if node.properties.get("clock") == "stop"
        }

    @property
    def process(self) -> Process:
        """The process that runs."""
        return self.running[0]

    @property
    def program(self) -> runtime.Program:
        """What the runtime runs."""
        if self.parts:
            found = runtime.load_joined(self.compiled, self.hash, self.parts)
        else:
            found = runtime.load_program(self.compiled, self.hash)
        return found.calling(self.abroad)

    def abroad(self, wanted: Wanted) -> runtime.Part | None:
        """Find a process of another bundle, as it is deployed now; None: its own. RuntimeFault."""
        return calls.find(self.item.code, self.version_id, wanted)

    @property
    def applied_for(self) -> bool:
        """Whether an applicant may begin a case; else only messages do."""
        return self.start is not None

    @property
    def start(self) -> str | None:
        """The start event at which applications come in, if they may."""
        starts = (one for one in self.process.within(None) if one.type == "startEvent")
        return next((one.id for one in starts if not one.events), None)

    @property
    def application_form(self) -> Form:
        """The form the applicant fills."""
        return self.forms[self.process.start_form or ""]

    def step(self, element: str) -> Step:
        """Return the step of a diagram element. Raises KeyError for what is no user task."""
        return self.steps[element] if element in self.steps else self._formerly(element)

    def knows(self, element: str) -> bool:
        """Whether an element is, or in a former version of the case was, a step."""
        return any(element in one.steps for one in (self, *self.former))

    def cohandling(self, element: str) -> CoHandling:
        """Return a co-handling, also of a former version of the case. Raises KeyError."""
        found = (one.cohandlings[element] for one in (self, *self.former)
                 if element in one.cohandlings)  # fmt: skip
        drawn = next(found, None)
        if drawn is None:
            raise KeyError(element)
        return drawn

    def _formerly(self, element: str) -> Step:
        found = (one.steps[element] for one in self.former if element in one.steps)
        step = next(found, None)
        if step is None:
            raise KeyError(element)
        return step

    @cached_property
    def ordered_steps(self) -> tuple[Step, ...]:
        """All steps in the order in which a case meets them."""
        return bpmn.ordered_steps(self.process, self.running[1:])

    def node(self, element: str) -> Node | None:
        """Return an element of the diagrams; None for what is none."""
        running = (one for of in (self, *self.former) for one in of.running)
        return next((one.nodes[element] for one in running if element in one.nodes), None)

    def own(self, element: str) -> Node | None:
        """Return an element of this very version; None for what is none."""
        return next((one.nodes[element] for one in self.running if element in one.nodes), None)


@dataclass(frozen=True)
class Deployed:
    """The answer to a deployment: the version, whether it is new, and what to look at."""

    version: Version
    created: bool
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class VersionInfo:
    """A version with the cases on it."""

    version: Version
    running: int
    total: int
    deployed_by: str


# By id and hash: after a restore, or in another database, an id may stand for other files.
_bundles: OrderedDict[tuple[int, str], Bundle] = OrderedDict()


def check_bundle(files: Files) -> Reading:
    """Check a bundle as a whole against the city's departments and roles."""
    known = Names(
        people.department_codes(),
        people.role_codes(),
        people.posts_filled(),
        abroad=lambda item, wanted: calls.find(item, None, wanted),
        told=_told,
    )
    reading = read_bundle(files, known)
    return replace(reading, problems=(*reading.problems, *_renamed_process(reading)))


def budgets(running: Sequence[Process], version_id: int | None = None) -> tuple[Budget, ...]:
    """Compute the time budgets of a bundle, what it calls of other items as deployed now included.

    ``running``: its processes, the main one first; ``version_id``: of the version, if it is one.
    """
    item = running[0].item
    known = Names(abroad=lambda of, wanted: calls.find(of, version_id, wanted), told=_told)
    return bpmn.budgets(running[0], running[1:], lookup(item, known))


def _renamed_process(reading: Reading) -> list[Problem]:
    """Refuse another process id for an item that is in force: programs know it by that."""
    item, drawn = reading.item, reading.diagram
    version_id = _newest_ids().get(item.code) if item is not None else None
    if version_id is None or drawn is None or item is None:
        return []
    known, found = bundle(version_id).diagram.main.id, drawn.main.id
    if found == known:
        return []
    message = Text(
        f"事项“{item.code}”的流程 id 是“{known}”，这张图写的是“{found}”。",
        f"The process of the item “{item.code}” has the id “{known}”; this diagram says “{found}”.",
    )
    hint = Text(
        f"请把流程 id 改回“{known}”；要做新事项，请同时改属性 item 和 item.yaml 的 code。",
        f"Set the process id back to “{known}”; for a new item change the property item and the "
        "code in item.yaml as well.",
    )
    at = (drawn.file, drawn.main.line, found)
    return [Problem(*at, "process-renamed", "error", message, hint)]


def _told(part: runtime.Part) -> bpmn.Abroad:
    """Tell of a process of another bundle, under the names it has in a case."""
    other = bundle(part.version)
    process = next(one for one in other.running if one.id == part.process)
    forms = {
        part.prefix + name: frozenset(field.key for field in form.fields)
        for name, form in other.forms.items()
    }
    beside = tuple(joining.renamed(one, part.prefix) for one in other.running[1:])
    return bpmn.Abroad(joining.renamed(process, part.prefix), forms, beside)


def deploy(
    files: Files,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    effective_at: datetime | None = None,
    seen: int | None = None,
) -> Deployed:
    """Check, compile and store a bundle as the newest version of its item.

    New cases start on it at once, or from a moment to come. The same files again make no new
    version. ``seen``: the id of the latest version that whoever deploys knows of. Raises
    BundleRefusedError with all problems, InvalidError at ``effective_at`` for a moment that has
    passed, ConflictError for a later version of the item, ForbiddenError unless the actor is an
    admin.
    """
    require_role(actor, ADMIN)
    if effective_at is not None and effective_at <= now:
        raise _too_late()
    reading = check_bundle(files)
    if reading.errors or reading.item is None:
        raise BundleRefusedError(reading.problems)
    session, item, digest = db.session(), reading.item, bundle_hash(files)
    session.execute(text("select pg_advisory_xact_lock(hashtext(:k))"), {"k": f"item:{item.code}"})
    same = select(Version).where(Version.item_code == item.code, Version.bundle_hash == digest)
    if (existing := session.scalar(same)) is not None:
        return Deployed(existing, created=False, problems=reading.problems)
    _refuse_overtaken(item.code, seen)
    version = _store(reading, files, digest, now)
    version.note, version.deployed_by = note, actor.person_id
    version.effective_at = effective_at
    session.flush()
    told: dict[str, Any] = {"item": item.code, "number": version.number, "hash": digest}
    told |= {"note": note, "effective_at": effective_at}
    events.record(STREAM, "version-deployed", actor, now, **told)
    return Deployed(version, created=True, problems=reading.problems)


def _refuse_overtaken(item_code: str, seen: int | None) -> None:
    """Refuse to lay a version over one that somebody deployed meanwhile and nobody has looked at.

    Raises ConflictError.
    """
    if seen is None:
        return
    query = select(Version).where(Version.item_code == item_code, Version.id > seen)
    later = db.session().scalar(query.order_by(Version.number.desc()).limit(1))
    if later is None:
        return
    who, at = _name_of(later.deployed_by), later.deployed_at.astimezone(CIVIL_ZONE)
    said = Text(
        f"{who or '系统'}在{at:%H:%M}已部署第{later.number}版，您打开本页时还没有："
        "您的文件没有部署。请先看这一版改了什么；仍要用您的文件，请重新选择并部署。",
        f"{who or 'The system'} deployed version {later.number} at {at:%H:%M}, after you opened "
        "this page: your files were not deployed. See what changed in it; to go on with your "
        "files choose them again and deploy.",
    )
    raise ConflictError(said, fields={"files": said})


def _too_late() -> InvalidError:
    said = Text("生效时间须在将来。", "The moment it takes effect must be in the future.")
    return InvalidError(said, fields={"effective_at": said})


def _store(reading: Reading, files: Files, digest: str, now: datetime) -> Version:
    session, item = db.session(), reading.item
    if item is None:
        raise BundleRefusedError(reading.problems)
    highest = select(func.max(Version.number)).where(Version.item_code == item.code)
    process = reading.process
    version = Version(
        item_code=item.code,
        number=(session.scalar(highest) or 0) + 1,
        bundle_hash=digest,
        title_zh=item.title.zh,
        title_en=item.title.en,
        kind=process.kind,
        lead_code=process.lead,
        theme=item.theme,
        compiled=reading.compiled,
        deployed_at=now,
        processes={one.id: one.version_tag for one in reading.running[1:]},
    )
    session.add(version)
    session.flush()
    session.add_all(
        VersionFile(version_id=version.id, path=path, content=content)
        for path, content in files.items()
    )
    session.add_all(
        Opening(version_id=version.id, element=element, kind=kind, name=name)
        for element, kind, name in bpmn.openings(process)
    )
    return version


def bundle(version_id: int) -> Bundle:
    """Return the compiled view of a version; versions never change, so it is kept in memory.

    Raises NotFoundError.
    """
    known = (version_id, str(db.known().get(("version", version_id), "")))
    if known in _bundles:
        _bundles.move_to_end(known)
        return _bundles[known]
    version = get_version(version_id)
    remember(version_id, version.bundle_hash)
    key = (version_id, version.bundle_hash)
    if key in _bundles:
        _bundles.move_to_end(key)
        return _bundles[key]
    reading = read_bundle(files_of(version_id))
    if reading.diagram is None or reading.item is None:
        raise BundleRefusedError(reading.problems)
    found = Bundle(
        version.id,
        version.number,
        version.bundle_hash,
        version.deployed_at,
        reading.diagram,
        reading.item,
        reading.forms,
        reading.names,
        version.compiled,
        reading.running,
    )
    _bundles[key] = found
    while len(_bundles) > CACHED_BUNDLES:
        _bundles.popitem(last=False)
    return found


def remember(version_id: int, digest: str) -> None:
    """Remember the hash of a version's bundle, read in this unit of work."""
    db.known()["version", version_id] = digest


def files_of(version_id: int) -> dict[str, bytes]:
    """Return the files of a version, byte for byte."""
    query = select(VersionFile).where(VersionFile.version_id == version_id)
    return {row.path: row.content for row in db.session().scalars(query)}


def _newest_ids() -> dict[str, int]:
    """Return the newest active version of every item."""
    query = (
        select(Version.item_code, Version.id)
        .where(in_force(Version))
        .order_by(Version.item_code, Version.number.desc())
        .ext(distinct_on(Version.item_code))
    )
    return {row.item_code: row.id for row in db.session().execute(query)}


def newest(item_code: str) -> Bundle:
    """Return the version on which new cases of an item start. Raises NotFoundError."""
    version_id = _newest_ids().get(item_code)
    if version_id is None:
        raise NotFoundError(
            Text(
                "没有找到这个事项，可能已停办。请在首页搜索。",
                "No such item was found; it may have been withdrawn. Search from the home page.",
            )
        )
    return bundle(version_id)


def published() -> list[Bundle]:
    """Return the newest version of every item, by item code."""
    return [bundle(version_id) for version_id in _newest_ids().values()]


def get_version(version_id: int) -> Version:
    """Return a version's row. Raises NotFoundError."""
    version = db.session().get(Version, version_id)
    if version is None:
        raise NotFoundError(Text("没有这个版本。", "There is no such version."))
    return version


def versions(item_code: str | None = None) -> list[VersionInfo]:
    """List versions, newest first within each item, with the cases on each and who deployed it."""
    query = (
        select(Version, func.count(Case.id).filter(Case.closed_at.is_(None)), func.count(Case.id))
        .outerjoin(Case, Case.version_id == Version.id)
        .group_by(Version.id)
        .order_by(Version.item_code, Version.number.desc())
    )
    if item_code is not None:
        query = query.where(Version.item_code == item_code)
    return [
        VersionInfo(version, running, total, _name_of(version.deployed_by))
        for version, running, total in db.session().execute(query)
    ]


def _name_of(person_id: int | None) -> str:
    person = people.get(person_id) if person_id is not None else None
    return person.name if person else ""
