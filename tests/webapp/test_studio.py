"""The studio's pages without a script: a draft from a template to a version, and nothing lost."""

import io
import re
from typing import Any

from flask import Flask

from engine import clock, db, definitions, drafting, people
from engine.permissions import Actor
from tests.webapp.conftest import PROCESSES, Person
from tools.city import LOGINS

ITEM = "individual-business"
DIAGRAM = f"{ITEM}.bpmn"
#: the second designer
OTHER = next(one.name for one in LOGINS if one.login == "wang.clerk")
NEW = {
    "way": "template",
    "template": "promise",
    "item": "street-stall",
    "title_zh": "临时摊位许可",
    "title_en": "Street stall permit",
    "lead": "scjg",
    "name": "初稿",
}


def begin(admin: Person, **changed: str) -> str:
    """Begin a draft from a template; the address of its page."""
    answer = admin.post("/studio/drafts/new", {**NEW, **changed})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def ask(person: Person, address: str, body: Any) -> Any:
    """Send what an editor's script sends."""
    return person.client.post(address, json=body, headers={"X-CSRFToken": person.token()})


def other() -> Actor:
    """A second designer, who has the same draft open."""
    found = people.actor_for_login("wang.clerk")
    return Actor("staff", found.person_id, found.name, frozenset({("scjg", "designer")}))


def save_as_other(app: Flask, draft_id: int, path: str, text: str) -> None:
    """Save a file as the second designer."""
    with app.app_context(), db.transaction():
        base = drafting.get(draft_id).revision
        changes = {path: text.encode()}
        drafting.save(draft_id, changes, base=base, actor=other(), now=clock.now())


def test_an_item_goes_from_its_template_to_a_version(app: Flask, visit: Any) -> None:
    """Begun, described, checked, deployed, and open to applicants."""
    admin = visit("admin")
    page = begin(admin)
    assert "street-stall.bpmn" in admin.get(page).text
    elements = admin.get(f"{page}/item").text
    assert elements.count("未完成") == 1
    diagram = admin.get(f"{page}/files/street-stall.bpmn").text
    bare = re.sub('(statutory|promised)Limit" value="[^"]*"', r'\1Limit" value=""', diagram)
    ask(admin, f"{page}/save", {"base": 1, "files": {"street-stall.bpmn": bare}})
    assert "流程图上还没有" in admin.get(f"{page}/item").text
    admin.post(f"{page}/return", {"revision": "1"})
    rows = {
        "base": "3",
        "rows": "1",
        "o0": "0",
        "r0--zh": "有固定摊位。",
        "r0--en": "A fixed place.",
    }
    saved = admin.post(f"{page}/item/conditions", {**rows, "_next": "1", "following": "quantity"})
    assert saved.location.endswith("/item/quantity")
    assert "未完成" not in admin.get(f"{page}/item").text
    assert "检查通过" in admin.get(f"{page}/problems").text
    stale = admin.post(f"{page}/deploy", {"base": "1"})
    assert stale.status_code == 409
    assert "更新的第4稿" in stale.text
    done = admin.post(f"{page}/deploy", {"base": "4", "note": "新事项"})
    assert "已部署为第1版" in admin.get(done.location).text
    assert "有固定摊位" in visit().get("/items/street-stall").text
    assert "已部署" in admin.get("/studio/drafts", q="初稿").text


def test_what_is_missing_in_a_new_item_is_said_at_its_fields(visit: Any) -> None:
    """And what was typed stays."""
    admin = visit("admin")
    answer = admin.post(
        "/studio/drafts/new", {**NEW, "template": "joint", "item": "街 摊", "title_en": ""}
    )
    assert answer.status_code == 422
    for words in ("至少选择一个协办部门", "以字母开头", "请填写名称", "临时摊位许可", "街 摊"):
        assert words in answer.text


def test_a_version_and_a_faulty_upload_can_be_begun_from(visit: Any) -> None:
    """The upload's fault is shown by the check, not refused."""
    admin = visit("admin")
    copied = admin.post("/studio/drafts/new", {"way": "version", "version": "1", "name": "改"})
    assert "已部署的版本" in admin.get(copied.location).text
    files = definitions.read_folder(PROCESSES / ITEM)
    files[DIAGRAM] = files[DIAGRAM].replace(b'formRef="accept"', b'formRef="missing"')
    chosen = [(io.BytesIO(data), name) for name, data in files.items()]
    given = admin.post("/studio/drafts/new", {"way": "upload", "files": chosen, "name": "传"})
    assert "发现1个错误" in admin.get(f"{given.location}/problems").text
    nothing = admin.post("/studio/drafts/new", {"way": "upload", "name": "空"})
    assert nothing.status_code == 422
    assert "请选择一个ZIP压缩包" in nothing.text


def test_a_few_lines_of_yaml_cannot_keep_the_server_busy(visit: Any) -> None:
    """Aliases of aliases would be millions of values; the upload is told where they stand."""
    admin = visit("admin")
    files = definitions.read_folder(PROCESSES / ITEM)
    bomb = "- name: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"- name: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    files["paths.yaml"] = bomb.encode()
    chosen = [(io.BytesIO(data), name) for name, data in files.items()]
    given = admin.post("/studio/drafts/new", {"way": "upload", "files": chosen, "name": "传"})
    told = admin.get(f"{given.location}/problems").text
    assert "不允许使用别名" in told
    assert "paths.yaml" in told


def test_the_canvas_is_given_a_picture_for_a_file_that_has_none(visit: Any) -> None:
    """The stored file stays as it was until somebody saves."""
    admin = visit("admin")
    files = definitions.read_folder(PROCESSES / ITEM)
    files[DIAGRAM] = re.sub(rb"(?s)<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", b"", files[DIAGRAM])
    chosen = [(io.BytesIO(data), name) for name, data in files.items()]
    page = admin.post("/studio/drafts/new", {"way": "upload", "files": chosen, "name": "传"})
    assert "BPMNShape" in admin.get(f"{page.location}/edit/{DIAGRAM}").text
    assert "BPMNShape" not in admin.get(f"{page.location}/text/{DIAGRAM}").text
    assert "没有流程的图形" in admin.get(f"{page.location}/problems").text


def test_the_check_of_a_page_looks_at_what_is_not_saved_yet(visit: Any) -> None:
    """Each problem with its element, in the language of the page; nothing is stored."""
    admin = visit("admin")
    page = begin(admin)
    name = "street-stall.bpmn"
    text = admin.get(f"{page}/files/{name}").text
    found = ask(admin, f"{page}/check", {"files": {name: text.replace('value="5wd"', 'value=""')}})
    (problem,) = [one for one in found.json["problems"] if one["severity"] == "error"]
    assert (problem["element"], problem["file"]) == ("review", name)
    assert problem["address"].endswith(f"/edit/{name}")
    assert ask(admin, f"{page}/check", {}).json == {"problems": []}
    assert "第2稿" not in admin.get(page).text


def test_a_save_over_anothers_keeps_both(app: Flask, visit: Any) -> None:
    """409 says who; what was drawn becomes a draft of its own."""
    admin = visit("admin")
    page = begin(admin)
    draft_id = int(page.rsplit("/", 1)[1])
    save_as_other(app, draft_id, "apply.form", "{}")
    joined = ask(admin, f"{page}/save", {"base": 1, "files": {"review.form": "{}\n"}})
    assert joined.json == {"revision": 3, "created": True, "merged": ["apply.form"]}
    refused = ask(admin, f"{page}/save", {"base": 1, "files": {"apply.form": "[]"}})
    assert refused.status_code == 409
    assert refused.json["code"] == "stale-save"
    assert OTHER in refused.json["message"]
    kept = ask(admin, f"{page}/beside", {"base": 1, "files": {"apply.form": "[]"}})
    assert admin.get(f"{kept.json['address']}/files/apply.form").text == "[]"
    typed = {"content": "[1]", "base": "1"}
    plain = admin.post(f"{page}/text/apply.form", typed)
    assert plain.status_code == 422
    assert "[1]" in plain.text
    beside = admin.post(f"{page}/text/apply.form", {**typed, "act": "beside"})
    assert admin.get(f"{beside.location}/files/apply.form").text == "[1]"
    save_as_other(app, draft_id, "item.yaml", "code: theirs\n")
    part = {"base": "1", "f-quantity.text-zh": "每街十个。"}
    late = admin.post(f"{page}/item/quantity", part)
    assert late.status_code == 409
    assert "每街十个。" in late.text
    mine = admin.post(f"{page}/item/quantity", {**part, "_beside": "1"})
    assert "每街十个。" in admin.get(f"{mine.location}/quantity").text


def test_who_else_draws_and_what_is_newer_is_told(app: Flask, visit: Any) -> None:
    """With every heartbeat of the page."""
    admin = visit("admin")
    page = begin(admin)
    draft_id = int(page.rsplit("/", 1)[1])
    with app.app_context(), db.transaction():
        drafting.touch(draft_id, "apply.form", actor=other(), now=clock.now())
    save_as_other(app, draft_id, "apply.form", "{}")
    told = ask(admin, f"{page}/presence", {"path": "apply.form", "base": 1}).json
    assert told["others"] == [{"name": OTHER, "path": "apply.form"}]
    assert told["newer"] == {"number": 2, "by": OTHER}
    assert OTHER in admin.get(page).text
    admin.post(f"{page}/leave")
    with app.app_context():
        assert [one.name for one in drafting.present(draft_id, now=clock.now())] == [OTHER]


def test_a_draft_is_compared_tried_and_shown_like_a_version(visit: Any) -> None:
    """Also one of its revisions; a draft whose diagram cannot be read says so."""
    admin = visit("admin")
    page = begin(admin)
    draft_id = page.rsplit("/", 1)[1]
    text = admin.get(f"{page}/files/street-stall.bpmn").text
    changed = text.replace('value="5wd"', 'value="4wd"')
    ask(admin, f"{page}/save", {"base": 1, "files": {"street-stall.bpmn": changed}})
    compared = admin.get(f"/admin/definitions/d{draft_id}r1/compare/d{draft_id}")
    assert "4个工作日" in compared.text
    assert admin.get(f"/admin/definitions/d{draft_id}/try").status_code == 200
    assert "临时摊位许可" in admin.get(f"/admin/definitions/d{draft_id}/guide").text
    ask(admin, f"{page}/save", {"base": 2, "files": {"street-stall.bpmn": "<x/>"}})
    assert admin.get(f"/admin/definitions/d{draft_id}/try").status_code == 409
    assert "按文字修改" in admin.get(f"{page}/edit/street-stall.bpmn").text


def test_a_form_is_shown_as_people_will_see_it(visit: Any) -> None:
    """By the macros of the real pages; a faulty one says what to mend."""
    admin = visit("admin")
    page = begin(admin)
    text = admin.get(f"{page}/files/apply.form").text
    shown = ask(admin, f"{page}/preview", {"path": "apply.form", "text": text}).json["html"]
    assert 'name="applicant_name"' in shown
    assert "govuk-input" in shown
    wrong = ask(admin, f"{page}/preview", {"path": "apply.form", "text": "{"}).json["html"]
    assert "请先更正" in wrong


BAD: tuple[tuple[str, Any, int], ...] = (
    ("save", {"base": "1", "files": {}}, 422),
    ("save", {"base": 1, "files": {"../x.form": "{}"}}, 422),
    ("save", {"base": 1, "files": {"x.form": "y" * 5_000_001}}, 422),
    ("save", {"base": 1, "files": {"x.form": 3}}, 422),
    ("save", {"base": 99, "files": {"x.form": "{}"}}, 404),
    ("save", [], 422),
    ("check", {"files": {"x.exe": "y"}}, 422),
    ("preview", "x", 422),
)


def test_bad_requests_are_refused_in_words(visit: Any) -> None:
    """As JSON, with nothing stored."""
    admin = visit("admin")
    page = begin(admin)
    for name, body, status in BAD:
        answer = ask(admin, f"{page}/{name}", body)
        assert (name, answer.status_code) == (name, status)
        assert answer.json["message"]
    assert "第2稿" not in admin.get(f"{page}/edit/street-stall.bpmn").text


def test_files_come_go_and_come_back(visit: Any) -> None:
    """Put in, taken out, and an older revision returned to; the draft discarded and taken back."""
    admin = visit("admin")
    page = begin(admin)
    admin.post(f"{page}/files", {"new": "fee.dmn"})
    assert "fee.dmn" in admin.get(page).text
    assert "新建空文件" in admin.post(f"{page}/files", {"new": "fee.txt"}).text
    admin.post(f"{page}/remove", {"name": "review.form"})
    assert "unknown-form" in admin.get(f"{page}/problems").text
    admin.post(f"{page}/return", {"revision": "1"})
    history = admin.get(f"{page}/history").text
    assert "回到第1稿" in history
    assert admin.get(f"{page}/files/fee.dmn").status_code == 404
    assert admin.get(f"{page}/bundle.zip").data.startswith(b"PK")
    assert "请填写草稿名称" in admin.post(f"{page}/name", {"name": " "}).text
    admin.post(f"{page}/name", {"name": "二稿"})
    admin.post(f"{page}/discard")
    assert admin.post(f"{page}/remove", {"name": "apply.form"}).status_code == 409
    assert "二稿" not in admin.get("/studio/drafts").text
    assert "二稿" in admin.get("/studio/drafts", state="discarded").text
    admin.post(f"{page}/restore")
    assert "二稿" in admin.get("/studio/drafts").text


def test_the_canvas_has_a_policy_of_its_own_and_other_pages_stay_strict(visit: Any) -> None:
    """Style attributes and one nonce there; nowhere a script that is not ours."""
    admin = visit("admin")
    page = begin(admin)
    canvas = admin.get(f"{page}/edit/street-stall.bpmn").headers["Content-Security-Policy"]
    assert "style-src-attr 'unsafe-inline'" in canvas
    assert "script-src 'self';" in canvas
    assert "style-src 'self' 'nonce-" in canvas
    for plain in (page, f"{page}/text/item.yaml", f"{page}/item/basis"):
        answer = admin.get(plain)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "studio-diagram" not in answer.text


def test_rows_of_the_description_are_added_and_removed_and_the_rest_is_kept(visit: Any) -> None:
    """What the page does not ask about stays in the file, as do its first comments."""
    admin = visit("admin")
    started = admin.post("/studio/drafts/new", {"way": "version", "version": "1", "name": "改"})
    page = started.location
    before = admin.get(f"{page}/files/item.yaml").text
    shown = admin.get(f"{page}/item/refusal").text
    assert 'name="r4-code"' in shown
    rows = {
        "base": "1",
        "rows": "2",
        "o0": "1",
        "r0-code": "kept",
        "r0-text-zh": "理由",
        "o1": "-1",
    }
    added = admin.post(f"{page}/item/refusal", {**rows, "_add": "1"})
    assert 'name="r1-code"' in added.text
    assert 'name="base" value="2"' in added.text
    after = admin.get(f"{page}/files/item.yaml").text
    assert after.splitlines()[0] == before.splitlines()[0]
    reading = definitions.read_bundle({"x.bpmn": b"", "item.yaml": after.encode()})
    assert reading.item is not None
    assert [one.code for one in reading.item.refusal_reasons] == ["kept"]
    empty = {"base": "2", "rows": "1", "o0": "-1"}
    admin.post(f"{page}/item/parts", empty)
    assert "parts:" not in admin.get(f"{page}/files/item.yaml").text
    assert len(reading.item.faq) == 3


def test_only_designers_enter_and_only_admins_deploy(visit: Any) -> None:
    """A clerk sees none of it."""
    page = begin(visit("admin"))
    clerk = visit("wang.clerk")
    for address in ("/studio/drafts", page, f"{page}/edit/item.yaml"):
        assert clerk.get(address).status_code == 403
    assert clerk.post(f"{page}/deploy", {"base": "1"}).status_code == 403
    assert ask(clerk, f"{page}/save", {"base": 1, "files": {}}).status_code == 403
    stranger = visit()
    assert ask(stranger, f"{page}/save", {"base": 1, "files": {}}).status_code == 401
    assert stranger.get("/studio/drafts").status_code == 303
