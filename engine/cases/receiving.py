"""Applications that a message brings: checked like any other, then a case of its own.

The message says who applies (``applicant``, a login name) and what they would have written
(``answers``). Thrown by a case it may leave the applicant out: then it is that of the case, whose
files go along where the item asks for the same materials.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

from engine import advance, db, duetimes, people
from engine.bpmn.language import ALWAYS_THERE
from engine.cases import emergencies, materials, receipt
from engine.cases.drafts import missing_materials
from engine.clock import civil_date
from engine.completion import evaluate
from engine.definitions import Bundle
from engine.errors import InvalidError, NotFoundError
from engine.licences import applying, bars
from engine.models import Case, Material
from engine.permissions import SYSTEM, Actor
from forms import check_answers
from forms.text import Text

APPLICANT: Final = "applicant"
ANSWERS: Final = "answers"
CHANNEL: Final = "message"


@dataclass(frozen=True)
class Application:
    """An application as a message brings it, found to be complete."""

    of: Bundle
    applicant: Actor
    answers: Mapping[str, Any]
    #: Files of the case that threw the message.
    files: tuple[Material, ...]
    #: What else the message brought.
    data: Mapping[str, Any]
    #: When somebody acted before applying, in an emergency.
    acted_at: datetime | None


def check(
    of: Bundle, data: Mapping[str, Any], *, sender: Case | None, now: datetime
) -> Application:
    """Check what a message brings. Raises InvalidError with everything that is wrong."""
    wrong: dict[str, Text] = {}
    applicant = _applicant(data.get(APPLICANT), sender, wrong)
    given = data.get(ANSWERS, {})
    if not isinstance(given, Mapping):
        wrong[ANSWERS] = Text("应为申请表的答案。", "These are the answers of the application.")
        given = {}
    checked = check_answers(
        of.application_form, given, evaluate=evaluate, today=civil_date(now), refuse_unknown=True
    )
    files = _files(of, sender, applicant)
    wrong |= checked.errors
    if applicant is not None and applicant.person_id is not None:
        holder = applying.holder_of(of.item, checked.answers, applicant.person_id)
        wrong |= bars.refusal(holder, of.item, now)
    if not checked.errors:
        wrong |= missing_materials(of, checked.answers, {one.code for one in files})
    if wrong or applicant is None:
        raise InvalidError(
            Text("消息带来的申请不完整。", "The application that the message brings is faulty."),
            fields=wrong,
        )
    rest = {
        name: value
        for name, value in data.items()
        if name in of.names and name not in {APPLICANT, ANSWERS, *ALWAYS_THERE}
    }
    acted = emergencies.acted_at(of, checked.answers, now)
    return Application(of, applicant, dict(checked.answers), files, rest, acted)


def receive(application: Application, element: str, *, now: datetime, **origin: object) -> Case:
    """Open the case of an application and begin its diagram at the start event it came to.

    ``origin``: the message, and who sent it. Raises EngineFault when the diagram cannot run.
    """
    of = application.of
    case = receipt.open_case(
        of, dict(application.answers), application.applicant, now, channel=CHANNEL
    )
    duetimes.await_receipt(case, of, now)
    for file in application.files:
        copied = {name: getattr(file, name) for name in _COPIED}
        db.session().add(Material(case_id=case.id, **copied))
    db.session().flush()
    receipt.give(case, of, SYSTEM, now, origin=origin)
    if application.acted_at is not None:
        emergencies.record(case, of, application.acted_at, actor=SYSTEM, now=now)
    receipt.note_earlier_withdrawal(case, SYSTEM, now)
    advance.begin(case, actor=SYSTEM, now=now, at=element, brought=application.data)
    return case


_COPIED: Final = (
    *("code", "file_name", "content_type", "sha256", "size", "uploaded_at", "uploaded_by"),
)


def _applicant(login: object, sender: Case | None, wrong: dict[str, Text]) -> Actor | None:
    if login is None and sender is not None:
        found = people.actor_for(sender.applicant_id)
    else:
        found = _by_login(login)
    if found is not None and found.kind == "applicant":
        return found
    wrong[APPLICANT] = Text(
        "请写申请人的登录名；须是已登记的申请人。",
        "Give the login name of the applicant, who must be registered as one.",
    )
    return None


def _by_login(login: object) -> Actor | None:
    try:
        return people.actor_for_login(login) if isinstance(login, str) else None
    except NotFoundError:
        return None


def _files(of: Bundle, sender: Case | None, applicant: Actor | None) -> tuple[Material, ...]:
    """Give the files of the sending case that the item would have taken from the same applicant."""
    if sender is None or applicant is None or applicant.person_id != sender.applicant_id:
        return ()
    asked = {one.code: one for one in of.item.materials}
    return tuple(
        file
        for file in materials.of_case(sender)
        if (wanted := asked.get(file.code)) is not None
        and file.size <= wanted.max_mb * materials.MEGABYTE
        and PurePath(file.file_name).suffix.lower().removeprefix(".") in wanted.types
    )
