"""The receipt of an application: a case is opened, its applicant gets a slip and is told."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from engine import clocks, db, documents, events, holding, notices, numbers
from engine.cases import materials
from engine.clock import civil_date
from engine.definitions import Bundle
from engine.models import Case, Material
from engine.permissions import Actor
from forms.text import Text

QUERY_CODE_LENGTH: Final = 8
#: Working days after a withdrawal in which a new application is noted (D7).
AGAIN_WITHIN: Final = 10


def open_case(
    of: Bundle, answers: dict[str, Any], applicant: Actor, now: datetime, *, channel: str = "web"
) -> Case:
    """Open a case of an applicant, with its number and query code; its diagram does not run yet."""
    day = civil_date(now)
    subject = answers.get(of.item.subject_field or "") or applicant.name
    case = Case(
        number=f"LB{day:%Y%m%d}{numbers.following(f'case:{day:%Y%m%d}'):04d}",
        query_code=numbers.code(QUERY_CODE_LENGTH),
        version_id=of.version_id,
        item_code=of.item.code,
        lead_code=of.process.lead,
        applicant_id=applicant.person_id,
        applicant_name=applicant.name,
        subject=str(subject)[:200],
        channel=channel,
        status="received",
        answers=answers,
        received_at=now,
        due_facts={},
        state=b"",
        revision=0,
        joined=[],
        came_from=[],
    )
    db.session().add(case)
    db.session().flush()
    holding.fresh(case)
    return case


def give(case: Case, of: Bundle, actor: Actor, now: datetime, origin: Any = None) -> None:
    """Record the receipt, give the applicant a receipt slip and tell them.

    ``origin``: where the application came from, when the applicant did not hand it in here.
    """
    told: dict[str, Any] = {"item": of.item.code, "version": of.number, "channel": case.channel}
    told |= {} if origin is None else {"origin": origin}
    if case.licence_number is not None:
        told |= {"licence": case.licence_number, "application": case.application_kind}
    events.of_case(case, "case-received", actor, now, **told)
    content = documents.Content(
        facts=[
            (Text("事项", "Item"), of.item.title),
            (Text("办件编号", "Case number"), Text(case.number, case.number)),
            (Text("查询码", "Query code"), Text(case.query_code, case.query_code)),
            (Text("申请对象", "Subject"), Text(case.subject, case.subject)),
        ],
        paragraphs=[
            Text(
                "您的申请已收到。凭办件编号和查询码可随时查询办理进度。",
                "Your application has been received. Use the case number and the query code "
                "to follow its progress at any time.",
            )
        ],
        points=[material_line(of, m) for m in materials.of_case(case)],
    )
    documents.issue(case, "receipt", content, department=case.lead_code, actor=actor, now=now)
    title = Text(f"已收到申请：{of.item.title.zh}", f"Application received: {of.item.title.en}")
    body = Text(
        f"办件编号{case.number}，查询码{case.query_code}。",
        f"Case number {case.number}, query code {case.query_code}.",
    )
    message = notices.Message("case-received", title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)


def material_line(of: Bundle, material: Material) -> Text:
    """Name an uploaded file with the material it is for."""
    name = materials.wanted(of, material.code).name
    return Text(f"{name.zh}：{material.file_name}", f"{name.en}: {material.file_name}")


def note_earlier_withdrawal(case: Case, actor: Actor, now: datetime) -> None:
    """Record that the applicant took the same application back a short while ago (D7)."""
    since = clocks.workdays_earlier(now, AGAIN_WITHIN)
    earlier = db.session().scalar(
        select(Case)
        .where(
            Case.applicant_id == case.applicant_id,
            Case.item_code == case.item_code,
            Case.result == "withdrawn",
            Case.closed_at > since,
        )
        .order_by(Case.id.desc())
        .limit(1)
    )
    if earlier is not None and earlier.closed_at is not None:
        events.of_case(
            case,
            "applied-after-withdrawal",
            actor,
            now,
            earlier=earlier.number,
            working_days=clocks.taken(earlier.closed_at, now),
        )
