"""Lists that cross cases show what concerns the reader, the most urgent first."""

import pytest

from reports import lists
from reports.lists import Wanted
from tests.reports.city import NOW, City


def test_the_most_urgent_case_stands_first_and_closed_ones_last(town: City) -> None:
    """Order: overdue, due today, near, calm, then what has ended."""
    found = lists.cases(town.clerk, Wanted(), now=NOW)
    assert [row.number for row in found.rows] == [
        "LB-overdue",
        "LB-new",
        "LB-near",
        "LB-calm",
        "LB-closed-late",
        "LB-closed-on-time",
    ]
    assert [row.due_state for row in found.rows] == [
        "overdue",
        "near",
        "near",
        "ok",
        "none",
        "none",
    ]


def test_an_asked_department_sees_the_case_with_its_own_limit(town: City) -> None:
    """It is not the lead, and its time is the one it was given."""
    (row,) = lists.cases(town.builder, Wanted(), now=NOW).rows
    assert (row.number, row.lead, row.due_state) == ("LB-calm", False, "near")


def test_a_row_names_the_open_steps_and_who_holds_them(town: City) -> None:
    """Two steps are open at once in the case that is co-handled."""
    rows = {row.number: row for row in lists.cases(town.clerk, Wanted(), now=NOW).rows}
    assert [step.en for step in rows["LB-calm"].steps] == ["Examine", "Signboard"]
    assert rows["LB-near"].people == ("wang.clerk",)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(query="overdue"), {"LB-overdue"}),
        (Wanted(query="near公司"), {"LB-near"}),
        (Wanted(query="张三", item="medical"), {"LB-calm", "LB-near", "LB-overdue"}),
        (Wanted(query="100%"), set()),
        (Wanted(step="Accept"), {"LB-overdue", "LB-new"}),
        (Wanted(person="nobody"), {"LB-calm", "LB-new"}),
        (Wanted(person="no number"), set()),
        (Wanted(status="closed"), {"LB-closed-late", "LB-closed-on-time"}),
        (Wanted(due="near", item="medical"), {"LB-near"}),
    ],
)
def test_each_filter_narrows_the_list(town: City, wanted: Wanted, numbers: set[str]) -> None:
    """A sign that means something to the database is only a sign here."""
    assert {row.number for row in lists.cases(town.clerk, wanted, now=NOW).rows} == numbers


def test_a_foreign_department_finds_nothing(town: City) -> None:
    """Naming somebody else's department opens no door."""
    assert lists.cases(town.builder, Wanted(), now=NOW, departments=["scjg"]).total == 0


def test_pages_are_cut_by_the_database_and_a_page_too_far_is_the_last(town: City) -> None:
    """Six cases, four a page."""
    found = lists.cases(town.clerk, Wanted(), now=NOW, page=99, per_page=4)
    assert (found.total, found.page, found.pages, len(found.rows)) == (6, 2, 2, 2)


def test_the_items_of_a_department_are_those_it_has_cases_of(town: City) -> None:
    """The filter offers no item that would find nothing."""
    assert [code for code, _ in lists.items(town.clerk)] == ["medical", "shop"]
    assert [code for code, _ in lists.items(town.builder)] == ["medical"]
