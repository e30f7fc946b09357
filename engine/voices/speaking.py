"""What questions, complaints and ratings have in common: who speaks, how long, how often."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from engine import db, numbers
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.paging import Order, Page
from engine.permissions import Actor
from forms.text import Text

#: Somebody who has not signed in.
NOBODY: Final = Actor("applicant", None, "未登录 not signed in")
#: Open questions, and complaints under way, that one person (or one address) may have at a time.
MOST_OPEN: Final = 5
LONGEST: Final = 2000
CODE_LENGTH: Final = 8
PER_PAGE: Final = 25
_WRONG: Final = Text("请更正下列各项，尚未提交。", "Please correct these points; nothing was sent.")
Voice = TypeVar("Voice")


def require_applicant(actor: Actor) -> None:
    """Refuse staff: they have other ways. Raises ForbiddenError."""
    if actor.kind != "applicant":
        raise ForbiddenError(
            Text(
                "咨询、投诉和评价由申请人和公众提出，工作人员不能代为提出。",
                "Questions, complaints and ratings come from applicants and the public; staff "
                "cannot make them.",
            )
        )


#: What the texts are called that people write, for messages that stand away from them.
NAMES: Final[Mapping[str, Text]] = {
    "title": Text("标题", "Title"),
    "text": Text("内容", "Text"),
    "answer": Text("答复", "Answer"),
    "words": Text("说明", "In words"),
    "remedy": Text("核实情况和整改", "What was found and done"),
    "note": Text("回访记录", "Note of the call"),
    "contact": Text("联系方式", "How to reach you"),
}


def checked(given: Mapping[str, tuple[str, int, int]]) -> dict[str, str]:
    """Return texts without blanks around them; each is given with its least and greatest length.

    Raises InvalidError naming all that are too short or too long.
    """
    words = {name: text.replace("\r\n", "\n").strip() for name, (text, _, _) in given.items()}
    wrong = {
        name: Text(
            f"{NAMES[name].zh}：请填写{least}至{most}字。",
            f"{NAMES[name].en}: write {least} to {most} characters.",
        )
        for name, (_, least, most) in given.items()
        if not least <= len(words[name]) <= most
    }
    if wrong:
        raise InvalidError(_WRONG, fields=wrong)
    return words


def invalid(**fields: Text) -> InvalidError:
    """Make the answer for fields that are wrong."""
    return InvalidError(_WRONG, fields=fields)


def refuse_flood(
    person: InstrumentedAttribute[int | None],
    origin: InstrumentedAttribute[str],
    under_way: ColumnElement[bool],
    actor: Actor,
    address: str,
) -> None:
    """Refuse one voice more from somebody who has many unanswered already.

    Counted by person, or by address for who has not signed in. Raises ConflictError.
    """
    mine = person == actor.person_id
    if actor.person_id is None:
        mine = (origin == address) & person.is_(None)
    count = db.session().scalar(select(func.count()).where(mine, under_way)) or 0
    if count >= MOST_OPEN:
        raise ConflictError(
            Text(
                f"您已有{count}件正在办理，请等答复后再提。",
                f"You have {count} under way already. Please wait for their answers.",
            )
        )


def new_number(prefix: str, now: datetime) -> str:
    """Return the number people quote: prefix, day, and a serial of that day."""
    day = civil_date(now).strftime("%Y%m%d")
    return f"{prefix}{day}{numbers.following(f'voice:{prefix}:{day}'):05d}"


def new_code() -> str:
    """Return a query code, the key of whoever has no account."""
    return numbers.code(CODE_LENGTH)


def opened_by(found: Voice | None, known: str, code: str) -> Voice:
    """Give a voice to whoever knows its query code. Raises NotFoundError."""
    given = code.strip().upper().encode()
    if found is None or not hmac.compare_digest(known.encode(), given):
        raise no_such_voice()
    return found


def numbered(kind: type[Voice], column: InstrumentedAttribute[str], number: str) -> Voice | None:
    """Return the voice of a kind that bears a number, however it is typed; None for none."""
    return db.session().scalar(select(kind).where(column == number.strip().upper()))


def own(found: Voice | None, made_by: int | None, actor: Actor) -> Voice:
    """Give a voice to whoever made it by name. Raises NotFoundError."""
    if found is None or actor.person_id is None or made_by != actor.person_id:
        raise no_such_voice()
    return found


def the_one(query: Select[Any], *, lock: bool = False) -> Any:
    """Return the one row of a query, locked and read fresh where it is to be changed.

    Raises NotFoundError for none.
    """
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session().scalar(query)
    if found is None:
        raise no_such_voice()
    return found


def page_of(query: Select[Any], order: Order, at: str) -> Page[Any]:
    """Return one page of a query in an order. Raises InvalidError for a mark that is none."""
    mark = order.read(at)
    found = query.where(*order.beyond(mark)).order_by(*order.by(mark)).limit(PER_PAGE + 1)
    return order.page(list(db.session().scalars(found)), mark, PER_PAGE)


def no_such_voice() -> NotFoundError:
    """Make the answer for what is not there, and for what is not the asker's to see."""
    return NotFoundError(
        Text(
            "没有找到。请核对编号；您只能查看自己提出的或由您办理的。",
            "Nothing was found. Check the number; you only see your own and those you handle.",
        )
    )
