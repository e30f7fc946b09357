"""What administrators look at: a case to repair, a proposal, a person, a file that comes in."""

from dataclasses import replace
from datetime import timedelta

from engine import clock, db, incidents, programs, repairs
from engine import people as registry
from engine.cases import drafts
from engine.errors import EngineFault
from engine.incidents import Attempt
from engine.organisation import importing, staffing, substituting
from engine.permissions import Actor
from forms.text import Text
from tests.browser.looks import Look
from tools import stories
from tools.stories import Story

GONE = Text("条件“capital > 5”算不出来。", "The condition 'capital > 5' has no value.")
SMALL = Text("“zzz”不是部门代码。", "'zzz' is not the code of a department.")
WHY = "书面审查误选不通过，退回重审"
OFFICE = "市税务局征管系统"
FILE = b"login,name,posts\nma.clerk,Ma Xiaoqing,scjg:clerk\nli.clerk,,scjg:nobody\n"


def administration() -> list[Look]:
    """Play what is behind the pages and return them."""
    story = Story("medical-device-iii", "li.si").apply().do("wang.clerk", "accept", "accept")
    story.do("zhao.examiner", "review", "fail")
    admin, now = registry.actor_for_login("admin"), clock.now()
    task = story.task("section_opinion", "zhao.examiner").id
    mend = repairs.Mend(repairs.MOVE, task=task, element="review")
    found = repairs.preview(story.case_id, mend, actor=admin, now=now)
    with db.transaction():
        proposed = repairs.propose(found, story.case_id, WHY, actor=admin, now=now).id
    with db.transaction():
        person = programs.add("tax.records", OFFICE, ["tax-record"], actor=admin, now=now)
        programs.issue_token(person.id, actor=admin, now=now)
    with db.transaction():
        kept = importing.keep(FILE, "people.csv", actor=admin, now=now).id
    _stood_in_for(admin)
    _failed()
    return [
        Look("repair-desk", f"/admin/repairs/cases/{story.case.number}", "admin"),
        Look("repair", f"/admin/repairs/{proposed}", "admin.gu"),
        Look("person", "/admin/organisation/people/zhao.examiner", "admin"),
        Look("programs", "/admin/programs", "admin"),
        Look("import-plan", f"/admin/organisation/imports/{kept}", "admin"),
        Look("organisation", "/admin/organisation", "admin"),
        Look("people", "/admin/organisation/people", "admin"),
        Look("access", f"/admin/organisation/cases/{story.case.number}", "admin"),
        Look("incidents", "/admin/incidents", "admin"),
        *_stuck(),
    ]


def _stood_in_for(admin: Actor) -> None:
    """Let somebody stand in for one of two posts of an examiner."""
    both = frozenset({("scjg", "examiner"), ("scjg", "clerk")})
    now = clock.now()
    with db.transaction():
        member = staffing.member_of(staffing.find("zhao.examiner"))
        staffing.save_person(replace(member, posts=both), actor=admin, now=now, new=False)
    away, other = staffing.find("zhao.examiner").id, staffing.find("cg.wu").id
    today = clock.civil_date(now)
    span = substituting.Span(today, today + timedelta(days=5), ["scjg:examiner"])
    with db.transaction():
        substituting.appoint(away, other, span, stories.WORDS, actor=admin, now=now)


def _stuck() -> list[Look]:
    """Keep an incident of an application that could not become a case."""
    story, mine = Story("individual-business", "li.si"), registry.actor_for_login("li.si")
    draft = story.write(number=31)
    with db.transaction():
        written = drafts.get_draft(draft, mine)
        answers, version = dict(written.answers), written.version_id
    fault = EngineFault(GONE)
    given = {
        drafts.HANDED_IN_AT: story.now.isoformat(),
        drafts.ANSWERS: answers,
        drafts.VERSION: version,
    }
    fault.attempt = Attempt(None, "start", mine, given=given, draft_id=draft)
    kept = incidents.keep(fault, now=story.now)
    assert kept is not None
    return [
        Look("incident-application", f"/admin/incidents/{kept.id}", "admin"),
        Look("check-stuck", f"/apply/{draft}/check", "li.si"),
    ]


def _failed() -> None:
    """Keep incidents of two causes."""
    clerk = registry.actor_for_login("wang.clerk")
    for number, cause in enumerate((GONE, GONE, SMALL), 7):
        story = Story("individual-business", "li.si").apply(number=number)
        task = story.task("accept", "wang.clerk").id
        fault = EngineFault(cause)
        fault.attempt = Attempt(story.case_id, "accept", clerk, task)
        incidents.keep(fault, now=clock.now())
