"""Versions in and out of service, effective later, and removed when nothing was done on them."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from engine import cases, clock, db, definitions, events
from engine.definitions import service
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import ItemDraft
from tests.engine import clockwork, wide
from tests.engine.migrating.scenes import admin, deployed, moved, straight
from tools.stories import Story

PAST = clock.now() - timedelta(hours=1)
pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def act(function: object, version_id: int, *why: str) -> None:
    with db.transaction():
        function(version_id, *why, actor=admin(), now=clock.now())  # type: ignore[operator]


def test_a_version_deployed_for_a_date_takes_new_cases_only_from_then() -> None:
    first = deployed(*straight("a"))
    files = clockwork.bundle(*straight("a", "b"))
    with db.transaction():
        later = definitions.deploy(
            files, actor=admin(), now=clock.now(), effective_at=clock.now() + timedelta(days=3)
        ).version.id
    assert definitions.newest(wide.ITEM).version_id == first
    assert first in service.current_ids()
    story = Story(wide.ITEM).apply()
    assert story.case.version_id == first
    with db.transaction() as session:
        moment = {"v": later, "at": clock.now() - timedelta(minutes=1)}
        session.execute(text("update version set effective_at = :at where id = :v"), moment)
    assert definitions.newest(wide.ITEM).version_id == later
    assert later in [of.version_id for of in definitions.published()]


def test_a_moment_that_has_passed_is_refused() -> None:
    files = clockwork.bundle(*straight("a"))
    with pytest.raises(InvalidError) as refused, db.transaction():
        definitions.deploy(files, actor=admin(), now=clock.now(), effective_at=PAST)
    assert "effective_at" in refused.value.fields


def test_a_retired_version_gives_way_to_the_one_before_and_comes_back() -> None:
    first, second = deployed(*straight("a")), deployed(*straight("a", "b"))
    act(service.retire, second, "表单有误")
    assert definitions.newest(wide.ITEM).version_id == first
    with pytest.raises(ConflictError):
        act(service.retire, second, "再来")
    with pytest.raises(InvalidError):
        act(service.reactivate, second, "  ")
    act(service.reactivate, second, "已改正")
    assert definitions.newest(wide.ITEM).version_id == second
    told = [(one.type, one.data.get("why")) for one in events.recent("definitions", 2)]
    assert told == [("version-reactivated", "已改正"), ("version-retired", "表单有误")]


def test_only_a_retired_version_without_cases_drafts_or_moves_is_removed() -> None:
    first = deployed(*straight("a"))
    Story(wide.ITEM).apply()
    second, third = deployed(*straight("a", "b")), deployed(*straight("a", "c"))
    with pytest.raises(ConflictError, match="Retire"):
        act(service.remove, third)
    for version in (first, second, third):
        act(service.retire, version, "不用")
    with pytest.raises(ConflictError, match="cases on this version"):
        act(service.remove, first)
    act(service.remove, third)
    with pytest.raises(NotFoundError):
        definitions.bundle(third)
    act(service.reactivate, second, "再用")
    moved(first, second)
    act(service.retire, second, "不用")
    act(service.retire, first, "不用") if definitions.get_version(first).state == "active" else None
    with pytest.raises(ConflictError, match="cases on this version"):
        act(service.remove, first)


def test_a_version_from_which_a_designer_draws_stays() -> None:
    version = deployed(*straight("a"))
    act(service.retire, version, "不用")
    now = clock.now()
    with db.transaction() as session:
        drawn = {"item_code": wide.ITEM, "name": "新稿", "origin": "version", "revision": 1}
        session.add(ItemDraft(**drawn, version_id=version, created_at=now, changed_at=now))
    with pytest.raises(ConflictError, match="designer's draft"):
        act(service.remove, version)


def test_a_version_on_which_somebody_writes_an_application_stays() -> None:
    version = deployed(*straight("a"))
    actor = clockwork.actor("zhang.san")
    with db.transaction():
        cases.start_draft(wide.ITEM, actor=actor, now=clock.now())
    act(service.retire, version, "不用")
    with pytest.raises(ConflictError, match="Applications are being written"):
        act(service.remove, version)
