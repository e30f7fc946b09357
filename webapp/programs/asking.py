"""What a program asks for, read from its request; what is wrong is told by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import request
from werkzeug.exceptions import BadRequest

from engine import definitions, programs
from engine.errors import InvalidError
from engine.programs import Order, Wanted
from forms.text import Text

#: Most tasks that are given out at once, and the longest wait that may be asked for.
MOST_TASKS: Final = 100
LONGEST_WAIT_MS: Final = 1_800_000
LONGEST_SPAN_MS: Final = 7 * 86_400_000
LONGEST_WORKER: Final = 200


@dataclass(frozen=True)
class Asked:
    """One poll."""

    wanted: tuple[Wanted, ...]
    worker: str
    most: int
    order: Order
    wait: timedelta
    #: Topics for which the task's properties are wanted too.
    with_properties: frozenset[str]


def wrong(zh: str, en: str) -> InvalidError:
    """Make the refusal of a bad parameter."""
    return InvalidError(Text(zh, en))


def sent() -> dict[str, Any]:
    """Return the JSON object of the request. Raises InvalidError."""
    try:
        found = request.get_json(force=True)
    except (BadRequest, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise wrong("请求体应为 JSON 对象。", "The body must be a JSON object.")
    return found


def number(of: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """Return a whole number of the request, in milliseconds or pieces. Raises InvalidError."""
    value = of.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise wrong(f"{name} 应为整数。", f"{name} must be a whole number.")
    return int(max(min(value, LONGEST_SPAN_MS), -LONGEST_SPAN_MS))


def span(of: Mapping[str, Any], name: str, default: int | None = None) -> timedelta:
    """Return a length of time given in milliseconds. Raises InvalidError."""
    return timedelta(milliseconds=number(of, name, default))


def text(of: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    """Return a text of the request. Raises InvalidError."""
    value = of.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or "\x00" in value or (needed and not value.strip()):
        raise wrong(f"{name} 应为文字。", f"{name} must be a text.")
    return value


def worker(of: Mapping[str, Any]) -> str:
    """Return what the program calls itself. Raises InvalidError."""
    name = text(of, "workerId", needed=True)
    if len(name) > LONGEST_WORKER:
        raise wrong("workerId 太长。", "The workerId is too long.")
    return name


def results(of: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a program found: variables of the case and of the task. Raises InvalidError."""
    both = (programs.from_program(of.get(name)) for name in ("variables", "localVariables"))
    return {name: value for found in both for name, value in found.items()}


def poll() -> Asked:
    """Read a request for work. Raises InvalidError."""
    given = sent()
    topics = given.get("topics") or []
    if not isinstance(topics, list) or not all(isinstance(one, dict) for one in topics):
        raise wrong("topics 应为对象的列表。", "topics must be a list of objects.")
    wait = number(given, "asyncResponseTimeout", 0)
    if wait > LONGEST_WAIT_MS:
        raise wrong(
            f"asyncResponseTimeout 不能大于{LONGEST_WAIT_MS}毫秒。",
            "The asynchronous response timeout cannot be set to a value greater than "
            f"{LONGEST_WAIT_MS} milliseconds",
        )
    return Asked(
        wanted=tuple(_wanted(one) for one in topics),
        worker=worker(given),
        most=max(0, min(number(given, "maxTasks", 10), MOST_TASKS)),
        order=Order(given.get("usePriority") is not False, _oldest_first(given.get("sorting"))),
        wait=timedelta(milliseconds=max(wait, 0)),
        with_properties=frozenset(
            str(one.get("topicName")) for one in topics if one.get("includeExtensionProperties")
        ),
    )


def _oldest_first(sorting: object) -> bool | None:
    if not sorting:
        return None
    one = sorting[0] if isinstance(sorting, list) else None
    order = _ORDERS.get(str(one.get("sortOrder"))) if isinstance(one, dict) else None
    if not isinstance(one, dict) or one.get("sortBy") != "createTime" or order is None:
        raise wrong(
            "sorting 只能写 createTime 和 asc 或 desc。",
            "sorting takes only createTime, with asc or desc.",
        )
    return order


_ORDERS: Final = {"asc": True, "desc": False}


def _wanted(one: Mapping[str, Any]) -> Wanted:
    lock = span(one, "lockDuration")
    if lock <= timedelta():
        raise wrong("lockDuration 应大于0。", "The lockDuration must be greater than 0.")
    named = _listed(one, "variables")
    case = text(one, "businessKey")
    return Wanted(
        topic=text(one, "topicName", needed=True),
        lock=lock,
        variables=None if named is None else frozenset(named),
        cases=frozenset({case} if case else ()),
        items=_items(one),
        versions=_versions(one),
        tag=text(one, "processDefinitionVersionTag"),
        holding=programs.from_program(_typed(one.get("processVariables"))),
    )


def _typed(given: object) -> object:
    """Give plain values the form of typed ones, as the filter by variables has them."""
    if not isinstance(given, Mapping):
        return given
    return {name: {"value": value} for name, value in given.items()}


def _listed(one: Mapping[str, Any], name: str) -> list[str] | None:
    value = one.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise wrong(f"{name} 应为文字的列表。", f"{name} must be a list of texts.")
    return value


def _named(one: Mapping[str, Any], name: str) -> list[str] | None:
    """Give what a filter names, whether written as one text or as a list."""
    many, single = _listed(one, f"{name}In"), text(one, name)
    return many if many is not None else ([single] if single else None)


def _items(one: Mapping[str, Any]) -> frozenset[str]:
    keys = _named(one, "processDefinitionKey")
    if one.get("tenantIdIn"):
        return frozenset({""})  # nothing here belongs to a tenant
    if keys is None:
        return frozenset()
    found = {of.item.code for of in definitions.published() if of.process.id in keys}
    return frozenset(found or {""})


def _versions(one: Mapping[str, Any]) -> frozenset[int]:
    ids = _named(one, "processDefinitionId")
    if ids is None:
        return frozenset()
    last = [identity.rpartition(":")[2] for identity in ids]
    return frozenset(
        int(n) for n in last if n.isascii() and n.isdigit() and len(n) < 10
    ) or frozenset({0})
