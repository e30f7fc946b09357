"""Loading a form: pages, both languages, and every problem of a file at once."""

import json
from pathlib import Path

import pytest

from forms import TEMPLATES, Form, UnknownPageError, load_form
from forms.fields import KINDS
from forms.text import Text
from tests.forms.samples import component, file_of, form_of, group, load

SHIPPED = sorted((Path(__file__).parents[2] / "processes").glob("*/*.form"))


def _rules(*components: dict[str, object], **more: object) -> set[str]:
    form, problems = load(*components, **more)
    assert (form is None) == any(problem.severity == "error" for problem in problems)
    return {problem.rule for problem in problems}


def test_a_limit_beyond_all_numbers_is_refused() -> None:
    """JSON may hold ``1e999``, which reads as infinite."""
    component_of_7 = component("number", "a", validate={"min": 7})
    data = file_of(component_of_7).replace(b'"min": 7', b'"min": 1e999')
    assert b"1e999" in data
    form, problems = load_form(data, "x.form")
    assert form is None
    assert {problem.rule for problem in problems} == {"bad-limit"}


@pytest.mark.parametrize("path", SHIPPED, ids=[f"{p.parent.name}/{p.name}" for p in SHIPPED])
def test_every_shipped_form_loads_without_a_problem(path: Path) -> None:
    form, problems = load_form(path.read_bytes(), path.name)
    assert not problems
    assert form is not None
    assert form.fields


def test_every_top_level_group_is_a_page_and_loose_questions_share_one() -> None:
    form = form_of(
        group("shop", component("textfield", "name"), component("separator", "line")),
        component("number", "area"),
        component("checkbox", "agree"),
        group("staff", component("textfield", "cook")),
    )
    assert [page.key for page in form.pages] == ["shop", "page-2", "staff"]
    assert [page.title.en for page in form.pages] == ["Page shop", "Test form", "Page staff"]
    assert [field.key for field in form.fields] == ["name", "area", "agree", "cook"]
    assert form.keys == {"name", "area", "agree", "cook"}
    assert form.title == Text("测试表", "Test form")
    page = form.page_of("cook")
    assert page is not None
    assert page.key == "staff"
    assert form.page_of("nothing") is None


def test_a_page_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UnknownPageError):
        form_of(component("textfield")).page("nowhere")


def test_a_form_without_a_title_takes_that_of_its_first_group() -> None:
    data = json.loads(file_of(group("a", component("textfield"))))
    del data["properties"]
    form, problems = load_form(json.dumps(data).encode(), "apply.form")
    assert isinstance(form, Form)
    assert not problems
    assert form.title == Text("页a", "Page a")
    data["components"] = [component("textfield")]
    form, _ = load_form(json.dumps(data).encode(), "apply.form")
    assert isinstance(form, Form)
    assert form.title == Text("apply", "apply")


def test_a_group_inside_a_group_is_a_heading_and_its_condition_covers_its_questions() -> None:
    inner = group(
        "cold",
        component("number", "volume", conditional={"hide": '=kind = "b"'}),
        conditional={"hide": '=kind = "a"'},
    )
    form = form_of(group("all", component("textfield", "kind"), inner))
    assert [field.template for field in form.pages[0].fields] == [
        "textfield",
        "heading",
        "number",
    ]
    assert form.by_key["volume"].conditions == ('kind = "a"', 'kind = "b"')


def test_all_problems_of_a_file_are_reported_at_once_with_their_lines() -> None:
    data = file_of(
        component("iframe", "map"),
        component("textfield", "name", validate={"pattern": "([a"}),
        component("textfield", "name"),
        component("select", "kind", values=[]),
        component("number", "area", conditional={"hide": "= ???"}),
        component("textfield", ""),
    )
    form, problems = load_form(data, "apply.form", check_expression=lambda _text: "no such thing")
    assert form is None
    assert [problem.rule for problem in problems] == [
        "unknown-type",
        "bad-pattern",
        "duplicate-key",
        "empty-choices",
        "bad-condition",
        "key-missing",
    ]
    lines = data.decode().splitlines()
    for problem in problems:
        assert lines[problem.line - 1].strip() == "{"
        assert problem.file == "apply.form"
        for text in (problem.message, problem.hint):
            assert text.zh
            assert text.en
    assert '"iframe"' in lines[problems[0].line]


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (component("textfield", "a-b"), "key-form"),
        (component("textfield", "a", label=""), "label-missing"),
        (component("textfield", "a", label="=x"), "dynamic-text"),
        (component("textfield", "a", properties={"labelEn": ""}), "english-missing"),
        (component("textfield", "a", properties={"width": "huge"}), "width"),
        (component("textfield", "a", properties={"check": "iban"}), "unknown-check"),
        (component("textfield", "a", properties={"check": "date-past"}), "unknown-check"),
        (component("textfield", "a", validate={"pattern": "(a+)+$"}), "slow-pattern"),
        (component("textfield", "a", validate={"maxLength": "=n"}), "bad-limit"),
        (component("textfield", "a", validate={"maxLength": 1000}), "bad-limit"),
        (component("textfield", "a", validate={"minLength": -1}), "bad-limit"),
        (component("number", "a", validate={"min": 5, "max": 1}), "bad-limit"),
        (component("number", "a", validate={"min": True}), "bad-limit"),
        (component("number", "a", validate={"max": 10**400}), "bad-limit"),
        (component("number", "a", conditional={"hide": 5}), "bad-condition"),
        (component("number", "a", conditional={"hide": "="}), "bad-condition"),
        (component("radio", "a", values=[{"label": "x"}]), "bad-choice"),
        (component("radio", "a", valuesKey="list"), "empty-choices"),
        (
            component(
                "radio", "a", values=[{"label": "A", "value": 1}, {"label": "B", "value": 1}]
            ),
            "duplicate-choice",
        ),
        (component("datetime", "a", subtype="week"), "subtype"),
        (
            component("datetime", "a", subtype="date", properties={"check": "phone"}),
            "unknown-check",
        ),
        (component("datetime", "a", subtype="time", disallowPassedDates=True), "unknown-check"),
        (component("dynamiclist", "a", components=[]), "rows"),
        (group("a", component("textfield"), path="nested"), "group-path"),
        (group("a", component("textfield"), label=""), "page-title"),
        (component("button", "a"), "button-ignored"),
        (component("text", "a", text="只有说明"), "no-questions"),
    ],
)
def test_each_rule_of_a_form_file_is_checked(made: dict[str, object], rule: str) -> None:
    assert rule in _rules(made)


def test_two_pages_of_one_id_are_refused() -> None:
    twice = (group("a", component("textfield", "x")), group("a", component("textfield", "y")))
    assert _rules(*twice) == {"page-key"}


def test_the_same_key_twice_in_a_row_is_refused() -> None:
    rows = component("dynamiclist", "staff", components=[component("textfield", "name")] * 2)
    assert _rules(rows) == {"duplicate-key"}


def test_a_key_that_stands_twice_in_an_object_is_warned_of_at_its_line() -> None:
    """JSON keeps the last one silently."""
    whole = file_of(component("number", "a")).decode()
    assert whole.startswith("{")
    data = '{\n"id": "x", "id": "y",\n"more": {},\n' + whole[1:]
    form, problems = load_form(data.encode(), "x.form")
    assert form is not None
    (found,) = problems
    assert (found.rule, found.line, found.severity) == ("duplicate-key", 1, "warning")
    assert '"id" is given twice' in found.message.en


def test_too_many_questions_are_refused() -> None:
    assert _rules(*(component("textfield", f"x{n}") for n in range(401))) == {"too-many"}


@pytest.mark.parametrize(
    ("data", "rule", "line"),
    [
        (b"", "json", 1),
        (b'{\n"id": "a",\n}', "json", 3),
        (b"[]", "json", 1),
        (b'{"x": NaN}', "json", 1),
        (b"\xff\xfe{}", "json", 1),
        (b'{"a":' * 100_000, "json", 1),
        (b" " * (1024 * 1024 + 1), "file-size", 1),
        (b'{"components": []}', "form-id", 1),
        (b'{"id": "a", "schemaVersion": "x"}', "schema-version", 1),
    ],
)
def test_files_that_are_no_form_are_refused(data: bytes, rule: str, line: int) -> None:
    form, problems = load_form(data, "bad.form")
    assert form is None
    assert (rule, line) in {(problem.rule, problem.line) for problem in problems}


def test_every_kind_names_its_templates() -> None:
    assert {"textfield", "date", "dynamiclist", "heading", "text"} <= TEMPLATES
    assert all(kind.templates for kind in KINDS.values())


def test_html_is_reduced_to_its_words() -> None:
    html = "<p>第一段</p><script>alert(1)</script><p>第二<b>段</b></p>"
    view = component("html", "h", content=html, properties={"contentEn": "<p>One</p>"})
    form = form_of(component("textfield"), view)
    shown = form.pages[0].fields[1]
    assert shown.template == "text"
    assert shown.paragraphs("zh") == ["第一段", "第二段"]
    assert shown.paragraphs("en") == ["One"]


def test_marks_of_markdown_are_taken_off() -> None:
    text = "# 说明\n\n请看**这里**和[链接](javascript:x)"
    view = component("text", "t", text=text, properties={"textEn": "* Note"})
    shown = form_of(component("textfield"), view).pages[0].fields[1]
    assert shown.paragraphs("zh") == ["说明", "请看这里和链接"]
    assert shown.paragraphs("en") == ["Note"]
