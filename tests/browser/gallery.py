"""The main pages of Lianban, each with something to see on it, and who looks at it."""

from datetime import datetime, timedelta

from engine import (
    cases,
    clock,
    clocks,
    db,
    definitions,
    drafting,
    licences,
    supervision,
    tasks,
    voices,
)
from engine import people as registry
from engine.cases import documents, stopping, suspending
from engine.clock import CIVIL_ZONE, civil_date
from engine.models import Card, PublicHearing
from engine.permissions import SYSTEM
from forms.text import Text
from tests.browser.gallery_of_admins import OFFICE, WHY, administration
from tests.browser.gallery_of_moves import MOVED, moves
from tests.browser.looks import Look
from tests.engine.supervision.scenes import accepted, act, awaited, rule_as_shipped
from tests.engine.voices import scenes
from tools import samples
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
        "kind": "material",
        "target": "premises-document",
        "label_zh": "经营场所使用证明",
        "label_en": "Proof of the premises",
        "reason": "缺少第二页，请重新上传。",
    },
]
UNQUALIFIED = "经查，发证时质量负责人不具备规定的学历。"
FOUND = "该办件审查环节超期，未见延期或停止计时的记录。"
ASKED = "限期办结审查环节\n核查同类办件的排期，报送整改情况"
DISAGREES = "招牌高度超出街区设置导则0.2米。"
LATE_STEP, ARRANGED = "审查环节超期", "已调配两名审查员，本周内办结。"
DELAYED, MILDER = "现场核查因设备检修推迟。", "试行放宽"
DRAFTED = "受理再快十分钟"
ARTICLE, EXPERTS, DISPUTED = "取水条例18", "组织专家评审库房温控方案", "相邻权人就经营场所提出争议"
#: What people of these scenes wrote, in Chinese on every page.
WRITTEN = (
    UNQUALIFIED, FOUND, *ASKED.split("\n"), DISAGREES, LATE_STEP, ARRANGED, DELAYED, MILDER,
    ARTICLE, EXPERTS, DISPUTED, WHY, OFFICE, DRAFTED, MOVED,
    # what is published in the tests of questions, which share the city
    "租来的场所要谁签字", "房东在外地怎么办？", "可以邮寄。",
)  # fmt: skip

#: What a department wrote of a hearing, in Chinese only: article, place and chair.
HEARD = ("行政许可法第46条", "江城市政务服务中心三楼301会议室", "秦远")


def looks() -> list[Look]:
    """Play the cases behind the pages and return the pages. The engine must be bound."""
    return [*_public(), *_applicants(), *_staff(), *_voices(), *administration(), *moves()]


def _public() -> list[Look]:
    return [
        Look("home", "/"),
        Look("items", "/items"),
        Look("guide", "/items/restaurant-opening"),
        Look("query", "/query"),
        Look("login", "/login"),
        Look("register", "/register"),
        Look("verify", f"/verify/{_licence()}"),
        Look("error", "/no-such-page", status=404),
    ]


def _applicants() -> list[Look]:
    draft, uploads = _draft(finished=False), _draft(finished=True)
    fresh = Story("medical-device-iii").apply().case
    asked = Story("individual-business").apply()
    asked.do("li.clerk", "accept", "correct", corrections=CORRECTIONS)
    task = asked.task("correct_application", "zhang.san")
    number = asked.case.number
    who = "zhang.san"
    return [
        Look("start", "/items/individual-business/start", who),
        Look("application-page", f"/apply/{draft}/page/operator", who),
        Look("application-rows", f"/apply/{draft}/page/form", who),
        Look("materials", f"/apply/{uploads}/materials", who),
        Look("check-answers", f"/apply/{uploads}/check", who),
        Look("receipt", f"/case/{fresh.number}/receipt", who),
        Look("status", f"/case/{number}", who),
        Look("withdrawal", f"/case/{fresh.number}/withdrawal", who),
        Look("status-suspended", f"/case/{_suspended()}", who),
        Look("answer-notice", f"/case/{number}/tasks/{task.id}", who),
        Look("my-cases", "/my", who),
        *_licences(),
        Look("notices", "/notices", who),
    ]


def _staff() -> list[Look]:
    device = Story("medical-device-iii", "li.si").apply()
    accept = device.task("accept", "wang.clerk").id
    shop = Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")
    shop.do("cg.wu", "part_opinion", "disagree", opinion=DISAGREES)
    business = Story("individual-business", "li.si").apply().do("wang.clerk", "accept", "accept")
    decide = business.task("decide", "feng.registrar").id
    return [
        Look("inbox", "/inbox?tab=department", "wang.clerk"),
        Look("task-accept", f"/tasks/{accept}", "wang.clerk"),
        Look("task-decide", f"/tasks/{decide}", "feng.registrar"),
        Look("case", f"/cases/{shop.case.number}", "zhao.examiner"),
        Look("case-suspended", f"/cases/{_suspended()}", "zhao.examiner"),
        Look("search", "/cases", "zhao.examiner"),
        Look("board", "/board", "chen.leader"),
        Look("board-cases", "/board/cases?department=scjg&figure=open", "chen.leader"),
        *_oversight(),
        Look("admin", "/admin/definitions", "admin"),
        *_studio(),
        Look("admin-calendar", "/admin/calendar", "admin"),
        Look("admin-version", "/admin/definitions/1", "admin"),
        *_designers(),
    ]


def _designers() -> list[Look]:
    """A version beside another one, tried, and simulated."""
    old = definitions.newest("individual-business").version_id
    files = definitions.files_of(old)
    diagram = "individual-business.bpmn"
    changed = files[diagram].replace(b"30min", b"20min", 1)
    draft = {**files, diagram: changed}
    with db.transaction():
        row = drafting.create("individual-business", DRAFTED, draft, actor=SYSTEM, now=clock.now())
        ref = f"d{row.id}"
    return [
        Look("compare", f"/admin/definitions/{old}/compare/{ref}", "admin"),
        Look("try", f"/admin/definitions/{ref}/try", "admin"),
        Look("what-if", f"/admin/definitions/{ref}/what-if?run=1&days=20&replications=1", "admin"),
    ]


def _studio() -> list[Look]:
    """A draft of a new item: one part of its description, and what the check says."""
    title = Text("临时摊位许可", "Street stall permit")
    files = drafting.new_item("promise", code="stall-shown", title=title, lead="scjg")
    files.pop("review.form")
    admin = registry.actor_for_login("admin")
    with db.transaction():
        origin = drafting.Origin("template")
        row = drafting.create(
            "stall-shown", "First draft", files, actor=admin, now=clock.now(), origin=origin
        )
        address = f"/studio/drafts/{row.id}"
    return [
        Look("studio", "/studio/drafts", "admin"),
        Look("studio-part", f"{address}/item/materials", "admin"),
        Look("studio-problems", f"{address}/problems", "admin"),
    ]


def _suspended() -> str:
    """A case that stands still for a dispute, after a stop for experts."""
    story = Story("medical-device-iii").apply().do("wang.clerk", "accept", "accept")
    examiner, head = (registry.actor_for_login(who) for who in ("zhao.examiner", "qian.head"))
    experts = stopping.Asking("expert-review", 5, EXPERTS)
    dispute = suspending.Asking("dispute", ARTICLE, DISPUTED)
    with db.transaction():
        stop = stopping.ask_stop(story.case_id, experts, actor=examiner, now=story.now).id
    with db.transaction():
        stopping.approve_stop(stop, actor=head, now=story.now)
    with db.transaction():
        found = suspending.ask(story.case_id, dispute, actor=examiner, now=story.now).id
    with db.transaction():
        suspending.approve(found, actor=head, now=story.now)
    return str(story.case.number)


def _oversight() -> list[Look]:
    """A yellow card that its unit has answered, and what else supervisors and leaders look at."""
    now = clock.now()
    rule_as_shipped(now)
    story = accepted(now - timedelta(days=25))
    card = awaited(story, "step", now)
    act("chen.leader", "answer", card, now)
    return [
        Look("oversight", "/oversight?state=live", "jc.he"),
        Look("oversight-card", f"/oversight/cards/{card.id}", "jc.he"),
        Look("letter-to-unit", "/oversight/letters/new?kind=advice&source=figures", "jc.he"),
        Look("oversight-forecast", "/oversight/forecast", "chen.leader"),
        Look("oversight-rules", "/oversight/rules", "jc.he"),
        Look("oversight-rule", "/oversight/rules/step-over", "jc.he"),
        *_watched(story, card, now),
    ]


def _licences() -> list[Look]:
    """Licences of one holder: one to be renewed now, one revoked, one whose works must begin."""
    valid, revoked, waiting, told = (_granted_licence(number) for number in (5, 6, 7, 8))
    now = clock.now()
    with db.transaction() as session:
        ends = civil_date(now) + timedelta(days=80)
        session.get_one(licences.Licence, valid).valid_to = ends
        begin = session.get_one(licences.Licence, waiting)
        begin.begin_by = civil_date(now) + timedelta(days=60)
    ending = licences.Ending("revoke", "unqualified", UNQUALIFIED)
    head_of_unit = registry.actor_for_login("qian.head")
    with db.transaction():
        before = now - timedelta(days=30)
        licences.forewarn(revoked, ending, actor=head_of_unit, now=before)
        licences.forewarn(told, ending, actor=head_of_unit, now=now)
    with db.transaction():
        licences.end(revoked, ending, actor=head_of_unit, now=now)
        licences.state_case(told, ARRANGED, actor=registry.actor_for_login("zhang.san"), now=now)
        licences.ask_hearing(told, actor=registry.actor_for_login("zhang.san"), now=now)
    with db.transaction():
        paper = licences.find(revoked, registry.actor_for_login("jc.he")).paper
    holder, head = "zhang.san", "qian.head"
    return [
        Look("my-licences", "/my/licences", holder),
        Look("my-licences-none", "/my/licences", "li.si"),
        Look("my-licence", f"/my/licences/{valid}", holder),
        Look("my-licence-ended", f"/my/licences/{revoked}", holder),
        Look("my-licence-works", f"/my/licences/{waiting}", holder),
        Look("my-licence-announced", f"/my/licences/{told}", holder),
        Look("licence-announced", f"/licences/{told}", head),
        Look("verify-ended", f"/verify/{paper}"),
        Look("licences", "/licences", head),
        Look("licence", f"/licences/{valid}", head),
        Look("licence-ended", f"/licences/{revoked}", "feng.registrar"),
        Look("licence-act", f"/licences/{valid}/acts/withdraw", head),
        Look("licence-forfeit", f"/licences/{valid}/acts/forfeit", head),
    ]


def _granted_licence(number: int) -> int:
    story = Story("medical-device-iii").apply(number=number)
    story.do("wang.clerk", "accept", "accept").do("zhao.examiner", "review", "pass")
    story.do("sun.inspector", "site_check", "pass").do("zhou.inspector", "site_check", "pass")
    story.do("zhao.examiner", "section_opinion", "propose-grant").do("qian.head", "decide", "grant")
    return licences.of_case(story.case)[0].id


def _watched(story: Story, card: Card, now: datetime) -> list[Look]:
    """A letter that was replied to, a card in doubt, who held a case, and the whole city."""
    advice = supervision.Writing(
        "advice", "scjg", LATE_STEP, FOUND, ASKED, clocks.due(now, "5wd").on, cards=(card.id,)
    )
    with db.transaction():
        supervisor = registry.actor_for_login("jc.he")
        letter = supervision.issue_letter(advice, actor=supervisor, now=now)
    with db.transaction():
        leader = registry.actor_for_login("chen.leader")
        supervision.reply(letter.id, ARRANGED, actor=leader, now=now)
    with db.transaction():
        supervision.explain_overdue(story.case_id, DELAYED, actor=leader, now=now)
    milder = supervision.Change(20, 3, True, civil_date(now), MILDER)
    with db.transaction():
        supervision.change_rule("step-over", milder, actor=supervisor, now=now)
        supervision.recheck(now)
    number = story.case.number
    morning = (now - timedelta(days=12)).astimezone(CIVIL_ZONE).replace(hour=10)
    closed = _handed_on(morning)
    return [
        Look("oversight-letters", "/oversight/letters", "jc.he"),
        Look("oversight-letter", f"/oversight/letters/{letter.id}", "jc.he"),
        Look("oversight-letter-new", f"/oversight/letters/new?card={card.id}", "jc.he"),
        Look("oversight-breach-new", f"/oversight/breaches/new?case={number}", "jc.he"),
        Look("oversight-doubts", "/oversight/doubts", "jc.he"),
        Look("oversight-card-doubted", f"/oversight/cards/{card.id}", "jc.he"),
        Look("oversight-time", "/oversight/time", "chen.leader"),
        Look("oversight-rule-red", "/oversight/rules/statutory-over", "jc.he"),
        Look("case-masked", f"/cases/{number}", "jc.he"),
        Look("case-late", f"/cases/{number}", "zhao.examiner"),
        Look("case-closed", f"/cases/{closed}", "zhao.examiner"),
        Look("status-late", f"/case/{number}", "zhang.san"),
        Look("board-city", "/board/city", "jc.he"),
    ]


def _handed_on(start: datetime) -> str:
    """Play a case that lay for a day, was worked on for hours, and is closed; return its number."""
    story = Story("individual-business", "li.si", at=start).apply().later(days=1)
    task, clerk = story.task("accept", "wang.clerk"), registry.actor_for_login("wang.clerk")
    with db.transaction():
        tasks.claim(task.id, actor=clerk, now=story.now)
    story.later(hours=5).do("wang.clerk", "accept", "accept")
    story.later(days=1).do("feng.registrar", "decide", "grant").later(hours=30)
    story.do("wang.clerk", "deliver_licence", "delivered")
    return story.case.number


def _hearings() -> list[Look]:
    """A hearing that the public is told of."""
    now, case = clock.now(), Story("individual-business").apply().case
    day = (now.astimezone(CIVIL_ZONE) + timedelta(days=14)).replace(hour=9, minute=30)
    row = PublicHearing(
        case_id=case.id, item_code=case.item_code, department_code=case.lead_code,
        title_zh="户外广告设施设置审批", title_en="Permit for outdoor advertising",
        article=HEARD[0], held_at=day,
        place=HEARD[1], chair=HEARD[2], announced_at=now,
    )  # fmt: skip
    with db.transaction() as session:
        session.add(row)
        session.flush()
        address = f"/hearings/{row.id}"
    return [Look("hearings", "/hearings"), Look("hearing", address)]


def _voices() -> list[Look]:
    """What was asked, complained of and rated, with something done about each."""
    question = scenes.answered(scenes.asked("li.si"))
    words = voices.questions.Publication(*scenes.PUBLIC)
    clerk = registry.actor_for_login("wang.clerk")
    with db.transaction():
        voices.questions.publish(question.id, words, actor=clerk, now=clock.now())
    waiting, complaint = scenes.asked("zhang.san"), scenes.filed("zhang.san")
    scenes.moved(complaint, ("jc.he", "accept", ""), ("jc.he", "assign", ""))
    rating, ended = scenes.rated(scenes.ended("zhang.san")), scenes.ended("zhang.san")
    return [
        Look("questions", "/questions"),
        *_hearings(),
        Look("ask", "/items/restaurant-opening/ask"),
        Look("question", f"/questions/{waiting.number}", "zhang.san"),
        Look("complain", "/complain", "zhang.san"),
        Look("complaint", f"/complaints/{complaint.number}", "zhang.san"),
        Look("voice-query", "/voices"),
        Look("my-voices", "/my/voices", "zhang.san"),
        Look("rate", f"/case/{ended.case.number}/rating", "zhang.san"),
        Look("choices", "/notices/choices", "zhang.san"),
        Look("inbox-questions", "/inbox/questions", "wang.clerk"),
        Look("inbox-question", f"/inbox/questions/{question.id}", "wang.clerk"),
        Look("inbox-ratings", "/inbox/ratings", "chen.leader"),
        Look("inbox-rating", f"/inbox/ratings/{rating.id}", "chen.leader"),
        Look("oversight-voices", "/oversight/voices", "jc.he"),
        Look("oversight-complaints", "/oversight/complaints", "jc.he"),
        Look("oversight-complaint", f"/oversight/complaints/{complaint.id}", "jc.he"),
        Look("deliveries", "/admin/deliveries", "admin"),
        Look("subscribers", "/admin/subscribers", "admin"),
    ]


def _licence() -> str:
    story = Story("individual-business", "li.si").apply().do("wang.clerk", "accept", "accept")
    story.do("feng.registrar", "decide", "grant").do("wang.clerk", "deliver_licence", "delivered")
    found = [d for d in documents.of_case(story.case) if d.kind == "licence"]
    return str(found[0].verify_code)


def _draft(*, finished: bool) -> str:
    """Leave an application at its first page, or with all answers and one file."""
    actor, now = registry.actor_for_login("zhang.san"), clock.now()
    with db.transaction():
        draft = cases.start_draft("individual-business", actor=actor, now=now)
        draft_id = str(draft.id)
    if not finished:
        return draft_id
    with db.transaction():
        answers = samples.individual_business()
        draft = cases.save_draft(draft_id, None, answers, actor=actor, now=now)
    with db.transaction():
        draft = cases.get_draft(draft_id, actor)
        file = ("房屋产权证明.pdf", samples.pdf_file("premises"))
        cases.materials.add_to_draft(draft, "premises-document", file, actor=actor, now=now)
    return draft_id
