"""Coming in: login, registration, languages, notices."""

import pytest

from forms.examples import make_id_number
from tests.webapp.applications import ready, submit
from tests.webapp.conftest import make_app
from tools import city


def test_applicants_and_staff_sign_in_on_the_same_page(visit):
    """Each begins on the first page of their own."""
    for name, start in (("zhang.san", "/my"), ("wang.clerk", "/inbox")):
        answer = visit().post("/login", {"login": name, "password": city.PASSWORD})
        assert (answer.status_code, answer.location) == (303, start)


def test_a_wrong_password_says_so_and_keeps_the_login_name(visit):
    """The answer does not tell whether the name exists."""
    answer = visit().post("/login", {"login": "zhang.san", "password": "wrong"})
    assert answer.status_code == 422
    assert "登录名或密码不正确" in answer.text
    assert 'value="zhang.san"' in answer.text


def test_guessing_passwords_is_slowed_down(visit):
    """After five failures even the right one has to wait."""
    person = visit()
    for _ in range(5):
        person.post("/login", {"login": "zhang.san", "password": "wrong"})
    answer = person.post("/login", {"login": "zhang.san", "password": city.PASSWORD})
    assert answer.status_code == 429


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_after_the_login_nobody_is_sent_to_another_site(visit, target):
    """Only paths of this site are followed."""
    data = {"login": "zhang.san", "password": city.PASSWORD, "next": target}
    assert visit().post("/login", data).location == "/my"


def test_after_the_login_one_comes_to_the_page_asked_for(visit):
    """The address is carried through the login page."""
    person = visit()
    asked = person.get("/my", page=1)
    assert asked.status_code == 303
    assert "next=/my" in asked.location
    data = {"login": "zhang.san", "password": city.PASSWORD, "next": "/my?page=1"}
    assert person.post("/login", data).location == "/my?page=1"


def test_registration_names_every_wrong_field_at_once(visit):
    """A wrong check digit of the identity number is found (GB 11643)."""
    given = {"login": "x", "password": "short", "password2": "short", "name": "王"}
    answer = visit().post("/register", {**given, "id_number": "420106199001010011"})
    assert answer.status_code == 422
    for name in ("login", "password", "name", "id_number"):
        assert f'href="#field-{name}"' in answer.text


def test_a_new_applicant_is_signed_in_at_once(visit):
    """Registration ends on the applicant's own page."""
    person = visit()
    given = {"login": "new.one", "password": "long-enough-1", "password2": "long-enough-1"}
    answer = person.post(
        "/register", {**given, "name": "新用户", "id_number": make_id_number(sequence=5)}
    )
    assert answer.location == "/my"
    assert "新用户" in person.get("/my").text


def test_signing_out_closes_the_own_pages(visit):
    """Nothing of the session is left."""
    person = visit("zhang.san")
    person.post("/logout")
    assert person.get("/my").status_code == 303


def test_the_language_stays_once_chosen(visit):
    """By a cookie; Chinese is what everybody starts with."""
    person = visit()
    assert "登录" in person.get("/login").text
    assert "Sign in" in person.get("/login", lang="en").text
    assert 'lang="en"' in person.get("/login").text


def test_a_persons_own_language_applies_at_the_login(visit):
    """Unless another one was chosen in this browser before."""
    given = {"login": "new.one", "password": "long-enough-1", "password2": "long-enough-1"}
    given |= {"name": "新用户", "id_number": make_id_number(sequence=5)}
    english = visit()
    english.get("/register", lang="en")
    english.post("/register", given)
    elsewhere, chosen = visit(), visit()
    elsewhere.post("/login", given)
    assert "My cases" in elsewhere.get("/my").text
    chosen.get("/login", lang="zh")
    chosen.post("/login", given)
    assert "我的办件" in chosen.get("/my").text


def test_notices_are_listed_and_can_be_marked_as_read(app, visit):
    """The count in the header goes away."""
    person = visit("zhang.san")
    submit(person, ready(app, person))
    assert "lb-count" in person.get("/my").text
    assert "已收到申请" in person.get("/notices").text
    person.post("/notices/read")
    assert "lb-count" not in person.get("/my").text


def test_the_public_face_has_no_staff_pages_and_no_staff_login(app, pg):
    """One code base, two faces."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    public = make_app(url, FACE="public")
    assert "inbox" not in public.blueprints
    assert public.test_client().get("/inbox").status_code == 404
    assert public.test_client().get("/engine-rest/version").status_code == 404
    internal = make_app(url, FACE="internal")
    assert "portal" not in internal.blueprints
    assert internal.test_client().get("/").location == "/inbox"
