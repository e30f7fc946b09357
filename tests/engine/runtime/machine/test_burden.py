"""A trial ends within seconds, however much is open at once and however often something happens."""

import pytest

from engine.runtime import burden, trying
from engine.runtime.machine import records
from tests.engine.runtime.drawing import chain, end, many, start, subprocess, user, users
from tests.engine.runtime.machine.playing import play

MESH = (
    start(),
    subprocess(
        "all", many("l", "i"), start("q"), user("u", many("l", "k")), end("x"), chain("q", "u", "x")
    ),
    end(),
    chain("s", "all", "e"),
)


def test_very_many_open_tasks_end_the_trial_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each act loads and stores them all; what was done until then is still told."""
    monkeypatch.setattr(burden, "MAX_LOADED", 4 * 1024 * 1024)
    tried = play(*MESH, auto=True, l=[*range(20)])
    assert tried.status == "failed"
    assert tried.error is not None
    assert "too much is open at once" in tried.error.en
    assert "同时打开的环节过多" in tried.error.zh
    assert 0 < sum(one.event == "completed" for one in tried.trace) < 400
    assert tried.waiting


def test_without_many_acts_as_much_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burden, "MAX_LOADED", 4 * 1024 * 1024)
    tried = play(*MESH, l=[*range(20)])
    assert (tried.status, len(tried.waiting)) == ("waiting", 400)


def test_the_automatic_steps_of_all_acts_together_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(burden, "MAX_STEPS", 2)
    tried = play(start(), users("a", "b", "c"), end(), chain("s", "a", "b", "c", "e"), auto=True)
    assert tried.error is not None
    assert "More than 2 automatic steps" in tried.error.en


def test_what_is_stored_is_loaded_once_for_each_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not less, as a trial shows that what is stored goes on, and not again for each look at it."""
    loaded: list[bytes] = []

    def load(content: bytes) -> records.World:
        loaded.append(content)
        return records.load(content)

    monkeypatch.setattr(trying, "load", load)
    body = start(), users("a", "b", "c"), end(), chain("s", "a", "b", "c", "e")
    tried = play(*body, auto=True)
    assert tried.status == "completed"
    assert len(set(loaded)) == len(loaded) == 5  # of four acts and of the end
