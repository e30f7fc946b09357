"""Whoever draws a diagram or fills in a form can compute, but not run code or block the worker."""

import threading
from typing import Any
from xml.sax.saxutils import escape

import pytest

from engine import bpmn
from engine.bpmn.compile import CompileError
from engine.errors import EngineFault
from engine.feel import FeelError
from engine.runtime import LimitExceeded, RuntimeFault, build, load_program, start
from engine.runtime.environment import FeelEnvironment
from engine.runtime.values import MAX_VALUE_BYTES
from tests.engine.runtime.drawing import (
    boundary,
    chain,
    cohandling,
    end,
    flow,
    gateway,
    process,
    script,
    subprocess,
    user,
    users,
)
from tests.engine.runtime.drawing import (
    start as start_event,
)
from tests.engine.runtime.driving import MORNING, Drive, program

GADGET = (
    "[c for c in ().__class__.__mro__[1].__subclasses__() if c.__name__ == 'catch_warnings'][0]()"
    "._module.__builtins__['__import__']('os').getpid() > 0"
)
EXPLOITS = [
    "__import__('os').system('id > /tmp/owned') == 0",
    '__import__("os").getpid() > 0',
    GADGET,
    "v.update(a=999) is None",
    "'{0.__class__.__init__}'.format(v) != ''",
    "(lambda: 1)() == 1",
    'open("/etc/passwd").read() != null',
    "${execution.getVariable('x')}",
]


def decided(expression: str) -> bytes:
    """A gateway on this condition."""
    return process(
        start_event(),
        users("a", "b"),
        gateway("exclusive", "g", "no"),
        end(),
        chain("s", "g"),
        flow("g", "a", escape(expression)),
        flow("g", "b", flow_id="no"),
        chain("a", "e"),
        chain("b", "e"),
    )


def scripted(text: str) -> bytes:
    """A script with this line."""
    return process(start_event(), script("sc", text), user("a"), end(), chain("s", "sc", "a", "e"))


def timed(text: str) -> bytes:
    """A timer with this expression."""
    return process(
        start_event(), users("a", "b"), boundary("t", "a", escape(text)), end(),
        chain("s", "a", "e"), chain("t", "b", "e"),
    )  # fmt: skip


def repeated(text: str) -> bytes:
    """A loop with this cardinality."""
    loop = (
        '<multiInstanceLoopCharacteristics isSequential="false">'
        f"<loopCardinality>{escape(text)}</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    return process(start_event(), user("a", loop), end(), chain("s", "a", "e"))


def collected(text: str) -> bytes:
    """A co-handling over this collection."""
    body = (start_event("cs"), user("o"), end("ce"), chain("cs", "o", "ce"))
    quoted = escape(text, {'"': "&quot;"})
    return process(
        start_event(), cohandling("co", *body, collection=quoted), end(), chain("s", "co", "e")
    )


def attempt(drawing: bytes) -> None:
    """Deploy and start it."""
    diagram, _ = bpmn.read(drawing, "test.bpmn")
    assert diagram is not None
    start(load_program(build(diagram, {}), "h"), {"v": {"a": 1}, "x": 1}, now=MORNING)


@pytest.mark.parametrize("text", EXPLOITS)
@pytest.mark.parametrize(
    ("draw", "lead"),
    [(decided, ""), (scripted, "x = "), (timed, "= "), (repeated, ""), (collected, "= ")],
)
def test_program_code_anywhere_in_a_diagram_is_refused(draw: Any, lead: str, text: str) -> None:
    """None of the exploits that ran on the library's own engine gets past deployment or start."""
    with pytest.raises((RuntimeFault, CompileError)):
        attempt(draw(lead + text))


@pytest.mark.parametrize("text", ["import os", "x = 1\nimport os; y = 2", "del v"])
def test_a_script_is_nothing_but_assignments(text: str) -> None:
    """Every other line is refused with its place."""
    with pytest.raises((CompileError, RuntimeFault)):
        attempt(scripted(text))


def test_the_environment_given_to_the_library_cannot_run_python() -> None:
    """Should the library call it by itself, it computes FEEL or refuses."""
    environment = FeelEnvironment()
    assert environment.evaluate("1 + x", {"x": 2}) == 3
    with pytest.raises(FeelError):
        environment.evaluate("__import__('os')", {})
    with pytest.raises(EngineFault):
        environment.execute("import os", {})
    with pytest.raises(EngineFault):
        environment.call_service({})


def test_every_case_has_the_closed_environment() -> None:
    """Also a loaded one: both come from the program."""
    loaded = program(decided("x = 1"))
    assert isinstance(loaded.script_engine().environment, FeelEnvironment)


@pytest.mark.parametrize("name", ["count", "sum", "not", "__builtins__", "typename", "workdays"])
def test_answers_cannot_shadow_functions_or_poison_a_case(name: str) -> None:
    """A form field of such a name changes nothing and is kept like any other."""
    case = Drive(decided("count([1, 2]) = 2 and sum([1]) = 1 and not(false)"), {name: {name: 5}})
    assert case.open == ["a"]
    assert case.step.data[name] == {name: 5}
    assert case.do("a").step.completed


def test_a_circle_without_a_wait_is_stopped() -> None:
    """5000 automatic steps are enough for any diagram; the message says where."""
    drawing = process(
        start_event(),
        user("a"),
        gateway("exclusive", "g", "again"),
        script("work", "n = n + 1"),
        end(),
        chain("s", "a", "g"),
        flow("g", "work", flow_id="again"),
        flow("g", "e", "n < 0"),
        chain("work", "g"),
    )
    case = Drive(drawing, {"n": 1})
    with pytest.raises(LimitExceeded, match="5000 automatic steps") as caught:
        case.do("a")
    assert caught.value.element in ("g", "work")


def test_a_long_but_finite_automatic_loop_runs_through() -> None:
    """The library stops seeing tasks that are more than 1000 deep; pruning keeps them in sight."""
    drawing = process(
        start_event(),
        gateway("exclusive", "g", "on"),
        script("work", "n = n + 1"),
        user("a"),
        end(),
        chain("s", "g"),
        flow("g", "work", "n < 900"),
        flow("g", "a", flow_id="on"),
        chain("work", "g"),
        chain("a", "e"),
    )
    case = Drive(drawing, {"n": 0})
    assert case.open == ["a"]
    assert case.step.data["n"] == 900
    assert len(case.step.state) < 1000


@pytest.mark.parametrize("text", ["501", "200000", "10 ** 9", "-1", '"3"', "1.5", "null"])
def test_the_number_of_runs_is_bounded(text: str) -> None:
    """Neither too many nor anything but a whole number."""
    with pytest.raises(RuntimeFault) as caught:
        attempt(repeated(text))
    assert caught.value.element == "a"


def test_nested_loops_are_bounded_too() -> None:
    """500 times 500 branches are stopped by the bound on steps."""
    inner = (start_event("is"), user("o"), end("ie"), chain("is", "o", "ie"))
    body = (
        start_event("os"),
        cohandling("inner", *inner, answers="two"),
        end("oe"),
        chain("os", "inner", "oe"),
    )
    drawing = process(start_event(), cohandling("outer", *body), end(), chain("s", "outer", "e"))
    with pytest.raises(LimitExceeded):
        Drive(drawing, {"parts": list(range(500))})


@pytest.mark.parametrize(
    "value",
    [
        "x" * (MAX_VALUE_BYTES + 1),
        ["x" * 100] * 1000,
        float("nan"),
        float("inf"),
        10**30,
        {1, 2},
        b"bytes",
        object(),
    ],
)
def test_what_is_too_large_or_no_json_is_refused(value: object) -> None:
    """The stored state stays as it was."""
    case = Drive(decided("true"))
    with pytest.raises(RuntimeFault) as caught:
        case.do("a", value=value)
    assert caught.value.element == "a"


def test_values_nested_too_deep_are_refused() -> None:
    """Also a value that contains itself."""
    value: list[Any] = []
    value.append(value)
    with pytest.raises(LimitExceeded):
        Drive(decided("true"), {"value": value})


def test_too_many_variables_at_once_are_refused() -> None:
    """Forms are smaller than that."""
    with pytest.raises(LimitExceeded, match="500 variables"):
        start(program(decided("true")), {f"v{n}": 1 for n in range(501)}, now=MORNING)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ('date("2026-05-01")', "2026-05-01"),
        ('duration("P2DT30M")', "P2DT30M"),
        ('duration("P14M")', "P1Y2M"),
        ("0.1 + 0.2", 0.3),
        ("10 / 4", 2.5),
        ("10 / 5", 2),
        ("{a: [1, null, true]}", {"a": [1, None, True]}),
        ("now()", "2026-04-30T09:00:00+08:00"),
    ],
)
def test_what_a_script_computes_is_kept_as_plain_json(expression: str, kept: object) -> None:
    """Dates and durations as ISO text; the clock is the caller's, in the city's zone."""
    found = Drive(scripted(f"x = {expression}")).step.data["x"]
    assert found == kept or str(found).startswith(str(kept)[:19])


@pytest.mark.parametrize("expression", ["[1..5]", "function(a) a"])
def test_what_json_has_no_place_for_is_a_fault(expression: str) -> None:
    """At the script that made it."""
    with pytest.raises(RuntimeFault) as caught:
        Drive(scripted(f"x = {expression}"))
    assert caught.value.element == "sc"


@pytest.mark.parametrize("name", ["", "n" * 101, 5])
def test_names_of_variables_are_short_texts(name: Any) -> None:
    """A number or an empty name is no variable."""
    with pytest.raises(RuntimeFault):
        start(program(decided("true")), {name: 1}, now=MORNING)


def test_a_case_cannot_grow_without_bound() -> None:
    """Many values of a permitted size are too much together."""
    case = Drive(decided("true"))
    with pytest.raises(LimitExceeded, match="2 MB"):
        case.do("a", **{f"v{number}": "x" * 60_000 for number in range(40)})


@pytest.mark.parametrize(("branches", "blocks"), [(8, 4), (3, 12)])
def test_blocks_in_a_row_do_not_explode(branches: int, blocks: int) -> None:
    """The library foresees 26 915 tasks for four blocks of eight branches; every step is stored."""
    body, before = "", "s"
    for block in range(blocks):
        body += gateway("parallel", f"g{block}") + gateway("parallel", f"j{block}")
        body += chain(before, f"g{block}")
        for branch in range(branches):
            body += user(f"u{block}_{branch}") + chain(
                f"g{block}", f"u{block}_{branch}", f"j{block}"
            )
        before = f"j{block}"
    case = Drive(process(start_event(), body, end(), chain(before, "e")))
    for block in range(blocks):
        assert len(case.open) == branches
        assert len(case.step.state) < 4000
        case.all(*(f"u{block}_{branch}" for branch in range(branches)))
    assert case.step.completed


def test_running_a_case_never_changes_the_shared_definition() -> None:
    """And if it did, the next advance would say so."""
    loaded = program(decided("true"))
    Drive(loaded).do("a")
    loaded.check()
    loaded.spec.task_specs["a"]._outputs.append("b")
    with pytest.raises(RuntimeFault, match="shared definition"):
        Drive(loaded)


def test_many_threads_can_run_cases_of_one_program() -> None:
    """Each has its own tree and its own record."""
    body = (
        start_event("cs"),
        subprocess("sub", start_event("x"), user("o"), end("y"), chain("x", "o", "y")),
        end("ce"),
        chain("cs", "sub", "ce"),
    )
    loaded = program(
        process(
            start_event(), cohandling("co", *body), user("z"), end(), chain("s", "co", "z", "e")
        )
    )
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(10):
                parts = [f"d{number}-{one}" for one in range(3)]
                case = Drive(loaded, {"parts": parts})
                for part in reversed(parts):
                    case.do(f"o@{part}", part)
                assert [one["outcome"] for one in case.step.data["opinions"]] == parts
                assert case.do("z").step.completed
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_diagram_that_could_not_be_parsed_is_refused_at_deployment() -> None:
    """A chain far longer than any item has: a clear fault, not a crash."""
    nodes = [f"t{number}" for number in range(800)]
    drawing = process(start_event(), users(*nodes), end(), chain("s", *nodes, "e"))
    with pytest.raises(RuntimeFault, match="cannot be loaded"):
        program(drawing)
