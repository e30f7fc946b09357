"""The bundles that pages compare, play and simulate, each named by a short word in the address.

``12`` is the version with that id, ``d12`` the draft as it was saved last, ``d12r3`` its third
revision.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from engine import clocks, definitions, drafting, people
from engine.bpmn.calling import Wanted
from engine.definitions import Reading, calls
from engine.definitions.compare import Words
from engine.errors import ConflictError, ForbiddenError, NotFoundError
from engine.permissions import ADMIN, Actor
from engine.playing import Stage
from engine.runtime import Part
from forms.text import Text

CACHED = 32
_DRAFT = re.compile(r"d([0-9]{1,9})(?:r([0-9]{1,9}))?")
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
    #: Where its own page is.
    version_id: int | None = None

    @property
    def digest(self) -> str:
        """The hash under which it would be stored."""
        return definitions.bundle_hash(self.files)

    def abroad(self, wanted: Wanted) -> Part | None:
        """Find a process of another item that it calls, as deployed now."""
        item = self.reading.item
        return calls.find(item.code if item else "", self.version_id, wanted)

    def stage(self) -> Stage:
        """Make it ready to be played. Raises InvalidError when it has errors."""
        calendar = clocks.calendar()
        return Stage(self.reading, self.digest, calendar, abroad=self.abroad, words=WORDS)

    @property
    def title(self) -> Text:
        """The name of the item."""
        if self.reading.item is not None:
            return self.reading.item.title
        return self.reading.process.name if self.reading.diagram is not None else self.label


def find(ref: str) -> Source:
    """Find a bundle by its word. Raises NotFoundError."""
    if (drawn := _DRAFT.fullmatch(ref)) is not None:
        return _of_draft(ref, int(drawn[1]), int(drawn[2]) if drawn[2] else None)
    if not ref.isascii() or not ref.isdigit() or len(ref) > 9:
        raise NotFoundError(Text("没有这个版本。", "There is no such version."))
    version = definitions.get_version(int(ref))
    label = Text(f"第{version.number}版", f"Version {version.number}")
    return _source(ref, label, definitions.files_of(version.id), version.id)


def _of_draft(ref: str, draft_id: int, number: int | None) -> Source:
    """Find a draft, or one of its revisions. Raises NotFoundError, ConflictError."""
    draft = drafting.get(draft_id)
    found = _source(ref, _drawn(draft.name, number), drafting.files(draft_id, number), None)
    if found.reading.diagram is None or not found.reading.diagram.processes:
        raise ConflictError(
            Text(
                "这个草稿的流程图还读不出来，请先在“检查”中改正。",
                "The diagram of this draft cannot be read yet; mend it first, as its check says.",
            )
        )
    return found


def _drawn(name: str, number: int | None) -> Text:
    if number is None:
        return Text(f"草稿“{name}”", f"Draft “{name}”")
    return Text(f"草稿“{name}”第{number}稿", f"Draft “{name}”, revision {number}")


def _source(ref: str, label: Text, files: Mapping[str, bytes], version_id: int | None) -> Source:
    return Source(ref, label, files, _read(files), version_id)


def choices(item_code: str) -> list[tuple[str, Text]]:
    """List what an item's pages can choose from: words and labels, newest first."""
    drawn = drafting.search(drafting.Wanted(item=item_code)).rows
    return [
        *((f"d{one.id}", _drawn(one.name, None)) for one in drawn),
        *(
            (
                str(one.version.id),
                Text(f"第{one.version.number}版", f"Version {one.version.number}"),
            )
            for one in definitions.versions(item_code)
        ),
    ]


def _read(files: Mapping[str, bytes]) -> Reading:
    """Read a bundle, or remember how it read: reading walks its paths too."""
    key = definitions.bundle_hash(files)
    if key not in _readings:
        _readings[key] = definitions.read_bundle(files)
    _readings.move_to_end(key)
    while len(_readings) > CACHED:
        _readings.popitem(last=False)
    return _readings[key]
