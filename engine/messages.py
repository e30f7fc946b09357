"""Messages and signals: sending one from outside, delivering them to the cases that wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from engine import advance, db, events, holding, postbox
from engine.bpmn.language import ALWAYS_THERE
from engine.cases import receiving
from engine.definitions import bundle, bundle_of
from engine.errors import ConflictError, EngineError, EngineFault, InvalidError, NotFoundError
from engine.incidents import Attempt, attempting
from engine.models import Case, Message, Subscription
from engine.permissions import ADMIN, SYSTEM, Actor, no_such_case, require_role
from engine.runtime import LimitExceeded, RuntimeFault, key_text, plain_variables
from forms.text import Text

__all__ = [
    "MAX_NAME",
    "Message",
    "Posted",
    "Posting",
    "deliver_next",
    "discard",
    "fitting",
    "listed",
    "note_failure",
    "resend",
    "send",
]

#: Longest name of a message or signal.
MAX_NAME: Final = 200
#: Most cases that may begin each other in a row.
MAX_CHAIN: Final = 20
_ENDLESS: Final = Text(
    f"办件一个接一个地开始，已有 {MAX_CHAIN} 个，流程图之间可能有死循环。",
    f"{MAX_CHAIN} cases have begun each other in a row; the diagrams may go in circles.",
)
#: Most messages listed at once.
LISTED: Final = 200


@dataclass(frozen=True)
class Posting:
    """A message or signal as somebody outside sends it."""

    name: str
    kind: str = "message"
    #: The value its receiver is found by: a text, a number, true or false; None: by name alone.
    correlation: object = None
    #: The number of the one case it is for.
    case: str = ""
    #: The code of the item a case of which it is to begin.
    item: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Posted:
    """What became of a posting: the message on its way, and how many wait for it now."""

    #: None for a signal, which is many messages or none.
    message: Message | None
    receivers: int


def send(posting: Posting, *, actor: Actor, now: datetime) -> Posted:
    """Put a message or signal on its way; the worker delivers it.

    A message that nobody waits for yet is kept for ``postbox.KEPT``; a signal is heard only by
    those that wait for it now. Raises ForbiddenError unless the actor is an admin, InvalidError
    with the fields named, NotFoundError for an unknown case, ConflictError when several wait.
    """
    require_role(actor, ADMIN)
    data = _checked(posting)
    given = {"actor_id": actor.person_id}
    if posting.kind == "signal":
        receivers = postbox.broadcast(posting.name, data, given, now=now)
        _record("signal-sent", actor, now, name=posting.name, receivers=receivers)
        return Posted(None, receivers)
    key = None if posting.correlation is None else key_text(posting.correlation)
    case_id, item = _case_id(posting.case), posting.item or None
    message = Message(
        name=posting.name, key=key, data=data, case_id=case_id, item_code=item, **given
    )
    postbox.post(message, now=now)
    db.session().flush()
    waiting = postbox.candidates(message)
    if len({one.case_id for one in waiting}) > 1:
        raise ConflictError(_several(message, waiting))
    begun = [] if waiting or case_id is not None else _openings(message)
    for _, version_id, _ in begun:
        receiving.check(bundle(version_id), data, sender=None, now=now)
    _record("message-sent", actor, now, message=message.id, name=message.name, key=key)
    return Posted(message, min(1, len(waiting) + len(begun)))


def _openings(message: Message) -> Sequence[tuple[str, int, str]]:
    """Return the one place where a message begins a case, if there is one.

    Raises ConflictError when there are several, InvalidError when the item named has none.
    """
    found = postbox.openings(message)
    if len(found) > 1:
        raise ConflictError(_several_items(message, found))
    if message.item_code is not None and not found:
        text = Text(
            f"事项“{message.item_code}”现行的版本不由“{message.name}”开始。",
            f"No case of the item '{message.item_code}' begins with '{message.name}'.",
        )
        raise InvalidError(text, fields={"item": text})
    return found


def _several_items(message: Message, found: Sequence[tuple[str, int, str]]) -> Text:
    items = [item for item, _, _ in found]
    return Text(
        f"“{message.name}”可以开始几个事项的办件：{'、'.join(items)}。请用事项编码指明。",
        f"'{message.name}' begins cases of several items: {', '.join(items)}. Name one by code.",
    )


def deliver_next(*, now: datetime) -> Message | None:
    """Deliver the oldest message that somebody waits for, in the open transaction.

    None when there is nothing to deliver. Raises EngineFault when its receiver cannot go on; what
    was tried is on the fault, and the caller notes it (``note_failure``) after rolling back.
    """
    message = postbox.next_waiting()
    if message is None:
        return None
    waiting = postbox.candidates(message)
    cases = {one.case_id for one in waiting}
    if not waiting:
        if message.subscription_id is not None:  # a signal waits for nobody
            postbox.settle(message, "missed", now=now)
        elif message.case_id is None:
            _begin(message, now)
        return message
    if len(cases) > 1:
        fault = _several(message, waiting)
        postbox.settle(message, "conflict", now=now, fault=fault)
        _record("message-in-conflict", SYSTEM, now, message=message.id, name=message.name)
        return message
    case = holding.of_case(cases.pop())
    # Between the look and the lock the place may have gone, or given way to another.
    here = [one for one in postbox.candidates(message) if one.case_id == case.id]
    if here:
        _deliver(message, here[0], case, now)
    return message


@dataclass(frozen=True)
class Letter:
    """What was tried when a message could not begin a case: there is no case to note it on."""

    message_id: int


def _begin(message: Message, now: datetime) -> None:
    """Begin a case with a message; one that brings no proper application is set aside."""
    try:
        found = _openings(message)
    except ConflictError as conflict:
        _set_aside(message, "conflict", conflict.message, now)
        return
    for _, version_id, element in found:
        sender = _sender(message)
        if _is_endless(sender):
            _set_aside(message, "failed", _ENDLESS, now)
            return
        try:
            application = receiving.check(bundle(version_id), message.data, sender=sender, now=now)
        except InvalidError as error:
            _set_aside(message, "failed", _said(error), now)
            return
        origin = {"message": message.id, "sender": sender.number if sender else None}
        with attempting(lambda: Letter(message.id)):
            case = receiving.receive(application, element, now=now, **origin)
        message.receiver_case_id = case.id
        postbox.settle(message, "delivered", now=now)


def _sender(message: Message) -> Case | None:
    sender = message.sender_case_id
    return None if sender is None else db.session().get(Case, sender)


def _is_endless(sender: Case | None) -> bool:
    """Whether too many cases have begun each other, one after another, up to this one."""
    for _ in range(MAX_CHAIN):
        if sender is None or sender.channel != receiving.CHANNEL:
            return False
        query = select(Message).where(Message.receiver_case_id == sender.id).order_by(Message.id)
        first = db.session().scalar(query.limit(1))
        sender = None if first is None else _sender(first)
    return True


def _said(error: InvalidError) -> Text:
    """Put what is wrong with an application into one text."""
    parts = [(name, text) for name, text in (error.fields or {}).items()]
    zh = "；".join(f"{name}：{text.zh}" for name, text in parts)
    en = "; ".join(f"{name}: {text.en}" for name, text in parts)
    return Text(f"{error.message.zh}{zh}", f"{error.message.en} {en}")


def _set_aside(message: Message, state: str, fault: Text, now: datetime) -> None:
    postbox.settle(message, state, now=now, fault=fault)
    kind = "message-in-conflict" if state == "conflict" else "message-refused"
    _record(kind, SYSTEM, now, message=message.id, name=message.name)


def _deliver(message: Message, place: Subscription, case: Case, now: datetime) -> None:
    names = bundle_of(case).names
    data = {name: value for name, value in message.data.items() if name in names}
    events.of_case(
        case,
        f"{message.kind}-received",
        SYSTEM,
        now,
        element=place.element,
        name=message.name,
        message=message.id,
    )
    with attempting(lambda: Attempt(case.id, place.element, message_id=message.id)):
        try:
            advance.deliver(case, place.id, data, now=now)
        except EngineFault:
            raise
        except EngineError as gone:
            # The stored case knows nothing of the place, say: nobody else will mend that.
            raise RuntimeFault(gone.message, element=place.element) from gone
    message.receiver_case_id = case.id
    postbox.settle(message, "delivered", now=now)


def note_failure(message_id: int, reason: Text, *, now: datetime) -> None:
    """Set a message aside that could not be delivered, with the reason, so that it blocks no other.

    Call it in a transaction of its own.
    """
    message = db.session().get(Message, message_id, with_for_update=True)
    if message is not None and message.state == "waiting":
        postbox.settle(message, "failed", now=now, fault=reason)


def resend(
    message_id: int, case: str = "", item: str = "", *, actor: Actor, now: datetime
) -> Message:
    """Put an undelivered message on its way again, to a case named now where several waited, or to
    begin a case of an item named now where several could.

    Raises ForbiddenError, NotFoundError, ConflictError when it is not among the undelivered.
    """
    message = _undelivered(message_id, actor)
    if case:
        message.case_id = _case_id(case)
    if item:
        message.item_code = item
        _openings(message)
    if case or item:
        message.line = postbox.line_of(message)
    postbox.rearm(message.id)
    message.expires_at = now + postbox.KEPT
    _record("message-resent", actor, now, message=message.id, name=message.name, to=case)
    return message


def discard(message_id: int, *, actor: Actor, now: datetime) -> Message:
    """Give an undelivered message up. Raises ForbiddenError, NotFoundError, ConflictError."""
    message = _undelivered(message_id, actor)
    postbox.settle(message, "discarded", now=now)
    _record("message-discarded", actor, now, message=message.id, name=message.name)
    return message


def listed(state: str, actor: Actor) -> Sequence[Message]:
    """Return messages in a state, or with ``undelivered`` all that need a look; latest first.

    Raises ForbiddenError unless the actor is an admin.
    """
    require_role(actor, ADMIN)
    states = postbox.UNDELIVERED if state == "undelivered" else (state,)
    query = select(Message).where(Message.state.in_(states)).order_by(Message.id.desc())
    return list(db.session().scalars(query.limit(LISTED)))


def fitting(message: Message) -> list[str]:
    """Return the numbers of the cases a message fits now, at most ten."""
    ids = sorted({one.case_id for one in postbox.candidates(message)})[:10]
    query = select(Case.number).where(Case.id.in_(ids)).order_by(Case.id)
    return list(db.session().scalars(query))


def _undelivered(message_id: int, actor: Actor) -> Message:
    require_role(actor, ADMIN)
    message = db.session().get(Message, message_id, with_for_update=True, populate_existing=True)
    if message is None:
        raise NotFoundError(Text("没有这条消息。", "There is no such message."))
    if message.state not in (*postbox.UNDELIVERED, "waiting"):
        raise ConflictError(
            Text("这条消息已经处理完毕。", "This message has been dealt with already.")
        )
    return message


def _checked(posting: Posting) -> dict[str, Any]:
    """Give the data to be sent. Raises InvalidError with every field that is wrong."""
    wrong: dict[str, Text] = {}
    if not 0 < len(posting.name) <= MAX_NAME:
        wrong["name"] = Text("请写消息名称。", "Give the message's name.")
    if posting.kind not in ("message", "signal"):
        wrong["kind"] = Text("应为 message 或 signal。", "It is message or signal.")
    meant = posting.correlation is not None or posting.case or posting.item
    if posting.kind == "signal" and meant:
        text = Text("信号发给所有等待者，没有关联值。", "A signal is for all who wait for it.")
        wrong["correlation"] = text
    if not isinstance(posting.correlation, str | int | float | bool | None):
        text = Text("应为文本、数字或是否。", "It is a text, a number, or true or false.")
        wrong["correlation"] = text
    taken = sorted(ALWAYS_THERE & posting.data.keys())
    if taken:
        names = ", ".join(taken)
        wrong["data"] = Text(f"不能改动 {names}。", f"{names} cannot be changed.")
    try:
        data = plain_variables(posting.data)
    except (LimitExceeded, RuntimeFault) as fault:
        wrong["data"], data = fault.reason, {}
    if wrong:
        raise InvalidError(
            Text("请更正下列各项。", "Please correct the points below."), fields=wrong
        )
    return data


def _case_id(number: str) -> int | None:
    if not number:
        return None
    found = db.session().scalar(select(Case.id).where(Case.number == number.strip().upper()))
    if found is None:
        raise no_such_case()
    return found


def _several(message: Message, waiting: Sequence[Subscription]) -> Text:
    ids = {one.case_id for one in waiting}
    numbers = [*fitting(message), *(["…"] if len(ids) > 10 else [])]
    return Text(
        f"有 {len(ids)} 个办件等待消息“{message.name}”：{'、'.join(numbers)}。"
        "请用关联值或办件编号指明。",
        f"{len(ids)} cases wait for the message '{message.name}': {', '.join(numbers)}. Name one by"
        " its correlation value or its number.",
    )


def _record(kind: str, actor: Actor, now: datetime, **data: Any) -> None:
    events.record(postbox.STREAM, kind, actor, now, **data)
