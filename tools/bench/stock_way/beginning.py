"""Cases of the reference model in the stand-in's tables, all at the step that is measured.

One is walked there by the stock library and written row by row; the others are copies made by the
database, with guids of their own. Data is the same, so they share it.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, create_engine, insert, text

from tools.bench import model, stock
from tools.bench.stock_way import doors, keeping
from tools.bench.stock_way.rows import (
    Base,
    Case,
    Data,
    Event,
    Group,
    HumanTask,
    Inclusion,
    Membership,
    Permission,
    Person,
    Principal,
    Process,
    ProcessDefinition,
    Queued,
    Target,
    Task,
    TaskDefinition,
)

STEP: Final = "T6"
LOGIN: Final = "wang.clerk"
DEPARTMENTS: Final = 5
_STORY: Final = 1
_ME: Final = 1
#: A process of a copy has the number of the story's, after the number of the copy.
_ROOM: Final = 100
_GUID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
#: How a copy's value is made, by table and column; the others are the story's.
_OWN: Final[Mapping[str, Mapping[str, str]]] = {
    "process": {
        "id": "made.n * :room + source.id",
        "guid": "GUIDS(source.guid)",
        "top_id": "made.n * :room + source.top_id",
        "properties": "GUIDS(source.properties)::json",
    },
    "process_instance": {"id": "made.n", "process_id": "made.n * :room + source.process_id"},
    "task": {
        "guid": "GUIDS(source.guid)",
        "process_id": "made.n * :room + source.process_id",
        "case_id": "made.n",
        "properties": "GUIDS(source.properties)::json",
        "runtime_info": "GUIDS(source.runtime_info)::json",
    },
    "human_task": {"case_id": "made.n", "task_guid": "GUIDS(source.task_guid)"},
    "process_instance_event": {"case_id": "made.n", "task_guid": "GUIDS(source.task_guid)"},
    "queued": {"case_id": "made.n"},
}


def begin(url: str, number: int) -> list[str]:
    """Make the tables and so many cases; return the addresses of the tasks that wait."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        _write_people(connection)
        _write_story(connection, _walked())
        _copy(connection, number)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze)"))
    with engine.connect() as connection:
        waiting = connection.execute(
            text("select case_id, task_guid from human_task where not completed order by case_id")
        )
        found = [f"{case}/{guid}" for case, guid in waiting]
    engine.dispose()
    return found


def _walked() -> Any:
    """Begin a case and complete tasks up to the step."""
    tree = stock.begun(model.approval(stock=True), model.PROCESS)
    while (task := stock.ready(tree)[0]).task_spec.name != STEP:
        name = task.task_spec.name
        filled = model.application(DEPARTMENTS) if name == "T1" else model.answers(name)
        task.task_spec.add_data_from_form(task, filled)
        task.run()
        tree.do_engine_steps()
    return tree


# --- the story ------------------------------------------------------------------------------------
def _write_people(connection: Connection) -> None:
    """One person in one group, which may do everything with tasks."""
    group = insert(Group).values(identifier="everybody").returning(Group.id)
    group_id = connection.execute(group).scalar_one()
    me = {"id": _ME, "username": LOGIN, "service": doors.SERVICE, "service_id": LOGIN}
    connection.execute(insert(Person).values(me))
    connection.execute(insert(Membership).values(person_id=_ME, group_id=group_id))
    connection.execute(insert(Principal).values(person_id=_ME))
    principal = insert(Principal).values(group_id=group_id).returning(Principal.id)
    target = insert(Target).values(uri="/v1.0/tasks/%").returning(Target.id)
    connection.execute(
        insert(Permission).values(
            principal_id=connection.execute(principal).scalar_one(),
            target_id=connection.execute(target).scalar_one(),
            act="create",
            grant="permit",
        )
    )


def _write_story(connection: Connection, tree: Any) -> None:
    """Write the rows of a case as it stands."""
    said = stock.SERIALIZER.to_dict(tree)
    specs = {"": said.pop("spec"), **said.pop("subprocess_specs")}
    processes = {None: said, **said.pop("subprocesses")}
    nodes = _write_definitions(connection, list(specs.values()))
    tasks = [
        {"of": number, **task}
        for number, process in enumerate(processes.values(), start=1)
        for task in process.pop("tasks").values()
    ]
    contents = [one["data"] for one in (*processes.values(), *tasks)]
    kept = {keeping.digest(one): one for one in contents}
    rows = [{"hash": key, "content": content} for key, content in kept.items()]
    connection.execute(insert(Data).values(rows))
    numbers = {spec["name"]: number for number, spec in enumerate(specs.values(), start=1)}
    for number, (guid, process) in enumerate(processes.items(), start=1):
        connection.execute(
            insert(Process).values(
                id=number,
                guid=guid,
                definition_id=numbers[process.get("spec", specs[""]["name"])],
                top_id=None if guid is None else 1,
                data_hash=keeping.digest(process.pop("data")),
                properties=process,
            )
        )
    _write_case(connection)
    for task in tasks:
        _write_task(connection, tree.get_task_from_id(uuid.UUID(task["id"])), task, nodes)


def _write_definitions(
    connection: Connection, specs: list[dict[str, Any]]
) -> dict[tuple[str, str], int]:
    """Write the definitions, the process first; return the numbers of their nodes."""
    found: dict[tuple[str, str], int] = {}
    for number, spec in enumerate(specs, start=1):
        rest = {key: value for key, value in spec.items() if key != "task_specs"}
        values = {"id": number, "identifier": spec["name"], "properties": rest}
        connection.execute(insert(ProcessDefinition).values(values))
        if number > 1:
            connection.execute(insert(Inclusion).values(parent_id=1, child_id=number))
        for name, node in spec["task_specs"].items():
            values = {"definition_id": number, "identifier": name, "properties": node}
            asked = insert(TaskDefinition).values(values).returning(TaskDefinition.id)
            found[spec["name"], name] = connection.execute(asked).scalar_one()
    return found


def _write_case(connection: Connection) -> None:
    values = {"model": model.PROCESS, "initiator_id": _ME, "definition_id": 1, "process_id": 1}
    status = "user_input_required"
    connection.execute(insert(Case).values(id=_STORY, status=status, task_updated_at=0, **values))
    connection.execute(insert(Queued).values(case_id=_STORY, run_at=0, status=status))


def _write_task(
    connection: Connection, task: Any, said: dict[str, Any], nodes: Mapping[tuple[str, str], int]
) -> None:
    """Write the row of a task; for one of a person also that it waits, or that it is done."""
    guid, state = said["id"], stock.state_name(task.state)
    process, data = said.pop("of"), said.pop("data")
    connection.execute(
        insert(Task).values(
            guid=guid,
            process_id=process,
            case_id=_STORY,
            definition_id=nodes[task.workflow.spec.name, task.task_spec.name],
            state=state,
            properties=said,
            data_hash=keeping.digest(data),
            runtime_info=task.task_spec.task_info(task),
        )
    )
    done = task.state == stock.COMPLETED
    if done:
        told = {"kind": "task_completed", "person_id": _ME, "happened_at": task.last_state_change}
        connection.execute(insert(Event).values(case_id=_STORY, task_guid=guid, **told))
    if task.task_spec.manual and (done or task.state == stock.READY):
        values = {"case_id": _STORY, "task_guid": guid, "name": task.task_spec.bpmn_id}
        more = {"kind": type(task.task_spec).__name__, "status": state, "completed": done}
        connection.execute(insert(HumanTask).values(**values, **more))


# --- the copies -----------------------------------------------------------------------------------
def _copy(connection: Connection, number: int) -> None:
    for table, own in _OWN.items():
        columns = [
            column.name
            for column in Base.metadata.tables[table].columns
            if column.name in own or column.name != "id"
        ]
        values = ", ".join(own.get(name, f'source."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        story = "source.id" if table == "process_instance" else "source.case_id"
        where = "true" if table == "process" else f"{story} = {_STORY}"
        connection.execute(
            text(
                f"insert into {table} ({names}) select {_guids(values)} from {table} source "  # noqa: S608 - our own names
                f"cross join generate_series(2, :number) made(n) where {where}"
            ),
            {"number": number, "room": _ROOM} if ":room" in values else {"number": number},
        )
    everybody = text("insert into human_task_owner select id, :me from human_task")
    connection.execute(everybody, {"me": _ME})


def _guids(values: str) -> str:
    """Let each guid begin with the number of the copy."""
    renamed = f"regexp_replace(\\1::text, '{_GUID}', lpad(to_hex(made.n), 8, '0') || '\\\\1', 'g')"
    return re.sub(r"GUIDS\(([a-z_.]+)\)", renamed, values)
