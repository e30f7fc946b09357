"""An application that cannot become a case stays with its applicant and leaves an incident."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from engine import cases, clock, db, definitions, events, incidents, people, tasks
from engine.errors import ConflictError, EngineFault, ForbiddenError, NotFoundError
from engine.incidents import Attempt
from forms.text import Text
from tests.dying import killed_at_each
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.programs import scenes
from tests.engine.wide import ITEM, deploy, files
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]

SOUND = (start("s"), user("look"), end("e"), chain("s", "look", "e"))
#: A question that has no answer: an amount is compared with a word.
FAULTY = (
    node("startEvent", "s", more='camunda:formRef="apply" name="递交"'),
    node("exclusiveGateway", "g", more='default="f_g_e"'), user("look"), end("e"),
    chain("s", "g"), flow("g", "look", '= capital > "much"'), flow("g", "e"), chain("look", "e"),
)  # fmt: skip
#: A value that the database cannot hold.
NUL = scenes.service().replace("${item}", '= "a\\u0000b"')


def admin() -> Any:
    """Whoever mends."""
    return people.actor_for_login("admin")


def stuck(*pieces: str, times: int = 1) -> tuple[Story, str]:
    """Write an application and hand it in to a diagram that cannot begin, as a door does."""
    deploy(files(*(pieces or FAULTY)))
    story = Story(ITEM)
    draft = story.write()
    for _ in range(times):
        with pytest.raises(EngineFault) as fault:
            story.finish(draft)
        incidents.keep(fault.value, now=story.now)
        story.later(hours=1)
    return story, draft


def retry(incident_id: int) -> None:
    """Let the admin try again."""
    with db.transaction():
        tasks.retry(incident_id, actor=admin(), now=clock.now())


def test_an_application_that_cannot_begin_leaves_one_incident_however_often_it_is_tried() -> None:
    """Nothing of a case is there: no number was used up, the files are the draft's."""
    story, draft = stuck(times=2)
    mine = people.actor_for_login(story.applicant)
    (incident,) = incidents.waiting(admin())
    assert (incident.case_id, incident.draft_id, incident.times) == (None, draft, 2)
    assert (incident.element, incident.about.item_code) == ("s", ITEM)
    assert incident.actor is not None
    assert incident.actor.id == mine.person_id
    assert cases.my_cases(mine).total == 0
    found = cases.get_draft(draft, mine)
    assert found.case_id is None
    assert cases.materials.of_draft(found)
    assert [event.type for event in events.recent(incidents.STREAM)] == ["step-failed"]
    assert incidents.items(admin()) == [ITEM]
    assert [row.id for row in incidents.listed(admin(), incidents.Wanted(item=ITEM)).rows] == [
        incident.id
    ]
    assert incidents.listed(admin(), incidents.Wanted(item="another")).rows == []


def test_a_mended_diagram_takes_it_as_received_when_it_was_handed_in() -> None:
    """电子签名法 11: a receipt is when the message comes, not when our fault is mended."""
    story, draft = stuck()
    handed_in_at = story.now - timedelta(hours=1)
    (incident,) = incidents.waiting(admin())
    with pytest.raises(EngineFault) as again:
        retry(incident.id)
    incidents.keep(again.value, now=clock.now() + timedelta(hours=3))
    deploy(files(*SOUND))
    retry(incident.id)
    (case,) = cases.my_cases(people.actor_for_login(story.applicant)).rows
    assert case.received_at == handed_in_at
    assert [task.element for task in tasks.open_of_case(case)] == ["look"]
    assert incidents.waiting(admin()) == []
    closed = incidents.find(incident.id, admin())
    assert (closed.case_id, closed.times) == (case.id, 2)
    assert closed.closed_how.startswith("重试")
    assert cases.get_draft(draft, people.actor_for_login(story.applicant)).case_id == case.id
    assert events.verify(events.stream_of(case.id)) == []
    assert events.verify(incidents.STREAM) == []


def test_what_was_declared_with_the_submission_is_part_of_what_is_tried_again() -> None:
    """A declaration that is saved with the submission is rolled back with it."""
    deploy(files(*FAULTY))
    story = Story(ITEM)
    draft, mine = story.write(), people.actor_for_login(story.applicant)
    before = dict(cases.get_draft(draft, mine).answers)
    changed = {**before, "capital": 12}

    def declare_and_submit() -> None:
        with db.transaction():
            cases.save_draft(draft, None, changed, actor=mine, now=story.now)
            cases.submit(draft, actor=mine, now=story.now)

    with pytest.raises(EngineFault) as fault:
        declare_and_submit()
    incidents.keep(fault.value, now=story.now)
    assert cases.get_draft(draft, mine).answers == before
    deploy(files(*SOUND))
    (incident,) = incidents.waiting(admin())
    retry(incident.id)
    (case,) = cases.my_cases(mine).rows
    assert case.answers["capital"] == 12
    assert incidents.find(incident.id, admin()).attempt == {}


def test_whoever_hands_it_in_again_closes_the_incident() -> None:
    """It is found with the case; nobody has to look at it any more."""
    story, draft = stuck()
    (incident,) = incidents.waiting(admin())
    deploy(files(*SOUND))
    story.finish(draft)
    assert story.case.received_at == story.now
    assert incidents.waiting(admin()) == []
    closed = incidents.find(incident.id, admin())
    assert (closed.case_id, closed.closed_how) == (story.case_id, incidents.HANDED_IN)
    assert "incident-closed" in [event.type for event in events.history(story.case_id)]
    with pytest.raises(ConflictError):
        retry(incident.id)


@pytest.mark.parametrize("changed", ["answer", "file"])
def test_what_the_applicant_went_on_writing_is_theirs_to_hand_in(changed: str) -> None:
    """The admin would hand in what the applicant has not declared."""
    story, draft = stuck()
    mine = people.actor_for_login(story.applicant)
    with db.transaction():
        if changed == "answer":
            cases.save_draft(draft, None, {}, unchecked=True, actor=mine, now=story.now)
        else:
            (first, *_) = cases.materials.of_draft(cases.get_draft(draft, mine))
            cases.materials.remove(first.id, actor=mine, now=story.now)
    deploy(files(*SOUND))
    (incident,) = incidents.waiting(admin())
    with pytest.raises(ConflictError, match="changed the application"):
        retry(incident.id)
    assert [row.id for row in incidents.waiting(admin())] == [incident.id]
    assert cases.my_cases(mine).total == 0


def test_a_deleted_application_leaves_nothing_behind() -> None:
    """Nor is anything noted of one that is deleted before its failure is."""
    story, draft = stuck()
    mine = people.actor_for_login(story.applicant)
    number = incidents.waiting(admin())[0].id
    with db.transaction():
        cases.delete_draft(draft, actor=mine, now=story.now)
    with pytest.raises(NotFoundError):
        incidents.find(number, admin())
    late = EngineFault(Text("晚到的故障。", "A late fault."))
    late.attempt = Attempt(None, "s", mine, draft_id=draft)
    assert incidents.keep(late, now=story.now) is None
    assert incidents.waiting(admin()) == []


def test_the_version_that_failed_is_kept_for_the_incident() -> None:
    """The draft was begun on another one, and stays on it."""
    story = Story(ITEM)
    draft, mine = story.write(), people.actor_for_login(story.applicant)
    deploy(files(*FAULTY))
    with pytest.raises(EngineFault) as fault:
        story.finish(draft)
    incidents.keep(fault.value, now=story.now)
    deploy(files(*SOUND))
    _, faulty, before = (one.version.id for one in definitions.versions(ITEM)[:3])
    (incident,) = incidents.waiting(admin())
    assert incident.attempt["version"] == faulty
    assert cases.get_draft(draft, mine).version_id == before
    with db.transaction():
        definitions.service.retire(faulty, "算不出来", actor=admin(), now=clock.now())
    with pytest.raises(ConflictError, match="could not be submitted"), db.transaction():
        definitions.service.remove(faulty, actor=admin(), now=clock.now())


def test_a_failure_that_is_noted_after_another_try_went_through_is_nobodys() -> None:
    """Two windows: the later one succeeds before the earlier one's failure is written down."""
    deploy(files(*SOUND))
    story = Story(ITEM)
    draft, mine = story.write(), people.actor_for_login(story.applicant)
    story.finish(draft)
    late = EngineFault(Text("晚到的故障。", "A late fault."))
    late.attempt = Attempt(None, "s", mine, draft_id=draft)
    assert incidents.keep(late, now=story.now) is None
    assert incidents.waiting(admin()) == []


def test_an_applicant_who_can_no_longer_log_in_is_nobody_to_hand_in_for() -> None:
    story, _ = stuck()
    deploy(files(*SOUND))
    with db.transaction():
        mine = people.actor_for_login(story.applicant)
        person = people.get(mine.person_id or 0)
        assert person is not None
        person.active = False
    (incident,) = incidents.waiting(admin())
    with pytest.raises(ForbiddenError):
        retry(incident.id)
    assert incidents.waiting(admin())


def test_what_nobody_foresaw_is_an_incident_of_the_application_as_well() -> None:
    """A value that the database cannot hold."""
    _, draft = stuck(start("s"), NUL, end("e"), chain("s", "ask", "e"))
    (incident,) = incidents.waiting(admin())
    assert incident.draft_id == draft
    assert "UntranslatableCharacter" in incident.message_en


def test_an_item_that_only_messages_begin_by_now_refuses_an_older_application() -> None:
    """Told in words, and no incident: nothing is broken."""
    deploy(files(*SOUND))
    story = Story(ITEM)
    draft = story.write()
    catch = '<bpmn:messageEventDefinition messageRef="m"/>'
    begun = node("startEvent", "s", catch, more='camunda:formRef="apply"')
    message = '<bpmn:message id="m" name="Called"/>'
    deploy(files(begun, user("look"), end("e"), chain("s", "look", "e"), beside=message))
    with pytest.raises(ConflictError, match="takes no applications online"):
        story.finish(draft)
    assert incidents.waiting(admin()) == []


def test_all_of_one_cause_are_tried_again_in_a_round() -> None:
    """Applications as well as cases."""
    story, _ = stuck()
    second = Story(ITEM, "li.si")
    with pytest.raises(EngineFault) as fault:
        second.apply(number=2)
    incidents.keep(fault.value, now=second.now)
    deploy(files(*SOUND))
    first = incidents.waiting(admin())[0]
    with db.transaction():
        tasks.retrying.begin(first.id, actor=admin(), now=clock.now())
    while tasks.retrying.retry_next(now=clock.now()):
        pass
    (row, *_) = tasks.retrying.rounds(admin())
    assert (row.total, row.retried, row.failed) == (2, 2, 0)
    for login in (story.applicant, second.applicant):
        assert cases.my_cases(people.actor_for_login(login)).total == 1


def test_the_applicant_and_the_admin_at_once_make_one_case() -> None:
    """Whoever comes second finds it done."""
    story, draft = stuck()
    deploy(files(*SOUND))
    (incident,) = incidents.waiting(admin())
    together, failures = threading.Barrier(2), []
    anew = Story(ITEM, story.applicant, at=story.now)

    def act(what: Any, *given: Any) -> None:
        together.wait()
        try:
            what(*given)
        except ConflictError as refused:
            failures.append(refused)

    racers = [
        threading.Thread(target=act, args=(retry, incident.id)),
        threading.Thread(target=act, args=(anew.finish, draft)),
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert cases.my_cases(people.actor_for_login(story.applicant)).total == 1
    assert incidents.waiting(admin()) == []
    assert len(failures) <= 1


@pytest.mark.slow
def test_a_process_killed_while_it_tries_again_leaves_it_as_stuck_as_before(city_db: str) -> None:
    """Kill -9 before each statement of the admin's try, the commit included; the last goes well."""
    story, draft = stuck()
    deploy(files(*SOUND))
    (incident,) = incidents.waiting(admin())
    mine, at = people.actor_for_login(story.applicant), 0
    db.session().close()
    for at in killed_at_each(city_db, lambda: retry(incident.id)):
        assert [row.id for row in incidents.waiting(admin())] == [incident.id], f"killed at {at}"
        assert cases.my_cases(mine).total == 0
        assert cases.get_draft(draft, mine).case_id is None
        assert cases.materials.of_draft(cases.get_draft(draft, mine))
        assert len(events.recent(incidents.STREAM)) == 1
    assert at > 5, "the try must have had several statements to die at"
    assert incidents.waiting(admin()) == []
    (case,) = cases.my_cases(mine).rows
    assert cases.get_draft(draft, mine).case_id == case.id
    assert events.verify(events.stream_of(case.id)) == []
    assert events.verify(incidents.STREAM) == []
