"""What a grant does to licences: a new one, or a new term, content or paper of one there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine import db, documents, events
from engine.clock import civil_date
from engine.definitions import bundle
from engine.definitions.item import Item, Result
from engine.errors import ConflictError
from engine.licences import finding, kinds, terms
from engine.models import Case, Document, Licence, Person
from engine.permissions import Actor
from forms.text import Text

Facts = list[tuple[Text, Text]]

ENDED = Text(
    "这个证照已经终止，不能再准予{kind}。请作出不予决定。",
    "This licence has ended: its {kind} can no longer be granted. Decide to refuse.",
)
_EVENTS = {
    kinds.RENEWAL: "licence-renewed",
    kinds.CHANGE: "licence-changed",
    kinds.REISSUE: "licence-reissued",
}


@dataclass(frozen=True)
class Granting:
    """A grant: what is granted, the answers that stand on the paper, by whom and when."""

    case: Case
    result: Result
    facts: Sequence[tuple[Text, Text]]
    department: str
    actor: Actor
    now: datetime


def grant(granting: Granting) -> Licence:
    """Issue a licence, or renew, change or issue again the one that was applied for.

    Raises ConflictError when that one has ended meanwhile.
    """
    if granting.case.application_kind == kinds.FIRST:
        return _first(granting)
    licence = finding.by_number(granting.case.licence_number or "", lock=True)
    kind = granting.case.application_kind
    if not _may_still(licence, kind):
        name = kinds.APPLICATIONS[kind]
        raise ConflictError(Text(ENDED.zh.format(kind=name.zh), ENDED.en.format(kind=name.en)))
    return again(licence, granting, kind=kind, type_=_EVENTS[kind])


def _may_still(licence: Licence, kind: str) -> bool:
    """Say whether an application may still be granted; a renewal in time outlives the term."""
    allowed = {kinds.VALID, kinds.EXPIRED} if kind == kinds.RENEWAL else {kinds.VALID}
    return licence.state in allowed


def holder_id(case: Case, item: Item) -> str:
    """Return the number that identifies the holder: by the application, or the applicant's own."""
    given = str(case.answers.get(item.holder_id_field) or "") if item.holder_id_field else ""
    return (given or db.session().get_one(Person, case.applicant_id).id_number).strip().upper()


def _first(granting: Granting) -> Licence:
    case, result = granting.case, granting.result
    content = documents.Content(
        facts=list(granting.facts),
        title=result.name,
        number_prefix=result.number_prefix,
        valid_years=result.valid_years,
    )
    document = _issue(granting, content)
    today = civil_date(granting.now)
    item = bundle(case.version_id).item
    licence = Licence(
        number=document.number,
        item_code=case.item_code,
        department_code=granting.department,
        title_zh=result.name.zh,
        title_en=result.name.en,
        case_id=case.id,
        applicant_id=case.applicant_id,
        holder_name=case.subject,
        holder_id=holder_id(case, item),
        paper=document.verify_code,
        edition=1,
        state=kinds.VALID,
        issued_at=granting.now,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        begin_by=_begin_by(result, today),
        begin_extensions=0,
        looked_on=today,
    )
    terms.schedule(licence, today, result.rules)
    db.session().add(licence)
    _record(granting, licence, "licence-issued")
    return licence


def _begin_by(result: Result, today: date) -> date | None:
    lapses = result.rules.lapses
    return terms.add_months(today, lapses.months) if lapses is not None else None


def again(licence: Licence, granting: Granting, *, kind: str, type_: str) -> Licence:
    """Issue the next paper of a held licence: same number, next edition."""
    if kind == kinds.RENEWAL and licence.valid_to is not None:
        licence.valid_from = licence.valid_to + terms.ONE_DAY
        licence.valid_to = documents.last_day(licence.valid_from, granting.result.valid_years)
        licence.state, licence.ended_on, licence.ended_as = kinds.VALID, None, None
    licence.edition += 1
    before = finding.present_paper(licence)
    paper = documents.Paper(licence.number, licence.edition, licence.valid_from, licence.valid_to)
    facts = facts_of(before) if kind == kinds.REISSUE else list(granting.facts)
    title = granting.result.name
    if kind == kinds.REISSUE:
        title = Text(before.title_zh, before.title_en)
    content = documents.Content(facts=[*facts, _edition(licence, kind)], title=title, paper=paper)
    document = _issue(granting, content)
    licence.paper = document.verify_code
    if kind == kinds.CHANGE:
        licence.holder_name = granting.case.subject
    terms.schedule(licence, civil_date(granting.now), terms.rules_of(licence))
    _record(granting, licence, type_)
    return licence


def facts_of(paper: Document) -> Facts:
    """Return what stood on the paper before, without its own edition."""
    stored = [(documents.text_of(label), documents.text_of(value))
              for label, value in paper.data["facts"]]  # fmt: skip
    return [(label, value) for label, value in stored if label != _EDITION]


_EDITION = Text("换发", "Issued again")


def _edition(licence: Licence, kind: str) -> tuple[Text, Text]:
    name = kinds.APPLICATIONS[kind]
    said = Text(f"{name.zh}（第{licence.edition}版）", f"{name.en} (edition {licence.edition})")
    return _EDITION, said


def _issue(granting: Granting, content: documents.Content) -> Document:
    return documents.issue(
        granting.case,
        "licence",
        content,
        department=granting.department,
        actor=granting.actor,
        now=granting.now,
    )


def _record(granting: Granting, licence: Licence, type_: str) -> None:
    events.of_case(
        granting.case,
        type_,
        granting.actor,
        granting.now,
        department=granting.department,
        licence=licence.number,
        edition=licence.edition,
        valid_from=licence.valid_from,
        valid_to=licence.valid_to,
    )
