"""Write a play down as a path of ``paths.yaml``, and make a play of a real case.

Of a real case only what steers the diagram is taken, and of that only what is chosen, counted or
ticked; written answers become plausible ones of the form, so that a path names nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import yaml

from engine import runtime
from engine.bpmn.joining import bare
from engine.completion import CORRECT
from engine.definitions.bundle import Reading, plain_weeks
from engine.errors import InvalidError
from engine.playing.moves import SEEN, Move, Script
from engine.runtime.trial import BEGINNING
from forms import Field, Form, plausible
from forms.text import Text

LONGEST_NAME = 100
#: Kinds of answers that say nothing of a person.
_CHOSEN = frozenset({"radio", "select", "checklist", "taglist", "checkbox", "number"})
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Deed:
    """A completed task of a real case: its step, its outcome, whose, when, what was answered."""

    element: str
    outcome: str
    department: str
    at: datetime
    answers: Mapping[str, Any]
    #: Whether the step stands in a co-handling, so that its department must be named.
    branch: bool = False
    #: What a correction notice asked for: ``(kind, target)`` of each point.
    points: Sequence[tuple[str, str]] = ()


def record(script: Script, reading: Reading, program: runtime.Program, name: Text) -> str:
    """Return one entry of ``paths.yaml`` that walks the same way and expects to end where it did.

    It is walked at once as a deployment walks it (plain weeks, from a Monday). Raises InvalidError
    when it has no name, or does not hold then.
    """
    called = Text(*(" ".join(part.split())[:LONGEST_NAME] for part in name))
    if not called.zh:
        said = Text("请给这条走法起一个名称。", "Give the path a name.")
        raise InvalidError(said, fields={"name": said})
    entry = _entry(script, reading, called)
    followed = runtime.follow(program, reading.running, entry, now=BEGINNING, workdays=plain_weeks)
    failures = followed.result.failures
    if failures or not followed.moments:
        why = failures[0] if failures else Text("没有走完。", "It was not walked.")
        raise InvalidError(
            Text(
                f"这条走法在部署时的日历上走不通：{why.zh}",
                f"This path does not hold on the calendar of a deployment: {why.en}",
            )
        )
    last = followed.moments[-1].reached
    expected: dict[str, Any] = {"status": "completed" if last.completed else "waiting"}
    if not last.completed:
        expected["waiting"] = sorted({bare(one.element) for one in last.open_tasks})
    drawn = {node.id: node for one in reading.running for node in one.nodes.values()}
    ends = [
        one for one in followed.result.visited if one in drawn and drawn[one].type == "endEvent"
    ]
    if ends:
        expected["visited"] = list(dict.fromkeys(ends))
    if not last.open_tasks and not last.completed:
        del expected["waiting"]
    entry["expect"] = expected
    return yaml.dump(
        [entry], allow_unicode=True, sort_keys=False, default_flow_style=None, width=110
    )


def _entry(script: Script, reading: Reading, name: Text) -> dict[str, Any]:
    given: dict[str, Any] = dict(_steering(script.answers, _form(reading, None), reading.names))
    if script.kind != "first":
        given["application_kind"] = script.kind
    # A path knows the diagram's side of a move: no opinion, no material, no first signature.
    moves = [_told(move, reading) for move in script.moves if "sign" not in move]
    called = {"zh": name.zh, "en": name.en} if name.en and name.en != name.zh else name.zh
    return {"name": called, "vars": given, "steps": moves}


def _told(move: Move, reading: Reading) -> dict[str, Any]:
    answers = move.get("answers")
    kept = {key: value for key, value in move.items() if key in SEEN and key != "answers"}
    if not answers:
        return kept
    steering = _steps_steering(answers, str(move["complete"]), reading)
    return {**kept, "answers": steering} if steering else kept


def _steps_steering(answers: Mapping[str, Any], element: str, reading: Reading) -> dict[str, Any]:
    """Keep what steers of a step's answers; a correction also answers the application anew."""
    found = _steering(answers, _form(reading, element), reading.names)
    step = next((one.steps[element] for one in reading.running if element in one.steps), None)
    if step is not None and step.act == CORRECT:
        found |= _steering(answers, _form(reading, None), reading.names)
    return found


def _form(reading: Reading, element: str | None) -> Form | None:
    """Find the form of a step; of the application for None."""
    if element is None:
        return reading.forms.get(reading.process.start_form or "")
    steps = (one.steps[element] for one in reading.running if element in one.steps)
    step = next(steps, None)
    return reading.forms.get(step.form or "") if step is not None else None


def _steering(
    answers: Mapping[str, Any], form: Form | None, names: frozenset[str]
) -> dict[str, Any]:
    """Keep the answers that the diagram looks at; written ones become plausible ones."""
    kept = {key: value for key, value in answers.items() if key in names}
    asked = form.by_key if form is not None else {}
    written = [key for key in kept if not _says_nothing(asked.get(key))]
    if form is not None:
        kept |= plausible.answers(form, written)
    return {key: value for key, value in kept.items() if key in asked or key not in written}


def _says_nothing(item: Field | None) -> bool:
    return item is not None and item.template in _CHOSEN


def from_case(
    received: datetime,
    kind: str,
    answers: Mapping[str, Any],
    deeds: Sequence[Deed],
    reading: Reading,
    materials: Sequence[str] = (),
) -> Script:
    """Make a play of what was done in a case: its application and its tasks, in the order given.

    Time passes between the moves as it did, in whole minutes. What came from outside (messages) is
    not in the tasks of a case and is left out.
    """
    form = _form(reading, None)
    known = frozenset(reading.names)
    moves: list[Move] = []
    now = received
    for deed in deeds:
        minutes = max(0, (deed.at - now) // _MINUTE)
        if minutes:
            moves.append({"advance": f"PT{minutes}M"})
        now = max(now, now + minutes * _MINUTE)
        moves.append(_done(deed, reading))
    return Script(received, _steering(answers, form, known), kind, tuple(moves), tuple(materials))


def _done(deed: Deed, reading: Reading) -> Move:
    move: dict[str, Any] = {"complete": deed.element}
    if deed.outcome:
        move["outcome"] = deed.outcome
    if deed.branch:
        move["for"] = deed.department
    if deed.points:
        move["corrections"] = [_point(reading, *point) for point in deed.points]
    steering = _steps_steering(deed.answers, deed.element, reading)
    return {**move, "answers": steering} if steering else move


def _point(reading: Reading, kind: str, target: str) -> dict[str, str]:
    """Name a point of a notice in the item's own words; what was written of it is left out."""
    label = Text("其他", "Other")
    form = _form(reading, None)
    if kind == "field" and form is not None and target in form.by_key:
        label = form.by_key[target].label
    material = reading.item.material(target) if reading.item is not None else None
    if kind == "material" and material is not None:
        label = material.name
    said = {"label_zh": label.zh, "label_en": label.en, "reason": plausible.PLAIN}
    return {"kind": kind, "target": target, **said}


def appended(paths: bytes | None, entry: str) -> bytes:
    """Put a path at the end of a ``paths.yaml``, which may not exist yet."""
    before = (paths or b"").decode(errors="replace").rstrip()
    return (f"{before}\n\n{entry}" if before else entry).encode()
