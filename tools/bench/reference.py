"""The reference model as an item of the demo city: what ``lianban bench http`` completes a task of.

Twelve user tasks with a form, three exclusive gateways, a co-handling of five departments with two
tasks each, two timers: the process of ``model.py`` with the roles, acts, limits and forms that
an item must have. The step that is measured, ``T6``, comes after the co-handling. Completing it
checks a form, asks the applicant to confirm (a notice), and sets both timers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import quoteattr

from engine import clock, db, definitions, people
from engine.permissions import SYSTEM
from tools import city, samples, serving
from tools.stories import Story

CODE: Final = "reference"
#: The step that is measured, the outcome that is chosen, and who does it.
ELEMENT, OUTCOME, LOGIN = "T6", "pass", "zhao.examiner"
#: Whose forms and public facts it takes over.
_BASE: Final = "individual-business"
_DEPARTMENTS: Final = ("scjg", "cgj", "xfjy", "zjj", "zwzx")
#: The fifth department has nobody in the demo city who could be asked.
_FIFTH: Final = city.Login("zw.he", "何秋月", (("zwzx", "examiner"),))
#: The steps a case has behind it there, in their order.
WAY: Final = ("T1", "T2", "T4", "D1", "D2", "T5")
_EXAMINERS: Final = ("zhao.examiner", "cg.wu", "xf.zheng", "zj.xie", _FIFTH.login)
_USUAL: Final = "pass=通过|Pass; fail!=不通过|Fail"
_NAMES: Final = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
)


@dataclass(frozen=True)
class _Task:
    """One user task: who does it, what it is, its form and what may come of it."""

    group: str
    act: str
    form: str
    outcomes: str = _USUAL


_TASKS: Final[Mapping[str, _Task]] = {
    "T1": _Task("lead:clerk", "pre-examine", "check"),
    "T2": _Task(
        "lead:clerk",
        "accept",
        "accept",
        "accept=受理|Accept; correct!=补正|Correct; not-required!=不受理|Not required; "
        "not-competent!=不予受理|Not competent",
    ),
    "T3": _Task("applicant", "correct", "correct_application", "submitted=提交|Submit"),
    "T4": _Task("lead:examiner", "examine", "check"),
    "T5": _Task("lead:examiner", "consolidate", "check"),
    "T6": _Task("lead:examiner", "examine", "check"),
    "T7": _Task("applicant", "rectify", "check", "submitted=提交|Submit"),
    "T8": _Task("lead:examiner", "recheck", "check"),
    "T9": _Task("lead:head", "approve", "check"),
    "T10": _Task("lead:head", "decide", "decide", "grant=准予|Grant; refuse!=不予|Refuse"),
    "T11": _Task("lead:clerk", "issue", "check"),
    "T12": _Task("lead:clerk", "deliver", "deliver", "delivered=已送达|Delivered"),
}
_ASKED: Final[Mapping[str, _Task]] = {
    "D1": _Task("co:examiner", "examine", "check"),
    "D2": _Task("co:examiner", "co-handle", "check", "agree=同意|Agree; disagree!=不同意|Disagree"),
}


def files() -> dict[str, bytes]:
    """Return the files of the item."""
    base = definitions.read_folder(serving.ROOT / "processes" / _BASE)
    kept = {name: text for name, text in base.items() if name.endswith(".form")}
    about = base["item.yaml"].decode().replace(f"code: {_BASE}", f"code: {CODE}")
    return {
        **kept,
        "check.form": base["accept.form"].replace(b'"id": "accept"', b'"id": "check"'),
        "item.yaml": about.encode(),
        f"{CODE}.bpmn": _drawing().encode(),
    }


def story() -> Story:
    """Deploy the item, begin a case, bring it to the measured step: every act as at the doors."""
    with db.transaction():
        people.set_up({}, [], [_FIFTH.row()], now=clock.now())
        definitions.deploy(files(), actor=SYSTEM, now=clock.now())
    told = Story(CODE)
    told.finish(told.write(samples.APPLICATIONS[_BASE](1)))
    told.do("wang.clerk", "T1", "pass").do("li.clerk", "T2", "accept")
    told.do("zhao.examiner", "T4", "pass")
    for login in _EXAMINERS:
        told.do(login, "D1", "pass").do(login, "D2", "agree")
    return told.do("zhao.examiner", "T5", "pass")


# --- the drawing ----------------------------------------------------------------------------------
def _drawing() -> str:
    facts = {
        "item": CODE,
        "nameEn": "Reference",
        "kind": "joint",
        "lead": "scjg",
        "clockStart": "accepted",
        "statutoryLimit": "60wd",
        "promisedLimit": "60wd",
    }
    parts = [
        _properties(facts),
        _node("startEvent", "begin", **{"camunda:formRef": "apply"}),
        *(_task(name, task) for name, task in _TASKS.items()),
        *(_node("exclusiveGateway", name, default=f"{name}_usual") for name in ("G1", "G2", "G3")),
        _cohandling(),
        *_timers(),
        *(_node("endEvent", name) for name in ("done", "noted", "needless", "elsewhere")),
        *_flows(),
    ]
    return (
        f'<definitions {_NAMES} id="defs" targetNamespace="urn:bench"><process id="{CODE}"'
        f' name="基准流程" isExecutable="true">{"".join(parts)}</process></definitions>'
    )


def _properties(facts: Mapping[str, str]) -> str:
    entries = "".join(
        f"<camunda:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in facts.items()
    )
    return (
        f"<extensionElements><camunda:properties>{entries}</camunda:properties></extensionElements>"
    )


def _node(kind: str, name: str, inner: str = "", **attributes: str) -> str:
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{kind} id={quoteattr(name)} name={quoteattr(name)}{given}>{inner}</{kind}>"


def _task(name: str, task: _Task) -> str:
    facts = {"nameEn": name, "act": task.act, "outcomes": task.outcomes}
    if task.group != "applicant":
        facts["limit"] = "1wd"
    given = {"camunda:candidateGroups": task.group, "camunda:formRef": task.form}
    return _node("userTask", name, _properties(facts), **given)


def _cohandling() -> str:
    listed = ",".join(f'"{code}"' for code in _DEPARTMENTS)
    facts = {"coHandling": "true", "lead": "lead", "limit": "3wd", "noReply": "wait"}
    inner = (
        _properties({**facts, "answers": "opinions", "nameEn": "Opinions"})
        + _node("startEvent", "asked")
        + "".join(_task(name, task) for name, task in _ASKED.items())
        + _node("endEvent", "answered")
        + "".join(_way("asked", *_ASKED, "answered"))
        + f"<multiInstanceLoopCharacteristics camunda:collection={quoteattr(f'=[{listed}]')}"
        ' camunda:elementVariable="department"/>'
    )
    return _node("subProcess", "CO", inner)


def _timers() -> Iterator[str]:
    for name, span, interrupting in (("over", "P5D", "true"), ("soon", "P3D", "false")):
        when = f"<timerEventDefinition><timeDuration>{span}</timeDuration></timerEventDefinition>"
        host = {"attachedToRef": "T7", "cancelActivity": interrupting}
        yield _node("boundaryEvent", name, when, **host)


def _flows() -> Iterator[str]:
    yield from _way("begin", "T1", "T2", "G1")
    for outcome, target in (
        ("correct", "T3"),
        ("not-required", "needless"),
        ("not-competent", "elsewhere"),
    ):
        yield _flow("G1", target, f'outcome = "{outcome}"')
    yield _flow("G1", "T4", name="G1_usual")
    yield from _way("T3", "T2")
    yield from _way("T4", "CO", "T5", "G2")
    yield _flow("G2", "T4", 'outcome = "fail"')
    yield _flow("G2", "T6", name="G2_usual")
    yield from _way("T6", "T7", "G3")
    yield _flow("G3", "T6", 'materials_complete = "no"')
    yield _flow("G3", "T9", name="G3_usual")
    yield from _way("over", "T8", "T9", "T10", "T11", "T12", "done")
    yield from _way("soon", "noted")


def _way(*nodes: str) -> Iterable[str]:
    return [_flow(source, target) for source, target in pairwise(nodes)]


def _flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    ends = {"sourceRef": source, "targetRef": target}
    given = "".join(f" {key}={quoteattr(value)}" for key, value in ends.items())
    return f'<sequenceFlow id="{name or f"{source}_{target}"}"{given}>{inner}</sequenceFlow>'
