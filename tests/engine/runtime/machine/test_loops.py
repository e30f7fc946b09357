"""Multi-instance activities, standard loops, calls and ad-hoc subprocesses."""

import pytest

from tests.engine.runtime.drawing import chain, end, start, subprocess, user, users
from tests.engine.runtime.machine.playing import (
    a_process,
    edge,
    entered,
    event,
    play,
    play_all,
    rules,
    story,
    waiting,
)


def many(inner: str = "", **attributes: str) -> str:
    given = " ".join(f'{k.replace("_", ":")}="{v}"' for k, v in attributes.items())
    return f"<multiInstanceLoopCharacteristics {given}>{inner}</multiInstanceLoopCharacteristics>"


def zeebe(**attributes: str) -> str:
    given = " ".join(f'{k}="{v}"' for k, v in attributes.items())
    return f"<extensionElements><zeebe:loopCharacteristics {given}/></extensionElements>"


def done(element: str, **answers: object) -> dict[str, object]:
    return {"complete": element, "answers": answers}


EACH = zeebe(
    inputCollection="=items", inputElement="one", outputCollection="results", outputElement="=r"
)


def test_results_come_in_the_order_of_the_items() -> None:
    tried = play(
        start(),
        user("a", many(EACH)),
        end(),
        chain("s", "a", "e"),
        steps=[
            {"complete": "a", "for": "z", "answers": {"r": 3}},
            {"complete": "a", "for": "x", "answers": {"r": 1}},
            {"complete": "a", "for": "y", "answers": {"r": 2}},
        ],
        items=["x", "y", "z"],
    )
    assert (tried.status, tried.data["results"]) == ("completed", [1, 2, 3])
    assert entered(tried).count("a") == 3


def test_one_after_another_sees_each_item() -> None:
    body = start(), user("a", many(EACH, isSequential="true")), end(), chain("s", "a", "e")
    first = play(*body, items=["x", "y"])
    assert waiting(first) == ["a"]
    last = play(*body, steps=[done("a", r=1), done("a", r=2)], items=["x", "y"])
    assert (last.status, last.data["results"]) == ("completed", [1, 2])


def test_an_empty_collection_goes_on_at_once() -> None:
    tried = play(start(), user("a", many(EACH)), end(), chain("s", "a", "e"), items=[])
    assert (tried.status, tried.data["results"]) == ("completed", [])


@pytest.mark.parametrize(
    "condition",
    [
        "nrOfCompletedInstances &gt;= 2",
        "nrOfActiveInstances = 1",
        "nrOfCompletedInstances / nrOfInstances &gt; 0.5",
    ],
)
def test_a_completion_condition_ends_the_other_runs(condition: str) -> None:
    tried = play(
        start(),
        user(
            "a",
            many(
                f"<loopCardinality>3</loopCardinality><completionCondition>{condition}</completionCondition>"
            ),
        ),
        end(),
        chain("s", "a", "e"),
        steps=[done("a"), done("a")],
    )
    assert tried.status == "completed"
    assert story(tried, "a") == ["+a", "+a", "+a", "-a", "-a", "xa"]


def test_each_run_of_a_subprocess_has_variables_of_its_own() -> None:
    tried = play(
        start(),
        subprocess(
            "sub",
            many(camunda_collection="items", camunda_elementVariable="one"),
            start("is"),
            '<scriptTask id="f" scriptFormat="feel"><script>mine = one + 1</script></scriptTask>',
            user("a"),
            chain("is", "f", "a"),
        ),
        end(),
        chain("s", "sub", "e"),
        items=[1, 2],
    )
    assert [one.scope for one in tried.trace if one.element == "a"] == ["p/sub[0]", "p/sub[1]"]
    assert "mine" not in tried.data


def test_an_edge_of_a_looping_activity_cancels_all_runs() -> None:
    tried = play(
        start(),
        user("a", many("<loopCardinality>2</loopCardinality>")),
        edge("x", "a", event("message", messageRef="m")),
        users("b", "c"),
        chain("s", "a", "b"),
        chain("x", "c"),
        steps=[{"message": "Paid"}],
    )
    assert waiting(tried) == ["c"]
    assert story(tried, "a") == ["+a", "+a", "xa", "xa"]


def test_a_loop_may_be_entered_again() -> None:
    tried = play(
        start(),
        '<exclusiveGateway id="m0"/>',
        user("a", many(EACH)),
        '<exclusiveGateway id="g" default="back"/>',
        end(),
        chain("s", "m0", "a", "g"),
        '<sequenceFlow id="back" sourceRef="g" targetRef="m0"/>'
        '<sequenceFlow id="on" sourceRef="g" targetRef="e"><conditionExpression>results[1] = 2'
        "</conditionExpression></sequenceFlow>",
        steps=[done("a", r=1), done("a", r=2)],
        items=["x"],
    )
    assert (tried.status, tried.data["results"]) == ("completed", [2])


def test_too_many_runs_and_wrong_numbers_fail() -> None:
    for number in ("100000 + n", "0 - 1", '"x"', "1.5"):
        tried = play(
            start(),
            user("a", many(f"<loopCardinality>{number}</loopCardinality>")),
            end(),
            chain("s", "a", "e"),
            n=1,
        )
        assert (tried.status, tried.element) == ("failed", "a")


def standard(text: str, **attributes: str) -> str:
    given = " ".join(f'{k}="{v}"' for k, v in attributes.items())
    asked = f"<loopCondition>{text}</loopCondition>"
    return f"<standardLoopCharacteristics {given}>{asked}</standardLoopCharacteristics>"


def test_a_standard_loop_asks_after_each_run() -> None:
    body = start(), user("a", standard("again")), end(), chain("s", "a", "e")
    tried = play(*body, steps=[done("a", again=True), done("a", again=False)])
    assert (tried.status, entered(tried).count("a")) == ("completed", 2)


def test_a_standard_loop_may_ask_before() -> None:
    body = start(), user("a", standard("n &gt; 0", testBefore="true")), end(), chain("s", "a", "e")
    assert play(*body, n=0).status == "completed"
    assert waiting(play(*body, n=1)) == ["a"]


def test_a_standard_loop_has_a_maximum() -> None:
    body = start(), user("a", standard("true", loopMaximum="3")), end(), chain("s", "a", "e")
    tried = play(*body, auto=True)
    assert (tried.status, entered(tried).count("a")) == ("completed", 3)


def test_a_loop_without_an_end_is_refused() -> None:
    loop = "<standardLoopCharacteristics/>"
    assert rules(start(), user("a", loop), end(), chain("s", "a", "e")) == {"loop-bound"}


CHILD = a_process(
    "child",
    start("cs"),
    user("work"),
    '<scriptTask id="f" scriptFormat="feel"><script>answer = given + 1</script></scriptTask>',
    end("ce"),
    chain("cs", "work", "f", "ce"),
)


def call(inner: str = "", **attributes: str) -> str:
    given = " ".join(f'{k.replace("_", ":")}="{v}"' for k, v in attributes.items())
    return f'<callActivity id="c" {given}>{inner}</callActivity>'


def parent(one: str, *more: str) -> str:
    return a_process("p", start(), one, end(), chain("s", "c", "e"), *more)


@pytest.mark.parametrize(
    "one",
    [
        call(
            '<extensionElements><camunda:in source="n" target="given"/>'
            '<camunda:out source="answer" target="m"/></extensionElements>',
            calledElement="child",
        ),
        call(
            '<extensionElements><flowable:in sourceExpression="${n}" target="given"/>'
            '<flowable:out source="answer" target="m"/></extensionElements>',
            calledElement="child",
        ),
        call(
            '<extensionElements><zeebe:calledElement processId="child" '
            'propagateAllChildVariables="false"/><zeebe:ioMapping><zeebe:input source="=n" '
            'target="given"/><zeebe:output source="=answer" target="m"/></zeebe:ioMapping>'
            "</extensionElements>"
        ),
        call(
            '<ioSpecification><dataInput id="di" name="given"/><dataOutput id="do" name="answer"/>'
            "</ioSpecification><dataInputAssociation><sourceRef>n</sourceRef><targetRef>di"
            "</targetRef></dataInputAssociation><dataOutputAssociation><sourceRef>do</sourceRef>"
            "<targetRef>m</targetRef></dataOutputAssociation>",
            calledElement="child",
        ),
    ],
)
def test_a_call_passes_what_it_maps_in_every_dialect(one: str) -> None:
    tried = play_all(parent(one), CHILD, steps=[{"complete": "work"}], n=1)
    assert tried.status == "completed"
    assert tried.data == {"n": 1, "m": 2}
    assert "p/child" in {entry.scope for entry in tried.trace}


def test_a_call_isolates_its_variables() -> None:
    one = call(calledElement="child")
    tried = play_all(parent(one), CHILD, steps=[done("work", n=5, given=1)], n=1)
    assert (tried.status, tried.data) == ("completed", {"n": 1})


def test_an_error_of_a_called_process_is_caught_on_the_edge() -> None:
    child = a_process(
        "child",
        start("cs"),
        f'<endEvent id="bad">{event("error", errorRef="er")}</endEvent>',
        chain("cs", "bad"),
    )
    one = call(calledElement="child") + edge("x", "c", event("error", errorRef="er")) + user("mend")
    tried = play_all(parent(one, chain("x", "mend")), child)
    assert waiting(tried) == ["mend"]


def test_a_call_of_nothing_and_a_call_of_itself_are_refused() -> None:
    assert rules(start(), call(calledElement="x"), end(), chain("s", "c", "e")) == {
        "process-elsewhere"
    }
    assert rules(start(), call(calledElement="p"), end(), chain("s", "c", "e")) == {"endless-calls"}


def adhoc(*body: str, ordering: str = "Parallel", cancel: str = "true", condition: str = "") -> str:
    asked = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    return (
        f'<adHocSubProcess id="ah" ordering="{ordering}" cancelRemainingInstances="{cancel}">'
        f"{''.join(body)}{asked}</adHocSubProcess>"
    )


def test_an_ad_hoc_subprocess_ends_when_all_is_done() -> None:
    body = start(), adhoc(users("a", "b")), end(), chain("s", "ah", "e")
    assert waiting(play(*body)) == ["a", "b"]
    assert play(*body, steps=[done("b"), done("a")]).status == "completed"


def test_an_ad_hoc_subprocess_may_go_one_by_one() -> None:
    body = start(), adhoc(users("a", "b"), ordering="Sequential"), end(), chain("s", "ah", "e")
    assert waiting(play(*body)) == ["a"]
    assert waiting(play(*body, steps=[done("a")])) == ["b"]
    assert play(*body, auto=True).status == "completed"


def test_a_completion_condition_ends_an_ad_hoc_subprocess() -> None:
    body = start(), adhoc(users("a", "b"), condition="enough"), end(), chain("s", "ah", "e")
    tried = play(*body, steps=[done("a", enough=True)])
    assert (tried.status, story(tried, "b")) == ("completed", ["+b", "xb"])
    kept = adhoc(users("a", "b"), condition="enough", cancel="false")
    waits = play(start(), kept, end(), chain("s", "ah", "e"), steps=[done("a", enough=True)])
    assert waiting(waits) == ["b"]


def test_a_data_object_is_null_until_it_is_set() -> None:
    tried = play(
        '<dataObject id="do"/><dataObjectReference id="ref" name="file" dataObjectRef="do"/>',
        start(),
        '<exclusiveGateway id="g" default="d"/>',
        users("a", "b"),
        chain("s", "g"),
        '<sequenceFlow id="d" sourceRef="g" targetRef="a"/><sequenceFlow id="f" sourceRef="g" '
        'targetRef="b"><conditionExpression>file != null</conditionExpression></sequenceFlow>',
    )
    assert waiting(tried) == ["a"]


@pytest.mark.parametrize(("number", "times"), [("3", 3), (" 2 ", 2), ("0", 0), (2, 2)])
def test_a_number_of_runs_may_be_a_text(number: object, times: int) -> None:
    """As Camunda 7 and Flowable read it."""
    counted = many("<loopCardinality>${n}</loopCardinality>")
    body = start(), user("a", counted), end(), chain("s", "a", "e")
    tried = play(*body, auto=True, n=number)
    assert (tried.status, entered(tried).count("a")) == ("completed", times)


@pytest.mark.parametrize("number", ["three", "1.5", "-1", "", "٣", True])
def test_a_text_that_is_no_whole_number_is_no_number_of_runs(number: object) -> None:
    counted = many("<loopCardinality>${n}</loopCardinality>")
    tried = play(start(), user("a", counted), end(), chain("s", "a", "e"), n=number)
    assert (tried.status, tried.element) == ("failed", "a")
