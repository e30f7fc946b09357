"""Write the stored cases of the token machine's format 2: ``python -m tests.golden.write_v2``.

As those of format 1 they are written once, and later code must still load and finish them.
"""

import json
from pathlib import Path
from typing import Any

from engine import bpmn, runtime
from tests.engine.runtime.drawing import (
    boundary,
    chain,
    cohandling,
    end,
    flow,
    gateway,
    script,
    start,
    subprocess,
    timer,
    user,
    users,
)
from tests.engine.runtime.driving import HASH, Drive
from tests.engine.runtime.machine.playing import (
    a_process,
    by_event,
    catch,
    conditional,
    definitions,
    edge,
    event,
    event_start,
    throw,
)

#: A case, its compiled program, the steps that finish it, and the data it ends with.
Story = tuple[Drive, bytes, list[list[Any]], dict[str, Any]]

HERE = Path(__file__).resolve().parent / "v2"
KEYED = (
    '<message id="m" name="Paid"><extensionElements>'
    '<zeebe:subscription correlationKey="=order"/></extensionElements></message>'
    '<message id="m2" name="Called"/><signal id="sg" name="Stop"/>'
    '<error id="er" errorCode="E1"/><escalation id="es" escalationCode="X1"/>'
)
UNDO = '<{0} id="{1}" name="{1}" isForCompensation="true"/>'
TIED = '<association id="{0}_{1}" sourceRef="{0}" targetRef="{1}"/>'
CYCLE = "<timerEventDefinition><timeCycle>R3/P1D</timeCycle></timerEventDefinition>"


def _compiled(*processes: str) -> bytes:
    diagram, problems = bpmn.read(definitions(*processes, declared=KEYED), "golden.bpmn")
    assert diagram is not None, problems
    return runtime.build(diagram, {})


def _begun(container: bytes, **variables: Any) -> Drive:
    return Drive(runtime.load_program(container, HASH), variables)


def many(inside: str, loop: str) -> str:
    """Put a loop on an activity."""
    head, _, tail = inside.rpartition("</")
    return f"{head}{loop}</{tail}"


def undoing() -> Story:
    """A step was done and can be undone; a transaction is open in which one step was done."""
    inner = (
        start("ts"), user("b"), edge("eb", "b", event("compensate")), TIED.format("eb", "ub"),
        UNDO.format("userTask", "ub"), user("c"), gateway("exclusive", "well", "on"),
        end("te"), end("stop", event("cancel")), chain("ts", "b", "c", "well"),
        flow("well", "te", flow_id="on"), flow("well", "stop", 'outcome = "no"'),
    )  # fmt: skip
    container = _compiled(
        a_process(
            "p", start(), user("a"), edge("ea", "a", event("compensate")), TIED.format("ea", "ua"),
            UNDO.format("userTask", "ua"), f'<transaction id="t">{"".join(inner)}</transaction>',
            edge("gone", "t", event("cancel")), user("after"), throw("back", event("compensate")),
            end(), end("e2"), chain("s", "a", "t", "e"), chain("gone", "after", "back", "e2"),
        )
    )  # fmt: skip
    case = _begun(container).do("a", "first").do("b", "second")
    rest = [
        ["do", "c", "no"], ["do", "ub", None], ["do", "after", "left"], ["do", "ua", None],
    ]  # fmt: skip
    return case, container, rest, {}


def waiting() -> Story:
    """It waits for messages, signals, a cycle and a condition, inside a process it called."""
    called = a_process(
        "called", start("cs"), '<eventBasedGateway id="g"/>',
        catch("paid", event("message", messageRef="m")),
        catch("rest", timer("P9D")),
        '<receiveTask id="call" messageRef="m2"/>', script("sum", "total = amount + order"),
        end("ce"), end("ce2"), chain("cs", "g", "paid", "call", "sum", "ce"),
        chain("g", "rest", "ce2"),
    )  # fmt: skip
    passing = (
        '<extensionElements><camunda:in source="number" target="order"/>'
        '<camunda:out source="total" target="result"/></extensionElements>'
    )
    main = a_process(
        "p", start(), gateway("parallel", "f"), gateway("parallel", "j"),
        f'<callActivity id="c" calledElement="called">{passing}</callActivity>', user("other"),
        edge("daily", "other", CYCLE, interrupting=False), '<task id="note"/>', end("e2"),
        edge("when", "other", conditional("result > 100"), interrupting=False), user("big"),
        by_event("ev", event_start("evs", event("signal", signalRef="sg"), interrupting=False),
                 user("alarm"), end("ee"), chain("evs", "alarm", "ee")),
        end(), end("e3"), chain("s", "f", "c", "j", "e"), chain("f", "other", "j"),
        chain("daily", "note", "e2"), chain("when", "big", "e3"),
    )  # fmt: skip
    container = _compiled(main, called)
    case = _begun(container, number=7)
    case.later(days=1, hours=1).fire("daily")
    case.deliver("evs")
    rest = [
        ["deliver", "paid", {"amount": 200}], ["deliver", "call", {}], ["do", "big", None],
        ["later", 1], ["fire", "daily"], ["do", "alarm", None], ["do", "other", "done"],
    ]  # fmt: skip
    return case, container, rest, {"result": 207, "outcome": "done"}


def looping() -> Story:
    """Loops of every kind half way, joins that wait, a complex gateway that has opened."""
    results = (
        '<multiInstanceLoopCharacteristics isSequential="true" camunda:collection="parts">'
        "<loopDataOutputRef>all</loopDataOutputRef><inputDataItem name='part'/>"
        "<outputDataItem name='verdict'/></multiInstanceLoopCharacteristics>"
    )
    again = (
        '<standardLoopCharacteristics loopMaximum="3">'
        '<loopCondition>outcome = "again"</loopCondition></standardLoopCharacteristics>'
    )
    meet = (
        '<complexGateway id="meet"><activationCondition>activationCount = 2</activationCondition>'
        "</complexGateway>"
    )
    free = f'<adHocSubProcess id="free" ordering="Sequential">{users("x", "y")}</adHocSubProcess>'
    container = _compiled(
        a_process(
            "p", start(), gateway("parallel", "f"), gateway("inclusive", "j"), meet,
            many(user("each"), results), many(user("once"), again), free,
            cohandling("co", start("is"), users("op", "sign"), end("ie"),
                       chain("is", "op", "sign", "ie")),
            boundary("late", "co", "P5D", interrupting=False), user("urge"), end("e2"),
            subprocess("sub", start("ss"), user("in"), end("se"), chain("ss", "in", "se")),
            throw("out", event("link", name="L")), catch("in_", event("link", name="L")),
            users("last"), end(), chain("s", "f", "each", "meet"), chain("f", "once", "meet"),
            chain("f", "sub", "meet"), chain("meet", "out"), chain("in_", "j"),
            chain("f", "co", "j"),
            chain("f", "free", "j"), chain("j", "last", "e"), chain("late", "urge", "e2"),
        )
    )  # fmt: skip
    case = _begun(container, parts=["k", "l", "m"])
    case.do("each@k", verdict="A").do("once", "again").do("op@l", "agree").do("sign@l", "agree")
    case.do("op@k", "disagree").do("in").do("once", "ok").do("x").later(days=5).fire("late")
    rest = [
        ["do", "each@l", None, {"verdict": "B"}], ["do", "y", None],
        ["do", "each@m", None, {"verdict": "C"}], ["do", "urge", None],
        ["do", "sign@k", "agree"], ["do", "op@m", None], ["do", "sign@m", "disagree"],
        ["do", "last", "done"],
    ]  # fmt: skip
    answers = ["agree", "agree", "disagree"]
    opinions = [
        {"department": part, "outcome": answer} for part, answer in zip("klm", answers, strict=True)
    ]
    return case, container, rest, {
        "opinions": opinions, "all": ["A", "B", "C"], "outcome": "done",
    }  # fmt: skip


def main() -> None:
    """Write all cases; refuse to touch what is there."""
    HERE.mkdir(exist_ok=True)
    for make in (undoing, waiting, looping):
        target = HERE / f"{make.__name__}.json"
        if target.exists():
            raise SystemExit(f"{target} is published and stays as it is")
        case, container, rest, data = make()
        story = {
            "hash": HASH,
            "now": case.now.isoformat(),
            "open": case.open,
            "waiting": sorted(case.waiting),
            "listening": sorted(case.listening),
            "rest": rest,
            "data": data,
        }
        target.write_text(json.dumps(story, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (HERE / f"{make.__name__}.program").write_bytes(container)
        (HERE / f"{make.__name__}.state").write_bytes(case.step.state)


if __name__ == "__main__":
    main()
