"""Check a diagram as a whole: all its problems at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.bpmn import calling
from engine.bpmn.check_abroad import Abroad, Lookup, check_abroad
from engine.bpmn.check_beginnings import check_beginnings, check_called_beginnings
from engine.bpmn.check_budget import check_budget
from engine.bpmn.check_cohandling import check_cohandlings
from engine.bpmn.check_constants import check_constants
from engine.bpmn.check_constructs import check_constructs, check_dropped
from engine.bpmn.check_data import check_data
from engine.bpmn.check_expressions import check_expressions
from engine.bpmn.check_language import Surroundings, check_called, check_language
from engine.bpmn.check_legal import check_duties, check_legal
from engine.bpmn.check_outcomes import check_outcomes
from engine.bpmn.check_picture import check_picture
from engine.bpmn.check_steps import check_steps
from engine.bpmn.check_structure import check_file, check_ids, check_structure, is_too_large
from engine.bpmn.check_tokens import check_tokens
from engine.bpmn.check_vendors import check_vendor_texts
from engine.bpmn.findings import Findings
from engine.bpmn.model import Diagram, Process
from engine.bpmn.naming import Names
from engine.problems import Problem


@dataclass(frozen=True)
class Beside:
    """What a diagram may call: processes of the bundle's further diagrams, and of other bundles."""

    others: Sequence[Diagram] = ()
    #: None where nothing is known of other bundles.
    look: Lookup | None = None


def check(
    diagram: Diagram,
    *,
    forms: Mapping[str, frozenset[str]],
    decisions: Mapping[str, frozenset[str]],
    departments: frozenset[str] | None = None,
    roles: frozenset[str] | None = None,
    beside: Beside = Beside(),
) -> list[Problem]:
    """Report everything that keeps an item's diagram from running as drawn, in the file's order.

    ``forms``: each form's name with the keys of its answers. ``decisions``: each DMN decision's id
    with the names it reads. ``departments`` and ``roles``: the known codes, or None to accept any.
    ``beside``: what it may call.
    """
    others, look = beside.others, beside.look
    found = calling.running(diagram, others)
    findings = {one.file: Findings(one.file) for one in (diagram, *others)}
    check_file(diagram, findings[diagram.file], frozenset(one.process.id for one in found))
    for other in others:
        check_ids(other, findings[other.file])
        calling.check_together(found, others, findings[other.file])
    around = Surroundings(
        forms,
        decisions,
        departments,
        roles,
        {one.process.id: one.process for one in found},
        item=diagram.main.item,
    )
    large = [one for one in found if is_too_large(one.process, findings[one.diagram.file])]
    for one in found if not large else ():
        _check(found, one, (around, look), findings[one.diagram.file])
    if not large:
        check_budget(found, findings, look)
    return [problem for one in findings.values() for problem in one.sorted()]


def _check(
    found: Sequence[calling.Running],
    one: calling.Running,
    known: tuple[Surroundings, Lookup | None],
    findings: Findings,
) -> None:
    process, (around, look) = one.process, known
    check_structure(process, findings)
    check_constructs(process, findings)
    check_vendor_texts(one.diagram, process, findings)
    check_data(one.diagram, process, findings)
    calling.check_calls(found, one, findings)
    check_dropped(one.diagram, process, findings)
    if one is found[0]:
        check_beginnings(process, findings)
        check_language(process, around, findings)
        check_legal(process, around, findings)
    else:
        check_called_beginnings(process, findings)
        check_called(process, findings)
        check_duties(process, findings)
        around = replace(around, given=_given(found, process, around))
    for node in calling.calls(process):
        if calling.outer(node):
            check_abroad(process, node, around, look, findings)
    around = _called_abroad(process, around, look)
    check_steps(process, around, findings)
    check_cohandlings(process, around, findings)
    check_expressions(process, around, findings)
    check_outcomes(process, findings)
    check_constants(process, findings)
    check_tokens(process, findings)
    check_picture(one.diagram, process, findings)


def _called_abroad(process: Process, around: Surroundings, look: Lookup | None) -> Surroundings:
    """Add what a process calls of other bundles: their names may come out of the call."""
    processes, forms = dict(around.processes), dict(around.forms)
    for node in calling.calls(process):
        name = calling.wanted(node)
        if look is None or not name or not calling.outer(node) or name in processes:
            continue
        found = look(calling.asked(node, name))
        if isinstance(found, Abroad):
            processes[name] = found.process
            forms |= found.forms
    return replace(around, processes=processes, forms=forms)


def _given(
    found: Sequence[calling.Running], process: Process, around: Surroundings
) -> frozenset[str]:
    """Collect the names that callers hand over to a called process."""
    names: set[str] = set()
    for caller in (one.process for one in found):
        for node in calling.calls(caller):
            if calling.wanted(node) not in (None, process.id):
                continue
            names |= {name for name, _ in node.mappings.inputs}
            if node.mappings.all_in:
                names |= Names(found[0].process, around).all | Names(caller, around).all
    return frozenset(names)
