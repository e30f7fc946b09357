"""Materials: uploaded files, told apart by their content, kept for as long as the case."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from engine import db, events
from engine.definitions import Bundle, bundle
from engine.definitions.item import Material as Wanted
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import Blob, Case, Draft, Material, Task
from engine.permissions import APPLICANT_ROLE, Actor, may_see_case, no_such_case
from forms import uploads
from forms.text import Text

MAX_PER_MATERIAL = 20
MEGABYTE = 1_000_000
#: Acts of the applicant during which files may be added to a case.
OPEN_ACTS = ("correct", "rectify")
#: A file that was looked at: the material it is for, what it is, its content.
_File = tuple[str, uploads.Accepted, bytes]


def wanted(of: Bundle, code: str) -> Wanted:
    """Return what an item says of one of its materials. Raises NotFoundError."""
    found = next((m for m in of.item.materials if m.code == code), None)
    if found is None:
        raise NotFoundError(
            Text("这个事项没有这项材料。", "This item does not ask for such a material.")
        )
    return found


def _accept(of: Bundle, code: str, file_name: str, data: bytes) -> uploads.Accepted:
    material = wanted(of, code)
    result = uploads.check_upload(
        file_name, data, allowed=material.types, max_bytes=material.max_mb * MEGABYTE
    )
    if isinstance(result, Text):
        raise InvalidError(result, fields={code: result})
    return result


def _store(files: Iterable[_File]) -> None:
    """Keep contents, each once, whoever has brought them before."""
    rows = {
        accepted.sha256: {"sha256": accepted.sha256, "size": accepted.size, "content": data}
        for _, accepted, data in files
    }
    statement = insert(Blob).values([rows[sha256] for sha256 in sorted(rows)])
    db.session().execute(statement.on_conflict_do_nothing())


def add_to_draft(
    draft: Draft, code: str, upload: tuple[str, bytes], *, actor: Actor, now: datetime
) -> Material:
    """Add a file (name, content) to a draft.

    Raises InvalidError naming what is wrong with it, ConflictError once the draft was submitted.
    """
    [added] = add_all_to_draft(draft, [(code, upload)], actor=actor, now=now)
    return added


def add_all_to_draft(
    draft: Draft, files: Iterable[tuple[str, tuple[str, bytes]]], *, actor: Actor, now: datetime
) -> list[Material]:
    """Add several files to a draft, each with the code of its material: all of them, or none.

    Raises InvalidError naming what is wrong with one, ConflictError once the draft was submitted.
    """
    if draft.case_id is not None:
        raise ConflictError(
            Text(
                "这份申请已经提交，不能再添加材料。",
                "This application was submitted; no more files can be added to it.",
            )
        )
    of = bundle(draft.version_id)
    looked_at = [(code, _accept(of, code, *upload), upload[1]) for code, upload in files]
    present = [material.code for material in of_draft(draft)]
    for code, _, _ in looked_at:
        _refuse_too_many(present, code)
        present.append(code)
    made = [Material(draft_id=draft.id) for _ in looked_at]
    return _add(made, looked_at, actor=actor, now=now)


def add_to_case(
    case: Case, code: str, upload: tuple[str, bytes], *, actor: Actor, now: datetime
) -> Material:
    """Add a file to a case while its applicant is asked to correct or rectify.

    Raises InvalidError, or ConflictError when nothing is asked of the applicant.
    """
    if actor.person_id != case.applicant_id:
        raise no_such_case()
    _require_applicants_turn(case)
    accepted = _accept(bundle(case.version_id), code, *upload)
    _refuse_too_many([material.code for material in of_case(case)], code)
    file = (code, accepted, upload[1])
    [material] = _add([Material(case_id=case.id)], [file], actor=actor, now=now)
    events.of_case(
        case, "material-added", actor, now, code=code, file=accepted.name, sha256=material.sha256
    )
    return material


def _refuse_too_many(present: Sequence[str], code: str) -> None:
    if present.count(code) >= MAX_PER_MATERIAL:
        text = Text(
            f"每项材料最多{MAX_PER_MATERIAL}个文件，请合并后再上传。",
            f"A material takes at most {MAX_PER_MATERIAL} files. Merge some of them.",
        )
        raise InvalidError(text, fields={code: text})


def _require_applicants_turn(case: Case) -> None:
    query = select(Task.id).where(
        Task.case_id == case.id,
        Task.state == "open",
        Task.role == APPLICANT_ROLE,
        Task.act.in_(OPEN_ACTS),
    )
    if db.session().scalar(query.limit(1)) is None:
        raise ConflictError(
            Text(
                "现在不能更改材料：办件没有要求您补正或整改。",
                "The materials cannot be changed now: nothing is being asked of you.",
            )
        )


def _add(
    made: list[Material], files: Sequence[_File], *, actor: Actor, now: datetime
) -> list[Material]:
    if files:
        _store(files)
    for material, (code, accepted, _) in zip(made, files, strict=True):
        material.code, material.file_name = code, accepted.name
        material.content_type, material.size = accepted.kind.media_type, accepted.size
        material.sha256, material.uploaded_at = accepted.sha256, now
        material.uploaded_by = actor.person_id or 0
    db.session().add_all(made)
    db.session().flush()
    return made


def of_draft(draft: Draft) -> list[Material]:
    """Return the files of a draft, in the order they came."""
    return _listed(Material.draft_id == draft.id)


def changed_at(draft: Draft) -> datetime:
    """Return when an application was last written on: an answer, a file added or taken out."""
    latest = func.max(func.greatest(Material.uploaded_at, Material.removed_at))
    files = db.session().scalar(select(latest).where(Material.draft_id == draft.id))
    return max(draft.saved_at, files) if files is not None else draft.saved_at


def of_case(case: Case) -> list[Material]:
    """Return the files of a case that count now, in the order they came."""
    return _listed(Material.case_id == case.id)


def _listed(condition: object) -> list[Material]:
    query = select(Material).where(condition, Material.removed_at.is_(None))  # type: ignore[arg-type]
    return list(db.session().scalars(query.order_by(Material.id)))


def remove(material_id: int, *, actor: Actor, now: datetime) -> Material:
    """Take a file out of a draft, or out of a case that is being corrected; it stays on record.

    Raises NotFoundError, ConflictError.
    """
    material = db.session().get(Material, material_id)
    if material is None or material.removed_at is not None or not _owns(actor, material):
        raise _no_such_material()
    if material.case_id is not None:
        case = db.session().get_one(Case, material.case_id)
        _require_applicants_turn(case)
        events.of_case(
            case,
            "material-removed",
            actor,
            now,
            code=material.code,
            file=material.file_name,
            sha256=material.sha256,
        )
    material.removed_at = now
    return material


def _owns(actor: Actor, material: Material) -> bool:
    session = db.session()
    if material.case_id is not None:
        return session.get_one(Case, material.case_id).applicant_id == actor.person_id
    draft = session.get(Draft, material.draft_id) if material.draft_id is not None else None
    return draft is not None and draft.applicant_id == actor.person_id


def content(material_id: int, *, actor: Actor) -> tuple[Material, bytes]:
    """Return a file for whoever may see the case or draft it belongs to. Raises NotFoundError."""
    session = db.session()
    material = session.get(Material, material_id)
    if material is None:
        raise _no_such_material()
    if material.case_id is None:
        allowed = _owns(actor, material)
    else:
        case = session.get_one(Case, material.case_id)
        allowed = may_see_case(actor, case, departments_asked(case))
    if not allowed:
        raise _no_such_material()
    return material, session.get_one(Blob, material.sha256).content


def departments_asked(case: Case) -> frozenset[str]:
    """Return the departments that have or had work in a case."""
    query = select(Task.department_code).where(Task.case_id == case.id).distinct()
    return frozenset(code for code in db.session().scalars(query) if code)


def _no_such_material() -> NotFoundError:
    return NotFoundError(Text("没有找到这份材料。", "No such material was found."))
