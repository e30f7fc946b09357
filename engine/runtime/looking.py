"""Look at a stored case: what is open in it, without running anything."""

from datetime import UTC, datetime

from engine.runtime import state as states
from engine.runtime import tokens
from engine.runtime.program import Program, TokenProgram
from engine.runtime.run import _step
from engine.runtime.steps import Step


def look(program: Program, state: bytes, *, now: datetime) -> Step | None:
    """Say what is open in a stored case; None when it has ended. Raises RuntimeFault."""
    if isinstance(program, TokenProgram):
        return tokens.look(program, state, now)
    case = states.load(state, program, now.astimezone(UTC), None)
    return None if case is None else _step(case)
