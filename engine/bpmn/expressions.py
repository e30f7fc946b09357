"""The expressions of a diagram: where they stand, what they use, which values they ask for."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.bpmn.model import Flow, Node
from engine.feel import FeelError, compile_expression, nodes

#: What an expression begins with where a plain text may stand as well.
_COMPUTED = ("=", "${", "#{")


@dataclass(frozen=True)
class Written:
    """One expression at its place."""

    text: str
    #: The line of the file on which its text starts.
    line: int
    #: The element it belongs to: a flow or a node.
    element: str
    #: The variable a script line sets; None elsewhere.
    sets: str | None = None


@dataclass(frozen=True)
class Read:
    """What the expression language makes of a text, or its error."""

    #: Names that must be there.
    names: frozenset[str] = frozenset()
    #: Names that it may also look at.
    possible: frozenset[str] = frozenset()
    #: Functions it calls that do not exist; a method's call as ``os.system``.
    unknown_calls: frozenset[str] = frozenset()
    tree: nodes.Node | None = None
    error: FeelError | None = None


def to_feel(text: str) -> str:
    """Give an expression without its leading ``=``; ``${…}`` stays, the language reads it too."""
    return text.strip().removeprefix("=").strip()


def quoted(text: str) -> str:
    """Give FEEL for a text taken as it stands."""
    return json.dumps(text, ensure_ascii=False)


def literal_or_feel(text: str) -> str:
    """Give FEEL for a dialect's parameter: ``${…}`` and ``=…`` are expressions, the rest is text.

    Also digits and ``true`` are texts, as in Camunda 7: an area code keeps its zero. Only nothing
    at all is null.
    """
    plain = text.strip()
    if plain.startswith(_COMPUTED):
        return to_feel(plain)
    return quoted(plain) if plain else "null"


@lru_cache(maxsize=4096)
def understand(text: str) -> Read:
    """Compile an expression once; an error is returned, not raised."""
    try:
        found = compile_expression(text)
    except FeelError as error:
        return Read(error=error)
    calls = found.functions | _methods(found.node)
    return Read(found.names, found.possible_names, calls, found.node)


def of_node(node: Node) -> Iterator[Written]:
    """List the expressions on a node: loop, events, mappings, completion, due date, script."""
    for text, line in _texts(node):
        if text:
            yield Written(to_feel(text), line, node.id)
    if node.script:
        yield from script_lines(node)


def _texts(node: Node) -> Iterator[tuple[str | None, int]]:
    if node.loop is not None:
        loop = node.loop
        for one in (loop.over, loop.cardinality, loop.completion, loop.maximum, loop.output_item):
            yield one, loop.line
    for event in node.events:
        text = (event.expression or "").strip()
        if event.kind == "conditional" or text.startswith(_COMPUTED):
            yield text, event.line
        yield event.key, event.line
    for _, text in (*node.mappings.inputs, *node.mappings.outputs):
        yield text, node.line
    yield node.condition, node.line
    for name in ("dueDate", "calledElement"):
        text = node.attributes.get(name, "").strip()
        yield text if text.startswith(_COMPUTED) else None, node.line


def of_flow(flow: Flow) -> Iterator[Written]:
    """List the one expression of a flow, when it has one."""
    if flow.condition is not None:
        yield Written(flow.condition, flow.condition_line or flow.line, flow.id)


def script_lines(node: Node) -> Iterator[Written]:
    """Split a script into its lines ``name = expression``; ``sets`` is empty for any other line."""
    for offset, written in enumerate((node.script or "").splitlines()):
        if not written.strip() or written.lstrip().startswith(("//", "#")):
            continue
        name, equals, expression = written.partition("=")
        sets = name.strip() if equals else ""
        line = (node.script_line or node.line) + offset
        yield Written(expression.strip(), line, node.id, sets)


def names_used(nodes_: Iterable[Node], flows: Iterable[Flow]) -> frozenset[str]:
    """Collect every variable that any expression uses or may use."""
    used: set[str] = set()
    for node in nodes_:
        for written in of_node(node):
            used |= understand(written.text).names | understand(written.text).possible
        for event in node.events:
            used |= event.watched
    for flow in flows:
        for written in of_flow(flow):
            used |= understand(written.text).names | understand(written.text).possible
    return frozenset(used)


def asked(text: str) -> Iterator[tuple[str, str]]:
    """List the texts that variables are compared with, as ``outcome`` in ``outcome = "grant"``."""
    tree = understand(text).tree
    stack = [] if tree is None else [tree]
    while stack:
        node = stack.pop()
        yield from _compared(node)
        # Inside a filter a name may mean an entry of the list's elements.
        parts = [node.source] if isinstance(node, nodes.Filter) else nodes.children(node)
        stack.extend(parts)


def taken(text: str) -> list[tuple[str, str]] | None:
    """List the values for which a condition holds; None when it is more than ``or`` of ``=``."""
    tree = understand(text).tree
    if tree is None:
        return None
    parts = tree.parts if isinstance(tree, nodes.Either) else (tree,)
    found: list[tuple[str, str]] = []
    for part in parts:
        plain = isinstance(part, nodes.In) or (
            isinstance(part, nodes.Compare) and part.operator == "="
        )
        values = list(_compared(part))
        if not plain or not values:
            return None
        found += values
    return found


def _compared(node: nodes.Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, nodes.Compare) and node.operator in {"=", "!="}:
        for name, value in ((node.left, node.right), (node.right, node.left)):
            text = _text(value)
            if isinstance(name, nodes.Name) and text is not None:
                yield name.name, text
    elif isinstance(node, nodes.In) and isinstance(node.value, nodes.Name):
        for test in node.tests:
            items = test.operand.items if isinstance(test.operand, nodes.ListOf) else [test.operand]
            texts = (_text(item) for item in items)
            yield from ((node.value.name, text) for text in texts if text is not None)


def _text(node: nodes.Node) -> str | None:
    return node.value if isinstance(node, nodes.Literal) and isinstance(node.value, str) else None


def _methods(tree: nodes.Node) -> frozenset[str]:
    """Collect calls of what is no plain function, such as ``os.system(…)``."""
    found = set()
    for node in nodes.walk(tree):
        if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Path):
            source = node.function.source
            prefix = source.name if isinstance(source, nodes.Name) else "…"
            found.add(f"{prefix}.{node.function.name}")
    return frozenset(found)
