"""Item definitions: the types a DMN file declares (DMN 1.3, 7.3.2; constraints DMN 1.5)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from engine.dmn.source import Element, Source, child, children, local, own_text, text_of
from engine.feel import TypeRef, UnaryTests
from engine.feel.reach import Parts, parts_of_type
from engine.feel.typeref import ANY, UNTOLD, Later
from engine.feel.types import SIMPLE, plain_name
from forms.text import Text

MAX_TYPE_DEPTH: Final = 20

#: How other engines spell the simple types.
_OTHER_SPELLINGS: Final = {
    "integer": "number", "long": "number", "double": "number", "int": "number", "decimal": "number",
    "str": "string", "bool": "boolean", "duration": "", "": "", "object": "",
}  # fmt: skip


class ItemTypes:
    """The types of one file by name; each is read when it is first asked for."""

    def __init__(
        self, source: Source, root: Element, imported: "Mapping[str, ItemTypes] | None" = None
    ) -> None:
        self.source = source
        #: The types of imported files, by the names of the imports.
        self.imported = imported or {}
        self._elements = {
            name: part for part in children(root, "itemDefinition") if (name := part.get("name"))
        }
        self._made: dict[str, TypeRef] = {}
        #: The types being read: how deep in components each was met, and its stand-in.
        self._open: dict[str, tuple[int, Later]] = {}
        #: The names of parts by the names of types, as far as they were asked for.
        self._parts: dict[str, Parts] = {}
        source.types = self.all()

    def all(self) -> dict[str, TypeRef]:
        """Return the types by name, those of imported files by their qualified names."""
        found = {name: self._named(name, part, 0) for name, part in self._elements.items()}
        for label, types in self.imported.items():
            for name, kind in types.all().items():
                found.setdefault(f"{label}.{name}" if label else name, kind)
        return found

    def of(self, element: Element | None, attribute: str = "typeRef") -> TypeRef | None:
        """Return the type an attribute names; None when it names none, or anything goes."""
        name = "" if element is None else element.get(attribute, "")
        found = self._find(name, element) if name else ANY
        return None if found == ANY else found

    def parts(self, element: Element | None) -> Parts:
        """Return the names of the parts that values of the type an element names may have."""
        name = "" if element is None else element.get("typeRef", "")
        if name not in self._parts:
            # What is wrong with the type is told where it is used.
            self._parts[name] = parts_of_type(self._find(name, None)) if name else None
        return self._parts[name]

    def _find(self, name: str, place: Element | None, depth: int = 0) -> TypeRef:
        bare = name.strip()
        bare = bare if bare in self._elements else bare.rsplit(":", 1)[-1].strip()
        if bare in self._elements:
            return self._named(bare, self._elements[bare], depth)
        if found := self._elsewhere(bare):
            return found
        plain = plain_name(_OTHER_SPELLINGS.get(bare.lower(), bare))
        if plain in SIMPLE:
            return TypeRef(plain)
        if plain and place is not None:
            self.source.report(
                place,
                "dmn-unknown-type",
                Text(f"未知类型“{name}”，不作检查", f"Unknown type '{name}': nothing is checked"),
                Text("请声明该类型，或选用 FEEL 类型", "Declare it, or choose a type of FEEL"),
                "warning",
            )
        return ANY

    def _elsewhere(self, name: str) -> TypeRef | None:
        for label, types in self.imported.items():
            inner = name.removeprefix(f"{label}.") if label else name
            if (inner != name or not label) and (found := types.all().get(inner)):
                return found
        return None

    def _named(self, name: str, element: Element, depth: int) -> TypeRef:
        if name in self._made:
            return self._made[name]
        if name in self._open:
            return self._again(name, element, depth)
        stand_in = Later()
        self._open[name] = (depth, stand_in)
        self._made[name] = stand_in.type = self._item(element, depth)
        del self._open[name]
        return self._made[name]

    def _again(self, name: str, element: Element, depth: int) -> TypeRef:
        met, stand_in = self._open[name]
        if depth > met:
            # A part of a part: values of the type end somewhere.
            return TypeRef("later", later=stand_in)
        self.source.report(
            element,
            "dmn-type-circle",
            Text(f"类型“{name}”就是自身", f"The type '{name}' is nothing but itself"),
            Text("请断开循环", "Break the circle"),
        )
        return ANY

    def _item(self, element: Element, depth: int) -> TypeRef:
        if depth > MAX_TYPE_DEPTH or len(self._open) > MAX_TYPE_DEPTH:
            self.source.report(
                element,
                "dmn-type-depth",
                Text("类型嵌套过深", "The types are nested too deep"),
                Text("请简化类型", "Make the types simpler"),
            )
            return ANY
        found = self._single(element, depth)
        if element.get("isCollection", "").strip() in {"true", "1"}:
            found = TypeRef("list", found)
        return _allowing(found, self._tests(element, "typeConstraint"))

    def _single(self, element: Element, depth: int) -> TypeRef:
        parts = list(children(element, "itemComponent"))
        if (function := child(element, "functionItem")) is not None:
            found = self._function(function)
        elif parts:
            entries = {part.get("name", ""): self._item(part, depth + 1) for part in parts}
            found = TypeRef("context", entries=tuple(entries.items()))
        else:
            reference = child(element, "typeRef")
            # DMN 1.1 writes it as an attribute in places.
            name = own_text(reference) or element.get("typeRef", "")
            found = self._find(name, element, depth) if name else ANY
        # On a list of a base type they hold for each element (DMN 1.5, 7.3.3).
        return _allowing(found, self._tests(element, "allowedValues"))

    def _function(self, element: Element) -> TypeRef:
        parts = [part for part in children(element) if local(part) in {"parameters", "parameter"}]
        kinds = tuple(self.of(part) or UNTOLD for part in parts)
        return TypeRef(
            "function",
            parameters=kinds or None,
            returns=self.of(element, "outputTypeRef"),
            names=tuple(part.get("name", "") for part in parts),
        )

    def _tests(self, element: Element, name: str) -> UnaryTests | None:
        found = child(element, name)
        return self.source.tests(found) if found is not None and text_of(found) else None


def _allowing(kind: TypeRef, tests: UnaryTests | None) -> TypeRef:
    # What a type allows stands in place of what its base allows.
    return kind if tests is None else replace(kind, allowed=(tests,))
