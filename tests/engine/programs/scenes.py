"""Cases with a service task, and a program that does it, for the tests of both doors."""

from datetime import datetime, timedelta
from typing import Any

from engine import clock, db, people, programs
from engine.permissions import Actor
from tests.engine.bpmn.diagrams import chain, end, node, properties, start, user
from tests.engine.wide import case_of
from tools.stories import Story

TOPIC = "tax-record"
MINUTE = timedelta(minutes=1)
ERROR = '<bpmn:error id="E" errorCode="REJECTED"/>'


def service(identity: str = "ask", inside: str = "", *, topic: str = TOPIC, **facts: str) -> str:
    """Draw a service task that is given the name of the firm, and answers ``clean``."""
    known = {"results": "clean", **facts}
    mapped = (
        "<camunda:inputOutput>"
        '<camunda:inputParameter name="firm">${item}</camunda:inputParameter>'
        "</camunda:inputOutput>"
    )
    kept = {name: value for name, value in known.items() if value}
    extensions = properties(nameEn="Asking", **kept)
    extensions = extensions.replace(
        "</bpmn:extensionElements>", f"{mapped}</bpmn:extensionElements>"
    )
    more = f'name="查询{identity}" camunda:type="external" camunda:topic="{topic}"'
    return f'<bpmn:serviceTask id="{identity}" {more}>{extensions}{inside}</bpmn:serviceTask>\n'


def edge(identity: str, host: str, definition: str, more: str = "") -> str:
    """Put an event on the edge of an activity."""
    return node("boundaryEvent", identity, definition, more=f'attachedToRef="{host}" {more}')


def asked(*pieces: str, **more: Any) -> Story:
    """Deploy and apply; without pieces a plain item whose case waits for the program at once."""
    plain = (start("s"), service(), user("look"), end("e"), chain("s", "ask", "look", "e"))
    return case_of(*(pieces or plain), **more)


def caught() -> Story:
    """A case whose service task may end with an error, which its edge catches."""
    catch = edge("no", "ask", '<bpmn:errorEventDefinition errorRef="E"/>')
    return asked(
        start("s"), service(), catch, user("look"), user("refuse"), end("e"), end("e2"),
        chain("s", "ask", "look", "e"), chain("no", "refuse", "e2"), beside=ERROR,
    )  # fmt: skip


def program(login: str = "tax.office", *topics: str) -> Actor:
    """Open the account of a program."""
    admin = people.actor_for_login("admin")
    with db.transaction():
        person = programs.add(login, "税务局系统", topics or (TOPIC,), actor=admin, now=clock.now())
    found = people.actor_for(person.id)
    assert found is not None
    return found


def fetch(
    actor: Actor, worker: str = "w1", *, now: datetime | None = None, most: int = 10
) -> list[programs.Job]:
    """Fetch what there is, as a program does."""
    with db.transaction():
        wanted = [programs.Wanted(TOPIC, MINUTE)]
        return programs.fetch(wanted, worker, most, actor=actor, now=now or db.now())
