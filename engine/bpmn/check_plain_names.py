"""Point out variables of plain diagrams that nothing in them provides: misspelt ones, mostly."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.bpmn import expressions, facts, language, source
from engine.bpmn.expressions import Written
from engine.bpmn.findings import Findings, Located, quoted
from engine.bpmn.model import Diagram, Node, Process
from engine.problems import Problem
from forms.text import Text

#: Names pointed out in one file; so many have another cause than a slip.
MOST: Final = 10
#: What runs of loops and complex gateways may ask for, and what every run has.
_LENT: Final = frozenset(
    {
        *language.COUNTED,
        *("activationCount", "waitingForStart", "businessKey", language.OUTCOME),
    }
)
#: Attributes that name a variable which something outside sets.
_SETTING: Final = ("resultVariable", "resultVariableName", "initiator")
#: Fields of forms that stand in the diagram itself.
_FIELDS: Final = frozenset({"formField", "formProperty"})


def check_names(
    diagram: Diagram,
    others: Iterable[Diagram] = (),
    forms: Mapping[str, frozenset[str]] | None = None,
) -> list[Problem]:
    """Warn of each variable that is used and that nothing in the files provides, once.

    ``others``: the files given with it; ``forms``: their forms, with the keys of their answers.
    Variables may come from outside, so nothing is said of a file that provides none itself.
    """
    given = set(_provided(diagram, forms or {}))
    if not given:
        return []
    for other in others:
        given.update(_provided(other, forms or {}))
    findings, told = Findings(diagram.file), set[str]()
    for at, written in _written(diagram):
        for name in sorted(expressions.understand(written.text).names - given - _LENT - told):
            told.add(name)
            if len(told) <= MOST:
                _warn(at, written, name, given, findings)
    return findings.sorted()


def _provided(diagram: Diagram, forms: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for process in diagram.processes:
        yield from process.data_names
        for node in process.nodes.values():
            yield from set_by(process, node)
            yield from forms.get(node.attributes.get("formRef", ""), ())
            yield from forms.get(node.attributes.get("formKey", ""), ())
    for element in diagram.tree.iter():
        if source.local(element) in _FIELDS and element.get("id"):
            yield element.get("id", "")


def set_by(process: Process, node: Node) -> Iterator[str]:
    """List the variables that a node provides."""
    yield from (line.sets for line in expressions.script_lines(node) if line.sets)
    yield from (name for name, _ in (*node.mappings.inputs, *node.mappings.outputs))
    yield from node.mappings.own
    yield from (node.attributes[name] for name in _SETTING if node.attributes.get(name))
    yield from (event.variable for event in node.events if event.variable)
    if node.loop is not None:
        loop = node.loop
        yield from (name for name in (loop.each, loop.output, loop.index) if name)
    if node.id in process.decisions:
        yield process.decisions[node.id].result_variable
    step = process.steps.get(node.id)
    if step is not None and step.outside is not None:
        yield from (*step.outside.results, *facts.answered(node))
    elif step is not None and step.outcome_as:
        yield step.outcome_as


def _written(diagram: Diagram) -> Iterator[tuple[Located, Written]]:
    for process in diagram.processes:
        for node in process.nodes.values():
            yield from ((node, written) for written in expressions.of_node(node))
        for flow in process.flows.values():
            yield from ((flow, written) for written in expressions.of_flow(flow))


def _warn(at: Located, written: Written, name: str, given: set[str], findings: Findings) -> None:
    near = difflib.get_close_matches(name, given, n=3)
    meant = Text(
        f"是不是 {quoted(frozenset(near)).zh}？" if near else "",
        f"Did you mean {quoted(frozenset(near)).en}? " if near else "",
    )
    findings.warning(
        "unknown-name",
        at,
        Text(
            f"没有脚本、表单、映射、数据对象或结果变量给出“{name}”。",
            f"No script, form, mapping, data object or result variable provides '{name}'.",
        ),
        Text(
            f"{meant.zh}若由外部给出（启动变量、答案、消息），可以不管；否则请改正名称。",
            f"{meant.en}If it comes from outside (with the start, an answer, a message), all is"
            " well; else mend the name.",
        ),
        line=written.line,
    )
