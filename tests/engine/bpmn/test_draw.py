"""The picture: whole, safe, and saying its states in more than colour."""

from pathlib import Path

import pytest
from lxml import etree

from engine import bpmn
from engine.bpmn import svg
from engine.bpmn.model import Diagram
from tests.engine.bpmn.diagrams import (
    FACTS,
    SIMPLE,
    chain,
    edge,
    end,
    file,
    flow,
    node,
    picture,
    read,
    shape,
    start,
    user,
)

ROOT = Path(__file__).resolve().parents[3]
ITEMS = sorted(ROOT.glob("processes/*/*.bpmn"))
SVG = {"s": "http://www.w3.org/2000/svg"}
PLACES = (
    shape("start", 100, 122, 36, 36),
    shape("a", 200, 100),
    shape("end", 400, 122, 36, 36),
    edge("f_start_a", (136, 140), (200, 140)),
    edge("f_a_end", (300, 140), (400, 140)),
)


def drawn(diagram: Diagram, **how: object) -> etree._Element:
    """Draw and parse; a picture that is no XML fails here."""
    return etree.fromstring(bpmn.draw(diagram, **how).encode())  # type: ignore[arg-type]


def simple(*pieces: str, places: tuple[str, ...] = PLACES) -> Diagram:
    """Read the simple process with its picture."""
    return read(file(*(pieces or SIMPLE), di=picture(*places)))


def texts(root: etree._Element) -> str:
    """Give all text one can see."""
    return " ".join("".join(t.itertext()) for t in root.iterfind(".//s:text", SVG))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_our_items_are_drawn_whole(path: Path, language: str) -> None:
    """Every node and flow is there, inside the frame, with a title and a description."""
    diagram, _ = bpmn.read(path.read_bytes(), path.name)
    assert diagram is not None
    root = drawn(diagram, language=language)
    shown = set(root.xpath("//@data-element"))
    assert set(diagram.main.nodes) | set(diagram.main.flows) <= shown
    left, top, wide, high = map(float, root.get("viewBox", "").split())
    for place in diagram.shapes.values():
        assert left <= place.x
        assert place.x + place.width <= left + wide
        assert top <= place.y
        assert place.y + place.height <= top + high
    assert root.get("role") == "img"
    title = root.findtext("s:title", namespaces=SVG) or ""
    assert diagram.main.name.pick(language) in title
    for step in diagram.main.steps.values():
        assert step.name.pick(language) in (root.findtext("s:desc", namespaces=SVG) or "")


@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_nothing_overlaps_in_our_items(path: Path) -> None:
    """Shapes, lines and labels, in both languages."""
    diagram, _ = bpmn.read(path.read_bytes(), path.name)
    assert diagram is not None
    assert [p.message.en for p in bpmn.overlaps(diagram)] == []


def test_states_are_told_by_colour_badge_and_words() -> None:
    """Never by colour alone."""
    plain = drawn(simple())
    now = drawn(simple(), current=["a"], done=["start"], problems=["end"])
    assert now.xpath("//*[@data-element='a' and contains(@class, 'lb-current')]")
    assert now.xpath("//*[@data-element='start' and contains(@class, 'lb-done')]")
    assert now.xpath("//*[contains(@class, 'lb-problem')]")
    badges = len(now.xpath("//*[@aria-hidden]")) - len(plain.xpath("//*[@aria-hidden]"))
    assert badges == 2
    assert "任务a（正在办理）" in (now.findtext("s:desc", namespaces=SVG) or "")


def test_english_falls_back_to_the_one_name_there_is() -> None:
    """NameEn where it is written."""
    task = user("a", nameEn="Look at it")
    diagram = simple(start(), task, end(), chain("start", "a", "end"))
    assert "Look at it" in texts(drawn(diagram, language="en"))
    assert "任务a" in texts(drawn(simple(), language="en"))


def test_names_cannot_bring_markup_in() -> None:
    """Angle brackets and quotes in names stay text."""
    wild = "</text><script>alert(1)</script>\"'&amp;"
    task = user("a", nameEn=wild)
    data = file(
        start(),
        task,
        end(),
        chain("start", "a", "end"),
        di=picture(*PLACES),
        facts={**FACTS, "nameEn": wild},
    )
    text = bpmn.draw(read(data), language="en", links={"a": '/x?"><script>'})
    root = etree.fromstring(text.encode())
    assert not root.xpath("//*[local-name()='script']")
    assert "<script" not in text


def test_links_are_relative_or_http_only() -> None:
    """A script address is dropped; with links the picture is a group, not an image."""
    links = {"a": "/tasks/1", "start": "javascript:alert(1)", "end": "https://example.org/"}
    root = drawn(simple(), links=links)
    assert sorted(root.xpath("//*[local-name()='a']/@href")) == ["/tasks/1", "https://example.org/"]
    assert root.get("role") == "group"


def test_the_public_picture_names_no_office_inside() -> None:
    """Roles, lanes and the designer's notes stay inside."""
    note = '<bpmn:textAnnotation id="n"><bpmn:text>内部说明</bpmn:text></bpmn:textAnnotation>'
    lanes = '<bpmn:laneSet id="ls"><bpmn:lane id="lane" name="审批科"/></bpmn:laneSet>'
    places = (*PLACES, shape("n", 200, 10, 120, 40), shape("lane", 50, 50, 500, 200))
    diagram = simple(*SIMPLE, note, lanes, places=places)
    inside = bpmn.draw(diagram)
    assert "lead:examiner" in inside
    assert "内部说明" in inside
    assert "审批科" in inside
    outside = bpmn.draw(diagram, public=True)
    for secret in ("examiner", "内部说明", "审批科"):
        assert secret not in outside


def test_what_has_no_place_is_left_out() -> None:
    """And what leads to it; the checker warns of it."""
    diagram = simple(places=(PLACES[0], PLACES[2]))
    shown = set(drawn(diagram).xpath("//@data-element"))
    assert shown == {"start", "end"}
    warned = bpmn.check(diagram, forms={"apply": frozenset()}, decisions={})
    assert {(p.rule, p.severity) for p in warned} == {
        ("no-shape", "warning"),
        ("no-edge", "warning"),
    }
    assert {p.element for p in warned} == {"a", "f_start_a", "f_a_end"}


def test_a_diagram_without_any_picture_is_arranged() -> None:
    """Nobody looks at an empty frame."""
    assert set(drawn(read(file(*SIMPLE))).xpath("//@data-element")) == {
        "start", "a", "end", "f_start_a", "f_a_end",
    }  # fmt: skip


def test_every_kind_of_node_and_setting_is_drawn() -> None:
    """Gateways, timers, scripts, rules, folded and open subprocesses, pools, data, groups."""
    kinds = [
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "complexGateway",
        "scriptTask",
        "businessRuleTask",
        "serviceTask",
        "intermediateCatchEvent",
        "subProcess",
    ]
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"  # noqa: E501 - as in a file
    nodes = [node(kind, f"n{place}", timer * (kind == "intermediateCatchEvent"), more='name="名称"')
             for place, kind in enumerate(kinds)]  # fmt: skip
    stop = node("endEvent", "stop", "<bpmn:terminateEventDefinition/>")
    boundary = node("boundaryEvent", "b", timer, more='attachedToRef="a" cancelActivity="false"')
    data = '<bpmn:dataObjectReference id="data" name="材料"/><bpmn:group id="grp"/>'
    pool = '<bpmn:collaboration id="c"><bpmn:participant id="pool" name="江城市" processRef="p"/></bpmn:collaboration>'  # noqa: E501 - as in a file
    line = '<bpmn:association id="as" sourceRef="a" targetRef="data"/>'
    places = [shape(f"n{place}", 200 + 150 * place, 300) for place in range(len(kinds))]
    di = picture(
        *PLACES,
        *places,
        shape("stop", 100, 300, 36, 36),
        shape("b", 280, 162, 36, 36),
        shape("data", 500, 100, 36, 50),
        shape("grp", 480, 80, 90, 90),
        shape("pool", 0, 0, 1800, 600),
        edge("as", (300, 120), (500, 120)),
    )
    diagram = read(file(*SIMPLE, *nodes, stop, boundary, data, line, beside=pool, di=di))
    root = drawn(diagram, current=["b", "n0"], done=["n8"])
    shown = set(root.xpath("//@data-element"))
    assert {f"n{place}" for place in range(len(kinds))} | {"stop", "b"} <= shown
    assert "江城市" in texts(root)
    assert "材料" in texts(root)


def test_what_is_inside_a_folded_subprocess_is_not_drawn() -> None:
    """Its nodes may have places on a page of their own."""
    sub = node("subProcess", "sub", user("in"), more='name="内部"')
    folded = (*PLACES, shape("sub", 200, 300, more='isExpanded="false"'), shape("in", 220, 320))
    open_ = (*PLACES, shape("sub", 200, 300, 300, 200), shape("in", 220, 320))
    assert "in" not in drawn(simple(*SIMPLE, sub, places=folded)).xpath("//@data-element")
    assert "in" in drawn(simple(*SIMPLE, sub, places=open_)).xpath("//@data-element")


def test_overlaps_are_found() -> None:
    """A shape on a shape, a line through a shape, a label on a label."""
    places = (
        *PLACES[:3],
        shape("b", 250, 120),
        shape("c", 320, 100, 60, 80),
        *PLACES[3:],
    )
    more = (user("b"), user("c"), end("e2"), flow("b", "e2"))
    rules = {p.rule for p in bpmn.overlaps(simple(*SIMPLE, *more, places=places))}
    assert rules == {"shapes-overlap", "line-through-shape"}
    named = [node("endEvent", name, more='name="很长的名称在这里"') for name in ("e1", "e2")]
    close = (*PLACES, shape("e1", 600, 100, 36, 36), shape("e2", 640, 100, 36, 36))
    labels = {p.rule for p in bpmn.overlaps(simple(*SIMPLE, *named, places=close))}
    assert labels == {"labels-overlap"}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("受理", ["受理"]),
        ("送达不予许可决定书", ["送达不予许", "可决定书"]),
        ("Deliver the refusal", ["Deliver the", "refusal"]),
        ("Department's opinion", ["Department's", "opinion"]),
        ("材料齐，受理了", ["材料齐，", "受理了"]),
        ("", []),
    ],
)
def test_text_is_wrapped_evenly(text: str, lines: list[str]) -> None:
    """At blanks, between Chinese characters, never before a comma."""
    assert svg.wrap(text, 88, 13) == lines


def test_no_line_is_wider_than_its_box() -> None:
    """Even a word that is too long is broken."""
    for text in ("Donaudampfschifffahrtsgesellschaftskapitän", "a" * 400, "联" * 400, "a，" * 90):
        for limit in (20.0, 60.0, 90.0):
            assert all(svg.width(line, 12) <= limit + 12 for line in svg.wrap(text, limit, 12))


def test_a_text_too_long_for_its_box_is_cut_with_an_ellipsis() -> None:
    """At the smallest size."""
    lines, size = svg.fit("审" * 300, 88, 40, (13, 10))
    assert size == 10
    assert len(lines) == 3
    assert lines[-1].endswith("…")
