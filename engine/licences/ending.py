"""The four acts that end a licence or register its end, each with grounds and paper of its own.

撤回 withdraw (许可法 8), 撤销 revoke (69), 吊销 forfeit, 注销 deregister (70). Before the two that
take a licence away for what was done wrong, the holder is told and heard: ``forewarning``.
"""

from dataclasses import dataclass
from datetime import datetime

from engine import documents, events, notices
from engine.clock import civil_date
from engine.licences import bars, finding, forewarning, judging, kinds, terms
from engine.licences.judging import Ending
from engine.licences.kinds import STATES, Act, Ground
from engine.licences.telling import about, tell
from engine.models import Case, Document, EndingNotice, Licence
from engine.permissions import Actor
from forms.text import Text


@dataclass(frozen=True)
class _Deciding:
    licence: Licence
    case: Case
    act: Act
    ground: Ground
    ending: Ending
    #: The notice that the holder had of it beforehand, where one is due.
    notice: EndingNotice | None
    actor: Actor
    now: datetime


def end(licence_id: int, ending: Ending, *, actor: Actor, now: datetime) -> Licence:
    """Withdraw, revoke, forfeit or deregister a licence; holder and department are told.

    Raises NotFoundError (not the actor's to see), InvalidError (act, ground, reasons, article),
    ForbiddenError (not one's post), ConflictError (it has ended before, or not ended yet; or the
    holder was not told of it beforehand, has time left to answer, or asked for a hearing).
    """
    finding.find(licence_id, actor)
    licence, case = finding.locked(licence_id)
    act, ground = judging.judged(licence, ending, actor)
    notice = forewarning.required(licence, ending, actor, now) if act.foretold else None
    _carry_out(_Deciding(licence, case, act, ground, ending, notice, actor, now))
    forewarning.close(licence, ending.act, now)
    return licence


def _carry_out(deciding: _Deciding) -> None:
    licence, act, now = deciding.licence, deciding.act, deciding.now
    ended_before = licence.state if licence.state != kinds.VALID else None
    licence.state, licence.look_on = act.state, None
    licence.end_ground = deciding.ending.ground
    licence.ended_as = ended_before or act.state
    licence.ended_on = licence.ended_on or civil_date(now)
    document = _paper(deciding)
    events.of_case(
        deciding.case,
        f"licence-{act.state}",
        deciding.actor,
        now,
        department=licence.department_code,
        licence=licence.number,
        ground=deciding.ending.ground,
        article=deciding.ending.article.strip(),
        reason=deciding.ending.reason.strip(),
        compensation=deciding.ending.compensation.strip(),
        considered=deciding.ending.considered.strip(),
        notice=document.number,
    )
    _tell(deciding, document.number)
    if deciding.ending.ground == "fraud":
        holder = (licence.holder_id, licence.holder_name)
        bars.impose(
            deciding.case, terms.item_of(licence), kinds.FRAUD, holder,
            actor=deciding.actor, now=now,
        )  # fmt: skip


def _paper(deciding: _Deciding) -> Document:
    ending = deciding.ending
    facts = [
        *about(deciding.licence),
        (Text("法定事由", "Ground"), deciding.ground.text),
        (Text("依据", "Article"), judging.article_of(deciding.ground, ending.article)),
        (Text("理由", "Reasons"), Text(ending.reason.strip(), ending.reason.strip())),
    ]
    if ending.compensation.strip():
        words = ending.compensation.strip()
        facts.append((Text("补偿", "Compensation"), Text(words, words)))
    if deciding.notice is not None:
        facts += forewarning.facts(deciding.notice, ending.considered)
    content = documents.Content(
        facts=facts,
        paragraphs=[deciding.act.said],
        remedies=terms.item_of(deciding.licence).remedies,
        licence=deciding.licence.number,
    )
    return documents.issue(
        deciding.case,
        deciding.act.document,
        content,
        department=deciding.licence.department_code,
        actor=deciding.actor,
        now=deciding.now,
    )


def _tell(deciding: _Deciding, notice: str) -> None:
    licence, state = deciding.licence, STATES[deciding.act.state]
    ground = deciding.ground.text
    title = Text(
        f"证照{state.zh}：{licence.holder_name}", f"Licence: {state.en}: {licence.holder_name}"
    )
    body = Text(
        f"{licence.title_zh}（{licence.number}）{state.zh}。事由：{ground.zh}。"
        f"详见{notice}，其中写明了救济途径。",
        f"{licence.title_en} ({licence.number}): {state.en}. Ground: {ground.en}. See {notice}, "
        "which names the remedies.",
    )
    kind = f"licence-{deciding.act.state}"
    tell(licence, deciding.case, notices.Message(kind, title, body), deciding.act.told,
         now=deciding.now)  # fmt: skip
