"""Readers, fed with bytes that are changed to reach code no bytes have reached before.

A program of its own, for the engine of the fuzzer never returns: ``python -m tests.fuzz.guided
PLAN``. An input that breaks a reader's promise ends its process with the traceback and a file that
holds the input.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["engine", "forms"], enable_loader_override=False):
    from engine import bpmn, feel
    from engine.definitions.item import read_item
    from engine.dmn import read_dmn
    from engine.errors import EngineError
    from engine.problems import Problem
    from engine.runtime import state
    from engine.runtime.machine import records
    from forms import load_form
    from forms.text import Text


MEMORY = 1_000_000_000  # bytes


def _told(problems: Sequence[Problem]) -> None:
    for problem in problems:
        if not (problem.message.zh and problem.message.en):
            raise AssertionError(f"no words for {problem.rule}")


def _diagram(data: bytes) -> None:
    diagram, problems = bpmn.read(data, "x.bpmn")
    _told(problems)
    if diagram is not None:
        _told(bpmn.check_plain(diagram))


def _decision(data: bytes) -> None:
    _model, problems = read_dmn(data, "x.dmn")
    _told(problems)


def _form(data: bytes) -> None:
    form, problems = load_form(data, "x.form", check_expression=_fault)
    if form is None and not problems:
        raise AssertionError("no form and no problem")


def _fault(text: str) -> str | None:
    try:
        feel.compile_expression(text)
    except feel.FeelError as error:
        return error.message.en
    return None


def _expression(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        feel.compile_expression(text)
    except feel.FeelError as error:
        _words(error.message)


def _item(data: bytes) -> None:
    _item_found, problems = read_item(data, "item.yaml")
    _told(problems)


def _state(data: bytes) -> None:
    """A stored case: both formats."""
    for read in (state.read, records.load):
        try:
            read(data)
        except EngineError as error:
            _words(error.message)


def _words(message: Text) -> None:
    if not (message.zh and message.en):
        raise AssertionError("refused without words")


READERS: dict[str, Callable[[bytes], None]] = {
    "diagram": _diagram,
    "decision": _decision,
    "form": _form,
    "expression": _expression,
    "item": _item,
    "state": _state,
}


def main() -> None:
    """Feed each reader of a plan, in a process of its own, until the options say enough.

    The plan, a file, gives each reader's options. What libFuzzer says goes to a file beside it with
    the reader's name; the codes with which they ended are printed.
    """
    plan = Path(sys.argv[1])
    ended = {
        name: _in_a_child(READERS[name], options, plan.with_name(name))
        for name, options in json.loads(plan.read_text()).items()
    }
    sys.stdout.write(json.dumps(ended))


def _in_a_child(reader: Callable[[bytes], None], options: list[str], said: Path) -> int:
    """Fork, so that what was instrumented serves all of them, and wait; return the exit code."""
    child = os.fork()
    if child == 0:
        with said.open("wb") as log:
            os.dup2(log.fileno(), sys.stderr.fileno())
            os.dup2(log.fileno(), sys.stdout.fileno())
        # The fuzzer's own limit counts what the process that started it had once used.
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        atheris.Setup([sys.argv[0], *options], reader)
        atheris.Fuzz()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
