"""How a built-in function is declared, checked and called.

A declaration reads ``substring(string: string, start position: number, length?: number)``: names
for invocation by name, the kinds accepted, ``?`` for what may be left out, ``*`` for any number.
A value of another kind makes the result null, as DMN 1.3 (10.3.4) wants. ``any`` also takes null.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from engine.feel.instants import FarDate, FarDateTime, FineDuration, FineTime
from engine.feel.scope import Scope
from engine.feel.values import KINDS, Function, Range, YearsMonths

_TYPES: Final[dict[str, frozenset[type]]] = {
    "any": frozenset(KINDS),
    "value": frozenset(KINDS) - {type(None)},
    "string": frozenset({str}),
    "number": frozenset({int, Decimal}),
    "boolean": frozenset({bool}),
    "list": frozenset({list}),
    "context": frozenset({dict}),
    "function": frozenset({Function}),
    "range": frozenset({Range}),
    "time": frozenset({time, FineTime}),
    "datetime": frozenset({datetime, FarDateTime}),
    "instant": frozenset({date, FarDate, datetime, FarDateTime}),
    "length": frozenset({timedelta, FineDuration, YearsMonths}),
    "point": frozenset(KINDS) - {type(None), bool, list, dict, Range, Function},
}
_WRONG: Final = object()


@dataclass(frozen=True)
class Form:
    """One way to call a built-in function."""

    parameters: tuple[str, ...]
    types: tuple[frozenset[type], ...]
    required: int
    variadic: bool
    act: Callable[..., object]
    scoped: bool

    def fits(self, count: int) -> bool:
        """Tell whether this many values can be given."""
        return self.required <= count and (self.variadic or count <= len(self.parameters))

    def run(self, scope: Scope, values: Sequence[object], *, convert: bool) -> object:
        """Call it; gives ``_WRONG`` when the kinds do not fit, even by conversion if allowed."""
        types = self.types
        last = len(types) - 1
        checked: list[object] = []
        for index, given in enumerate(values):
            wanted = types[min(last, index)]
            value = given
            if type(given) not in wanted:
                value = _convert(given, wanted) if convert else _WRONG
                if value is _WRONG:
                    return _WRONG
            checked.append(value)
        return self.act(scope, *checked) if self.scoped else self.act(*checked)


def _convert(value: object, wanted: frozenset[type]) -> object:
    # DMN 1.3, 10.3.2.9.4: to and from a list of one.
    if type(value) is list:
        return value[0] if len(value) == 1 and type(value[0]) in wanted else _WRONG
    if wanted is _TYPES["list"] and value is not None:
        return [value]
    return _WRONG


@dataclass(frozen=True)
class Builtin:
    """A built-in function with all its forms."""

    name: str
    forms: tuple[Form, ...]

    def call(self, scope: Scope, values: Sequence[object]) -> object:
        """Call with values in order; null when no form fits."""
        count = len(values)
        forms = self.forms
        for convert in (False, True) if len(forms) > 1 else (True,):
            for form in forms:
                if form.fits(count):
                    result = form.run(scope, values, convert=convert)
                    if result is not _WRONG:
                        return result
        return None

    def call_named(self, scope: Scope, names: Sequence[str], values: Sequence[object]) -> object:
        """Call with values by parameter name; null when no form fits."""
        given = dict(zip(names, values, strict=True))
        for form in self.forms:
            if not given.keys() <= set(form.parameters):
                continue
            used = [name for name in form.parameters if name in given]
            # What is left out is null (DMN 1.3, 10.3.2.13.5), at the end only if it must be there.
            length = form.parameters.index(used[-1]) + 1 if used else 0
            length = length if form.variadic else max(length, form.required)
            row = [given.get(name) for name in form.parameters[:length]]
            if form.variadic and used and type(row[-1]) is list:
                row = [*row[:-1], *row[-1]]
            if form.fits(len(row)):
                result = form.run(scope, row, convert=True)
                if result is not _WRONG:
                    return result
        return None

    def value(self) -> Function:
        """Return the function as a value."""
        form = self.forms[0]
        open_ended = len(self.forms) > 1 or form.variadic
        required = None if form.required == len(form.parameters) else form.required
        return Function(
            self.name, form.parameters, self.call, variadic=open_ended, required=required
        )


#: All built-in functions by name; filled by the modules that define them.
BUILTINS: Final[dict[str, Builtin]] = {}


_Act = TypeVar("_Act", bound=Callable[..., object])


def builtin(declaration: str) -> Callable[[_Act], _Act]:
    """Register a function; its first parameter may be ``scope``, the rest are FEEL values."""
    name, _, rest = declaration.partition("(")
    parameters: list[str] = []
    types: list[frozenset[type]] = []
    required = 0
    variadic = False
    for part in filter(None, (piece.strip() for piece in rest.rstrip(")").split(","))):
        label, _, kind = part.partition(": ")
        variadic = label.startswith("*")
        required += not label.endswith("?")
        parameters.append(label.strip("*?"))
        types.append(_TYPES[kind])

    def register(act: _Act) -> _Act:
        scoped = next(iter(inspect.signature(act).parameters), "") == "scope"
        form = Form(tuple(parameters), tuple(types), required, variadic, act, scoped)
        earlier = BUILTINS[name].forms if name in BUILTINS else ()
        # Decorators apply from below, so the form written first comes first.
        BUILTINS[name] = Builtin(name, (form, *earlier))
        return act

    return register
