"""The XML side of a DMN file: safe parsing, elements by local name, problems with their place.

Namespaces of all DMN versions from 1.1 on are accepted: elements are told by their local names.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from lxml import etree

from engine.feel import (
    Expression,
    FeelError,
    FeelSyntaxError,
    TypeRef,
    UnaryTests,
    compile_expression,
    compile_unary_tests,
)
from engine.feel.reach import Parts, Scopes
from engine.problems import Problem
from forms.text import Text

MAX_BYTES: Final = 2_000_000

Element = etree._Element  # noqa: SLF001 - lxml exports the type under this name only

_FEEL: Final = re.compile(r"(?i)feel|.*/feel/.*")


@dataclass
class Source:
    """One file being read, with the problems found so far."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    #: Whether wrong literals are null, with a warning; else they are errors.
    lenient: bool = False
    #: The namespace the file gives itself.
    namespace: str = ""
    #: The expression language it declares for all; empty for FEEL.
    language: str = ""
    #: Names with spaces or signs that expressions may use.
    names: frozenset[str] = frozenset()
    #: Those in scope where it is being read.
    scopes: Scopes = field(default_factory=Scopes)
    #: For each part that others may require, by id: its name there and the parts of its value.
    places: Mapping[str, tuple[str, Parts]] = field(default_factory=dict)
    #: The types the file declares, by name, for ``instance of`` and parameters in FEEL.
    types: Mapping[str, TypeRef] = field(default_factory=dict)
    #: How many problems were looked at for errors, and how many were errors.
    _looked_at: int = 0
    _errors: int = 0

    def report(
        self,
        element: Element | None,
        rule: str,
        message: Text,
        hint: Text,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Note a problem at an element."""
        line = None if element is None else line_of(element)
        found = None if element is None else nearest_id(element)
        self.problems.append(Problem(self.file, line, found, rule, severity, message, hint))

    @property
    def failed(self) -> bool:
        """Whether any problem is an error."""
        return self.errors > 0

    @property
    def errors(self) -> int:
        """How many errors were found so far."""
        # Asked before and after every decision: each problem is looked at once.
        fresh = self.problems[self._looked_at :]
        self._looked_at += len(fresh)
        self._errors += sum(problem.severity == "error" for problem in fresh)
        return self._errors

    def parse(self, data: bytes) -> Element | None:
        """Read the XML; None, with a problem noted, when it cannot be used."""
        if len(data) > MAX_BYTES:
            self.report(
                None,
                "dmn-too-large",
                Text("文件过大", "The file is too large"),
                Text("请拆分决策模型", "Split the decision model"),
            )
            return None
        try:
            root = etree.fromstring(data, parser())
        except etree.XMLSyntaxError as error:
            message = Text(f"不是有效的 XML：{error.msg}", f"Not well-formed XML: {error.msg}")
            hint = Text("请用建模工具重新保存", "Save it again with a modeller")
            line = error.lineno or None
            self.problems.append(Problem(self.file, line, None, "dmn-xml", "error", message, hint))
            return None
        return self._accepted(root)

    def _accepted(self, root: Element) -> Element | None:
        if root.getroottree().docinfo.doctype:
            self.report(
                root,
                "dmn-doctype",
                Text("文件含有 DOCTYPE 声明", "The file has a DOCTYPE declaration"),
                Text("请删除该声明", "Remove the declaration"),
            )
            return None
        if local(root) != "definitions":
            self.report(
                root,
                "dmn-root",
                Text("不是 DMN 文件", "This is no DMN file"),
                Text("根元素应为 definitions", "The root element should be definitions"),
            )
            return None
        self.namespace = root.get("namespace", "")
        self.language = root.get("expressionLanguage", "")
        return root

    def reference(self, href: str) -> str:
        """Return what finds an element: its id, or namespace and id for another file's."""
        space, _, name = href.rpartition("#")
        return name if space in {"", self.namespace} else href

    def expression(self, element: Element | None, owner: Element) -> Expression | None:
        """Compile what an element's ``text`` child says; None, noted, when it fails."""
        text = text_of(element)
        if element is None or not text:
            self.report(
                owner,
                "dmn-expression-missing",
                Text("缺少表达式", "An expression is missing"),
                Text("请填写 FEEL 表达式", "Write a FEEL expression"),
            )
            return None
        if not self._is_feel(element):
            return None
        try:
            seen = self.scopes.near(text)
            made = compile_expression(text, self.names, self.types, lenient=self.lenient, seen=seen)
        except FeelError as error:
            self._bad_expression(element, error)
            return None
        for fault in made.faults:
            self._bad_expression(element, fault, "warning")
        return made

    def tests(self, element: Element) -> UnaryTests | None:
        """Compile the tests of a cell; an empty cell fits anything."""
        if not self._is_feel(element):
            return None
        text = text_of(element) or "-"
        try:
            return compile_unary_tests(text, self.names, self.types, self.scopes.near(text))
        except FeelError as error:
            self._bad_expression(element, error)
            return None

    def _is_feel(self, element: Element) -> bool:
        language = element.get("expressionLanguage") or self.language
        if not language or _FEEL.fullmatch(language):
            return True
        self.report(
            element,
            "dmn-expression-language",
            Text(f"不支持表达式语言“{language}”", f"The language '{language}' is not supported"),
            Text("请改用 FEEL", "Use FEEL"),
        )
        return False

    def _bad_expression(
        self, element: Element, error: FeelError, severity: Literal["error", "warning"] = "error"
    ) -> None:
        inner = child(element, "text")
        line = line_of(element if inner is None else inner) or 0
        if isinstance(error, FeelSyntaxError):
            line += error.line - 1
        hint = Text("请修改 FEEL 表达式", "Correct the FEEL expression")
        self.problems.append(
            Problem(
                self.file,
                line or None,
                nearest_id(element),
                "dmn-expression",
                severity,
                error.message,
                hint,
            )
        )


def parser() -> "etree.XMLParser[Element]":
    """Return a parser that reaches nothing outside the text."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(element).localname


def children(element: Element, name: str | None = None) -> Iterator[Element]:
    """Yield the child elements, of one local name or all."""
    for part in element:
        if isinstance(part.tag, str) and (name is None or local(part) == name):
            yield part


def child(element: Element, name: str) -> Element | None:
    """Return the first child of a local name."""
    return next(children(element, name), None)


def text_of(element: Element | None) -> str:
    """Return what the ``text`` child says, without blanks around it."""
    inner = None if element is None else child(element, "text")
    return "" if inner is None else (inner.text or "").strip()


def own_text(element: Element | None) -> str:
    """Return what an element itself says, without blanks around it."""
    return "" if element is None else (element.text or "").strip()


def line_of(element: Element) -> int:
    """Return the line of an element, counted from 1."""
    return int(element.sourceline or 0)


def nearest_id(element: Element) -> str | None:
    """Return the id of an element, or of the nearest one around it that has one."""
    found: Element | None = element
    while found is not None:
        if name := found.get("id"):
            return name
        found = found.getparent()
    return None
