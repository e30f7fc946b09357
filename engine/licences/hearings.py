"""听证 before a licence is taken away: announced in time, held by somebody else, with minutes.

The rules are those of every hearing, kept by the duties of its steps (许可法 47, 48).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine import clocks, documents, notices, people
from engine.bpmn.duties import NOTICED, Hearing, HearingNotice
from engine.bpmn.duty import Facts
from engine.bpmn.model import Step
from engine.clock import CIVIL_ZONE, civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.licences import forewarning, judging
from engine.licences.kinds import ACTS
from engine.licences.telling import about, tell
from engine.models import Case, EndingNotice, Licence
from engine.permissions import Actor
from forms.text import Text, dated

#: Who arranges a hearing besides those who decide. [design]
ARRANGES: Final = "registrar"
_WRONG: Final = Text("请更正下列各项。", "Please correct the points below.")
_NO_TEXT: Final = Text("", "")
#: The duties are written for steps of a diagram; here there is none.
_STEP: Final = Step(
    "", _NO_TEXT, "", "", "", None, None, (), 1, (), "optional", None, None, _NO_TEXT, 0
)


@dataclass(frozen=True)
class Sitting:
    """When and where a hearing is, and who presides; a time without a zone is the city's."""

    at: datetime | None
    place: str
    chair: str


@dataclass(frozen=True)
class Minutes:
    """What was put on record of a hearing."""

    text: str
    signed: bool
    in_public: bool


def may_arrange(licence: Licence, notice: EndingNotice, actor: Actor) -> bool:
    """Say whether an actor may arrange the hearing before a licence is taken away."""
    arranges = actor.holds(licence.department_code, ARRANGES)
    return arranges or judging.may(ACTS[notice.act], licence, actor)


def announce(licence_id: int, sitting: Sitting, *, actor: Actor, now: datetime) -> EndingNotice:
    """Announce the hearing a holder has asked for, or another time for it; the holder is told.

    Raises NotFoundError, ForbiddenError, ConflictError (not asked for, held), InvalidError.
    """
    licence, case, notice = _asked(licence_id, actor)
    place, chair = sitting.place.strip(), sitting.chair.strip()
    at = None if sitting.at is None else _local(sitting.at)
    wrong = _missing(at, place, chair)
    if at is not None:
        told_by = people.get(notice.told_by)
        said = {"hearing_at": at.isoformat(), "hearing_chair": chair}
        facts = _facts(notice, now, said, frozenset({told_by.name} if told_by else ()))
        wrong |= HearingNotice().faults(facts)
    if wrong or at is None:
        raise InvalidError(_WRONG, fields=wrong)
    notice.hearing_at, notice.hearing_place, notice.hearing_chair = at, place, chair
    _tell(licence, case, notice, actor, now)
    return notice


def _local(at: datetime) -> datetime:
    return at.replace(tzinfo=CIVIL_ZONE) if at.tzinfo is None else at.astimezone(CIVIL_ZONE)


def _missing(at: datetime | None, place: str, chair: str) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if at is None:
        wrong["hearing_at"] = Text("请填写听证的日期和时间。", "Enter day and time of the hearing.")
    if not 2 <= len(place) <= 200:
        wrong["hearing_place"] = Text(
            "请填写地点，2至200字。", "Write the place, 2 to 200 characters."
        )
    if not 2 <= len(chair) <= 60:
        wrong["hearing_chair"] = Text("请填写主持人的姓名。", "Write the name of the chair.")
    return wrong


def _facts(
    notice: EndingNotice, now: datetime, answers: Mapping[str, object], reviewers: frozenset[str]
) -> Facts:
    """Return what the duties of hearings look at; too late for twenty days, only seven count."""
    today, calendar = civil_date(now), clocks.calendar()
    asked = civil_date(notice.hearing_asked_at) if notice.hearing_asked_at else None
    known = Facts(_STEP, today, today, calendar, asked_on=asked)
    first, last = HearingNotice.window(known)
    return Facts(
        _STEP, today, today, calendar,
        answers=answers,
        asked_on=asked if last is not None and first <= last else None,
        hearing=NOTICED,
        hearing_on=civil_date(notice.hearing_at) if notice.hearing_at else None,
        reviewers=reviewers,
    )  # fmt: skip


def _tell(licence: Licence, case: Case, notice: EndingNotice, actor: Actor, now: datetime) -> None:
    """Issue the paper of a hearing, record it and tell the holder."""
    at = _local(notice.hearing_at or now)
    place, chair, day = notice.hearing_place, notice.hearing_chair, dated(at.date())
    facts = [
        (Text("时间", "Time"), Text(f"{day.zh}{at:%H:%M}", f"{day.en} {at:%H:%M}")),
        (Text("地点", "Place"), Text(place, place)),
        (Text("主持人", "Chair"), Text(chair, chair)),
    ]
    said = Text(
        "听证公开举行。您可以亲自参加，也可以委托代理人；可以提出证据、申辩和质证；认为主持人与本事项"
        "有直接利害关系的，有权申请回避（行政许可法第48条）。",
        "The hearing is public. Come yourself or send somebody; you may give evidence, argue and "
        "question; you may challenge the chair for a direct interest in the matter (Licensing Law "
        "art. 48).",
    )
    content = documents.Content(
        facts=[*about(licence), (Text("事先告知", "Told beforehand"), Text(notice.number,
               notice.number)), *facts],
        paragraphs=[said],
        licence=licence.number,
    )  # fmt: skip
    paper = documents.issue(
        case, "hearing-notice", content,
        department=licence.department_code, actor=actor, now=now,
    )  # fmt: skip
    forewarning.record(
        licence, case, "licence-hearing-announced", actor, now, notice=paper.number,
        hearing_at=at, place=place, chair=chair,
    )  # fmt: skip
    lines = Text(
        "；".join(f"{label.zh}：{value.zh}" for label, value in facts),
        "; ".join(f"{label.en}: {value.en}" for label, value in facts),
    )
    title = Text(f"听证通知：{licence.number}", f"Hearing: {licence.number}")
    body = Text(f"{lines.zh}。{said.zh}", f"{lines.en}. {said.en}")
    message = notices.Message("licence-hearing-announced", title, body)
    tell(licence, case, message, ACTS[notice.act].told, now=now)


def record_minutes(
    licence_id: int, minutes: Minutes, *, actor: Actor, now: datetime
) -> EndingNotice:
    """Put the minutes of a hearing on record, after it was held; then it may be decided.

    Raises NotFoundError, ForbiddenError, ConflictError (not announced, its day has not come, held),
    InvalidError.
    """
    licence, case, notice = _asked(licence_id, actor)
    said = {
        "minutes": minutes.text.strip(),
        "minutes_signed": minutes.signed,
        "held_in_public": minutes.in_public,
    }
    facts = _facts(notice, now, said, frozenset())
    wrong = Hearing().faults(facts)
    if notice.hearing_at is None or now < notice.hearing_at or "outcome" in wrong:
        raise ConflictError(
            Text(
                "听证还没有通知，或者通知的时间还没有到。",
                "The hearing was not announced, or its time has not come.",
            )
        )
    text = minutes.text.strip()
    if len(text) > judging.MAX_WORDS:
        wrong["minutes"] = Text("内容过长。", "This is too long.")
    if wrong:
        raise InvalidError(_WRONG, fields=wrong)
    notice.heard_at = now
    forewarning.record(
        licence, case, "licence-hearing-held", actor, now, reason=text, notice=notice.number,
        chair=notice.hearing_chair,
    )  # fmt: skip
    done = Text("听证笔录已记入", "The minutes of the hearing are on record")
    title = Text(f"{done.zh}：{licence.number}", f"{done.en}: {licence.number}")
    message = notices.Message("licence-hearing-held", title, Text(f"{done.zh}。", f"{done.en}."))
    tell(licence, case, message, ACTS[notice.act].told, now=now)
    return notice


def _asked(licence_id: int, actor: Actor) -> tuple[Licence, Case, EndingNotice]:
    licence, case, notice = forewarning.held(licence_id, actor)
    if not may_arrange(licence, notice, actor):
        raise ForbiddenError(
            Text(
                "听证由发证机关的负责人或者登记人员组织。",
                "Hearings are arranged by the head or registrar of the agency.",
            )
        )
    if notice.hearing_asked_at is None or notice.heard_at is not None:
        raise ConflictError(
            Text(
                "持证人没有要求听证，或者听证已经结束。",
                "No hearing was asked for, or it is over.",
            )
        )
    return licence, case, notice
