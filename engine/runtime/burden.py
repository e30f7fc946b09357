"""How much one trial may do, so that it ends within seconds whatever is drawn."""

from dataclasses import dataclass
from typing import Final

from forms.text import Text

#: Most acts of one trial: completions, timers, messages.
MAX_ACTS: Final = 1000
#: Most automatic steps of all acts together.
MAX_STEPS: Final = 100_000
#: Most bytes that all acts together load: with much open at once every act loads and stores it all.
MAX_LOADED: Final = 64 * 1024 * 1024


@dataclass
class Burden:
    """What a trial has done so far."""

    acts: int = 0
    steps: int = 0
    loaded: int = 0

    def act(self, stored: bytes) -> Text | None:
        """Count an act on what is stored; says why it may not be, when it is one too many."""
        self.acts += 1
        self.loaded += len(stored)
        if self.acts > MAX_ACTS:
            return Text(f"超过 {MAX_ACTS} 个动作。", f"More than {MAX_ACTS} acts.")
        if self.steps > MAX_STEPS:
            return Text(
                f"所有动作的自动步骤共超过 {MAX_STEPS} 步。",
                f"More than {MAX_STEPS} automatic steps in all acts together.",
            )
        if self.loaded > MAX_LOADED:
            return Text(
                f"做了 {self.acts - 1} 个动作后停止：同时打开的环节过多或数据过大，"
                "试运行不了这么久。请用较少的数据试运行。",
                f"Stopped after {self.acts - 1} acts: too much is open at once, or its data are too"
                " large, to try it for so long. Try it with less.",
            )
        return None
