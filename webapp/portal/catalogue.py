"""The items on offer: found by words, theme and department; explained from their bundle."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import definitions, people, voices
from engine.bpmn.language import limit_text
from engine.bpmn.model import Process, Step
from engine.definitions import Bundle
from forms.text import Text
from webapp.paging import Paged
from webapp.portal.usual import usual_steps

PER_PAGE = 12
#: 42, 42(2) or 14–21
_ARTICLE = re.compile(r"(\d+)(?:\(([1-9])\))?(?:–(\d+))?")
_DIGITS = "零一二三四五六七八九"

THEMES: Mapping[str, Text] = {
    "business": Text("开办企业和个体经营", "Starting a business"),
    "medical": Text("医药和医疗器械", "Medicines and medical devices"),
    "food": Text("餐饮和食品", "Food and catering"),
    "building": Text("工程建设", "Building and construction"),
    "environment": Text("生态环境", "Environment"),
    "transport": Text("交通运输", "Transport"),
    "culture": Text("文化和旅游", "Culture and tourism"),
    "life": Text("日常生活", "Daily life"),
    "other": Text("其他", "Other"),
}
KINDS: Mapping[str, tuple[Text, Text]] = {
    "immediate": (
        Text("即办件", "Immediate item"),
        Text("材料齐全，当场办结", "decided at once when complete"),
    ),
    "promise": (
        Text("承诺件", "Promise item"),
        Text("在承诺时限内办结", "decided within the promised limit"),
    ),
    "joint": (
        Text("联办件", "Joint item"),
        Text("一次申请，多部门一起办", "one application, several departments together"),
    ),
    "report-up": (
        Text("上报件", "Report-up item"),
        Text("由上级机关决定", "decided by the higher agency"),
    ),
}


@dataclass(frozen=True)
class Listing:
    """The items that fit a search, one page of them, and what one can narrow it by."""

    rows: Sequence[Bundle]
    page: Paged
    themes: Sequence[tuple[str, Text, int]]
    departments: Sequence[tuple[str, Text, int]]


@dataclass(frozen=True)
class GuideStep:
    """One step of the guide: what is done, by whom, within what time."""

    name: Text
    who: Text
    limit: Text | None
    help: Text
    #: False for what comes only in some cases: corrections, rectification, a refusal
    usual: bool


def search(words: str, theme: str, department: str, number: int) -> Listing:
    """Find items; every word must occur in the title, the summary or the code."""
    everything = definitions.published()
    found = [b for b in everything if _fits(b, words, theme, department)]
    page = Paged(max(number, 1), len(found), PER_PAGE)
    start = (page.page - 1) * PER_PAGE
    rows = found[start : start + PER_PAGE]
    return Listing(rows, page, themes(everything), departments(everything))


def themes(bundles: Sequence[Bundle]) -> list[tuple[str, Text, int]]:
    """Return the themes that have items, in a fixed order, with how many."""
    used = [bundle.item.theme for bundle in bundles]
    return [(code, name, used.count(code)) for code, name in THEMES.items() if code in used]


def departments(bundles: Sequence[Bundle]) -> list[tuple[str, Text, int]]:
    """Return the departments that decide on items, alone or with others, with how many."""
    involved = [code for bundle in bundles for code in sorted(_departments_of(bundle))]
    return [
        (code, people.department_name(code), involved.count(code))
        for code in sorted(set(involved), key=lambda code: (-involved.count(code), code))
    ]


def steps(of: Bundle) -> list[GuideStep]:
    """Return the steps of an item as its guide tells them, those it calls of others as of now."""
    of = definitions.as_now(of)
    process, usual = of.process, usual_steps(of.running)
    return [
        GuideStep(step.name, _who(step, process), _limit(step), step.help, step.element in usual)
        for step in of.ordered_steps
    ]


def articles(written: str) -> Text:
    """Say the articles of a law, written as ``8, 14–21, 42(2)``, in words of each language."""
    parts = [part.strip() for part in written.split(",")]
    several = len(parts) > 1 or "–" in written
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return Text(
        "、".join(_ARTICLE.sub(_article, part) for part in parts),
        f", {'arts.' if several else 'art.'} {listed}",
    )


def _article(found: re.Match[str]) -> str:
    number, paragraph, end = found.groups()
    to = f"至第{end}条" if end else ""
    return f"第{number}条{to}{f'第{_DIGITS[int(paragraph)]}款' if paragraph else ''}"


def limit_of(limit: str | None) -> Text | None:
    """Say a limit of the diagram in words."""
    return limit_text(limit) if limit else None


def _limit(step: Step) -> Text | None:
    return limit_of(step.limit)


def _who(step: Step, process: Process) -> Text:
    if step.role == "applicant":
        return Text("申请人", "Applicant")
    if step.department in ("co", "each"):
        return Text("各相关部门", "Each department concerned")
    code = process.lead if step.department in ("lead", "") else step.department
    return people.department_name(code)


def _fits(bundle: Bundle, words: str, theme: str, department: str) -> bool:
    item = bundle.item
    if theme and item.theme != theme:
        return False
    if department and department not in _departments_of(bundle):
        return False
    text = " ".join([*item.title, *item.short, item.code, *THEMES[item.theme]]).lower()
    return all(word in text for word in words.lower().split())


def _departments_of(bundle: Bundle) -> set[str]:
    return {bundle.process.lead, *(part.department for part in bundle.item.parts)}


def voices_of(item_code: str) -> dict[str, Any]:
    """Return what people asked about an item, and how they rate it."""
    found = voices.ratings
    return {
        "questions": voices.questions.published(item_code).rows[:3],
        "ratings": found.summary(item_code),
        "levels": found.LEVELS,
        "least_ratings": found.LEAST_SHOWN,
    }
