"""Two versions of an item, cases on the first, and what it takes to move them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine import clock, db, migrating, people, tasks
from engine.models import Case, CoHandling, RedeployedCase, Redeployment, Task, Timer, Version
from tests.engine import clockwork, wide
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tools import worker
from tools.stories import Story

ACCEPT, DECIDE = clockwork.ACCEPT, clockwork.DECIDE


def straight(*names: str, **limits: str) -> tuple[str, ...]:
    """Acceptance, examinations one after another, a decision."""
    steps = [user(name, "lead:examiner", limit=limits.get(name, "3wd")) for name in names]
    whole = ("start", "accept", *names, "decide", "end")
    return (start(), ACCEPT, *steps, DECIDE, end(), chain(*whole))


def deployed(*pieces: str, beside: str = "", **facts: Any) -> int:
    """Deploy a diagram as the next version of the item; return its id."""
    bundle = clockwork.bundle(*pieces, **facts)
    if beside:
        bundle["main.bpmn"] = wide.drawn(*pieces, facts={**wide.FACTS, **facts}, beside=beside)
    wide.deploy(bundle)
    newest = select(Version.id).where(Version.item_code == wide.ITEM)
    found = db.session().scalar(newest.order_by(Version.number.desc()).limit(1))
    assert found is not None
    return found


def admin() -> Any:
    """Whoever moves cases."""
    return people.actor_for_login("admin")


def begun(
    old: int, new: int, mapping: Mapping[str, str] | None = None, **wish: Any
) -> Redeployment:
    """Let the cases of a version be moved."""
    with db.transaction():
        way = migrating.plan(old, new, mapping or {})
        asked = migrating.Wish("试验", **wish)
        return migrating.begin(way, asked, actor=admin(), now=clock.now())


def moved(
    old: int, new: int, mapping: Mapping[str, str] | None = None, **wish: Any
) -> Redeployment:
    """Let them be moved, by a worker at once."""
    row = begun(old, new, mapping, **wish)
    worker.redeploy()
    return row


def undone(row: Redeployment) -> dict[str, int]:
    """Take a move back; return how the cases fared."""
    with db.transaction():
        migrating.undo(row.id, "撤回", actor=admin(), now=clock.now())
    worker.redeploy()
    return migrating.counted(row.id)


def fared(row: Redeployment) -> list[tuple[str, str, str]]:
    """How each case fared: state, element, reason."""
    query = select(RedeployedCase).where(RedeployedCase.redeployment_id == row.id)
    rows = db.session().scalars(query.order_by(RedeployedCase.case_id))
    return [(one.state, one.element, one.why_en) for one in rows]


def work_of(story: Story) -> dict[str, Any]:
    """Everything open in a case that people can see: ids, who has it, drafts, due times."""
    session = db.session()
    session.expire_all()
    opened = select(Task).where(Task.case_id == story.case_id, Task.state == "open")
    asked = select(CoHandling).where(CoHandling.case_id == story.case_id)
    timers = select(Timer).where(Timer.case_id == story.case_id)
    case = session.get_one(Case, story.case_id)
    return {
        "tasks": {
            one.id: (one.element, one.assignee_id, one.draft, one.due_at, one.department_code)
            for one in session.scalars(opened)
        },
        "asked": {one.branch: (one.department_code, one.due_at, one.outcome, one.state)
                  for one in session.scalars(asked)},
        "timers": {one.id: (one.element, one.due_at) for one in session.scalars(timers)},
        "due": (case.promised_due_at, case.statutory_due_at, case.receipt_due_at),
    }  # fmt: skip


def drafted(story: Story, login: str, element: str, draft: dict[str, Any]) -> None:
    """Let somebody take a task and type something."""
    actor, task = people.actor_for_login(login), story.task(element, login)
    with db.transaction():
        tasks.claim(task.id, actor=actor, now=story.now)
    with db.transaction():
        session = db.session()
        session.get_one(Task, task.id).draft = draft


def version_of(story: Story) -> int:
    """The version a case is on now."""
    db.session().expire_all()
    return db.session().get_one(Case, story.case_id).version_id


__all__ = ["chain", "end", "flow", "node", "start", "user"]
