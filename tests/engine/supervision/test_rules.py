"""Rules are data in versions: changed by supervisors, tried first, effective from a day."""

from datetime import timedelta

import pytest

from engine import db, events, people, supervision
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.supervision import rules
from tests.engine.supervision.scenes import MONDAY, accepted, carded, of_cause, supervise

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
TODAY = civil_date(MONDAY)


def change(threshold: int = 5, **more: object) -> supervision.Change:
    values = {"answer_days": 3, "active": True, "effective_on": TODAY, "reason": "试行", **more}
    return supervision.Change(threshold, **values)  # type: ignore[arg-type]


def make(code: str, wanted: supervision.Change, login: str = "jc.he", **more: bool) -> None:
    with db.transaction():
        actor = people.actor_for_login(login)
        supervision.change_rule(code, wanted, actor=actor, now=MONDAY, **more)


def test_the_defaults_are_in_force_and_say_where_each_cause_ends() -> None:
    """Those of supervision.md 2.2: on limits, on breaches that are found, and on proven ones."""
    force = rules.in_force(TODAY)
    assert len(force) == 31
    tops = rules.tops(force)
    assert {tops[c] for c in ("statutory", "unanswered", "fee", "backfill")} == {"red"}
    assert {tops[c] for c in ("step", "promise", "receipt", "delivery", "cohandling")} == {"yellow"}


def test_a_new_version_counts_from_its_day_and_the_old_one_stays() -> None:
    """Who, when, why; and an event."""
    make("step-over", change(5, effective_on=TODAY + timedelta(days=3)))
    before = {r.code: r.threshold for r in rules.in_force(TODAY)}
    after = {r.code: r.threshold for r in rules.in_force(TODAY + timedelta(days=3))}
    assert (before["step-over"], after["step-over"]) == (0, 5)
    assert [row.threshold for row in supervision.versions("step-over")] == [5, 0]
    assert events.recent("supervision")[0].type == "rule-changed"


def test_a_rule_that_is_switched_off_gives_nothing() -> None:
    """The card that was not issued; unanswered yellow cards stay yellow."""
    for code in ("step-over", "step-used", "step-left", "yellow-unanswered"):
        threshold = 70 if code == "step-used" else 2 if code == "step-left" else 0
        make(code, change(threshold, active=False))
    story = accepted()
    supervise(MONDAY + timedelta(days=60))
    supervise(MONDAY + timedelta(days=90))
    levels = {card.cause: card.level for card in supervision.of_case(story.case)}
    assert "step" not in levels
    assert levels["promise"] == "yellow"


def test_how_long_a_yellow_card_may_go_unanswered_is_a_rule_too() -> None:
    """Two working days of grace after the day of the answer."""
    make("yellow-unanswered", change(2))
    story, card = carded()
    assert card.answer_by is not None
    for days, level in ((0, "yellow"), (1, "yellow"), (4, "red")):
        supervise(card.answer_by + timedelta(days=days))
        assert of_cause(story, "step").level == level


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"threshold": 61}, "threshold"),
        ({"threshold": -1}, "threshold"),
        ({"answer_days": 0}, "answer_days"),
        ({"effective_on": TODAY - timedelta(days=1)}, "effective_on"),
        ({"reason": " "}, "reason"),
    ],
)
def test_wrong_values_are_refused_at_their_field(wrong: dict[str, object], field: str) -> None:
    """Among them a rule for the past."""
    with pytest.raises(InvalidError) as refusal:
        make("step-over", change(**wrong))  # type: ignore[arg-type]
    assert set(refusal.value.fields) == {field}


def test_only_a_supervisor_changes_a_rule_and_only_one_there_is() -> None:
    """A leader does not, and nobody invents a code."""
    with pytest.raises(ForbiddenError):
        make("step-over", change(), "chen.leader")
    with pytest.raises(NotFoundError):
        make("no-such-rule", change())


def test_a_trial_says_what_a_rule_would_have_found_and_writes_nothing() -> None:
    """Open and past work, with the rule as it is beside it."""
    story, _ = carded()
    story.do("zhao.examiner", "review", "pass")
    before = supervision.newest("step-over")
    tried = supervision.trial(before, change(60), now=story.now)
    assert (tried.past, tried.past_before) == (0, 1)
    assert tried.of_past >= 1
    assert len(supervision.versions("step-over")) == 1


def test_a_rule_that_would_card_most_of_the_work_must_be_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten open steps or more, more than half of them carded by the change."""
    monkeypatch.setattr(rules, "FEW", 2)
    make("step-over", change(60))
    for _ in range(2):
        accepted(MONDAY - timedelta(days=21))
    with pytest.raises(ConflictError):
        make("step-over", change(0))
    make("step-over", change(0), confirmed=True)
