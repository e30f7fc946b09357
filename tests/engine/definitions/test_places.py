"""What the files of an item say of each other is told at the line that says it."""

from pathlib import Path

from engine import definitions

ITEM = Path(__file__).resolve().parents[3] / "processes" / "individual-business"
FILES = definitions.read_folder(ITEM)
DIAGRAM = next(name for name in FILES if name.endswith(".bpmn"))


def places(**changed: tuple[str, str]) -> set[tuple[str, str, int | None]]:
    """Change a text of a file (``item_yaml``); gives rule, file and line of all errors."""
    files = dict(FILES)
    for name, (old, new) in changed.items():
        file = DIAGRAM if name == "diagram" else name.replace("_", ".")
        assert old.encode() in files[file]
        files[file] = files[file].replace(old.encode(), new.encode(), 1)
    errors = definitions.read_bundle(files).errors
    assert all(all((*one.message, *one.hint)) for one in errors)
    return {(one.rule, one.file, one.line) for one in errors}


def line(file: str, begun: str) -> int:
    """Give the line of a file that begins so."""
    lines = FILES[file].decode().splitlines()
    return next(n for n, text in enumerate(lines, start=1) if text.strip().startswith(begun))


def test_an_answer_that_the_form_does_not_ask_for_is_told_where_it_is_named() -> None:
    """As a key or in a list, also when it is no name at all."""
    holder, listed = line("item.yaml", "holderIdField"), line("item.yaml", "fields")
    found = places(item_yaml=("holderIdField: operator_id", "holderIdField: 1.0e+308"))
    assert ("unknown-field", "item.yaml", holder) in found
    found = places(item_yaml=("operation_form, ", "form_of_all, "))
    assert ("unknown-field", "item.yaml", listed) in found


def test_a_code_that_differs_from_the_diagram_is_told_at_its_line() -> None:
    found = places(item_yaml=("code: individual-business", "code: other"))
    assert ("item-code", "item.yaml", line("item.yaml", "code:")) in found


def test_a_start_without_a_form_is_told_in_the_diagram() -> None:
    found = places(diagram=(' camunda:formRef="apply"', ""))
    start = line(DIAGRAM, '<bpmn:startEvent id="start"')
    assert ("no-application-form", DIAGRAM, start) in found


def test_a_file_as_a_whole_has_its_first_line() -> None:
    """What concerns no file has none."""
    found = {(p.rule, p.file, p.line) for p in definitions.read_bundle({"x.txt": b""}).errors}
    assert found == {
        ("file-kind", "x.txt", 1),
        ("one-diagram", "", None),
        ("item-missing", "item.yaml", 1),
    }
