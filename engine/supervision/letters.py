"""Letters of supervision: 督办函 and 监察建议书, numbered, with a day to reply by.

The text of a letter is a document of its case and never changes; the reply and what became of it
stand in the case's record. A reply that is late is a limit like any other: rules decide on cards.
A letter to a unit about no single case has a document and a record of its own, and no cards: when
its reply is late, it stands among what is late (``voices.overdue``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from engine import clocks, db, documents, events, holding, people
from engine.cases import materials
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Card, Case, Department, Document, Event, Letter, LetterCard
from engine.paging import Key, Order, Page
from engine.permissions import SUPERVISOR, Actor, require_role
from engine.supervision import telling
from engine.supervision.finding import answers_for, sees_all
from engine.supervision.kinds import (
    ADVICE,
    CLOSED,
    ISSUED,
    LETTERS,
    REPLIED,
    SOURCES,
    URGING,
    WITHDRAWN,
)
from engine.workdays import workdays_between
from forms.text import Text, dated

LONGEST: Final = 4000
LONGEST_SUBJECT: Final = 100
#: Working days: how far away a reply may be asked, and what is given when a reply was not enough.
FARTHEST, AGAIN_DAYS = 60, 3
PER_PAGE: Final = 25
_ORDER: Final = Order(Key(Letter.id, lambda letter: letter.id, int), descending=True)
_WRONG: Final = Text("请更正下列各项。", "Please correct these points.")


@dataclass(frozen=True)
class Writing:
    """A letter as a supervisor writes it: about cards or a case, or about the unit as such."""

    kind: str
    department: str
    subject: str
    findings: str
    #: what is asked of the unit, one demand a line
    demands: str
    reply_on: date | None
    role: str = ""
    case_id: int | None = None
    cards: tuple[int, ...] = ()
    #: Where the matter was found (a code of SOURCES), of a letter about no single case.
    source: str = ""


@dataclass(frozen=True)
class LettersWanted:
    """Which letters somebody looks for; an empty field asks nothing."""

    kind: str = ""
    state: str = ""
    department: str = ""
    at: str = ""


def issue_letter(writing: Writing, *, actor: Actor, now: datetime) -> Letter:
    """Issue a letter to a unit, numbered and dated, with its document; the unit is told.

    Raises ForbiddenError unless the actor is a supervisor of another unit, NotFoundError for cards
    or a case that are not there, InvalidError naming what is wrong with it.
    """
    require_role(actor, SUPERVISOR)
    cards = _cards(writing)
    _refuse_wrong(writing, cards, now)
    case = None
    if not writing.source:
        case = holding.of_case(cards[0].case_id if cards else writing.case_id or 0)
    _refuse_stranger(writing, case, actor)
    days = workdays_between(clocks.calendar(), civil_date(now), writing.reply_on or date.max)
    due = clocks.due(now, f"{days}wd")
    paper = _paper(writing, case, cards, actor, now)
    db.session().flush()
    letter = Letter(
        kind=writing.kind, case_id=case.id if case else None, document_id=paper.id,
        role=writing.role, department_code=writing.department,
        issuer_code=paper.department_code, subject=writing.subject.strip(),
        state=ISSUED, issued_at=now, issued_by=actor.person_id or 0, reply_by=due.at,
        due_facts=clocks.facts_of(due), source=writing.source,
    )  # fmt: skip
    db.session().add(letter)
    db.session().flush()
    db.session().add_all(LetterCard(letter_id=letter.id, card_id=card.id) for card in cards)
    _record(letter, case, "letter-issued", actor, now, number=paper.number, reply_by=due.at)
    last = clocks.last_day(due.at)
    asked = Text(
        f"请于{dated(last).zh}前答复",
        f"please reply by {dated(last).en}",
    )
    telling.unit_of_letter(letter, case, paper.number, asked, now)
    return letter


def reply(letter_id: int, text: str, *, actor: Actor, now: datetime) -> Letter:
    """Reply to a letter for its unit; a late reply is still taken, and recorded as late.

    Raises ForbiddenError for another unit, ConflictError for one replied to or closed already,
    InvalidError without words.
    """
    letter, case = _held(letter_id, actor)
    if not may_reply(letter, actor):
        raise ForbiddenError(
            Text(
                "只有收函单位的负责人或函件指明的岗位可以答复。",
                "Only who answers for the unit, or holds the post it names, may reply.",
            )
        )
    words = _words(text)
    if letter.state != ISSUED:
        raise (
            _closed()
            if letter.state == CLOSED
            else ConflictError(
                Text("已经答复，正等待核实。", "It was replied to and waits to be verified.")
            )
        )
    letter.state, letter.replied_at = REPLIED, now
    late = now >= letter.reply_by
    _record(letter, case, "letter-replied", actor, now, reason=words, late=late)
    telling.supervisors_of_letter(letter, case, Text("已答复，待核实", "a reply came"), now)
    return letter


def verify_letter(letter_id: int, text: str, *, sound: bool, actor: Actor, now: datetime) -> Letter:
    """Verify a reply: it closes the letter, or the unit must reply again in three working days.

    Raises ForbiddenError unless the actor is a supervisor of another unit, ConflictError when
    there is no reply to verify, InvalidError without words.
    """
    require_role(actor, SUPERVISOR)
    letter, case = _held(letter_id, actor)
    if letter.department_code in actor.departments:
        raise own_unit()
    words = _words(text)
    if letter.state != REPLIED:
        raise (
            _closed()
            if letter.state == CLOSED
            else ConflictError(Text("还没有待核实的答复。", "There is no reply to verify."))
        )
    if sound:
        letter.state, letter.closed_at = CLOSED, now
        _record(letter, case, "letter-closed", actor, now, reason=words)
        said = Text("答复经核实，已办结", "the reply was verified; closed")
    else:
        due = clocks.due(now, f"{AGAIN_DAYS}wd")
        letter.state, letter.replied_at = ISSUED, None
        letter.reply_by, letter.due_facts = due.at, clocks.facts_of(due)
        _record(letter, case, "letter-returned", actor, now, reason=words, reply_by=due.at)
        said = Text("答复未通过核实，请重新答复", "please reply again")
    telling.unit_of_letter(letter, case, letter.document.number, said, now)
    return letter


def may_reply(letter: Letter, actor: Actor) -> bool:
    """Say whether an actor answers for a letter's unit, or holds the post it names."""
    named = bool(letter.role) and actor.holds(letter.department_code, letter.role)
    return named or letter.department_code in answers_for(actor)


def may_verify(letter: Letter, actor: Actor) -> bool:
    """Say whether an actor may verify replies to a letter: a supervisor of another unit."""
    return actor.has(SUPERVISOR) and letter.department_code not in actor.departments


def letters(actor: Actor, wanted: LettersWanted) -> Page[Letter]:
    """Return one page of the letters an actor may see, the latest first.

    Raises InvalidError for a mark that is none of this list's.
    """
    mark = _ORDER.read(wanted.at)
    conditions = [*_seen_by(actor), *_ORDER.beyond(mark)]
    for column, value in (
        (Letter.kind, wanted.kind),
        (Letter.state, wanted.state),
        (Letter.department_code, wanted.department),
    ):
        if value:
            conditions.append(column == value)
    query = (
        select(Letter)
        .options(joinedload(Letter.document), joinedload(Letter.case))
        .where(*conditions)
        .order_by(*_ORDER.by(mark))
        .limit(PER_PAGE + 1)
    )
    page = _ORDER.page(list(db.session().scalars(query)), mark, PER_PAGE)
    return page if page.rows or mark is None else letters(actor, replace(wanted, at=""))


def _seen_by(actor: Actor) -> list[ColumnElement[bool]]:
    """Hold for the letters an actor may see: all, or those to the own departments."""
    if sees_all(actor):
        return []
    return [Letter.department_code.in_(sorted(actor.departments))]


def find_letter(letter_id: int, actor: Actor, *, lock: bool = False) -> Letter:
    """Return a letter an actor may see. Raises NotFoundError for any other."""
    query = select(Letter).where(Letter.id == letter_id, *_seen_by(actor))
    if lock:
        query = query.with_for_update(of=Letter).execution_options(populate_existing=True)
    letter = db.session().scalar(query)
    if letter is None:
        raise NotFoundError(
            Text(
                "没有找到这份函件；您只能查看发给本部门的函件。",
                "No such letter was found; you only see those to your department.",
            )
        )
    return letter


def letters_of_case(case: Case, actor: Actor) -> list[Letter]:
    """Return the letters about a case that an actor may see, oldest first."""
    query = select(Letter).options(joinedload(Letter.document)).where(*_seen_by(actor))
    return list(db.session().scalars(query.where(Letter.case_id == case.id).order_by(Letter.id)))


def cards_of(letter: Letter) -> list[Card]:
    """Return the cards a letter speaks of."""
    query = select(Card).join(LetterCard).where(LetterCard.letter_id == letter.id)
    return list(db.session().scalars(query.order_by(Card.id)))


def letter_history(letter: Letter) -> Sequence[Event]:
    """Return what happened to a letter, oldest first, from its case's record or its own."""
    in_record = Event.case_id == letter.case_id
    if letter.case_id is None:
        in_record = Event.stream == _stream(letter)
    query = select(Event).where(in_record, Event.data["letter"].as_integer() == letter.id)
    return list(db.session().scalars(query.order_by(Event.seq)))


def _held(letter_id: int, actor: Actor) -> tuple[Letter, Case | None]:
    case_id = find_letter(letter_id, actor).case_id
    case = holding.of_case(case_id) if case_id is not None else None
    return find_letter(letter_id, actor, lock=True), case


def _cards(writing: Writing) -> list[Card]:
    """Return the cards a letter is about. Raises NotFoundError when one is not there."""
    query = select(Card).where(Card.id.in_(writing.cards)).order_by(Card.id)
    found = list(db.session().scalars(query)) if writing.cards else []
    if len(found) != len(set(writing.cards)):
        raise NotFoundError(Text("没有找到所选的牌。", "A chosen card was not found."))
    return found


def _refuse_wrong(writing: Writing, cards: Sequence[Card], now: datetime) -> None:
    wrong = _wrong_words(writing)
    if db.session().get(Department, writing.department) is None:
        wrong["department"] = Text("请选择收函单位。", "Choose the unit it goes to.")
    elif writing.role and not people.holders(writing.department, writing.role):
        wrong["role"] = Text("该单位没有人担任这个岗位。", "Nobody holds this post in the unit.")
    if (fault := _wrong_day(writing.reply_on, now)) is not None:
        wrong["reply_on"] = fault
    about, judge = ("source", _wrong_source) if writing.source else ("cards", _wrong_cards)
    if (fault := judge(writing, cards)) is not None:
        wrong[about] = fault
    if wrong:
        raise InvalidError(_WRONG, fields=wrong)


def _wrong_words(writing: Writing) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if writing.kind not in LETTERS:
        wrong["kind"] = Text("请选择函件的种类。", "Choose the kind of letter.")
    for name, text, longest in (
        ("subject", writing.subject, LONGEST_SUBJECT),
        ("findings", writing.findings, LONGEST),
        ("demands", writing.demands, LONGEST),
    ):
        if not 2 <= len(text.strip()) <= longest:
            wrong[name] = Text(f"请填写2至{longest}字。", f"Write 2 to {longest} characters.")
    return wrong


def _wrong_day(on: date | None, now: datetime) -> Text | None:
    today, calendar = civil_date(now), clocks.calendar()
    if on is None:
        return Text("请填写答复期限，例如2026-03-02。", "Enter the day, such as 2026-03-02.")
    if on <= today:
        return Text("答复期限须在今天以后。", "The day to reply by must be later than today.")
    if not calendar.is_workday(on):
        return Text("这一天不是工作日，请另选。", "That is no working day; choose another.")
    if (on - today).days > 2 * FARTHEST or workdays_between(calendar, today, on) > FARTHEST:
        return Text(
            f"答复期限最长{FARTHEST}个工作日。", f"At most {FARTHEST} working days from today."
        )
    return None


def _wrong_cards(writing: Writing, cards: Sequence[Card]) -> Text | None:
    if writing.kind == ADVICE and not cards:
        return Text("监察建议书须依据至少一张牌。", "An advice is about one card at least.")
    if writing.kind == URGING and not cards and writing.case_id is None:
        return Text("督办函须针对一个办件或一张牌。", "A letter of urging is about a case or card.")
    if any(card.department_code != writing.department for card in cards):
        return Text("所选的牌不都是发给该单位的。", "Not all of these cards are the unit's.")
    if any(card.state == WITHDRAWN for card in cards):
        return Text("已撤的牌不能作为依据。", "A withdrawn card is no basis.")
    return None


def _wrong_source(writing: Writing, cards: Sequence[Card]) -> Text | None:
    if writing.source not in SOURCES:
        return Text("请选择问题的来源。", "Choose where the matter was found.")
    if cards or writing.case_id is not None:
        return Text(
            "针对办件或牌的函件不填来源。", "A letter about a case or cards has no such source."
        )
    return None


def _refuse_stranger(writing: Writing, case: Case | None, actor: Actor) -> None:
    if writing.department in actor.departments:
        raise own_unit()
    if case is not None and writing.department not in involved(case):
        raise InvalidError(
            _WRONG,
            fields={
                "department": Text("该单位没有参与这个办件。", "This unit has no part in the case.")
            },
        )


def _paper(
    writing: Writing, case: Case | None, cards: Sequence[Card], actor: Actor, now: datetime
) -> Document:
    issuer = min(code for code, role in actor.posts if role == SUPERVISOR)
    content, kind = _content(writing, case, cards), writing.kind
    if case is None:
        return documents.issue_of_no_case(kind, content, department=issuer, actor=actor, now=now)
    return documents.issue(case, kind, content, department=issuer, actor=actor, now=now)


def _about(writing: Writing, case: Case | None, cards: Sequence[Card]) -> tuple[Text, Text]:
    """Name the cases a letter is about, or where its matter was found."""
    if case is None:
        return Text("问题来源", "Found in"), SOURCES[writing.source]
    numbers = "、".join(dict.fromkeys(card.case.number for card in cards)) or case.number
    return Text("办件", "Cases"), Text(numbers, numbers)


def _content(writing: Writing, case: Case | None, cards: Sequence[Card]) -> documents.Content:
    unit = people.department_name(writing.department)
    post = people.role_name(writing.role) if writing.role else Text("", "")
    day = writing.reply_on or date.max
    until = dated(day)
    found, asked = writing.findings.strip(), writing.demands.strip()
    subject = writing.subject.strip()
    advice = writing.kind == ADVICE
    return documents.Content(
        facts=[
            (Text("事由", "Subject"), Text(subject, subject)),
            _about(writing, case, cards),
            *([(Text("岗位", "Post"), post)] if writing.role else []),
            *([(Text("依据的牌", "Cards"), _named(cards))] if cards else []),
            (Text("请于此日前书面答复", "Reply in writing by"), until),
            (
                Text("监察建议", "Advice") if advice else Text("督办要求", "Demands"),
                Text("见下列各项", "as follows"),
            ),
        ],
        paragraphs=[Text(line, line) for line in found.splitlines() if line.strip()],
        points=[Text(line, line) for line in asked.splitlines() if line.strip()],
        to=unit.zh,
        public=False,
    )


def _named(cards: Sequence[Card]) -> Text:
    levels = [telling.named(card) for card in cards]
    return Text("；".join(one.zh for one in levels), "; ".join(one.en for one in levels))


def _words(text: str) -> str:
    words = text.strip()
    if not 2 <= len(words) <= LONGEST:
        fault = Text(f"请填写2至{LONGEST}字。", f"Write 2 to {LONGEST} characters.")
        raise InvalidError(_WRONG, fields={"text": fault})
    return words


def _closed() -> ConflictError:
    return ConflictError(
        Text(
            "这份函件已经办结，不能再答复或核实。",
            "This letter is closed; nothing more can be added.",
        )
    )


def involved(case: Case) -> list[str]:
    """Return the codes of the departments that have a part in a case, the lead one first."""
    asked = materials.departments_asked(case) - {case.lead_code}
    return [case.lead_code, *sorted(asked)]


def own_unit() -> ForbiddenError:
    """Make the answer for a supervisor who would judge the own unit."""
    return ForbiddenError(
        Text(
            "不能由同一单位的人员督办或核实。",
            "Nobody of the same unit may urge it or verify its reply.",
        )
    )


def _stream(letter: Letter) -> str:
    return f"letter:{letter.id}"


def _record(
    letter: Letter, case: Case | None, type_: str, actor: Actor, now: datetime, **data: object
) -> None:
    # The record names the office of whoever acts.
    unit = letter.department_code if type_ == "letter-replied" else letter.issuer_code
    said: dict[str, Any] = {"letter": letter.id, "letter_kind": letter.kind, **data}
    if case is None:
        events.record(_stream(letter), type_, actor, now, department=unit, **said)
    else:
        events.of_case(case, type_, actor, now, department=unit, **said)
