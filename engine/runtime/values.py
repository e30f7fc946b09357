"""The data of a running diagram: plain JSON, small, and never anything else."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

from engine.feel import YearsMonths, to_json
from engine.feel.instants import TEMPORAL
from engine.runtime.errors import LimitExceeded, RuntimeFault
from forms.text import Text

#: Largest value of one variable, in bytes of JSON.
MAX_VALUE_BYTES: Final = 64 * 1024
#: Most variables set at once, and the longest name of one.
MAX_VARIABLES: Final = 500
MAX_NAME: Final = 100
#: Whole numbers beyond this are not exact everywhere JSON is read.
MAX_INTEGER: Final = 2**53
MAX_DEPTH: Final = 20


def plain_variables(variables: Mapping[str, Any], element: str | None = None) -> dict[str, Any]:
    """Copy variables as plain JSON.

    Raises LimitExceeded when there are too many or one is too large, RuntimeFault for a value that
    JSON cannot hold.
    """
    if len(variables) > MAX_VARIABLES:
        raise LimitExceeded(
            Text(f"变量超过 {MAX_VARIABLES} 个。", f"More than {MAX_VARIABLES} variables."),
            element=element,
        )
    return {
        _name(name, element): plain(value, str(name), element) for name, value in variables.items()
    }


def plain(value: object, name: str, element: str | None = None) -> Any:
    """Copy one value as plain JSON; dates and durations become ISO 8601 text."""
    copied = _plain(value, name, element, 0)
    if type(copied) in (str, list, dict) and len(orjson.dumps(copied)) > MAX_VALUE_BYTES:
        raise LimitExceeded(
            Text(
                f"变量“{name}”的值超过 {MAX_VALUE_BYTES // 1024} KB。",
                f"The value of '{name}' is larger than {MAX_VALUE_BYTES // 1024} KB.",
            ),
            element=element,
        )
    return copied


def _name(name: object, element: str | None) -> str:
    if isinstance(name, str) and 0 < len(name) <= MAX_NAME:
        return str(name)
    shown = str(name)[:MAX_NAME]
    raise RuntimeFault(
        Text(f"变量名“{shown}”无效。", f"'{shown}' cannot be the name of a variable."),
        element=element,
    )


def _plain(value: object, name: str, element: str | None, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (int, float, Decimal)):
        return _number(value, name, element)
    if depth >= MAX_DEPTH:
        raise LimitExceeded(
            Text(f"变量“{name}”嵌套过深。", f"The value of '{name}' is nested too deep."),
            element=element,
        )
    if isinstance(value, Mapping):
        return {
            _name(key, element): _plain(item, name, element, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(item, name, element, depth + 1) for item in value]
    return _moment(value, name, element)


def _number(value: float | Decimal, name: str, element: str | None) -> int | float:
    # A whole number is not asked: one of thousands of digits is no float at all.
    finite = value.is_finite() if isinstance(value, Decimal) else _is_finite(value)
    if not finite or not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise LimitExceeded(
            Text(f"变量“{name}”的数值过大。", f"The number in '{name}' is too large."),
            element=element,
        )
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _is_finite(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)


def _moment(value: object, name: str, element: str | None) -> Any:
    if isinstance(value, (*TEMPORAL, YearsMonths)):
        return to_json(value)
    kind = type(value).__name__
    raise RuntimeFault(
        Text(
            f"变量“{name}”的值（{kind}）不能保存。",
            f"The value of '{name}' ({kind}) cannot be kept.",
        ),
        element=element,
    )
