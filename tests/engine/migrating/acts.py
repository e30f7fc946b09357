"""Acts that move cases between versions, and on versions, each prepared to be carried out."""

from collections.abc import Callable

from engine import clock, db, migrating
from engine.definitions import service
from tests.engine.migrating.scenes import admin, begun, deployed, moved, straight
from tools.stories import Story


def two_versions() -> tuple[int, int]:
    """Two versions of an item, with a case on the older one."""
    older = deployed(*straight("a"))
    Story("individual-business").apply()
    return older, deployed(*straight("a", "b"))


def begin() -> Callable[[], object]:
    """Beginning to move cases to another version."""
    way, who = migrating.plan(*two_versions(), {}), admin()
    return lambda: migrating.begin(way, migrating.Wish("改版"), actor=who, now=clock.now())


def steer() -> Callable[[], object]:
    """Pausing that."""
    row, who = begun(*two_versions()), admin()
    return lambda: migrating.steer(row.id, "pause", actor=who, now=clock.now())


def undo_move() -> Callable[[], object]:
    """Undoing it."""
    row, who = moved(*two_versions()), admin()
    return lambda: migrating.undo(row.id, "撤回", actor=who, now=clock.now())


def work() -> Callable[[], object]:
    """Moving a case."""
    begun(*two_versions())
    return lambda: migrating.work(clock.now())


def retire() -> Callable[[], object]:
    """Taking a version out of service."""
    version, who = two_versions()[1], admin()
    return lambda: service.retire(version, "不用", actor=who, now=clock.now())


def reactivate() -> Callable[[], object]:
    """Taking it back."""
    version, who = two_versions()[1], admin()
    with db.transaction():
        service.retire(version, "不用", actor=who, now=clock.now())
    return lambda: service.reactivate(version, "再用", actor=who, now=clock.now())


def remove_version() -> Callable[[], object]:
    """Removing a version that nobody used."""
    version, who = two_versions()[1], admin()
    with db.transaction():
        service.retire(version, "不用", actor=who, now=clock.now())
    return lambda: service.remove(version, actor=who, now=clock.now())


ACTS: dict[str, Callable[[], Callable[[], object]]] = {
    act.__name__: act for act in (begin, steer, undo_move, work, retire, reactivate, remove_version)
}
