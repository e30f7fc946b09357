"""Cases of the demo city: enough to look at in every inbox, on every board, in every state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from engine import cases, clocks, people
from engine.clock import CIVIL_ZONE, civil_date
from engine.workdays import workdays_before
from tools.stories import Story

CORRECTIONS = [
    {
        "kind": "field",
        "target": "premises_address",
        "label_zh": "经营场所地址",
        "label_en": "Address of the premises",
        "reason": "与房屋产权证明记载的门牌号不一致，请更正。",
    },
    {
        "kind": "field",
        "target": "contact_phone",
        "label_zh": "联系电话",
        "label_en": "Telephone",
        "reason": "电话无法接通，请填写有效号码。",
    },
]
RECTIFY = "库房温湿度监测记录缺失，请补齐近一个月记录\n不合格品区未设明显标识，请整改"


@dataclass(frozen=True)
class _Telling:
    """One case to be told: on which day it began, and when the telling is."""

    number: int
    #: the morning of the working day on which it began
    began: datetime
    now: datetime

    def apply(self, item: str, applicant: str = "zhang.san") -> Story:
        """Let the application come in that morning."""
        return Story(item, applicant, at=self.began).apply(number=self.number)

    def on(self, story: Story, days: int, clock: str = "10:20") -> Story:
        """Go on so many working days after the first, at a time of the city's clock."""
        day = civil_date(self.began)
        for _ in range(days):
            day = clocks.calendar().next_workday(day)
        story.now = datetime.combine(day, time.fromisoformat(clock), CIVIL_ZONE)
        return story


def seed(*, now: datetime) -> int:
    """Play the demo cases unless there are cases already; returns how many were played.

    Most units keep their limits: some work is near its end, one decision and one department are
    late. Whatever day and hour it is, all of it lies before now.
    """
    applicant = people.actor_for_login("zhang.san")
    if cases.my_cases(applicant).total:
        return 0
    for number, (days, tell) in enumerate(STORIES, start=1):
        tell(_Telling(number, _morning(now, days), now))
    return len(STORIES)


def _morning(now: datetime, days: int) -> datetime:
    """Return 9:12 of the day so many working days ago."""
    day = workdays_before(clocks.calendar(), civil_date(now), days).due
    return datetime.combine(day, time(9, 12), CIVIL_ZONE)


def _moments_ago(told: _Telling, item: str, minutes: int, applicant: str = "zhang.san") -> None:
    at = told.now - timedelta(minutes=minutes)
    Story(item, applicant, at=at).apply(number=told.number)


def _fresh_device(told: _Telling) -> None:
    _moments_ago(told, "medical-device-iii", 70)


def _fresh_business(told: _Telling) -> None:
    _moments_ago(told, "individual-business", 12, "li.si")


def _newest_device(told: _Telling) -> None:
    _moments_ago(told, "medical-device-iii", 5)


def _device(told: _Telling) -> Story:
    return told.apply("medical-device-iii").later(hours=5).do("wang.clerk", "accept", "accept")


def _reviewed(told: _Telling, days: int = 2) -> Story:
    return told.on(_device(told), days).do("zhao.examiner", "review", "pass")


def _in_review(told: _Telling) -> None:
    _device(told)


def _on_site(told: _Telling) -> None:
    _reviewed(told)


def _half_signed(told: _Telling) -> None:
    story = told.on(_reviewed(told, 1), 2)
    story.do("sun.inspector", "site_check", "pass", opinion="现场与申请材料一致。")


def _rectifying(told: _Telling) -> None:
    story = told.on(_reviewed(told), 3)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", "rectify", opinion=RECTIFY)


def _to_decide(told: _Telling) -> Story:
    story = _reviewed(told).later(hours=4)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", "pass", opinion="符合要求。")
    return told.on(story, 3, "15:40").do("zhao.examiner", "section_opinion", "propose-grant")


def _awaiting_head(told: _Telling) -> None:
    _to_decide(told)


def _granted(told: _Telling) -> None:
    story = told.on(_to_decide(told), 4).do("qian.head", "decide", "grant")
    told.on(story, 5).do("feng.registrar", "deliver_licence", "delivered")


def _refused(told: _Telling) -> None:
    reasons = "质量负责人不具备规定的学历或职称，不符合《医疗器械经营监督管理办法》第九条。"
    story = told.on(_to_decide(told), 4).do("qian.head", "decide", "refuse", opinion=reasons)
    told.on(story, 5).do("wang.clerk", "deliver_refusal", "delivered")


def _correcting(told: _Telling) -> None:
    story = told.apply("individual-business").later(minutes=20)
    story.do("li.clerk", "accept", "correct", corrections=CORRECTIONS)


def _registered(told: _Telling) -> None:
    story = told.apply("individual-business", "li.si").later(minutes=20)
    story.do("wang.clerk", "accept", "accept")
    story.later(minutes=25).do("feng.registrar", "decide", "grant")
    story.later(minutes=10).do("li.clerk", "deliver_licence", "delivered")


def _restaurant(told: _Telling) -> Story:
    story = told.apply("restaurant-opening", "li.si").later(hours=2)
    return story.do("wang.clerk", "accept", "accept")


def _asked(told: _Telling) -> None:
    story = told.on(_restaurant(told), 1).do("zhao.examiner", "part_opinion", "agree")
    told.on(story, 2).do("xf.zheng", "part_opinion", "agree", opinion="安全出口满足要求。")


def _disagreed(told: _Telling) -> None:
    story = _restaurant(told)
    story.now = told.now - timedelta(minutes=30)
    opinion = "招牌高度超出街区设置导则0.2米，建议调整后再设。"
    story.do("cg.wu", "part_opinion", "disagree", opinion=opinion)
    story.do("xf.zheng", "part_opinion", "agree", opinion="安全出口满足要求。")
    story.do("zhao.examiner", "part_opinion", "agree")


def _deciding_parts(told: _Telling) -> None:
    story = told.on(_restaurant(told), 3)
    for login in ("cg.wu", "xf.zheng", "zhao.examiner"):
        story.do(login, "part_opinion", "agree")
    story.later(hours=1).do("zhao.examiner", "consolidate", "go-on")
    told.on(story, 6)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "joint_visit", "recorded")
    told.on(story, 7).do("qian.head", "decide_part", "grant")


#: (working days ago, what happened since)
STORIES: tuple[tuple[int, Callable[[_Telling], None]], ...] = (
    (20, _granted),
    (17, _refused),
    (7, _awaiting_head),
    (3, _in_review),
    (5, _on_site),
    (4, _half_signed),
    (5, _rectifying),
    (2, _correcting),
    (1, _registered),
    (1, _disagreed),
    (8, _deciding_parts),
    (5, _asked),
    (0, _fresh_device),
    (0, _fresh_business),
    (0, _newest_device),
)
