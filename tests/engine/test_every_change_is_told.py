"""No status without a notice (supervision.md, D20): every act that changes a case's status or
result is tried, and the applicant was told of it in the same act; none may be left out.
"""

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import clock, db, firing, people
from engine.cases import lapsing
from engine.models import Case, Notice
from engine.tasks.effects import EFFECTS
from tests.engine import clockwork
from tests.engine.bpmn.diagrams import chain, end, node, start, user
from tests.engine.test_lawful_steps import HEARING, MONDAY, RENEWAL, announce, heard
from tests.engine.test_life_of_cases import CORRECTION, HEADS, PARTS
from tests.engine.test_suspension import withdraw
from tests.engine.wide import case_of
from tools.stories import Story

pytestmark = [pytest.mark.db]
ENGINE = Path(__file__).parents[2] / "engine"
Act = Callable[[], object]
#: A prepared case, and the act that is tried on it.
Scene = tuple[Story, Act]
SHOP, DEVICE, JOINT = "individual-business", "medical-device-iii", "restaurant-opening"
TIMER = (
    "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>"
)
#: How often one act tells, where not once: what to put right, and that the clock stands still.
TOLD = {"site-visit rectify": 2}
#: What is told without a change that the applicant would see.
TELLING = (
    "site-visit rectify", "decide-part grant", "decide-part refuse", "hearing-right ",
    "hearing-notice ",
)  # fmt: skip
#: Where status or result are set, and a walk that comes by.
PLACES = {
    "cases/life.py:accept": "accept accept",
    "cases/life.py:ask_correction": "accept correct",
    "cases/life.py:answer_correction": "correct submitted",
    "cases/life.py:refuse_acceptance": "accept not-required",
    "cases/life.py:decide": "decide grant",
    "cases/life.py:conclude_parts": "parts-delivered",
    "cases/life.py:grant_by_silence": "granted-by-silence",
    "cases/ending.py:close": "withdrawn",
    "cases/lapsing.py:deem_accepted": "deemed",
    "cases/receipt.py:open_case": "submitted",
    "advance.py:_mirror": "closed-by-a-step",
}


def at_acceptance(outcome: str, **more: object) -> Scene:
    story = Story(DEVICE).apply()
    return story, lambda: story.do("wang.clerk", "accept", outcome, **more)


def corrected() -> Scene:
    story = Story(DEVICE).apply()
    story.do("wang.clerk", "accept", "correct", corrections=[CORRECTION])
    answers = {"head": "何敏敏"}
    return story, lambda: story.do("zhang.san", "correct_application", "submitted", answers=answers)


def to_rectify() -> Scene:
    story = Story(DEVICE).apply().do("wang.clerk", "accept", "accept")
    story.do("zhao.examiner", "review", "pass")
    more = {"opinion": "库房温湿度记录不全"}
    story.do("sun.inspector", "site_check", "rectify", **more)
    return story, lambda: story.do("zhou.inspector", "site_check", "rectify", **more)


def to_decide(outcome: str) -> Scene:
    story = Story(SHOP).apply().do("wang.clerk", "accept", "accept")
    more = {"opinion": "不符合规定的条件"} if outcome == "refuse" else {}
    return story, lambda: story.do("feng.registrar", "decide", outcome, **more)


def to_deliver() -> Scene:
    story, decide = to_decide("grant")
    decide()
    return story, lambda: story.do("wang.clerk", "deliver_licence", "delivered")


def before_parts() -> Story:
    story = Story(JOINT).apply().do("wang.clerk", "accept", "accept")
    for _, login in PARTS:
        story.do(login, "part_opinion", "agree")
    story.do("zhao.examiner", "consolidate", "go-on")
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "joint_visit", "recorded")
    return story


def part(outcome: str) -> Scene:
    story = before_parts()
    more = {"opinion": "不符合规定的条件"} if outcome == "refuse" else {}
    return story, lambda: story.do("qian.head", "decide_part", outcome, **more)


def parts_delivered() -> Scene:
    """The delivery concludes a joint case, partly granted."""
    story = before_parts()
    for unit, login in HEADS:
        refused = unit == "cgj"
        more = {"opinion": "不符合规定的条件"} if refused else {}
        story.do(login, "decide_part", "refuse" if refused else "grant", **more)
    return story, lambda: story.do("wang.clerk", "deliver_together", "delivered")


def to_hearing_right() -> Scene:
    forms = ("hearing_notice", "hearing")
    story = clockwork.case_of(*HEARING, forms=forms, at=MONDAY, promisedLimit="20wd")
    story.do("wang.clerk", "accept", "accept").do("sun.inspector", "examine", "done")
    return story, lambda: story.do("wang.clerk", "tell", "done")


def to_hearing_notice() -> Scene:
    story = heard()
    return story, lambda: announce(story, "2026-03-11T09:00")


#: Every outcome with an effect on the case.
OUTCOMES: dict[tuple[str, str], Callable[[], Scene]] = {
    ("accept", "accept"): lambda: at_acceptance("accept"),
    ("accept", "correct"): lambda: at_acceptance("correct", corrections=[CORRECTION]),
    ("accept", "not-required"): lambda: at_acceptance("not-required", opinion="无需许可"),
    ("accept", "not-competent"): lambda: at_acceptance(
        "not-competent", opinion="不属本机关", agency="省药品监督管理局"
    ),
    ("correct", "submitted"): corrected,
    ("hearing-right", ""): to_hearing_right,
    ("hearing-notice", ""): to_hearing_notice,
    ("site-visit", "rectify"): to_rectify,
    ("decide", "grant"): lambda: to_decide("grant"),
    ("decide", "refuse"): lambda: to_decide("refuse"),
    ("decide-part", "grant"): lambda: part("grant"),
    ("decide-part", "refuse"): lambda: part("refuse"),
    ("deliver", "delivered"): to_deliver,
}


def submitted() -> Scene:
    story = Story(SHOP)
    return story, story.apply


def deemed() -> Scene:
    """Nothing was said in five working days: it counts as accepted."""
    story = Story(DEVICE, at=clock.now() - timedelta(days=30)).apply()

    def lapse() -> None:
        with db.transaction():
            assert lapsing.lapse(clock.now())

    return story, lapse


def silent() -> Scene:
    """Nobody decided in time where the law says what that means."""
    story = clockwork.case_of(*clockwork.PLAIN, at=MONDAY, **RENEWAL)
    story.do("wang.clerk", "accept", "accept")
    story.now = clockwork.at("2026-03-31T00:00")
    return story, lambda: clockwork.lapse(story)


def withdrawn() -> Scene:
    story = Story(DEVICE).apply()
    return story, lambda: withdraw(story)


def closed_by_a_step() -> Scene:
    """A case that ends with a step that has no effect of its own."""
    task = user("a", "lead:examiner")
    story = case_of(start("s"), task, end("e"), chain("s", "a", "e"))
    return story, lambda: story.do("zhao.examiner", "a", "done")


def closed_by_a_timer() -> Scene:
    """A case that ends when nobody is there."""
    wait = node("intermediateCatchEvent", "w", TIMER)
    story = case_of(
        start("s"), user("a", "lead:examiner"), wait, end("e"), chain("s", "a", "w", "e")
    )
    story.do("zhao.examiner", "a", "done")

    def fire() -> None:
        with db.transaction():
            assert firing.fire_due(clock.now() + timedelta(hours=2), 5) == 1

    return story, fire


#: Whatever else changes status or result.
OTHERS: dict[str, Callable[[], Scene]] = {
    "submitted": submitted,
    "deemed": deemed,
    "parts-delivered": parts_delivered,
    "granted-by-silence": silent,
    "withdrawn": withdrawn,
    "closed-by-a-step": closed_by_a_step,
    "closed-by-a-timer": closed_by_a_timer,
}
WALKS = {**{f"{act} {outcome}": scene for (act, outcome), scene in OUTCOMES.items()}, **OTHERS}


def standing(story: Story) -> tuple[object, ...]:
    """What the applicant would see change."""
    if not story.case_id:
        return ()
    case = story.case
    return (case.status, case.result, case.accepted_at, case.decided_at, case.delivered_at)


def told(story: Story) -> int:
    """How much the applicant was told of the case."""
    person_id = people.actor_for_login(story.applicant).person_id
    query = select(func.count(Notice.id)).join(Case, Case.id == Notice.case_id)
    found = query.where(Notice.person_id == person_id, Case.id == story.case_id)
    return db.session().scalar(found) or 0


@pytest.mark.parametrize("name", sorted(WALKS))
def test_the_applicant_is_told_of_it(name: str, city_db: str) -> None:
    """Once an act, and not less."""
    story, act = WALKS[name]()
    before, known = standing(story), told(story)
    act()
    changed = standing(story) != before
    assert changed or name in TELLING
    assert told(story) - known == TOLD.get(name, 1), name


def test_no_outcome_with_an_effect_is_missing() -> None:
    """Whoever adds one adds its walk."""
    assert OUTCOMES.keys() == EFFECTS.keys()


def test_no_place_that_sets_status_or_result_is_missing() -> None:
    """Found in the source: an assignment, or a new case made with one."""
    found = {
        f"{path.relative_to(ENGINE).as_posix()}:{function.name}"
        for path in [ENGINE / "advance.py", *sorted((ENGINE / "cases").glob("*.py"))]
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and any(map(_sets, ast.walk(function)))
    }
    assert found == PLACES.keys()
    assert set(PLACES.values()) <= WALKS.keys()


def _sets(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Case":
        return True
    if not isinstance(node, ast.Assign):
        return False
    targets = [one for target in node.targets for one in ast.walk(target)]
    return any(
        isinstance(one, ast.Attribute) and one.attr in ("status", "result") for one in targets
    )
