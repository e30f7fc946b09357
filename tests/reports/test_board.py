"""The leader's board counts what the lists then show."""

import pytest

from engine.errors import ForbiddenError
from reports import board, lists
from tests.reports.city import NOW, City


def test_the_figures_of_the_lead_department_follow_the_promise(town: City) -> None:
    """An open case stands by its promised limit, a new one by its open task."""
    found = board.department(town.leader, NOW)
    assert (found.in_progress, found.near, found.overdue) == (4, 2, 1)
    assert (found.closed, found.closed_on_time) == (2, 1)


def test_a_co_handling_department_is_measured_by_the_limit_it_was_given(town: City) -> None:
    """The case is calm for its lead, but the asked department has to answer today."""
    found = board.department(town.builder_leader, NOW)
    assert (found.in_progress, found.near, found.overdue) == (1, 1, 0)


def test_every_open_task_is_counted_once_by_step_and_once_by_person(town: City) -> None:
    """The most urgent group stands first."""
    found = board.department(town.leader, NOW)
    assert sum(s.total for s in found.steps) == sum(s.total for s in found.people) == 4
    assert found.steps[0].key == "medical/Examine"
    assert {s.key for s in found.people} == {str(town.clerk.person_id), "nobody"}
    assert found.people[0].overdue == 2


def test_steps_are_grouped_by_version_for_the_diagram(town: City) -> None:
    """Each running version has its own picture."""
    found = board.department(town.leader, NOW)
    assert [(d.item, [s.key for s in d.steps]) for d in found.diagrams] == [
        ("medical", ["Examine", "Accept"]),
        ("shop", ["Accept"]),
    ]


@pytest.mark.parametrize(
    ("figure", "wanted"),
    [
        ("in_progress", lists.Wanted(status="open")),
        ("near", lists.Wanted(due="near")),
        ("overdue", lists.Wanted(due="overdue")),
        ("closed", lists.Wanted(closed_since=board.month_start(NOW))),
    ],
)
def test_each_figure_leads_to_as_many_cases(town: City, figure: str, wanted: lists.Wanted) -> None:
    """A figure that its own list contradicts would not be believed again."""
    found = board.department(town.leader, NOW)
    assert getattr(found, figure) == lists.cases(town.leader, wanted, now=NOW).total


def test_a_clerk_has_no_board_and_a_leader_only_the_own_one(town: City) -> None:
    """The figures of a department are for its leaders."""
    with pytest.raises(ForbiddenError):
        board.department(town.clerk, NOW)
    with pytest.raises(ForbiddenError):
        board.department(town.leader, NOW, code="cgj")


def test_a_supervisor_sees_the_board_of_any_department(town: City) -> None:
    """Supervision reaches over all departments."""
    assert board.department(town.supervisor, NOW, code="cgj").in_progress == 1
