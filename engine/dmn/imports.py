"""Imports: parts of other DMN files, taken in under the name of the import (DMN 1.3, 6.3.3).

A part of another file keeps its own names inside; here it is found by ``namespace#id``, and
expressions see it as an entry of the import's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from lxml import etree

from engine.dmn.items import ItemTypes
from engine.dmn.model import Decision, DmnModel, InputData, Knowledge, Service
from engine.dmn.source import MAX_BYTES, Element, Source, children, parser
from engine.feel.reach import Parts, parts_of_type
from forms.text import Text

#: How many files may stand on one another.
MAX_DEPTH: Final = 8
_FORMAT: Final = ("/DMN/", "/spec/DMN", "dmn.xsd")

#: Reads another file: its model, its types, and the source with the problems.
Reader = Callable[[bytes, str, "Others"], tuple[DmnModel | None, ItemTypes | None, Source]]


class Others:
    """The files that may be imported, by namespace; each is read once."""

    def __init__(self, files: Mapping[str, bytes], read: Reader, depth: int = 0) -> None:
        self.depth = depth
        self._read = read
        self._files = files
        self._spaces: dict[str, str] | None = None
        self.made: dict[str, tuple[DmnModel | None, ItemTypes | None, Source]] = {}

    def find(self, namespace: str) -> str | None:
        """Return the name of the file of a namespace."""
        if self._spaces is None:
            self._spaces = {}
            for name, data in self._files.items():
                if space := namespace_of(data):
                    self._spaces.setdefault(space, name)
        return self._spaces.get(namespace)

    def read(self, namespace: str) -> tuple[DmnModel | None, ItemTypes | None, Source] | None:
        """Read the file of a namespace; None when there is none, or files import in a circle."""
        name = self.find(namespace)
        if name is None:
            return None
        if namespace not in self.made:
            if self.depth >= MAX_DEPTH:
                return None
            deeper = Others(self._files, self._read, self.depth + 1)
            deeper._spaces, deeper.made = self._spaces, self.made
            self.made[namespace] = self._read(self._files[name], name, deeper)
        return self.made[namespace]


def namespace_of(data: bytes) -> str | None:
    """Return the namespace a DMN file gives itself; None when it is no such file."""
    if len(data) > MAX_BYTES:
        return None
    try:
        root = etree.fromstring(data, parser())
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype else root.get("namespace")


Imported = dict[str, tuple[str, DmnModel, ItemTypes]]


def read_imports(source: Source, root: Element, others: Others) -> Imported:
    """Read what a file imports: by namespace the import's name, the model and its types."""
    found: Imported = {}
    for element in children(root, "import"):
        space, name = element.get("namespace", ""), element.get("name", "")
        if element.get("importType") and not _is_dmn(element.get("importType", "")):
            _refuse(source, element, "不是 DMN 文件", "it is no DMN file")
            continue
        read = others.read(space) if space != source.namespace else None
        if read is None:
            _refuse(source, element, f"没有命名空间为“{space}”的文件", f"no file is '{space}'")
            continue
        model, types, inner = read
        if model is None or types is None or inner.failed:
            _refuse(source, element, f"“{inner.file}”有错误", f"'{inner.file}' has errors")
        if model is not None and types is not None:
            found[space] = (name, model, types)
            source.names |= inner.names | ({name} if name else set())
    return found


def imported_places(imported: Imported) -> dict[str, tuple[str, Parts]]:
    """Return under which name each imported part is seen, by id, and the parts of its value."""
    found: dict[str, tuple[str, Parts]] = {}
    for label, model, _ in imported.values():
        kinds = (model.decisions, model.inputs, model.knowledge, model.services)
        for part in (part for parts in kinds for part in parts.values()):
            name = part.variable if isinstance(part, Decision) else part.name
            place = (label, None) if label else (name, parts_of_type(part.kind))
            found[_full(part.id, model.namespace)] = place
    return found


def _is_dmn(kind: str) -> bool:
    return any(mark in kind for mark in _FORMAT)


def _refuse(source: Source, element: Element, zh: str, en: str) -> None:
    name = element.get("name", "")
    source.report(
        element,
        "dmn-import",
        Text(f"无法引用“{name}”：{zh}", f"'{name}' cannot be imported: {en}"),
        Text("请一并提供被引用的 DMN 文件", "Give the imported DMN file as well"),
    )


_Part = TypeVar("_Part", Decision, InputData, Knowledge, Service)


def joined(model: DmnModel, imported: Imported) -> DmnModel:
    """Put the parts of imported models into a model."""
    own = {space: name for space, (name, _, _) in imported.items()}
    labels: dict[str, Mapping[str, str]] = {model.namespace: own}
    decisions, inputs = dict(model.decisions), dict(model.inputs)
    knowledge, services = dict(model.knowledge), dict(model.services)
    for name, other, _ in imported.values():
        labels |= other.labels
        for decision in {part.id: part for part in other.decisions.values()}.values():
            _add(decisions, _decision(decision, other.namespace, name))
        for fact in other.inputs.values():
            _add(inputs, _named(replace(fact, id=_full(fact.id, other.namespace)), name))
        for shared in other.knowledge.values():
            _add(knowledge, _knowledge(shared, other.namespace, name))
        for service in other.services.values():
            _add(services, _service(service, other.namespace, name))
    for decision in list(decisions.values()):
        decisions.setdefault(decision.shown or decision.name, decision)
    return replace(
        model,
        decisions=decisions,
        inputs=inputs,
        knowledge=knowledge,
        services=services,
        labels=labels,
    )


def _add(found: dict[str, _Part], part: _Part) -> None:
    # A file may come in by two ways; it is the same part.
    found.setdefault(part.id, part)


def _full(reference: str, namespace: str) -> str:
    return reference if "#" in reference else f"{namespace}#{reference}"


def _all_full(references: tuple[str, ...], namespace: str) -> tuple[str, ...]:
    return tuple(_full(reference, namespace) for reference in references)


def _named(part: _Part, label: str) -> _Part:
    shown = part.shown or part.name
    return replace(part, shown=f"{label}.{shown}" if label else shown)


def _decision(part: Decision, space: str, label: str) -> Decision:
    full = replace(
        part,
        id=_full(part.id, space),
        decisions=_all_full(part.decisions, space),
        inputs=_all_full(part.inputs, space),
        knowledge=_all_full(part.knowledge, space),
    )
    return _named(full, label)


def _knowledge(part: Knowledge, space: str, label: str) -> Knowledge:
    needed = _all_full(part.knowledge, space)
    return _named(replace(part, id=_full(part.id, space), knowledge=needed), label)


def _service(part: Service, space: str, label: str) -> Service:
    full = replace(
        part,
        id=_full(part.id, space),
        outputs=_all_full(part.outputs, space),
        parameters=_all_full(part.parameters, space),
    )
    return _named(full, label)
