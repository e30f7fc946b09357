"""A form of any size is read in little time: objects, components and problems are bounded."""

import pytest

from forms import load_form
from forms.fields.choices import MOST_CHOICES
from forms.source import MOST_COMPONENTS, MOST_OBJECTS, MOST_PROBLEMS, Report, _LocatedDecoder
from tests.forms.samples import component, file_of, load


class _Counted(str):
    """A text that adds up how much of it was searched."""

    __slots__ = ("searched",)

    def count(self, what: str, start: int = 0, end: int = 0) -> int:  # type: ignore[override]
        self.searched = getattr(self, "searched", 0) + end - start
        return super().count(what, start, end)


def test_every_problem_stands_on_the_line_of_its_object() -> None:
    """Also behind objects that hold others, and where several share a line."""
    inner = '{"type":\n"group", "id": "g", "components": [\n\n{"type": "bad", "id": "a"}\n]},'
    data = f'{{\n"components": [{inner}\n{{"type": "bad", "id": "b"}}, {{"type": "bad"}}]}}'
    _, problems = load_form(data.encode(), "x.form")
    found = [(p.line, p.element) for p in problems if p.rule == "unknown-type"]
    assert found == [(5, "a"), (7, ""), (7, "b")]


def test_no_line_is_counted_twice() -> None:
    """However many objects there are, the file is searched for line ends once."""
    text = _Counted("[" + ",\n".join(["{}"] * 500) + "]")
    nodes = _LocatedDecoder().decode(text)
    assert [node.line for node in nodes] == list(range(1, 501))
    assert text.searched <= len(text)


def test_a_file_of_too_many_objects_is_refused_before_they_are_read() -> None:
    """One problem, which says what to do."""
    objects = b",".join([b"{}"] * MOST_OBJECTS)
    form, problems = load_form(b'{"components": [' + objects + b"]}", "x.form")
    assert form is None
    assert [problem.rule for problem in problems] == ["too-many-objects"]


def test_components_beyond_the_bound_are_not_read() -> None:
    """The problem is told once."""
    many = [{"type": "spacer"} for _ in range(MOST_COMPONENTS)]
    form, problems = load(component("textfield"), *many[1:])
    assert form is not None
    assert not problems
    form, problems = load(*many, component("textfield"), component("textfield"))
    assert form is None
    assert [p.rule for p in problems if p.severity == "error"] == ["too-many-components"]


@pytest.mark.parametrize(
    ("kind", "more", "usable"), [("nothing", {}, False), ("spacer", {"label": "空"}, True)]
)
def test_problems_beyond_the_bound_are_only_counted(
    kind: str, more: dict[str, str], *, usable: bool
) -> None:
    """The last problem says how many there are, as an error when there are errors among them."""
    parts = [{"type": kind, **more} for _ in range(MOST_PROBLEMS + 7)]
    form, problems = load_form(file_of(component("textfield"), *parts), "x.form")
    assert (form is not None) == usable
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1].rule == "more-problems"
    assert "7 more" in problems[-1].message.en
    assert (problems[-1].severity == "warning") == usable


def test_an_error_behind_many_warnings_is_told() -> None:
    """Warnings never push errors out."""
    parts = [{"type": "spacer", "label": "空"} for _ in range(MOST_PROBLEMS + 1)]
    form, problems = load(component("textfield"), *parts, component("nothing"))
    assert form is None
    assert [p.rule for p in problems if p.severity == "error"] == ["unknown-type"]


def test_an_empty_report_has_nothing_more_to_tell() -> None:
    """No problem, no last one."""
    assert Report("x.form").sorted() == []


def _options(number: int) -> list[dict[str, str]]:
    return [{"label": f"o{n}", "value": str(n)} for n in range(number)]


def test_a_question_holds_a_bounded_number_of_options() -> None:
    """As many as the bound are fine."""
    form, problems = load(component("radio", values=_options(MOST_CHOICES)))
    assert form is not None
    assert not problems
    form, problems = load(component("radio", values=_options(MOST_CHOICES + 1)))
    assert form is None
    assert [problem.rule for problem in problems] == ["too-many-choices"]


def test_every_option_that_is_there_twice_is_told_once() -> None:
    """In the order of their names."""
    values = [*_options(3), *_options(2), *_options(1)]
    _, problems = load(component("radio", values=values))
    assert [p.message.en for p in problems] == [
        'The option "0" is there twice.',
        'The option "1" is there twice.',
    ]
