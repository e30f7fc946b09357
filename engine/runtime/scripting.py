"""The steps of a trial's script: what each may say, and what is wrong with one."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from forms.text import Text

#: What a step may do, and the words that may stand beside it.
STEPS: Final = {
    "complete": frozenset({"answers", "outcome", "for", "error", "escalation"}),
    "message": frozenset({"data", "correlation"}),
    "signal": frozenset({"data"}),
    "advance": frozenset(),
}
#: Words that hold one code.
_CODES: Final = ("outcome", "error", "escalation")
#: Words that hold values by name.
_BY_NAME: Final = ("answers", "data")


def read_steps(steps: object) -> list[Text]:
    """Say what is wrong with a script; empty when it can be taken."""
    if not isinstance(steps, list):
        return [Text("脚本应是步骤的列表。", "A script is a list of steps.")]
    found = (_wrong(number, step) for number, step in enumerate(steps, start=1))
    return [text for text in found if text is not None]


def kind_of(step: Mapping[str, object]) -> str:
    """Give what a step does, of a script that ``read_steps`` found nothing wrong with."""
    return next(kind for kind in STEPS if kind in step)


def not_open(element: str, wanted: object, waiting: Sequence[str]) -> Text:
    """Say that a task to be completed is not open, or not for what was named."""
    listed = ", ".join(waiting) or "—"
    if wanted is None or element not in waiting:
        return Text(
            f"“{element}”没有待办；现在等待的是：{listed}。",
            f"'{element}' is not open; open now: {listed}.",
        )
    shown = json.dumps(wanted, ensure_ascii=False, default=str)[:60]
    return Text(
        f"“{element}”有待办，但没有 for 为 {shown} 的。",
        f"'{element}' is open, but not for {shown}.",
    )


def _wrong(number: int, step: object) -> Text | None:
    kinds = [kind for kind in STEPS if kind in step] if isinstance(step, Mapping) else []
    if not isinstance(step, Mapping) or len(kinds) != 1:
        known = ", ".join(STEPS)
        return Text(
            f"第 {number} 步无法识别，应为 {known} 之一。",
            f"Step {number} cannot be read; it is one of {known}.",
        )
    kind = kinds[0]
    unknown = [str(word) for word in step if word not in STEPS[kind] | {kind}]
    if unknown:
        known = ", ".join(sorted(STEPS[kind])) or "—"
        return Text(
            f"第 {number} 步的“{unknown[0]}”无法识别；{kind} 旁边可以写：{known}。",
            f"Step {number} has an unknown '{unknown[0]}'; beside {kind} there may be: {known}.",
        )
    if isinstance(step[kind], (Mapping, list)) or step[kind] in (None, ""):
        return Text(
            f"第 {number} 步的 {kind} 后应是一个名称或时间。",
            f"In step {number} a name or a time must follow {kind}.",
        )
    return _wrong_beside(number, step)


def _wrong_beside(number: int, step: Mapping[Any, Any]) -> Text | None:
    """Say what is wrong beside what a step does."""
    for word in _CODES:
        if isinstance(step.get(word), (Mapping, list)):
            return Text(
                f"第 {number} 步的 {word} 后应是一个代码。",
                f"In step {number} one code must follow {word}.",
            )
    for word in _BY_NAME:
        given = step.get(word)
        if given is not None and not (isinstance(given, Mapping) and all(map(_is_text, given))):
            return Text(
                f"第 {number} 步的 {word} 应是“名称: 值”。",
                f"In step {number} {word} must be values by name.",
            )
    if not finite(step):
        return Text(
            f"第 {number} 步含有过大或不是数的数值。",
            f"Step {number} has a number that is too large, or none.",
        )
    return None


def finite(value: object) -> bool:
    """Whether all numbers inside a value are ones that can be written down as JSON."""
    stack = [value]
    while stack:
        at = stack.pop()
        if isinstance(at, float) and not math.isfinite(at):
            return False
        if isinstance(at, Mapping):
            stack += at.values()
        elif isinstance(at, list):
            stack += at
    return True


def _is_text(name: object) -> bool:
    return isinstance(name, str)
