"""A real case retold as a play: what was done in it, without who and without what they wrote."""

from sqlalchemy import select

from engine import db, playing
from engine.definitions import Reading
from engine.errors import InvalidError, NotFoundError
from engine.models import Case, Correction, Event, Material, Task
from engine.playing import recording
from forms.text import Text


def script_of(number: str, reading: Reading) -> playing.Script:
    """Make a play of a case of the same item; only what steers the diagram is taken.

    Raises NotFoundError for an unknown number, InvalidError for a case of another item.
    """
    case = db.session().scalar(select(Case).where(Case.number == number.strip()))
    if case is None:
        raise NotFoundError(Text("没有这个办件编号。", "There is no case of this number."))
    if case.item_code != reading.process.item:
        wrong = Text(
            f"办件{case.number}属于另一个事项。", f"Case {case.number} is of another item."
        )
        raise InvalidError(wrong, fields={"case": wrong})
    deeds = _deeds(case)
    kind = case.application_kind
    present = select(Material.code).where(
        Material.case_id == case.id, Material.removed_at.is_(None)
    )
    codes = sorted(set(db.session().scalars(present)))
    return recording.from_case(case.received_at, kind, case.answers, deeds, reading, codes)


def _deeds(case: Case) -> list[recording.Deed]:
    """Return the completed tasks of a case in the order in which they were done."""
    done = select(Event.data["task"].as_string()).where(
        Event.case_id == case.id, Event.type == "task-completed"
    )
    order = {task: n for n, task in enumerate(db.session().scalars(done.order_by(Event.seq)))}
    completed = select(Task).where(Task.case_id == case.id, Task.state == "completed")
    tasks = [one for one in db.session().scalars(completed) if one.id in order]
    tasks.sort(key=lambda one: order[one.id])
    notices = select(Correction).where(Correction.case_id == case.id)
    points = {
        one.task_id: [(str(entry["kind"]), str(entry["target"])) for entry in one.entries]
        for one in db.session().scalars(notices)
    }
    return [
        recording.Deed(
            one.element,
            one.outcome or "",
            one.department_code or "",
            one.completed_at or one.created_at,
            one.answers,
            branch=one.cohandling_id is not None,
            points=points.get(one.id, ()),
        )
        for one in tasks
    ]
