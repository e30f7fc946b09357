"""What can go wrong while a diagram runs; each says at which element, in both languages."""

from engine.errors import ConflictError, EngineFault
from forms.text import Text


class RuntimeFault(EngineFault):
    """Expected the diagram to go on, but ``element`` could not be run; nothing was changed."""

    code = "runtime-fault"

    def __init__(self, message: Text, *, element: str | None = None) -> None:
        place = Text(f"环节“{element}”：", f"Element '{element}': ") if element else Text("", "")
        super().__init__(Text(place.zh + message.zh, place.en + message.en))
        #: The element's id as it was drawn; None when the fault has no one place.
        self.element = element
        #: The reason alone, without the place.
        self.reason = message


class LimitExceeded(RuntimeFault):
    """Expected a case of ordinary size, but a bound on steps, branches or data was passed."""

    code = "runtime-limit"


class Elsewhere(RuntimeFault):
    """Expected a process of another bundle, but here is nothing to look for it in."""

    code = "runtime-elsewhere"


class TaskGone(ConflictError):  # noqa: N818 - the name says it
    """Expected a task or timer that is still open, but it was completed or cancelled meanwhile."""

    code = "task-gone"

    def __init__(self, task_id: str) -> None:
        super().__init__(
            Text(
                "该待办已办结或者已撤销，请刷新后再试。",
                "This task has been completed or cancelled meanwhile; please reload.",
            )
        )
        self.task_id = task_id


class TimerNotDue(ConflictError):  # noqa: N818 - the name says it
    """Expected a timer whose time has come, but it is due later."""

    code = "timer-not-due"


def not_in_scope(element: str) -> RuntimeFault:
    """Make the fault of a move to what is no activity of the token's own scope."""
    return RuntimeFault(
        Text(
            "不是同一层流程中的环节，不能移到那里。",
            "It is no activity of the same scope, so the token cannot go there.",
        ),
        element=element,
    )


def one_of_several(element: str | None) -> RuntimeFault:
    """Make the fault of a move of one run of a multi-instance activity."""
    return RuntimeFault(
        Text(
            "这是多实例环节中的一个，不能单独移动。",
            "It is one run of a multi-instance activity and cannot be moved alone.",
        ),
        element=element,
    )
