"""Pages on which running cases are moved to another version, with something to see on them."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from engine import clock, db, definitions, migrating, people
from tests.browser.looks import Look
from tests.engine.test_suspension import suspend
from tools.stories import Story

PROCESSES: Final = Path(__file__).resolve().parents[2] / "processes"
ITEM: Final = "individual-business"
#: What the administrator wrote, in Chinese on every page.
MOVED: Final = "审查时限调整，按新流程办理"


def moves() -> list[Look]:
    """Cases, one of them suspended, to be moved to a version of the next year, and a move."""
    suspend(Story(ITEM, "li.si").apply(number=11))
    later, admin = clock.now() + timedelta(days=365), people.actor_for_login("admin")
    old, new = definitions.newest(ITEM).version_id, _version_to_come()
    with db.transaction():
        way, wish = migrating.plan(old, new, {}), migrating.Wish(MOVED, begins_at=later)
        known = migrating.under_way(ITEM)
        move = (known or migrating.begin(way, wish, actor=admin, now=clock.now())).id
    return [
        Look("redeploy", f"/admin/definitions/{new}/redeploy?from={old}&steps=anew", "admin"),
        Look("redeployment", f"/admin/redeployments/{move}", "admin"),
        Look("redeployments", "/admin/redeployments", "admin"),
    ]


def _version_to_come() -> int:
    files = definitions.read_folder(PROCESSES / ITEM)
    diagram = f"{ITEM}.bpmn"
    changed = files[diagram].replace(b'value="30min"', b'value="40min"')
    with db.transaction():
        return definitions.deploy(
            {**files, diagram: changed},
            actor=people.actor_for_login("admin"),
            now=clock.now(),
            effective_at=clock.now() + timedelta(days=365),
        ).version.id
