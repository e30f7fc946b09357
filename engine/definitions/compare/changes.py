"""What a comparison finds: things added, removed, changed or moved, each fact before and after."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from forms.text import Text

Kind = Literal["added", "removed", "changed", "moved"]
KINDS: Final[Mapping[str, Text]] = {
    "added": Text("新增", "Added"),
    "removed": Text("删除", "Removed"),
    "changed": Text("修改", "Changed"),
    "moved": Text("移动", "Moved"),
}
#: What a thing belongs to, in the order in which changes are told.
PARTS: Final[Mapping[str, Text]] = {
    "process": Text("流程整体", "The process as a whole"),
    "element": Text("流程图的元素", "Elements of the diagram"),
    "flow": Text("连线和条件", "Flows and conditions"),
    "form": Text("表单", "Forms"),
    "table": Text("决策表", "Decision tables"),
    "guide": Text("办事指南（item.yaml）", "The guide (item.yaml)"),
    "file": Text("其他文件", "Other files"),
}
NONE: Final = Text("—", "—")
YES, NO = Text("是", "yes"), Text("否", "no")


@dataclass(frozen=True)
class Fact:
    """One attribute that differs: its name, its value before and after."""

    key: str
    label: Text
    before: Text
    after: Text


@dataclass(frozen=True)
class Thing:
    """Something that both sides may have, told as facts by key: the label and the value."""

    part: str
    id: str
    name: Text
    facts: Mapping[str, tuple[Text, Text]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What happened to one thing; ``was`` is its id before, where that is another."""

    part: str
    kind: Kind
    id: str
    name: Text
    facts: tuple[Fact, ...] = ()
    was: str = ""


def differences(old: Iterable[Thing], new: Iterable[Thing]) -> list[Change]:
    """Find what was removed, added and changed, in the order of the new side."""
    before = {(one.part, one.id): one for one in old}
    after = {(one.part, one.id): one for one in new}
    found = [_changed(before.get(key), one) for key, one in after.items()]
    found += [
        Change(one.part, "removed", one.id, one.name, _facts(one, None))
        for key, one in before.items()
        if key not in after
    ]
    return [change for change in found if change is not None]


def _changed(before: Thing | None, after: Thing) -> Change | None:
    if before is None:
        return Change(after.part, "added", after.id, after.name, _facts(None, after))
    facts = _facts(before, after)
    return Change(after.part, "changed", after.id, after.name, facts) if facts else None


def facts_between(before: Thing, after: Thing) -> tuple[Fact, ...]:
    """Give the facts in which two things differ."""
    return _facts(before, after)


def _facts(before: Thing | None, after: Thing | None) -> tuple[Fact, ...]:
    old = before.facts if before else {}
    new = after.facts if after else {}
    found = []
    for key in dict.fromkeys([*new, *old]):
        label = (new.get(key) or old[key])[0]
        was = old[key][1] if key in old else NONE
        now = new[key][1] if key in new else NONE
        if was != now:
            found.append(Fact(key, label, was, now))
    return tuple(found)


def said(value: object) -> Text:
    """Put a value of a definition in words."""
    if isinstance(value, Text):
        return value if value.zh or value.en else NONE
    if isinstance(value, bool):
        return YES if value else NO
    if value is None or value in ("", (), [], {}):
        return NONE
    if isinstance(value, tuple | list | frozenset):
        return joined([said(one) for one in value])
    if isinstance(value, Mapping):
        pairs = [(str(key), said(one)) for key, one in value.items()]
        return joined([Text(f"{key}={one.zh}", f"{key}={one.en}") for key, one in pairs])
    if dataclasses.is_dataclass(value):
        parts = [said(getattr(value, one.name)) for one in dataclasses.fields(value)]
        return joined([one for one in parts if one != NONE])
    return Text(str(value), str(value))


def joined(parts: Sequence[Text]) -> Text:
    """Write several words as one list."""
    if not parts:
        return NONE
    return Text("；".join(one.zh for one in parts), "; ".join(one.en for one in parts))
