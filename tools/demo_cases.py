"""Cases of the demo city: enough to look at in every inbox, on every board, in every state."""

from collections.abc import Callable
from datetime import datetime, timedelta

from engine import cases, people
from engine.clock import CIVIL_ZONE
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


def seed(*, now: datetime) -> int:
    """Play the demo cases unless there are cases already; returns how many were played."""
    applicant = people.actor_for_login("zhang.san")
    if cases.my_cases(applicant).total:
        return 0
    for number, (days, tell) in enumerate(STORIES, start=1):
        tell(_begun(now - timedelta(days=days), days), number)
    return len(STORIES)


def _begun(at: datetime, days: float) -> datetime:
    """Let cases of past days begin in the morning; those of today began as long ago as they say."""
    if days < 1:
        return at
    return at.astimezone(CIVIL_ZONE).replace(hour=9, minute=12)


def _fresh_device(at: datetime, number: int) -> None:
    Story("medical-device-iii", at=at).apply(number=number)


def _device(at: datetime, number: int) -> Story:
    story = Story("medical-device-iii", at=at).apply(number=number)
    return story.later(hours=5).do("wang.clerk", "accept", "accept")


def _in_review(at: datetime, number: int) -> None:
    _device(at, number)


def _on_site(at: datetime, number: int) -> None:
    _device(at, number).later(days=2).do("zhao.examiner", "review", "pass")


def _half_signed(at: datetime, number: int) -> None:
    story = _device(at, number).later(days=1).do("zhao.examiner", "review", "pass")
    story.later(days=1).do("sun.inspector", "site_check", "pass", opinion="现场与申请材料一致。")


def _rectifying(at: datetime, number: int) -> None:
    story = _device(at, number).later(days=2).do("zhao.examiner", "review", "pass")
    story.later(hours=2)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", "rectify", opinion=RECTIFY)


def _to_decide(at: datetime, number: int) -> Story:
    story = _device(at, number).later(days=2).do("zhao.examiner", "review", "pass")
    story.later(hours=3)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", "pass", opinion="符合要求。")
    return story.later(days=1).do("zhao.examiner", "section_opinion", "propose-grant")


def _awaiting_head(at: datetime, number: int) -> None:
    _to_decide(at, number)


def _granted(at: datetime, number: int) -> None:
    story = _to_decide(at, number).later(days=1).do("qian.head", "decide", "grant")
    story.later(days=1).do("feng.registrar", "deliver_licence", "delivered")


def _refused(at: datetime, number: int) -> None:
    reasons = "质量负责人不具备规定的学历或职称，不符合《医疗器械经营监督管理办法》第九条。"
    story = _to_decide(at, number).later(days=1)
    story.do("qian.head", "decide", "refuse", opinion=reasons)


def _correcting(at: datetime, number: int) -> None:
    story = Story("individual-business", at=at).apply(number=number)
    story.later(hours=3).do("li.clerk", "accept", "correct", corrections=CORRECTIONS)


def _fresh_business(at: datetime, number: int) -> None:
    Story("individual-business", "li.si", at=at).apply(number=number)


def _registered(at: datetime, number: int) -> None:
    story = Story("individual-business", "li.si", at=at).apply(number=number)
    story.later(minutes=20).do("wang.clerk", "accept", "accept")
    story.later(minutes=25).do("feng.registrar", "decide", "grant")
    story.later(minutes=10).do("li.clerk", "deliver_licence", "delivered")


def _restaurant(at: datetime, number: int) -> Story:
    story = Story("restaurant-opening", "li.si", at=at).apply(number=number)
    return story.later(hours=3).do("wang.clerk", "accept", "accept")


def _asked(at: datetime, number: int) -> None:
    _restaurant(at, number).later(days=1).do("zhao.examiner", "part_opinion", "agree")


def _disagreed(at: datetime, number: int) -> None:
    story = _restaurant(at, number).later(days=1)
    opinion = "招牌高度超出街区设置导则0.2米，建议调整后再设。"
    story.do("cg.wu", "part_opinion", "disagree", opinion=opinion)
    story.do("xf.zheng", "part_opinion", "agree", opinion="安全出口满足要求。")
    story.do("zhao.examiner", "part_opinion", "agree")


def _deciding_parts(at: datetime, number: int) -> None:
    story = _restaurant(at, number).later(days=1)
    for login in ("cg.wu", "xf.zheng", "zhao.examiner"):
        story.do(login, "part_opinion", "agree")
    story.later(hours=2).do("zhao.examiner", "consolidate", "go-on")
    story.later(days=1)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "joint_visit", "recorded")
    story.later(hours=4).do("qian.head", "decide_part", "grant")


#: (days ago, what happened since)
STORIES: tuple[tuple[float, Callable[[datetime, int], None]], ...] = (
    (30, _granted),
    (26, _refused),
    (16, _awaiting_head),
    (12, _in_review),
    (9, _on_site),
    (8, _half_signed),
    (7, _rectifying),
    (3, _correcting),
    (2, _registered),
    (8, _disagreed),
    (7, _deciding_parts),
    (6, _asked),
    (0.05, _fresh_device),
    (0.04, _fresh_business),
    (0.02, _fresh_device),
)
