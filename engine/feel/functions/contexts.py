"""Built-in functions on contexts (DMN 1.3, 10.3.4.6)."""

from engine.feel.functions.base import builtin
from engine.feel.scope import Scope


@builtin("get value(m: context, key: string)")
def get_value(context: dict[str, object], key: str) -> object:
    """Return an entry of a context; null when it has none such."""
    return context.get(key)


@builtin("get value(m: context, keys: list)")
def get_deep_value(context: dict[str, object], keys: list[object]) -> object:
    """Return an entry of an entry of a context."""
    found: object = context
    for key in keys:
        found = found.get(key) if isinstance(found, dict) and isinstance(key, str) else None
    return found if keys else None


@builtin("get entries(m: context)")
def get_entries(scope: Scope, context: dict[str, object]) -> list[object]:
    """Return a context as a list of key and value."""
    return scope.items([{"key": key, "value": value} for key, value in context.items()])


@builtin("context put(context: context, key: string, value: any)")
def context_put(
    scope: Scope, context: dict[str, object], key: str, value: object
) -> dict[str, object]:
    """Return a context with one entry set."""
    scope.spend(len(context) + 1)
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: any)")
def context_put_deep(
    scope: Scope, context: dict[str, object], keys: list[object], value: object
) -> dict[str, object] | None:
    """Return a context with an entry of an entry set."""
    if not keys or not isinstance(keys[0], str):
        return None
    if len(keys) == 1:
        return context_put(scope, context, keys[0], value)
    inner = context.get(keys[0], {})
    deeper = context_put_deep(scope, inner, keys[1:], value) if isinstance(inner, dict) else None
    return None if deeper is None else context_put(scope, context, keys[0], deeper)


@builtin("context merge(contexts: list)")
def context_merge(scope: Scope, contexts: list[object]) -> dict[str, object] | None:
    """Join contexts; the last one to name an entry wins."""
    merged: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        scope.spend(len(context) + 1)
        merged.update(context)
    return merged


@builtin("context(entries: list)")
def context_of(scope: Scope, entries: list[object]) -> dict[str, object] | None:
    """Make a context from a list of key and value; null when a key comes twice."""
    scope.spend(len(entries) + 1)
    made: dict[str, object] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry:
            return None
        key = entry.get("key")
        if not isinstance(key, str) or key in made:
            return None
        made[key] = entry["value"]
    return made
