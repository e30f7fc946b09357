"""Goes through an application as an applicant without scripts would, page by page."""

from io import BytesIO
from urllib.parse import urlsplit

from flask import Flask

from engine import definitions
from tests.webapp.conftest import Person
from tests.webapp.filling import PDF, page_post

ITEM = "medical-device-iii"


def begin(person: Person, item: str = ITEM) -> str:
    """Begin an application; return the draft's id."""
    answer = person.post(f"/items/{item}/start")
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.location).path.split("/")[2]


def fill_in(app: Flask, person: Person, draft: str, item: str = ITEM) -> str:
    """Fill in every question group; return the path that follows the last one."""
    with app.app_context():
        form = definitions.newest(item).application_form
    path = person.get(f"/apply/{draft}").location
    while "/page/" in path:
        key = urlsplit(path).path.rsplit("/", 1)[1]
        answer = person.post(path, page_post(form, key))
        assert answer.status_code == 303, answer.text
        path = answer.location
    return path


def upload(person: Person, draft: str, code: str, data: bytes = PDF, name: str = "x.pdf") -> int:
    """Upload a file for a material; return the status of the answer."""
    sent = {"file": (BytesIO(data), name)}
    return person.post(f"/apply/{draft}/materials/{code}", sent).status_code


def ready(app: Flask, person: Person, item: str = ITEM) -> str:
    """Return the id of a draft that only waits for its submission."""
    draft = begin(person, item)
    fill_in(app, person, draft, item)
    with app.app_context():
        wanted = [m.code for m in definitions.newest(item).item.materials]
    page = person.get(f"/apply/{draft}/materials").text
    for code in wanted:
        if f'id="file-{code}"' in page:
            assert upload(person, draft, code) == 303
    return draft


def submit(person: Person, draft: str) -> str:
    """Submit; return the case's number."""
    answer = person.post(f"/apply/{draft}/submit", {"declared": "1"})
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.location).path.split("/")[2]
