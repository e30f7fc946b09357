"""Breaches that a supervisor proves: on record, carded by the rules, refused when wrong."""

from datetime import date, timedelta
from typing import Any

import pytest

from engine import db, people, supervision
from engine.clock import civil_date
from engine.errors import ForbiddenError, InvalidError
from engine.models import Card
from tests.engine.supervision.scenes import accepted, act, of_cause, proof, supervise
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def prove(story: Story, login: str = "jc.he", **more: Any) -> list[Card]:
    """Prove a breach of a case, in a unit of work of its own."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return supervision.prove(story.case_id, proof(story, **more), actor=actor, now=story.now)


def test_a_proven_fee_is_a_red_card_at_once_and_stays_one() -> None:
    """One card a breach; the next look of the worker adds nothing."""
    story = accepted()
    (card,) = prove(story)
    assert (card.level, card.state, card.department_code) == ("red", "issued", "scjg")
    assert card.evidence[-1]["found"][0] == "违规收费"
    supervise(story.now + timedelta(hours=1))
    assert len([c for c in supervision.of_case(story.case) if c.cause == "fee"]) == 1
    (other,) = prove(story, cause="backfill")
    assert other.cause == "backfill"
    assert len(prove(story)) == 1, "a second fee is a breach of its own"


def test_what_was_proven_is_read_in_the_record_and_the_unit_may_appeal() -> None:
    """The card goes the way of all cards."""
    story = accepted()
    prove(story)
    (breach,) = supervision.breaches_of(story.case)
    assert "收据0031号" in breach.findings
    act("chen.leader", "appeal", of_cause(story, "fee"), story.now)
    assert act("jc.he", "withdraw", of_cause(story, "fee"), story.now).state == "withdrawn"
    supervise(story.now + timedelta(hours=1))
    assert of_cause(story, "fee").state == "withdrawn"


def test_without_its_rule_it_is_on_record_and_no_card_comes_of_it() -> None:
    """Supervisors decide what a breach deserves, also nothing."""
    story = accepted()
    off = supervision.Change(0, 3, False, civil_date(story.now), "暂停使用")
    with db.transaction():
        actor = people.actor_for_login("jc.he")
        supervision.change_rule("fee-found", off, actor=actor, now=story.now)
    assert prove(story) == []
    assert len(supervision.breaches_of(story.case)) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cause": "skipped"}, "cause"),
        ({"cause": ""}, "cause"),
        ({"department": "cgj"}, "department"),
        ({"department": "nowhere"}, "department"),
        ({"happened_on": None}, "happened_on"),
        ({"happened_on": date(2099, 1, 1)}, "happened_on"),
        ({"findings": "  太短  "}, "findings"),
        ({"findings": "长" * 2001}, "findings"),
    ],
)
def test_a_proof_that_is_wrong_is_refused_at_its_field(wrong: dict[str, Any], field: str) -> None:
    """Nothing is written."""
    story = accepted()
    with pytest.raises(InvalidError) as refused:
        prove(story, **wrong)
    assert list(refused.value.fields) == [field]
    assert not supervision.breaches_of(story.case)


def test_only_supervisors_of_another_unit_prove_breaches() -> None:
    """Neither the unit itself nor its leader."""
    story = accepted()
    for login in ("wang.clerk", "chen.leader", "zhang.san"):
        with pytest.raises(ForbiddenError):
            prove(story, login)
