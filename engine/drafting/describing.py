"""item.yaml part by part: read as a plain tree, written back, and how complete it is.

What is not asked about is kept as it is; of comments only those at the head of the file stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from engine import bpmn, plain_yaml
from engine.definitions.item import read_item
from engine.definitions.yaml_fields import MAX_BYTES, MAX_NODES, NOTHING, Book, compose
from engine.drafting.files import Files
from engine.errors import InvalidError
from forms.text import Text

Tree = dict[str, Any]
ITEM: Final = "item.yaml"
#: How a template marks what somebody has to fill in.
UNFILLED: Final = ("请填写", "To be filled in")
_WIDTH: Final = 110
#: What must be published (许可法 30, 58), by the key of item.yaml; two are the diagram's.
ELEMENTS: Final = (
    ("title", Text("事项名称", "Name")),
    ("basis", Text("设定依据", "Legal basis")),
    ("conditions", Text("许可条件", "Conditions")),
    ("quantity", Text("数量限制", "Quantity")),
    ("materials", Text("申请材料", "Materials")),
    ("procedure", Text("办理程序", "Procedure")),
    ("limit", Text("办理期限", "Limit")),
    ("fee.basis", Text("收费依据", "Basis of the fee")),
    ("fee.standard", Text("收费标准", "Amount of the fee")),
)


_FROM_DIAGRAM: Final = Text("由流程图给出。", "The diagram says it.")
_NOT_DRAWN: Final = Text("流程图上还没有。", "Not in the diagram yet.")


@dataclass(frozen=True)
class Element:
    """One of the nine public elements, and whether it can be published as it stands."""

    key: str
    name: Text
    complete: bool
    why: Text = NOTHING


def read(data: bytes) -> Tree:
    """Read an item.yaml as a tree of mappings, lists and scalars.

    Raises InvalidError when it is no mapping, or not YAML within bounds.
    """
    book = Book(ITEM)
    node = compose(data, book)
    if not isinstance(node, yaml.MappingNode):
        problem = book.problems[0].message if book.problems else None
        raise InvalidError(
            problem or Text("文件内容应为“键: 值”的映射。", "The file must be a mapping.")
        )
    try:
        tree, _ = plain_yaml.load(data, most=MAX_BYTES, nodes=MAX_NODES)
    except plain_yaml.PlainYamlError as error:
        raise InvalidError(error.message) from error
    return {str(key): value for key, value in tree.items()}


def write(tree: Mapping[str, Any], before: bytes) -> bytes:
    """Write a tree as YAML, under the comments with which the file began."""
    head = []
    for line in before.decode("utf-8-sig").splitlines():
        if not line.startswith("#"):
            break
        head.append(line)
    body = yaml.safe_dump(dict(tree), allow_unicode=True, sort_keys=False, width=_WIDTH)
    return "\n".join([*head, body]).encode()


def elements(files: Files) -> list[Element]:
    """Say of each public element whether it is there, and filled in."""
    data = files.get(ITEM, b"")
    try:
        tree = read(data)
    except InvalidError as error:
        return [Element(key, name, complete=False, why=error.message) for key, name in ELEMENTS]
    faults: dict[str, Text] = {}
    for one in read_item(data, ITEM)[1]:
        if one.severity == "error":
            faults.setdefault(one.element or "", one.message)
    drawn = _drawn(files)
    return [
        drawn[key] if key in drawn else _element(key, name, tree, faults) for key, name in ELEMENTS
    ]


def _drawn(files: Files) -> dict[str, Element]:
    """Say the same of the two elements that the diagram has."""
    processes = [
        diagram.main
        for path, data in sorted(files.items())
        if path.endswith(".bpmn")
        for diagram in [bpmn.read(data, path)[0]]
        if diagram is not None and diagram.processes and "item" in diagram.main.properties
    ]
    process, names = processes[0] if processes else None, dict(ELEMENTS)
    there = {
        "procedure": process is not None and bool(process.steps),
        "limit": process is not None and bool(process.statutory_limit or process.promised_limit),
    }
    return {
        key: Element(key, names[key], complete=found, why=_FROM_DIAGRAM if found else _NOT_DRAWN)
        for key, found in there.items()
    }


def _element(key: str, name: Text, tree: Tree, faults: Mapping[str, Text]) -> Element:
    for place, message in faults.items():
        if place == key or place.startswith((f"{key}.", f"{key}[")):
            return Element(key, name, complete=False, why=message)
    found: Any = tree
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if not found and found is not False:
        return Element(key, name, complete=False, why=Text("还没有填写。", "Not there yet."))
    if is_unfilled(found):
        why = Text("还有“请填写”的内容。", "Something is still to be filled in.")
        return Element(key, name, complete=False, why=why)
    return Element(key, name, complete=True)


def is_unfilled(value: object) -> bool:
    """Say whether something in a tree still stands as its template left it."""
    if isinstance(value, str):
        return value.startswith(UNFILLED)
    if isinstance(value, Mapping):
        return any(map(is_unfilled, value.values()))
    return isinstance(value, list) and any(map(is_unfilled, value))
