"""Saving a draft: each save is a revision, and nobody's work is written over unseen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine import db, definitions, people
from engine.definitions.bundle import MAX_FILES, MAX_TOTAL_BYTES
from engine.drafting import drafts
from engine.drafting.files import add_revision, files, keep, require_fit, revision, since
from engine.errors import ConflictError, InvalidError
from engine.models import Blob, ItemDraft, ItemRevision
from engine.permissions import Actor
from forms.text import Text

#: What is written into each file; None removes it.
Changes = Mapping[str, bytes | None]


@dataclass(frozen=True)
class Saved:
    """The answer to a save: the newest revision, and what others had changed meanwhile."""

    revision: int
    #: False when nothing differed, so that no revision was made
    created: bool
    #: files that others changed since the revision that was saved over; they were kept
    merged: tuple[str, ...] = ()


class StaleSaveError(ConflictError):
    """Expected to save over the newest revision, but somebody changed the same file since."""

    code = "stale-save"

    def __init__(self, theirs: ItemRevision, paths: tuple[str, ...]) -> None:
        person = people.get(theirs.made_by) if theirs.made_by is not None else None
        self.revision, self.paths = theirs.number, paths
        self.by = person.name if person else ""
        listed = "、".join(paths)
        super().__init__(
            Text(
                f"没有保存：您打开以后，{self.by}已修改“{listed}”（第{theirs.number}稿）。您的内容还在本页：可以"
                "另存为新草稿，两份都保留；也可以重新载入，改用最新一稿。",
                f"Not saved: {self.by} has changed “{listed}” since you opened it (revision "
                f"{theirs.number}). What you drew is still on this page: keep it as a draft of its "
                "own, so that both stay, or load the newest revision.",
            )
        )


def save(draft_id: int, changes: Changes, *, base: int, actor: Actor, now: datetime) -> Saved:
    """Write files over the revision they were drawn on, as the next revision.

    Files that others changed meanwhile are kept when they are not among those written. Raises
    StaleSaveError when one is, InvalidError, ConflictError (discarded), NotFoundError; then
    nothing is stored.
    """
    draft = drafts.open_at(draft_id, actor)
    newest = revision(draft_id)
    began = newest if base == newest.number else revision(draft_id, base)
    written = {path: data for path, data in changes.items() if data is not None}
    if written:
        require_fit(written)
    kept = {path: digest for path, digest in newest.files.items() if path not in changes}
    kept.update(keep(written))
    merged = _others(began, newest)
    stale = tuple(
        path for path in merged if path in changes and kept.get(path) != newest.files.get(path)
    )
    if stale:
        after = since(draft_id, base)
        raise StaleSaveError(next(r for r in after if set(stale) & set(r.changed)), stale)
    if kept == newest.files:
        return Saved(newest.number, created=False, merged=merged)
    _require_whole(kept)
    made = add_revision(draft, kept, newest.files, person_id=actor.person_id, now=now)
    return Saved(made.number, created=True, merged=merged)


def _others(began: ItemRevision, newest: ItemRevision) -> tuple[str, ...]:
    """Return the files that differ between two revisions."""
    paths = {*began.files, *newest.files}
    return tuple(sorted(p for p in paths if began.files.get(p) != newest.files.get(p)))


def _require_whole(kept: Mapping[str, str]) -> None:
    """Refuse a draft that is too large as a whole, or empty. Raises InvalidError."""
    query = select(Blob.sha256, Blob.size).where(Blob.sha256.in_(set(kept.values())))
    sizes = {row.sha256: row.size for row in db.session().execute(query)}
    total = sum(sizes[digest] for digest in kept.values())
    if not kept or len(kept) > MAX_FILES or total > MAX_TOTAL_BYTES:
        wrong = Text(
            "草稿须有1至{files}个文件，合计不超过{mb} MB；没有保存。",
            "A draft has 1 to {files} files of at most {mb} MB together; nothing was saved.",
        ).format(files=MAX_FILES, mb=MAX_TOTAL_BYTES // 1_000_000)
        raise InvalidError(wrong, fields={"files": wrong})


def keep_beside(
    draft_id: int, changes: Changes, *, base: int, actor: Actor, now: datetime
) -> ItemDraft:
    """Keep what was drawn on an older revision as a draft of its own, so that both stay."""
    drafts.require_designer(actor)
    draft = drafts.get(draft_id)
    contents: dict[str, bytes] = files(draft_id, base)
    for path, data in changes.items():
        contents.pop(path, None)
        if data is not None:
            contents[path] = data
    name = drafts.beside_name(draft.item_code, f"{draft.name} · {actor.name}"[:70])
    return drafts.create(
        draft.item_code,
        name,
        contents,
        actor=actor,
        now=now,
        origin=drafts.Origin("copy", draft.version_id),
    )


def return_to(draft_id: int, number: int, *, actor: Actor, now: datetime) -> Saved:
    """Make an older revision the newest again; what came after it stays in the list."""
    draft = drafts.open_at(draft_id, actor)
    newest, wanted = revision(draft_id), revision(draft_id, number)
    if wanted.files == newest.files:
        return Saved(newest.number, created=False)
    made = add_revision(
        draft,
        wanted.files,
        newest.files,
        person_id=actor.person_id,
        now=now,
        returned_to=number,
    )
    drafts.record(draft, "item-draft-returned", actor, now, to=number)
    return Saved(made.number, created=True)


def deploy(
    draft_id: int, *, base: int, actor: Actor, now: datetime, note: str = ""
) -> definitions.Deployed:
    """Deploy the newest revision as a version of its item; the draft stays.

    ``base`` is the revision that was looked at: a newer one is deployed by nobody unseen. Raises
    ConflictError, BundleRefusedError with all problems, ForbiddenError unless an admin.
    """
    draft = drafts.open_at(draft_id, actor)
    if base != draft.revision:
        raise ConflictError(
            Text(
                f"没有部署：草稿已有更新的第{draft.revision}稿。请看过检查结果后再部署。",
                f"Not deployed: the draft has a newer revision {draft.revision}. "
                "Look at its check, then deploy it.",
            )
        )
    deployed = definitions.deploy(files(draft_id), actor=actor, now=now, note=note)
    draft.version_id, draft.deployed_revision = deployed.version.id, draft.revision
    drafts.record(draft, "item-draft-deployed", actor, now, version=deployed.version.number)
    db.session().flush()
    return deployed
