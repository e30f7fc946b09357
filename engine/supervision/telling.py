"""Who is told of cards and letters, and in which words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import clocks, db, notices, people
from engine.cases import masking
from engine.models import Card, Case, Letter, Person, Post
from engine.permissions import LEADER, SUPERVISOR
from engine.supervision.kinds import CAUSES, HEARING, LETTERS, LEVELS, STEP
from forms.text import Text, dated

#: Who answers for a unit: its leader, or where it has none its head.
HEAD: Final = "head"
_STATE: Final = Text("陈述意见", "state your case")
_ANSWER: Final = Text("答复或申诉", "answer or appeal")


def path_of(card: Card) -> str:
    """Return where a card is read and answered."""
    return f"/oversight/cards/{card.id}"


def named(card: Card) -> Text:
    """Name a card by its level, what it is about, and its case."""
    level, cause, number = LEVELS[card.level], CAUSES[card.cause], card.case.number
    step = Text(f"“{card.step_zh}”", f" “{card.step_en}”") if card.cause == STEP else Text("", "")
    return Text(
        f"{level.zh}：{cause.zh}{step.zh}（{number}）",
        f"{level.en}: {cause.en}{step.en} ({number})",
    )


def answering(department: str) -> list[Person]:
    """Return who answers for a unit: its leaders, or its heads where it has none.

    Cards come by the dozen, so within one unit of work each unit is looked up once.
    """
    known, key = db.known(), ("answering", department)
    if key not in known:
        known[key] = people.holders(department, LEADER) or people.holders(department, HEAD)
    found: list[Person] = known[key]
    return found


def readers(told: Sequence[Person | None]) -> list[people.Reader]:
    """Return people as readers of a notice, each once."""
    found = {one.id: one.email for one in told if one is not None}
    return [people.Reader(*one) for one in found.items()]


def unit_readers(card: Card) -> list[people.Reader]:
    """Return who is told of a card: who answers for the unit, and the person concerned."""
    person = people.get(card.person_id) if card.person_id else None
    return readers([*answering(card.department_code), person])


def supervisors() -> list[Person]:
    """Return the active supervisors."""
    query = select(Person).join(Post).where(Person.active, Post.role_code == SUPERVISOR)
    return list(db.session().scalars(query.distinct().order_by(Person.id)))


def unit_of_letter(
    letter: Letter, case: Case | None, number: str, what: Text, now: datetime
) -> None:
    """Tell a unit of a letter to it: who answers for it, and who holds the post it names."""
    named_post = people.holders(letter.department_code, letter.role) if letter.role else []
    told = readers([*answering(letter.department_code), *named_post])
    _tell_letter(letter, case, told, what, Text(number, number), now)


def supervisors_of_letter(letter: Letter, case: Case | None, what: Text, now: datetime) -> None:
    """Tell the supervisors what became of a letter."""
    unit = people.department_name(letter.department_code)
    _tell_letter(letter, case, readers(supervisors()), what, unit, now)


def _tell_letter(
    letter: Letter,
    case: Case | None,
    told: Sequence[people.Reader],
    what: Text,
    who: Text,
    now: datetime,
) -> None:
    kind = LETTERS[letter.kind]
    heading = Text(
        f"{kind.zh}：{letter.subject}，{what.zh}", f"{kind.en}: {letter.subject}, {what.en}"
    )
    about = Text(f"，办件{case.number}", f", case {case.number}") if case else Text("", "")
    body = Text(f"{who.zh}{about.zh}，{what.zh}。", f"{who.en}{about.en}: {what.en}.")
    message = notices.Message("letter", heading, body, f"/oversight/letters/{letter.id}")
    notices.tell_all(told, message, case=case, now=now)


def supervisors_of_card(card: Card, case: Case, what: Text, now: datetime) -> None:
    """Tell the supervisors what became of a card; they read no names."""
    subject = masking.subject(case.subject, case.applicant_name)
    notices.tell_all(
        readers(supervisors()), _of_card(card, case, what, subject), case=case, now=now
    )


def unit_of_card(card: Card, case: Case, what: Text, now: datetime) -> None:
    """Tell a card's unit what became of it."""
    notices.tell_all(
        unit_readers(card), _of_card(card, case, what, case.subject), case=case, now=now
    )


def _of_card(card: Card, case: Case, what: Text, subject: str) -> notices.Message:
    level = LEVELS[card.level]
    heading = Text(f"{level.zh}{what.zh}：{subject}", f"{level.en}, {what.en}: {subject}")
    body = Text(f"办件{case.number}：{what.zh}。", f"Case {case.number}: {what.en}.")
    return notices.Message("card", heading, body, path_of(card))


def unit_of_new(card: Card, case: Case, now: datetime) -> None:
    """Tell a card's unit that it was issued, has risen or is proposed, and until when to answer."""
    level, cause = LEVELS[card.level], CAUSES[card.cause]
    named_step = card.cause == STEP
    step = Text(f"“{card.step_zh}”", f" “{card.step_en}”") if named_step else Text("", "")
    proposed = card.state == HEARING
    head = Text(f"拟发{level.zh}", f"Proposed: {level.en}") if proposed else level
    heading = Text(f"{head.zh}：{case.subject}", f"{head.en}: {case.subject}")
    zh = f"办件{case.number}{step.zh}，{cause.zh}。"
    en = f"Case {case.number}{step.en}, {cause.en}."
    if card.answer_by is not None:
        last = clocks.last_day(card.answer_by)
        what = _STATE if proposed else _ANSWER
        zh += f"请在{dated(last).zh}前{what.zh}。"
        en += f" Please {what.en} by {dated(last).en}."
    message = notices.Message(f"card-{card.level}", heading, Text(zh, en), path_of(card))
    notices.tell_all(unit_readers(card), message, case=case, now=now)
