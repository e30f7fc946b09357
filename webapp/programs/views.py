"""The calls of programs outside: fetch work, end it, fail at it, keep it longer, give it back."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from engine import db, programs
from webapp import visitor
from webapp.doors import machines_only
from webapp.modeler.answers import refusal
from webapp.programs import answers, asking, polling
from webapp.programs.routes import serve, task


@serve("external-task/fetchAndLock")
@machines_only
def fetch_and_lock() -> ResponseReturnValue:
    """Give out tasks, at once or as soon as there are some."""
    return jsonify(polling.poll(asking.poll(), visitor.actor()))


@task("complete")
@machines_only
def complete_task(task_id: str) -> ResponseReturnValue:
    """End a task as done; what the program found goes on with the case."""
    given = asking.sent()
    found = asking.results(given)
    with db.transaction():
        programs.complete(task_id, asking.worker(given), found, actor=visitor.actor(), now=db.now())
    return answers.done()


@task("failure")
@machines_only
def fail_task(task_id: str) -> ResponseReturnValue:
    """Note that an attempt failed, and when the next one is to be made."""
    given = asking.sent()
    report = programs.Report(
        message=asking.text(given, "errorMessage"),
        details=asking.text(given, "errorDetails"),
        retries=asking.number(given, "retries", 0),
        wait=asking.span(given, "retryTimeout", 0),
    )
    with db.transaction():
        programs.fail(task_id, asking.worker(given), report, actor=visitor.actor(), now=db.now())
    return answers.done()


@task("bpmnError")
@machines_only
def throw_error(task_id: str) -> ResponseReturnValue:
    """End a task with an error that the diagram catches."""
    given = asking.sent()
    thrown = programs.Thrown(
        code=asking.text(given, "errorCode", needed=True),
        message=asking.text(given, "errorMessage"),
        given=asking.results(given),
    )
    with db.transaction():
        programs.throw(task_id, asking.worker(given), thrown, actor=visitor.actor(), now=db.now())
    return answers.done()


@task("extendLock")
@machines_only
def extend_lock(task_id: str) -> ResponseReturnValue:
    """Lock a task for longer."""
    given = asking.sent()
    longer = asking.span(given, "newDuration")
    with db.transaction():
        programs.extend(task_id, asking.worker(given), longer, actor=visitor.actor(), now=db.now())
    return answers.done()


@task("lock")
@machines_only
def lock_task(task_id: str) -> ResponseReturnValue:
    """Lock one task that the program knows."""
    given = asking.sent()
    length = asking.span(given, "lockDuration")
    with db.transaction():
        programs.lock(task_id, asking.worker(given), length, actor=visitor.actor(), now=db.now())
    return answers.done()


@task("unlock")
@machines_only
def unlock_task(task_id: str) -> ResponseReturnValue:
    """Give a task back; nothing is sent with it."""
    with db.transaction():
        programs.unlock(task_id, actor=visitor.actor(), now=db.now())
    return answers.done()


@serve("execution/<string:execution>/localVariables/<string:name>/data", "GET")
@machines_only
def file_of_variable(execution: str, name: str) -> ResponseReturnValue:
    """Say that there is no such file: variables of diagrams hold data, never files."""
    said = f"Execution variable with name {name} of {execution} holds no file"
    return refusal(404, "InvalidRequestException", said)
