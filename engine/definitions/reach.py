"""Whether the steps of a diagram reach anybody: people who hold the post that is asked."""

from collections.abc import Iterable, Mapping

from engine.bpmn import language
from engine.bpmn.model import Process, Step
from engine.problems import Problem
from forms.text import Text


def check_reach(
    file: str,
    processes: Iterable[Process],
    lead: str,
    filled: Mapping[tuple[str, str], int] | None,
    roles: frozenset[str] | None = None,
) -> list[Problem]:
    """Report steps for which too few people hold the post.

    ``filled``: how many hold each role of each department, or None where that is not known. What
    is none of the city's ``roles`` is reported elsewhere.
    """
    if filled is None:
        return []
    return [
        _problem(file, step, needed, found)
        for process in processes
        for step in process.steps.values()
        if step.role
        and step.role != language.APPLICANT
        and step.outside is None
        and (roles is None or step.role in roles)
        if (found := _holders(step, lead, filled)) < (needed := max(1, step.persons))
    ]


def _holders(step: Step, lead: str, filled: Mapping[tuple[str, str], int]) -> int:
    """Count who may do a step; where the case chooses the department, the best of all."""
    if step.department in (language.CO, language.EACH):
        return max((n for (_, role), n in filled.items() if role == step.role), default=0)
    department = lead if step.department == language.LEAD else step.department
    return filled.get((department, step.role), 0)


def _problem(file: str, step: Step, needed: int, found: int) -> Problem:
    name = Text(step.name.zh or step.element, step.name.en or step.element)
    post = f"{step.department}:{step.role}"
    if found == 0:
        message = Text(
            f"环节“{name.zh}”没有人能办：没有在岗人员担任“{post}”。",
            f"Nobody can do the step '{name.en}': no active person holds the post '{post}'.",
        )
    else:
        message = Text(
            f"环节“{name.zh}”须 {needed} 人办理，但只有 {found} 人担任“{post}”。",
            f"The step '{name.en}' needs {needed} people, but only {found} hold the post '{post}'.",
        )
    hint = Text(
        "请给该部门的人员任此岗位，或改 candidateGroups（或 persons）。",
        "Give people of the department this post, or change candidateGroups (or persons).",
    )
    rule = "nobody-holds" if found == 0 else "too-few-hold"
    return Problem(file, step.line, step.element, rule, "error", message, hint)
