"""Which act may end a licence, on which ground, decided by whom, and what must be written."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from engine import db, people
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.licences.kinds import ACTS, GROUNDS, STATES, Act, Ground
from engine.models import Department, Licence
from engine.permissions import Actor
from forms.text import Text

MAX_WORDS: Final = 4000
MAX_ARTICLE: Final = 200
_WORDS: Final = ("reason", "compensation", "considered")
NO_ACT = Text("请选择要作出的决定。", "Choose what to decide.")
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
INVALID = Text("请更正下列各项，尚未作出决定。", "Correct the points below; nothing was decided.")


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
    #: After the holder has spoken: how that was considered.
    considered: str = ""


def judged(licence: Licence, ending: Ending, actor: Actor) -> tuple[Act, Ground]:
    """Return act and ground of what somebody decides, if it can be decided on a licence.

    Raises InvalidError (act, ground, reasons, article), ForbiddenError (not one's post),
    ConflictError (the licence has ended before, or not ended yet).
    """
    act = ACTS.get(ending.act)
    if act is None:
        raise InvalidError(NO_ACT, fields={"act": NO_ACT})
    if not may(act, licence, actor):
        raise ForbiddenError(not_yours(act))
    ground = GROUNDS.get(ending.ground)
    _check_state(licence, ending.act, ground)
    wrong = _problems(ending, act, ground)
    if wrong or ground is None:
        raise InvalidError(INVALID, fields=wrong)
    return act, ground


def article_of(ground: Ground, own: str) -> Text:
    """Name the law of a ground and the special law somebody named besides."""
    law, own = ground.article, own.strip()
    return Text(f"{law.zh}；{own}", f"{law.en}; {own}") if own else law


def open_to(licence: Licence, actor: Actor) -> list[str]:
    """Return the acts an actor may decide on a licence as it stands."""
    return [
        code
        for code, act in ACTS.items()
        if may(act, licence, actor) and grounds_of(code, licence.state)
    ]


def grounds_of(act: str, state: str) -> list[str]:
    """Return the grounds of an act that can hold for a licence in a state."""
    return [c for c, ground in GROUNDS.items() if ground.act == act and state in ground.states]


def may(act: Act, licence: Licence, actor: Actor) -> bool:
    """Say whether an actor may decide an act on a licence, whatever its state."""
    if actor.kind != "staff":
        return False
    units = [licence.department_code]
    if act.superior:
        above = select(Department.parent_code).where(Department.code == licence.department_code)
        units.append(db.session().scalar(above) or licence.department_code)
    return any(actor.holds(unit, role) for unit in units for role in act.roles)


def not_yours(act: Act) -> Text:
    """Say whose an act is."""
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
    """Return what is wrong or missing in what was written, by field."""
    found: dict[str, Text] = {}
    if ground is None or ground.act != ending.act:
        found["ground"] = _NO_GROUND
    if len(ending.reason.strip()) < 5:
        found["reason"] = _NO_REASON
    if ground is not None and ground.own_article and len(ending.article.strip()) < 3:
        found["article"] = _NO_ARTICLE
    if act.compensation and len(ending.compensation.strip()) < 2:
        found["compensation"] = _NO_COMPENSATION
    limits = {"article": MAX_ARTICLE} | dict.fromkeys(_WORDS, MAX_WORDS)
    found |= {key: _TOO_LONG for key, most in limits.items() if len(getattr(ending, key)) > most}
    return found
