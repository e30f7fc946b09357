"""Small items for the tests of the legal clock: drawn from pieces, with the ready forms."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from engine import cases, clocks, db, definitions, events, notices, people
from engine.cases import lapsing
from tests.engine import wide
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tools import samples
from tools.stories import Story

FORMS = Path(__file__).resolve().parents[2] / "processes" / ".forms"
ACCEPT = user("accept", "lead:clerk", act="accept", limit="1wd")
EXAMINE = user("examine", "lead:examiner")
DECIDE = user("decide", "lead:head", act="decide")
DELIVER = user("deliver", "lead:clerk", act="deliver", limit="10wd")


def asking(days: int = 5) -> tuple[str, ...]:
    """The right to a hearing is told; so many working days long the applicant may ask for one."""
    return (
        user("tell", "lead:clerk", act="hearing-right"),
        user("ask", "applicant", act="request-hearing", limit="5wd"),
        node(
            "boundaryEvent", "silent",
            f"<bpmn:timerEventDefinition><bpmn:timeDuration>P{days}WD</bpmn:timeDuration>"
            "</bpmn:timerEventDefinition>", more='attachedToRef="ask"',
        ),
        node("exclusiveGateway", "wanted", more='default="f_wanted_decide"'),
        user(
            "announce", "lead:clerk", act="hearing-notice", more='camunda:formRef="hearing_notice"'
        ),
        flow("silent", "decide"), flow("wanted", "announce", 'outcome = "request"'),
        chain("announce", "hear", "decide"),
    )  # fmt: skip


ASKING = asking()
CORRECTING = (
    start(), ACCEPT, user("correct", "applicant", act="correct", limit="10wd"), DECIDE,
    node("exclusiveGateway", "receipt", more='default="f_receipt_decide"'), end(),
    chain("start", "accept", "receipt", "decide", "end"),
    flow("receipt", "correct", 'outcome = "correct"'), flow("correct", "accept"),
)  # fmt: skip
PLAIN = (
    start(), ACCEPT, EXAMINE, DECIDE, DELIVER, end(),
    chain("start", "accept", "examine", "decide", "deliver", "end"),
)  # fmt: skip


def bundle(*pieces: str, forms: tuple[str, ...] = (), **facts: str) -> dict[str, bytes]:
    """The files of an item drawn from pieces, with facts on its process and ready forms."""
    found = wide.files(*pieces)
    found["main.bpmn"] = wide.drawn(*pieces, facts={**wide.FACTS, **facts})
    for name in forms:
        found[f"{name}.form"] = (FORMS / f"{name}.form").read_bytes()
    return found


def rules(*pieces: str, forms: tuple[str, ...] = (), **facts: str) -> set[str]:
    """What keeps an item from being deployed."""
    reading = definitions.read_bundle(bundle(*pieces, forms=forms, **facts))
    return {problem.rule for problem in reading.errors}


def deploy(files: dict[str, bytes]) -> None:
    """Put an item into force."""
    wide.deploy(files)


def case_of(
    *pieces: str, forms: tuple[str, ...] = (), at: Any = None, apply: bool = True, **facts: str
) -> Story:
    """Deploy an item and apply for it."""
    deploy(bundle(*pieces, forms=forms, **facts))
    story = Story(wide.ITEM, at=at)
    return story.apply() if apply else story


def answers(**more: Any) -> dict[str, Any]:
    """An application, with more answers."""
    return {**samples.APPLICATIONS[wide.ITEM](1), **more}


def actor(login: str) -> Any:
    """Somebody of the demo city."""
    return people.actor_for_login(login)


def at(text: str) -> datetime:
    """Read an instant in the city's own time."""
    return datetime.fromisoformat(f"{text}+08:00")


def on(moment: datetime | None) -> date | None:
    """The civil day of a due time."""
    return clocks.last_day(moment) if moment else None


def types(story: Story) -> list[str]:
    """What happened, by kind."""
    return [event.type for event in events.history(story.case_id)]


def event(story: Story, kind: str) -> dict[str, Any]:
    """The data of the last event of a kind."""
    return next(e.data for e in events.history(story.case_id)[::-1] if e.type == kind)


def kinds(story: Story) -> list[str]:
    """The kinds of its documents."""
    return [document.kind for document in cases.documents.of_case(story.case)]


def told(story: Story, kind: str) -> set[str]:
    """Who was told something, by login."""
    ids = [n.person_id for n in notices.of_case(story.case) if n.kind == kind]
    return {found.login for one in ids if (found := people.get(one)) is not None}


def lapse(story: Story) -> int:
    """Let the worker look."""
    with db.transaction():
        return lapsing.lapse(story.now)


def act(function: Any, *given: Any, login: str, story: Story) -> Any:
    """Carry out an act of the engine in a transaction of its own."""
    with db.transaction():
        return function(*given, actor=actor(login), now=story.now)
