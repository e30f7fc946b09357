"""Write the stored cases of format 3: ``python -m tests.golden.write_v3``.

Format 3 is that of the token machine: rows instead of named fields. ``v1/alarm`` is the same story
as the code before it had stored it. Like all stored cases they are written once.
"""

import json
from pathlib import Path

from engine import runtime
from tests.engine.runtime.drawing import (
    boundary,
    chain,
    cohandling,
    end,
    gateway,
    process,
    script,
    start,
    timer,
    user,
    users,
)
from tests.engine.runtime.driving import HASH, Drive, compiled
from tests.golden.write_v1 import Story

HERE = Path(__file__).resolve().parent / "v3"


def alarm() -> Story:
    """Leave it in a co-handling, a token at the join, an event subprocess listening."""
    inside = (start("cs"), users("one", "two"), end("ce"), chain("cs", "one", "two", "ce"))
    listener = (
        '<subProcess id="ev" triggeredByEvent="true"><startEvent id="es" isInterrupting="false">'
        f"{timer('P5D')}</startEvent>{user('look')}{end('ee')}{chain('es', 'look', 'ee')}"
        "</subProcess>"
    )
    drawing = process(
        start(),
        gateway("parallel", "split"),
        gateway("parallel", "join"),
        cohandling("co", *inside),
        boundary("late", "co", "P9D", interrupting=False),
        user("urge"),
        users("a", "last"),
        script("note", "total = count(opinions)"),
        end(),
        end("e2"),
        chain("s", "split", "co", "note", "join", "last", "e"),
        chain("split", "a", "join"),
        chain("late", "urge", "e2"),
        listener,
    )
    container = compiled(drawing)
    case = Drive(runtime.load_program(container, HASH), {"parts": ["x", "y", "z"]})
    case.do("a", "fine").do("one@y", "agree").do("two@y", "disagree").do("one@z")
    rest = [
        ["do", "two@z", "agree"],
        ["later", 5],
        ["fire", "es"],
        ["do", "look", "seen"],
        ["do", "one@x", "agree"],
        ["later", 4],
        ["fire", "late"],
        ["do", "two@x", "agree"],
        ["do", "urge", None],
        ["do", "last", "done"],
    ]
    answers = ["agree", "disagree", "agree"]
    opinions = [
        {"department": part, "outcome": answer}
        for part, answer in zip(("x", "y", "z"), answers, strict=True)
    ]
    return case, container, rest, {"opinions": opinions, "total": 3, "outcome": "done"}


def write(folder: Path) -> None:
    """Write the case; refuse to touch what is there."""
    folder.mkdir(exist_ok=True)
    target = folder / "alarm.json"
    if target.exists():
        raise SystemExit(f"{target} is published and stays as it is")
    case, container, rest, data = alarm()
    story = {
        "hash": HASH,
        "now": case.now.isoformat(),
        "open": case.open,
        "waiting": sorted(case.waiting),
        "rest": rest,
        "data": data,
    }
    target.write_text(json.dumps(story, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    target.with_suffix(".program").write_bytes(container)
    target.with_suffix(".state").write_bytes(case.step.state)


if __name__ == "__main__":
    write(HERE)
