"""Real cases of items whose diagrams use more of BPMN: drawn from pieces, deployed, applied for."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import clock, db, definitions, people
from engine.models import Message, Subscription, Task, Timer
from tests.engine.bpmn import diagrams
from tools.stories import Story

ITEM = "individual-business"
FOLDER = Path(__file__).resolve().parents[2] / "processes" / ITEM
FACTS = {
    "item": ITEM,
    "kind": "promise",
    "lead": "scjg",
    "promisedLimit": "10wd",
    "statutoryLimit": "20wd",
}


def drawn(*pieces: str, **more: Any) -> bytes:
    """Draw the item's process under the id that it has."""
    return diagrams.file(*pieces, **more).replace(
        b'process id="p"', b'process id="individual_business"'
    )


def files(*pieces: str, beside: str = "", paths: str = "", **more: bytes) -> dict[str, bytes]:
    """The files of the item with another diagram; ``more``: further files, ``_`` for the dot."""
    found = {
        name: content
        for name, content in definitions.read_folder(FOLDER).items()
        if not name.endswith((".bpmn", ".dmn")) and name != "paths.yaml"
    }
    found["main.bpmn"] = drawn(*pieces, facts=FACTS, beside=beside)
    if paths:
        found["paths.yaml"] = paths.encode()
    return {**found, **{name.replace("_", "."): content for name, content in more.items()}}


def deploy(bundle: dict[str, bytes]) -> None:
    """Deploy it; a refusal shows why."""
    problems = definitions.check_bundle(bundle).errors
    assert [(p.rule, p.element, p.message.en) for p in problems] == []
    with db.transaction():
        definitions.deploy(bundle, actor=people.actor_for_login("admin"), now=clock.now())


def refusals(*pieces: str, beside: str = "", **more: bytes) -> set[str]:
    """The rules that keep a diagram from being deployed."""
    reading = definitions.read_bundle(files(*pieces, beside=beside, **more))
    return {problem.rule for problem in reading.errors}


def case_of(*pieces: str, beside: str = "", **more: bytes) -> Story:
    """Deploy a diagram and apply."""
    deploy(files(*pieces, beside=beside, **more))
    return Story(ITEM).apply()


def tasks(story: Story, state: str) -> list[str]:
    """The elements of a case's task rows in a state."""
    query = select(Task.element).where(Task.case_id == story.case_id, Task.state == state)
    return sorted(db.session().scalars(query))


def timers(story: Story) -> list[str]:
    """The elements of a case's timer rows."""
    query = select(Timer.element).where(Timer.case_id == story.case_id)
    return sorted(db.session().scalars(query))


def subscriptions(story: Story) -> list[tuple[str, str, str | None]]:
    """Element, name and key of what a case waits for."""
    query = select(Subscription).where(Subscription.case_id == story.case_id)
    return sorted((row.element, row.name, row.key) for row in db.session().scalars(query))


def letters() -> list[tuple[str, str]]:
    """Name and state of all messages, in the order they were sent."""
    query = select(Message).order_by(Message.id).execution_options(populate_existing=True)
    return [(row.name, row.state) for row in db.session().scalars(query)]
