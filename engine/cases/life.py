"""The legal turns in a case's life, each with its document and its notice.

Called by the acts that cause them, inside their transaction and under the case's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import clocks, db, documents, duetimes, events, licences, notices, people
from engine.clock import civil_date
from engine.definitions import Bundle, bundle
from engine.definitions.item import Result
from engine.errors import ConflictError
from engine.models import Case, Correction, Document
from engine.permissions import SUPERVISOR, Actor
from forms.text import Text, dated

#: In a case's due facts: the instant as of which it counts as accepted (许可法 32(1)(4)).
DEEMED = "deemed"
#: In a case's due facts: the article by which silence has granted it.
SILENCE = licences.SILENCE


@dataclass(frozen=True)
class Deed:
    """One act on a case: who did it, when, for which department, and what they wrote."""

    case: Case
    department: str
    actor: Actor
    now: datetime
    opinion: str = ""

    @property
    def bundle(self) -> Bundle:
        """The version the case runs on."""
        return bundle(self.case.version_id)


def _tell(deed: Deed, kind: str, title: Text, body: Text) -> None:
    case = deed.case
    heading = Text(f"{title.zh}：{case.subject}", f"{title.en}: {case.subject}")
    text = Text(f"办件{case.number}：{body.zh}", f"Case {case.number}: {body.en}")
    message = notices.Message(kind, heading, text, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=deed.now)


def _issue(deed: Deed, kind: str, content: documents.Content) -> Document:
    return documents.issue(
        deed.case, kind, content, department=deed.department, actor=deed.actor, now=deed.now
    )


def _item_fact(deed: Deed) -> tuple[Text, Text]:
    return Text("事项", "Item"), deed.bundle.item.title


def _reason_fact(deed: Deed) -> tuple[Text, Text]:
    return Text("理由", "Reasons"), Text(deed.opinion, deed.opinion)


def accept(deed: Deed) -> None:
    """Accept an application: both clocks start (许可法 32, 42); a dated notice tells the applicant.

    Where the item's clock starts at receipt (建筑法 8), it counts from there. Raises ConflictError
    when the case was accepted before.
    """
    case = deed.case
    if case.due_facts.get(DEEMED):
        return  # by law, before anybody acted: this act only lets the diagram go on
    if case.accepted_at is not None:
        raise ConflictError(Text("这个办件已经受理。", "This case has been accepted already."))
    case.accepted_at, case.status = deed.now, "accepted"
    duetimes.end_receipt(case)
    duetimes.begin(case, deed.bundle)
    facts = case.due_facts
    events.of_case(
        case,
        "case-accepted",
        deed.actor,
        deed.now,
        department=deed.department,
        statutory_due_at=case.statutory_due_at,
        promised_due_at=case.promised_due_at,
    )
    explained = clocks.explanation(facts.get("promised") or facts.get("statutory") or {})
    said = Text(
        "您的申请材料齐全、符合法定形式，予以受理。",
        "Your application is complete and in the legal form, and has been accepted.",
    )
    due = (Text("办结期限", "Due"), explained)
    _issue(deed, "acceptance", documents.Content([_item_fact(deed), due], [said]))
    body = Text(f"申请已受理。{explained.zh}。", f"Your application was accepted. {explained.en}.")
    _tell(deed, "case-accepted", Text("已受理", "Accepted"), body)


def asked_before(case: Case) -> bool:
    """Say whether a correction notice was sent in a case already."""
    query = select(Correction.id).where(Correction.case_id == case.id).limit(1)
    return db.session().scalar(query) is not None


def ask_correction(
    deed: Deed, entries: Sequence[dict[str, str]], task_id: str, *, new_facts: str = ""
) -> Correction:
    """Send the one-time notice of everything to be corrected (许可法 32(1)(4)).

    ``entries`` are ``{kind, target, label_zh, label_en, reason}``; ``new_facts``: why there is a
    second notice, of which supervisors are told. Raises ConflictError after acceptance, when no
    correction may be asked any more.
    """
    case = deed.case
    if case.accepted_at is not None:
        raise ConflictError(
            Text("受理后不能再要求补正。", "No correction may be asked after acceptance.")
        )
    correction = Correction(
        case_id=case.id,
        task_id=task_id,
        entries=[dict(entry) for entry in entries],
        asked_at=deed.now,
        asked_by=deed.actor.person_id or 0,
        new_facts=new_facts,
    )
    db.session().add(correction)
    case.status = "correcting"
    duetimes.end_receipt(case)
    duetimes.time_to_correct(correction, deed.bundle)
    events.of_case(
        case,
        "correction-asked",
        deed.actor,
        deed.now,
        department=deed.department,
        entries=correction.entries,
    )
    if new_facts:
        _tell_repeated(deed, new_facts)
    _tell_correction(deed, correction)
    return correction


def _tell_repeated(deed: Deed, new_facts: str) -> None:
    """Record that corrections were asked for again, and tell the supervisors."""
    case = deed.case
    events.of_case(
        case,
        "correction-repeated",
        deed.actor,
        deed.now,
        department=deed.department,
        reason=new_facts,
    )
    title = Text(f"再次告知补正：{case.subject}", f"Corrections asked again: {case.subject}")
    body = Text(
        f"办件{case.number}第二次告知补正。写明的新情况：{new_facts}",
        f"Corrections were asked a second time in case {case.number}. New facts: {new_facts}",
    )
    message = notices.Message("correction-repeated", title, body, f"/cases/{case.number}")
    notices.tell_all(people.with_role(SUPERVISOR), message, case=case, now=deed.now)


def _tell_correction(deed: Deed, correction: Correction) -> None:
    points = [
        Text(f"{e['label_zh']}：{e['reason']}", f"{e['label_en']}: {e['reason']}")
        for e in correction.entries
    ]
    said = Text(
        "您的申请材料需要补正。现将需要补正的全部内容一次告知如下，请在网上补正后提交。",
        "Your application needs corrections. Everything to be corrected is listed here "
        "at once. Please correct it online and submit it again.",
    )
    more = [Text(deed.opinion, deed.opinion)] if deed.opinion else []
    if correction.new_facts:
        facts = correction.new_facts
        more.append(
            Text(f"上次告知后出现的新情况：{facts}", f"New since the first notice: {facts}")
        )
    if correction.lapse_at is not None:
        last = clocks.last_day(correction.lapse_at)
        more.append(
            Text(
                f"请于{dated(last).zh}前补正。",
                f"Please correct it by {dated(last).en}.",
            )
        )
    content = documents.Content([_item_fact(deed)], [said, *more], points)
    _issue(deed, "correction", content)
    body = Text(
        f"共{len(points)}处需要补正，请打开办件查看。",
        f"{len(points)} points need correcting. Open the case to see them.",
    )
    _tell(deed, "correction-asked", Text("需要补正", "Corrections needed"), body)


def open_correction(case: Case) -> Correction | None:
    """Return the correction notice that waits for its answer."""
    query = select(Correction).where(
        Correction.case_id == case.id, Correction.answered_at.is_(None)
    )
    return db.session().scalar(query.order_by(Correction.id.desc()).limit(1))


def answer_correction(deed: Deed, corrected: dict[str, Any]) -> None:
    """Take the application as the applicant corrected it into the case."""
    correction, before = open_correction(deed.case), deed.case.answers
    if correction is not None:
        correction.answered_at = deed.now
        correction.remind_at = correction.lapse_at = None
    deed.case.answers, deed.case.status = corrected, "received"
    duetimes.await_receipt(deed.case, deed.bundle, deed.now)
    changed = {
        key for key in before.keys() | corrected.keys() if before.get(key) != corrected.get(key)
    }
    events.of_case(deed.case, "correction-answered", deed.actor, deed.now, changed=sorted(changed))
    body = Text(
        "已收到您补正的材料，办理机关将在期限内答复是否受理。",
        "Your corrections have been received. The department goes on with your application.",
    )
    _tell(deed, "correction-answered", Text("已收到补正", "Corrections received"), body)


def refuse_acceptance(deed: Deed, kind: str, agency: str = "") -> None:
    """Tell that no licence is needed, or that another agency is competent (许可法 32).

    Raises ConflictError after acceptance.
    """
    case = deed.case
    if case.accepted_at is not None:
        raise ConflictError(
            Text(
                "已经受理（含视为受理）的申请不能再不予受理。",
                "What was accepted, or counts as accepted, cannot be refused acceptance.",
            )
        )
    case.result, case.decided_at, case.status = kind, deed.now, "decided"
    duetimes.end_receipt(case)
    events.of_case(
        case,
        "acceptance-refused",
        deed.actor,
        deed.now,
        department=deed.department,
        kind=kind,
        reason=deed.opinion,
        agency=agency,
    )
    facts = [_item_fact(deed), _reason_fact(deed)]
    if agency:
        facts.append((Text("应向下列机关申请", "Apply to"), Text(agency, agency)))
    said = Text("依法不需要取得行政许可，不予受理。", "No licence is needed by law for this.")
    if kind == "not-competent":
        said = Text(
            "申请事项依法不属于本机关职权范围，决定不予受理。",
            "This matter is not within this agency's power, so it is not accepted.",
        )
    remedies = deed.bundle.item.remedies
    _issue(deed, kind, documents.Content(facts=facts, paragraphs=[said], remedies=remedies))
    _tell(deed, "acceptance-refused", documents.KINDS[kind].title, said)


def ask_rectification(deed: Deed) -> None:
    """Send the rectification notice of a site visit; its text is the visitors' opinion."""
    events.of_case(
        deed.case, "rectification-asked", deed.actor, deed.now, department=deed.department
    )
    content = documents.Content(
        facts=[_item_fact(deed)],
        paragraphs=[
            Text(
                "经现场核查，请按下列要求整改，完成后在网上提交。整改时间不计入审批时限。",
                "After the site visit, please put the following right and report it online. "
                "The time for this is not counted in the limit.",
            )
        ],
        points=[Text(line, line) for line in deed.opinion.splitlines() if line.strip()],
    )
    _issue(deed, "rectification", content)
    body = Text(deed.opinion, deed.opinion)
    _tell(deed, "rectification-asked", Text("需要整改", "Rectification needed"), body)


def decide(deed: Deed, *, granted: bool, reasons: Sequence[str] = ()) -> None:
    """Decide a case: to grant, or to refuse with reasons and remedies (许可法 38, 40).

    ``reasons`` are the item's own reasons named for a refusal: falsehood bars the applicant where
    the item is about safety (78). Raises ConflictError where silence has granted it.
    """
    case, item = deed.case, deed.bundle.item
    if article := case.due_facts.get(SILENCE):
        if granted:
            return  # by law, before anybody decided: this act only lets the diagram go on
        raise ConflictError(
            Text(
                f"逾期未决定，已按{article}视为准予，不能再决定不予许可。",
                f"By {article} silence has granted this: it can no longer be refused.",
            )
        )
    case.result = "granted" if granted else "refused"
    case.decided_at, case.status, case.tacit_due_at = deed.now, "decided", None
    _record_decision(deed, case.result)
    if granted:
        duetimes.begin_delivery(case, deed.bundle)
        _grant(deed, item.result)
        _tell(deed, "case-granted", Text("准予许可", "Granted"), _ready(item.result.name))
    else:
        _refuse(deed, item.title)
        _bar(deed, reasons)


def _bar(deed: Deed, reasons: Sequence[str]) -> None:
    case, item = deed.case, deed.bundle.item
    if any(r.falsehood and r.code in reasons for r in item.refusal_reasons):
        holder = (licences.holder_id(case, item), case.subject)
        licences.bar(case, item, licences.FALSEHOOD, holder, actor=deed.actor, now=deed.now)


def grant_by_silence(deed: Deed, article: str, due_at: datetime) -> None:
    """Grant a case that was not decided in time, by the article that says what silence means."""
    case, item = deed.case, deed.bundle.item
    case.result, case.decided_at, case.status = "granted", deed.now, "decided"
    case.due_facts = {**case.due_facts, SILENCE: article}
    duetimes.begin_delivery(case, deed.bundle)
    events.of_case(
        case,
        "case-granted-by-silence",
        deed.actor,
        deed.now,
        department=deed.department,
        article=article,
        statutory_due_at=due_at,
        result="granted",
    )
    said = Text(
        f"法定期限内未作出决定，依照{article}，逾期视为准予。",
        f"No decision was made within the statutory limit: by {article} it counts as granted.",
    )
    _grant(deed, item.result, said=said)
    _tell(deed, "case-granted", Text("视为准予", "Granted by silence"), said)


def decide_part(deed: Deed, *, granted: bool) -> None:
    """Decide one department's part of a joint case; the other parts go on."""
    part = deed.bundle.item.part(deed.department)
    result = part.result if part else deed.bundle.item.result
    name = part.name if part else deed.bundle.item.title
    _record_decision(deed, "granted" if granted else "refused", part=name.zh)
    if granted:
        _grant(deed, result, name)
        _tell(deed, "part-granted", Text("准予许可", "Granted"), name)
    else:
        _refuse(deed, name)


def conclude_parts(deed: Deed) -> None:
    """Close the parts of a joint case: granted, refused, or partly granted."""
    case = deed.case
    if case.result is not None:
        return
    issued = {d.kind for d in documents.of_case(case)}
    some, none = "granted" in issued, "refused" in issued
    case.result = "partly-granted" if some and none else "granted" if some else "refused"
    case.decided_at, case.status = deed.now, "decided"
    if some:
        duetimes.begin_delivery(case, deed.bundle)
    events.of_case(case, "parts-concluded", deed.actor, deed.now, result=case.result)


def _record_decision(deed: Deed, result: str, **data: str) -> None:
    events.of_case(
        deed.case,
        "case-decided" if not data else "part-decided",
        deed.actor,
        deed.now,
        department=deed.department,
        result=result,
        reason=deed.opinion,
        **data,
    )


def _ready(name: Text) -> Text:
    return Text(
        f"决定准予许可，“{name.zh}”已出具，可在办件页面下载。",
        f"Your application was granted. “{name.en}” is ready to download from the case.",
    )


def _grant(deed: Deed, result: Result, name: Text | None = None, said: Text | None = None) -> None:
    item, case = deed.bundle.item, deed.case
    matter = (Text("许可内容", "Granted"), name or item.title)
    opinion = [Text(deed.opinion, deed.opinion)] if deed.opinion else []
    said = said or Text(
        "经审查，申请符合法定条件、标准，决定准予行政许可。",
        "The application meets the legal conditions and standards; the licence is granted.",
    )
    asked = _asked_for(case)
    facts = [_item_fact(deed), matter, *asked]
    content = documents.Content(facts=facts, paragraphs=[said, *opinion])
    _issue(deed, "granted", content)
    printed = _printed(deed.bundle, case.answers, result.fields)
    licences.grant(licences.Granting(case, result, printed, deed.department, deed.actor, deed.now))


def _asked_for(case: Case) -> list[tuple[Text, Text]]:
    """Say what was applied for on which licence; nothing where it is a first application."""
    kind = licences.APPLICATIONS.get(case.application_kind)
    if kind is None:
        return []
    number = case.licence_number or ""
    said = Text(f"{kind.zh}（证照{number}）", f"{kind.en} (licence {number})")
    return [(Text("申请类别", "Kind of application"), said)]


def _printed(of: Bundle, answers: dict[str, Any], keys: tuple[str, ...]) -> list[tuple[Text, Text]]:
    """Return the labels and texts of the answers that stand on a result."""
    fields = {field.key: field for field in of.application_form.fields}
    found = []
    for key in keys:
        if key in fields and answers.get(key) not in (None, "", []):
            field = fields[key]
            text = Text(field.present(answers[key], "zh"), field.present(answers[key], "en"))
            found.append((field.label, text))
    return found


def _refuse(deed: Deed, name: Text) -> None:
    content = documents.Content(
        facts=[_item_fact(deed), (Text("不予许可的内容", "Refused"), name), _reason_fact(deed)],
        paragraphs=[
            Text(
                "经审查，申请不符合法定条件、标准，决定不予行政许可。",
                "The application does not meet the legal conditions; the licence is refused.",
            )
        ],
        remedies=deed.bundle.item.remedies,
    )
    _issue(deed, "refused", content)
    body = Text(
        f"“{name.zh}”不予许可。理由：{deed.opinion}。决定书写明了复议和诉讼的途径。",
        f"“{name.en}” was refused. Reasons: {deed.opinion}. The decision names the remedies.",
    )
    _tell(deed, "case-refused", Text("不予许可", "Refused"), body)


def deliver(deed: Deed) -> None:
    """Hand over the results (许可法 44)."""
    conclude_parts(deed)
    deed.case.delivered_at = deed.now
    events.of_case(deed.case, "result-delivered", deed.actor, deed.now, department=deed.department)
    on = civil_date(deed.now)
    unit = people.department_name(deed.department)
    body = Text(
        f"结果已于{dated(on).zh}由{unit.zh}送达，可下载电子证照。",
        f"{unit.en} delivered the result on {dated(on).en}; it can be downloaded.",
    )
    _tell(deed, "result-delivered", Text("已送达", "Delivered"), body)
