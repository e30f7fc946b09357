"""Nothing typed is lost: expired logins, expired tokens, pages out of date."""

import re

import time_machine

from engine import clock
from tests.webapp.applications import begin
from tools import city


def test_a_login_that_expired_while_writing_gives_the_page_back_filled(visit):
    """The form is parked, the login asked for, and the same page comes back with the text."""
    person = visit("zhang.san")
    path = f"/apply/{begin(person)}/page/company"
    token = person.token()
    with time_machine.travel(clock.now().timestamp() + 2 * 3600):
        typed = {"csrf_token": token, "_page": path, "company": "江城康健医疗器械有限公司"}
        answer = person.client.post(path, data=typed)
        assert answer.status_code == 303
        assert answer.location.startswith("/login?")
        assert "已经保留" in person.client.get(answer.location).text
        login = {"login": "zhang.san", "password": city.PASSWORD, "csrf_token": token}
        back = person.client.post("/login", data=login)
    assert back.status_code == 200
    assert 'value="江城康健医疗器械有限公司"' in back.text
    assert f'action="{path}"' in back.text
    assert "刚才填写的内容已恢复" in back.text


def test_the_parked_form_is_given_back_once(visit):
    """A second login starts on the ordinary page."""
    person = visit()
    person.post("/apply/none/page/company", {"company": "甲"})
    person.post("/login", {"login": "zhang.san", "password": city.PASSWORD})
    person.post("/logout")
    again = person.post("/login", {"login": "zhang.san", "password": city.PASSWORD})
    assert again.status_code == 303


def test_a_parked_form_of_a_page_that_is_gone_is_still_shown(visit):
    """What was typed can at least be copied."""
    person = visit()
    person.post("/items/none/start", {"_page": "/nowhere", "note": "很长的一段说明"})
    answer = person.post("/login", {"login": "zhang.san", "password": city.PASSWORD})
    assert "很长的一段说明" in answer.text


def test_a_token_that_no_longer_fits_loses_nothing(visit):
    """The page comes back filled, with a fresh token and the reason; nothing was saved."""
    person = visit("zhang.san")
    path = f"/apply/{begin(person)}/page/company"
    answer = person.client.post(
        path, data={"csrf_token": "old", "_page": path, "company": "乙公司"}
    )
    assert 'value="乙公司"' in answer.text
    assert "需要再确认一次" in answer.text
    assert 'value="乙公司"' not in person.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    again = person.client.post(path, data={"csrf_token": token[1], "company": "乙公司"})
    assert again.status_code == 422


def test_a_form_from_another_site_is_refused_outright(visit):
    """No page is shown that a victim could be talked into sending."""
    person = visit("zhang.san")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = person.client.post(
            "/items/medical-device-iii/start", data={"note": "x"}, headers=headers
        )
        assert answer.status_code == 403
    assert "草稿</h2>" not in person.get("/my").text


def test_reopening_shows_the_latest_state_with_what_was_typed(visit):
    """The way on from a conflict: nothing is overwritten, nothing is retyped."""
    person = visit("zhang.san")
    path = f"/apply/{begin(person)}/page/company"
    answer = person.post("/reopen", {"_page": path, "company": "丙公司"})
    assert 'value="丙公司"' in answer.text
    assert "这是最新状态" in answer.text


def test_reopening_leads_to_no_other_site_and_through_the_page_s_own_door(visit):
    """An address from outside is ignored; somebody else's page stays closed."""
    owner, other = visit("zhang.san"), visit("li.si")
    path = f"/apply/{begin(owner)}/page/company"
    assert other.post("/reopen", {"_page": path, "company": "x"}).status_code == 404
    answer = owner.post("/reopen", {"_page": "https://evil.example/", "note": "x"})
    assert "evil.example" not in answer.text


def test_passwords_are_never_parked(visit):
    """Neither in the table nor on the page."""
    person = visit()
    person.post("/items/x/start", {"password": "secret-secret", "note": "留言"})
    answer = person.post("/login", {"login": "zhang.san", "password": city.PASSWORD})
    assert "secret-secret" not in answer.text


def test_a_file_sent_with_an_old_token_brings_its_page_back(visit):
    """There is nothing typed to keep; the page says that the file must be chosen again."""
    person = visit("zhang.san")
    draft = begin(person)
    page = f"/apply/{draft}/materials"
    answer = person.client.post(f"{page}/quality-rules", data={"csrf_token": "old", "_page": page})
    assert "上传的文件需要重新选择" in answer.text
    assert 'id="file-quality-rules"' in answer.text
