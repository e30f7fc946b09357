"""Item definitions: the types a DMN file declares (DMN 1.3, 7.3.2; constraints DMN 1.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.dmn.source import Element, Source, child, children, local, own_text, text_of
from engine.feel import TypeRef, UnaryTests
from engine.feel.typeref import ANY
from engine.feel.types import SIMPLE, plain_name
from forms.text import Text

MAX_TYPE_DEPTH: Final = 20

#: How other engines spell the simple types.
_OTHER_SPELLINGS: Final = {
    "integer": "number", "long": "number", "double": "number", "int": "number", "decimal": "number",
    "str": "string", "bool": "boolean", "duration": "", "": "", "object": "",
}  # fmt: skip


@dataclass(frozen=True)
class ItemType:
    """A declared type: how it is built, and which of its values are allowed."""

    ref: TypeRef
    #: The type of the elements, when this is a list.
    element: "ItemType | None" = None
    #: The types of the entries, when this is a context.
    entries: Mapping[str, "ItemType"] = field(default_factory=dict)
    #: Tests every value has to pass.
    allowed: tuple[UnaryTests, ...] = ()
    #: The type of what a function of this type gives.
    returns: "ItemType | None" = None


_ANY_ITEM: Final = ItemType(ANY)


class ItemTypes:
    """The types of one file by name; each is read when it is first asked for."""

    def __init__(self, source: Source, root: Element) -> None:
        self.source = source
        self._elements = {
            name: part for part in children(root, "itemDefinition") if (name := part.get("name"))
        }
        self._made: dict[str, ItemType] = {}
        self._open: set[str] = set()
        source.types = {name: self._named(name, part).ref for name, part in self._elements.items()}

    def of(self, element: Element | None, attribute: str = "typeRef") -> ItemType | None:
        """Return the type an attribute names; None when it names none, or anything goes."""
        name = "" if element is None else element.get(attribute, "")
        found = self._find(name, element) if name else _ANY_ITEM
        return None if found.ref == ANY else found

    def _find(self, name: str, place: Element | None) -> ItemType:
        bare = name.strip()
        bare = bare if bare in self._elements else bare.rsplit(":", 1)[-1].strip()
        if bare in self._elements:
            return self._named(bare, self._elements[bare])
        plain = plain_name(_OTHER_SPELLINGS.get(bare.lower(), bare))
        if plain in SIMPLE:
            return ItemType(TypeRef(plain))
        if plain and place is not None:
            self.source.report(
                place,
                "dmn-unknown-type",
                Text(f"未知类型“{name}”，不作检查", f"Unknown type '{name}': nothing is checked"),
                Text("请声明该类型，或选用 FEEL 类型", "Declare it, or choose a type of FEEL"),
                "warning",
            )
        return _ANY_ITEM

    def _named(self, name: str, element: Element) -> ItemType:
        if name in self._made:
            return self._made[name]
        if name in self._open:
            self.source.report(
                element,
                "dmn-type-circle",
                Text(f"类型“{name}”包含自身", f"The type '{name}' holds itself"),
                Text("请断开循环", "Break the circle"),
            )
            return _ANY_ITEM
        self._open.add(name)
        self._made[name] = self._item(element, 0)
        self._open.discard(name)
        return self._made[name]

    def _item(self, element: Element, depth: int) -> ItemType:
        if depth > MAX_TYPE_DEPTH or len(self._open) > MAX_TYPE_DEPTH:
            self.source.report(
                element,
                "dmn-type-depth",
                Text("类型嵌套过深", "The types are nested too deep"),
                Text("请简化类型", "Make the types simpler"),
            )
            return _ANY_ITEM
        found = self._single(element, depth)
        if element.get("isCollection", "").strip() in {"true", "1"}:
            found = ItemType(TypeRef("list", found.ref), element=found)
        return _allowing(found, self._tests(element, "typeConstraint"))

    def _single(self, element: Element, depth: int) -> ItemType:
        parts = list(children(element, "itemComponent"))
        if (function := child(element, "functionItem")) is not None:
            found = self._function(function)
        elif parts:
            entries = {part.get("name", ""): self._item(part, depth + 1) for part in parts}
            kinds = tuple((name, kind.ref) for name, kind in entries.items())
            found = ItemType(TypeRef("context", entries=kinds), entries=entries)
        else:
            reference = child(element, "typeRef")
            # DMN 1.1 writes it as an attribute in places.
            name = own_text(reference) or element.get("typeRef", "")
            found = self._find(name, element) if name else _ANY_ITEM
        # On a list of a base type they hold for each element (DMN 1.5, 7.3.3).
        return _allowing(found, self._tests(element, "allowedValues"))

    def _function(self, element: Element) -> ItemType:
        kinds = tuple(
            (self.of(part) or _ANY_ITEM).ref
            for part in children(element)
            if local(part) in {"parameters", "parameter"}
        )
        returns = self.of(element, "outputTypeRef")
        ref = TypeRef(
            "function", parameters=kinds or None, returns=returns.ref if returns else None
        )
        return ItemType(ref, returns=returns)

    def _tests(self, element: Element, name: str) -> UnaryTests | None:
        found = child(element, name)
        return self.source.tests(found) if found is not None and text_of(found) else None


def _allowing(kind: ItemType, tests: UnaryTests | None) -> ItemType:
    if tests is None:
        return kind
    return ItemType(kind.ref, kind.element, kind.entries, (*kind.allowed, tests), kind.returns)
