"""The files of a draft: which are taken, how they are kept, and the revisions they make up."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from engine import db
from engine.definitions.bundle import KINDS, MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES
from engine.errors import InvalidError, NotFoundError
from engine.models import Blob, ItemDraft, ItemRevision
from forms.text import Text

Files = Mapping[str, bytes]
LONGEST_PATH: Final = 120
README: Final = "README.md"
_MEGABYTE: Final = 1_000_000
_NO_FILES = Text("一个草稿至少要有一个文件。", "A draft needs at least one file.")


def files(draft_id: int, number: int | None = None) -> dict[str, bytes]:
    """Return the files of a draft, of its newest revision unless a number is given.

    Raises NotFoundError.
    """
    kept = revision(draft_id, number).files
    query = select(Blob.sha256, Blob.content).where(Blob.sha256.in_(set(kept.values())))
    contents = {row.sha256: row.content for row in db.session().execute(query)}
    return {path: contents[digest] for path, digest in sorted(kept.items())}


def content_of(draft_id: int, path: str, number: int | None = None) -> bytes:
    """Return one file of a draft, byte for byte. Raises NotFoundError."""
    digest = revision(draft_id, number).files.get(path)
    found = select(Blob.content).where(Blob.sha256 == digest)
    content = db.session().scalar(found) if digest is not None else None
    if content is None:
        raise NotFoundError(Text("这个草稿没有这个文件。", "This draft has no such file."))
    return content


def revision(draft_id: int, number: int | None = None) -> ItemRevision:
    """Return one revision of a draft, the newest unless a number is given. Raises NotFoundError."""
    query = select(ItemRevision).where(ItemRevision.draft_id == draft_id)
    if number is None:
        query = query.order_by(ItemRevision.number.desc()).limit(1)
    else:
        query = query.where(ItemRevision.number == number)
    found = db.session().scalar(query)
    if found is None:
        raise NotFoundError(
            Text("没有这个草稿，或者没有这一稿。", "There is no such draft, or no such revision.")
        )
    return found


def revisions(draft_id: int, *, before: int | None = None, size: int = 30) -> list[ItemRevision]:
    """Return the revisions of a draft, the newest first, from the one before a number on."""
    query = select(ItemRevision).where(ItemRevision.draft_id == draft_id)
    if before is not None:
        query = query.where(ItemRevision.number < before)
    query = query.order_by(ItemRevision.number.desc()).limit(size)
    return list(db.session().scalars(query))


def since(draft_id: int, base: int) -> list[ItemRevision]:
    """Return the revisions after one, the newest first."""
    query = select(ItemRevision).where(
        ItemRevision.draft_id == draft_id, ItemRevision.number > base
    )
    return list(db.session().scalars(query.order_by(ItemRevision.number.desc())))


def require_fit(wanted: Files) -> None:
    """Refuse names and sizes that no bundle may have. Raises InvalidError, by the file's name."""
    wrong = {path: text for path in wanted if (text := _fault(path, wanted[path])) is not None}
    if len(wanted) > MAX_FILES:
        wrong["files"] = Text(
            f"文件不能超过{MAX_FILES}个。", f"There may be at most {MAX_FILES} files."
        )
    if sum(map(len, wanted.values())) > MAX_TOTAL_BYTES:
        wrong["files"] = Text(
            f"全部文件合计不能超过{MAX_TOTAL_BYTES // _MEGABYTE} MB。",
            f"All files together may have at most {MAX_TOTAL_BYTES // _MEGABYTE} MB.",
        )
    if not wanted:
        wrong["files"] = _NO_FILES
    if wrong:
        raise InvalidError(next(iter(wrong.values())), fields=wrong)


def _fault(path: str, content: bytes) -> Text | None:
    parts = PurePosixPath(path).parts
    tidy = PurePosixPath(path).as_posix() == path and not path.startswith("/")
    plain = path.isprintable() and "\\" not in path and len(path) <= LONGEST_PATH
    if not parts or not tidy or not plain or any(part.startswith(".") for part in parts):
        return Text(f"文件名“{path}”不允许。", f"The file name “{path}” is not allowed.")
    if not path.endswith(KINDS) and path != README:
        kinds = " ".join(KINDS)
        return Text(
            f"不认识的文件“{path}”，可以用：{kinds}。",
            f"Unknown kind of file “{path}”; these are known: {kinds}.",
        )
    if len(content) > MAX_FILE_BYTES:
        size = MAX_FILE_BYTES // _MEGABYTE
        return Text(
            f"文件“{path}”超过{size} MB，没有保存。",
            f"The file “{path}” is larger than {size} MB and was not saved.",
        )
    return None


def keep(contents: Files) -> dict[str, str]:
    """Keep contents under their hashes, each once; return the hash of each path."""
    named = {path: hashlib.sha256(data).hexdigest() for path, data in contents.items()}
    rows = {
        named[path]: {"sha256": named[path], "size": len(data), "content": data}
        for path, data in contents.items()
    }
    if rows:
        statement = insert(Blob).values(list(rows.values())).on_conflict_do_nothing()
        db.session().execute(statement)
    return named


def add_revision(
    draft: ItemDraft,
    kept: Mapping[str, str],
    before: Mapping[str, str],
    *,
    person_id: int | None,
    now: datetime,
    returned_to: int = 0,
) -> ItemRevision:
    """Write the next revision of a draft whose row is locked, or was just made."""
    changed = sorted(p for p in {*kept, *before} if kept.get(p) != before.get(p))
    kind = "returned" if returned_to else "saved" if before else "begun"
    draft.revision += 1
    draft.changed_at, draft.changed_by = now, person_id
    row = ItemRevision(
        draft_id=draft.id,
        number=draft.revision,
        files=dict(kept),
        changed=changed,
        kind=kind,
        returned_to=returned_to,
        made_at=now,
        made_by=person_id,
    )
    db.session().add(row)
    db.session().flush()
    return row
