"""Values as programs write them (Camunda's typed values) and as the diagram knows them."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from engine.bpmn import language
from engine.errors import EngineError, InvalidError
from engine.runtime import plain_variables
from forms.text import Text

INTEGER: Final = 2**31
LONG: Final = 2**63
MOST_VARIABLES: Final = 200
_NUL: Final = b"\\u0000"


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """Expected a value of its type; the reason says what it is instead."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(zh, en)


def from_program(sent: object) -> dict[str, Any]:
    """Read a map of typed values; types are written in any case, as clients do.

    Raises InvalidError naming the variable that cannot be read, and why.
    """
    if sent is None:
        return {}
    if not isinstance(sent, Mapping) or len(sent) > MOST_VARIABLES:
        said = Text(
            f"variables 应为最多{MOST_VARIABLES}个变量的对象。",
            f"variables must be an object of at most {MOST_VARIABLES} variables.",
        )
        raise InvalidError(said, fields={"variables": said})
    return {str(name): _read(name, typed) for name, typed in sent.items()}


def _read(name: object, typed: object) -> Any:
    shown = str(name)[:100]
    try:
        return _kept(shown, _plain(name, typed))
    except _Refused as refused:
        why = refused.reason
    except EngineError as error:
        why = error.message
    said = Text(
        f"变量“{shown}”不能接受：{why.zh}", f"The variable '{shown}' cannot be taken: {why.en}"
    )
    raise InvalidError(said, fields={shown: said})


def _kept(name: str, value: Any) -> Any:
    """Refuse what a case cannot hold: too large, too deep, endless, or not of any text."""
    kept = plain_variables({name: value})[name]
    if _NUL in orjson.dumps(kept):
        raise _Refused("含有不能保存的字符。", "it has a character that cannot be kept.")
    return kept


def _plain(name: object, typed: object) -> Any:
    if not isinstance(name, str) or not language.is_name(name):
        raise _Refused("名称无效。", "this is no name of a variable.")
    kind = typed.get("type") if isinstance(typed, Mapping) else 0
    if not isinstance(typed, Mapping) or not isinstance(kind, str | None):
        raise _Refused(
            '应写成 {"type": …, "value": …}。', 'it must be written as {"type": …, "value": …}.'
        )
    value = typed.get("value")
    if value is None or kind is None:
        return value
    reader = _READERS.get(kind.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise _Refused(
            f"不接受类型“{kind[:40]}”，请用 {known}。",
            f"the type '{kind[:40]}' is not taken; use one of {known}.",
        )
    return reader(value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _Refused("不是布尔值。", "it is no boolean.")


def _double(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise _Refused("不是数字。", "it is no number.")


def _whole(bound: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = _double(value)
        if abs(number) <= bound and number == int(number) and -bound <= number < bound:
            return int(number)
        raise _Refused(
            "不是该类型范围内的整数。", "it is no whole number in the range of its type."
        )

    return read


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    raise _Refused("不是文字。", "it is no text.")


def _date(value: object) -> str:
    try:
        found = datetime.fromisoformat(_string(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _Refused(
            "不是带时区的时间，如 2026-01-23T13:59:43.000+0800。",
            "it is no instant with its offset, such as 2026-01-23T13:59:43.000+0800.",
        )
    return found.isoformat()


def _json(value: object) -> Any:
    try:
        return json.loads(_string(value))
    except (ValueError, RecursionError) as error:
        raise _Refused("不是一段 JSON 文字。", "it is no text that holds JSON.") from error


def _null(_value: object) -> None:
    raise _Refused("类型是 null，却有值。", "its type is null, but it has a value.")


_READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "boolean": _boolean,
    "integer": _whole(INTEGER),
    "long": _whole(LONG),
    "short": _whole(2**15),
    "double": _double,
    "string": _string,
    "date": _date,
    "json": _json,
    "null": _null,
}


def to_program(value: Any) -> dict[str, Any]:
    """Write a value of the diagram with its type."""
    kind, written = _typed(value)
    return {"type": kind, "value": written, "valueInfo": {}}


def _typed(value: Any) -> tuple[str, Any]:
    if value is None or isinstance(value, bool):
        return ("Null" if value is None else "Boolean"), value
    if isinstance(value, int):
        return ("Integer" if -INTEGER <= value < INTEGER else "Long"), value
    if isinstance(value, float):
        return "Double", value
    if isinstance(value, str):
        return "String", value
    return "Json", json.dumps(value, ensure_ascii=False)
