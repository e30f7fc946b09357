"""One reader, fed with bytes that are changed to reach code no bytes have reached before.

A program of its own, for the engine of the fuzzer never returns:
``python -m tests.fuzz.guided READER [options of libFuzzer] CORPUS…``. An input that breaks the
reader's promise ends the process with the traceback and a file that holds the input.
"""

import resource
import sys
from collections.abc import Callable, Sequence

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
    """Feed the reader named first until the options say enough."""
    # The fuzzer's own limit counts what the process that started it had once used.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    reader = READERS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], reader)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
