"""Who held it: whatever is recorded, the parts add up to the whole."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.workdays import Calendar, office_between
from reports.spans import Holder, Recorded, Turn, parts, rounded, split

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in the city
CALENDAR = Calendar(frozenset(), frozenset(), frozenset({2026}))
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


moments = st.integers(-50, 900).map(lambda n: START + timedelta(minutes=n * 17))
ends = st.none() | moments
turns = st.builds(
    Turn,
    st.sampled_from(["accept", "review", "decide"]),
    st.sampled_from(["", "scjg", "cgj", "xfjy"]),
    moments,
    ends,
    st.lists(st.tuples(moments, st.none() | st.integers(1, 3)), max_size=3).map(
        lambda found: tuple(sorted(found, key=lambda one: one[0]))
    ),
)
recorded = st.builds(
    Recorded,
    st.just(START),
    st.integers(0, 900).map(lambda n: START + timedelta(minutes=n * 17)),
    st.lists(turns, max_size=6).map(tuple),
    st.lists(st.tuples(moments, ends, st.just("hearing")), max_size=2).map(tuple),
    st.lists(st.tuples(moments, ends), max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(recorded)
def test_the_parts_add_up_to_the_whole(case: Recorded) -> None:
    """On the wall and in office hours to the microsecond; rounded hours to the rounded whole."""
    held = split(case, CALENDAR)
    whole = case.end - case.start
    office = office_between(CALENDAR, case.start, case.end)
    assert sum((one.time for one in held), timedelta()) == whole
    assert sum((one.office for one in held), timedelta()) == office
    assert sum(rounded(one.office for one in held)) == round(office / HOUR)
    assert all(one.office <= one.time for one in held)
    assert len({one.holder for one in held}) == len(held)


def test_pickup_work_correction_and_stop_are_told_apart() -> None:
    """Two hours waiting, one hour of work, the applicant's time, a hearing, then nobody's."""
    case = Recorded(
        START,
        at(24 * 4),
        (
            Turn("accept", "scjg", START, at(4), ((at(3), 7),)),
            Turn("correct", "", at(4), at(24)),
            Turn("review", "scjg", at(24), at(48), ((at(24), 7), (at(25), None))),
        ),
        ((at(48), at(72), "hearing"),),
        ((at(4), at(24)),),
    )
    held = {one.holder: one for one in split(case, CALENDAR)}
    office = {holder: one.office / HOUR for holder, one in held.items()}
    assert office[Holder("waiting", "scjg", 0, "accept")] == 2  # 10 to 12, lunch until 13:30 apart
    assert office[Holder("working", "scjg", 7, "accept")] == 0.5
    assert office[Holder("applicant", "", 0, "correct")] == 4.5
    assert office[Holder("working", "scjg", 7, "review")] == 1
    assert office[Holder("waiting", "scjg", 0, "review")] == 6
    assert office[Holder("stopped", "", 0, "hearing")] == 7
    assert office[Holder("nobody")] == 7


def test_what_several_do_at_once_is_shared_by_department_then_by_task() -> None:
    """One with two tasks has no more of it than one with one."""
    case = Recorded(
        START,
        at(2),
        (
            Turn("a", "cgj", START, None, ((START, 1),)),
            Turn("b", "cgj", START, None),
            Turn("c", "xfjy", START, at(2)),
        ),
    )
    office = {one.holder.detail: one.office for one in split(case, CALENDAR)}
    assert office == {"a": HOUR / 2, "b": HOUR / 2, "c": HOUR}


def test_parts_are_equal_to_the_tick() -> None:
    """Ten microseconds among three."""
    assert [p.microseconds for p in parts(timedelta(microseconds=10), 3)] == [4, 3, 3]
