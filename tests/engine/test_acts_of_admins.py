"""No repair and no change of the organisation without an event: every such act is tried."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
from sqlalchemy import func, select

from engine import clock, db, incidents, organisation, people, repairs
from engine.clock import civil_date
from engine.errors import EngineFault
from engine.incidents import Attempt
from engine.models import Event
from engine.organisation import (
    Leaving,
    Member,
    Unit,
    importing,
    leaving,
    staffing,
    substituting,
    units,
)
from engine.tasks import reassigning, retrying
from forms.text import Text
from tests.engine.repairs_scenes import APPROVER, REASON, moving, preview, propose
from tools.stories import Story

pytestmark = [pytest.mark.db]
NOW = clock.now()
ACTING: tuple[ModuleType, ...] = (
    *(repairs, organisation, importing, leaving, staffing, substituting, units),
    *(reassigning, retrying),
)
NO_ACTS = {
    "preview": "rolled back entirely",
    "retry": "one of the acts on cases, tried with those",
    "keep": "a file is kept to be looked at; nothing in the city changes before it is applied",
}


def stuck() -> Story:
    """A case that waits for the section's opinion."""
    story = Story("medical-device-iii").apply().do("wang.clerk", "accept", "accept")
    return story.do("zhao.examiner", "review", "fail")


def _proposed() -> int:
    story = stuck()
    return propose(story, moving(story, "zhao.examiner", "section_opinion", "review"))


def _proposing() -> Callable[[], object]:
    story, admin = stuck(), people.actor_for_login("admin")
    found = preview(story, moving(story, "zhao.examiner", "section_opinion", "review"))
    return lambda: repairs.propose(found, story.case_id, REASON, actor=admin, now=NOW)


def _approving() -> Callable[[], object]:
    repair, admin = _proposed(), people.actor_for_login(APPROVER)
    return lambda: repairs.approve(repair, actor=admin, now=NOW)


def _refusing() -> Callable[[], object]:
    repair, admin = _proposed(), people.actor_for_login(APPROVER)
    return lambda: repairs.refuse(repair, REASON, actor=admin, now=NOW)


def _opening() -> Callable[[], object]:
    story, admin = stuck(), people.actor_for_login("admin")
    return lambda: repairs.open_form(
        story.case_id, repairs.APPLICATION, REASON, actor=admin, now=NOW
    )


def _reassigning() -> Callable[[], object]:
    story, admin = Story("medical-device-iii").apply(), people.actor_for_login("admin")
    task, li = story.task("accept", "wang.clerk"), people.actor_for_login("li.clerk")
    return lambda: reassigning.reassign(
        task, li.person_id or 0, actor=admin, now=NOW, reason=REASON
    )


def _retrying() -> Callable[[], object]:
    story, admin = Story("medical-device-iii").apply(), people.actor_for_login("admin")
    fault = EngineFault(Text("一时的故障。", "A passing fault."))
    fault.attempt = Attempt(story.case_id, "accept", admin, "x")
    kept = incidents.keep(fault, now=NOW)
    assert kept is not None
    return lambda: retrying.begin(kept.id, actor=admin, now=NOW)


def _leaving() -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: leaving.leave("li.clerk", Leaving(reason="调离"), actor=admin, now=NOW)


def _applying() -> Callable[[], object]:
    admin, data = people.actor_for_login("admin"), b"login,name\nma.clerk,Ma Xiaoqing\n"
    with db.transaction():
        kept = importing.keep(data, "a.csv", actor=admin, now=NOW).id
    return lambda: importing.apply(kept, actor=admin, now=NOW)


def _saving_person() -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: staffing.save_person(
        Member("li.clerk", "李远", posts=frozenset({("cgj", "clerk")})),
        actor=admin,
        now=NOW,
        new=False,
    )


def _saving_role() -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: staffing.save_role("guide", Text("导办员", "Guide"), actor=admin, now=NOW)


def _giving_password() -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: staffing.new_password("li.clerk", actor=admin, now=NOW)


def _saving_unit() -> Callable[[], object]:
    admin, unit = people.actor_for_login("admin"), Unit("cgj", "城管局", "Bureau")
    return lambda: units.save(unit, actor=admin, now=NOW, new=False)


def _appointing() -> Callable[[], object]:
    admin, today = people.actor_for_login("admin"), civil_date(NOW)
    away, other = (
        people.actor_for_login(login).person_id or 0 for login in ("wang.clerk", "li.clerk")
    )
    days = (today, today + timedelta(days=1))
    return lambda: substituting.appoint(away, other, days, "年假", actor=admin, now=NOW)


def _ending() -> Callable[[], object]:
    with db.transaction():
        row = _appointing()()
    number, admin = getattr(row, "id", 0), people.actor_for_login("admin")
    return lambda: substituting.end(number, actor=admin, now=NOW)


ACTS: dict[str, Callable[[], Callable[[], object]]] = {
    "propose": _proposing,
    "approve": _approving,
    "refuse": _refusing,
    "open_form": _opening,
    "reassign": _reassigning,
    "begin": _retrying,
    "leave": _leaving,
    "apply": _applying,
    "save_person": _saving_person,
    "save_role": _saving_role,
    "new_password": _giving_password,
    "save": _saving_unit,
    "appoint": _appointing,
    "end": _ending,
}


@pytest.mark.parametrize("name", sorted(ACTS))
@pytest.mark.usefixtures("city_db")
def test_the_act_leaves_an_event(name: str) -> None:
    """In the same transaction as its change."""
    act, count = ACTS[name](), select(func.count(Event.id))
    before = db.session().scalar(count) or 0
    with db.transaction() as session:
        act()
        db.write()
        assert (session.scalar(count) or 0) > before, name


def test_no_act_is_missing_from_this_list() -> None:
    """Every public function that takes an actor and a time changes something, or says why not."""
    found = {
        name
        for module in ACTING
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__.startswith("engine.")
        if {"actor", "now"} <= set(inspect.signature(function).parameters)
    }
    assert found - ACTS.keys() - NO_ACTS.keys() == set()
