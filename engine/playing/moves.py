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
#: What a completion, or a signature under one, says besides its step.
_DONE: Final = (
    "outcome", "for", "answers", "opinion", "corrections", "new_facts", "agency", "reasons",
    "materials",
)  # fmt: skip
_WORDS: Final = ("opinion", "new_facts", "agency")
_CODES: Final = ("reasons", "materials")
#: What a point of a correction notice says.
_POINT: Final = frozenset({"kind", "target", "label_zh", "label_en", "reason"})
#: Most codes or points in one move.
MAX_CODES: Final = 200
_STEPS: Final[Mapping[str, frozenset[str]]] = {
    "complete": frozenset({"complete", *_DONE}),
    "sign": frozenset({"sign", *_DONE}),
    "message": frozenset({"message", "correlation", "data"}),
    "signal": frozenset({"signal", "data"}),
    "advance": frozenset({"advance"}),
}
#: What a diagram, and so a path of ``paths.yaml``, knows of a move.
SEEN: Final = frozenset(
    {"complete", "outcome", "for", "answers", "message", "correlation", "data", "signal", "advance"}
)
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
    #: Codes of the materials that were handed in with it.
    materials: tuple[str, ...] = ()

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
        and all(isinstance(move.get(key, ""), str) for key in _WORDS)
        and all(_are_codes(move.get(key, [])) for key in _CODES)
        and _are_points(move.get("corrections", []))
    )


def _are_codes(found: object) -> bool:
    return (
        isinstance(found, list)
        and len(found) <= MAX_CODES
        and all(isinstance(one, str) for one in found)
    )


def _are_points(found: object) -> bool:
    """Whether these are points of a correction notice, each complete and of text."""
    return (
        isinstance(found, list)
        and len(found) <= MAX_CODES
        and all(
            isinstance(one, dict)
            and set(one) == _POINT
            and all(isinstance(text, str) for text in one.values())
            for one in found
        )
    )


def write(script: Script) -> str:
    """Write a play as text."""
    return json.dumps(
        {
            "began": script.began.isoformat(),
            "kind": script.kind,
            "answers": dict(script.answers),
            "moves": [dict(move) for move in script.moves],
            "materials": list(script.materials),
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
        moves, kind, files = found["moves"], found["kind"], found.get("materials", [])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidError(_LOST) from error
    sound = isinstance(answers, dict) and isinstance(moves, list) and isinstance(kind, str)
    sound = sound and _are_codes(files)
    if not sound or began.tzinfo is None or len(moves) > MAX_MOVES or not all(map(fits, moves)):
        raise InvalidError(_LOST)
    return Script(began, answers, kind, tuple(moves), tuple(files))
