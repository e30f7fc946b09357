"""Steps that the law has rules for, in the browser: visit, experts, public notice, hearing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import clock, clocks
from engine.clock import civil_date
from tests.browser import people
from tests.browser.conftest import Visit
from tests.browser.looking import violations
from tests.engine import clockwork
from tests.engine.bpmn.diagrams import chain, end, start, user
from tools import samples
from tools.stories import Story

pytestmark = pytest.mark.browser

ITEM, LIKE = "steps-of-the-law", "individual-business"
FORMS = ("site_visit", "expert_review", "publicity", "hearing_notice", "hearing")


def form(name: str) -> str:
    """The form of a step."""
    return f'camunda:formRef="{name}"'


PIECES = (
    start(), clockwork.ACCEPT,
    user("visit", "lead:inspector", act="site-visit", persons="2", more=form("site_visit")),
    user("experts", act="expert-review", experts="2", more=form("expert_review")),
    user("publish", act="publicity", period="7d", limit="15wd", more=form("publicity")),
    # Told in the past: with the law's five days the worker might end the asking in the middle.
    *clockwork.asking(days=40),
    user("hear", "lead:registrar", act="hearing", limit="20wd", more=form("hearing")),
    clockwork.DECIDE, end(),
    chain("start", "accept", "visit", "experts", "publish", "tell", "ask", "wanted", "decide",
          "end"),
)  # fmt: skip
EXPERTS: dict[str, Any] = {
    "experts": [
        {"expert_name": name, "expert_unit": "江城大学", "expert_conflict": "no"}
        for name in ("钟文", "黎明")
    ],
    "review_result": "方案可行",
}
TITLE = {
    'zh: "个体工商户设立登记"': 'zh: "许可法各环节"',
    'en: "Registration of an individually-owned business"': 'en: "Steps of the licensing law"',
}
MINUTES = "听证公开举行，双方陈述、申辩并质证，经确认无误后签字。"


@pytest.fixture
def story(live_engine: str) -> Story:
    """A case of an item with all these steps, accepted a month ago."""
    files = clockwork.bundle(
        *PIECES, forms=FORMS, item=ITEM, promisedLimit="80wd", statutoryLimit="80wd"
    )
    files["item.yaml"] = files["item.yaml"].replace(
        f"code: {LIKE}".encode(), b"code: " + ITEM.encode()
    )
    for name, own in TITLE.items():  # the portal lists both
        files["item.yaml"] = files["item.yaml"].replace(name.encode(), own.encode(), 1)
    clockwork.deploy(files)
    found = Story(ITEM, at=clock.now() - timedelta(days=30))
    return found.apply(samples.APPLICATIONS[LIKE]()).do("wang.clerk", "accept", "accept")


def visited(story: Story) -> Story:
    """Two inspectors were there, and experts have looked at it."""
    for login in ("sun.inspector", "zhou.inspector"):
        story.do(login, "visit", "done")
    return story.do("zhao.examiner", "experts", "done", answers=EXPERTS)


def announced(story: Story) -> Story:
    """A hearing was asked for and announced, and its day has come."""
    first, last = civil_date(story.now), civil_date(story.now) + timedelta(days=10)
    shown = {"published_from": first.isoformat(), "published_to": last.isoformat()}
    visited(story).later(days=11)
    story.do("zhao.examiner", "publish", "done", answers={**shown, "objections": "无"})
    story.do("wang.clerk", "tell", "done").do("zhang.san", "ask", "request")
    return story.do("wang.clerk", "announce", "done", answers=notice(day_of(story.now, 7)))


def day_of(since: datetime, workdays: int) -> str:
    """Nine o'clock, so many working days after a moment."""
    day = clocks.due(since, f"{workdays}wd").on
    return f"{day.isoformat()}T09:00"


def notice(when: str) -> dict[str, Any]:
    """Where and when a hearing is held."""
    return {"hearing_at": when, "hearing_place": "政务中心301室", "hearing_chair": "冯雅"}


def at_step(page: Page, story: Story, element: str, login: str) -> Page:
    """Open an open task of the case."""
    page.goto(f"/tasks/{story.task(element, login).id}")
    return page


def denied(page: Page, said: str) -> None:
    """Check that the summary of errors says so; the case stands where it stood."""
    expect(page.locator(".govuk-error-summary")).to_contain_text(said)


def test_a_visit_of_two_a_review_by_experts_and_a_public_notice(visit: Visit, story: Story) -> None:
    """Not before acceptance, not by one; no expert with an interest; not before the notice ends."""
    first, second = visit("sun.inspector"), visit("zhou.inspector")
    was, today = civil_date(story.now), civil_date(clock.now())
    found = {"visit_place": "滨江路12号", "visit_result": "场所与申报一致。"}
    at_step(first, story, "visit", "sun.inspector")
    expect(first.locator("main")).to_contain_text("须2名以上工作人员共同核查并签名")
    before = {"visit_at": f"{was - timedelta(days=1)}T10:00", **found}
    people.act(first, "完成", before, "一致")
    denied(first, "核查不能更早")
    people.act(first, "完成", {"visit_at": f"{was}T23:59"})
    expect(first.locator(".lb-note--good")).to_contain_text("签名")
    at_step(second, story, "visit", "zhou.inspector")
    second.get_by_role("button", name="核对无误，我也签名").click()
    expect(second.locator(".lb-note--good")).to_be_visible()

    examiner = at_step(visit("zhao.examiner"), story, "experts", "zhao.examiner")
    biased = [EXPERTS["experts"][0], {**EXPERTS["experts"][1], "expert_conflict": "yes"}]
    people.act(examiner, "完成", {**EXPERTS, "experts": biased}, "可行")
    denied(examiner, "须回避")
    people.act(examiner, "完成", {"experts-1-expert_conflict": "no"})
    expect(examiner.locator(".lb-note--good")).to_be_visible()

    at_step(examiner, story, "publish", "zhao.examiner")
    expect(examiner.locator("main")).to_contain_text("公示期7")
    shown = {
        "published_from": today.isoformat(), "published_at": "市政务网", "objections": "无",
        "published_to": (today + timedelta(days=10)).isoformat(),
    }  # fmt: skip
    people.act(examiner, "完成", shown, "无异议")
    denied(examiner, "公示期还没有结束")
    assert violations(examiner) == []
    assert story.waiting() == [("publish", "scjg")]


def test_a_hearing_is_asked_for_and_announced_in_time(visit: Visit, story: Story) -> None:
    """Told by the clerk, asked for by the applicant, announced seven working days before."""
    first = civil_date(story.now)
    visited(story).later(days=11)
    shown = {"published_from": f"{first}", "published_to": f"{first + timedelta(days=10)}"}
    story.do("zhao.examiner", "publish", "done", answers={**shown, "objections": "无"})
    clerk, applicant = visit("wang.clerk"), visit("zhang.san")
    at_step(clerk, story, "tell", "wang.clerk")
    people.act(clerk, "完成", opinion="依法告知")
    expect(clerk.locator(".lb-note--good")).to_be_visible()

    applicant.goto(f"/case/{story.case.number}")
    expect(applicant.locator(".lb-papers").first).to_contain_text("听证权利告知书")
    applicant.goto(f"/case/{story.case.number}/tasks/{story.task('ask', 'zhang.san').id}")
    expect(applicant.locator("main")).to_contain_text("不收费用")
    applicant.get_by_role("button", name="申请听证", exact=True).click()
    at_step(clerk, story, "announce", "wang.clerk")
    soon = f"{civil_date(clock.now()) + timedelta(days=1)}T09:00"
    people.act(clerk, "完成", notice(soon), "通知")
    denied(clerk, "须提前7个工作日通知")
    people.act(clerk, "完成", {"hearing_at": day_of(clock.now(), 9)})
    expect(clerk.locator(".lb-note--good")).to_be_visible()
    applicant.goto(f"/case/{story.case.number}")
    expect(applicant.locator(".lb-papers").first).to_contain_text("听证通知书")
    chair = at_step(visit("feng.registrar"), story, "hear", "feng.registrar")
    held = {"held_at": f"{civil_date(clock.now())}T00:00", "minutes": MINUTES}
    people.act(chair, "完成", {**held, "minutes_signed": True, "held_in_public": True}, "已举行")
    denied(chair, "还没有到")


def test_minutes_are_dated_and_the_decision_rests_on_them(visit: Visit, story: Story) -> None:
    """The minutes cannot be of a day before the announced one, nor the decision without them."""
    announced(story)
    when = clocks.due(story.now, "7wd").on
    chair = at_step(visit("feng.registrar"), story, "hear", "feng.registrar")
    ticks = {"minutes": MINUTES, "minutes_signed": True, "held_in_public": True}
    people.act(chair, "完成", {"held_at": f"{when - timedelta(days=1)}T09:00", **ticks}, "已举行")
    denied(chair, "不能早于通知的时间举行")
    people.act(chair, "完成", {"held_at": f"{when}T09:00"})
    expect(chair.locator(".lb-note--good")).to_be_visible()
    head = at_step(visit("qian.head"), story, "decide", "qian.head")
    expect(head.locator("main")).to_contain_text("须根据听证笔录作出决定")
    people.act(head, "准予许可")
    denied(head, "请写明笔录中的依据")
    people.act(head, "准予许可", opinion="各方无异议，见笔录第2页")
    people.confirm(head, "准予许可")
    assert story.case.result == "granted"
