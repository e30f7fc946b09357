"""The four acts that end a licence or register its end, each with grounds and paper of its own.

撤回 withdraw (许可法 8), 撤销 revoke (69), 吊销 forfeit, 注销 deregister (70).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import db, documents, events, notices, people
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.licences import bars, finding, kinds, terms
from engine.licences.kinds import ACTS, GROUNDS, STATES, Act, Ground
from engine.models import Case, Department, Document, Licence
from engine.permissions import Actor
from forms.text import Text

MAX_WORDS: Final = 4000
MAX_ARTICLE: Final = 200
_NO_ACT = Text("请选择要作出的决定。", "Choose what to decide.")
_NO_GROUND = Text(
    "请从这一决定的法定事由中选择一项。", "Choose one of the lawful grounds of this decision."
)
_NO_REASON = Text(
    "请写明理由和事实（至少5个字）。", "Write the reasons and facts (at least 5 characters)."
)
_NO_ARTICLE = Text(
    "请写明所依据的单行法律、法规的名称和条款。", "Name the special law and article it rests on."
)
_NO_COMPENSATION = Text(
    "撤回许可须写明补偿的意见（许可法8）。",
    "A withdrawal must say how loss is compensated (Licensing Law art. 8).",
)
_TOO_LONG = Text("内容过长。", "This is too long.")
_INVALID = Text("请更正下列各项，尚未作出决定。", "Correct the points below; nothing was decided.")


@dataclass(frozen=True)
class Ending:
    """What somebody decides about a licence: which act, on which ground, and what they write."""

    act: str
    ground: str
    reason: str
    #: The special law and article, where the ground asks for one.
    article: str = ""
    #: For a withdrawal: how loss is compensated.
    compensation: str = ""


@dataclass(frozen=True)
class _Deciding:
    licence: Licence
    case: Case
    act: Act
    ground: Ground
    ending: Ending
    actor: Actor
    now: datetime


def end(licence_id: int, ending: Ending, *, actor: Actor, now: datetime) -> Licence:
    """Withdraw, revoke, forfeit or deregister a licence; holder and department are told.

    Raises NotFoundError (not the actor's to see), InvalidError (act, ground, reasons, article),
    ForbiddenError (not one's post), ConflictError (it has ended before, or not ended yet).
    """
    finding.find(licence_id, actor)
    licence, case = finding.locked(licence_id)
    act = ACTS.get(ending.act)
    if act is None:
        raise InvalidError(_NO_ACT, fields={"act": _NO_ACT})
    if not _may(act, licence, actor):
        raise ForbiddenError(_not_yours(act))
    ground = GROUNDS.get(ending.ground)
    _check_state(licence, ending.act, ground)
    problems = _problems(ending, act, ground)
    if problems or ground is None:
        raise InvalidError(_INVALID, fields=problems)
    _carry_out(_Deciding(licence, case, act, ground, ending, actor, now))
    return licence


def open_to(licence: Licence, actor: Actor) -> list[str]:
    """Return the acts an actor may decide on a licence as it stands."""
    return [
        code
        for code, act in ACTS.items()
        if _may(act, licence, actor) and grounds_of(code, licence.state)
    ]


def grounds_of(act: str, state: str) -> list[str]:
    """Return the grounds of an act that can hold for a licence in a state."""
    return [c for c, ground in GROUNDS.items() if ground.act == act and state in ground.states]


def _may(act: Act, licence: Licence, actor: Actor) -> bool:
    if actor.kind != "staff":
        return False
    units = [licence.department_code]
    if act.superior:
        above = select(Department.parent_code).where(Department.code == licence.department_code)
        units.append(db.session().scalar(above) or licence.department_code)
    return any(actor.holds(unit, role) for unit in units for role in act.roles)


def _not_yours(act: Act) -> Text:
    roles = [people.role_name(role) for role in act.roles]
    return Text(
        f"“{act.name.zh}”只能由原发证机关的{'、'.join(r.zh for r in roles)}作出。",
        f"“{act.name.en}” is for the {' or '.join(r.en for r in roles)} of the agency that "
        "issued it.",
    )


def _check_state(licence: Licence, act: str, ground: Ground | None) -> None:
    """Refuse what the state of the licence does not allow, whatever the ground."""
    possible = grounds_of(act, licence.state)
    if not possible:
        state = STATES[licence.state]
        raise ConflictError(
            Text(
                f"这个证照{state.zh}，不能再{ACTS[act].name.zh}。",
                f"This licence is: {state.en}. It is too late to: {ACTS[act].name.en}.",
            )
        )
    if ground is not None and ground.act == act and licence.state not in ground.states:
        said = Text(
            f"证照目前的状态是“{STATES[licence.state].zh}”，这项事由不适用。",
            f"The licence is: {STATES[licence.state].en}. This ground does not apply.",
        )
        raise InvalidError(said, fields={"ground": said})


def _problems(ending: Ending, act: Act, ground: Ground | None) -> dict[str, Text]:
    found: dict[str, Text] = {}
    if ground is None or ground.act != ending.act:
        found["ground"] = _NO_GROUND
    if len(ending.reason.strip()) < 5:
        found["reason"] = _NO_REASON
    if ground is not None and ground.own_article and len(ending.article.strip()) < 3:
        found["article"] = _NO_ARTICLE
    if act.compensation and len(ending.compensation.strip()) < 2:
        found["compensation"] = _NO_COMPENSATION
    limits = {"reason": MAX_WORDS, "compensation": MAX_WORDS, "article": MAX_ARTICLE}
    found |= {key: _TOO_LONG for key, most in limits.items() if len(getattr(ending, key)) > most}
    return found


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
        notice=document.number,
    )
    _tell(deciding, document.number)
    if deciding.ending.ground == "fraud":
        holder = (licence.holder_id, licence.holder_name)
        bars.impose(
            deciding.case, terms.item_of(licence), kinds.FRAUD, holder,
            actor=deciding.actor, now=now,
        )  # fmt: skip


def _article(deciding: _Deciding) -> Text:
    law, own = deciding.ground.article, deciding.ending.article.strip()
    return Text(f"{law.zh}；{own}", f"{law.en}; {own}") if own else law


def about(licence: Licence) -> list[tuple[Text, Text]]:
    """Return the facts that say which licence a paper is about."""
    return [
        (Text("证照", "Licence"), Text(licence.title_zh, licence.title_en)),
        (Text("证照编号", "Licence number"), Text(licence.number, licence.number)),
        (Text("持证人", "Holder"), Text(licence.holder_name, licence.holder_name)),
    ]


def _paper(deciding: _Deciding) -> Document:
    ending = deciding.ending
    facts = [
        *about(deciding.licence),
        (Text("法定事由", "Ground"), deciding.ground.text),
        (Text("依据", "Article"), _article(deciding)),
        (Text("理由", "Reasons"), Text(ending.reason.strip(), ending.reason.strip())),
    ]
    if ending.compensation.strip():
        words = ending.compensation.strip()
        facts.append((Text("补偿", "Compensation"), Text(words, words)))
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


def tell(
    licence: Licence,
    case: Case,
    message: notices.Message,
    roles: tuple[str, ...] = (),
    *,
    now: datetime,
) -> None:
    """Tell the holder something about a licence, and the holders of some posts of its unit."""
    kind, title, body = message.kind, message.title, message.body
    holder = notices.Message(kind, title, body, f"/my/licences/{licence.id}")
    notices.tell(licence.applicant_id, holder, case=case, now=now)
    unit = [one for role in roles for one in people.holders(licence.department_code, role)]
    staff = notices.Message(kind, title, body, f"/licences/{licence.id}")
    notices.tell_all(unit, staff, case=case, now=now)
