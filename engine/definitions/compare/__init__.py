"""Compare two bundles: what a designer changed, element by element, in plain words.

Pure: readings in, a frozen `Comparison` out; versions and drafts are compared alike. An element
that only got another id (same kind, name and place in the process) counts as changed, not as one
gone and one come.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.definitions.bundle import Files, Reading
from engine.definitions.compare import drawn, parts
from engine.definitions.compare.changes import (
    KINDS,
    PARTS,
    Change,
    Fact,
    Kind,
    Thing,
    differences,
    facts_between,
    said,
)
from engine.definitions.compare.drawn import Words
from engine.definitions.paths import read_paths
from engine.errors import InvalidError
from forms.text import Text, both

_COMMON_NAMES = Words()


@dataclass(frozen=True)
class Comparison:
    """All that differs, in the order of `PARTS`; what only moved in the picture comes last."""

    changes: tuple[Change, ...]
    #: What of the bundles could not be compared, and why.
    gaps: tuple[Text, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.changes and not self.gaps

    def of(self, part: str) -> tuple[Change, ...]:
        """Give the changes of one part, without what only moved."""
        return tuple(one for one in self.changes if one.part == part and one.kind != "moved")

    @property
    def moved(self) -> tuple[Change, ...]:
        """Give what stands elsewhere in the picture and is the same otherwise."""
        return tuple(one for one in self.changes if one.kind == "moved")

    def counts(self) -> dict[str, int]:
        """Count the changes by kind."""
        return {kind: sum(one.kind == kind for one in self.changes) for kind in KINDS}

    def marks(self, side: str) -> dict[str, Kind]:
        """Say how the elements and flows of one picture (``old`` or ``new``) are marked."""
        hidden: Kind = "added" if side == "old" else "removed"
        return {
            one.was if side == "old" and one.was else one.id: one.kind
            for one in self.changes
            if one.part in ("element", "flow") and one.kind != hidden
        }


def compare(
    old: tuple[Reading, Files], new: tuple[Reading, Files], words: Words = _COMMON_NAMES
) -> Comparison:
    """Compare two bundles, each as read and as files.

    Raises InvalidError for bundles of different items, or whose diagram cannot be read.
    """
    before, after = old[0], new[0]
    if before.diagram is None or after.diagram is None:
        raise InvalidError(_unread(before.diagram is None))
    if before.process.item != after.process.item:
        raise InvalidError(_other_items(before.process.item, after.process.item))
    found = _renamed(*(tuple(drawn.things(one.running, words)) for one in (before, after)))
    gone = frozenset(one.id for one in found)
    found += [
        Change("element", "moved", name, _name_of(after, name))
        for name in sorted(drawn.moved(before.diagram, after.diagram) - gone)
    ]
    found += differences(parts.forms_of(before.forms), parts.forms_of(after.forms))
    found += differences(parts.tables_of(before.decisions), parts.tables_of(after.decisions))
    gaps = _gaps(before, after)
    if not gaps:
        found += differences(parts.guide_of(before.item), parts.guide_of(after.item))
    found += _files(old[1], new[1])
    order = list(PARTS)
    found.sort(key=lambda one: (one.kind == "moved", order.index(one.part)))
    return Comparison(tuple(found), gaps)


def _unread(old: bool) -> Text:  # noqa: FBT001 - which of the two
    side = Text("旧的一方", "the older side") if old else Text("新的一方", "the newer side")
    return Text(
        f"{side.zh}的流程图无法读取，不能比较。请先检查并更正文件。",
        f"The diagram of {side.en} cannot be read, so there is nothing to compare. Check and "
        "correct its files first.",
    )


def _other_items(old: str, new: str) -> Text:
    return Text(
        f"两方不是同一个事项：“{old}”和“{new}”。请选择同一事项的两个版本。",
        f"These are different items: “{old}” and “{new}”. Choose two versions of one item.",
    )


def _renamed(old: tuple[Thing, ...], new: tuple[Thing, ...]) -> list[Change]:
    """Find the differences of the diagrams; what got another id alone is one change."""
    found = differences(old, new)
    before, after = ({one.id: one for one in side} for side in (old, new))
    gone = [one for one in found if one.kind == "removed" and one.part == "element"]
    come = [one for one in found if one.kind == "added" and one.part == "element"]
    for removed in gone:
        mine = before[removed.id]
        twins = [one for one in come if _alike(mine, after[one.id])]
        others = [one for one in gone if _alike(mine, before[one.id])]
        if len(twins) == 1 and len(others) == 1:
            facts = facts_between(mine, after[twins[0].id])
            named = Fact(
                "id",
                Text("编号", "Id"),
                Text(removed.id, removed.id),
                Text(twins[0].id, twins[0].id),
            )
            changed = replace(twins[0], kind="changed", facts=(named, *facts), was=removed.id)
            found[found.index(twins[0])] = changed
            found.remove(removed)
    return found


def _alike(one: Thing, other: Thing) -> bool:
    """Whether two elements have the same name, kind and place; nameless ones are never alike."""
    keys = ("name", "type", "parent")
    return "name" in one.facts and all(one.facts.get(k) == other.facts.get(k) for k in keys)


def _name_of(reading: Reading, element: str) -> Text:
    found = (p.nodes[element].name for p in reading.running if element in p.nodes)
    name = next(found, None)
    return name if name is not None and name.zh else Text(element, element)


def _gaps(before: Reading, after: Reading) -> tuple[Text, ...]:
    if before.item is not None and after.item is not None:
        return ()
    return (
        Text(
            "有一方的 item.yaml 有错误，办事指南没有比较。",
            "The item.yaml of one side has errors, so the guides were not compared.",
        ),
    )


def _files(old: Files, new: Files) -> list[Change]:
    """Tell recorded paths and notes that differ."""
    return differences(_told(old), _told(new))


def _told(files: Files) -> Iterator[Thing]:
    for path in read_paths(files.get("paths.yaml", b""), "paths.yaml")[0]:
        called = both(path.get("name"))
        steps = {k: (_PATH.get(k, Text(k, k)), _walked(v)) for k, v in path.items() if k != "name"}
        label = Text(f"走法：{called.zh}", f"Path: {called.en}")
        yield Thing("file", f"paths.yaml/{called.zh}", label, steps)
    for name, data in sorted(files.items()):
        if name.endswith(".md"):
            digest = hashlib.sha256(data).hexdigest()[:12]
            yield Thing("file", name, Text(name, name), {"hash": (_CONTENT, Text(digest, digest))})


_CONTENT = Text("内容指纹", "Fingerprint")
_PATH = {
    "vars": Text("开始时的数据", "Data at the start"),
    "steps": Text("步骤", "Steps"),
    "expect": Text("预期", "Expected"),
    "start": Text("开始事件", "Start event"),
}


def _walked(value: object) -> Text:
    """Tell the steps of a path as element and outcome, joined by arrows."""
    if not isinstance(value, list):
        return said(value)
    told = " → ".join(
        " ".join(str(part) for part in step.values()) if isinstance(step, dict) else str(step)
        for step in value
    )
    return Text(told, told)


__all__ = ["KINDS", "PARTS", "Change", "Comparison", "Fact", "Words", "compare"]
