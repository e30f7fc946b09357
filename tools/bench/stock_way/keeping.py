"""What a step has changed in a case's tree, kept in its rows."""

import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from tools.bench import stock
from tools.bench.stock_way.loading import Loaded
from tools.bench.stock_way.rows import Data, Event, HumanTask, Message, Owner, Person, Task, session


def digest(content: Mapping[str, Any]) -> str:
    """Return the key of data: equal contents have one row."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Keeper:
    """Notes the tasks that changed in one run of a case, and writes them together."""

    def __init__(self, loaded: Loaded, person: Person) -> None:
        self.loaded, self.person = loaded, person
        self.began_at = time.time()
        self.known: dict[str, Task] = {}
        self.made: list[Task] = []
        self.events: dict[str, Event] = {}
        self.contents: dict[str, Any] = {}

    def note(self, task: Any, row: Task | None = None) -> Task:
        """Bring a task's row, and that of its process, up to what the tree says."""
        guid = str(task.id)
        row = row or self.known.get(guid) or self._row(task)
        self.known[guid] = row
        properties = stock.SERIALIZER.to_dict(task)
        row.data_hash = self._keep(properties.pop("data"), row.data_hash)
        row.properties, row.state = properties, stock.state_name(task.state)
        row.runtime_info = task.task_spec.task_info(task)
        self._note_process(task.workflow)
        if task.state in (stock.COMPLETED, stock.CANCELLED):
            self._tell(guid, f"task_{row.state.lower()}", task.last_state_change)
        return row

    def _row(self, task: Any) -> Task:
        """Find a task's row, or make one."""
        found = session.query(Task).filter_by(guid=str(task.id)).first()
        if found is not None:
            return found
        case = self.loaded.case
        node = self.loaded.definitions[task.workflow.spec.name][task.task_spec.name]
        made = Task(
            guid=str(task.id), process_id=case.process_id, case_id=case.id, definition_id=node
        )
        self.made.append(made)
        return made

    def _note_process(self, tree: Any) -> None:
        process = self.loaded.case.process
        process.data_hash = self._keep(stock.SERIALIZER.to_dict(tree.data), process.data_hash)
        last = str(tree.last_task.id) if tree.last_task else None
        process.properties = {**process.properties, "last_task": last, "success": tree.success}

    def _keep(self, content: dict[str, Any], before: str | None) -> str:
        """Return the key of data; note the data if it is not that of before."""
        key = digest(content)
        if key != before:
            self.contents[key] = content
        return key

    def _tell(self, guid: str, kind: str, changed_at: float) -> None:
        """Note the event of a task that has ended in this run, once."""
        if changed_at >= self.began_at and guid not in self.events:
            self.events[guid] = Event(
                case_id=self.loaded.case.id,
                task_guid=guid,
                kind=kind,
                person_id=self.person.id,
                happened_at=changed_at,
            )

    def write(self) -> None:
        """Write the new rows: tasks, events, and data that is not there yet."""
        session.add_all([*self.made, *self.events.values()])
        rows = [{"hash": key, "content": content} for key, content in self.contents.items()]
        if rows:
            session.execute(insert(Data).values(rows).on_conflict_do_nothing())


def complete(loaded: Loaded, task: Any, human: HumanTask, person: Person) -> None:
    """Complete a task of somebody and keep what that changed, up to the first automatic step."""
    row = session.query(Task).filter_by(guid=str(task.id)).one()
    keeper = Keeper(loaded, person)
    row.started_at = keeper.began_at
    loaded.tree.run_task_from_id(task.id)
    row.ended_at = time.time()
    human.completed, human.completed_by_id = True, person.id
    human.status = stock.state_name(task.state)
    keeper.note(task, row)
    for changed in loaded.tree.get_tasks(updated_ts=keeper.began_at):
        if changed.id != task.id:
            keeper.note(changed)
    keeper.write()
    _note_case(loaded)


def run_on(loaded: Loaded, person: Person) -> None:
    """Run what is automatic and keep it, with every task that is not over yet."""
    keeper = Keeper(loaded, person)
    tree = loaded.tree
    tree.refresh_timers()
    while steps := [one for one in tree.get_tasks(state=stock.READY) if not one.task_spec.manual]:
        for step in steps:
            _run(keeper, step)
        tree.refresh_timers()
    _awaited(loaded)
    for task in tree.get_tasks(state=stock.NOT_FINISHED | stock.CANCELLED):
        keeper.note(task)
    keeper.write()
    _note_case(loaded)


def _run(keeper: Keeper, step: Any) -> None:
    began = time.time()
    step.run()
    row = keeper.note(step)
    row.started_at, row.ended_at = began, time.time()
    keeper.loaded.case.task_updated_at = round(row.ended_at)


def _awaited(loaded: Loaded) -> None:
    """Cancel the messages that the case does not wait for any more."""
    names = {event.name for event in loaded.tree.waiting_events()}
    waiting = session.query(Message).filter_by(case_id=loaded.case.id, status="ready")
    for message in waiting:
        if message.name not in names:
            message.status = "cancelled"


def _note_case(loaded: Loaded) -> None:
    """Keep the state of the case and the tasks that wait for somebody."""
    case, waiting = loaded.case, stock.ready(loaded.tree)
    case.status = _status(loaded.tree, waiting)
    asked = session.query(HumanTask).filter_by(case_id=case.id, completed=False)
    before = {one.task_guid: one for one in asked}
    for task in waiting:
        if before.pop(str(task.id), None) is None:
            session.add(_human_task(loaded, task))
    for ended in before.values():
        ended.completed = True


def _status(tree: Any, waiting: list[Any]) -> str:
    if tree.is_completed():
        return "complete"
    return "user_input_required" if waiting else "running"


def _human_task(loaded: Loaded, task: Any) -> HumanTask:
    """Make the row of a task that begins to wait; whoever began the case may complete it."""
    row = session.query(Task).filter_by(guid=str(task.id)).one()
    return HumanTask(
        case_id=loaded.case.id,
        task_guid=row.guid,
        name=task.task_spec.bpmn_id,
        title=task.task_spec.bpmn_name,
        kind=type(task.task_spec).__name__,
        status=stock.state_name(task.state),
        completed=False,
        allowed=[Owner(person_id=loaded.case.initiator_id)],
    )
