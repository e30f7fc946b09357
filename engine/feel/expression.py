"""Compiled expressions and unary tests: the face of the package."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.feel import calls, compiler, iteration, juel, lookup
from engine.feel.camunda import parse_camunda
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.lexer import MAX_SOURCE, SPACE
from engine.feel.membership import Check, compile_cell
from engine.feel.nodes import Node
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.reach import NOTHING_SEEN, Seen
from engine.feel.scope import NOTHING, PLAIN, Environment, Scope
from engine.feel.sight import Code, Sight, compile_node
from engine.feel.typeref import TypeRef
from engine.feel.values import lift, measure

#: The modules whose import registers how nodes are compiled.
MAKERS: Final = (calls, compiler, iteration, juel, lookup)

_Types = tuple[tuple[str, TypeRef], ...]

_MARK: Final = re.compile(rf"{SPACE}*=")
_COMPOUND: Final = frozenset({list, dict})


@dataclass(frozen=True)
class Expression:
    """An expression ready to be evaluated, any number of times, in any thread."""

    #: The source, as it was given.
    text: str
    #: Names that must come from the context.
    names: frozenset[str]
    #: Names that may come from the context: used inside filters, or also names of functions.
    possible_names: frozenset[str]
    #: Functions called that are not built in.
    functions: frozenset[str]
    code: Code
    #: The tree it was compiled from.
    node: Node
    #: Literals that are wrong, and so null; only where that was allowed.
    faults: tuple[FeelSyntaxError, ...] = ()

    def evaluate(
        self,
        context: Mapping[str, object],
        *,
        strict: bool = True,
        environment: Environment = PLAIN,
    ) -> object:
        """Compute the value over a context of host values.

        Numbers come back as int when whole, else Decimal. A name the context lacks raises
        FeelNameError, or is null when not strict. Raises FeelLimitError over a bound,
        FeelValueError for a host value FEEL has no kind for.
        """
        return self.run(Scope(context, environment, NOTHING, strict=strict))

    def run(self, scope: Scope) -> object:
        """Compute the value in a scope that others share, as decisions do; raises as evaluate."""
        try:
            value = self.code(scope)
            if type(value) in _COMPOUND:
                measure(value)
        except RecursionError as error:
            raise _too_deep() from error
        return value


@dataclass(frozen=True)
class UnaryTests:
    """The tests of a table cell, ready to be asked about a value."""

    text: str
    #: Names that must come from the context.
    names: frozenset[str]
    possible_names: frozenset[str]
    functions: frozenset[str]
    check: Check

    def matches(
        self,
        value: object,
        context: Mapping[str, object] = NOTHING,
        *,
        strict: bool = True,
        environment: Environment = PLAIN,
    ) -> bool | None:
        """Tell whether a value passes; null when that cannot be told. Raises as evaluate does."""
        return self.run(Scope(context, environment, NOTHING, strict=strict), value)

    def run(self, scope: Scope, value: object) -> bool | None:
        """Tell whether a value passes, in a scope that others share."""
        try:
            return self.check(scope, lift(value))
        except RecursionError as error:
            raise _too_deep() from error


def _too_deep() -> FeelLimitError:
    return FeelLimitError("嵌套过深", "nested too deep")


def _without_mark(text: str) -> str:
    # The leading "=" of Camunda 8; a blank keeps columns right.
    return text.replace("=", " ", 1) if _MARK.match(text) else text


def compile_expression(
    text: str,
    names: frozenset[str] = frozenset(),
    types: Mapping[str, TypeRef] | None = None,
    *,
    lenient: bool = False,
    seen: Seen = NOTHING_SEEN,
) -> Expression:
    """Compile an expression, or Camunda's ``${...}``; the latest few thousand are remembered.

    ``names`` are names with spaces or signs that the text may use; plain ones need not be given.
    ``seen`` are those known to be in scope, plain ones too: no other name stands before them.
    ``types`` are types besides the built-in ones. Where it is ``lenient``, a wrong literal after
    ``@`` and a context that names an entry twice are null, and told in ``faults``.
    Raises FeelSyntaxError with line and column, FeelLimitError when too long or too deep.
    """
    if len(text) > MAX_SOURCE:
        raise FeelLimitError(f"原文超过 {MAX_SOURCE} 字", f"source longer than {MAX_SOURCE}")
    return _compile_expression(text, names, _types_in(text, types), seen, lenient=lenient)


def _types_in(text: str, types: Mapping[str, TypeRef] | None) -> _Types:
    # Most texts name no type: they are remembered for all hosts together.
    if not types or not ("instance" in text or "function" in text):
        return ()
    return tuple((name, kind) for name, kind in types.items() if name in text)


@lru_cache(4096)
def _compile_expression(
    text: str, names: frozenset[str], types: _Types, seen: Seen, *, lenient: bool
) -> Expression:
    faults: list[FeelSyntaxError] = []
    try:
        if text.lstrip().startswith(("${", "#{")):
            node = parse_camunda(text)
        else:
            told = faults if lenient else None
            node = parse_expression(_without_mark(text), names, dict(types), told, seen)
        sight = Sight()
        code = compile_node(node, sight)
    except RecursionError as error:
        raise _too_deep() from error
    return Expression(text, *_names(sight), code, node, tuple(faults))


def _names(sight: Sight) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    free = frozenset(sight.free)
    return free, frozenset(sight.loose) - free, frozenset(sight.called)


def compile_unary_tests(
    text: str,
    names: frozenset[str] = frozenset(),
    types: Mapping[str, TypeRef] | None = None,
    seen: Seen = NOTHING_SEEN,
) -> UnaryTests:
    """Compile the tests of a decision table's cell; ``-`` fits anything.

    Raises FeelSyntaxError with line and column, FeelLimitError when too long or too deep.
    """
    if len(text) > MAX_SOURCE:
        raise FeelLimitError(f"原文超过 {MAX_SOURCE} 字", f"source longer than {MAX_SOURCE}")
    return _compile_unary_tests(text, names, _types_in(text, types), seen)


@lru_cache(8192)
def _compile_unary_tests(text: str, names: frozenset[str], types: _Types, seen: Seen) -> UnaryTests:
    try:
        tests, negated = parse_unary_tests(_without_mark(text), names, dict(types), seen)
        sight = Sight()
        check = compile_cell(tests, negated=negated, sight=sight)
    except RecursionError as error:
        raise _too_deep() from error
    return UnaryTests(text, *_names(sight), check)


def evaluate(
    text: str,
    context: Mapping[str, object] = NOTHING,
    *,
    strict: bool = True,
    environment: Environment = PLAIN,
) -> object:
    """Compile, or remember, and evaluate an expression. Raises as both do."""
    return compile_expression(text).evaluate(context, strict=strict, environment=environment)
