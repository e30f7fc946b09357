"""What somebody did in a play: the start and every move after it, as text that a page can carry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from engine.errors import InvalidError
from forms.text import Text

#: What may be applied for.
KINDS: Final[Mapping[str, Text]] = {
    "first": Text("首次申请", "First application"),
    "renewal": Text("延续", "Renewal"),
    "change": Text("变更", "Change"),
    "reissue": Text("补证", "Re-issue"),
}
#: Most moves of one play, and the longest it may be as text.
MAX_MOVES: Final = 200
MAX_TEXT: Final = 400_000
_STEPS: Final[Mapping[str, frozenset[str]]] = {
    "complete": frozenset({"complete", "outcome", "for", "answers"}),
    "message": frozenset({"message", "correlation", "data"}),
    "signal": frozenset({"signal", "data"}),
    "advance": frozenset({"advance"}),
}
_LOST: Final = Text(
    "试办的步骤无法读取，请重新开始。", "The moves of this trial cannot be read; please start over."
)
Move = Mapping[str, Any]


@dataclass(frozen=True)
class Script:
    """A play so far: when it began, what the application said, and the moves in order."""

    began: datetime
    #: All answers of the application form.
    answers: Mapping[str, Any] = field(default_factory=dict)
    #: ``first``, ``renewal``…: what is applied for.
    kind: str = "first"
    moves: tuple[Move, ...] = ()

    def then(self, move: Move) -> "Script":
        """Go on by one move. Raises InvalidError when there are too many."""
        if len(self.moves) >= MAX_MOVES:
            raise InvalidError(
                Text(
                    f"一次试办最多{MAX_MOVES}步，请重新开始。",
                    f"A trial has at most {MAX_MOVES} moves; please start over.",
                )
            )
        return replace(self, moves=(*self.moves, move))

    def back(self) -> "Script":
        """Take the last move back; the start itself stays."""
        return replace(self, moves=self.moves[:-1])


def fits(move: object) -> bool:
    """Whether a move is one that a play can make."""
    if not isinstance(move, dict):
        return False
    kinds = [kind for kind in _STEPS if kind in move]
    return (
        len(kinds) == 1
        and set(move) <= _STEPS[kinds[0]]
        and isinstance(move[kinds[0]], str)
        and all(isinstance(move.get(key, {}), dict) for key in ("answers", "data"))
    )


def write(script: Script) -> str:
    """Write a play as text."""
    return json.dumps(
        {
            "began": script.began.isoformat(),
            "kind": script.kind,
            "answers": dict(script.answers),
            "moves": [dict(move) for move in script.moves],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def read(text: str) -> Script:
    """Read what ``write`` wrote. Raises InvalidError for anything else."""
    try:
        found = json.loads(text) if len(text) <= MAX_TEXT else None
        if not isinstance(found, dict):
            raise InvalidError(_LOST)
        began, answers = datetime.fromisoformat(found["began"]), found["answers"]
        moves, kind = found["moves"], found["kind"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidError(_LOST) from error
    sound = isinstance(answers, dict) and isinstance(moves, list) and isinstance(kind, str)
    if not sound or began.tzinfo is None or len(moves) > MAX_MOVES or not all(map(fits, moves)):
        raise InvalidError(_LOST)
    return Script(began, answers, kind, tuple(moves))
