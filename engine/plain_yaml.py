"""Read YAML that only holds values: bounded, and without aliases, so a small file stays small.

Anchors and merge keys could make a few lines into millions of values. What the library cannot make
a value of, such as 2026-02-30, is an error at its line, like any other slip.
"""

from typing import Any, Final

import yaml
from yaml.reader import ReaderError

from forms.text import Text

MAX_DEPTH: Final = 40
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PlainYamlError(Exception):
    """The file cannot be read; ``line`` is counted from 1, None where nothing tells."""

    def __init__(self, message: Text, line: int | None) -> None:
        super().__init__(message.en)
        self.message, self.line = message, line


class _Loader(_LOADER):  # type: ignore[misc]
    """The safe loader, which says of each value that it cannot make where it stands."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Make the value of a node."""
        try:
            return super().construct_object(node, deep=deep)
        except yaml.YAMLError:
            raise
        except (ValueError, KeyError, AttributeError, TypeError, OverflowError) as error:
            said = f"'{str(getattr(node, 'value', ''))[:40]}' is no value of its kind"
            raise yaml.MarkedYAMLError(problem=said, problem_mark=node.start_mark) from error


def load(data: bytes, *, most: int, nodes: int) -> tuple[Any, list[int]]:
    """Return what a file holds, and where the entries of an outermost list begin.

    ``most`` bytes and ``nodes`` values are read at most. Raises PlainYamlError.
    """
    if len(data) > most:
        raise PlainYamlError(
            Text(f"文件超过{most // 1024}KB。", f"The file is larger than {most // 1024} KB."), None
        )
    try:
        text = data.decode("utf-8-sig")
        _refuse_unbounded(text, nodes)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            content = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        said = Text("文件不是UTF-8编码。", "The file is not UTF-8.")
        raise PlainYamlError(said, undecoded_line(error)) from error
    except yaml.YAMLError as error:
        what = reason(error)[:120]
        said = Text(f"不是有效的YAML：{what}。", f"This is not valid YAML: {what}.")
        raise PlainYamlError(said, fault_line(error, data)) from error
    listed = node.value if isinstance(node, yaml.SequenceNode) else []
    return content, [one.start_mark.line + 1 for one in listed]


def reason(error: yaml.YAMLError) -> str:
    """Say what the library found wrong."""
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")


def undecoded_line(error: UnicodeDecodeError) -> int:
    """Say on which line the bytes stand that are not UTF-8."""
    return error.object[: error.start].count(b"\n") + 1


def fault_line(error: yaml.YAMLError, data: bytes) -> int | None:
    """Say where an error is; where a file ends too early, what is open shows more than its end."""
    lines = data.rstrip().count(b"\n") + 1
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if isinstance(error, ReaderError):  # a character that no YAML may hold: it has no mark
        return data[: data.find(chr(error.character).encode())].count(b"\n") + 1
    if mark is None:
        return None
    found = begun if mark.line >= lines and begun is not None else mark
    return min(int(found.line) + 1, lines)


def _refuse_unbounded(text: str, nodes: int) -> None:
    """Walk the events first: the composer recurses and copies, the event parser does neither."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise PlainYamlError(
                Text(
                    "不允许使用别名（*名称），请把内容写在使用处。",
                    "Aliases (*name) are not allowed; write the content where it is used.",
                ),
                line,
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or count > nodes:
            raise PlainYamlError(
                Text("内容过深或过多。", "It is nested too deep, or holds too much."), line
            )
