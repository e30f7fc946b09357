"""``check`` and ``try`` over diagrams spoilt in every way: an answer soon, never a traceback.

``LIANBAN_FUZZ`` multiplies the number of diagrams; with CI set every run tries the same ones.
"""

import json
import os
import random
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from tests.engine.runtime.machine.generating import TABLES, Maker, variables
from tests.fuzz.mutations import SECONDS, bounded, files
from tools import cli

NUMBER = 60 * int(os.environ.get("LIANBAN_FUZZ", "1"))
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
TAGS = [
    "startEvent",
    "endEvent",
    "boundaryEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "userTask",
    "scriptTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "callActivity",
    "businessRuleTask",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "sequenceFlow",
    "messageEventDefinition",
    "timerEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "signalEventDefinition",
    "cancelEventDefinition",
    "compensateEventDefinition",
    "terminateEventDefinition",
    "linkEventDefinition",
    "conditionalEventDefinition",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "association",
    "dataObject",
    "property",
    "ioSpecification",
    "dataInputAssociation",
    "loopCardinality",
    "conditionExpression",
    "timeCycle",
    "timeDate",
    "timeDuration",
    "completionCondition",
    "process",
    "message",
]
VALUES = (
    "", "-1", "0", "1e400", "x" * 3000, "审批", "${x}", "=n", "<&>", "true", "false", "p",
    "Parallel", "1..9999999", "P1D", "R/PT1S", "R-1/PT1H", "* * * * *", "0 0 0 29 2 ? 2100",
    "n = 1", "n > 0", "P99999999D", "9999-12-31T23:59:59", "for i in 1..99999 return i",
    "nrOfInstances",
    "2", '"' * 9, "[" * 900, "None", "Complex", "m", "er", "es", "sg", "${empty n ? 1 : 2}",
    "deployment", "versionTag", "version", "Sequential", "user(a), group(b)", "\u202e", "0" * 200,
)  # fmt: skip
NAMES = [
    "id",
    "sourceRef",
    "targetRef",
    "attachedToRef",
    "default",
    "isInterrupting",
    "cancelActivity",
    "triggeredByEvent",
    "isForCompensation",
    "calledElement",
    "parallelMultiple",
    "instantiate",
    "eventGatewayType",
    "startQuantity",
    "completionQuantity",
    "behavior",
    "isSequential",
    "messageRef",
    "signalRef",
    "errorRef",
    "escalationRef",
    "activityRef",
    "waitForCompletion",
    "ordering",
    "cancelRemainingInstances",
    "testBefore",
    "loopMaximum",
    "name",
]


@cache
def seeds() -> list[bytes]:
    """Collect sound diagrams: generated ones, and our items."""
    return [Maker(seed, size=8).make() for seed in range(40)] + files("*.bpmn")


def _drop(one: etree._Element, _: etree._Element, __: random.Random) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _double(one: etree._Element, other: etree._Element, _: random.Random) -> None:
    other.append(etree.fromstring(etree.tostring(one)))


def _retag(one: etree._Element, _: etree._Element, chance: random.Random) -> None:
    one.tag = BPMN + chance.choice(TAGS)


def _swap(one: etree._Element, other: etree._Element, _: random.Random) -> None:
    one.tag, other.tag = other.tag, one.tag


def _set(one: etree._Element, other: etree._Element, chance: random.Random) -> None:
    name = chance.choice([*one.attrib, *NAMES])
    one.set(name, chance.choice([*VALUES, *other.attrib.values()]))


def _lose(one: etree._Element, _: etree._Element, chance: random.Random) -> None:
    if one.attrib:
        del one.attrib[chance.choice(list(one.attrib))]


def _borrow(one: etree._Element, other: etree._Element, chance: random.Random) -> None:
    shared = [name for name in one.attrib if name in other.attrib]
    if shared:
        name = chance.choice(shared)
        one.set(name, other.attrib[name])


def _text(one: etree._Element, _: etree._Element, chance: random.Random) -> None:
    one.text = chance.choice([one for one in VALUES if one.isprintable()])


def _move(one: etree._Element, other: etree._Element, _: random.Random) -> None:
    if one is not other and one not in other.iterancestors():
        other.append(one)


EDITS: list[Callable[[etree._Element, etree._Element, random.Random], None]] = [
    _drop, _double, _retag, _swap, _set, _set, _set, _lose, _borrow, _borrow, _text, _move,
]  # fmt: skip


def spoilt(chance: random.Random) -> bytes:
    """Spoil a diagram: in its tree, or now and then in its bytes."""
    data = chance.choice(seeds())
    if chance.random() < 0.15:
        return _spoilt_bytes(data, chance)
    root = etree.fromstring(data)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 5])):
        parts = [one for one in root.iter() if isinstance(one.tag, str) and one is not root]
        if parts:
            chance.choice(EDITS)(chance.choice(parts), chance.choice(parts), chance)
    if chance.random() < 0.1:
        for one in etree.fromstring(chance.choice(seeds())):
            root.append(one)
    return etree.tostring(root, encoding=chance.choice(["UTF-8", "UTF-8", "UTF-16", "GBK"]))


def _spoilt_bytes(data: bytes, chance: random.Random) -> bytes:
    place, size = chance.randrange(len(data)), chance.randrange(1, 200)
    other = chance.choice(seeds())
    start = chance.randrange(len(other))
    return chance.choice(
        [
            data[:place],
            data[:place] + bytes(chance.randrange(256) for _ in range(8)) + data[place + size :],
            data[:place] + other[start : start + size] + data[place + size :],
            data[:place] + other[start:],
        ]
    )


def test_a_spoilt_diagram_gets_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checked, and tried to its end where nothing is wrong with it."""
    chance = random.Random(7 if "CI" in os.environ else None)
    path, table = tmp_path / "x.bpmn", tmp_path / "t.dmn"
    table.write_bytes(TABLES["t.dmn"])
    given = json.dumps(variables(1))
    ran, start = 0, time.process_time()
    for _ in range(NUMBER):
        data = spoilt(chance)
        path.write_bytes(data)
        with bounded():
            code = cli.main(["check", str(path), "--json"])
            listed = json.loads(capsys.readouterr().out)["problems"]
        for one in listed:
            assert one["rule"] != "check-failed", data
            assert one["message"]["zh"], data
            assert one["hint"]["en"], data
            assert one["line"], (one, data)
        assert code == (1 if any(one["severity"] == "error" for one in listed) else 0)
        with bounded():
            cli.main(["try", str(path), str(table), "--auto", "--json", "--vars", given])
            answer = json.loads(capsys.readouterr().out)
        refused = answer["status"] == "refused"
        ran += not refused
        assert refused or code == 0, data
        said = (answer["error"] or {"message": {"en": ""}})["message"]["en"]
        assert "cannot go on (" not in said, (said, data)
    assert ran > NUMBER // 12
    assert time.process_time() - start < NUMBER * SECONDS / 4
