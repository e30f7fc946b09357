"""听证: the papers of a hearing, issued by the acts that announce it (行政许可法 46 to 48)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import clocks, documents, events, notices
from engine.bpmn.duty import ASKED_WITHIN
from engine.cases import announcing
from engine.cases.life import Deed
from forms.text import Text, dated


def tell_right(deed: Deed) -> None:
    """Tell the applicant in writing that they may ask for a hearing, until when, free of charge."""
    within = deed.bundle.process.properties.get("hearingRequest") or ASKED_WITHIN
    last = clocks.last_day(clocks.due(deed.now, within).at)
    said = Text(
        f"本申请涉及您与他人之间的重大利益关系。您有权要求听证，请在{dated(last).zh}前提出；"
        "不承担组织听证的费用（行政许可法第47条）。",
        "This application touches major interests between you and others. You may ask for a "
        f"hearing until {dated(last).en}; it costs you nothing (Licensing Law art. 47).",
    )
    _issue(deed, "hearing-right", [(Text("申请听证的期限", "Ask until"), dated(last))], said)


def announce(deed: Deed, answers: Mapping[str, Any]) -> None:
    """Announce a hearing: time, place and chair, with the right to challenge the chair.

    Where the item's law demands a hearing, the public is told too (许可法 46).
    """
    at = datetime.fromisoformat(str(answers["hearing_at"]))
    when = announcing.moment_text(at)
    place, chair = str(answers["hearing_place"]), str(answers["hearing_chair"])
    facts = [
        (Text("时间", "Time"), when),
        (Text("地点", "Place"), Text(place, place)),
        (Text("主持人", "Chair"), Text(chair, chair)),
    ]
    said = Text(
        "听证公开举行。您可以提出证据、申辩和质证；认为主持人与本事项有直接利害关系的，有权申请回避"
        "（行政许可法第48条）。",
        "The hearing is public. You may give evidence, argue and question; you may challenge the "
        "chair for a direct interest in the matter (Licensing Law art. 48).",
    )
    _issue(deed, "hearing-notice", facts, said)
    announcing.publish(deed, at, place, chair)


def _issue(deed: Deed, kind: str, facts: list[tuple[Text, Text]], said: Text) -> None:
    case, item = deed.case, deed.bundle.item.title
    content = documents.Content(facts=[(Text("事项", "Item"), item), *facts], paragraphs=[said])
    document = documents.issue(
        case, kind, content, department=deed.department, actor=deed.actor, now=deed.now
    )
    events.of_case(
        case,
        f"{kind}-told",
        deed.actor,
        deed.now,
        department=deed.department,
        notice=document.number,
        facts={label.en: value.en for label, value in facts},
    )
    title = documents.KINDS[kind].title
    heading = Text(f"{title.zh}：{case.subject}", f"{title.en}: {case.subject}")
    lines = Text(
        "；".join(f"{label.zh}：{value.zh}" for label, value in facts),
        "; ".join(f"{label.en}: {value.en}" for label, value in facts),
    )
    body = Text(
        f"办件{case.number}：{lines.zh}。{said.zh}", f"Case {case.number}: {lines.en}. {said.en}"
    )
    message = notices.Message(kind, heading, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=deed.now)
