"""Cases with a step that failed for a cause that has passed since."""

from engine import clock, incidents, people
from engine.errors import EngineFault
from engine.incidents import Attempt
from forms.text import Text
from tools.stories import Story


def failed(number: int) -> list[Story]:
    """Cases of a sound diagram whose acceptance failed once for a passing cause."""
    stories = [Story("medical-device-iii").apply(number=n) for n in range(1, number + 1)]
    for story in stories:
        fail_for_once(story)
    return stories


def fail_for_once(story: Story) -> None:
    """Keep an incident of its acceptance, for a passing cause."""
    clerk, task = people.actor_for_login("wang.clerk"), story.task("accept", "wang.clerk")
    given = {"outcome": "accept", "answers": story.filled("accept"), "opinion": ""}
    keep(Attempt(story.case_id, "accept", clerk, task.id, given=given))


def keep(attempt: Attempt) -> None:
    """Keep an incident of what was tried, for a passing cause."""
    fault = EngineFault(Text("一时的故障。", "A passing fault."))
    fault.attempt = attempt
    assert incidents.keep(fault, now=clock.now()) is not None
