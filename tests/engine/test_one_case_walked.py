"""One case through the whole legal clock, every day of it counted by hand beside the test.

The calendar is that of 2026: 15 to 23 February, 4 to 6 April and 1 to 5 May are holidays, Saturday
14 and Saturday 28 February are worked. Counted as law.md 4.1 says: the first day is day 0, make-up
days count, and of a stop its first day is used while the days after it, up to its last, are not.
The item is a class III device licence: told something within 5 working days, decided within 20 by
law and 14 by promise, handed over within 10.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from engine import clocks, db, documents, events, notices, people, supervision
from engine.cases import clockface, extending, lapsing, stopping
from engine.errors import ConflictError, ForbiddenError
from engine.models import Card, ClockStop
from tests.engine.clockwork import act, at, kinds
from tests.engine.supervision import scenes
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]

#: Of one limit: what it is called, the day it ends, and how that day came about.
Hand = tuple[str, str, str, str]
ACCEPT, REVIEW = "Receipt and acceptance", "Review of the papers"
VISIT, OPINION, DECISION = "On-site check", "Section's opinion", "Decision"
DELIVERY = "Issue and deliver the licence"
EXPERTS = stopping.Asking("expert-review", 5, "需组织专家评审库房温控方案")
TO_CORRECT = {
    "kind": "field",
    "target": "head",
    "label_zh": "企业负责人姓名",
    "label_en": "Head",
    "reason": "与身份证件不一致",
}


def hands(story: Story) -> dict[str, Hand]:
    """Every limit of the case, by what it is of; the same for its applicant and for staff."""
    found = clockface.hands(story.case, people.actor_for_login("wang.clerk"))
    assert found == clockface.hands(story.case, people.actor_for_login("zhang.san"))
    assert not any(hand.provisional for hand in found)
    told = {
        hand.code: (
            hand.name.zh,
            clocks.last_day(hand.due_at).isoformat() if hand.due_at else "",
            hand.words.zh,
            hand.words.en,
        )
        for hand in found
    }
    assert len(told) == len(found)
    return told


def cards(story: Story) -> dict[str, tuple[str, str, str]]:
    """Level, state and day to answer by of each signal and card, by its step or its cause."""
    return {
        one.step_en if one.cause == "step" else one.cause: (
            one.level,
            one.state,
            clocks.last_day(one.answer_by).isoformat() if one.answer_by else "",
        )
        for one in supervision.of_case(story.case)
    }


def card(story: Story, name: str) -> Card:
    """The card of a step or a cause."""
    found = supervision.of_case(story.case)
    return next(one for one in found if name == (one.step_en if one.cause == "step" else one.cause))


def until(story: Story, when: str) -> Story:
    """Let time pass; the worker looks at ten each morning, on Sundays too."""
    end = at(when)
    for morning in _mornings(story.now, end):
        story.now = morning
        with db.transaction():
            lapsing.lapse(story.now)
        scenes.supervise(story.now)
    story.now = end
    return story


def _mornings(after: datetime, end: datetime) -> Iterator[datetime]:
    morning = after.replace(hour=10, minute=0)
    while morning <= end:
        if morning > after:
            yield morning
        morning += timedelta(days=1)


def on_card(story: Story, name: str, login: str, doing: str, **more: object) -> None:
    """Somebody does something on a card."""
    scenes.act(login, doing, card(story, name), story.now, **more)


def test_one_case_is_walked_through_every_limit_of_the_law() -> None:
    """Receipt, correction, acceptance, stop, extension, cards, appeal, decision, delivery."""
    story = Story("medical-device-iii", at=at("2026-02-12T10:00")).apply()
    for stage in STAGES:
        stage(story)
    assert events.verify(f"case:{story.case_id}") == []


def received(story: Story) -> None:
    """Thursday 12 February: five working days to be told something, one for the window."""
    assert hands(story) == {
        # 13 Fri 1, 14 Sat (worked) 2, 15 to 23 holidays (six of them weekdays), 24 Tue 3,
        # 25 Wed 4, 26 Thu 5
        "receipt": (
            "告知补正或受理",
            "2026-02-26",
            "2月12日起算，5个工作日（已跳过周末和6天节假日，含1个调休上班日），至2月26日",
            (
                "Counted from 12 Feb: 5 working days (weekends and 6 public holidays skipped, "
                "1 make-up working day counted), until 26 Feb"
            ),
        ),
        # 13 Fri 1
        "step": (
            "收件与受理",
            "2026-02-13",
            "2月12日起算，1个工作日，至2月13日",
            "Counted from 12 Feb: 1 working day, until 13 Feb",
        ),
    }
    assert cards(story) == {}


def corrected(story: Story) -> None:
    """Friday the notice, Tuesday 24 February the corrections: the five days begin anew."""
    until(story, "2026-02-13T09:00").do("wang.clerk", "accept", "correct", corrections=[TO_CORRECT])
    # Between the notice and its answer no limit of the authority runs, and the item sets the
    # applicant none.
    assert hands(story) == {}
    until(story, "2026-02-24T11:00")
    story.do("zhang.san", "correct_application", "submitted", answers={"head": "何敏敏"})
    assert hands(story) == {
        # 25 Wed 1, 26 Thu 2, 27 Fri 3, 28 Sat (worked) 4, 2 March Mon 5
        "receipt": (
            "告知补正或受理",
            "2026-03-02",
            "2月24日起算，5个工作日（含1个调休上班日），至3月2日",
            "Counted from 24 Feb: 5 working days (1 make-up working day counted), until 2 Mar",
        ),
        # 25 Wed 1
        "step": (
            "收件与受理",
            "2026-02-25",
            "2月24日起算，1个工作日，至2月25日",
            "Counted from 24 Feb: 1 working day, until 25 Feb",
        ),
    }
    assert cards(story) == {}


def accepted(story: Story) -> None:
    """Wednesday 25 February: both clocks of the case begin, and the three days of the review."""
    until(story, "2026-02-25T15:00").do("wang.clerk", "accept", "accept")
    assert hands(story) == {
        # 26 1, 27 2, 28 Sat (worked) 3; March: 2 4, 3 5, 4 6, 5 7, 6 8, 9 9, 10 10, 11 11, 12 12,
        # 13 13, 16 Mon 14
        "promised": (
            "承诺期限",
            "2026-03-16",
            "2月25日起算，14个工作日（含1个调休上班日），至3月16日",
            "Counted from 25 Feb: 14 working days (1 make-up working day counted), until 16 Mar",
        ),
        # 17 15, 18 16, 19 17, 20 18, 23 19, 24 Tue 20
        "statutory": (
            "法定期限",
            "2026-03-24",
            "2月25日起算，20个工作日（含1个调休上班日），至3月24日",
            "Counted from 25 Feb: 20 working days (1 make-up working day counted), until 24 Mar",
        ),
        # 26 1, 27 2, 28 Sat (worked) 3
        "step": (
            "书面审查",
            "2026-02-28",
            "2月25日起算，3个工作日（含1个调休上班日），至2月28日",
            "Counted from 25 Feb: 3 working days (1 make-up working day counted), until 28 Feb",
        ),
    }
    # The window had used its one day that morning.
    assert cards(story) == {ACCEPT: ("notice", "noted", "")}


def stopped(story: Story) -> None:
    """Thursday 26 February: five working days of expert review, planned to 4 March."""
    stop = act(
        stopping.ask_stop, story.case_id, EXPERTS, login="zhao.examiner",
        story=until(story, "2026-02-26T09:00"),
    )  # fmt: skip
    act(stopping.approve_stop, stop.id, login="qian.head", story=until(story, "2026-02-26T14:00"))
    # 27 Fri 1, 28 Sat (worked) 2, 2 March 3, 3 4, 4 Wed 5
    planned = db.session().get_one(ClockStop, stop.id).planned_end_at
    assert planned is not None
    assert clocks.last_day(planned).isoformat() == "2026-03-04"
    zh = "其间2月26日至3月4日（专家评审，许可法第45条）停止计时，5个工作日不计，"
    en = (
        "5 working days not counted while the clock was stopped 26 Feb to 4 Mar "
        "(expert review, Licensing Law art. 45)"
    )
    assert hands(story) == {
        # 26 Feb 1 (the stop's first day is used); 5 March 2, 6 3, 9 4, 10 5, 11 6, 12 7, 13 8,
        # 16 9, 17 10, 18 11, 19 12, 20 13, 23 Mon 14
        "promised": (
            "承诺期限",
            "2026-03-23",
            f"2月25日起算，14个工作日，{zh}至3月23日",
            f"Counted from 25 Feb: 14 working days, {en}, until 23 Mar",
        ),
        # 24 15, 25 16, 26 17, 27 18, 30 19, 31 Tue 20
        "statutory": (
            "法定期限",
            "2026-03-31",
            f"2月25日起算，20个工作日，{zh}至3月31日",
            f"Counted from 25 Feb: 20 working days, {en}, until 31 Mar",
        ),
        # 26 Feb 1, 5 March 2, 6 Fri 3
        "step": (
            "书面审查",
            "2026-03-06",
            f"2月25日起算，3个工作日，{zh}至3月6日",
            f"Counted from 25 Feb: 3 working days, {en}, until 6 Mar",
        ),
    }
    assert cards(story) == {ACCEPT: ("notice", "settled", "")}


def resumed(story: Story) -> None:
    """Tuesday 3 March the review is over, a day before its time: counting goes on on the 4th."""
    until(story, "2026-03-03T16:00")
    assert cards(story)["stop"] == ("warning", "noted", "")  # 3 March: one of its five days left
    (stop,) = db.session().query(ClockStop).filter_by(case_id=story.case_id)
    act(stopping.end_stop, stop.id, login="zhao.examiner", story=story)
    zh = "其间2月26日至3月3日（专家评审，许可法第45条）停止计时，4个工作日不计，"
    en = (
        "4 working days not counted while the clock was stopped 26 Feb to 3 Mar "
        "(expert review, Licensing Law art. 45)"
    )
    assert hands(story) == {
        # 26 Feb 1; not 27, 28, 2, 3; 4 March 2, 5 3, 6 4, 9 5, 10 6, 11 7, 12 8, 13 9, 16 10,
        # 17 11, 18 12, 19 13, 20 Fri 14
        "promised": (
            "承诺期限",
            "2026-03-20",
            f"2月25日起算，14个工作日，{zh}至3月20日",
            f"Counted from 25 Feb: 14 working days, {en}, until 20 Mar",
        ),
        # 23 15, 24 16, 25 17, 26 18, 27 19, 30 Mon 20
        "statutory": (
            "法定期限",
            "2026-03-30",
            f"2月25日起算，20个工作日，{zh}至3月30日",
            f"Counted from 25 Feb: 20 working days, {en}, until 30 Mar",
        ),
        # 26 Feb 1, 4 March 2, 5 Thu 3
        "step": (
            "书面审查",
            "2026-03-05",
            f"2月25日起算，3个工作日，{zh}至3月5日",
            f"Counted from 25 Feb: 3 working days, {en}, until 5 Mar",
        ),
    }


def warned(story: Story) -> None:
    """On its last day the review has a notice; nothing is late yet."""
    until(story, "2026-03-05T12:00")
    assert cards(story) == {
        ACCEPT: ("notice", "settled", ""),
        "stop": ("warning", "settled", ""),
        REVIEW: ("notice", "noted", ""),
    }


def yellow(story: Story) -> None:
    """Friday 6 March the review is over its time: a yellow card, to be answered in three days."""
    until(story, "2026-03-06T12:00")
    # 9 Mon 1, 10 2, 11 Wed 3
    assert cards(story)[REVIEW] == ("yellow", "issued", "2026-03-11")
    told = [one for one in notices.of_case(story.case) if one.kind == "card-yellow"]
    number = story.case.number
    assert {(one.body_zh, one.body_en) for one in told} == {
        (
            f"办件{number}“书面审查”，环节时限。请在2026年3月11日前答复或申诉。",
            f"Case {number} “{REVIEW}”, Limit of a step. Please answer or appeal by 11 Mar 2026.",
        )
    }
    seen = card(story, REVIEW).evidence[-1]
    assert seen["standing"] == {"used": 4, "total": 3, "percent": 133, "left": -1, "over": 1}
    assert clocks.explanation(seen["due_facts"]).zh.endswith("4个工作日不计，至3月5日")


def answered(story: Story) -> None:
    """Monday the unit answers and the review is done; Tuesday the answer is verified."""
    until(story, "2026-03-09T09:00")
    on_card(story, REVIEW, "chen.leader", "answer")
    story.do("zhao.examiner", "review", "pass")
    # 10 Tue 1, 11 2, 12 3, 13 Fri 4
    assert hands(story)["step"] == (
        "现场核查",
        "2026-03-13",
        "3月9日起算，4个工作日，至3月13日",
        "Counted from 9 Mar: 4 working days, until 13 Mar",
    )
    on_card(until(story, "2026-03-10T09:00"), REVIEW, "jc.he", "verify", sound=True)
    assert cards(story)[REVIEW] == ("yellow", "verified", "2026-03-11")


def examined(story: Story) -> None:
    """The visit on Friday 13 March, the section's opinion on Tuesday the 17th: both in time."""
    until(story, "2026-03-13T15:00")
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", "pass")
    # 16 Mon 1, 17 Tue 2
    assert hands(story)["step"] == (
        "科室审核",
        "2026-03-17",
        "3月13日起算，2个工作日，至3月17日",
        "Counted from 13 Mar: 2 working days, until 17 Mar",
    )
    until(story, "2026-03-17T15:00").do("zhao.examiner", "section_opinion", "propose-grant")
    # 18 Wed 1, 19 Thu 2
    assert hands(story)["step"] == (
        "许可决定",
        "2026-03-19",
        "3月17日起算，2个工作日，至3月19日",
        "Counted from 17 Mar: 2 working days, until 19 Mar",
    )
    # 10 of the 14 promised days are used on the 16th: 71 %
    assert cards(story)["promise"] == ("notice", "noted", "")


def extended(story: Story) -> None:
    """Wednesday 18 March the head extends the statutory limit by ten days; the promise stays."""
    longer = (story.case_id, 10, "案情复杂，需进一步论证")
    until(story, "2026-03-18T11:00")
    with pytest.raises(ForbiddenError):
        act(extending.extend, *longer, login="zhao.examiner", story=story)
    promised = hands(story)["promised"]
    act(extending.extend, *longer, login="qian.head", story=story)
    # 30 March 20, 31 21; April: 1 22, 2 23, 3 24, 4 to 6 Qingming (Monday the 6th a weekday),
    # 7 25, 8 26, 9 27, 10 28, 13 29, 14 Tue 30
    words = (
        (
            "2月25日起算，30个工作日（已跳过周末和1天节假日），其间2月26日至3月3日"
            "（专家评审，许可法第45条）停止计时，4个工作日不计，至4月14日（含依法延长的10个工作日）"
        ),
        (
            "Counted from 25 Feb: 30 working days (weekends and 1 public holiday skipped), "
            "4 working days not counted while the clock was stopped 26 Feb to 3 Mar "
            "(expert review, Licensing Law art. 45), until 14 Apr "
            "(with 10 working days of lawful extension)"
        ),
    )
    assert hands(story)["statutory"] == ("法定期限", "2026-04-14", *words)
    assert hands(story)["promised"] == promised
    paper = documents.of_case(story.case)[-1]
    assert (paper.kind, paper.data["facts"][-1][1]) == ("extension", list(words))
    with pytest.raises(ConflictError):
        act(extending.extend, *longer, login="qian.head", story=story)


def promise_broken(story: Story) -> None:
    """Thursday a warning, from Saturday the 21st the promise is broken: reasons, answer, closed."""
    until(story, "2026-03-20T12:00")
    # 13 of 14 days were used on the 19th: 93 %; the 20th is the last day, still kept
    assert cards(story)["promise"] == ("warning", "noted", "")
    # 23 Mon 1, 24 2, 25 Wed 3, counted from Friday the 20th
    assert cards(story)[DECISION] == ("yellow", "issued", "2026-03-25")
    until(story, "2026-03-23T15:00")
    # the same days, counted from Saturday the 21st
    assert cards(story)["promise"] == ("yellow", "issued", "2026-03-25")
    # Reasons within a working day of the 21st: Monday the 23rd
    act(supervision.explain_overdue, story.case_id, scenes.WORDS, login="wang.clerk", story=story)
    until(story, "2026-03-24T09:00")
    for name in (DECISION, "promise"):
        on_card(story, name, "chen.leader", "answer")
    until(story, "2026-03-25T09:00")
    for name in (DECISION, "promise"):
        on_card(story, name, "jc.he", "verify", sound=True)
        assert cards(story)[name] == ("yellow", "verified", "2026-03-25")
    assert "explanation" not in cards(story)


def red(story: Story) -> None:
    """14 April is the last lawful day; on the 15th the red card comes by itself."""
    assert "statutory" not in cards(until(story, "2026-04-14T12:00"))
    until(story, "2026-04-15T12:00")
    # 16 Thu 1, 17 2, 20 Mon 3: to answer, and to appeal
    assert cards(story)["statutory"] == ("red", "issued", "2026-04-20")
    found = card(story, "statutory")
    assert clocks.last_day(supervision.appeal_until(found)).isoformat() == "2026-04-20"
    # 26 Feb 1, 4 March 2 … 14 April 30 (above), 15 April 31
    assert found.evidence[-1]["standing"] == {
        "used": 31, "total": 30, "percent": 103, "left": -1, "over": 1,
    }  # fmt: skip
    assert hands(story)["statutory"][1] == "2026-04-14"


def appealed(story: Story) -> None:
    """Thursday the appeal, Friday 17 April it fails: three more days to answer, no second one."""
    on_card(until(story, "2026-04-16T15:00"), "statutory", "chen.leader", "appeal")
    assert cards(story)["statutory"] == ("red", "appealed", "2026-04-20")
    on_card(until(story, "2026-04-17T10:30"), "statutory", "jc.he", "uphold")
    # 20 Mon 1, 21 2, 22 Wed 3
    assert cards(story)["statutory"] == ("red", "issued", "2026-04-22")
    with pytest.raises(ConflictError):
        on_card(story, "statutory", "chen.leader", "appeal")
    on_card(until(story, "2026-04-20T09:00"), "statutory", "chen.leader", "answer")
    on_card(until(story, "2026-04-20T15:00"), "statutory", "jc.he", "verify", sound=True)


def decided(story: Story) -> None:
    """Monday 20 April it is granted, late: ten working days to hand the licence over."""
    until(story, "2026-04-20T16:00").do("qian.head", "decide", "grant")
    # 21 1, 22 2, 23 3, 24 4, 27 5, 28 6, 29 7, 30 8, 1 to 5 May holidays (Friday, Monday and
    # Tuesday are weekdays), 6 Wed 9, 7 Thu 10
    words = (
        "2026-05-07",
        "4月20日起算，10个工作日（已跳过周末和3天节假日），至5月7日",
        (
            "Counted from 20 Apr: 10 working days (weekends and 3 public holidays skipped), "
            "until 7 May"
        ),
    )
    assert hands(story) == {"delivery": ("送达期限", *words), "step": ("制证送达", *words)}


def delivered(story: Story) -> None:
    """Wednesday 6 May it is handed over, on the ninth of ten days."""
    until(story, "2026-05-06T15:00")
    # 7 of 10 days were used on 29 April: 70 %
    assert cards(story)[DELIVERY] == ("notice", "noted", "")
    story.do("feng.registrar", "deliver_licence", "delivered")
    assert hands(story) == {}
    assert (story.case.status, story.case.result) == ("closed", "granted")
    until(story, "2026-06-08T12:00")
    assert cards(story) == {
        ACCEPT: ("notice", "settled", ""),
        "stop": ("warning", "settled", ""),
        REVIEW: ("yellow", "verified", "2026-03-11"),
        VISIT: ("notice", "settled", ""),
        OPINION: ("notice", "settled", ""),
        DECISION: ("yellow", "verified", "2026-03-25"),
        "promise": ("yellow", "verified", "2026-03-25"),
        "statutory": ("red", "verified", "2026-04-22"),
        DELIVERY: ("notice", "settled", ""),
    }
    assert kinds(story) == [
        "receipt", "correction", "acceptance", "clock-stop", "extension", "granted", "licence",
    ]  # fmt: skip


STAGES: tuple[Callable[[Story], None], ...] = (
    received, corrected, accepted, stopped, resumed, warned, yellow, answered, examined, extended,
    promise_broken, red, appealed, decided, delivered,
)  # fmt: skip
