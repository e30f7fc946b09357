"""The four ends of a licence, bars for falsehood and fraud, lapse when nothing was begun."""

from datetime import date, timedelta

import pytest

from engine import cases, db, licences, notices, people
from engine.cases import documents
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.licences import ACTS, GROUNDS, STATES, Ending
from engine.models import LicenceBar
from tests.engine.licences.scenes import (
    REASON,
    at,
    deploy_lapsing,
    end,
    fresh,
    granted,
    look,
    noon,
    shop,
)
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
DAY = date(2026, 6, 1)
ENDS = {
    "withdraw": ("withdrawn", "law-changed", "licence-withdrawn", "行政许可法8"),
    "revoke": ("revoked", "beyond-power", "licence-revoked", "行政许可法69"),
    "forfeit": ("forfeited", "beyond-scope", "licence-forfeited", "条例86"),
    "deregister": ("deregistered", "entity-ended", "licence-deregistered", "行政许可法70"),
}


def test_no_two_ends_share_a_word_in_either_language() -> None:
    """撤回, 撤销, 吊销, 注销: four acts, four states, four papers, told apart everywhere."""
    names = [
        [act.name for act in ACTS.values()],
        [STATES[act.state] for act in ACTS.values()],
        [documents.KINDS[act.document].title for act in ACTS.values()],
    ]
    own = [("撤回", "withdraw"), ("撤销", "revoke"), ("吊销", "forfeit"), ("注销", "deregister")]
    for texts in names:
        for text, (zh, en) in zip(texts, own, strict=True):
            assert zh in text.zh
            assert en in text.en.lower()
            others = [word for pair in own if pair != (zh, en) for word in pair]
            assert not [word for word in others if word in text.zh + text.en.lower()]
    for code, ground in GROUNDS.items():
        assert ground.act in ACTS, code


@pytest.mark.parametrize("act", sorted(ENDS))
def test_an_end_has_its_own_state_document_article_and_notice(act: str) -> None:
    """Recorded with ground and reasons; the holder and the registrar are told."""
    state, ground, document, article = ENDS[act]
    story, licence = shop(date(2026, 3, 2))
    more = {"article": "医疗器械监督管理条例86"} if act == "forfeit" else {}
    end(licence, act, ground, DAY, **more)
    now = fresh(licence)
    assert (now.state, now.ended_on, now.end_ground, now.look_on) == (state, DAY, ground, None)
    paper = next(d for d in documents.of_case(story.case) if d.kind == document)
    words = str(paper.data["facts"])
    assert article in words
    assert REASON in words
    assert licence.number in words
    assert paper.data["remedies"]
    event = licences.history(licence)[-1]
    assert (event.type, event.data["ground"]) == (f"licence-{state}", ground)
    assert event.data["reason"] == REASON
    told = {notice.person_id for notice in notices.of_case(story.case) if notice.kind == event.type}
    registrar = people.actor_for_login("feng.registrar").person_id
    assert {story.case.applicant_id, registrar} <= told


def test_an_ended_licence_is_not_ended_again_only_deregistered_once() -> None:
    """Sent twice, the second is refused; 注销 follows an end and keeps what it was."""
    _, licence = shop(date(2026, 3, 2))
    end(licence, "revoke", "unqualified", DAY)
    for act in ("revoke", "withdraw", "forfeit"):
        with pytest.raises(ConflictError, match="Revoked"):
            end(licence, act, ENDS[act][1], DAY, article="条例86")
    end(licence, "deregister", "after-end", DAY + timedelta(days=1), "feng.registrar")
    now = fresh(licence)
    assert (now.state, now.ended_as, now.ended_on) == ("deregistered", "revoked", DAY)
    with pytest.raises(ConflictError, match="Deregistered"):
        end(licence, "deregister", "after-end", DAY)


WRONG: list[tuple[str, str, dict[str, str], str]] = [
    ("withdraw", "fraud", {}, "ground"),
    ("withdraw", "no-such", {}, "ground"),
    ("revoke", "law-changed", {}, "ground"),
    ("revoke", "abuse", {"reason": "  无 "}, "reason"),
    ("revoke", "abuse", {"reason": "长" * 4001}, "reason"),
    ("withdraw", "law-changed", {"compensation": ""}, "compensation"),
    ("forfeit", "beyond-scope", {}, "article"),
    ("deregister", "after-end", {}, "ground"),
    ("deregister", "term-ended", {}, "ground"),
    ("cancel", "abuse", {}, "act"),
]


def test_a_wrong_ground_or_a_missing_word_is_named_and_nothing_is_decided() -> None:
    """At its field; no event, no paper."""
    story, licence = shop(date(2026, 3, 2))
    before = len(documents.of_case(story.case))
    for act, ground, more, field in WRONG:
        with pytest.raises(InvalidError) as refused:
            end(licence, act, ground, DAY, told=False, **more)
        assert set(refused.value.fields) == {field}, (act, ground)
    assert fresh(licence).state == "valid"
    assert len(documents.of_case(story.case)) == before


def test_only_the_right_post_of_the_right_department_ends_a_licence() -> None:
    """A clerk may not; another department does not even see it; a registrar only deregisters."""
    _, licence = shop(date(2026, 3, 2))
    with pytest.raises(ForbiddenError, match="head"):
        end(licence, "revoke", "abuse", DAY, "wang.clerk", told=False)
    with pytest.raises(ForbiddenError):
        end(licence, "withdraw", "law-changed", DAY, "feng.registrar")
    with pytest.raises(NotFoundError):
        end(licence, "revoke", "abuse", DAY, "cg.head", told=False)
    with pytest.raises(NotFoundError):
        end(licence, "revoke", "abuse", DAY, "li.si", told=False)
    with pytest.raises(ForbiddenError):
        end(licence, "revoke", "abuse", DAY, "zhang.san", told=False)
    with db.transaction():
        assert licences.open_to(licence, people.actor_for_login("wang.clerk")) == []
        registrar = people.actor_for_login("feng.registrar")
        assert licences.open_to(licence, registrar) == ["deregister"]


def test_expiry_is_deregistered_by_its_own_ground() -> None:
    """许可法 70: expired and not renewed."""
    _, licence = granted()
    look(date(2031, 3, 2))
    end(licence, "deregister", "term-ended", date(2031, 3, 10), "feng.registrar")
    now = fresh(licence)
    assert (now.state, now.ended_as, now.ended_on) == (
        "deregistered",
        "expired",
        date(2031, 3, 1),
    )


def test_fraud_bars_from_a_safety_item_for_three_years() -> None:
    """许可法 69, 79: a new application is refused with reason and date until that day."""
    story, licence = granted()
    end(licence, "revoke", "fraud", DAY)
    told = [n for n in notices.of_case(story.case) if n.kind == "applicant-barred"]
    assert "2029年6月1日" in told[0].body_zh
    with pytest.raises(ForbiddenError) as refused:
        at(Story(story.item), date(2029, 5, 31)).apply()
    assert "2029年6月1日" in refused.value.message.zh
    assert "1 Jun 2029" in refused.value.message.en
    assert "行政许可法79" in refused.value.message.zh
    assert set(refused.value.fields) == {"credit_code"}
    assert at(Story(story.item), date(2029, 6, 1)).apply().case.status == "received"


def test_another_company_of_the_same_person_and_another_item_are_not_barred() -> None:
    """The bar is the holder's, for the same item."""
    story, licence = granted()
    end(licence, "revoke", "fraud", DAY)
    other = at(Story(story.item), date(2026, 6, 2)).apply(number=2)
    assert other.case.status == "received"
    assert at(Story("individual-business"), date(2026, 6, 2)).apply().case.status == "received"


def test_false_materials_named_in_a_refusal_bar_for_one_year() -> None:
    """许可法 78: by the item's own reason that says falsehood; any other reason bars nobody."""
    story = through_to_decision()
    story.do("qian.head", "decide", "refuse", reasons=("premises",))
    assert db.session().query(LicenceBar).count() == 0
    story = through_to_decision()
    story.do("qian.head", "decide", "refuse", reasons=("false-materials",))
    with pytest.raises(ForbiddenError, match="1 Jun 2027"):
        at(Story(story.item), date(2027, 5, 31)).apply()
    assert at(Story(story.item), date(2027, 6, 1)).apply().case.status == "received"


def through_to_decision() -> Story:
    """A case of I2 that waits for its decision."""
    story = at(Story("medical-device-iii"), DAY).apply()
    story.do("wang.clerk", "accept", "accept").do("zhao.examiner", "review", "fail")
    return story.do("zhao.examiner", "section_opinion", "propose-refuse")


def test_an_item_that_is_not_about_safety_bars_nobody() -> None:
    """许可法 78, 79 speak of public safety, health, life and property only."""
    _, licence = shop(date(2026, 3, 2))
    end(licence, "revoke", "fraud", DAY)
    assert at(Story("individual-business"), DAY).apply().case.status == "received"


def test_a_licence_lapses_when_works_were_not_begun_in_time() -> None:
    """建筑法 9: void by itself, with notice and document; reminded before."""
    deploy_lapsing()
    story, licence = shop(date(2026, 3, 2))
    assert licence.begin_by == date(2026, 6, 2)
    look(date(2026, 5, 20))
    assert [n.kind for n in notices.of_case(story.case)].count("licence-reminded") == 1
    look(date(2026, 6, 2))
    assert fresh(licence).state == "valid"
    look(date(2026, 6, 3))
    look(date(2026, 6, 3))
    assert fresh(licence).state == "lapsed"
    papers = [d for d in documents.of_case(story.case) if d.kind == "licence-lapsed"]
    assert len(papers) == 1
    assert "建筑法9" in str(papers[0].data["paragraphs"])
    assert "licence-lapsed" in [n.kind for n in notices.of_case(story.case)]
    with pytest.raises(ConflictError, match="Lapsed"):
        end(licence, "revoke", "abuse", DAY)
    end(licence, "deregister", "other-by-law", DAY, article="建筑法9")


def test_works_begun_and_recorded_keep_a_licence_from_lapsing() -> None:
    """By the holder or the agency, once, on a day that can be."""
    deploy_lapsing()
    _, licence = shop(date(2026, 3, 2))
    holder, now = people.actor_for_login("zhang.san"), noon(date(2026, 5, 6))
    for wrong in (date(2026, 3, 1), date(2026, 5, 7)):
        with pytest.raises(InvalidError) as refused, db.transaction():
            licences.record_begun(licence.id, wrong, actor=holder, now=now)
        assert set(refused.value.fields) == {"begun_on"}
    with db.transaction():
        licences.record_begun(licence.id, date(2026, 5, 6), actor=holder, now=now)
    with pytest.raises(ConflictError), db.transaction():
        licences.record_begun(licence.id, date(2026, 5, 6), actor=holder, now=now)
    look(date(2026, 12, 1))
    assert fresh(licence).state == "valid"
    assert licences.history(licence)[-1].type == "works-begun"


def test_more_time_to_begin_is_given_twice_three_months_at_most() -> None:
    """建筑法 9: with a document; a third time, a longer time and a late request are refused."""
    deploy_lapsing()
    story, licence = shop(date(2026, 3, 2))
    head, now = people.actor_for_login("qian.head"), noon(date(2026, 5, 6))
    with pytest.raises(InvalidError) as refused, db.transaction():
        licences.give_more_time(licence.id, 4, "短", actor=head, now=now)
    assert set(refused.value.fields) == {"months", "reason"}
    clerk = people.actor_for_login("wang.clerk")
    with pytest.raises(ForbiddenError), db.transaction():
        licences.give_more_time(licence.id, 3, "施工图需要调整", actor=clerk, now=now)
    for _ in range(2):
        with db.transaction():
            licences.give_more_time(licence.id, 3, "施工图需要调整", actor=head, now=now)
    assert fresh(licence).begin_by == date(2026, 12, 2)
    with pytest.raises(ConflictError), db.transaction():
        licences.give_more_time(licence.id, 1, "施工图需要调整", actor=head, now=now)
    issued = [d for d in documents.of_case(story.case) if d.kind == "begin-extended"]
    assert len(issued) == 2
    look(date(2026, 12, 2))
    assert fresh(licence).state == "valid"
    look(date(2026, 12, 3))
    assert fresh(licence).state == "lapsed"


def test_nothing_can_be_begun_where_nothing_must() -> None:
    """I2 has no such rule."""
    _, licence = granted()
    holder = people.actor_for_login("zhang.san")
    with pytest.raises(ConflictError), db.transaction():
        licences.record_begun(licence.id, DAY, actor=holder, now=noon(DAY))
    ending = Ending("revoke", "abuse", REASON)
    with pytest.raises(NotFoundError), db.transaction():
        licences.end(987654, ending, actor=people.actor_for_login("qian.head"), now=noon(DAY))


def test_staff_find_licences_by_number_holder_and_name_within_their_departments() -> None:
    """Supervisors see all; others theirs; the state is that of the day asked."""
    _, licence = granted()
    head = people.actor_for_login("qian.head")
    wanted = [licence.number, licence.holder_id.lower(), "康健医疗"]
    with db.transaction():
        for text in wanted:
            found = cases.licensing.search(head, licences.Wanted(text=text), now=noon(DAY))
            assert [row.id for row in found.rows] == [licence.id]
        for login, count in (("jc.he", 1), ("cg.head", 0), ("zhang.san", 1), ("li.si", 0)):
            actor = people.actor_for_login(login)
            found = cases.licensing.search(actor, licences.Wanted(), now=noon(DAY))
            assert len(found.rows) == count, login
        late = noon(date(2031, 6, 1))
        for state, count in (("valid", 0), ("expired", 1)):
            found = cases.licensing.search(head, licences.Wanted(state=state), now=late)
            assert len(found.rows) == count
        other = licences.Wanted(text="不存在的公司")
        assert cases.licensing.search(head, other, now=late).rows == []
        with pytest.raises(InvalidError):
            cases.licensing.search(head, licences.Wanted(at="x"), now=late)
