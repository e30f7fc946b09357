"""Items whose diagrams say more than the library runs are checked, compiled and walked alike."""

from pathlib import Path

import pytest

from engine import definitions

ITEM = Path(__file__).resolve().parents[3] / "processes" / "medical-device-iii"
LATE = """<bpmn:subProcess id="late" triggeredByEvent="true" name="提醒">
<bpmn:startEvent id="late_s" isInterrupting="false"><bpmn:timerEventDefinition>
<bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition></bpmn:startEvent>
<bpmn:manualTask id="late_n" name="提醒"/><bpmn:endEvent id="late_e"/>
<bpmn:sequenceFlow id="l1" sourceRef="late_s" targetRef="late_n"/>
<bpmn:sequenceFlow id="l2" sourceRef="late_n" targetRef="late_e"/></bpmn:subProcess>"""


@pytest.mark.parametrize(("kind", "text"), [("timeDuration", "P10WD"), ("timeCycle", "R/P7D")])
def test_an_item_with_a_reminder_passes_and_its_paths_are_walked(kind: str, text: str) -> None:
    """The paths of the item hold as before: a reminder that does not interrupt changes nothing."""
    files = dict(definitions.read_folder(ITEM))
    name = next(name for name in files if name.endswith(".bpmn"))
    inner = LATE.format(kind=kind, text=text).encode()
    files[name] = files[name].replace(b"</bpmn:process>", inner + b"</bpmn:process>")
    reading = definitions.read_bundle(files)
    assert [one.message.en for one in reading.errors] == []
    assert b'"tokens"' in reading.compiled
    assert {one.rule for one in reading.problems} <= {"no-edge", "no-shape"}
