"""Documents of a case: notices, decisions and licences, issued once and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from engine import db, events, numbers
from engine.clock import civil_date
from engine.errors import NotFoundError
from engine.models import Case, Department, Document
from engine.permissions import Actor
from forms.text import Text

VERIFY_CODE_LENGTH = 16
_ISSUED = "issued"


@dataclass(frozen=True)
class Kind:
    """A kind of document: its name and the word that heads its number."""

    title: Text
    word: str


#: The kinds and their names as law.md C01 to C15 and the glossary use them.
KINDS: Mapping[str, Kind] = {
    "receipt": Kind(Text("收件凭证", "Receipt of application"), "收"),
    "acceptance": Kind(Text("受理通知书", "Notice of acceptance"), "受"),
    "correction": Kind(Text("补正材料一次性告知书", "One-time correction notice"), "补"),
    "not-required": Kind(Text("不受理告知书", "Notice: no licence needed"), "不受"),
    "not-competent": Kind(Text("不予受理决定书", "Decision not to accept"), "不予受"),
    "rectification": Kind(Text("限期整改通知书", "Rectification notice"), "改"),
    "clock-stop": Kind(Text("停止计时告知书", "Notice: time not counted"), "停"),
    "suspension": Kind(Text("中止办理通知书", "Notice of suspension"), "中"),
    "resumption": Kind(Text("恢复办理通知书", "Notice of resumption"), "恢"),
    "withdrawal": Kind(Text("撤回申请确认书", "Confirmation of withdrawal"), "撤"),
    "hearing-right": Kind(Text("听证权利告知书", "Notice of the right to a hearing"), "听告"),
    "hearing-notice": Kind(Text("听证通知书", "Notice of hearing"), "听通"),
    "extension": Kind(Text("延长审查期限告知书", "Notice of extension"), "延"),
    "granted": Kind(Text("准予行政许可决定书", "Decision to grant"), "准"),
    "refused": Kind(Text("不予行政许可决定书", "Decision to refuse"), "不准"),
    "licence": Kind(Text("许可证", "Licence"), "证"),
    "renewed-by-silence": Kind(Text("视为准予延续告知书", "Notice: renewed by silence"), "默延"),
    "revocation-told": Kind(Text("撤销行政许可事先告知书", "Notice before revocation"), "撤销告"),
    "forfeiture-told": Kind(Text("吊销许可证件事先告知书", "Notice before forfeiture"), "吊销告"),
    "licence-withdrawn": Kind(Text("撤回行政许可决定书", "Decision to withdraw a licence"), "撤回"),
    "licence-revoked": Kind(
        Text("撤销行政许可决定书", "Decision to revoke a licence (unlawful or fraud)"), "撤销"
    ),
    "licence-forfeited": Kind(
        Text("吊销许可证件行政处罚决定书", "Penalty decision: licence forfeited"), "吊销"
    ),
    "licence-deregistered": Kind(
        Text("注销行政许可登记书", "Record: licence deregistered"), "注销"
    ),
    "licence-lapsed": Kind(Text("许可证自行失效告知书", "Notice: the licence has lapsed"), "失效"),
    "begin-extended": Kind(
        Text("准予延期开工告知书", "Notice: time to begin works extended"), "延开"
    ),
    "urging": Kind(Text("督办函", "Letter of urging"), "督"),
    "advice": Kind(Text("监察建议书", "Supervision advice"), "监建"),
}


@dataclass(frozen=True)
class Paper:
    """A later paper of a licence: the same number, the next edition, and the term it stands for."""

    number: str
    edition: int
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Content:
    """What stands in a document, ready to be printed in either language."""

    #: Labelled facts: [label, value]
    facts: list[tuple[Text, Text]] = field(default_factory=list)
    paragraphs: list[Text] = field(default_factory=list)
    #: Numbered points, such as everything that must be corrected
    points: list[Text] = field(default_factory=list)
    #: Remedies open to the addressee (许可法 38, 40)
    remedies: Text | None = None
    title: Text | None = None
    number_prefix: str = ""
    valid_years: int | None = None
    #: Not the first paper of a licence
    paper: Paper | None = None
    #: The number of the licence that a decision is about
    licence: str = ""
    #: Whom it is addressed to; empty: the applicant
    to: str = ""
    #: False: between offices, the applicant does not get it
    public: bool = True


def issue(
    case: Case, kind: str, content: Content, *, department: str, actor: Actor, now: datetime
) -> Document:
    """Issue a document in a case, dated and numbered by the department that answers for it."""
    document = _made(case, kind, content, department, actor, now)
    db.known().setdefault((_ISSUED, case.id), []).append(document)
    events.of_case(
        case,
        "document-issued",
        actor,
        now,
        department=department,
        kind=kind,
        number=document.number,
    )
    return document


def issue_of_no_case(
    kind: str, content: Content, *, department: str, actor: Actor, now: datetime
) -> Document:
    """Issue a document between offices; whoever does it puts it on record with its number."""
    return _made(None, kind, content, department, actor, now)


def _made(
    case: Case | None, kind: str, content: Content, department: str, actor: Actor, now: datetime
) -> Document:
    session = db.session()
    unit = session.get_one(Department, department)
    title = content.title or KINDS[kind].title
    issued_on = civil_date(now)
    paper = content.paper or _first(unit, kind, content, issued_on)
    return db.make(
        Document,
        case_id=case.id if case is not None else None,
        kind=kind,
        number=paper.number,
        edition=paper.edition,
        verify_code=numbers.code(VERIFY_CODE_LENGTH),
        title_zh=title.zh,
        title_en=title.en,
        department_code=department,
        data=_stored(case, unit, content),
        issued_at=now,
        issued_by=actor.person_id,
        valid_from=paper.valid_from if kind == "licence" else None,
        valid_to=paper.valid_to,
        public=content.public,
    )


def _stored(case: Case | None, unit: Department, content: Content) -> dict[str, Any]:
    """Return everything that is printed, as it is at this moment."""
    # Of the paper only its number and term are kept, in the document's own columns.
    kept = [one.name for one in fields(Content) if one.name != "paper"]
    return {
        **{name: getattr(content, name) for name in kept},
        "to": content.to or (case.applicant_name if case else ""),
        "subject": case.subject if case else "",
        "case_number": case.number if case else "",
        "issuer": Text(unit.name_zh, unit.name_en),
    }


def _first(unit: Department, kind: str, content: Content, on: date) -> Paper:
    return Paper(_number(unit, kind, content, on), 1, on, last_day(on, content.valid_years))


def _number(unit: Department, kind: str, content: Content, on: date) -> str:
    mark = unit.mark or unit.name_zh
    if content.number_prefix:
        count = numbers.following(f"licence:{content.number_prefix}:{on.year}")
        return f"{content.number_prefix}{on.year}{count:05d}"
    count = numbers.following(f"document:{unit.code}:{kind}:{on.year}")
    return f"{mark}{KINDS[kind].word}字〔{on.year}〕{count}号"


def last_day(start: date, years: int | None) -> date | None:
    """Return the last day of validity: the day before the anniversary."""
    if years is None:
        return None
    leap = (start.month, start.day) == (2, 29)
    same_day = date(start.year + years, 2, 28) if leap else start.replace(year=start.year + years)
    return same_day if leap else date.fromordinal(same_day.toordinal() - 1)


def of_case(case: Case) -> list[Document]:
    """Return the documents of a case, oldest first."""
    query = select(Document).where(Document.case_id == case.id).order_by(Document.id)
    return list(db.session().scalars(query))


def by_code(verify_code: str) -> Document:
    """Return the document that bears a verification code."""
    return db.session().scalars(select(Document).where(Document.verify_code == verify_code)).one()


def issued_now(case: Case) -> list[Document]:
    """Return the documents issued in the open unit of work, in their order."""
    return list(db.known().get((_ISSUED, case.id), ()))


def verify(verify_code: str) -> tuple[Document, Case | None]:
    """Find the document behind the code printed on it, for anybody who holds the paper.

    With its case, where it has one. Raises NotFoundError.
    """
    wanted = verify_code.strip().upper().replace("-", "").replace(" ", "")
    query = (
        select(Document, Case)
        .outerjoin(Case, Case.id == Document.case_id)
        .where(Document.verify_code == wanted)
    )
    row = db.session().execute(query).first()
    if row is None:
        raise NotFoundError(
            Text(
                "查无此文书。请核对文书上的核验码；如仍查不到，这份文书可能不是本系统出具的。",
                "No such document. Check the code on it; if it is still not found, the document "
                "may not have been issued by this system.",
            )
        )
    return row[0], row[1]


def text_of(value: Any) -> Text:
    """Read a Text back from a document's stored data."""
    return Text(str(value[0]), str(value[1])) if value else Text("", "")
