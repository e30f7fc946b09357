"""What administrators look at: a case to repair, a proposal, a person, a file that comes in."""

from engine import clock, db, programs, repairs
from engine import people as registry
from engine.organisation import importing
from tests.browser.looks import Look
from tools.stories import Story

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
    return [
        Look("repair-desk", f"/admin/repairs/cases/{story.case.number}", "admin"),
        Look("repair", f"/admin/repairs/{proposed}", "admin.gu"),
        Look("person", "/admin/organisation/people/zhao.examiner", "admin"),
        Look("programs", "/admin/programs", "admin"),
        Look("import-plan", f"/admin/organisation/imports/{kept}", "admin"),
    ]
