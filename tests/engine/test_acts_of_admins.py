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


def _proposed(story: Story) -> int:
    return propose(story, moving(story, "zhao.examiner", "section_opinion", "review"))


def _proposing(story: Story) -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    found = preview(story, moving(story, "zhao.examiner", "section_opinion", "review"))
    return lambda: repairs.propose(found, story.case_id, REASON, actor=admin, now=NOW)


def _approving(story: Story) -> Callable[[], object]:
    repair, admin = _proposed(story), people.actor_for_login(APPROVER)
    return lambda: repairs.approve(repair, actor=admin, now=NOW)


def _refusing(story: Story) -> Callable[[], object]:
    repair, admin = _proposed(story), people.actor_for_login(APPROVER)
    return lambda: repairs.refuse(repair, REASON, actor=admin, now=NOW)


def _opening(story: Story) -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: repairs.open_form(
        story.case_id, repairs.APPLICATION, REASON, actor=admin, now=NOW
    )


def _reassigning(story: Story) -> Callable[[], object]:
    admin, zhao = people.actor_for_login("admin"), people.actor_for_login("zhao.examiner")
    task = story.task("section_opinion", "zhao.examiner")
    return lambda: reassigning.reassign(
        db.session().merge(task), zhao.person_id or 0, actor=admin, now=NOW, reason=REASON
    )


def _retrying(story: Story) -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    fault = EngineFault(Text("一时的故障。", "A passing fault."))
    fault.attempt = Attempt(story.case_id, "accept", admin, "x")
    kept = incidents.keep(fault, now=NOW)
    assert kept is not None
    return lambda: retrying.begin(kept.id, actor=admin, now=NOW)


def _leaving(story: Story) -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: leaving.leave("li.clerk", Leaving(reason="调离"), actor=admin, now=NOW)


def _applying(story: Story) -> Callable[[], object]:
    admin, data = people.actor_for_login("admin"), b"login,name\nma.clerk,Ma Xiaoqing\n"
    with db.transaction():
        kept = importing.keep(data, "a.csv", actor=admin, now=NOW).id
    return lambda: importing.apply(kept, actor=admin, now=NOW)


def _saving_person(story: Story) -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: staffing.save_person(
        Member("li.clerk", "李远", posts=frozenset({("cgj", "clerk")})),
        actor=admin,
        now=NOW,
        new=False,
    )


def _saving_role(story: Story) -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: staffing.save_role("guide", Text("导办员", "Guide"), actor=admin, now=NOW)


def _giving_password(story: Story) -> Callable[[], object]:
    admin = people.actor_for_login("admin")
    return lambda: staffing.new_password("li.clerk", actor=admin, now=NOW)


def _saving_unit(story: Story) -> Callable[[], object]:
    admin, unit = people.actor_for_login("admin"), Unit("cgj", "城管局", "Bureau")
    return lambda: units.save(unit, actor=admin, now=NOW, new=False)


def _appointing(story: Story) -> Callable[[], object]:
    admin, today = people.actor_for_login("admin"), civil_date(NOW)
    away, other = (
        people.actor_for_login(login).person_id or 0 for login in ("wang.clerk", "li.clerk")
    )
    days = substituting.Span(today, today + timedelta(days=1))
    return lambda: substituting.appoint(away, other, days, "年假", actor=admin, now=NOW)


def _ending(story: Story) -> Callable[[], object]:
    with db.transaction():
        row = _appointing(story)()
    number, admin = getattr(row, "id", 0), people.actor_for_login("admin")
    return lambda: substituting.end(number, actor=admin, now=NOW)


#: In an order in which none is in the way of the next.
ACTS: dict[str, Callable[[Story], Callable[[], object]]] = {
    "open_form": _opening,
    "begin": _retrying,
    "propose": _proposing,
    "refuse": _refusing,
    "reassign": _reassigning,
    "approve": _approving,
    "apply": _applying,
    "save_role": _saving_role,
    "new_password": _giving_password,
    "save": _saving_unit,
    "end": _ending,
    "appoint": _appointing,
    "save_person": _saving_person,
    "leave": _leaving,
}


@pytest.mark.usefixtures("city_db")
def test_each_act_leaves_an_event() -> None:
    """In the same transaction as its change."""
    story, count, silent = stuck(), select(func.count(Event.id)), []
    for name, prepared in ACTS.items():
        act = prepared(story)
        before = db.session().scalar(count) or 0
        with db.transaction() as session:
            act()
            db.write()
            silent += [] if (session.scalar(count) or 0) > before else [name]
    assert silent == []


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
