"""Two bundles are compared element by element; nothing that differs goes untold."""

from pathlib import Path

import pytest

from engine import bpmn, definitions
from engine.bpmn import draw_marks
from engine.definitions import compare
from engine.definitions.compare import Change, Comparison
from engine.errors import InvalidError

PROCESSES = Path(__file__).parents[3] / "processes"
MEDICAL = "medical-device-iii"
DIAGRAM = f"{MEDICAL}.bpmn"
Files = dict[str, bytes]
PATHS = "- name: 书面审查不通过\n  steps:\n    - {complete: accept, outcome: accept}\n"
#: One path alone: walking them all again for every change would take most of the time.
FILES: Files = {**definitions.read_folder(PROCESSES / MEDICAL), "paths.yaml": PATHS.encode()}
READING = definitions.read_bundle(FILES)


def changed(name: str, *pairs: tuple[str, str]) -> Files:
    """Return the item's files with some words of one file replaced; each must stand there."""
    text = FILES[name].decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return {**FILES, name: text.encode()}


def compared(files: Files) -> Comparison:
    """Compare the item as shipped with changed files."""
    return compare.compare((READING, FILES), (definitions.read_bundle(files), files))


def told(files: Files) -> dict[str, Change]:
    """Return the changes by id."""
    return {one.id: one for one in compared(files).changes}


def facts(change: Change) -> dict[str, tuple[str, str]]:
    """Return what differs, in English."""
    return {one.label.en: (one.before.en, one.after.en) for one in change.facts}


def test_the_same_files_do_not_differ() -> None:
    """Neither in the diagram nor in forms, tables and guide."""
    assert compared(FILES).same


def test_attributes_of_a_step_are_told_one_by_one() -> None:
    """Limit, role and an outcome of the review, each before and after."""
    found = told(
        changed(
            DIAGRAM,
            ('camunda:candidateGroups="lead:examiner" camunda:formRef="review"',
             'camunda:candidateGroups="lead:inspector" camunda:formRef="review"'),
            ('name="limit" value="3wd"', 'name="limit" value="2wd"'),
            ("fail!=审查不通过|Papers fail", "fail=审查不通过|Papers fail"),
        )
    )  # fmt: skip
    assert list(found) == ["review"]
    assert facts(found["review"]) == {
        "Role": ("examiner", "inspector"),
        "Limit": ("3 working days", "2 working days"),
        "Outcomes": ("Papers pass; Papers fail (with reasons)", "Papers pass; Papers fail"),
    }


def test_an_element_that_is_new_and_one_that_is_gone_are_marked_on_their_own_picture() -> None:
    """The old picture shows what was removed, the new one what was added."""
    files = dict(FILES)
    text = files[DIAGRAM].decode()
    start = text.index('<bpmn:endEvent id="end_not_competent"')
    end = text.index("</bpmn:endEvent>", start)
    element = text[start:end].replace("end_not_competent", "end_elsewhere", 1)
    element = element.replace('name="', 'name="另行', 1)
    text = text[:start] + element + text[end:]
    text = text.replace('targetRef="end_not_competent"', 'targetRef="end_elsewhere"')
    text = text.replace('bpmnElement="end_not_competent"', 'bpmnElement="end_elsewhere"')
    files[DIAGRAM] = text.encode()
    found = compared(files)
    assert found.marks("old")["end_not_competent"] == "removed"
    assert "end_elsewhere" not in found.marks("old")
    assert found.marks("new")["end_elsewhere"] == "added"
    diagram = definitions.read_bundle(files).diagram
    assert diagram is not None
    drawn = draw_marks.mark(bpmn.draw(diagram), diagram, found.marks("new"), "new", "en")
    assert 'id="mark-new-end_elsewhere"' in drawn
    assert "<title>Added</title>" in drawn
    assert "mark-new-end_not_competent" not in drawn


def test_a_new_id_alone_is_a_change_of_the_element() -> None:
    """Same kind, name and place: one change that names both ids."""
    text = FILES[DIAGRAM].decode().replace('"site_check"', '"field_check"')
    found = told({**FILES, DIAGRAM: text.encode()})
    assert found["field_check"].was == "site_check"
    assert facts(found["field_check"])["Id"] == ("site_check", "field_check")
    assert "site_check" not in found


def test_what_only_moved_in_the_picture_is_told_apart() -> None:
    """A shape that stands elsewhere says nothing of the process."""
    text = FILES[DIAGRAM].decode()
    at = text.index('bpmnElement="review"')
    place = text.index(' x="', at) + 4
    moved = f"{text[:place]}9{text[place:]}"
    found = compared({**FILES, DIAGRAM: moved.encode()})
    assert [(one.id, one.kind) for one in found.changes] == [("review", "moved")]
    assert found.marks("new") == {"review": "moved"}
    assert found.of("element") == ()


def test_process_flow_form_guide_and_paths_are_compared() -> None:
    """A limit of the whole, a condition, a question, a material, a recorded path."""
    found = told(changed(DIAGRAM, ('"promisedLimit" value="', '"promisedLimit" value="1')))
    assert "Promised limit" in facts(found[""])
    found = told(changed("review.form", ('"required": true', '"required": false')))
    assert [list(facts(one).values()) for one in found.values()] == [[("yes", "no")]]
    found = told(changed("item.yaml", ("maxMB: 20", "maxMB: 30")))
    assert all(one.part == "guide" for one in found.values())
    found = told(changed("paths.yaml", ("书面审查不通过", "书面材料不通过")))
    assert {one.kind for one in found.values()} == {"added", "removed"}


def test_rules_of_a_table_are_compared_cell_by_cell() -> None:
    """A changed cell names its column."""
    files = definitions.read_folder(PROCESSES / "restaurant-opening")
    table = files["parts.dmn"].decode()
    start = table.index("<rule")
    cell = table.index("<inputEntry", start)
    at = table.index("<text>", cell) + 6
    end = table.index("</text>", at)
    other = {**files, "parts.dmn": (table[:at] + "false" + table[end:]).encode()}
    found = compare.compare(
        (definitions.read_bundle(files), files), (definitions.read_bundle(other), other)
    )
    (change,) = found.changes
    assert change.part == "table"
    assert change.facts[0].after.zh == "false"


def test_other_items_and_unreadable_diagrams_are_refused() -> None:
    """Each with a sentence that says what to do."""
    files = definitions.read_folder(PROCESSES / "individual-business")
    with pytest.raises(InvalidError, match="different items"):
        compare.compare((READING, FILES), (definitions.read_bundle(files), files))
    broken = {**FILES, DIAGRAM: b"<no xml"}
    with pytest.raises(InvalidError, match="cannot be read"):
        compare.compare((READING, FILES), (definitions.read_bundle(broken), broken))


def test_a_guide_with_errors_is_a_gap_that_is_told() -> None:
    """The diagrams are compared all the same."""
    broken = {**changed(DIAGRAM, ('value="3wd"', 'value="2wd"')), "item.yaml": b"code: [broken"}
    found = compared(broken)
    assert found.gaps
    assert {one.id for one in found.changes} == {"review"}
