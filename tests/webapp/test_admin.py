"""Administration: a bundle is checked as a whole; a new version, or every problem at once."""

import io
import zipfile
from typing import Any

import pytest
from flask import Flask

from engine import definitions
from tests.engine import test_calls_between_items as between
from tests.engine import wide
from tests.webapp.api.program import Program
from tests.webapp.conftest import PROCESSES, Person
from tests.webapp.staff import MEDICAL

DIAGRAM = f"{MEDICAL}.bpmn"


def bundle(**changed: bytes) -> dict[str, bytes]:
    """Return the files of an item, some of them changed (``item_yaml`` for ``item.yaml``)."""
    files = definitions.read_folder(PROCESSES / MEDICAL)
    return {**files, **{name.replace("_yaml", ".yaml"): data for name, data in changed.items()}}


def zipped(files: dict[str, bytes]) -> bytes:
    """Pack files as an administrator would, in one folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{MEDICAL}/{name}", data)
    return packed.getvalue()


def send(person: Person, files: dict[str, bytes], **fields: str) -> Any:
    """Upload files with the form of the page."""
    chosen = [(io.BytesIO(data), name) for name, data in files.items()]
    return person.post("/admin/definitions", {"files": chosen, **fields})


def with_comment() -> dict[str, bytes]:
    """Return the item with a diagram that says nothing new, but is a new file."""
    files = bundle()
    return files | {DIAGRAM: files[DIAGRAM] + b"<!-- new -->\n"}


def test_the_same_files_make_no_new_version(visit: Any) -> None:
    """The answer names the version they are identical to."""
    admin = visit("admin")
    answer = send(admin, bundle())
    assert answer.status_code == 303
    assert "内容与第1版完全相同" in admin.get(answer.location).text


def test_changed_files_become_the_next_version(visit: Any) -> None:
    """Uploaded as a zip; who, when and why stand in the list."""
    admin = visit("admin")
    answer = send(admin, {"bundle.zip": zipped(with_comment())}, note="修改备注")
    page = admin.get(answer.location).text
    assert "已部署为第2版" in page
    overview = admin.get("/admin/definitions").text
    assert "第2版" in overview
    assert "修改备注" in overview


def test_every_problem_is_shown_at_its_line_and_on_the_diagram(visit: Any) -> None:
    """A missing form and an unknown role: two errors, both with element, rule and remedy."""
    files = bundle()
    wrong = files[DIAGRAM].replace(b'formRef="review"', b'formRef="missing"')
    wrong = wrong.replace(b'"lead:head"', b'"lead:nobody"')
    answer = send(visit("admin"), files | {DIAGRAM: wrong})
    assert answer.status_code == 422
    assert "发现2个错误" in answer.text
    for words in ("missing.form", "unknown-form", "nobody", "unknown-role", "<svg"):
        assert words in answer.text


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "请选择一个ZIP压缩包"),
        ({"a.zip": b"no archive"}, "不是可以打开的ZIP压缩包"),
        ({"a.zip": b"x", "b.form": b"{}"}, "压缩包请单独上传"),
    ],
)
def test_what_is_no_bundle_is_told_at_the_field(
    visit: Any, files: dict[str, bytes], words: str
) -> None:
    """Nothing chosen, no archive, a mixture."""
    answer = send(visit("admin"), files)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="field-files-error"' in answer.text


def test_a_file_that_is_no_diagram_is_a_problem_not_a_crash(visit: Any) -> None:
    """BPMN that is no XML."""
    answer = send(visit("admin"), bundle() | {DIAGRAM: b"this is no XML"})
    assert answer.status_code == 422
    assert DIAGRAM in answer.text


def test_checking_alone_deploys_nothing(visit: Any) -> None:
    """A designer may want to know first."""
    admin = visit("admin")
    answer = send(admin, with_comment(), act="check")
    assert answer.status_code == 200
    assert "尚未部署" in answer.text
    assert "第2版" not in admin.get("/admin/definitions").text


def test_a_version_shows_its_diagram_steps_limits_and_files(visit: Any) -> None:
    """The files come back byte for byte."""
    admin = visit("admin")
    page = admin.get("/admin/definitions").text
    address = page.split('href="/admin/definitions/')[1].split('"')[0]
    version = admin.get(f"/admin/definitions/{address}").text
    for words in ("<svg", "法定时限", "结论按钮", "item.yaml", "SHA-256"):
        assert words in version
    data = admin.get(f"/admin/definitions/{address}/files/item.yaml")
    assert data.headers["Content-Disposition"].startswith("attachment")
    assert data.data in [
        (PROCESSES / folder.name / "item.yaml").read_bytes()
        for folder in PROCESSES.iterdir()
        if (folder / "item.yaml").exists()
    ]
    assert admin.get(f"/admin/definitions/{address}/files/none.form").status_code == 404
    assert admin.get("/admin/definitions/99999").status_code == 404


def test_others_have_no_way_in(visit: Any) -> None:
    """Neither a clerk nor an applicant."""
    assert visit("wang.clerk").get("/admin/definitions").status_code == 403
    assert send(visit("zhang.san"), bundle()).status_code == 403


def test_who_was_overtaken_is_told_before_anything_is_laid_over_it(visit: Any) -> None:
    """Two administrators with the page open: the second hears of the first, and may go on."""
    first, second = visit("admin"), visit("admin")
    page = second.get("/admin/definitions").text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    assert seen.isdigit()
    assert send(first, with_comment(), seen=seen).status_code == 303
    mine = bundle() | {DIAGRAM: bundle()[DIAGRAM] + b"<!-- mine -->\n"}
    answer = send(second, mine, seen=seen)
    assert answer.status_code == 409
    assert "已部署第2版" in answer.text
    again = answer.text.partition('name="seen" value="')[2].partition('"')[0]
    assert int(again) > int(seen)
    assert send(second, mine, seen=again).status_code == 303
    assert "第3版" in second.get("/admin/definitions").text


def test_the_time_budget_stands_on_the_versions_page_and_is_told_to_programs(
    app: Flask, visit: Any
) -> None:
    """Thirteen of fourteen days; the rectification is not counted, and the way is drawn."""
    with app.app_context():
        version = definitions.newest(MEDICAL).version_id
    page = visit("admin").get(f"/admin/definitions/{version}").text
    for words in ("时间预算", "13个工作日", "余量", "不计时", "lb-way", "粗线是最长的一条路"):
        assert words in page
    answer = Program(app, "admin").ok("GET", f"/definitions/{version}/budget")
    promised = answer["budgets"][0]
    assert (promised["clock"], promised["slack"], promised["broken"]) == ("promised", 1, False)
    assert promised["way"]["shares"][0]["name"]["en"] == "Review of the papers"
    Program(app, "wang.clerk").refused(403, "GET", f"/definitions/{version}/budget")


def test_the_time_of_another_items_process_stands_in_the_budget_with_its_version(
    app: Flask, visit: Any
) -> None:
    """And says why it cannot be counted once nobody has it any more."""
    admin = visit("admin")
    with app.app_context():
        between.publish(between.inspecting(limit="4wd"))
        wide.deploy(wide.files(*between.calling(between.call())))
        version = definitions.newest(wide.ITEM).version_id
    path, program = f"/admin/definitions/{version}", Program(app, "admin")
    page = admin.get(path).text
    assert "fire-check@1" in page
    assert "7个工作日" in page
    shares = program.ok("GET", f"/definitions/{version}/budget")["budgets"][0]["way"]["shares"]
    assert [(one["of"], one["takes"]) for one in shares] == [("fire-check@1", 4), ("", 3)]
    with app.app_context():
        between.withdraw()
    assert "所调用的流程查不到，没有计入" in admin.get(path).text
    found = program.ok("GET", f"/definitions/{version}/budget")["budgets"][0]
    assert found["remarks"] == {"c": "elsewhere"}
    assert "has no process" in found["reasons"]["c"]["en"]
