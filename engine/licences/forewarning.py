"""事先告知: before a licence is revoked or forfeited, its holder is told of it and may answer.

Told are facts, ground and articles, and until when the case may be stated and a hearing asked for,
free of charge. Nothing is decided while that time runs, nor before a hearing that was asked for is
over; what is decided is what was told, and the decision says how the holder's words were considered
(许可法 7, 46 to 48; 行政处罚法 44, 45, 63, 64 [memory]).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from engine import clocks, db, definitions, documents, events, notices, people
from engine.bpmn.duty import ASKED_WITHIN
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.licences import finding, judging, kinds, terms
from engine.licences.judging import MAX_WORDS, Ending
from engine.licences.kinds import ACTS, GROUNDS, Act
from engine.licences.telling import about, tell
from engine.models import Case, Document, EndingNotice, Event, Licence
from engine.permissions import SYSTEM, Actor
from forms.text import Text, dated

OPEN, DECIDED, DROPPED, OVERTAKEN = "open", "decided", "dropped", "overtaken"
LEAST_WORDS: Final = 5
STATED: Final = "licence-case-stated"
_WORDS: Final = Text("请写明，5至4000字。", "Write it in 5 to 4000 characters.")


def forewarn(licence_id: int, ending: Ending, *, actor: Actor, now: datetime) -> EndingNotice:
    """Tell a holder that a licence is to be revoked or forfeited, why, and how to answer.

    Raises what ``end`` raises for what is wrong in it; ConflictError when the holder was told of
    such an act already; InvalidError for an act of which nobody has to be told beforehand.
    """
    finding.find(licence_id, actor)
    licence, case = finding.locked(licence_id)
    act, _ = judging.judged(licence, ending, actor)
    if not act.foretold:
        said = Text("这一决定不须事先告知。", "Nobody has to be told of this act beforehand.")
        raise InvalidError(said, fields={"act": said})
    if (present := standing(licence)) is not None:
        raise ConflictError(
            Text(
                f"已于{dated(civil_date(present.told_at)).zh}告知（{present.number}）。",
                f"The holder was told on {dated(civil_date(present.told_at)).en} "
                f"({present.number}).",
            )
        )
    due = clocks.due(now, _within(case))
    document = _paper(licence, case, ending, due.at, actor, now)
    notice = EndingNotice(
        licence_id=licence.id, act=ending.act, ground=ending.ground, number=document.number,
        article=ending.article.strip(), reason=ending.reason.strip(), told_at=now,
        told_by=actor.person_id or 0, answer_by=due.at,
    )  # fmt: skip
    db.session().add(notice)
    db.session().flush()
    record(
        licence, case, "licence-ending-told", actor, now, ground=ending.ground, act=ending.act,
        article=notice.article, reason=notice.reason, notice=notice.number, answer_by=due.at,
    )  # fmt: skip
    _tell_holder(licence, case, notice, now)
    schedule(licence, civil_date(now))
    return notice


def _within(case: Case) -> str:
    """Return how long the holder may answer: as the item gives for a hearing, else five days."""
    process = definitions.bundle(case.version_id).process
    return process.properties.get("hearingRequest") or ASKED_WITHIN


def _paper(
    licence: Licence, case: Case, ending: Ending, answer_by: datetime, actor: Actor, now: datetime
) -> Document:
    act, ground = ACTS[ending.act], GROUNDS[ending.ground]
    last, reason = dated(clocks.last_day(answer_by)), ending.reason.strip()
    content = documents.Content(
        facts=[
            *about(licence),
            (Text("拟作出的决定", "Intended decision"), act.name),
            (Text("法定事由", "Ground"), ground.text),
            (Text("依据", "Article"), judging.article_of(ground, ending.article)),
            (Text("事实和理由", "Facts and reasons"), Text(reason, reason)),
            (Text("陈述申辩和申请听证的期限", "Answer until"), last),
        ],
        paragraphs=[_rights(act, last)],
        licence=licence.number,
    )
    unit = licence.department_code
    return documents.issue(case, act.foretold, content, department=unit, actor=actor, now=now)


def _rights(act: Act, last: Text) -> Text:
    return Text(
        f"您有权陈述、申辩，并有权要求听证，请在{last.zh}以前提出；不承担组织听证的费用。"
        f"在此以前不会作出决定；逾期没有提出的，视为放弃（{act.heard_by.zh}）。",
        f"You may state your case and ask for a hearing until {last.en}; it costs you nothing. "
        "Nothing is decided before; who says nothing by then gives these rights up "
        f"({act.heard_by.en}).",
    )


def _tell_holder(licence: Licence, case: Case, notice: EndingNotice, now: datetime) -> None:
    act, ground = ACTS[notice.act], GROUNDS[notice.ground].text
    title = Text(
        f"拟{act.name.zh}，请陈述申辩：{licence.number}",
        f"Intended: {act.name.en}. Please answer: {licence.number}",
    )
    rights = _rights(act, dated(clocks.last_day(notice.answer_by)))
    body = Text(
        f"事由：{ground.zh}。详见{notice.number}。{rights.zh}",
        f"Ground: {ground.en}. See {notice.number}. {rights.en}",
    )
    message = notices.Message("licence-ending-told", title, body)
    tell(licence, case, message, act.told, now=now)


def standing(licence: Licence) -> EndingNotice | None:
    """Return the notice that stands: open, of a licence that is still valid."""
    if licence.state != kinds.VALID:
        return None
    query = select(EndingNotice).where(
        EndingNotice.licence_id == licence.id, EndingNotice.state == OPEN
    )
    return db.session().scalar(query)


def open_on(rows: Sequence[Licence]) -> dict[int, EndingNotice]:
    """Return the notices that stand on some licences, by the licence."""
    valid = [one.id for one in rows if one.state == kinds.VALID]
    query = select(EndingNotice).where(
        EndingNotice.licence_id.in_(valid), EndingNotice.state == OPEN
    )
    return {one.licence_id: one for one in db.session().scalars(query)} if valid else {}


def held(licence_id: int, actor: Actor) -> tuple[Licence, Case, EndingNotice]:
    """Lock a licence and the notice that stands on it. Raises NotFoundError, ConflictError."""
    finding.find(licence_id, actor)
    licence, case = finding.locked(licence_id)
    notice = standing(licence)
    if notice is None:
        raise ConflictError(
            Text(
                "没有正在进行的撤销或者吊销告知。",
                "No revocation or forfeiture was announced, or it is over.",
            )
        )
    return licence, case, notice


def state_case(licence_id: int, words: str, *, actor: Actor, now: datetime) -> EndingNotice:
    """陈述申辩: put on record what the holder says; more may be added while the time runs.

    Raises NotFoundError (not one's own), ConflictError (too late, nothing to answer), InvalidError.
    """
    licence, case, notice = _answerable(licence_id, actor, now)
    text = checked_words(words, "statement")
    notice.stated_at = now
    record(licence, case, STATED, actor, now, reason=text, notice=notice.number)
    said = Text("持证人已陈述申辩", "The holder has stated their case")
    tell_unit(licence, case, notice, STATED, said, now)
    return notice


def ask_hearing(licence_id: int, *, actor: Actor, now: datetime) -> EndingNotice:
    """要求听证: the holder asks for a hearing; nothing is decided before it was held.

    Raises NotFoundError (not one's own), ConflictError (too late, asked before, nothing to answer).
    """
    licence, case, notice = _answerable(licence_id, actor, now)
    if notice.hearing_asked_at is not None:
        raise ConflictError(
            Text("您已经要求听证。", "You have asked for a hearing already."),
        )
    notice.hearing_asked_at = now
    record(licence, case, "licence-hearing-asked", actor, now, notice=notice.number)
    said = Text("持证人要求听证，请组织", "The holder asks for a hearing; please hold it")
    tell_unit(licence, case, notice, "licence-hearing-asked", said, now)
    return notice


def _answerable(licence_id: int, actor: Actor, now: datetime) -> tuple[Licence, Case, EndingNotice]:
    if actor.kind != "applicant":
        raise ForbiddenError(
            Text("只有持证人可以陈述申辩、要求听证。", "Only the holder may answer.")
        )
    licence, case, notice = held(licence_id, actor)
    if now >= notice.answer_by:
        day = dated(clocks.last_day(notice.answer_by))
        raise ConflictError(
            Text(
                f"陈述申辩和要求听证的期限已于{day.zh}届满。",
                f"The time to answer ended on {day.en}.",
            )
        )
    return licence, case, notice


def drop(licence_id: int, reason: str, *, actor: Actor, now: datetime) -> EndingNotice:
    """不再作出决定: let the matter rest, with reasons; the holder is told and keeps the licence.

    Raises NotFoundError, ConflictError, ForbiddenError (not one's post), InvalidError.
    """
    licence, case, notice = held(licence_id, actor)
    act = ACTS[notice.act]
    if not judging.may(act, licence, actor):
        raise ForbiddenError(judging.not_yours(act))
    words = checked_words(reason, "drop_reason")
    notice.state, notice.closed_at = DROPPED, now
    record(licence, case, "licence-ending-dropped", actor, now, reason=words, notice=notice.number)
    title = Text(
        f"不再{act.name.zh}：{licence.number}", f"Dropped: {act.name.en}: {licence.number}"
    )
    body = Text(
        f"{notice.number}告知的事项不再作出决定，证照继续有效。理由：{words}",
        f"What {notice.number} announced is not decided; the licence stays valid. Reasons: {words}",
    )
    message = notices.Message("licence-ending-dropped", title, body)
    tell(licence, case, message, act.told, now=now)
    return notice


def schedule(licence: Licence, today: date) -> None:
    """Note when the worker must look at a licence again: also when the time to answer is over."""
    terms.schedule(licence, today, terms.rules_of(licence))
    notice = standing(licence)
    if notice is not None and (over := civil_date(notice.answer_by)) > today:
        licence.look_on = min(licence.look_on or over, over)


def remind_when_over(licence: Licence, case: Case, now: datetime) -> None:
    """Remind the agency, once, when the holder's time to answer is over."""
    notice = standing(licence)
    if notice is None or not licence.looked_on < civil_date(notice.answer_by) <= civil_date(now):
        return
    said = Text("陈述申辩期限已满，请作出决定", "The time to answer is over; please decide")
    if notice.hearing_asked_at is not None and notice.heard_at is None:
        said = Text("陈述申辩期限已满，请组织听证", "The time to answer is over; hold the hearing")
    kind = "licence-answer-time-ended"
    record(licence, case, kind, SYSTEM, now, notice=notice.number)
    tell_unit(licence, case, notice, kind, said, now)


def why_not(notice: EndingNotice, now: datetime) -> Text | None:
    """Say why nothing can be decided yet on what was announced; None when it can."""
    if now < notice.answer_by:
        day = dated(clocks.last_day(notice.answer_by))
        return Text(
            f"持证人在{day.zh}以前可以陈述申辩、要求听证，在此以前不能作出决定。",
            f"The holder may state their case and ask for a hearing until {day.en}: no decision "
            "before.",
        )
    if notice.hearing_asked_at is not None and notice.heard_at is None:
        return Text(
            "持证人要求听证，听证结束以前不能作出决定。",
            "The holder asked for a hearing: no decision before it was held.",
        )
    return None


def required(licence: Licence, ending: Ending, actor: Actor, now: datetime) -> EndingNotice:
    """Return the notice by which an act may be decided now.

    Raises ConflictError when the holder was not told of it, or may still answer or be heard;
    InvalidError for a ground that was not told, or no word on what the holder said; ForbiddenError
    for the chair of the hearing.
    """
    notice, act = standing(licence), ACTS[ending.act]
    if notice is None or notice.act != ending.act:
        raise ConflictError(
            Text(
                f"“{act.name.zh}”以前须先告知持证人事实、理由、依据和陈述申辩、要求听证的权利"
                f"（{act.heard_by.zh}）。",
                f"Before “{act.name.en}” the holder is told of facts, ground and articles, and of "
                f"the right to answer and to a hearing ({act.heard_by.en}).",
            )
        )
    if (wait := why_not(notice, now)) is not None:
        raise ConflictError(wait)
    if actor.name == notice.hearing_chair:
        raise ForbiddenError(
            Text("听证的主持人不能作出决定。", "Who presided over the hearing may not decide.")
        )
    wrong: dict[str, Text] = {}
    if notice.ground != ending.ground:
        wrong["ground"] = Text(
            "事由须是已经告知的那一项；有新的事由的，须重新告知。",
            "It must be the ground that was told; for another one, tell the holder anew.",
        )
    if answered(notice) and len(ending.considered.strip()) < LEAST_WORDS:
        wrong["considered"] = Text(
            "持证人已陈述申辩或者经过听证：请写明是否采纳及理由（至少5个字）。",
            "The holder has spoken: say what of it is accepted and why (at least 5 characters).",
        )
    if wrong:
        raise InvalidError(judging.INVALID, fields=wrong)
    return notice


def answered(notice: EndingNotice) -> bool:
    """Say whether the holder has spoken, in writing or at a hearing."""
    return notice.stated_at is not None or notice.heard_at is not None


def close(licence: Licence, act: str, now: datetime) -> None:
    """Close the notice of a licence that has ended: by what was announced, or otherwise."""
    query = select(EndingNotice).where(
        EndingNotice.licence_id == licence.id, EndingNotice.state == OPEN
    )
    notice = db.session().scalar(query)
    if notice is not None:
        notice.state = DECIDED if notice.act == act else OVERTAKEN
        notice.closed_at = now


def facts(notice: EndingNotice, considered: str) -> list[tuple[Text, Text]]:
    """Return what the decision says of how the holder was told and heard."""
    told, words = dated(civil_date(notice.told_at)), considered.strip()
    found = [
        (
            Text("事先告知", "Told beforehand"),
            Text(f"{notice.number}（{told.zh}）", f"{notice.number} ({told.en})"),
        ),
    ]
    if notice.heard_at is not None and notice.hearing_at is not None:
        day = dated(civil_date(notice.hearing_at))
        found.append(
            (
                Text("听证", "Hearing"),
                Text(
                    f"{day.zh}，主持人{notice.hearing_chair}",
                    f"{day.en}, chair {notice.hearing_chair}",
                ),
            )
        )
    said = Text("持证人没有陈述申辩", "The holder did not answer")
    label = Text("对陈述申辩的采纳", "What the holder said, considered")
    return [*found, (label, Text(words, words) if answered(notice) else said)]


def statements(licence: Licence, notice: EndingNotice) -> list[Event]:
    """Return what the holder has stated about a notice, oldest first."""
    told = [one for one in finding.history(licence) if one.type == STATED]
    return [one for one in told if one.data.get("notice") == notice.number]


def checked_words(words: str, name: str) -> str:
    """Return what somebody wrote, without blanks around it. Raises InvalidError by field."""
    text = words.strip()
    if not LEAST_WORDS <= len(text) <= MAX_WORDS:
        raise InvalidError(_WORDS, fields={name: _WORDS})
    return text


def record(
    licence: Licence, case: Case, type_: str, actor: Actor, now: datetime, **data: Any
) -> None:
    """Put something that happened to a licence on record; what the holder does is no unit's act."""
    unit = None if actor.kind == "applicant" else licence.department_code
    events.of_case(case, type_, actor, now, department=unit, licence=licence.number, **data)


def tell_unit(
    licence: Licence, case: Case, notice: EndingNotice, kind: str, said: Text, now: datetime
) -> None:
    """Tell the posts of the agency what the holder has done about a notice."""
    title = Text(f"{said.zh}：{licence.number}", f"{said.en}: {licence.number}")
    body = Text(
        f"{licence.holder_name}，{notice.number}。", f"{licence.holder_name}, {notice.number}."
    )
    unit = [
        one
        for role in ACTS[notice.act].told
        for one in people.holders(licence.department_code, role)
    ]
    message = notices.Message(kind, title, body, f"/licences/{licence.id}#notice")
    notices.tell_all(unit, message, case=case, now=now)
