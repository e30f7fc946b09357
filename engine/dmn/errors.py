"""The errors of decisions."""

from collections.abc import Collection

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


class ShapeError(DmnError):
    """Expected a result that fits what a task asks for, but it has more rows or outputs."""

    code = "decision-shape"

    @classmethod
    def of_rows(cls, mapping: str, count: int) -> "ShapeError":
        """Make the error of several matching rules where one is asked for."""
        return cls(
            Text(
                f"{mapping} 要求最多命中一条规则，却有 {count} 条；请改用 collectEntries 或 "
                "resultList，或换命中策略",
                f"{mapping} allows one matching rule, but {count} match; use collectEntries or "
                "resultList, or another hit policy",
            )
        )

    @classmethod
    def of_outputs(cls, mapping: str, names: Collection[str]) -> "ShapeError":
        """Make the error of several outputs where one is asked for."""
        return cls(
            Text(
                f"{mapping} 要求只有一个输出，却有：{'、'.join(names)}；请改用 singleResult 或 "
                "resultList",
                f"{mapping} allows one output, but there are: {', '.join(names)}; use "
                "singleResult or resultList",
            )
        )


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
