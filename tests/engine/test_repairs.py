"""A case that stands wrong is repaired by two administrators, and stays a case that can be done."""

import orjson
import pytest
from sqlalchemy import select

from engine import cases, clock, db, definitions, events, notices, people, repairs, tasks
from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Repair, Task
from engine.repairs import CHANGE, MOVE, REASSIGN, REPEAT, SKIP, Mend
from tests.engine import wide
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.repairs_scenes import (
    APPROVER,
    PROPOSER,
    REASON,
    SUPERVISOR,
    approve,
    kinds,
    moving,
    preview,
    propose,
    repaired,
)
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def at_section(*, visited: bool = False) -> Story:
    """A case of I2 that was examined, perhaps visited, and waits for the section's opinion."""
    story = Story("medical-device-iii").apply().do("wang.clerk", "accept", "accept")
    story.do("zhao.examiner", "review", "pass" if visited else "fail")
    if visited:
        story.do("sun.inspector", "site_check", "pass").do("zhou.inspector", "site_check", "pass")
    assert story.waiting() == [("section_opinion", "scjg")]
    return story


def refused(story: Story, mend: Mend) -> dict[str, str]:
    """What a repair that cannot be is refused with, by field."""
    with pytest.raises(InvalidError) as error:
        preview(story, mend)
    return {name: text.en for name, text in error.value.fields.items()}


def rows() -> int:
    """How many repairs there are."""
    return len(list(db.session().scalars(select(Repair.id))))


def test_a_token_goes_back_after_two_admins_and_the_case_runs_to_its_end() -> None:
    """The preview says what happens; it happens; supervisors and the proposer are told."""
    story = at_section()
    seen = preview(story, moving(story, "zhao.examiner", "section_opinion", "review"))
    assert kinds(seen.lines) == ["closes", "opens", "due-stays"]
    assert "科室审核" in seen.lines[0].text.zh
    assert story.waiting() == [("section_opinion", "scjg")]

    done = repaired(story, moving(story, "zhao.examiner", "section_opinion", "review"))
    assert kinds(done.happened) == kinds(done.preview) == ["closes", "opens", "due-stays"]
    assert story.waiting() == [("review", "scjg")]
    told = {n.kind: n.person_id for n in notices.of_case(story.case)}
    assert told["case-repaired"] == people.actor_for_login(SUPERVISOR).person_id
    assert told["repair-decided"] == people.actor_for_login(PROPOSER).person_id
    last = [e for e in events.history(story.case_id) if e.type == "case-repaired"]
    assert [(e.actor_name, e.data["proposed_by"]) for e in last] == [("顾承宇", "林若川")]
    assert last[0].data["reason"] == REASON
    assert events.verify(events.stream_of(story.case_id)) == []

    story.do("zhao.examiner", "review", "fail")
    story.do("zhao.examiner", "section_opinion", "propose-refuse")
    story.do("qian.head", "decide", "refuse").do("wang.clerk", "deliver_refusal", "delivered")
    assert story.case.closed_at is not None


def test_a_step_is_repeated_afresh_and_one_never_done_cannot_be() -> None:
    """The open step itself too: what was typed and who held it is gone."""
    story = at_section(visited=True)
    task, actor = story.task("section_opinion", "zhao.examiner"), "zhao.examiner"
    with db.transaction():
        tasks.claim(task.id, actor=people.actor_for_login(actor), now=story.now)
    repaired(story, moving(story, actor, "section_opinion", "section_opinion", REPEAT))
    again = story.task("section_opinion", actor)
    assert again.id != task.id
    assert again.assignee_id is None
    repaired(story, moving(story, actor, "section_opinion", "site_check", REPEAT))
    assert story.waiting() == [("site_check", "scjg")]
    assert "element" in refused(
        story, moving(story, "sun.inspector", "site_check", "recheck", REPEAT)
    )


def test_a_step_is_skipped_with_an_outcome_that_has_no_legal_effect() -> None:
    """The diagram goes on as if it had been chosen; nobody skips a decision."""
    story = at_section()
    task = story.task("section_opinion", "zhao.examiner")
    done = repaired(story, Mend(SKIP, task=task.id, outcome="propose-grant"))
    assert kinds(done.happened)[:2] == ["closes", "opens"]
    assert story.waiting() == [("decide", "scjg")]
    row = db.session().get_one(Task, task.id, populate_existing=True)
    assert (row.state, row.completed_by) == ("cancelled", None)
    decide = story.task("decide", "qian.head")
    assert "outcome" in refused(story, Mend(SKIP, task=decide.id, outcome="grant"))
    assert "outcome" in refused(story, Mend(SKIP, task=decide.id, outcome="nonsense"))
    story.do("qian.head", "decide", "grant").do("feng.registrar", "deliver_licence", "delivered")
    assert story.case.result == "granted"


def test_answers_are_changed_as_their_form_asks_and_both_values_are_kept() -> None:
    """Of the application and of a step; the diagram decides on the new one."""
    story = at_section()
    field = definitions.bundle_of(story.case).item.subject_field
    old = story.case.answers[field]
    done = repaired(story, Mend(CHANGE, answers={field: "江城新名医疗器械有限公司"}))
    assert (done.changed[0]["before"], done.changed[0]["after"]) == (
        old,
        "江城新名医疗器械有限公司",
    )
    assert story.case.subject == "江城新名医疗器械有限公司"
    assert cases.search(people.actor_for_login("wang.clerk"), "新名医疗").total == 1
    changed = [e for e in events.history(story.case_id) if e.type == "answers-changed"]
    assert changed[0].data["changed"] == [field]
    assert old not in str(changed[0].data)

    assert field in refused(story, Mend(CHANGE, answers={field: ""}))
    assert refused(story, Mend(CHANGE, answers={field: "江城新名医疗器械有限公司"})) == {
        "answers": "Nothing would change."
    }
    assert "nonsense" in refused(story, Mend(CHANGE, answers={"nonsense": 1}))
    assert "source" in refused(story, Mend(CHANGE, source="decide", answers={"x": 1}))


def test_a_changed_answer_of_a_step_decides_at_the_next_gateway() -> None:
    """The latest answers of a step that is done; the token has not come to the gateway yet."""
    form = {
        "type": "default",
        "id": "f",
        "schemaVersion": 18,
        "executionPlatform": "Camunda Platform",
        "executionPlatformVersion": "7.23.0",
        "components": [
            {
                "type": "number",
                "id": "field_area",
                "key": "area",
                "label": "面积",
                "validate": {"required": True},
                "properties": {"labelEn": "Area"},
            }
        ],
    }
    story = wide.case_of(
        start("s"),
        user("measure", more='camunda:formRef="f"'),
        user("check"),
        node("exclusiveGateway", "g", more='default="f_g_large"'),
        user("small"),
        user("large"),
        end("e"),
        chain("s", "measure", "check", "g", "large", "e"),
        flow("g", "small", "=area < 10") + flow("small", "e"),
        f_form=orjson.dumps(form),
    )
    story.do("zhao.examiner", "measure", "done", answers={"area": 50})
    done = repaired(story, Mend(CHANGE, source="measure", answers={"area": 5}))
    assert (done.changed[0]["before"], done.changed[0]["after"]) == (50, 5)
    story.do("zhao.examiner", "check", "done")
    assert story.waiting() == [("small", "scjg")]


@pytest.mark.parametrize(
    ("source", "target", "word"),
    [
        ("section_opinion", "nowhere", "no 'nowhere'"),
        ("section_opinion", "section_opinion", "Nothing would change"),
        ("section_opinion", "accept", "not accepted again"),
        ("section_opinion", "correct_application", "notice"),
        ("section_opinion", "deliver_licence", "behind the decision"),
        ("section_opinion", "gw_review", "another scope"),
    ],
)
def test_a_token_goes_nowhere_it_must_not(source: str, target: str, word: str) -> None:
    """Each refusal names its reason at the field."""
    story = at_section()
    assert word in refused(story, moving(story, "zhao.examiner", source, target))["element"]


def test_no_move_doubles_or_loses_a_parallel_path_or_leaves_a_co_handling() -> None:
    """Nor does it lead behind an acceptance that was not given."""
    story = wide.case_of(
        start("s"),
        user("accept", "lead:clerk", act="accept", outcomes="accept=受理|Accept"),
        node("parallelGateway", "fork"),
        user("a"),
        user("b"),
        user("c"),
        node("parallelGateway", "join"),
        user("last"),
        end("e"),
        chain("s", "accept", "fork", "a", "b", "join", "last", "e"),
        flow("fork", "c") + flow("c", "join"),
    )
    mend = moving(story, "wang.clerk", "accept", "last")
    assert "behind acceptance" in refused(story, mend)["element"]
    story.do("wang.clerk", "accept", "accept").do("zhao.examiner", "a", "done")
    for target in ("c", "last"):
        mend = moving(story, "zhao.examiner", "b", target)
        assert "another parallel path" in refused(story, mend)["element"]
    repaired(story, moving(story, "zhao.examiner", "b", "a"))
    assert sorted(story.waiting()) == [("a", "scjg"), ("c", "scjg")]

    joint = Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")
    mend = moving(joint, "cg.wu", "part_opinion", "consolidate")
    assert "another scope" in refused(joint, mend)["element"]
    task = joint.task("part_opinion", "cg.wu")
    assert "outcome" in refused(joint, Mend(SKIP, task=task.id, outcome="agree"))


def test_a_task_is_given_to_somebody_else_of_its_post_and_to_nobody_else() -> None:
    """Not to who left it, holds another post, or did a step that is kept apart."""
    story = Story("medical-device-iii").apply()
    task = story.task("accept", "wang.clerk")
    with db.transaction():
        tasks.claim(task.id, actor=people.actor_for_login("wang.clerk"), now=story.now)
    li, wang, zhao = (
        people.actor_for_login(login).person_id or 0
        for login in ("li.clerk", "wang.clerk", "zhao.examiner")
    )
    for wrong in (zhao, wang, 0, 10**6):
        assert "person" in refused(story, Mend(REASSIGN, task=task.id, person=wrong))
    done = repaired(story, Mend(REASSIGN, task=task.id, person=li))
    assert kinds(done.happened)[0] == "reassigned"
    assert "王婉清" in done.happened[0]["zh"]
    story.do("li.clerk", "accept", "accept")
    assert story.waiting() == [("review", "scjg")]


def test_only_another_admin_approves_and_only_once() -> None:
    """Neither the proposer, nor a clerk, nor a supervisor; a refusal says why."""
    story = at_section()
    mend = moving(story, "zhao.examiner", "section_opinion", "review")
    repair_id = propose(story, mend)
    for login in (PROPOSER, "wang.clerk", SUPERVISOR):
        with pytest.raises(ForbiddenError):
            approve(repair_id, login)
    with pytest.raises(NotFoundError):
        approve(10**6)
    with pytest.raises(InvalidError), db.transaction():
        repairs.refuse(repair_id, " ", actor=people.actor_for_login(APPROVER), now=clock.now())
    with db.transaction():
        admin = people.actor_for_login(APPROVER)
        repairs.refuse(repair_id, "应当由科室自己退回", actor=admin, now=clock.now())
    with pytest.raises(ConflictError):
        approve(repair_id)
    assert story.waiting() == [("section_opinion", "scjg")]
    assert events.history(story.case_id)[-1].type == "repair-refused"

    own = propose(story, mend)
    with db.transaction():
        repairs.refuse(own, "提错了办件", actor=people.actor_for_login(PROPOSER), now=clock.now())
    watching = people.actor_for_login(SUPERVISOR)
    assert [row.state for row in repairs.listed(watching).rows] == ["withdrawn", "refused"]
    with pytest.raises(ForbiddenError):
        repairs.listed(people.actor_for_login("wang.clerk"))
    with pytest.raises(InvalidError):
        repairs.listed(watching, state="nonsense")


def test_what_changed_since_the_preview_is_not_repaired() -> None:
    """A claim, a step done; of two proposals the second one is refused."""
    story = at_section()
    mend = moving(story, "zhao.examiner", "section_opinion", "review")
    first, second = propose(story, mend), propose(story, mend)
    with db.transaction():
        actor = people.actor_for_login("zhao.examiner")
        tasks.claim(mend.task, actor=actor, now=story.now)
    with pytest.raises(ConflictError):
        approve(first)
    third = propose(story, mend)
    approve(third)
    with pytest.raises(ConflictError):
        approve(second)
    assert story.waiting() == [("review", "scjg")]
    states = [row.state for row in repairs.listed(people.actor_for_login(PROPOSER)).rows]
    assert states == ["done", "open", "open"]


def test_a_preview_leaves_nothing_behind_and_a_reason_is_needed() -> None:
    """No row, no event, no notice."""
    story = at_section()
    before = len(events.history(story.case_id))
    mend = moving(story, "zhao.examiner", "section_opinion", "decide")
    preview(story, mend)
    assert len(events.history(story.case_id)) == before
    assert story.waiting() == [("section_opinion", "scjg")]
    with pytest.raises(InvalidError):
        propose(story, mend, "  短 ")
    assert rows() == 0
    with pytest.raises(ForbiddenError):
        repairs.preview(
            story.case_id, mend, actor=people.actor_for_login("wang.clerk"), now=story.now
        )
    with pytest.raises(InvalidError):
        preview(story, Mend("nonsense"))
    with pytest.raises(InvalidError):
        preview(story, Mend(MOVE, task="nonsense", element="review"))


def test_a_case_that_is_decided_suspended_or_ended_is_not_moved() -> None:
    """What was decided is changed by the law's own ways."""
    story = at_section().do("zhao.examiner", "section_opinion", "propose-grant")
    story.do("qian.head", "decide", "grant")
    mend = moving(story, "feng.registrar", "deliver_licence", "decide")
    for act in (mend, Mend(CHANGE, answers={"x": 1})):
        with pytest.raises(ConflictError) as error:
            preview(story, act)
        assert "decided" in error.value.message.en
    story.do("feng.registrar", "deliver_licence", "delivered")
    with pytest.raises(ConflictError):
        preview(story, mend)

    other = at_section()
    with db.transaction() as session:
        session.get_one(cases.Case, other.case_id).suspended_at = other.now
    with pytest.raises(EngineError) as refusal:
        preview(other, moving(other, "zhao.examiner", "section_opinion", "review"))
    assert "suspended" in refusal.value.message.en


def test_what_can_be_repaired_is_offered_and_nothing_else() -> None:
    """Each choice can be previewed."""
    story = at_section()
    found = repairs.desk(story.case, people.actor_for_login(PROPOSER))
    (choice,) = found.choices
    assert {code for code, _ in choice.moves} == {
        *("review", "site_check", "rectify", "recheck", "decide"),
    }
    assert {code for code, _ in choice.repeats} == {"review", "section_opinion"}
    assert [code for code, _ in choice.outcomes] == ["propose-grant", "propose-refuse"]
    assert found.refused == {}
    for element, _ in choice.moves:
        assert preview(story, Mend(MOVE, task=choice.task.id, element=element)).lines
