"""The engine's family of errors: a small tree, each with a sentence in both languages."""

from forms.text import Text


class EngineError(Exception):
    """Expected to carry out the request, but it was refused."""

    code = "engine-error"

    def __init__(self, message: Text, *, fields: dict[str, Text] | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.fields = fields or {}


class NotFoundError(EngineError):
    """Expected to find a thing, but there is none, or the asker may not know of it."""

    code = "not-found"


class ForbiddenError(EngineError):
    """Expected to be allowed, but this actor may not do this."""

    code = "forbidden"


class ConflictError(EngineError):
    """Expected a state that allows the act, but it has changed meanwhile."""

    code = "conflict"


class InvalidError(EngineError):
    """Expected valid input, but some of it is wrong; ``fields`` says which."""

    code = "invalid"


class DefinitionError(EngineError):
    """Expected a bundle that can be deployed, but it has problems."""

    code = "definition-problems"


class EngineFault(EngineError):  # noqa: N818 - a fault of the diagram, not of the request
    """Expected the engine to run the step, but it could not; nothing was changed."""

    code = "engine-fault"

    #: What was tried (an ``engine.incidents.Attempt``), once an act has said so.
    attempt: object | None = None
