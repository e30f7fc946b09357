"""No change without an event: every act of the engine is tried, and none may be left out."""

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import func, select

from engine import (
    calendars,
    cases,
    clock,
    clocks,
    cohandling,
    db,
    definitions,
    deliveries,
    drafting,
    incidents,
    licences,
    messages,
    migrating,
    people,
    supervision,
    tasks,
    voices,
)
from engine.cases import (
    extending,
    licensing,
    materials,
    privacy,
    stopping,
    suspending,
    withdrawing,
)
from engine.clock import civil_date
from engine.definitions import service
from engine.errors import EngineFault
from engine.models import ClockStop, Event
from engine.permissions import SYSTEM
from forms.text import Text
from tests.engine.drafting import acts as acts_of_drafts
from tests.engine.licences import acts as acts_of_licences
from tests.engine.migrating import acts as acts_of_moves
from tests.engine.supervision import scenes
from tests.engine.test_life_of_cases import CORRECTION
from tests.engine.voices import acts
from tools import samples
from tools.stories import Story

pytestmark = [pytest.mark.db]
NOW = clock.now()
NEXT_YEARS = b"date,workday,note\n2027-01-01,off,new year\n"
PROCESSES = Path(__file__).parents[2] / "processes"
ACTING: tuple[ModuleType, ...] = (
    calendars, cases, cases.materials, cases.drafts, extending, stopping, suspending, withdrawing,
    licensing, privacy, cohandling, clocks, definitions, deliveries, incidents, licences, messages,
    people, supervision, tasks, migrating, service, drafting,
    voices.questions, voices.complaints, voices.ratings,
)  # fmt: skip

#: What is no change to a case, an item or a person, with the reason.
NO_ACTS = {
    "start_draft": "a draft is the applicant's own paper until it is submitted",
    "save_draft": "as above",
    "delete_draft": "as above",
    "add_to_draft": "as above",
    "add_all_to_draft": "as above",
    "save": "what is typed on a task's page or drawn in a draft, whose revisions are its record",
    "touch": "says who has a draft open",
    "board": "reads only",
    "figures": "reads only",
    "forecast": "reads only",
    "why_no_reminder": "reads only",
    "shown_until": "reads only",
    "is_masked": "reads only",
    "veil": "reads only",
    "content": "reads only",
    "prove": "counts a wrong signature, as a login does; withdraw is the act",
    "end": "the end of a suspension inside resume, whose event it is",
    "apply_on": "a draft, as above",
    "search": "reads only",
    "standings": "reads only",
    "why_not": "says whether a limit may be extended",
}


def story() -> Story:
    """A case of I2 at its acceptance."""
    return Story("medical-device-iii").apply()


def correcting() -> Story:
    """A case whose applicant is asked to correct."""
    return story().do("wang.clerk", "accept", "correct", corrections=[CORRECTION])


def asked() -> Story:
    """A joint case whose departments were asked."""
    return Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")


def submit() -> Callable[[], object]:
    """Submitting a finished draft."""
    actor = people.actor_for_login("zhang.san")
    answers = samples.individual_business()
    with db.transaction():
        draft = cases.start_draft("individual-business", actor=actor, now=clock.now())
    with db.transaction():
        cases.save_draft(draft.id, None, answers, actor=actor, now=clock.now())
    of = definitions.bundle(draft.version_id)
    for material in cases.required_materials(of, answers):
        with db.transaction():
            upload = ("x.pdf", samples.pdf_file())
            found = cases.get_draft(draft.id, actor)
            materials.add_to_draft(found, material.code, upload, actor=actor, now=clock.now())
    return lambda: cases.submit(draft.id, actor=actor, now=clock.now())


def add_to_case() -> Callable[[], object]:
    """Adding a file during a correction."""
    case, actor = correcting().case, people.actor_for_login("zhang.san")
    code = materials.of_case(case)[0].code
    upload = ("more.pdf", samples.pdf_file("more"))
    return lambda: materials.add_to_case(case, code, upload, actor=actor, now=clock.now())


def remove() -> Callable[[], object]:
    """Taking a file out during a correction."""
    case, actor = correcting().case, people.actor_for_login("zhang.san")
    material_id = materials.of_case(case)[0].id
    return lambda: materials.remove(material_id, actor=actor, now=clock.now())


def claim() -> Callable[[], object]:
    """Claiming a task."""
    task, actor = story().task("accept", "wang.clerk"), people.actor_for_login("wang.clerk")
    return lambda: tasks.claim(task.id, actor=actor, now=clock.now())


def release() -> Callable[[], object]:
    """Releasing a claimed task."""
    task, actor = story().task("accept", "wang.clerk"), people.actor_for_login("wang.clerk")
    with db.transaction():
        tasks.claim(task.id, actor=actor, now=clock.now())
    return lambda: tasks.release(task.id, actor=actor, now=clock.now())


def complete() -> Callable[[], object]:
    """Completing a task."""
    case = story()
    task, actor = case.task("accept", "wang.clerk"), people.actor_for_login("wang.clerk")
    doing = tasks.Doing("not-required", answers=case.filled("accept"), opinion="无需许可")
    return lambda: tasks.complete(task.id, doing, actor=actor, now=clock.now())


def urge() -> Callable[[], object]:
    """Urging a co-handler."""
    case, lead = asked(), people.actor_for_login("zhao.examiner")
    row = cohandling.board(case.case_id, lead, now=clock.now())[0].row
    return lambda: cohandling.urge(row.id, actor=lead, now=clock.now())


def proceed() -> Callable[[], object]:
    """Going on without the silent ones."""
    case, lead = asked().later(days=20), people.actor_for_login("zhao.examiner")
    return lambda: cohandling.proceed(case.case_id, "joint_review", actor=lead, now=case.now)


def deploy() -> Callable[[], object]:
    """Deploying a changed item."""
    files = definitions.read_folder(PROCESSES / "individual-business")
    files["item.yaml"] += b"\n# changed\n"
    admin = people.actor_for_login("admin")
    return lambda: definitions.deploy(files, actor=admin, now=clock.now())


def ask_stop() -> Callable[[], object]:
    """Asking to stop the clock."""
    case, actor = accepted(), people.actor_for_login("zhao.examiner")
    asking = stopping.Asking("hearing", 5, "依法听证")
    return lambda: stopping.ask_stop(case.case_id, asking, actor=actor, now=case.now)


def accepted() -> Story:
    """A case whose clock runs."""
    return story().do("wang.clerk", "accept", "accept")


def asked_stop() -> int:
    """A stop that waits for the head."""
    ask = ask_stop()
    with db.transaction():
        found = ask()
        assert isinstance(found, ClockStop)
        return found.id


def approve_stop() -> Callable[[], object]:
    """Approving a stop."""
    stop_id, head = asked_stop(), people.actor_for_login("qian.head")
    return lambda: stopping.approve_stop(stop_id, actor=head, now=clock.now())


def refuse_stop() -> Callable[[], object]:
    """Refusing a stop."""
    stop_id, head = asked_stop(), people.actor_for_login("qian.head")
    return lambda: stopping.refuse_stop(stop_id, actor=head, now=clock.now())


def end_stop() -> Callable[[], object]:
    """Ending a stop early."""
    stop_id, head = asked_stop(), people.actor_for_login("qian.head")
    with db.transaction():
        stopping.approve_stop(stop_id, actor=head, now=clock.now())
    return lambda: stopping.end_stop(stop_id, actor=head, now=clock.now())


def extend() -> Callable[[], object]:
    """Extending a limit."""
    case, head = accepted(), people.actor_for_login("qian.head")
    return lambda: extending.extend(case.case_id, 5, "案情复杂", actor=head, now=case.now)


DISPUTE = suspending.Asking("dispute", "取水条例18", "相邻权人提出争议")


def ask() -> Callable[[], object]:
    """Asking for a suspension."""
    case, actor = accepted(), people.actor_for_login("zhao.examiner")
    return lambda: suspending.ask(case.case_id, DISPUTE, actor=actor, now=case.now)


def asked_suspension() -> int:
    """A suspension that waits for the head."""
    asking = ask()
    with db.transaction():
        found = asking()
        assert isinstance(found, ClockStop)
        return found.id


def approve() -> Callable[[], object]:
    """Suspending a case."""
    found, head = asked_suspension(), people.actor_for_login("qian.head")
    return lambda: suspending.approve(found, actor=head, now=clock.now())


def refuse() -> Callable[[], object]:
    """Refusing a suspension."""
    found, head = asked_suspension(), people.actor_for_login("qian.head")
    return lambda: suspending.refuse(found, actor=head, now=clock.now())


def resume() -> Callable[[], object]:
    """Letting a suspended case go on."""
    approving, found = approve(), 0
    with db.transaction():
        row = approving()
        assert isinstance(row, ClockStop)
        found = row.id
    actor = people.actor_for_login("zhao.examiner")
    return lambda: suspending.resume(found, "争议已解决", actor=actor, now=clock.now())


def apply() -> Callable[[], object]:
    """Putting a year's calendar into force."""
    notice, admin = calendars.read_notice(NEXT_YEARS, "2027.csv"), people.actor_for_login("admin")
    return lambda: calendars.apply(notice, actor=admin, now=clock.now())


def undo() -> Callable[[], object]:
    """Taking it back."""
    admin = people.actor_for_login("admin")
    put = apply()
    with db.transaction():
        import_id = put().id  # type: ignore[attr-defined]
    return lambda: calendars.undo(import_id, actor=admin, now=clock.now())


def withdraw_application() -> Callable[[], object]:
    """Taking an application back."""
    case, who = story(), people.actor_for_login("zhang.san")
    signed = withdrawing.Signed(query_code=case.case.query_code)
    proof = withdrawing.prove(case.case_id, signed, actor=who, now=clock.now())
    return lambda: withdrawing.withdraw(proof, actor=who, now=clock.now())


def load_years() -> Callable[[], object]:
    """Loading a year's calendar."""
    return lambda: clocks.load_years([2023], actor=SYSTEM, now=clock.now())


def revoke_token() -> Callable[[], object]:
    """Ending a token."""
    actor = people.actor_for_login("wang.clerk")
    with db.transaction():
        token = people.issue_token(actor, now=clock.now())
    return lambda: people.revoke_token(token, actor=actor, now=clock.now())


def issue_token() -> Callable[[], object]:
    """Making a token."""
    actor = people.actor_for_login("wang.clerk")
    return lambda: people.issue_token(actor, now=clock.now())


def incident() -> int:
    """A passing fault of a sound step."""
    case, clerk = story(), people.actor_for_login("wang.clerk")
    task = case.task("accept", "wang.clerk")
    fault = EngineFault(Text("一时的故障。", "A passing fault."))
    given = {"outcome": "accept", "answers": case.filled("accept")}
    fault.attempt = incidents.Attempt(case.case_id, "accept", clerk, task.id, given=given)
    found = incidents.keep(fault, now=clock.now())
    assert found is not None
    return found.id


def retry() -> Callable[[], object]:
    """Trying a failed step again."""
    incident_id, admin = incident(), people.actor_for_login("admin")
    return lambda: tasks.retry(incident_id, actor=admin, now=clock.now())


def handed_in() -> Callable[[], object]:
    """Closing what stood in the way of an application that has become a case."""
    stuck = Story("medical-device-iii", "li.si")
    draft, mine, now = stuck.write(), people.actor_for_login("li.si"), clock.now()
    fault = EngineFault(Text("一时的故障。", "A passing fault."))
    fault.attempt = incidents.Attempt(None, "start", mine, draft_id=draft)
    assert incidents.keep(fault, now=now) is not None
    case = story().case
    return lambda: incidents.handed_in(draft, case, actor=mine, now=now)


def close() -> Callable[[], object]:
    """Closing an incident."""
    incident_id, admin = incident(), people.actor_for_login("admin")
    return lambda: incidents.close(incident_id, "done", actor=admin, now=clock.now())


def posted() -> int:
    """A message on its way."""
    with db.transaction():
        admin = people.actor_for_login("admin")
        found = messages.send(messages.Posting("Called"), actor=admin, now=clock.now())
        assert found.message is not None
        return found.message.id


def send() -> Callable[[], object]:
    """Sending a message."""
    posting, admin = messages.Posting("Called"), people.actor_for_login("admin")
    return lambda: messages.send(posting, actor=admin, now=clock.now())


def resend() -> Callable[[], object]:
    """Sending an undelivered message on its way again."""
    message_id, admin = posted(), people.actor_for_login("admin")
    return lambda: messages.resend(message_id, actor=admin, now=clock.now())


def discard() -> Callable[[], object]:
    """Giving a message up."""
    message_id, admin = posted(), people.actor_for_login("admin")
    return lambda: messages.discard(message_id, actor=admin, now=clock.now())


def change_rule() -> Callable[[], object]:
    """Making the next version of a rule."""
    actor = people.actor_for_login("jc.he")
    change = supervision.Change(80, 3, True, civil_date(clock.now()), "试行")
    return lambda: supervision.change_rule("step-used", change, actor=actor, now=clock.now())


def bar() -> Callable[[], object]:
    """Barring an applicant."""
    case, head = story().case, people.actor_for_login("qian.head")
    item, holder = definitions.bundle(case.version_id).item, ("91420106MA0000001X", "某公司")
    return lambda: licences.bar(case, item, licences.FALSEHOOD, holder, actor=head, now=clock.now())


def card_act(name: str) -> Callable[[], Callable[[], object]]:
    """An act on a card, by whoever may do it."""

    def prepared() -> Callable[[], object]:
        return scenes.prepared(name)

    prepared.__name__ = name
    return prepared


def watch_act(name: str) -> Callable[[], Callable[[], object]]:
    """A letter, a reminder, a hearing, a review, or a look at personal data."""

    def prepared() -> Callable[[], object]:
        return scenes.watching(name)

    prepared.__name__ = name
    return prepared


ACTS: dict[str, Callable[[], Callable[[], object]]] = {
    act.__name__: act
    for act in (
        submit, add_to_case, remove, claim, release, complete, urge, proceed, deploy, load_years,
        revoke_token, issue_token, retry, handed_in, close, send, resend, discard, ask_stop,
        approve_stop, refuse_stop, end_stop, extend, apply, undo, ask, approve, refuse, resume,
        withdraw_application, bar,
        *(card_act(name) for name in ("answer", "appeal", "verify", "uphold", "withdraw")),
        change_rule,
        *(watch_act(name) for name in scenes.WATCHING),
    )
} | acts.ACTS | acts_of_licences.ACTS | acts_of_moves.ACTS | acts_of_drafts.ACTS  # fmt: skip


def events_now() -> int:
    """How many events there are in all streams."""
    return db.session().scalar(select(func.count(Event.id))) or 0


@pytest.mark.parametrize("name", sorted(ACTS))
def test_the_act_leaves_an_event(name: str, city_db: str) -> None:
    """In the same transaction as its change."""
    act = ACTS[name]()
    before = events_now()
    with db.transaction():
        act()
        inside = events_now()
    assert inside > before, f"{name} changed something without an event"


def test_no_act_is_missing_from_this_list() -> None:
    """Every public function that takes an actor changes something, or says here why it does not."""
    found = {
        name
        for module in ACTING
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__.startswith("engine.")
        and {"actor", "now"} <= set(inspect.signature(function).parameters)
    }
    assert found - ACTS.keys() - NO_ACTS.keys() == set()
