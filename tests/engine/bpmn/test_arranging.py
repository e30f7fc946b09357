"""A process without a picture in its file is arranged: nothing lies on anything else."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import bpmn
from engine.bpmn.model import Diagram
from tests.engine.bpmn.diagrams import chain, end, file, flow, node, read, start, user

ITEMS = sorted((Path(__file__).parents[3] / "processes").glob("*/*.bpmn"))
PICTURE = re.compile(rb"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", re.DOTALL)
TIMER = (
    "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>"
)


def checked(diagram: Diagram) -> Diagram:
    """Arrange a diagram; everything has its place, nothing lies on anything, all lines lead on."""
    arranged = bpmn.pictured(diagram)
    assert [(one.rule, one.message.en) for one in bpmn.overlaps(arranged)] == []
    process = arranged.main
    assert process.nodes.keys() <= arranged.shapes.keys()
    assert process.flows.keys() <= arranged.edges.keys()
    for one in process.flows.values():
        points = arranged.edges[one.id].points
        for at, place in ((points[0], one.source), (points[-1], one.target)):
            shape = arranged.shapes[place]
            assert shape.x <= at[0] <= shape.x + shape.width, one.id
            assert shape.y <= at[1] <= shape.y + shape.height, one.id
        for before, here in pairwise(points):
            assert before[0] == here[0] or before[1] == here[1], one.id
    return arranged


@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_the_items_of_the_city_can_be_arranged_without_their_pictures(path: Path) -> None:
    """Each item, once its own picture is taken away."""
    data, number = PICTURE.subn(b"", path.read_bytes())
    assert number == 1
    diagram = read(data)
    assert not diagram.shapes
    arranged = checked(diagram)
    drawn = bpmn.draw(diagram)
    assert all(f'data-element="{name}"' in drawn for name in arranged.main.nodes)


def test_steps_stand_from_left_to_right_and_what_leads_back_runs_below() -> None:
    """Branches below each other, their join behind the longest of them."""
    diagram = read(file(
        start("s"), node("exclusiveGateway", "g"), user("long"), user("longer"), user("short"),
        node("exclusiveGateway", "j"), end("e"), chain("s", "g", "long", "longer", "j", "e"),
        chain("g", "short", "j"), flow("j", "g"),
    ))  # fmt: skip
    shapes = checked(diagram).shapes
    lefts = [shapes[name].x for name in ("s", "g", "long", "longer", "j", "e")]
    assert lefts == sorted(lefts)
    assert shapes["long"].x == shapes["short"].x
    assert shapes["long"].y != shapes["short"].y
    lowest = max(shape.y + shape.height for shape in shapes.values())
    assert max(y for _, y in checked(diagram).edges["f_j_g"].points) > lowest


def test_what_stands_inside_and_what_sits_on_edges() -> None:
    """Frames hold what is theirs, also frames in frames; events sit on the edge of their step."""
    apart = start("as") + end("ae") + chain("as", "ae")
    inner = (
        start("is"), user("look"), end("ie"), chain("is", "look", "ie"),
        node("boundaryEvent", "late", TIMER, more='attachedToRef="look"'),
        user("hurry"), end("ie2"), chain("late", "hurry", "ie2"),
        node("subProcess", "apart", apart, more='triggeredByEvent="true"'),
    )  # fmt: skip
    error = "<bpmn:errorEventDefinition/>"
    diagram = read(file(
        start("s"), node("subProcess", "frame", "".join(inner)), end("e"),
        node("boundaryEvent", "wrong", error, more='attachedToRef="frame"'),
        end("no"), chain("s", "frame", "e"), chain("wrong", "no"),
    ))  # fmt: skip
    shapes = checked(diagram).shapes
    for name, within in (
        ("look", "frame"),
        ("apart", "frame"),
        ("as", "apart"),
        ("hurry", "frame"),
    ):
        one, frame = shapes[name], shapes[within]
        assert frame.x < one.x
        assert one.x + one.width < frame.x + frame.width
        assert frame.y < one.y
        assert one.y + one.height < frame.y + frame.height
    for event, host in (("late", "look"), ("wrong", "frame")):
        edge = shapes[host].y + shapes[host].height
        assert shapes[event].y < edge < shapes[event].y + shapes[event].height


def test_a_file_that_shows_anything_is_left_as_it_is() -> None:
    """Also one that a tool has only half drawn: the checker tells what is missing."""
    with_picture = read(ITEMS[0].read_bytes())
    assert bpmn.pictured(with_picture) is with_picture


def test_one_warning_says_that_there_is_no_picture() -> None:
    """Not one for each element, and it says that one is arranged."""
    diagram = read(file(start("s"), user("a"), end("e"), chain("s", "a", "e")))
    found = bpmn.check(diagram, forms={"apply": frozenset()}, decisions={})
    assert [(one.rule, one.severity) for one in found] == [("no-picture", "warning")]
    assert "arranged automatically" in found[0].hint.en


def test_thousands_of_elements_are_not_arranged() -> None:
    """Nobody could read it, and it would take long."""
    names = [f"a{number}" for number in range(700)]
    diagram = read(file(start("s"), *map(user, names), end("e"), chain("s", *names, "e")))
    assert bpmn.pictured(diagram) is diagram


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_leads_wherever(data: st.DataObject) -> None:
    """Loops, branches over many columns, several beginnings, lines to itself, nothing at all."""
    number = data.draw(st.integers(1, 9))
    names = [f"a{one}" for one in range(number)]
    ends = st.sampled_from(names)
    pairs = data.draw(st.lists(st.tuples(ends, ends), max_size=14, unique=True))
    kinds = [
        data.draw(st.sampled_from(["userTask", "exclusiveGateway", "endEvent"])) for _ in names
    ]
    drawn = [node(kind, name) for kind, name in zip(kinds, names, strict=True)]
    checked(read(file(*drawn, *(flow(one, other) for one, other in pairs))))


def test_the_picture_is_written_into_a_file_for_editors_that_need_one() -> None:
    """It reads back as it was arranged, and nothing else of the file changes."""
    path = next(path for path in ITEMS if "restaurant" in path.stem)
    bare = PICTURE.sub(b"", path.read_bytes())
    written = bpmn.with_picture(bare, "t.bpmn")
    arranged, found = bpmn.pictured(read(bare)), read(written)
    assert found.shapes.keys() == arranged.shapes.keys()
    assert [found.shapes[name].bounds for name in found.shapes] == [
        arranged.shapes[name].bounds for name in found.shapes
    ]
    assert {name: edge.points for name, edge in found.edges.items()} == {
        name: edge.points for name, edge in arranged.edges.items()
    }
    assert found.main.nodes.keys() == read(bare).main.nodes.keys()
    assert bpmn.with_picture(written, "t.bpmn") == written
    for data in (b"", b"<a/>", path.read_bytes()):
        assert bpmn.with_picture(data, "t.bpmn") == data
