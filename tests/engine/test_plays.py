"""Plays without a database: messages, signals, timers, and moves that cannot be made."""

from datetime import timedelta

import pytest

from engine import definitions, playing
from engine.clock import civil_date
from engine.completion import Doing
from engine.errors import InvalidError
from engine.playing import MAX_MOVES, Scene, Script, Stage
from engine.runtime.trial import BEGINNING
from engine.workdays import Calendar
from forms import plausible
from tests.engine import clockwork
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import files

DECLARED = (
    '<bpmn:message id="m" name="Paid"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=name"/></bpmn:extensionElements></bpmn:message>'
    '<bpmn:signal id="sg" name="Stop"/>'
)
PAID = '<bpmn:messageEventDefinition messageRef="m"/>'
STOP = '<bpmn:signalEventDefinition signalRef="sg"/>'
WEEK = (
    "<bpmn:timerEventDefinition><bpmn:timeDuration>P7D</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>"
)


def stage(*pieces: str) -> Stage:
    """Make a bundle with this diagram ready to be played."""
    bundle = files(*pieces, beside=DECLARED)
    return Stage(definitions.read_bundle(bundle), definitions.bundle_hash(bundle), Calendar())


def waiting(definition: str) -> Stage:
    """A diagram that waits for an event before its only task."""
    return stage(
        start("s"), node("intermediateCatchEvent", "wait", definition), user("a"), end("e"),
        chain("s", "wait", "a", "e"),
    )  # fmt: skip


def walk(on: Stage, *moves: dict[str, object]) -> Scene:
    """Play moves after an application of somebody called Wang."""
    return on.play(Script(BEGINNING, {"name": "王"}, moves=moves))


def elements(scene: Scene) -> list[str]:
    """Return the open steps."""
    return [one.element for one in scene.todos]


def test_a_message_comes_in_with_what_it_must_carry() -> None:
    """The page shows for what it waits; another value is for nobody."""
    on = waiting(PAID)
    (awaited,) = walk(on).awaited
    assert (awaited.kind, awaited.name, awaited.key) == ("message", "Paid", '"王"')
    scene = walk(on, {"message": "Paid", "correlation": "王"})
    assert elements(scene) == ["a"]
    assert scene.log[-1].text.en == "“Paid” came in"
    wrong = walk(on, {"message": "Paid", "correlation": "李"})
    assert wrong.fault is not None
    assert elements(wrong) == []


def test_a_signal_comes_in() -> None:
    """By its name alone."""
    assert elements(walk(waiting(STOP), {"signal": "Stop"})) == ["a"]


def test_time_lets_timers_go_off_and_the_next_moment_is_theirs() -> None:
    """What goes off by itself stands in the log under its name."""
    on = waiting(WEEK)
    scene = walk(on)
    assert scene.next_moment() == BEGINNING + timedelta(days=7)
    assert scene.current == {"wait"}
    scene = walk(on, {"advance": "P8D"})
    assert elements(scene) == ["a"]
    assert "timer" in scene.log[-1].text.en
    assert scene.todos[0].opened_at == BEGINNING + timedelta(days=7)
    assert scene.now == BEGINNING + timedelta(days=8)
    assert {"s", "wait"} <= scene.done


@pytest.mark.parametrize(
    "move",
    [
        {"complete": "nowhere"},
        {"complete": "a", "outcome": "nothing"},
        {"advance": "soon"},
        {"signal": "Nobody"},
    ],
)
def test_a_move_that_cannot_be_made_is_told_and_the_rest_stands(move: dict[str, object]) -> None:
    """The scene is that before the move, with the reason."""
    scene = walk(stage(start("s"), user("a"), end("e"), chain("s", "a", "e")), move)
    assert scene.fault is not None
    assert elements(scene) == ["a"]


def test_a_script_is_bounded_and_survives_being_carried() -> None:
    """Too many moves, and text that is none, are refused."""
    script = Script(BEGINNING, {"name": "王"}, "renewal", ({"advance": "P1D"},))
    assert playing.read(playing.write(script)) == script
    assert script.back().moves == ()
    with pytest.raises(InvalidError, match="at most"):
        Script(BEGINNING, moves=({"advance": "P1D"},) * MAX_MOVES).then({"advance": "P1D"})
    for text in ("", "[]", "{}", "x" * 500_000, '{"moves": 1}'):
        with pytest.raises(InvalidError):
            playing.read(text)


def test_the_diagram_decides_by_what_was_answered() -> None:
    """Answers that the diagram does not look at never enter."""
    on = stage(
        start("s"), node("exclusiveGateway", "g", more='default="f_g_b"'), user("a"), user("b"),
        end("e"), chain("s", "g", "b", "e"), flow("g", "a", "capital > 5"), flow("a", "e"),
    )  # fmt: skip
    assert elements(on.play(Script(BEGINNING, {"capital": 10}))) == ["a"]
    scene = on.play(Script(BEGINNING, {"capital": 3, "company": "x"}))
    assert elements(scene) == ["b"]
    assert "company" not in scene.data


LAWFUL = (
    start(), clockwork.ACCEPT,
    user("visit", "lead:inspector", act="site-visit", persons="2", limit="2wd",
         more='camunda:formRef="site_visit"'),
    user("review", "lead:examiner", act="expert-review", experts="3", limit="2wd",
         more='camunda:formRef="expert_review"'),
    user("notice", "lead:clerk", act="publicity", period="7d", limit="9wd",
         more='camunda:formRef="publicity"'),
    user("tell", "lead:clerk", act="hearing-right", limit="1wd"),
    user("ask", "applicant", act="request-hearing", limit="5wd"),
    user("announce", "lead:clerk", act="hearing-notice", limit="1wd",
         more='camunda:formRef="hearing_notice"'),
    user("hear", "lead:inspector", act="hearing", limit="1wd", more='camunda:formRef="hearing"'),
    clockwork.DECIDE, end(),
    chain("start", "accept", "visit", "review", "notice", "tell", "ask", "announce", "hear",
          "decide", "end"),
)  # fmt: skip


def lawful() -> Stage:
    """An item with every step that the law has rules for."""
    forms = ("site_visit", "expert_review", "publicity", "hearing_notice", "hearing")
    bundle = clockwork.bundle(*LAWFUL, forms=forms, promisedLimit="50wd", statutoryLimit="60wd")
    reading = definitions.read_bundle({**bundle, "paths.yaml": b"[]"})
    assert [problem.rule for problem in reading.errors] == []
    return Stage(reading, definitions.bundle_hash(bundle), Calendar())


def sampled(on: Stage, scene: Scene, outcome: str, opinion: str = "依据笔录，符合规定") -> Doing:
    """Sample answers to the open step, as its page fills them in."""
    (todo,) = scene.todos
    form = on.reading.forms.get(todo.step.form or "")
    today = civil_date(scene.now)
    plain = plausible.answers(form, today=today) if form else {}
    return Doing(outcome, scene.record.sample(todo, scene.now, plain), opinion)


def test_steps_of_the_law_are_refused_too_early_and_take_sample_answers_in_time() -> None:
    """Visits, experts, publicity and a hearing, in the words of the real work."""
    on, script, told = lawful(), Script(BEGINNING, {}), []
    for _ in range(60):
        scene = on.play(script)
        assert scene.fault is None
        if scene.completed:
            break
        (todo,) = scene.todos
        wanted = {"request-hearing": "request", "decide": "grant", "accept": "accept"}
        outcome = wanted.get(todo.step.act, todo.step.outcomes[0].code)
        try:
            move = scene.record.take(todo, sampled(on, scene, outcome), scene.now)
        except InvalidError as error:
            told += [text.zh for text in error.fields.values()]
            move = {"advance": "P1D"}
        script = script.then(move)
    assert scene.completed, told[-3:]
    assert scene.lacking[1:] == ()
    assert [one.element for one in (d.step for d in scene.record.done)][1:4] == [
        "visit", "review", "notice",
    ]  # fmt: skip
    assert any("公示期还没有结束" in text for text in told)
    assert any("听证通知的时间是" in text for text in told)
    signs = [move for move in script.moves if "sign" in move]
    assert [move["sign"] for move in signs] == ["visit"]


def test_what_the_law_asks_is_told_of_a_completion_that_breaks_it() -> None:
    """A hearing without a decision on its minutes, a visit in the future, one signature only."""
    on = lawful()
    script = Script(BEGINNING, {}).then({"complete": "accept", "outcome": "accept"})
    ahead = {"visit_at": "2026-05-01T09:00"}
    script = script.then({"complete": "visit", "outcome": "done", "answers": ahead})
    found = {(one.number, one.field) for one in on.play(script).lacking}
    assert {(2, "visit_at"), (2, "signatures")} <= found
    (todo,) = on.play(script.back()).todos
    assert any(
        "许可法34" in hint.zh for hint in on.play(script.back()).record.hints(todo, BEGINNING)
    )
    odd = Script(BEGINNING, {}).then({"sign": "nowhere", "outcome": "pass"})
    assert (1, "sign") in {(one.number, one.field) for one in on.play(odd).lacking}


@pytest.mark.parametrize(
    "move",
    [
        {"complete": "a", "opinion": 5},
        {"complete": "a", "materials": ["x"] * 500},
        {"complete": "a", "corrections": [{"kind": "field"}]},
        {"sign": "a", "data": {}},
        {"complete": "a", "sign": "a"},
    ],
)
def test_moves_that_say_what_no_page_would_say_are_refused(move: dict[str, object]) -> None:
    """Codes, points and words are of their kind, and not too many."""
    assert not playing.fits(move)
