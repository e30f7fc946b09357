"""Check that the form of a step asks what the law wants to know of such a step."""

from collections.abc import Iterable, Mapping

from engine.bpmn import duties
from engine.bpmn.duty import Key
from engine.bpmn.model import Process, Step
from engine.problems import Problem
from forms import Field, Form
from forms.text import Text


def check_forms(
    file: str, processes: Iterable[Process], forms: Mapping[str, Form]
) -> list[Problem]:
    """Report every step whose form lacks an answer that its act needs (行政许可法 34, 48, 55)."""
    return [
        _problem(file, step, key)
        for process in processes
        for step in process.steps.values()
        if (duty := duties.of_step(step)) is not None
        for key in duty.keys
        if not _asks(forms.get(step.form or ""), key)
    ]


def _asks(form: Form | None, key: Key) -> bool:
    found = form.by_key.get(key.name) if form is not None else None
    if found is None or found.kind not in key.kinds:
        return False
    rows: tuple[Field, ...] = getattr(found, "fields", ())
    return set(key.rows) <= {row.key for row in rows}


def _problem(file: str, step: Step, key: Key) -> Problem:
    kinds = ", ".join(sorted(key.kinds))
    rows = f"，行内有 {', '.join(key.rows)}" if key.rows else ""
    rows_en = f" with {', '.join(key.rows)} in its rows" if key.rows else ""
    return Problem(
        file,
        step.line,
        step.element,
        "duty-form",
        "error",
        Text(
            f"“{step.name.zh}”的表单没有问“{key.label.zh}”（{key.name}）。",
            f"The form of '{step.name.en}' does not ask the {key.label.en} ({key.name}).",
        ),
        Text(
            f"请在表单中加上 {key.name}（{kinds}{rows}）；processes/.forms 里有现成的表单。",
            f"Add {key.name} ({kinds}{rows_en}) to it; processes/.forms holds ready ones.",
        ),
    )
