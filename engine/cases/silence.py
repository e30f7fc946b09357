"""What follows when somebody stays silent: the unit at receipt, the applicant, the agency."""

from datetime import datetime
from typing import Final

from engine import clocks, documents, events, holding, notices, people
from engine.bpmn.model import Step
from engine.cases import ending, life
from engine.cases.stopping import HEADS
from engine.definitions import bundle
from engine.models import Case, Person
from engine.permissions import SYSTEM
from forms.text import Text, dated

WITHDRAWN: Final = "withdrawn"


def warn_of_acceptance(case: Case, due_at: datetime, now: datetime) -> None:
    """Warn the unit that an application counts as accepted at the end of this day (32(1)(4))."""
    events.of_case(
        case,
        "receipt-limit-near",
        SYSTEM,
        now,
        department=case.lead_code,
        receipt_due_at=due_at,
    )
    on = clocks.last_day(due_at)
    title = Text(f"即将视为受理：{case.subject}", f"About to count as accepted: {case.subject}")
    body = Text(
        f"办件{case.number}在{dated(on).zh}结束前须受理、告知补正或决定不予受理，"
        "否则自收到材料之日起视为受理（许可法32）。",
        f"Case {case.number} must be accepted, sent back for corrections or refused acceptance by "
        f"the end of {dated(on).en}; else it counts as accepted from receipt (art. 32).",
    )
    message = notices.Message("receipt-limit-near", title, body, f"/cases/{case.number}")
    notices.tell_all(_unit(case), message, case=case, now=now)


def _unit(case: Case) -> list[Person]:
    """List who answers for a case now: who receives it or has work in it, and the heads."""
    posts = {
        (task.department_code, task.role)
        for task in holding.open_tasks(case).values()
        if task.department_code
    }
    receiving = {s.role for s in bundle(case.version_id).steps.values() if s.act == "accept"}
    posts |= {(case.lead_code, role) for role in receiving | set(HEADS)}
    return [person for post in sorted(posts, key=str) for person in people.holders(*post)]


def remind_to_correct(case: Case, due_at: datetime, now: datetime) -> None:
    """Remind the applicant of the end of their time to correct, and of what happens then."""
    on, step = clocks.last_day(due_at), _correcting(case)
    zh, en = "", ""
    if step is not None and step.lapse == WITHDRAWN:
        zh = f"逾期不补正的，按{step.lapse_article}视为撤回申请。"
        en = f" Without it the application counts as withdrawn ({step.lapse_article})."
    events.of_case(case, "correction-reminded", SYSTEM, now, lapse_at=due_at)
    title = Text(f"请尽快补正：{case.subject}", f"Please correct soon: {case.subject}")
    body = Text(
        f"办件{case.number}须在{dated(on).zh}前补正。{zh}",
        f"Case {case.number} must be corrected by {dated(on).en}.{en}",
    )
    message = notices.Message("correction-reminded", title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)


def _correcting(case: Case) -> Step | None:
    steps = bundle(case.version_id).steps.values()
    return next((step for step in steps if step.act == "correct"), None)


def end_time_to_correct(case: Case, now: datetime) -> None:
    """Let the applicant's own time to correct end.

    The case counts as withdrawn only where its item says so by an article; else both sides are
    told, and the applicant may still answer.
    """
    step = _correcting(case)
    lapses = step is not None and step.lapse == WITHDRAWN
    article = step.lapse_article if step is not None and lapses else ""
    events.of_case(
        case,
        "correction-time-over",
        SYSTEM,
        now,
        department=case.lead_code,
        lapse=step.lapse if step is not None else "remind",
        article=article,
    )
    unit = _unit(case)
    said = Text(
        "补正期限已过，仍可以补正后提交。",
        "The time to correct is over; you may still correct it and send it in.",
    )
    if lapses:
        said = Text(
            f"逾期未补正，按{article}视为撤回申请，办理终止。材料留存备查，可以重新申请。",
            f"Nothing was corrected in time: by {article} the application counts as withdrawn and "
            "its handling has ended. The materials stay on record; you may apply anew.",
        )
        _withdrawn(case, said, now)
    title = Text(f"补正期限已过：{case.subject}", f"Time to correct is over: {case.subject}")
    body = Text(f"办件{case.number}：{said.zh}", f"Case {case.number}: {said.en}")
    for_applicant = notices.Message("correction-time-over", title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, for_applicant, case=case, now=now)
    for_unit = notices.Message("correction-time-over", title, body, f"/cases/{case.number}")
    notices.tell_all(unit, for_unit, case=case, now=now)


def _withdrawn(case: Case, said: Text, now: datetime) -> None:
    facts = [(Text("事项", "Item"), bundle(case.version_id).item.title)]
    content = documents.Content(
        facts=facts,
        paragraphs=[said],
        title=Text("视为撤回申请通知书", "Notice: counts as withdrawn"),
    )
    documents.issue(case, "withdrawal", content, department=case.lead_code, actor=SYSTEM, now=now)
    ending.close(case, WITHDRAWN, actor=SYSTEM, now=now)


def grant(case: Case, now: datetime) -> None:
    """Grant by silence of the law a held case that nobody decided in time (许可法 50 and the like).

    Only where the item says so with its article, which never is a first licence. The diagram waits
    where it stood: the unit passes the case on, and can refuse no more.
    """
    due_at, case.tacit_due_at = case.tacit_due_at, None
    if case.decided_at is not None or case.closed_at is not None or due_at is None:
        return
    article = bundle(case.version_id).process.properties.get("tacitArticle", "")
    life.grant_by_silence(life.Deed(case, case.lead_code, SYSTEM, now), article, due_at)
    title = Text(f"逾期未决定，视为准予：{case.subject}", f"Granted by silence: {case.subject}")
    body = Text(
        f"办件{case.number}在法定期限内未作决定，按{article}视为准予，已出具文书。请尽快办理送达。",
        f"Case {case.number} was not decided within the statutory limit; by {article} it counts as "
        "granted, and its documents are issued. Please hand them over soon.",
    )
    message = notices.Message("case-granted-by-silence", title, body, f"/cases/{case.number}")
    notices.tell_all(_unit(case), message, case=case, now=now)
