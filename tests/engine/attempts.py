"""Run an attack and watch what it does: code, files, network, time, and what comes back."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engine import bpmn, runtime
from engine.errors import EngineError
from tests.engine.runtime.driving import MORNING

#: What no attack may ever see.
SECRET = "canary-5f2e9c"
#: Processor seconds that any attack may take.
SECONDS = 5.0

#: Events of the interpreter that mean that something got out.
_FORBIDDEN = (
    "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "subprocess.Popen",
    "socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request", "ctypes.dlopen",
    "os.putenv", "os.unsetenv", "os.remove", "os.rename", "os.mkdir", "os.listdir", "os.scandir",
    "pickle.find_class", "shutil.copyfile", "code.__new__", "builtins.input",
)  # fmt: skip


class _Watch:
    """The interpreter's own watch; it cannot be taken off again, so it is switched."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        text = event == "compile" and str(arguments[1]).startswith("<")  # not a module's file
        foreign = event == "open" and _is_foreign(arguments)
        if text or foreign or event.startswith(_FORBIDDEN):
            self.seen.append(f"{event} {arguments!r}"[:200])


def _is_foreign(arguments: tuple[Any, ...]) -> bool:
    # Python's own modules and the table of time zones may be opened late.
    place = str(arguments[0])
    return not any(part in place for part in (sys.prefix, sys.base_prefix, "zoneinfo", "tzdata"))


_WATCH = _Watch()


@contextmanager
def watched() -> Iterator[None]:
    """Fail when anything but computing was done, or too much of that."""
    _WATCH.seen.clear()
    start = time.process_time()
    _WATCH.on = True
    try:
        yield
    finally:
        _WATCH.on = False
        spent = time.process_time() - start
    assert _WATCH.seen == []
    assert spent < SECONDS


def attempt(attack: Callable[[], object]) -> object:
    """Carry out an attack; a refusal by the product's own errors is given back as the result."""
    with watched():
        try:
            found = attack()
        except EngineError as error:
            found = error.message
    assert SECRET not in repr(found)
    return found


def run(drawing: bytes, variables: dict[str, Any] | None = None) -> object:
    """Do with a drawing what deployment and the first step of a case do.

    What the check says does not stop it: the runtime has to hold by itself too.
    """
    diagram, problems = bpmn.read(drawing, "x.bpmn")
    if diagram is None:
        return problems
    found = bpmn.check(diagram, forms={}, decisions={})
    program = runtime.load_program(runtime.build(diagram, {}), "hash")
    step = runtime.start(program, variables or {}, now=MORNING)
    return found, [task.element for task in step.open_tasks], step.state
