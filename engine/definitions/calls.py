"""Calls from one bundle into another: which version of which item holds the process asked for."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from engine import clock, db
from engine.bpmn.calling import Wanted
from engine.models import Version, in_force
from engine.runtime import Part, RuntimeFault
from forms.text import Text

ACTIVE: Final = "active"


def find(item: str, version_id: int | None, wanted: Wanted) -> Part | None:
    """Find the process that a case of an item, on this version, calls at this moment.

    None when it is a process of the version itself. Raises RuntimeFault, with the reason, when
    there is no such process, its version was withdrawn, or several items have one of the name.
    """
    item = wanted.caller or item
    query = select(Version).where(Version.processes.has_key(wanted.process))
    if wanted.item:
        query = query.where(Version.item_code == wanted.item)
    having = list(db.session().scalars(query.order_by(Version.item_code, Version.number)))
    owner = _owner(item, wanted, having)
    rows = [one for one in having if one.item_code == owner]
    version = _chosen(owner, wanted, rows)
    if version.id == version_id:
        return None
    return Part(
        version.id,
        version.item_code,
        version.number,
        version.bundle_hash,
        wanted.process,
        version.compiled,
    )


def _owner(item: str, wanted: Wanted, having: Sequence[Version]) -> str:
    """Give the item in whose bundle a process is looked for: the caller's own before others."""
    items = list(dict.fromkeys(one.item_code for one in having))
    if not items:
        where = wanted.item
        raise RuntimeFault(
            Text(
                f"没有已部署的流程“{wanted.process}”" + (f"（事项“{where}”）。" if where else "。"),
                f"No process '{wanted.process}' is deployed"
                + (f" with the item '{where}'." if where else "."),
            )
        )
    if item in items or len(items) == 1:
        return item if item in items else items[0]
    raise RuntimeFault(
        Text(
            f"有几个事项都有流程“{wanted.process}”：{'、'.join(items)}。请用属性 item 指明。",
            f"Several items have a process '{wanted.process}': {', '.join(items)}. Name one with"
            " the property 'item'.",
        )
    )


def _chosen(item: str, wanted: Wanted, rows: Sequence[Version]) -> Version:
    if wanted.binding == "version":
        return _numbered(item, wanted, rows)
    active = [one for one in rows if _serves(one)]
    if wanted.binding == "versionTag":
        tagged = [one for one in active if one.processes[wanted.process] == wanted.tag]
        if tagged:
            return tagged[-1]
        raise RuntimeFault(
            Text(
                f"事项“{item}”没有版本标签为“{wanted.tag}”的流程“{wanted.process}”。",
                f"The item '{item}' has no process '{wanted.process}' with the version tag"
                f" '{wanted.tag}'.",
            )
        )
    newest = _newest(item)
    if active and active[-1].number == newest:
        return active[-1]
    raise RuntimeFault(
        Text(
            f"事项“{item}”现行的版本里已没有流程“{wanted.process}”。",
            f"The version of '{item}' that is in force has no process '{wanted.process}' any more.",
        )
    )


def _serves(version: Version) -> bool:
    """Whether a version is in service, and its moment has come."""
    begun = version.effective_at is None or version.effective_at <= clock.now()
    return version.state == ACTIVE and begun


def _numbered(item: str, wanted: Wanted, rows: Sequence[Version]) -> Version:
    version = next((one for one in rows if one.number == wanted.number), None)
    if version is None:
        raise RuntimeFault(
            Text(
                f"事项“{item}”没有含流程“{wanted.process}”的第 {wanted.number} 版。",
                f"The item '{item}' has no version {wanted.number} with the process"
                f" '{wanted.process}'.",
            )
        )
    if version.state != ACTIVE:
        raise RuntimeFault(
            Text(
                f"事项“{item}”第 {wanted.number} 版已停用。",
                f"Version {wanted.number} of the item '{item}' has been withdrawn.",
            )
        )
    return version


def _newest(item: str) -> int | None:
    query = select(Version.number).where(Version.item_code == item, in_force(Version))
    return db.session().scalar(query.order_by(Version.number.desc()).limit(1))
