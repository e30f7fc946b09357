"""Whatever a file holds, reading, checking and drawing it answers and never breaks."""

import random
from pathlib import Path

import pytest
from lxml import etree

from engine import bpmn

ROOT = Path(__file__).resolve().parents[3]
ITEMS = sorted(ROOT.glob("processes/*/*.bpmn"))
FORMS = {"apply": frozenset({"area"})}


def look_at(data: bytes) -> None:
    """Do all that is ever done with a file."""
    diagram, problems = bpmn.read(data, "x.bpmn")
    if diagram is None:
        assert problems
        return
    for problem in bpmn.check(diagram, forms=FORMS, decisions={}):
        assert problem.message.zh
        assert problem.hint.en
    bpmn.ordered_steps(diagram.main)
    bpmn.overlaps(diagram)
    etree.fromstring(bpmn.draw(diagram, current=diagram.main.nodes, language="en").encode())


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Spoil a tree in a few places: drop, swap, copy, rename."""
    root = etree.fromstring(data)
    elements = [e for e in root.iter() if isinstance(e.tag, str)]
    values = [value for e in elements for value in e.attrib.values()]
    for _ in range(chance.randint(1, 8)):
        element = chance.choice(elements)
        parent = element.getparent()
        act = chance.randrange(6)
        if act == 0 and parent is not None:
            parent.remove(element)
        elif act == 1 and element.attrib:
            del element.attrib[chance.choice(list(element.attrib))]
        elif act == 2 and element.attrib:
            element.attrib[chance.choice(list(element.attrib))] = str(chance.choice(values))
        elif act == 3 and element.attrib:
            element.attrib[chance.choice(list(element.attrib))] = chance.choice(
                ["", "-1", "NaN", "1e400", "x" * 5000, "审批", "${x}", "<&>"]
            )
        elif act == 4:
            element.tag = chance.choice(elements).tag
        else:
            chance.choice(elements).append(etree.fromstring(etree.tostring(element)))
    return etree.tostring(root)


@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_a_damaged_tree_never_breaks_us(path: Path) -> None:
    """Three items, each spoilt in many ways."""
    chance = random.Random(path.stem)
    for _ in range(60):
        look_at(damaged(path.read_bytes(), chance))


@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_damaged_bytes_never_break_us(path: Path) -> None:
    """Cut short, and with bytes changed."""
    chance = random.Random(path.stem)
    data = path.read_bytes()
    for _ in range(60):
        spoilt = bytearray(data[: chance.randrange(1, len(data))])
        for _ in range(chance.randrange(3)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        look_at(bytes(spoilt))


@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_our_items_have_no_problem_in_themselves(path: Path) -> None:
    """Whatever forms and decisions say, the diagrams alone are right."""
    diagram, problems = bpmn.read(path.read_bytes(), path.name)
    assert problems == []
    assert diagram is not None
    forms = {p.stem: frozenset() for p in path.parent.glob("*.form")}
    decisions = {d.ref: frozenset() for d in diagram.main.decisions.values()}
    found = bpmn.check(diagram, forms=forms, decisions=decisions)
    assert [p for p in found if p.rule != "unknown-name"] == []


def test_thousands_of_nodes_are_refused_quickly() -> None:
    """A large file of tasks and nameless flows."""
    from_to = '<bpmn:sequenceFlow sourceRef="a" targetRef="b"/>'
    tasks = "".join(f'<bpmn:userTask id="t{place}"/>' for place in range(8_000))
    data = (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        f'<bpmn:process id="p" isExecutable="true">{tasks}{from_to * 8_000}'
        "</bpmn:process></bpmn:definitions>"
    )
    diagram, _ = bpmn.read(data.encode(), "x.bpmn")
    assert diagram is not None
    found = bpmn.check(diagram, forms={}, decisions={})
    assert "too-many-nodes" in {p.rule for p in found}
