"""The errors of the expression language."""

from collections.abc import Sequence

from engine.errors import EngineError
from forms.text import Text


class FeelError(EngineError):
    """Expected an expression that can be read and computed, but it cannot."""

    code = "expression"


class FeelSyntaxError(FeelError):
    """Expected FEEL, but the text breaks the grammar at ``line`` and ``column`` (both from 1)."""

    code = "expression-syntax"

    def __init__(self, message: Text, line: int, column: int) -> None:
        super().__init__(
            Text(
                f"{message.zh}（第 {line} 行第 {column} 列）",
                f"{message.en} (line {line}, column {column})",
            )
        )
        self.line = line
        self.column = column


class FeelNameError(FeelError):
    """Expected a known name, but nothing is called ``name``."""

    code = "expression-name"

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(f"表达式使用了未知名称“{name}”", f"The expression uses the unknown name '{name}'")
        )
        self.name = name


class FeelValueError(FeelError):
    """Expected a value FEEL knows, but the host gave something else."""

    code = "expression-value"


class FeelLimitError(FeelError):
    """Expected an expression of ordinary size, but it went over a bound."""

    code = "expression-limit"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(Text(f"表达式超出限制：{zh}", f"The expression goes over a limit: {en}"))


class FeelArgumentError(FeelError):
    """A function is called with a value that is not of its parameter's type; it is null."""

    code = "expression-argument"

    def __init__(self, parameters: Sequence[str]) -> None:
        listed = ", ".join(parameters)
        super().__init__(
            Text(
                f"给 function({listed}) 的参数不符合其类型，未调用",
                f"function({listed}) is given an argument that is not of its type: not called",
            )
        )
