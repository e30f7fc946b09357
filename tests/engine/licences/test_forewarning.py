"""Before a licence is revoked or forfeited its holder is told, may answer, and may be heard."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from engine import clocks, db, licences, notices, people
from engine.cases import documents
from engine.clock import CIVIL_ZONE
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.licences import Licence, Minutes, Sitting
from engine.models import EndingNotice
from engine.permissions import Actor
from tests.engine.licences.scenes import (
    REASON,
    days,
    end,
    forewarn,
    fresh,
    holder,
    look,
    noon,
    shop,
)
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
#: A Monday; its fifth working day is the next Monday.
TOLD, LAST = date(2026, 6, 1), date(2026, 6, 8)
AFTER = LAST + timedelta(days=1)
SAID = "质量负责人的学历证明在申请时已经提交，请核对。"
CONSIDERED = "所提学历证明经核对不能认定，不予采纳。"
MINUTES = "持证人到场陈述，调查人员出示证据并经质证，双方作了最后陈述。"
CHAIR = "韩主持"


def told(act: str = "revoke", ground: str = "unqualified", **more: str) -> tuple[Story, Licence]:
    story, licence = shop(date(2026, 3, 2))
    forewarn(licence, act, ground, TOLD, **more)
    return story, licence


def by(login: str) -> Actor:
    return people.actor_for_login(login)


def do(act: Any, licence: Licence, *given: Any, login: str, day: date) -> None:
    with db.transaction():
        act(licence.id, *given, actor=by(login), now=noon(day))


def notice_of(licence: Licence) -> EndingNotice:
    found = licences.ending_notice(fresh(licence))
    assert found is not None
    return found


def moment(day: date) -> datetime:
    return datetime.combine(day, time(9, 30), CIVIL_ZONE)


def announced(day: date, asked: date = TOLD) -> tuple[Story, Licence]:
    """A hearing asked for and announced for a day."""
    story, licence = told()
    do(licences.ask_hearing, licence, login="zhang.san", day=asked)
    sitting = Sitting(moment(day), "政务服务中心三楼听证室", CHAIR)
    do(licences.announce_hearing, licence, sitting, login="feng.registrar", day=asked)
    return story, licence


def test_the_holder_is_told_facts_ground_articles_rights_and_until_when() -> None:
    """In a paper, a message and the record; nothing has changed yet."""
    story, licence = told("forfeit", "beyond-scope", article="条例86")
    paper = next(d for d in documents.of_case(story.case) if d.kind == "forfeiture-told")
    words = str(paper.data)
    for word in (REASON, "条例86", "吊销", "2026年6月8日", "要求听证", "不承担", "行政处罚法44"):
        assert word in words, word
    assert (fresh(licence).state, paper.public) == ("valid", True)
    assert paper.id in {one.id for one in licences.papers(licence)}
    event = licences.history(licence)[-1]
    assert (event.type, event.data["notice"]) == ("licence-ending-told", paper.number)
    said = {one.person_id: one for one in notices.of_case(story.case) if one.kind == event.type}
    assert "2026年6月8日" in said[story.case.applicant_id].body_zh
    assert by("feng.registrar").person_id in said


BOTH = [("revoke", "unqualified"), ("forfeit", "beyond-scope")]


@pytest.mark.parametrize(("act", "ground"), BOTH)
def test_nothing_is_decided_before_the_holder_was_told_and_had_time(act: str, ground: str) -> None:
    """Refused with the day; on the day after it goes through, and the paper says how."""
    story, licence = shop(date(2026, 3, 2))
    more = {"article": "条例86"} if act == "forfeit" else {}
    with pytest.raises(ConflictError, match="the holder is told"):
        end(licence, act, ground, TOLD, told=False, **more)
    forewarn(licence, act, ground, TOLD, **more)
    with pytest.raises(ConflictError, match="was told on 1 Jun 2026"):
        forewarn(licence, act, ground, TOLD, **more)
    for day in (TOLD, LAST):
        with pytest.raises(ConflictError, match="until 8 Jun 2026: no decision"):
            end(licence, act, ground, day, told=False, **more)
    assert fresh(licence).state == "valid"
    end(licence, act, ground, AFTER, told=False, **more)
    assert fresh(licence).state == licences.ACTS[act].state
    decision = documents.of_case(story.case)[-1]
    assert "2026年6月1日" in str(decision.data["facts"])
    assert "没有陈述申辩" in str(decision.data["facts"])


def test_withdrawal_and_deregistration_need_no_notice_and_take_none() -> None:
    """They are no answer to a wrong of the holder."""
    _, licence = shop(date(2026, 3, 2))
    with pytest.raises(InvalidError) as refused:
        forewarn(licence, "withdraw", "law-changed", TOLD, compensation="按评估价补偿。")
    assert set(refused.value.fields) == {"act"}
    end(licence, "withdraw", "law-changed", TOLD)
    assert fresh(licence).state == "withdrawn"


def test_another_end_overtakes_a_notice() -> None:
    """The registrar deregisters meanwhile: nothing is left to be decided."""
    _, licence = told()
    row = notice_of(licence).id
    end(licence, "deregister", "entity-ended", TOLD + days(1), "feng.registrar")
    assert licences.ending_notice(fresh(licence)) is None
    assert db.session().get_one(EndingNotice, row).state == "overtaken"


def test_what_is_decided_is_what_was_told() -> None:
    """Another ground, or the other act, asks for a new notice."""
    _, licence = told()
    with pytest.raises(InvalidError) as refused:
        end(licence, "revoke", "fraud", AFTER, told=False)
    assert set(refused.value.fields) == {"ground"}
    with pytest.raises(ConflictError, match="the holder is told"):
        end(licence, "forfeit", "beyond-scope", AFTER, told=False, article="条例86")


def test_the_holder_states_the_case_and_the_decision_answers_it() -> None:
    """More than once while there is time, not after; the head must say what becomes of it."""
    story, licence = told()
    do(licences.state_case, licence, SAID, login="zhang.san", day=TOLD)
    do(licences.state_case, licence, "补充：另附毕业证书。", login="zhang.san", day=LAST)
    with pytest.raises(ConflictError, match="ended on 8 Jun 2026"):
        do(licences.state_case, licence, SAID, login="zhang.san", day=AFTER)
    with pytest.raises(ConflictError, match="ended on 8 Jun 2026"):
        do(licences.ask_hearing, licence, login="zhang.san", day=AFTER)
    said = [one.data["reason"] for one in licences.statements(licence, notice_of(licence))]
    assert said == [SAID, "补充：另附毕业证书。"]
    told_of = {n.person_id for n in notices.of_case(story.case) if n.kind == "licence-case-stated"}
    assert by("qian.head").person_id in told_of
    with pytest.raises(InvalidError) as refused:
        end(licence, "revoke", "unqualified", AFTER, told=False)
    assert set(refused.value.fields) == {"considered"}
    end(licence, "revoke", "unqualified", AFTER, told=False, considered=CONSIDERED)
    assert CONSIDERED in str(documents.of_case(story.case)[-1].data["facts"])
    assert licences.history(licence)[-1].data["considered"] == CONSIDERED


def test_only_the_holder_answers_and_only_with_words() -> None:
    """Not staff, not a stranger, not nothing, not a novel; and only where something was told."""
    _, licence = told()
    with pytest.raises(ForbiddenError, match="holder"):
        do(licences.state_case, licence, SAID, login="wang.clerk", day=TOLD)
    for act in (licences.state_case, licences.ask_hearing):
        given = (SAID,) if act is licences.state_case else ()
        with pytest.raises(NotFoundError):
            do(act, licence, *given, login="li.si", day=TOLD)
    for words in ("", "  短 ", "长" * 4001):
        with pytest.raises(InvalidError) as refused:
            do(licences.state_case, licence, words, login="zhang.san", day=TOLD)
        assert set(refused.value.fields) == {"statement"}
    _, other = shop(date(2026, 3, 3))
    with pytest.raises(ConflictError, match="announced, or it is over"):
        do(licences.state_case, other, SAID, login="zhang.san", day=TOLD)


def test_a_hearing_asked_for_is_held_before_the_decision_and_not_decided_by_its_chair() -> None:
    """Asked once; announced, held with minutes, then decided on them."""
    story, licence = announced(date(2026, 6, 12))
    with pytest.raises(ConflictError, match="asked for a hearing already"):
        do(licences.ask_hearing, licence, login="zhang.san", day=TOLD)
    paper = next(d for d in documents.of_case(story.case) if d.kind == "hearing-notice")
    assert "政务服务中心三楼听证室" in str(paper.data["facts"])
    for day in (AFTER, date(2026, 6, 12)):
        with pytest.raises(ConflictError, match="before it was held"):
            end(licence, "revoke", "unqualified", day, told=False, considered=CONSIDERED)
    minutes = Minutes(MINUTES, signed=True, in_public=True)
    with pytest.raises(ConflictError, match="its time has not come"):
        do(licences.record_hearing, licence, minutes, login="feng.registrar", day=AFTER)
    held = date(2026, 6, 12)
    do(licences.record_hearing, licence, minutes, login="feng.registrar", day=held)
    row = notice_of(licence).id
    with db.transaction() as session:
        session.get_one(EndingNotice, row).hearing_chair = "钱文博"
    with pytest.raises(ForbiddenError, match="presided"):
        end(licence, "revoke", "unqualified", held, told=False, considered=CONSIDERED)
    with db.transaction() as session:
        session.get_one(EndingNotice, row).hearing_chair = CHAIR
    end(licence, "revoke", "unqualified", held, told=False, considered=CONSIDERED)
    words = str(documents.of_case(story.case)[-1].data["facts"])
    assert CHAIR in words
    assert "2026年6月12日" in words
    types = [one.type for one in licences.history(licence)]
    assert types[-4:] == [
        "licence-hearing-asked", "licence-hearing-announced", "licence-hearing-held",
        "licence-revoked",
    ]  # fmt: skip


WRONG_SITTINGS = {
    "too soon": (Sitting(moment(date(2026, 6, 9)), "三楼听证室", CHAIR), "hearing_at"),
    "too late": (Sitting(moment(date(2026, 7, 20)), "三楼听证室", CHAIR), "hearing_at"),
    "no time": (Sitting(None, "三楼听证室", CHAIR), "hearing_at"),
    "no place": (Sitting(moment(date(2026, 6, 12)), "", CHAIR), "hearing_place"),
    "nobody presides": (Sitting(moment(date(2026, 6, 12)), "三楼听证室", " "), "hearing_chair"),
    "who told": (Sitting(moment(date(2026, 6, 12)), "三楼听证室", "钱文博"), "hearing_chair"),
}


def test_a_hearing_is_announced_in_time_by_the_agency_and_led_by_somebody_else() -> None:
    """Seven working days before, within twenty of the request; only when asked for."""
    _, licence = told()
    right = Sitting(moment(date(2026, 6, 12)), "三楼听证室", CHAIR)
    with pytest.raises(ConflictError, match="No hearing was asked for"):
        do(licences.announce_hearing, licence, right, login="feng.registrar", day=TOLD)
    do(licences.ask_hearing, licence, login="zhang.san", day=TOLD)
    with pytest.raises(ForbiddenError, match="head or registrar"):
        do(licences.announce_hearing, licence, right, login="wang.clerk", day=TOLD)
    for what, (sitting, field) in WRONG_SITTINGS.items():
        with pytest.raises(InvalidError) as refused:
            do(licences.announce_hearing, licence, sitting, login="qian.head", day=TOLD)
        assert set(refused.value.fields) == {field}, what
    late = date(2026, 7, 1)
    sitting = Sitting(moment(date(2026, 7, 20)), "三楼听证室", CHAIR)
    do(licences.announce_hearing, licence, sitting, login="qian.head", day=late)
    assert notice_of(licence).hearing_at == moment(date(2026, 7, 20)), "late is better than never"


def test_minutes_are_complete_signed_and_of_a_public_hearing() -> None:
    """What is missing is named at its field; once on record they stay."""
    _, licence = announced(date(2026, 6, 12))
    for minutes, field in (
        (Minutes("短", signed=True, in_public=True), "minutes"),
        (Minutes("长" * 4001, signed=True, in_public=True), "minutes"),
        (Minutes(MINUTES, signed=False, in_public=True), "minutes_signed"),
        (Minutes(MINUTES, signed=True, in_public=False), "held_in_public"),
    ):
        with pytest.raises(InvalidError) as refused:
            do(licences.record_hearing, licence, minutes, login="qian.head", day=date(2026, 6, 12))
        assert set(refused.value.fields) == {field}
    right = Minutes(MINUTES, signed=True, in_public=True)
    do(licences.record_hearing, licence, right, login="qian.head", day=date(2026, 6, 12))
    with pytest.raises(ConflictError, match="it is over"):
        do(licences.record_hearing, licence, right, login="qian.head", day=date(2026, 6, 15))


def test_the_agency_lets_the_matter_rest_and_says_why() -> None:
    """The licence stays; it can be begun anew with a new notice."""
    story, licence = told()
    with pytest.raises(ForbiddenError):
        do(licences.drop, licence, "经核实条件具备。", login="wang.clerk", day=TOLD)
    with pytest.raises(InvalidError):
        do(licences.drop, licence, "无", login="qian.head", day=TOLD)
    do(licences.drop, licence, "经核实条件具备。", login="qian.head", day=AFTER)
    assert fresh(licence).state == "valid"
    kinds = {n.kind for n in notices.of_case(story.case) if n.person_id == holder().person_id}
    assert "licence-ending-dropped" in kinds
    with pytest.raises(ConflictError, match="the holder is told"):
        end(licence, "revoke", "unqualified", AFTER, told=False)
    forewarn(licence, "revoke", "unqualified", AFTER)
    assert clocks.last_day(notice_of(licence).answer_by) > LAST


@pytest.mark.parametrize("asked", [False, True])
def test_the_agency_is_reminded_once_when_the_time_to_answer_is_over(asked: bool) -> None:
    """To decide, or to hold the hearing that was asked for."""
    story, licence = told()
    if asked:
        do(licences.ask_hearing, licence, login="zhang.san", day=TOLD)
    kind = "licence-answer-time-ended"

    def reminders() -> list[str]:
        head = by("qian.head").person_id
        found = [n for n in notices.of_case(story.case) if (n.kind, n.person_id) == (kind, head)]
        return [one.title_zh for one in found]

    look(LAST)
    assert reminders() == []
    for day in (AFTER, AFTER, AFTER + days(3)):
        look(day)
    (said,) = reminders()
    assert ("请组织听证" if asked else "请作出决定") in said
    assert fresh(licence).state == "valid"
