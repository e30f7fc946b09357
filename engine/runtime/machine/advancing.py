"""One advance of a world: act, run until all waits, store; nothing given in is changed."""

from collections.abc import Callable
from typing import Any

from engine.errors import EngineError
from engine.runtime.errors import RuntimeFault
from engine.runtime.machine.core import Machine
from engine.runtime.machine.records import dump
from forms.text import Text


def advance(
    machine: Machine,
    act: Callable[[Machine], Any],
    last: Callable[[Machine], None] | None = None,
) -> tuple[Any, bytes]:
    """Act, run until all waits, and store; whatever goes wrong becomes a RuntimeFault.

    ``last`` is done when all waits, before it is stored.
    """
    try:
        answer = act(machine)
        machine.settle()
        if last is not None:
            last(machine)
        return answer, dump(machine.world)
    except EngineError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise RuntimeFault(
            Text(f"流程无法继续（{kind}）。", f"The run cannot go on ({kind})."),
            element=machine.current.id if machine.current else None,
        ) from error
