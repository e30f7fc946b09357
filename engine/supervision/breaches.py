"""查实违规: what no record shows, looked into and proven by a supervisor.

A fee off the list, or work done outside and filled in afterwards, leaves no trace that a program
could read. Once proven it is a fact like any other: the rules decide which card it deserves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from engine import db, events, holding
from engine.clock import civil_date
from engine.errors import InvalidError
from engine.models import Breach, Card, Case
from engine.permissions import SUPERVISOR, Actor, require_role
from engine.supervision import issuing
from engine.supervision.kinds import PROVEN
from engine.supervision.letters import involved, own_unit
from forms.text import Text

SHORTEST, LONGEST = 10, 2000
_WRONG: Final = Text("请更正下列各项。", "Please correct these points.")


@dataclass(frozen=True)
class Proof:
    """What a supervisor has proven: which breach, by which unit, on which civil day."""

    cause: str
    department: str
    happened_on: date | None
    #: what was found, and by what it is proven
    findings: str


def prove(case_id: int, proof: Proof, *, actor: Actor, now: datetime) -> list[Card]:
    """Record a proven breach of a case, and give at once the cards that the rules see in it.

    No card comes of it while the rule of its cause is switched off. Raises ForbiddenError unless
    the actor is a supervisor of another unit, NotFoundError for no such case, InvalidError naming
    what is wrong.
    """
    require_role(actor, SUPERVISOR)
    case = holding.of_case(case_id)
    if proof.department in actor.departments:
        raise own_unit()
    _refuse_wrong(proof, case, now)
    breach = Breach(
        case_id=case.id, cause=proof.cause, department_code=proof.department,
        happened_on=proof.happened_on, findings=proof.findings.strip(), proven_at=now,
        proven_by=actor.person_id or 0,
    )  # fmt: skip
    db.session().add(breach)
    db.session().flush()
    events.of_case(
        case, "breach-proven", actor, now, department=breach.department_code,
        cause=breach.cause, reason=breach.findings, happened_on=breach.happened_on.isoformat(),
    )  # fmt: skip
    db.write()
    given = issuing.issue(case.id, now=now)
    return [card for card in given if (card.cause, card.subject) == (breach.cause, str(breach.id))]


def of_case(case: Case) -> Sequence[Breach]:
    """Return what was proven in a case, oldest first."""
    query = select(Breach).where(Breach.case_id == case.id).order_by(Breach.id)
    return list(db.session().scalars(query))


def _refuse_wrong(proof: Proof, case: Case, now: datetime) -> None:
    wrong = {}
    if proof.cause not in PROVEN:
        wrong["cause"] = Text("请选择查实的违规。", "Choose what was proven.")
    if proof.department not in involved(case):
        wrong["department"] = Text("该单位没有参与这个办件。", "This unit has no part in the case.")
    if proof.happened_on is None or proof.happened_on > civil_date(now):
        wrong["happened_on"] = Text(
            "请填写发生的日期，不能晚于今天。", "Give the day it happened, today at the latest."
        )
    if not SHORTEST <= len(proof.findings.strip()) <= LONGEST:
        wrong["findings"] = Text(
            f"请写明查实的情况和证据（{SHORTEST}至{LONGEST}字）。",
            f"Say what was found and by what it is proven ({SHORTEST} to {LONGEST} characters).",
        )
    if wrong:
        raise InvalidError(_WRONG, fields=wrong)
