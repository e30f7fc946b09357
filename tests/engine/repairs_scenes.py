"""Repairs made through the engine's own doors, for tests."""

from typing import Any

from engine import clock, db, people, repairs
from engine.models import Repair
from engine.repairs import Mend
from tools.stories import Story

PROPOSER, APPROVER, SUPERVISOR = "admin", "admin.gu", "jc.he"
REASON = "误操作，须退回重新办理"


def preview(story: Story, mend: Mend) -> repairs.Preview:
    """Try a repair."""
    actor = people.actor_for_login(PROPOSER)
    return repairs.preview(story.case_id, mend, actor=actor, now=story.now)


def propose(story: Story, mend: Mend, reason: str = REASON) -> int:
    """Try a repair and propose it; return its number."""
    found = preview(story, mend)
    actor = people.actor_for_login(PROPOSER)
    with db.transaction():
        return repairs.propose(found, story.case_id, reason, actor=actor, now=story.now).id


def approve(repair_id: int, login: str = APPROVER) -> Repair:
    """Approve a proposal."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return repairs.approve(repair_id, actor=actor, now=clock.now())


def repaired(story: Story, mend: Mend) -> Repair:
    """Propose a repair and let the other administrator approve it."""
    return approve(propose(story, mend))


def moving(story: Story, login: str, source: str, target: str, act: str = repairs.MOVE) -> Mend:
    """A move of the open task of a step."""
    return Mend(act, task=story.task(source, login).id, element=target)


def kinds(lines: Any) -> list[str]:
    """The kinds of lines, as they were stored or as they are."""
    return [line["kind"] if isinstance(line, dict) else line.kind for line in lines]
