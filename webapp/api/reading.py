"""Reading what programs send: JSON, queries and uploads, refused clearly when they are wrong.

Whatever the database or the engine could not keep is refused here: NUL characters, half a
surrogate pair, numbers beyond what JSON programs agree on, and structures without a bottom.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import marshmallow
from flask import Request, request
from typing_extensions import override
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotFound, RequestEntityTooLarge, UnsupportedMediaType

from engine.errors import EngineError, InvalidError
from forms.text import Text
from webapp import current

#: A body of JSON is at most this long; files come as multipart.
MAX_JSON_BYTES = 1_000_000
DEEPEST = 24
#: Beyond this, programs disagree about whole numbers (RFC 8259, section 6).
LARGEST = 2**53 - 1

INVALID = Text("请更正下列各项。", "Please correct the points below.")
BAD_CHARACTER = Text("含有不能保存的字符。", "Contains a character that cannot be kept.")
BAD_NUMBER = Text("数字超出范围。", "The number is out of range.")
TOO_DEEP = Text("嵌套层数太多。", "Nested too deeply.")

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")

#: What marshmallow says, and how it is said in Chinese.
_CHINESE = {
    "Missing data for required field.": "缺少这一项。",
    "Unknown field.": "没有这一项。",
    "Field may not be null.": "不能为空值。",
    "Not a valid string.": "应为文本。",
    "Not a valid integer.": "应为整数。",
    "Not a valid boolean.": "应为 true 或 false。",
    "Not a valid mapping type.": "应为对象。",
    "Not a file.": "应为文件。",
    "Not a valid list.": "应为数组。",
    "Invalid input type.": "应为对象。",
    "Must be one of": "不在可选值之内。",
    "Must be greater than": "数值太小。",
    "Must be less than": "数值太大。",
    "Longer than maximum length": "太长。",
    "Shorter than minimum length": "太短。",
    "Length must be between": "长度不符。",
}


class BadJsonError(EngineError):
    """Expected a JSON object, but the body is none."""

    code = "bad-json"

    def __init__(self) -> None:
        super().__init__(
            Text("请求正文不是正确的 JSON。", "The body of the request is not correct JSON.")
        )


class Reader(FlaskParser):
    """Reads the parts of a request, and answers in the interface's own form of error."""

    __location_map__: dict[str, Any] = {  # noqa: RUF012 - declared so by webargs
        **FlaskParser.__location_map__,
        "multipart": "load_multipart",
    }
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "multipart": marshmallow.EXCLUDE,
    }

    @override
    def get_default_request(self) -> Request:
        """Return the request itself, which is asked often."""
        return current.request()

    @override
    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the JSON body. Raises 415 for another type, 413 and 400 for what is no JSON."""
        del schema
        if not req.is_json:
            raise UnsupportedMediaType
        if (req.content_length or 0) > MAX_JSON_BYTES:
            raise RequestEntityTooLarge
        try:
            found = json.loads(req.get_data(cache=True))
        except (ValueError, RecursionError) as error:
            raise BadJsonError from error
        _refuse_unkeepable(found)
        return found

    @override
    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the query of the address."""
        _refuse_unkeepable(req.args.to_dict())
        return super().load_querystring(req, schema)

    def load_multipart(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the fields and files of an upload. Raises 415 for another type."""
        del schema
        if req.mimetype != "multipart/form-data":
            raise UnsupportedMediaType
        fields = req.form.to_dict()
        _refuse_unkeepable(fields)
        return {**fields, **req.files.to_dict()}

    @override
    def handle_error(
        self, error: marshmallow.ValidationError, req: Any, schema: Any, **_options: Any
    ) -> NoReturn:
        """Say what is wrong in both languages, each point by the path of its field.

        Raises InvalidError, always.
        """
        del req, schema
        by_place: Any = error.messages
        raise InvalidError(INVALID, fields=dict(_flat(next(iter(by_place.values()))))) from error


def refuse_bad_path() -> None:
    """Refuse an address with characters that no code or number has. Raises 404."""
    if not all(map(keepable, (request.view_args or {}).values())):
        raise NotFound


def keepable(value: object) -> bool:
    """Say whether the database can keep a single value, or look for it."""
    return _fault(value) is None


def _refuse_unkeepable(found: object) -> None:
    faults = dict(_faults(found, "", 0))
    if faults:
        raise InvalidError(INVALID, fields=faults)


def _faults(value: object, path: str, depth: int) -> Iterator[tuple[str, Text]]:
    """Yield every part of a value that could not be kept, by its path."""
    fault = TOO_DEEP if depth > DEEPEST else _fault(value)
    if fault is not None:
        yield _named(path), fault
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _fault(key) is not None:
                yield _named(path), BAD_CHARACTER
            else:
                yield from _faults(inner, f"{path}.{key}", depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _faults(inner, f"{path}.{number}", depth + 1)


def _named(path: str) -> str:
    return path.removeprefix(".") or "body"


def _fault(value: object) -> Text | None:
    """Say what is wrong with a single value; None when it can be kept."""
    if isinstance(value, str):
        return BAD_CHARACTER if _UNKEEPABLE.search(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if math.isfinite(value) and abs(value) <= LARGEST else BAD_NUMBER


def _flat(messages: object, path: str = "") -> Iterator[tuple[str, Text]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else f"{path}.{key}")
    else:
        said = str(messages[0]) if isinstance(messages, list) and messages else str(messages)
        chinese = next((zh for en, zh in _CHINESE.items() if said.startswith(en)), "内容不正确。")
        yield _named(path), Text(chinese, said)
