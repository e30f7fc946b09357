"""The closed environment of a running diagram: FEEL, and nothing that runs Python."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment

from engine.clock import CIVIL_ZONE
from engine.errors import EngineFault
from engine.feel import Environment, compile_expression
from forms.text import Text

_CLOSED: Final = Text("流程中不能执行程序代码。", "A diagram cannot run program code.")


class FeelEnvironment(BasePythonScriptEngineEnvironment):
    """What the library's script engine may call: FEEL over given data, no scripts, no services.

    FEEL looks up functions before data and never writes, so no answer of a form can shadow one.
    """

    def compute(self, expression: str, context: Mapping[str, Any], now: datetime) -> object:
        """Evaluate FEEL at an instant; raises FeelError, also for a name nobody has set."""
        lent = Environment(now=now.astimezone(CIVIL_ZONE))
        return compile_expression(expression).evaluate(context, strict=True, environment=lent)

    def evaluate(
        self,
        expression: str,
        context: Mapping[str, Any],
        external_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - the library's signature
    ) -> object:
        """Evaluate FEEL for the library itself, without a clock."""
        return compile_expression(expression).evaluate(context, strict=True)

    def execute(self, *_: object, **__: object) -> bool:
        """Refuse: our scripts are operations, run by the case."""
        raise EngineFault(_CLOSED)

    def call_service(self, *_: object, **__: object) -> object:
        """Refuse: there are no services."""
        raise EngineFault(_CLOSED)
