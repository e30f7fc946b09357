"""Play a bundle on a virtual clock: what is open, for whom, until when, and what people are told.

Nothing is stored: a play is its script, and every look at it walks the script anew, through the
same runtime that moves real cases. Due times follow the calendar that is given; they explain
themselves as those of real cases do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine import runtime
from engine.definitions.bundle import Reading
from engine.definitions.compare import Words
from engine.errors import InvalidError
from engine.playing.moves import SEEN, Script
from engine.playing.record import Record
from engine.playing.scenes import Scene
from engine.playing.telling import Telling
from engine.playing.todos import Deadline
from engine.workdays import Calendar, Stop, due_at, explain, parse_limit
from forms import Form
from forms.text import Text

_CODES = Words()
#: How often a walk is begun anew because it called something that was not known yet.
MAX_CALLS = 20
#: The forms and the variables of what was called.
Beside = Callable[[runtime.Part], tuple[Mapping[str, Form], frozenset[str]]]


class Stage:
    """A bundle ready to be played on a calendar, as often as one likes."""

    def __init__(
        self,
        reading: Reading,
        digest: str,
        calendar: Calendar,
        *,
        abroad: runtime.Abroad | None = None,
        beside: Beside | None = None,
        words: Words = _CODES,
    ) -> None:
        """Take a bundle; ``beside`` tells forms and variables of what it calls of others.

        Raises InvalidError when it has errors.
        """
        if not reading.compiled or reading.item is None:
            raise InvalidError(
                Text(
                    "文件有错误，还不能试办。请先按检查结果更正。",
                    "The files have errors, so it cannot be tried yet. Correct what the check "
                    "found first.",
                )
            )
        self.reading, self.calendar, self.words = reading, calendar, words
        self.beside = beside
        program = runtime.load_program(reading.compiled, digest)
        self.program = program.calling(abroad) if abroad is not None else program

    def play(self, script: Script) -> Scene:
        """Walk a script and tell how things stand at its end."""
        reading = self.reading
        followed = self._follow(script, reading.names)
        # What was called of other items has forms and variables of its own, known once called.
        parts: tuple[runtime.Part, ...] = ()
        for _ in range(MAX_CALLS):
            if followed.parts == parts:
                break
            parts, reading = followed.parts, self._joined(followed.parts)
            followed = self._follow(script, reading.names)
        record = Record.begin(reading, self.calendar, script)
        return Telling(record, self.deadline, self.words).scene(script, followed)

    def _follow(self, script: Script, names: frozenset[str]) -> runtime.Followed:
        given = {key: value for key, value in script.answers.items() if key in names}
        path = {
            "vars": {**given, "application_kind": script.kind},
            "steps": [_as_step(move, names) for move in script.moves],
        }
        return runtime.follow(
            self.program, self.reading.running, path, now=script.began, workdays=self.working_time
        )

    def _joined(self, parts: Sequence[runtime.Part]) -> Reading:
        """Look at the bundle with what it has called of others, under the names it has there."""
        forms, names = dict(self.reading.forms), self.reading.names
        for part in parts:
            found, known = self.beside(part) if self.beside is not None else ({}, frozenset())
            forms |= {part.prefix + name: form for name, form in found.items()}
            names |= known
        return replace(self.reading, forms=forms, names=names)

    def working_time(self, start: datetime, duration: str) -> datetime:
        """Return when a working duration (``P5WD``, ``PT4WH``) ends on the calendar."""
        return due_at(self.calendar, start, parse_limit(duration)).at

    def deadline(
        self, name: Text, start: datetime, limit: str, stops: Sequence[Stop] = ()
    ) -> Deadline:
        """Compute a due time that explains itself."""
        due = due_at(self.calendar, start, parse_limit(limit), stops=stops)
        return Deadline(name, due.at, explain(due))


def _as_step(move: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return what the diagram sees of a move; a first signature leaves it where it is.

    Answers that it does not look at never enter the engine.
    """
    if "sign" in move:
        return {"expect": {}}
    answers = {k: v for k, v in (move.get("answers") or {}).items() if k in names}
    kept = {key: value for key, value in move.items() if key in SEEN and key != "answers"}
    return {**kept, "answers": answers} if answers else kept
