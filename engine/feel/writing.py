"""Write values as text, as ``string()`` does, and as JSON."""

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from engine.feel.decimals import Number, write_number
from engine.feel.errors import FeelLimitError, FeelValueError
from engine.feel.instants import TEMPORAL
from engine.feel.scope import MAX_TEXT
from engine.feel.temporal import write_temporal
from engine.feel.values import Function, Range, YearsMonths, kind_of, lift, measure
from forms.text import Text

#: Keys that need no quotes.
_PLAIN_KEY: Final = re.compile(r"[^\W\d][\w +*/.'-]*")


def write_text(value: object) -> str:
    """Write a value; raises FeelLimitError when the text gets too long."""
    if isinstance(value, str):
        return value
    pieces: list[str] = []
    length = 0
    for piece in _pieces(value):
        pieces.append(piece)
        length += len(piece)
        if length > MAX_TEXT:
            raise FeelLimitError(f"文本超过 {MAX_TEXT} 字", f"a text longer than {MAX_TEXT}")
    return "".join(pieces)


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield f'"{_escaped(value)}"'
    elif isinstance(value, list):
        yield "["
        for index, item in enumerate(value):
            yield ", " if index else ""
            yield from _pieces(item)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for index, (name, item) in enumerate(value.items()):
            key = name if _PLAIN_KEY.fullmatch(name) else f'"{_escaped(name)}"'
            yield f"{', ' if index else ''}{key}: "
            yield from _pieces(item)
        yield "}"
    else:
        yield _plain(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return write_number(value)
    if isinstance(value, (*TEMPORAL, YearsMonths)):
        return write_temporal(value)
    if isinstance(value, Range):
        low, high = _end(value.low), _end(value.high)
        return f"{'[' if value.low_closed else '('}{low}..{high}{']' if value.high_closed else ')'}"
    return kind_of(value)


def _end(end: object) -> str:
    return "" if end is None else "".join(_pieces(end))


def to_json(value: object) -> object:
    """Turn a result into plain JSON values.

    Whole numbers stay int; others become float where that spells the same number, else text.
    Temporal values become ISO 8601 text, ranges FEEL text. Raises FeelValueError for a function,
    FeelLimitError for a huge value.
    """
    lifted = lift(value)
    measure(lifted)
    return _json(lifted)


def _json(value: object) -> object:
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _json(item) for name, item in value.items()}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, Decimal)):
        return _json_number(value)
    if isinstance(value, (*TEMPORAL, YearsMonths, Range)):
        return _plain(value)
    raise FeelValueError(Text("函数不能写成数据", "A function cannot be written as data"))


def _json_number(value: Number) -> object:
    if isinstance(value, int):
        return value
    near = float(value)
    exact = math.isfinite(near) and near % 1 and Decimal(repr(near)) == value
    return near if exact else _plain(value)


def write_json(value: object) -> str:
    """Write a FEEL value as JSON text with every number exact, digit for digit.

    Temporal values become ISO 8601 text, ranges FEEL text, functions ``function(a, b)``. Raises
    FeelLimitError for a huge value.
    """
    lifted = lift(value)
    measure(lifted)
    return _json_text(lifted)


def _json_text(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_json_text, value))}]"
    if isinstance(value, dict):
        entries = (f"{_json_string(name)}: {_json_text(item)}" for name, item in value.items())
        return f"{{{', '.join(entries)}}}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, Decimal)):
        return write_number(value)
    if isinstance(value, Function):
        return _json_string(f"function({', '.join(value.parameters)})")
    return _json_string(str(_json(value)))


def _json_string(text: str) -> str:
    # Half of a surrogate pair cannot be written out as it is.
    return json.dumps(text, ensure_ascii=any("\ud800" <= char <= "\udfff" for char in text))


def from_json(value: object) -> object:
    """Take JSON values in: floats become the exact decimal they spell; texts stay texts."""
    return lift(value)
