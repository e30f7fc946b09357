"""Applying for something: drafts, pages, uploads, the one submission."""

import re
from io import BytesIO

from engine import cases, people
from tests.webapp.applications import begin, fill_in, ready, submit, upload
from tests.webapp.filling import PDF


def test_an_application_goes_from_the_guide_to_a_receipt_without_scripts(app, visit):
    """All pages, uploads and the last check, with nothing but forms."""
    person = visit("zhang.san")
    number = submit(person, ready(app, person))
    receipt = person.get(f"/case/{number}/receipt")
    assert number in receipt.text
    assert "查询码" in receipt.text


def test_a_second_submit_leads_to_the_same_receipt(app, visit):
    """Double clicks and the browser's back button make no second case."""
    person = visit("zhang.san")
    draft = ready(app, person)
    assert submit(person, draft) == submit(person, draft)
    assert len(set(re.findall(r"LB\d+", person.get("/my").text))) == 1


def test_the_declaration_is_asked_for_once_where_the_application_is_handed_in(app, visit):
    """It is no page of its own; what the form says is shown on the last one and kept."""
    person = visit("zhang.san")
    draft = ready(app, person)
    page = person.get(f"/apply/{draft}/check").text
    assert "知悉隐瞒有关情况或者提供虚假材料的法律后果" in page
    assert page.count('type="checkbox"') == 1
    number = submit(person, draft)
    with app.app_context():
        found = cases.find(number, people.actor_for_login("zhang.san"))
        assert found.answers["declared"] is True


def test_the_declaration_must_be_ticked(app, visit):
    """Without it nothing is submitted, and the page says so."""
    person = visit("zhang.san")
    answer = person.post(f"/apply/{ready(app, person)}/submit")
    assert answer.status_code == 422
    assert "请阅读并勾选申请人声明" in answer.text


def test_an_incomplete_application_names_everything_that_is_missing(visit):
    """Each point leads to the page that mends it."""
    person = visit("zhang.san")
    draft = begin(person)
    answer = person.post(f"/apply/{draft}/submit", {"declared": "1"})
    assert answer.status_code == 422
    assert f"/apply/{draft}/page/company?check=1#company" in answer.text
    assert f"/apply/{draft}/materials#material-quality-rules" in answer.text


def test_a_wrong_answer_is_shown_at_its_field_and_what_was_typed_stays(visit):
    """The summary links to the input; nothing typed is lost."""
    person = visit("zhang.san")
    path = f"/apply/{begin(person)}/page/company"
    answer = person.post(path, {"company": "江城康健", "credit_code": "911111111111111111"})
    assert answer.status_code == 422
    assert 'href="#credit_code"' in answer.text
    assert 'value="江城康健"' in answer.text
    assert 'value="911111111111111111"' in answer.text


def test_saving_for_later_keeps_unfinished_answers(visit):
    """A draft may be wrong for as long as it is a draft."""
    person = visit("zhang.san")
    draft = begin(person)
    path = f"/apply/{draft}/page/company"
    assert person.post(path, {"company": "半个名", "_later": "1"}).location == "/my"
    assert 'value="半个名"' in person.get(path).text
    assert draft in person.get("/my").text


def test_a_row_can_be_added_and_removed_without_scripts(visit):
    """The buttons send the form; the other rows keep what was typed."""
    person = visit("zhang.san")
    path = f"/apply/{begin(person)}/page/staff"
    names = [k for k in _names(person.get(path).text) if k.startswith("staff-0-")]
    typed = {names[0]: "甲", names[0].replace("-0-", "-1-"): "乙"}
    added = person.post(path, {**typed, "_add": "staff"}).text
    assert names[0].replace("-0-", "-2-") in _names(added)
    removed = person.post(path, {**typed, "_remove": "staff-0"}).text
    assert 'value="乙"' in removed
    assert 'value="甲"' not in removed


def test_questions_that_do_not_apply_are_not_shown(visit):
    """Details of the cold store are asked only of who keeps goods cold."""
    person = visit("zhang.san")
    path = f"/apply/{begin(person)}/page/agent"
    before = _names(person.get(path).text)
    after = _names(person.post(path, {"by_agent": "yes", "_refresh": "1"}).text)
    assert len(after) > len(before)


def test_a_forged_file_is_refused_by_its_content_and_the_material_says_why(visit):
    """The name ends in .pdf, the content is a program."""
    person = visit("zhang.san")
    draft = begin(person)
    sent = {"file": (BytesIO(b"MZ\x90\x00" + b"\x00" * 200), "licence.pdf")}
    answer = person.post(f"/apply/{draft}/materials/quality-rules", sent)
    assert answer.status_code == 422
    assert 'href="#material-quality-rules"' in answer.text
    assert "licence.pdf" not in person.get(f"/apply/{draft}/materials").text


def test_a_file_that_is_too_large_is_refused(app, visit):
    """Above the limit of the whole request the answer is a page that says what to do."""
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    person = visit("zhang.san")
    draft = begin(person)
    sent = {"file": (BytesIO(b"%PDF-1.4" + b"0" * 300_000), "big.pdf"), "csrf_token": "x"}
    answer = person.client.post(f"/apply/{draft}/materials/quality-rules", data=sent)
    assert answer.status_code == 413
    assert "文件太大" in answer.text


def test_a_file_can_be_replaced_and_removed(visit):
    """Replacing leaves one file, removing none."""
    person = visit("zhang.san")
    draft = begin(person)
    upload(person, draft, "quality-rules", name="old.pdf")
    data = {"_replace": "1", "file": (BytesIO(PDF), "new.pdf")}
    person.post(f"/apply/{draft}/materials/quality-rules", data)
    page = person.get(f"/apply/{draft}/materials").text
    assert "old.pdf" not in page
    assert "new.pdf" in page
    remove = next(part for part in page.split('action="') if "/remove" in part).split('"')[0]
    person.post(remove)
    assert "new.pdf" not in person.get(f"/apply/{draft}/materials").text


def test_somebody_elses_draft_and_files_do_not_exist(visit):
    """Neither page nor upload nor preview tells that they are there."""
    owner, other = visit("zhang.san"), visit("li.si")
    draft = begin(owner)
    upload(owner, draft, "quality-rules")
    assert other.get(f"/apply/{draft}/page/company").status_code == 404
    assert other.post(f"/apply/{draft}/page/company", {"company": "x"}).status_code == 404
    assert upload(other, draft, "quality-rules") == 404
    assert other.get("/materials/1").status_code == 404
    assert owner.get("/materials/1").status_code == 200


def test_the_step_counter_says_where_one_is(app, visit):
    """第2步，共n步; the pages follow the answers."""
    person = visit("zhang.san")
    draft = begin(person)
    assert "第2步，共" in person.get(f"/apply/{draft}/page/heads").text
    assert "Step 2 of" in person.get(f"/apply/{draft}/page/heads", lang="en").text
    assert fill_in(app, person, draft).startswith(f"/apply/{draft}/materials")


def test_deleting_a_draft_takes_it_off_the_list(visit):
    """The applicant's own page no longer offers it."""
    person = visit("zhang.san")
    draft = begin(person)
    person.post(f"/apply/{draft}/delete")
    assert draft not in person.get("/my").text


def _names(html: str) -> list[str]:
    """Return the names of the inputs of a page."""
    return [part.split('"')[0] for part in html.split(' name="')[1:]]
