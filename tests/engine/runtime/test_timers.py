"""Timers wait on the caller's clock and go off only when they are fired."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.definitions.bundle import plain_weeks
from engine.feel import evaluate
from engine.runtime import RuntimeFault, TaskGone, TimerNotDue, fire
from engine.runtime.timers import after, due, moment
from tests.engine.runtime.drawing import (
    boundary,
    catch,
    chain,
    end,
    flow,
    gateway,
    process,
    script,
    start,
    subprocess,
    user,
    users,
)
from tests.engine.runtime.driving import MORNING, Drive


def watched(text: str = "P5D", *, interrupting: bool = True) -> bytes:
    """A task with a timer on its edge."""
    return process(
        start(),
        users("work", "late", "next"),
        boundary("timer", "work", text, interrupting=interrupting),
        end(),
        end("e2"),
        chain("s", "work", "next", "e"),
        chain("timer", "late", "e2"),
    )


def test_an_interrupting_timer_cancels_its_task() -> None:
    """The task is gone, the timer's path is open."""
    case = Drive(watched())
    assert case.step.timers[0].due_at == MORNING + timedelta(days=5)
    case.later(days=5).fire("timer")
    assert case.open == ["late"]
    assert [(entry.element, entry.event) for entry in case.step.trace] == [
        ("timer", "entered"),
        ("timer", "completed"),
        ("work", "cancelled"),
        ("late", "entered"),
    ]
    assert case.do("late").step.completed


def test_a_timer_that_does_not_interrupt_leaves_its_task_open() -> None:
    """Both go on, and the case ends when both are done."""
    case = Drive(watched(interrupting=False)).later(days=5).fire("timer")
    assert sorted(case.open) == ["late", "work"]
    assert case.step.timers == ()
    case.do("work").do("next")
    assert not case.step.completed
    assert case.do("late").step.completed


def test_completing_the_task_in_time_ends_its_timer() -> None:
    """Nothing is left to fire."""
    case = Drive(watched())
    timer = case.step.timers[0].id
    case.do("work")
    assert case.step.timers == ()
    with pytest.raises(TaskGone):
        fire(case.program, case.step.state, timer, now=MORNING + timedelta(days=9))


def test_a_person_wins_over_an_overdue_timer_that_was_not_fired() -> None:
    """``complete`` never fires timers by itself."""
    case = Drive(watched()).later(days=30).do("work")
    assert case.open == ["next"]


def test_a_timer_cannot_go_off_before_its_time() -> None:
    """One second early is too early."""
    case = Drive(watched())
    case.later(days=5, seconds=-1)
    with pytest.raises(TimerNotDue):
        case.fire("timer")
    assert case.later(seconds=1).fire("timer").open == ["late"]


def test_due_times_are_fixed_when_the_timer_starts_and_survive_saves() -> None:
    """Other steps and later clocks do not move it."""
    drawing = process(
        start(),
        gateway("parallel", "g"),
        users("work", "other", "third", "late"),
        boundary("timer", "work", "P5D"),
        end(),
        chain("s", "g", "work", "e"),
        chain("g", "other", "third", "e"),
        chain("timer", "late", "e"),
    )
    case = Drive(drawing).later(days=2).do("other").later(days=1).do("third")
    assert case.step.timers[0].due_at == MORNING + timedelta(days=5)


def test_each_pass_of_a_loop_has_a_new_timer() -> None:
    """Coming back restarts the time."""
    drawing = process(
        start(),
        users("work", "late"),
        boundary("timer", "work", "P5D"),
        gateway("exclusive", "g", "ok"),
        end(),
        chain("s", "work", "g"),
        flow("g", "e", flow_id="ok"),
        flow("g", "work", 'outcome = "again"'),
        chain("timer", "late", "e"),
    )
    case = Drive(drawing)
    first = case.step.timers[0]
    case.later(days=3).do("work", "again")
    assert case.step.timers[0].id != first.id
    assert case.step.timers[0].due_at == MORNING + timedelta(days=8)


def test_a_timer_in_the_flow_holds_the_case() -> None:
    """The next task opens when it has gone off; the record names it once."""
    drawing = process(
        start(), catch("wait", "PT4H"), user("a"), end(), chain("s", "wait", "a", "e")
    )
    case = Drive(drawing)
    assert case.open == []
    assert case.waiting == ["wait"]
    case.later(hours=4).fire("wait")
    assert case.open == ["a"]
    assert case.visited.count("wait") == 1


def test_a_chain_of_timers_is_fired_one_by_one() -> None:
    """The second one counts from the moment the first went off."""
    drawing = process(
        start(), catch("one", "P1D"), catch("two", "P1D"), end(), chain("s", "one", "two", "e")
    )
    case = Drive(drawing).later(days=7).fire("one")
    assert case.waiting == ["two"]
    assert case.step.timers[0].due_at == MORNING + timedelta(days=8)


@pytest.mark.parametrize("text", ["P5WD", "PT4WH", "P1WDT2WH"])
def test_working_time_is_counted_by_the_callers_calendar(text: str) -> None:
    """The calendar gets the start and the duration as drawn."""
    asked: list[tuple[datetime, str]] = []

    def workdays(begin: datetime, duration: str) -> datetime:
        asked.append((begin, duration))
        return datetime(2026, 5, 12, 17, 30, tzinfo=UTC)

    case = Drive(watched(text), workdays=workdays)
    assert asked == [(MORNING, text)]
    assert case.step.timers[0].due_at == datetime(2026, 5, 12, 17, 30, tzinfo=UTC)


def test_working_time_without_a_calendar_is_a_fault_at_the_timer() -> None:
    """It is never counted as ordinary days."""
    with pytest.raises(RuntimeFault, match="working calendar") as caught:
        Drive(watched("P5WD"))
    assert caught.value.element == "timer"


def test_a_date_without_a_zone_is_civil_time() -> None:
    """A bare date is its first moment in the city."""
    drawing = process(
        start(),
        catch("one", "2026-10-01", "timeDate"),
        catch("two", "2026-10-02T09:00:00", "timeDate"),
        catch("three", "= day", "timeDate"),
        end(),
        chain("s", "one", "two", "three", "e"),
    )
    case = Drive(drawing, {"day": "2026-10-05T00:00:00+02:00"})
    assert case.step.timers[0].due_at == datetime(2026, 9, 30, 16, tzinfo=UTC)
    case.later(days=300).fire("one")
    assert case.step.timers[0].due_at == datetime(2026, 10, 2, 1, tzinfo=UTC)
    case.fire("two")
    assert case.step.timers[0].due_at == datetime(2026, 10, 4, 22, tzinfo=UTC)


def test_a_duration_can_come_from_a_variable_or_an_expression() -> None:
    """FEEL durations and ISO text both do."""
    for text in ("= wait", '= duration("P2D")'):
        case = Drive(watched(text), {"wait": "P2D"})
        assert case.step.timers[0].due_at == MORNING + timedelta(days=2), text
    month = Drive(watched('= duration("P1M")')).step.timers[0]
    assert month.due_at == MORNING + timedelta(days=30)


@pytest.mark.parametrize("value", ["soon", "", "-P1D", "P", "PT", 5, None, "2026-01-01"])
def test_a_time_that_is_none_is_a_fault_at_the_timer(value: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(RuntimeFault) as caught:
        Drive(watched("= wait"), {"wait": value})
    assert caught.value.element == "timer"


@pytest.mark.parametrize(
    "text", ["P9999Y", '= duration("-P1D")', '= duration("-P1M")', "= 1", "= -1"]
)
def test_a_time_in_the_past_or_out_of_reach_is_a_fault(text: str) -> None:
    """A timer only goes forward."""
    with pytest.raises(RuntimeFault, match="not a time"):
        Drive(watched(text))


def test_more_working_time_than_is_counted_is_told_as_it_was_written() -> None:
    """A computed duration is not known before."""
    with pytest.raises(RuntimeFault, match="'P9999WD' is too long") as caught:
        Drive(watched("= wait"), {"wait": "P9999WD"}, workdays=plain_weeks)
    assert caught.value.element == "timer"


@pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", 5, None])
def test_a_date_that_is_none_is_a_fault(day: object) -> None:
    """At the timer."""
    drawing = process(start(), catch("t", "= day", "timeDate"), end(), chain("s", "t", "e"))
    with pytest.raises(RuntimeFault, match="not a time") as caught:
        Drive(drawing, {"day": day})
    assert caught.value.element == "t"


def test_a_calendar_that_fails_is_a_fault_that_changes_nothing() -> None:
    """Any error inside an advance is a fault at the element that ran."""

    def broken(_begin: datetime, _duration: str) -> datetime:
        raise ZeroDivisionError

    drawing = process(
        start(), users("a", "b"), boundary("t", "b", "P5WD"), end(), end("e2"),
        chain("s", "a", "b", "e"), chain("t", "e2"),
    )  # fmt: skip
    case = Drive(drawing, workdays=broken)
    before = case.step
    with pytest.raises(RuntimeFault, match="ZeroDivisionError"):
        case.do("a")
    assert case.step is before


def test_a_calendar_that_goes_back_is_a_fault() -> None:
    """A due time before the start is none."""
    with pytest.raises(RuntimeFault, match="not a time"):
        Drive(watched("P5WD"), workdays=lambda begin, _: begin - timedelta(days=1))


def test_months_end_on_the_last_day_there_is() -> None:
    """Civil months, in the city's zone."""
    january = datetime(2026, 1, 31, 1, tzinfo=UTC)
    assert after(january, "P1M", None) == datetime(2026, 2, 28, 1, tzinfo=UTC)
    assert after(january, "P11M", None) == datetime(2026, 12, 31, 1, tzinfo=UTC)
    assert after(january, "P1Y2M3DT4H5M6S", None) == datetime(2027, 4, 3, 5, 5, 6, tzinfo=UTC)
    assert after(datetime(2025, 12, 31, 17, tzinfo=UTC), "P1M", None) == datetime(
        2026, 1, 31, 17, tzinfo=UTC
    )  # the first of January in the city
    assert moment("2026-01-01") == datetime(2025, 12, 31, 16, tzinfo=UTC)


def test_a_timer_on_a_subprocess_cancels_what_runs_inside() -> None:
    """Timers inside are gone too."""
    drawing = process(
        start(),
        subprocess(
            "sub",
            start("ss"),
            gateway("parallel", "g"),
            user("a"),
            boundary("inner", "a", "P1D"),
            catch("wait", "P9D"),
            end("se"),
            chain("ss", "g", "a", "se"),
            chain("inner", "se"),
            chain("g", "wait", "se"),
        ),
        boundary("outer", "sub", "P2D"),
        user("late"),
        script("note", "noted = true"),
        end(),
        chain("s", "sub", "e"),
        chain("outer", "note", "late", "e"),
    )
    case = Drive(drawing)
    assert sorted(case.waiting) == ["inner", "outer", "wait"]
    case.later(days=2).fire("outer")
    assert case.waiting == []
    assert case.open == ["late"]
    assert case.step.data["noted"] is True
    assert case.do("late").step.completed


def test_what_a_reminder_path_sets_is_seen_on_the_main_path() -> None:
    """Variables belong to the case; the library would drop them until the end."""
    drawing = process(
        start(),
        users("work", "escalated", "normal"),
        boundary("timer", "work", "P5D", interrupting=False),
        script("note", "reminded = true"),
        gateway("exclusive", "g", "no"),
        end(),
        end("e2"),
        chain("s", "work", "g"),
        chain("timer", "note", "e2"),
        flow("g", "escalated", "reminded = true"),
        flow("g", "normal", flow_id="no"),
        chain("escalated", "e"),
        chain("normal", "e"),
    )
    assert Drive(drawing).do("work").open == ["normal"]
    assert Drive(drawing).later(days=5).fire("timer").do("work").open == ["escalated"]


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("date", '@"12026-01-01"'),
        ("date", '@"12026-01-01T00:00:00Z"'),
        ("date", '@"9999-12-31T23:59:59-12:00"'),
        ("duration", '@"P9999999D"'),
        ("duration", '@"PT0.000000001S"'),
    ],
)
def test_a_time_that_no_clock_here_can_show_is_a_fault(kind: str, expression: str) -> None:
    """FEEL knows farther years and finer seconds than a timer can wait for."""
    with pytest.raises(RuntimeFault):
        due(kind, evaluate(expression), MORNING, None)
