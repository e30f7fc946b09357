"""The steps of a trial's script: what each may say, and what is wrong with one."""

from collections.abc import Mapping
from typing import Final

from forms.text import Text

#: What a step may do, and the words that may stand beside it.
STEPS: Final = {
    "complete": frozenset({"answers", "outcome", "for", "error", "escalation"}),
    "message": frozenset({"data", "correlation"}),
    "signal": frozenset({"data"}),
    "advance": frozenset(),
}
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
    for word in _BY_NAME:
        given = step.get(word)
        if given is not None and not (isinstance(given, Mapping) and all(map(_is_text, given))):
            return Text(
                f"第 {number} 步的 {word} 应是“名称: 值”。",
                f"In step {number} {word} must be values by name.",
            )
    return None


def _is_text(name: object) -> bool:
    return isinstance(name, str)
