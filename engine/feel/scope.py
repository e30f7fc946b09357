"""What an expression sees while it runs, and what it may still spend."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from engine.errors import EngineError
from engine.feel.errors import FeelLimitError

#: Most steps of one evaluation: an iteration costs as many as its body has parts.
MAX_STEPS: Final = 100_000
#: Longest text a computation may make, in characters.
MAX_TEXT: Final = 100_000
#: Longest list a computation may make.
MAX_ITEMS: Final = 10_000
#: Deepest calls of functions written in the expression.
MAX_CALLS: Final = 40

NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True)
class Environment:
    """What the host lends to an expression besides data."""

    #: Extra functions by name, called with FEEL values; what they give back is checked.
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    #: The present instant in the civil zone, for ``now()`` and ``today()``; without it they fail.
    now: datetime | None = None
    #: Most steps of one evaluation.
    steps: int = MAX_STEPS
    #: Told of what is wrong and counts as null: calls that do not fit and, instead of raising
    #: FeelNameError, unknown names.
    told: Callable[[EngineError], None] | None = None


PLAIN: Final = Environment()


class Scope:
    """The names in sight; scopes inside it share the root's allowance of steps and calls."""

    __slots__ = ("calls", "data", "environment", "inner", "left", "lifted", "root", "strict")

    def __init__(
        self,
        data: Mapping[str, Any],
        environment: Environment,
        inner: Mapping[str, object],
        *,
        strict: bool,
    ) -> None:
        self.data = data
        self.environment = environment
        self.inner = inner
        self.strict = strict
        self.left = environment.steps
        self.calls = 0
        self.root = self
        #: Parts of the data that were made FEEL values before, by what they were asked as.
        self.lifted: dict[str | tuple[str, ...], object] = {}

    def within(self, inner: Mapping[str, object]) -> "Scope":
        """Make a scope that sees these inner names and spends from the same allowance."""
        scope = Scope.__new__(Scope)
        scope.data = self.data
        scope.environment = self.environment
        scope.strict = self.strict
        scope.inner = inner
        scope.root = self.root
        scope.lifted = self.lifted
        scope.left = scope.calls = 0
        return scope

    def over(self, data: Mapping[str, Any], lifted: Mapping[str, object] | None = None) -> "Scope":
        """Make a scope over other data, with nothing inner, that spends from the same allowance.

        ``lifted`` are those of the data that are FEEL values already.
        """
        scope = self.within(NOTHING)
        scope.data = data
        scope.lifted = {}
        scope.lifted.update(lifted or {})
        return scope

    def adding(self, more: Mapping[str, object]) -> "Scope":
        """Make a scope over the same data and some more FEEL values."""
        self.spend(1 + (len(self.data) >> 4))
        scope = self.within(NOTHING)
        scope.data = {**self.data, **more}
        # What was found along a path may lie elsewhere now.
        scope.lifted = {key: value for key, value in self.lifted.items() if type(key) is str}
        scope.lifted.update(more)
        return scope

    def spend(self, steps: int) -> None:
        """Count steps; raises FeelLimitError when none are left."""
        root = self.root
        root.left -= steps
        if root.left < 0:
            limit = root.environment.steps
            raise FeelLimitError(f"超过 {limit} 步", f"more than {limit} steps")

    def text(self, value: str) -> str:
        """Count a text that was made; raises FeelLimitError when it is too long."""
        if len(value) > MAX_TEXT:
            raise FeelLimitError(f"文本超过 {MAX_TEXT} 字", f"a text longer than {MAX_TEXT}")
        self.spend(1 + (len(value) >> 6))
        return value

    def items(self, value: list[object]) -> list[object]:
        """Count a list that was made; raises FeelLimitError when it is too long."""
        self.room(len(value))
        self.spend(1 + (len(value) >> 2))
        return value

    def room(self, length: int) -> None:
        """Refuse a list of this length before it is made."""
        if length > MAX_ITEMS:
            raise FeelLimitError(f"列表超过 {MAX_ITEMS} 项", f"a list longer than {MAX_ITEMS}")

    def enter(self) -> None:
        """Count one call deeper; raises FeelLimitError when too deep."""
        self.spend(1)
        self.root.calls += 1
        if self.root.calls > MAX_CALLS:
            raise FeelLimitError(
                f"函数嵌套调用超过 {MAX_CALLS} 层", f"calls deeper than {MAX_CALLS}"
            )

    def leave(self) -> None:
        """Count one call less."""
        self.root.calls -= 1
