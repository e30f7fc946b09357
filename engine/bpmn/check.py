"""Check a diagram as a whole: all its problems at once."""

from collections.abc import Mapping
from typing import Literal

from engine.bpmn.check_cohandling import check_cohandlings
from engine.bpmn.check_constructs import check_constructs, check_dropped
from engine.bpmn.check_expressions import check_expressions
from engine.bpmn.check_language import Surroundings, check_language
from engine.bpmn.check_outcomes import check_outcomes
from engine.bpmn.check_picture import check_picture
from engine.bpmn.check_plain import check_plain
from engine.bpmn.check_steps import check_steps
from engine.bpmn.check_structure import check_file, check_structure, is_too_large
from engine.bpmn.check_tokens import check_tokens
from engine.bpmn.findings import Findings
from engine.bpmn.model import Diagram
from engine.problems import Problem


def check(
    diagram: Diagram,
    *,
    forms: Mapping[str, frozenset[str]],
    decisions: Mapping[str, frozenset[str]],
    departments: frozenset[str] | None = None,
    roles: frozenset[str] | None = None,
    profile: Literal["item", "plain"] = "item",
) -> list[Problem]:
    """Report everything that keeps a diagram from running as drawn, in the order of the file.

    ``profile``: ``item`` for an approval item in the process language; ``plain`` for any BPMN.

    ``forms``: each form's name with the keys of its answers. ``decisions``: each DMN decision's id
    with the names it reads. ``departments`` and ``roles``: the known codes, or None to accept any.
    """
    if profile == "plain":
        return check_plain(diagram, decisions=decisions)
    findings = Findings(diagram.file)
    check_file(diagram, findings)
    around = Surroundings(forms, decisions, departments, roles)
    process = diagram.main
    if is_too_large(process, findings):
        return findings.sorted()
    check_structure(process, findings)
    check_constructs(process, findings)
    check_dropped(diagram, process, findings)
    check_language(process, around, findings)
    check_steps(process, around, findings)
    check_cohandlings(process, around, findings)
    check_expressions(process, around, findings)
    check_outcomes(process, findings)
    check_tokens(process, findings)
    check_picture(diagram, process, findings)
    return findings.sorted()
