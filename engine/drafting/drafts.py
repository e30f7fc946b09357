"""The life of a draft: begun, named, found, discarded, taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select, text

from engine import db, events
from engine.definitions.yaml_fields import CODE
from engine.drafting.files import Files, add_revision, keep, require_fit
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import ItemDraft
from engine.paging import Key, Order, Page, moment
from engine.permissions import ADMIN, DESIGNER, Actor
from forms.text import Text

PER_PAGE: Final = 25
LONGEST_NAME: Final = 80
_ORDER: Final = Order(
    Key(ItemDraft.changed_at, lambda row: row.changed_at.isoformat(), moment),
    Key(ItemDraft.id, lambda row: row.id, int),
    descending=True,
)
_LOST = Text("没有这个草稿。", "There is no such draft.")


@dataclass(frozen=True)
class Origin:
    """What a draft began from: version, template, upload or copy; the version, when it was one."""

    kind: str
    version_id: int | None = None


UPLOADED: Final = Origin("upload")


@dataclass(frozen=True)
class Wanted:
    """Which drafts somebody looks for; an empty field asks nothing."""

    text: str = ""
    item: str = ""
    #: only of this person
    person_id: int | None = None
    discarded: bool = False
    at: str = ""


def require_designer(actor: Actor) -> None:
    """Refuse whoever neither designs nor administers. Raises ForbiddenError."""
    if actor.kind != "system" and not (actor.has(DESIGNER) or actor.has(ADMIN)):
        raise ForbiddenError(
            Text(
                "只有流程设计员和管理员能画流程，请联系管理员。",
                "Only designers and administrators draw processes; ask an administrator.",
            )
        )


def create(
    item: str,
    name: str,
    contents: Files,
    *,
    actor: Actor,
    now: datetime,
    origin: Origin = UPLOADED,
) -> ItemDraft:
    """Begin a draft of an item with these files, as its first revision.

    Raises InvalidError (code, name, files), ForbiddenError.
    """
    require_designer(actor)
    require_fit(contents)
    code = item.strip()
    if not CODE.fullmatch(code) or len(code) > LONGEST_NAME:
        wrong = Text(
            "事项编码只能用小写字母、数字和连字符，以字母开头。",
            "A code has lower-case letters, digits and hyphens, and begins with a letter.",
        )
        raise InvalidError(wrong, fields={"item": wrong})
    draft = ItemDraft(
        item_code=code,
        name=_free_name(code, name),
        origin=origin.kind,
        version_id=origin.version_id,
        deployed_revision=0,
        revision=0,
        created_at=now,
        created_by=actor.person_id,
        changed_at=now,
        changed_by=actor.person_id,
    )
    db.session().add(draft)
    db.session().flush()
    add_revision(draft, keep(contents), {}, person_id=actor.person_id, now=now)
    record(draft, "item-draft-created", actor, now, origin=origin.kind)
    return draft


def _free_name(code: str, name: str, own: int = 0) -> str:
    """Return a name, tidied. Raises InvalidError when it is no name, or another draft has it."""
    tidy = " ".join(name.split())
    wrong: Text | None = None
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        wrong = Text(
            f"请填写草稿名称，不超过{LONGEST_NAME}个字。",
            f"Give the draft a name of at most {LONGEST_NAME} characters.",
        )
    elif is_taken(code, tidy, own):
        wrong = Text(
            f"这个事项已有名为“{tidy}”的草稿，请换一个名称。",
            f"This item has a draft “{tidy}” already; choose another name.",
        )
    if wrong is not None:
        raise InvalidError(wrong, fields={"name": wrong})
    return tidy


def is_taken(code: str, name: str, own: int = 0) -> bool:
    """Say whether another open draft of the item has this name; the item's drafts wait."""
    named = {"k": f"item-drafts:{code}"}
    db.session().execute(text("select pg_advisory_xact_lock(hashtext(:k))"), named)
    query = select(ItemDraft.id).where(
        ItemDraft.item_code == code,
        ItemDraft.name == name,
        ItemDraft.discarded_at.is_(None),
        ItemDraft.id != own,
    )
    return db.session().scalar(query) is not None


def get(draft_id: int) -> ItemDraft:
    """Return a draft, also one that was discarded. Raises NotFoundError."""
    found = db.session().get(ItemDraft, draft_id)
    if found is None:
        raise NotFoundError(_LOST)
    return found


def open_at(draft_id: int, actor: Actor) -> ItemDraft:
    """Lock a draft that is open, to change it. Raises NotFound-, Conflict- and ForbiddenError."""
    require_designer(actor)
    draft = _locked(draft_id)
    if draft.discarded_at is not None:
        raise ConflictError(
            Text(
                "这个草稿已作废。请先在草稿清单中恢复它。",
                "This draft was discarded. Take it back in the list of drafts first.",
            )
        )
    return draft


def _locked(draft_id: int) -> ItemDraft:
    query = select(ItemDraft).where(ItemDraft.id == draft_id).with_for_update()
    draft = db.session().scalar(query.execution_options(populate_existing=True))
    if draft is None:
        raise NotFoundError(_LOST)
    return draft


def rename(draft_id: int, name: str, *, actor: Actor, now: datetime) -> ItemDraft:
    """Give a draft another name. Raises InvalidError, ConflictError, NotFoundError."""
    draft = open_at(draft_id, actor)
    before, draft.name = draft.name, _free_name(draft.item_code, name, draft.id)
    record(draft, "item-draft-renamed", actor, now, before=before)
    db.session().flush()
    return draft


def discard(draft_id: int, *, actor: Actor, now: datetime) -> ItemDraft:
    """Put a draft away; everything in it is kept. Raises ConflictError, NotFoundError."""
    draft = open_at(draft_id, actor)
    draft.discarded_at = now
    record(draft, "item-draft-discarded", actor, now)
    db.session().flush()
    return draft


def restore(draft_id: int, *, actor: Actor, now: datetime) -> ItemDraft:
    """Take a discarded draft back, under its name or the next free one like it."""
    require_designer(actor)
    draft = _locked(draft_id)
    if draft.discarded_at is None:
        return draft
    draft.name = beside_name(draft.item_code, draft.name, draft.id)
    draft.discarded_at = None
    record(draft, "item-draft-restored", actor, now)
    db.session().flush()
    return draft


def beside_name(code: str, name: str, own: int = 0) -> str:
    """Return the name, or the first like it that no open draft of the item has."""
    number, wanted = 1, name[:LONGEST_NAME]
    while is_taken(code, wanted, own):
        number += 1
        wanted = f"{name[: LONGEST_NAME - 6]} ({number})"
    return wanted


def search(wanted: Wanted) -> Page[ItemDraft]:
    """Return one page of drafts, the last changed first. Raises InvalidError for a wrong mark."""
    mark = _ORDER.read(wanted.at)
    query = (
        select(ItemDraft)
        .where(*_conditions(wanted), *_ORDER.beyond(mark))
        .order_by(*_ORDER.by(mark))
        .limit(PER_PAGE + 1)
    )
    return _ORDER.page(list(db.session().scalars(query)), mark, PER_PAGE)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    gone = ItemDraft.discarded_at.is_not(None)
    conditions: list[ColumnElement[bool]] = [gone if wanted.discarded else ~gone]
    if words := wanted.text.strip().replace("\0", ""):
        either = ItemDraft.name.icontains(words, autoescape=True)
        conditions.append(either | ItemDraft.item_code.icontains(words, autoescape=True))
    if wanted.item:
        conditions.append(ItemDraft.item_code == wanted.item.replace("\0", ""))
    if wanted.person_id is not None:
        mine = wanted.person_id
        conditions.append((ItemDraft.created_by == mine) | (ItemDraft.changed_by == mine))
    return conditions


def codes() -> list[str]:
    """Return the codes of all items that have drafts."""
    query = select(ItemDraft.item_code).distinct().order_by(ItemDraft.item_code)
    return list(db.session().scalars(query))


def stream_of(draft_id: int) -> str:
    """Return the name of a draft's own stream of events."""
    return f"item-draft:{draft_id}"


def record(draft: ItemDraft, type_: str, actor: Actor, now: datetime, **data: str | int) -> None:
    """Tell of an act on a draft, in the draft's own stream."""
    stream, item, name = stream_of(draft.id), draft.item_code, draft.name
    events.record(stream, type_, actor, now, item=item, name=name, draft=draft.id, told=data)
