"""Cases stored by published versions still load and finish."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from engine.runtime import load_program
from tests.engine.runtime.driving import Drive

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
STORIES = sorted(GOLDEN.glob("v*/*.json"))


@pytest.mark.golden
@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.parent.name}-{story.stem}")
def test_a_stored_case_of_a_past_version_finishes(story: Path) -> None:
    """Loaded with its own compiled program, it goes the way it was meant to go."""
    told = json.loads(story.read_text(encoding="utf-8"))
    program = load_program(story.with_suffix(".program").read_bytes(), told["hash"])
    state = story.with_suffix(".state").read_bytes()
    case = Drive.resumed(program, state, datetime.fromisoformat(told["now"]))
    assert case.open == told["open"]
    assert sorted(case.waiting) == told["waiting"]
    assert sorted(case.listening) == told.get("listening", [])
    for act, *given in told["rest"]:
        if act == "later":
            case.later(days=given[0])
        elif act == "fire":
            case.fire(given[0])
        elif act == "deliver":
            case.deliver(given[0], **given[1])
        else:
            case.do(given[0], given[1], **(given[2] if len(given) > 2 else {}))
    assert case.step.completed
    assert told["data"].items() <= case.step.data.items()


def test_there_are_stored_cases() -> None:
    """An empty folder would prove nothing."""
    assert len(STORIES) >= 6
