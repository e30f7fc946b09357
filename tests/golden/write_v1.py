"""Write the stored cases of format 1: ``python -m tests.golden.write_v1``.

They are written once, when a format is published, and never again: later code must still load and
finish them. A new format gets a folder and a script of its own.
"""

import json
from pathlib import Path
from typing import Any

from engine import runtime
from tests.engine.runtime.drawing import (
    boundary,
    catch,
    chain,
    cohandling,
    end,
    flow,
    gateway,
    process,
    script,
    start,
    subprocess,
    user,
    users,
)
from tests.engine.runtime.driving import HASH, Drive, compiled

#: A case, its compiled program, the steps that finish it, and the data it ends with.
Story = tuple[Drive, bytes, list[list[Any]], dict[str, Any]]

HERE = Path(__file__).resolve().parent / "v1"
ITEMS = Path(__file__).resolve().parents[2] / "processes"


def everything() -> bytes:
    """Draw one process with all that we run."""
    inside = (start("cs"), users("one", "two"), end("ce"), chain("cs", "one", "two", "ce"))
    return process(
        start("Start"),
        gateway("parallel", "split"),
        gateway("parallel", "join"),
        cohandling("co", *inside),
        gateway("inclusive", "some"),
        gateway("inclusive", "met"),
        users("a", "b", "c", "urge", "last"),
        boundary("late", "c", "P5D", interrupting=False),
        boundary("over", "co", "P9D"),
        user("gone"),
        subprocess("sub", start("ss"), user("inner"), end("se"), chain("ss", "inner", "se")),
        catch("rest", "P1D"),
        script("note", "total = count(opinions)"),
        end("End"),
        end("e2"),
        gateway("exclusive", "either"),
        chain("Start", "split", "co", "note", "either", "join", "rest", "last", "End"),
        chain("over", "gone", "either"),
        chain("split", "some"),
        flow("some", "a", "true"),
        flow("some", "b", "count(parts) > 2"),
        chain("a", "met"),
        chain("b", "met", "join"),
        chain("split", "c", "sub", "join"),
        chain("late", "urge", "e2"),
    )


def busy() -> Story:
    """Bring it half way: tokens wait at both joins, one department is done, a timer is due."""
    container = compiled(everything())
    case = Drive(runtime.load_program(container, HASH), {"parts": ["x", "y", "z"]})
    case.do("a").do("one@y", "agree").do("two@y", "disagree").do("one@z").do("c")
    rest = [
        ["do", "two@z", "agree"],
        ["do", "b", None],
        ["do", "inner", None],
        ["do", "one@x", "agree"],
        ["do", "two@x", "agree"],
        ["later", 1],
        ["fire", "rest"],
        ["do", "last", "done"],
    ]
    answers = ["agree", "disagree", "agree"]
    opinions = [
        {"department": part, "outcome": answer}
        for part, answer in zip(("x", "y", "z"), answers, strict=True)
    ]
    return case, container, rest, {"opinions": opinions, "total": 3, "outcome": "done"}


def overdue() -> Story:
    """Leave it with timers running: one reminds, one ends the co-handling."""
    container = compiled(everything())
    case = Drive(runtime.load_program(container, HASH), {"parts": ["x", "y"]})
    case.do("a").do("one@x", "agree")
    rest = [
        ["later", 5],
        ["fire", "late"],
        ["do", "urge", None],
        ["later", 4],
        ["fire", "over"],
        ["do", "c", None],
        ["do", "gone", "gave-up"],
        ["do", "inner", None],
        ["later", 1],
        ["fire", "rest"],
        ["do", "last", "done"],
    ]
    return case, container, rest, {"opinions": [], "outcome": "done"}


def restaurant() -> Story:
    """Take the real joint item to its second co-handling, with its decision table."""
    folder = ITEMS / "restaurant-opening"
    decisions = {file.name: file.read_bytes() for file in folder.glob("*.dmn")}
    container = compiled((folder / "restaurant-opening.bpmn").read_bytes(), decisions)
    program = runtime.load_program(container, HASH)
    case = Drive(program, {"has_signboard": "yes", "area": 420, "lead": "scjg"})
    case.do("accept", "accept")
    for part in ("xfjy", "scjg", "cgj"):
        case.do(f"part_opinion@{part}", "agree")
    case.do("consolidate", "go-on").do("joint_visit", "recorded").do("decide_part@cgj", "refuse")
    rest = [
        ["do", "decide_part@scjg", "grant"],
        ["do", "decide_part@xfjy", "grant"],
        ["do", "deliver_together", "delivered"],
    ]
    return case, container, rest, {"parts": ["scjg", "cgj", "xfjy"]}


def main() -> None:
    """Write all cases; refuse to touch what is there."""
    HERE.mkdir(exist_ok=True)
    for make in (busy, overdue, restaurant):
        target = HERE / f"{make.__name__}.json"
        if target.exists():
            raise SystemExit(f"{target} is published and stays as it is")
        case, container, rest, data = make()
        story = {
            "hash": HASH,
            "now": case.now.isoformat(),
            "open": case.open,
            "waiting": sorted(case.waiting),
            "rest": rest,
            "data": data,
        }
        target.write_text(json.dumps(story, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (HERE / f"{make.__name__}.program").write_bytes(container)
        (HERE / f"{make.__name__}.state").write_bytes(case.step.state)


if __name__ == "__main__":
    main()
