"""The errors of decisions."""

from engine.errors import EngineError
from forms.text import Text


class DmnError(EngineError):
    """Expected a decision that can be made, but it cannot."""

    code = "decision"


class UnknownDecisionError(DmnError):
    """Expected a decision of this id or name, but the model has none."""

    code = "decision-unknown"

    def __init__(self, decision: str) -> None:
        super().__init__(
            Text(f"决策模型中没有“{decision}”", f"The model has no decision '{decision}'")
        )
        self.decision = decision


class HitPolicyError(DmnError):
    """Expected rules that agree with the table's hit policy, but ``rules`` (from 1) do not."""

    code = "decision-hit-policy"

    def __init__(self, table: str, policy: str, rules: tuple[int, ...]) -> None:
        listed = ", ".join(map(str, rules))
        super().__init__(
            Text(
                f"决策表“{table}”的规则 {listed} 同时命中，违反 {policy} 策略",
                f"Rules {listed} of the table '{table}' match together, against {policy}",
            )
        )
        self.rules = rules
