"""What is compiled once serves all tests of a process: statements and page templates.

Hundreds of tests have a database and an application of their own; each would compile the same
statements and templates anew, which is a tenth of the time of a test run.
"""

from typing import Any

import flask.templating
import pytest
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import URL, Dialect, Engine
from sqlalchemy.engine import create
from sqlalchemy.util import LRUCache
from typing_extensions import override

from engine import db

#: Statements kept; all there are.
ROOM = 10_000


class Templates(BytecodeCache):
    """Compiled templates in memory; jinja2 looks whether the source is still the same."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


def share_statements(patch: pytest.MonkeyPatch) -> None:
    """Let engines of one kind have one dialect, and with it what was compiled for it."""
    first: dict[tuple[type[Dialect], bool], Dialect] = {}
    compiled: dict[Dialect, LRUCache[Any, Any]] = {}
    real = create.create_engine

    def create_engine(url: str | URL, **more: Any) -> Engine:
        made = real(url, **more)
        kind = (type(made.dialect), made.dialect.is_async)
        made.dialect = first.setdefault(kind, made.dialect)
        made._compiled_cache = compiled.setdefault(made.dialect, LRUCache(ROOM))
        return made

    for module in (create, db):  # where Flask's extension finds it, and where the engine does
        patch.setattr(module, "create_engine", create_engine)


def share_templates(patch: pytest.MonkeyPatch) -> None:
    """Let applications have one store of compiled templates."""
    templates = Templates()
    real = flask.templating.Environment.__init__

    def init(self: Any, *given: Any, **more: Any) -> None:
        real(self, *given, **more)
        self.bytecode_cache = templates

    patch.setattr(flask.templating.Environment, "__init__", init)
