"""The bundles that pages compare, play and simulate, each named by a short word in the address.

``12`` is the version with that id, ``d5`` the draft with that id as it is now, ``d5r3`` its third
revision.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from engine import clock, clocks, definitions, drafting, people
from engine.bpmn.calling import Wanted
from engine.definitions import Reading, calls
from engine.definitions.compare import Words
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.permissions import ADMIN, Actor
from engine.playing import Stage
from engine.runtime import Part
from forms import Form
from forms.text import Text

CACHED = 32
#: What departments and roles are called in this city.
WORDS = Words(people.department_name, people.role_name)
_readings: OrderedDict[str, Reading] = OrderedDict()


DESIGNER = "designer"


def require_designer(actor: Actor) -> None:
    """Refuse whoever neither draws nor deploys items. Raises ForbiddenError."""
    if not (actor.has(ADMIN) or actor.has(DESIGNER)):
        raise ForbiddenError(
            Text("这是管理员和流程设计员的功能。", "This is for administrators and designers.")
        )


@dataclass(frozen=True)
class Source:
    """One bundle: its word in addresses, how people call it, and its files as read."""

    ref: str
    label: Text
    files: Mapping[str, bytes]
    reading: Reading
    version_id: int | None = None
    draft_id: int | None = None
    #: Of a draft that can be written: the revision these files are of; else 0.
    revision: int = 0

    @property
    def item_code(self) -> str:
        """The code of the item, as far as its diagram or guide can be read."""
        if self.reading.item is not None:
            return self.reading.item.code
        return self.reading.process.item if self.reading.diagram is not None else ""

    @property
    def digest(self) -> str:
        """The hash under which it would be stored."""
        return definitions.bundle_hash(self.files)

    def abroad(self, wanted: Wanted) -> Part | None:
        """Find a process of another item that it calls, as deployed now."""
        return calls.find(self.item_code, self.version_id, wanted)

    def stage(self) -> Stage:
        """Make it ready to be played. Raises InvalidError when it has errors."""
        calendar = clocks.calendar()
        return Stage(
            self.reading,
            self.digest,
            calendar,
            abroad=self.abroad,
            beside=_beside,
            words=WORDS,
        )

    def deployed(self) -> definitions.Bundle:
        """Look at it as it would be once deployed. Raises InvalidError when it has errors."""
        reading = self.reading
        if reading.item is None or reading.diagram is None:
            raise InvalidError(Text("文件有错误。", "The files have errors."))
        return definitions.Bundle(
            self.version_id or 0,
            0,
            self.digest,
            clock.now(),
            reading.diagram,
            reading.item,
            reading.forms,
            reading.names,
            reading.compiled,
            reading.running,
        )

    @property
    def title(self) -> Text:
        """The name of the item."""
        if self.reading.item is not None:
            return self.reading.item.title
        return self.reading.process.name if self.reading.diagram is not None else self.label


def _beside(part: Part) -> tuple[Mapping[str, Form], frozenset[str]]:
    """Tell forms and variables of a deployed version that is called."""
    found = definitions.bundle(part.version)
    return found.forms, found.names


_REF = re.compile(r"(?P<draft>d)?(?P<id>[1-9]\d{0,8})(?:r(?P<revision>[1-9]\d{0,8}))?")


def find(ref: str) -> Source:
    """Find a bundle by its word. Raises NotFoundError, ConflictError for an unreadable draft."""
    found = _REF.fullmatch(ref)
    if found is None or (found["revision"] and not found["draft"]):
        raise NotFoundError(Text("没有这个版本或草稿。", "There is no such version or draft."))
    if found["draft"]:
        return _draft(ref, int(found["id"]), int(found["revision"] or 0))
    version = definitions.get_version(int(found["id"]))
    files = definitions.files_of(version.id)
    return Source(ref, _version_label(version.number), files, _read(files), version.id)


def _draft(ref: str, draft_id: int, number: int) -> Source:
    draft = drafting.get(draft_id)
    files = drafting.files(draft_id, number or None)
    label = Text(f"草稿“{draft.name}”", f"Draft “{draft.name}”")
    if number:
        label = Text(f"{label.zh}第{number}稿", f"{label.en}, revision {number}")
    reading = _read(files)
    if reading.diagram is None or not reading.diagram.processes:
        raise ConflictError(
            Text(
                "这个草稿的流程图还读不出来，请先在“检查”中改正。",
                "The diagram of this draft cannot be read yet; mend it first, as its check says.",
            )
        )
    open_now = draft.discarded_at is None and not number
    revision = draft.revision if open_now else 0
    return Source(ref, label, files, reading, None, draft_id, revision)


def _version_label(number: int) -> Text:
    return Text(f"第{number}版", f"Version {number}")


def choices(item_code: str) -> list[tuple[str, Text]]:
    """List what an item's pages can choose from: versions and open drafts, newest first."""
    versions = [
        (str(one.version.id), _version_label(one.version.number))
        for one in definitions.versions(item_code)
    ]
    drafts = [
        (f"d{one.id}", Text(f"草稿“{one.name}”", f"Draft “{one.name}”"))
        for one in drafting.search(drafting.Wanted(item=item_code)).rows
    ]
    return [*versions, *drafts]


def _read(files: Mapping[str, bytes]) -> Reading:
    """Read a bundle, or remember how it read: reading walks its paths too."""
    key = definitions.bundle_hash(files)
    reading = _readings.get(key)
    if reading is None:
        reading = definitions.read_bundle(files)
        _readings[key] = reading
        while len(_readings) > CACHED:
            _readings.popitem(last=False)
    return reading
