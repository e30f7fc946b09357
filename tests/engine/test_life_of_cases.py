"""The three items from application to result, act by act; every act loads and saves the case."""

import pytest
from sqlalchemy import select

from engine import cases, cohandling, db, definitions, events, people
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Draft
from tools import samples
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]

CORRECTION = {
    "kind": "field",
    "target": "head",
    "label_zh": "企业负责人姓名",
    "label_en": "Head",
    "reason": "与身份证件不一致",
}
PARTS = (("scjg", "zhao.examiner"), ("cgj", "cg.wu"), ("xfjy", "xf.zheng"))
HEADS = (("scjg", "qian.head"), ("cgj", "cg.head"), ("xfjy", "xf.head"))


def kinds(story: Story) -> list[str]:
    """The kinds of the documents issued, in order."""
    return [document.kind for document in cases.documents.of_case(story.case)]


def accepted_device(number: int = 1) -> Story:
    """A case of I2 that has just been accepted."""
    return Story("medical-device-iii").apply(number=number).do("wang.clerk", "accept", "accept")


def visited(outcome: str, **more: str) -> Story:
    """A case of I2 whose site visit two inspectors have signed."""
    story = accepted_device().do("zhao.examiner", "review", "pass")
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", outcome, **more)
    return story


def test_registration_is_granted_at_the_window_and_closes() -> None:
    """I1: two posts, receipt to licence, nothing open at the end."""
    story = Story("individual-business").apply()
    story.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "grant")
    story.do("wang.clerk", "deliver_licence", "delivered")
    assert story.waiting() == []
    assert (story.case.status, story.case.result) == ("closed", "granted")
    assert kinds(story) == ["receipt", "acceptance", "granted", "licence"]


def test_a_correction_round_takes_only_what_the_notice_asked() -> None:
    """C01(d): everything at once; the applicant changes that and nothing else."""
    story = Story("medical-device-iii").apply()
    story.do("wang.clerk", "accept", "correct", corrections=[CORRECTION])
    assert story.waiting() == [("correct_application", "applicant")]
    assert story.case.status == "correcting"
    answers = {"head": "何敏敏", "company": "别的公司"}
    story.do("zhang.san", "correct_application", "submitted", answers=answers)
    assert story.case.answers["head"] == "何敏敏"
    assert story.case.answers["company"] == samples.medical_device()["company"]
    assert story.waiting() == [("accept", "scjg")]
    assert "correction" in kinds(story)


def test_a_correction_that_leaves_a_fault_is_refused_and_changes_nothing() -> None:
    """What was asked for must be right now."""
    entry = {**CORRECTION, "target": "head_id"}
    story = Story("medical-device-iii").apply()
    story.do("wang.clerk", "accept", "correct", corrections=[entry])
    with pytest.raises(InvalidError) as refusal:
        story.do("zhang.san", "correct_application", "submitted", answers={"head_id": "123"})
    assert set(refusal.value.fields) == {"head_id"}
    assert story.waiting() == [("correct_application", "applicant")]


def test_device_licence_is_granted_after_rectification() -> None:
    """I2: two inspectors, rectification, re-check, opinion, decision, licence for five years."""
    story = visited("rectify", opinion="库房温湿度记录不全")
    assert story.waiting() == [("rectify", "applicant")]
    rectified = {
        "rectified": [
            {
                "rectified_fault": "记录不全",
                "rectified_measure": "已补齐",
                "rectified_on": story.now.date().isoformat(),
            }
        ],
        "rectify_summary": "已全部整改",
    }
    story.do("zhang.san", "rectify", "submitted", answers=rectified)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "recheck", "pass")
    story.do("zhao.examiner", "section_opinion", "propose-grant")
    story.do("qian.head", "decide", "grant").do("feng.registrar", "deliver_licence", "delivered")
    assert (story.case.status, story.case.result) == ("closed", "granted")
    licence = cases.documents.of_case(story.case)[-1]
    assert licence.kind == "licence"
    assert licence.valid_to is not None
    assert licence.valid_from is not None
    assert licence.valid_to.year - licence.valid_from.year == 5


def test_a_refusal_needs_reasons_and_names_the_remedies() -> None:
    """许可法 38, 40: reasons and remedies stand in the decision."""
    story = visited("fail", opinion="库房不符合要求").do(
        "zhao.examiner", "section_opinion", "propose-refuse"
    )
    with pytest.raises(InvalidError) as refusal:
        story.do("qian.head", "decide", "refuse", opinion=" ")
    assert set(refusal.value.fields) == {"opinion"}
    story.do("qian.head", "decide", "refuse", opinion="库房条件不符合第九条")
    assert story.case.result == "refused"
    decision = cases.documents.of_case(story.case)[-1]
    assert decision.kind == "refused"
    assert "库房条件不符合第九条" in str(decision.data["facts"])
    assert "复议" in decision.data["remedies"][0]


def test_one_inspector_alone_cannot_finish_a_site_visit() -> None:
    """许可法 34(3): at least two; the first only signs, twice counts once."""
    story = accepted_device().do("zhao.examiner", "review", "pass")
    story.do("sun.inspector", "site_check", "pass").do("sun.inspector", "site_check", "pass")
    assert story.waiting() == [("site_check", "scjg")]
    story.do("zhou.inspector", "site_check", "pass")
    assert story.waiting() == [("section_opinion", "scjg")]


def test_the_second_inspector_who_sees_it_otherwise_starts_the_signing_anew() -> None:
    """Both sign the same content, or it is not signed."""
    story = accepted_device().do("zhao.examiner", "review", "pass")
    story.do("sun.inspector", "site_check", "pass")
    story.do("zhou.inspector", "site_check", "fail", opinion="库房不符")
    assert story.waiting() == [("site_check", "scjg")]
    story.do("sun.inspector", "site_check", "fail", opinion="库房不符")
    assert story.waiting() != [("site_check", "scjg")]


def test_who_is_not_of_the_post_may_not_complete_a_task() -> None:
    """The diagram names the post; others are refused before anything is written."""
    story = Story("medical-device-iii").apply()
    before = len(events.history(story.case_id))
    with pytest.raises(ForbiddenError):
        story.do("qian.head", "accept", "accept")
    assert len(events.history(story.case_id)) == before


def test_a_closed_task_cannot_be_completed_again() -> None:
    """The second gets a conflict, and the case is where the first left it."""
    story = Story("medical-device-iii").apply()
    task = story.task("accept", "wang.clerk")
    story.do("wang.clerk", "accept", "accept")
    from_memory = Story("medical-device-iii")
    from_memory.case_id = story.case_id
    from_memory.task = lambda *_: task  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        from_memory.do("li.clerk", "accept", "accept")
    assert story.waiting() == [("review", "scjg")]


def test_restaurant_with_one_part_refused_is_partly_granted() -> None:
    """I4: a co-handler disagrees, the lead goes on; one department refuses its part."""
    story = Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")
    for department, login in PARTS:
        disagrees = department == "cgj"
        opinion = "招牌尺寸超出街区导则" if disagrees else ""
        outcome = "disagree" if disagrees else "agree"
        story.do(login, "part_opinion", outcome, opinion=opinion)
    board = cohandling.board(story.case_id, people.actor_for_login("zhao.examiner"), now=story.now)
    assert {row.row.department_code: row.row.outcome for row in board} == {
        "scjg": "agree",
        "cgj": "disagree",
        "xfjy": "agree",
    }
    story.do("zhao.examiner", "consolidate", "go-on")
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "joint_visit", "recorded")
    for department, login in HEADS:
        refuses = department == "cgj"
        opinion = "招牌超出尺寸" if refuses else ""
        story.do(login, "decide_part", "refuse" if refuses else "grant", opinion=opinion)
    story.do("wang.clerk", "deliver_together", "delivered")
    assert (story.case.status, story.case.result) == ("closed", "partly-granted")
    issued = [(d.kind, d.department_code) for d in cases.documents.of_case(story.case)]
    assert ("licence", "scjg") in issued
    assert ("licence", "xfjy") in issued
    assert ("refused", "cgj") in issued
    assert ("licence", "cgj") not in issued


def test_a_small_restaurant_without_signboard_asks_one_department_only() -> None:
    """The decision table chooses the parts."""
    answers = {**samples.restaurant(), "area": 80, "has_signboard": "no"}
    story = Story("restaurant-opening", "li.si").apply(answers).do("wang.clerk", "accept", "accept")
    assert story.waiting() == [("part_opinion", "scjg")]


def test_lead_may_urge_and_go_on_only_when_the_limit_has_passed() -> None:
    """noReply=agreed: silence counts as agreement after the department's own limit."""
    story = Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")
    lead = people.actor_for_login("zhao.examiner")
    story.do("zhao.examiner", "part_opinion", "agree")
    board = cohandling.board(story.case_id, lead, now=story.now)
    silent = next(row.row for row in board if row.row.department_code == "cgj")
    with db.transaction():
        cohandling.urge(silent.id, actor=lead, now=story.now)
    with pytest.raises(ConflictError), db.transaction():
        cohandling.urge(silent.id, actor=lead, now=story.now)
    with pytest.raises(ConflictError), db.transaction():
        cohandling.proceed(story.case_id, "joint_review", actor=lead, now=story.now)
    story.later(days=14)
    with db.transaction():
        skipped = cohandling.proceed(story.case_id, "joint_review", actor=lead, now=story.now)
    assert sorted(row.department_code for row in skipped) == ["cgj", "xfjy"]
    assert story.waiting() == [("consolidate", "scjg")]


def test_a_stranger_sees_neither_case_nor_task_nor_file() -> None:
    """Another applicant's case number is as good as none."""
    story = Story("medical-device-iii").apply()
    stranger = people.actor_for_login("li.si")
    with pytest.raises(NotFoundError):
        cases.find(story.case.number, stranger)
    material = cases.materials.of_case(story.case)[0]
    with pytest.raises(NotFoundError):
        cases.materials.content(material.id, actor=stranger)
    with pytest.raises(NotFoundError):
        cases.find_public(story.case.number, "WRONG123")


def test_the_record_of_a_case_is_whole_and_shows_a_forged_event() -> None:
    """The chain breaks where somebody got past the database's own guard."""
    story = accepted_device()
    stream = f"case:{story.case_id}"
    assert events.verify(stream) == []
    forged = events.history(story.case_id)[1]
    forged.data = {**forged.data, "number": "forged"}
    with db.session().no_autoflush:
        assert events.seal(forged) != forged.hash
    db.session().rollback()


def test_submitting_twice_gives_the_same_case() -> None:
    """A double click makes one case, one receipt, one set of tasks."""
    story = Story("individual-business").apply()
    actor = people.actor_for_login("zhang.san")
    draft = db.session().scalars(select(Draft).where(Draft.case_id == story.case_id)).one()
    draft_id, before = draft.id, len(events.history(story.case_id))
    with db.transaction():
        again = cases.submit(draft_id, actor=actor, now=story.now)
    assert again.id == story.case_id
    assert [case.id for case in cases.my_cases(actor).rows] == [story.case_id]
    assert len(events.history(story.case_id)) == before
    assert story.waiting() == [("accept", "scjg")]


def test_refused_acceptance_closes_the_case_with_its_notice() -> None:
    """C01(a), (b): told at once; the right agency is named."""
    story = Story("medical-device-iii").apply()
    with pytest.raises(InvalidError) as refusal:
        story.do("wang.clerk", "accept", "not-competent", opinion="属省级权限")
    assert set(refusal.value.fields) == {"agency"}
    story.do(
        "wang.clerk", "accept", "not-competent", opinion="属省级权限", agency="省药品监督管理局"
    )
    assert (story.case.status, story.case.result) == ("closed", "not-competent")
    assert "省药品监督管理局" in str(cases.documents.of_case(story.case)[-1].data["facts"])


def test_a_submitted_draft_takes_no_more_files_and_a_deleted_ones_file_is_gone() -> None:
    """Neither loses a file silently."""
    actor = people.actor_for_login("zhang.san")
    now = Story("individual-business").apply().now
    upload = ("more.pdf", samples.pdf_file())
    with db.transaction():
        draft_id = cases.start_draft("individual-business", actor=actor, now=now).id
    with db.transaction():
        code = cases.required_materials(
            definitions.newest("individual-business"), samples.individual_business()
        )[0].code
        draft = cases.get_draft(draft_id, actor)
        material = cases.materials.add_to_draft(draft, code, upload, actor=actor, now=now)
    with db.transaction():
        cases.delete_draft(draft_id, actor=actor, now=now)
    with pytest.raises(NotFoundError):
        cases.materials.content(material.id, actor=actor)
    submitted = Story("individual-business").apply()
    with db.transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.case_id == submitted.case_id)).one()
        with pytest.raises(ConflictError):
            cases.materials.add_to_draft(draft, code, upload, actor=actor, now=now)
