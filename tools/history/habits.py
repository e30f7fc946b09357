"""How people decide and how long they take: pure, from what they have before them and chance."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final

from engine.bpmn.model import Step
from engine.workdays import Unit, parse_limit

#: How often an application is incomplete when it comes in.
CORRECTED: Final[Mapping[str, float]] = {
    "individual-business": 0.13,
    "medical-device-iii": 0.36,
    "restaurant-opening": 0.27,
}
#: What acts end in, where nothing speaks against the applicant; what is not named is the rest's.
ENDINGS: Final[Mapping[str, Mapping[str, float]]] = {
    "accept": {"accept": 0.972, "not-required": 0.012, "not-competent": 0.016},
    "examine": {"pass": 0.955, "fail": 0.045},
    "site-visit": {"pass": 0.72, "rectify": 0.22, "fail": 0.06, "recorded": 1.0},
    "recheck": {"pass": 0.88, "fail": 0.12},
    "co-handle": {"agree": 0.91, "disagree": 0.09},
    "consolidate": {"go-on": 0.85, "no-visit": 0.15},
    "decide": {"grant": 0.985, "refuse": 0.015},
    "decide-part": {"grant": 0.985, "refuse": 0.015},
}
#: Outcomes after which the later steps mostly go against the applicant.
ADVERSE: Final = frozenset({"fail", "disagree", "propose-refuse"})
AGAINST: Final[Mapping[str, tuple[str, float]]] = {
    "approve": ("propose-refuse", 0.96),
    "decide": ("refuse", 0.97),
    "decide-part": ("refuse", 0.7),
}
#: Minutes that somebody sits at a task, by act.
MINUTES: Final[Mapping[str, int]] = {
    "accept": 9, "examine": 35, "site-visit": 120, "recheck": 50, "approve": 20, "decide": 10,
    "deliver": 5, "co-handle": 35, "decide-part": 15, "consolidate": 25,
}  # fmt: skip
#: Share of its limit after which a task is taken up: median and spread of a log-normal.
TAKEN_UP, SPREAD = 0.36, 0.42
WORKDAY_MINUTES: Final = 7 * 60
#: What must be done within so many minutes is done while the applicant waits, and waits less.
SHORT, AT_THE_COUNTER = 60, 0.5
WORDS: Final = (
    "经核对，与申请材料一致，符合要求。",
    "材料齐全，符合法定形式和条件。",
    "已按规定核查，无异议。",
    "情况属实，同意按程序办理。",
)
REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "correct": ("材料不齐全，需一次性补正。", "部分内容与证明材料不一致，请更正。"),
    "rectify": (
        "库房温湿度监测记录缺失，请补齐近一个月记录\n不合格品区未设明显标识，请整改",
        "冷库备用电源未验证，请完成验证并提交报告",
    ),
    "fail": ("场所布局与申报材料不符，不具备相应条件。", "质量负责人任职资格不符合规定。"),
    "disagree": ("招牌高度超出街区设置导则，建议调整后再设。", "疏散出口宽度不足，须整改。"),
    "refuse": ("经审查，不符合法定条件、标准。", "现场核查不合格且未按期整改，不符合规定条件。"),
    "propose-refuse": ("综合审查情况，建议不予许可。",),
    "not-required": ("所述活动依法不需要取得许可。",),
    "not-competent": ("该事项由区级机关受理。",),
}
POINTS: Final = (
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
)


@dataclass
class Leaning:
    """What has been seen of a case that sways those who have it later."""

    item: str
    corrected: bool = False
    #: units that spoke against it; empty for the lead's own steps
    against: frozenset[str] = frozenset()


def ending(step: Step, leaning: Leaning, unit: str, chance: random.Random) -> str:
    """Choose the outcome with which a task of a unit ends."""
    codes = [outcome.code for outcome in step.outcomes]
    if step.act == "accept" and "correct" in codes and not leaning.corrected:
        lacking = chance.random() < CORRECTED.get(leaning.item, 0.2)
        if lacking:
            return "correct"
    against, how_often = AGAINST.get(step.act, ("", 0.0))
    sways = unit in leaning.against if step.act == "decide-part" else bool(leaning.against)
    if against in codes and sways and chance.random() < how_often:
        return against
    weights = [ENDINGS.get(step.act, {}).get(code, 0.0) for code in codes]
    return chance.choices(codes, weights)[0] if any(weights) else codes[0]


def words(step: Step, outcome: str, chance: random.Random) -> str:
    """Write the opinion or the reasons that go with an outcome; empty where none are asked."""
    chosen = step.outcome(outcome)
    if outcome in REASONS and chosen is not None and chosen.reasons_required:
        return chance.choice(REASONS[outcome])
    return chance.choice(WORDS) if step.opinion != "none" else ""


def waiting(limit: str | None, chance: random.Random, times: float) -> float:
    """Draw how many minutes of office time a task lies before somebody takes it up."""
    length = parse_limit(limit) if limit else parse_limit("1wd")
    minutes = length.office_time.total_seconds() / 60
    if length.unit.counts_days:
        share = 1.0 if length.unit is Unit.WORKDAY else 5 / 7
        minutes = length.amount * WORKDAY_MINUTES * share
    if minutes < SHORT:
        minutes *= AT_THE_COUNTER
    return minutes * min(3.0, chance.lognormvariate(log(TAKEN_UP), SPREAD)) * times


def sitting(act: str, chance: random.Random) -> float:
    """Draw how many minutes somebody needs for a task."""
    return MINUTES.get(act, 15) * chance.uniform(0.6, 1.6)


def points(chance: random.Random) -> list[dict[str, str]]:
    """Choose what an application is to be corrected in."""
    return [dict(point) for point in chance.sample(POINTS, chance.choice((1, 2)))]


def corrections(entries: Sequence[Mapping[str, Any]], chance: random.Random) -> dict[str, Any]:
    """Answer a correction notice: new values for what it names."""
    new = {
        "premises_address": f"江城市江岸区一元路{chance.randrange(1, 300)}号2楼",
        "contact_phone": f"139{chance.randrange(10**8):08d}",
    }
    return {entry["target"]: new[entry["target"]] for entry in entries}
