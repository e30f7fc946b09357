"""Cases for the staff's pages: made through the engine, worked on through the pages."""

import re
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from engine import cases, clock, db, definitions, people, tasks
from engine.cases import materials
from engine.clock import civil_date
from engine.models import Case, Task
from forms.text import Text
from tests.webapp.conftest import Person
from tests.webapp.filling import page_post
from tools import samples

MEDICAL, SHOP, RESTAURANT = "medical-device-iii", "individual-business", "restaurant-opening"


def new_case(
    app: Flask, item: str = MEDICAL, *, number: int = 1, age: timedelta = timedelta(minutes=5)
) -> str:
    """Hand in a complete application some time ago; return the case's number."""
    with app.app_context():
        return hand_in(item, number=number, age=age)


def hand_in(item: str, *, number: int = 1, age: timedelta = timedelta(minutes=5)) -> str:
    """Hand in a complete application on the database at hand; return the case's number."""
    actor, now = people.actor_for_login("zhang.san"), clock.now() - age
    with db.transaction():
        draft_id = cases.start_draft(item, actor=actor, now=now).id
    with db.transaction():
        answers = samples.APPLICATIONS[item](number)
        draft = cases.save_draft(draft_id, None, answers, actor=actor, now=now)
        of = definitions.bundle(draft.version_id)
        for wanted in cases.required_materials(of, draft.answers):
            upload = (f"{wanted.code}.pdf", samples.pdf_file(wanted.code))
            materials.add_to_draft(draft, wanted.code, upload, actor=actor, now=now)
    with db.transaction():
        return str(cases.submit(draft_id, actor=actor, now=now).number)


def open_task(app: Flask, number: str, department: str | None = None) -> str:
    """Return the id of the case's open task, of one department where several work at once."""
    with app.app_context():
        query = (
            select(Task.id).join(Case).where(Case.number == number, Task.state == "open").limit(1)
        )
        if department:
            query = query.where(Task.department_code == department)
        return str(db.session().scalar(query))


def case_of(app: Flask, number: str) -> Case:
    """Return the case's row as it stands now."""
    with app.app_context():
        found = db.session().scalar(select(Case).where(Case.number == number))
        assert found is not None
        return found


def filled(app: Flask, task_id: str, login: str, **more: Any) -> dict[str, Any]:
    """Return a task's form with every question of the step answered."""
    with app.app_context():
        view = tasks.find(task_id, people.actor_for_login(login))
        answers = page_post(view.form, today=civil_date(clock.now())) if view.form else {}
    return {**answers, **more}


def carry_out(
    app: Flask, person: Person, login: str, number: str, outcome: str, **more: Any
) -> None:
    """Complete the case's open task as its staff would, confirming what asks for it."""
    task_id = open_task(app, number)
    given = filled(app, task_id, login, outcome=outcome, opinion="情况属实", confirmed="1", **more)
    answer = person.post(f"/tasks/{task_id}/complete", given)
    assert answer.status_code == 303, shown(answer.text)


def overdue_by(app: Flask, number: str, days: int) -> None:
    """Let the limits of a case have ended some days ago."""
    with app.app_context(), db.transaction() as session:
        past: datetime = clock.now() - timedelta(days=days)
        case = session.scalar(select(Case).where(Case.number == number))
        assert case is not None
        case.promised_due_at = past
        for task in session.scalars(select(Task).where(Task.case_id == case.id)):
            task.due_at = past


def shown(page: str) -> str:
    """Return the words of a page's main part, without its markup."""
    main = page.partition('id="main"')[2] or page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def samples_label() -> Text:
    """Return a label for figures that need one."""
    return Text("环节", "Step")
