"""What somebody does with a task, as every door hands it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Doing:
    """What somebody does with a task: the outcome chosen and all that goes with it."""

    outcome: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    opinion: str = ""
    #: for ``correct``: ``{kind, target, label_zh, label_en, reason}`` for each point
    corrections: Sequence[Mapping[str, str]] = ()
    #: for a second ``correct``: what was not known when the first notice was sent
    new_facts: str = ""
    #: for ``not-competent``: the right agency
    agency: str = ""
    #: codes of the item's own reasons for refusal that were named
    reasons: Sequence[str] = ()
