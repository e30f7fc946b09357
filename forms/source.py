"""Reading a form file: JSON whose objects know their line, and problems gathered all at once."""

import json
import json.decoder
import json.scanner
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.text import Text

LARGEST_FILE = 1024 * 1024
#: Most JSON objects of a file (each option of a choice is one), and most components.
MOST_OBJECTS = 20_000
MOST_COMPONENTS = 2000
#: Most errors, and most warnings, that are told one by one.
MOST_PROBLEMS = 200
Expression = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class FormProblem:
    """One thing wrong with a form file, and what to do about it."""

    file: str
    line: int
    #: id or key of the component, or "" for the form as a whole
    element: str
    #: short name of the rule, kebab-case
    rule: str
    #: "error" keeps the form from being deployed, "warning" does not
    severity: str
    message: Text
    hint: Text


class Node(dict[str, Any]):
    """A JSON object that remembers the line it begins on."""

    line: int = 1


class _TooManyObjectsError(Exception):
    """Expected the objects of a form, but there are far more."""


class _LocatedDecoder(json.JSONDecoder):
    """The library's decoder in its pure form, which lets objects be made with their place.

    Objects begin one behind the other, so each line is counted once, from the last object on.
    """

    def __init__(self) -> None:
        super().__init__(parse_constant=_refuse_constant, object_pairs_hook=_pairs)
        read_object: Any = json.decoder.JSONObject  # type: ignore[attr-defined]
        self._objects, self._line, self._place = 0, 1, 0
        #: Keys that stand twice in an object, with the line it begins on.
        self.doubled: list[tuple[int, str]] = []

        def located(s_and_end: tuple[str, int], *rest: Any) -> tuple[Node, int]:
            line = self._begin_object(*s_and_end)
            pairs, end = read_object(s_and_end, *rest)
            node = Node(pairs)
            node.line = line
            if len(node) < len(pairs):
                counted = Counter(key for key, _ in pairs)
                self.doubled += [(line, key) for key, number in counted.items() if number > 1]
            return node, end

        self.parse_object = located
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _begin_object(self, text: str, place: int) -> int:
        """Count an object in, and return the line it begins on."""
        self._objects += 1
        if self._objects > MOST_OBJECTS:
            raise _TooManyObjectsError
        self._line += text.count("\n", self._place, place)
        self._place = place
        return self._line


def _pairs(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return pairs


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


@dataclass
class Report:
    """Gathers the problems of one file, up to a bound of errors and one of warnings."""

    file: str
    check_expression: Expression | None = None
    problems: list[FormProblem] = field(default_factory=list)
    #: How many of each severity were found, also those beyond the bound.
    found: Counter[str] = field(default_factory=Counter)
    _components: int = 0

    def add(self, place: tuple[int, str], rule: str, message: Text, hint: Text) -> None:
        """Note an error at (line, element)."""
        self._note(FormProblem(self.file, *place, rule, "error", message, hint))

    def warn(self, place: tuple[int, str], rule: str, message: Text, hint: Text) -> None:
        """Note something the form can live with at (line, element)."""
        self._note(FormProblem(self.file, *place, rule, "warning", message, hint))

    def _note(self, problem: FormProblem) -> None:
        self.found[problem.severity] += 1
        if self.found[problem.severity] <= MOST_PROBLEMS:
            self.problems.append(problem)

    def admit(self) -> bool:
        """Count a component in; False, noted once, when the form holds too many."""
        self._components += 1
        if self._components == MOST_COMPONENTS + 1:
            most = MOST_COMPONENTS
            self.add(
                (1, ""),
                "too-many-components",
                Text(f"组件超过{most}个。", f"There are more than {most} components."),
                Text("请拆成几个表单。", "Split the form."),
            )
        return self._components <= MOST_COMPONENTS

    def sorted(self) -> list[FormProblem]:
        """Return the problems by line; a last one tells how many more there are."""
        self.problems.sort(key=lambda problem: (problem.line, problem.element, problem.rule))
        more = {kind: number - MOST_PROBLEMS for kind, number in self.found.items()}
        errors, warnings = max(more.get("error", 0), 0), max(more.get("warning", 0), 0)
        if not errors and not warnings:
            return self.problems
        message = Text(
            f"另有{errors}个错误和{warnings}个提醒没有列出。",
            f"{errors} more errors and {warnings} more warnings are not listed.",
        )
        hint = Text("请先改正列出的，再检查一次。", "Correct those listed, then check again.")
        severity = "error" if errors else "warning"
        last = FormProblem(self.file, 1, "", "more-problems", severity, message, hint)
        return [*self.problems, last]

    @property
    def has_errors(self) -> bool:
        """Tell whether anything found keeps the form from being used."""
        return self.found["error"] > 0


def parse(data: bytes, report: Report) -> Node | None:
    """Read the bytes of a form file; note why and return None when they are no JSON object."""
    fix = Text("请用表单编辑器重新导出这个文件。", "Export the file again from the form editor.")
    if len(data) > LARGEST_FILE:
        report.add((1, ""), "file-size", Text("文件超过1 MB。", "The file exceeds 1 MB."), fix)
        return None
    try:
        text = data.decode("utf-8-sig")
        decoder = _LocatedDecoder()
        node = decoder.decode(text)
    except json.JSONDecodeError as fault:
        where = Text(f"不是有效的JSON：{fault.msg}", f"Not valid JSON: {fault.msg}.")
        report.add((fault.lineno, ""), "json", where, fix)
        return None
    except _TooManyObjectsError:
        most = MOST_OBJECTS
        message = Text(f"对象超过{most}个。", f"There are more than {most} objects.")
        split = Text("请拆成几个表单，或减少选项。", "Split the form, or list fewer options.")
        report.add((1, ""), "too-many-objects", message, split)
        return None
    except (ValueError, RecursionError):
        wrong = Text("不是有效的UTF-8编码JSON。", "Not valid JSON in UTF-8.")
        report.add((1, ""), "json", wrong, fix)
        return None
    if not isinstance(node, Node):
        wrong = Text("文件内容不是一个表单对象。", "The file does not hold a form object.")
        report.add((1, ""), "json", wrong, fix)
        return None
    for line, key in decoder.doubled:
        message = Text(
            f"“{key}”写了两次，后一个算数。", f'"{key}" is given twice; the last counts.'
        )
        report.warn((line, ""), "duplicate-key", message, Text("只留下一个。", "Keep one of them."))
    return node


@dataclass(frozen=True)
class Source:
    """One component of the file, with the questions a field class asks while it reads itself."""

    node: Node
    report: Report
    #: hide-conditions of the groups around it
    outer_conditions: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, str]:
        """Return the line and the id or key that problems name."""
        return self.node.line, str(self.node.get("id") or self.node.get("key") or "")

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the custom properties."""
        return self.section("properties")

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a nested object, empty when it is missing or something else."""
        value = self.node.get(name)
        return value if isinstance(value, Mapping) else {}

    def error(self, rule: str, message: Text, hint: Text) -> None:
        """Note an error of this component."""
        self.report.add(self.place, rule, message, hint)

    def warn(self, rule: str, message: Text, hint: Text) -> None:
        """Note a weakness of this component."""
        self.report.warn(self.place, rule, message, hint)

    def text(self, name: str, *, fallback: str = "") -> Text:
        """Read a text: Chinese from the component, English from the property ``<name>En``."""
        zh = self.node.get(name)
        zh = (zh if isinstance(zh, str) else fallback).strip()
        if zh.startswith("=") or "{{" in zh:
            self.error(
                "dynamic-text",
                Text(f"“{name}”是表达式，表单文字须固定。", f'"{name}" is an expression.'),
                Text("请直接写文字。", "Write the text itself; form texts are fixed."),
            )
        return Text(zh, self.english(zh, self.properties.get(f"{name}En"), f"{name}En"))

    def english(self, zh: str, given: object, name: str) -> str:
        """Return the English wording given, or the Chinese with a warning."""
        if isinstance(given, str) and given.strip():
            return given.strip()
        if zh and not zh.isascii():
            self.warn(
                "english-missing",
                Text(f"“{zh[:40]}”没有英文。", f'"{zh[:40]}" has no English wording.'),
                Text(f"请填写属性 {name}。", f"Fill in the property {name}."),
            )
        return zh

    def whole_number(self, section: str, name: str) -> int | None:
        """Read a whole number such as a length; an unusable one is an error."""
        value = self.number(section, name)
        if value is None:
            return None
        if value < 0 or value != int(value):
            self._bad_number(name)
            return None
        return int(value)

    def number(self, section: str, name: str) -> float | int | None:
        """Read a number from a section of the component; an unusable one is an error."""
        value = self.section(section).get(name)
        if value is None or value == "":
            return None
        try:
            number = float(value) if not isinstance(value, bool) else None
        except (TypeError, ValueError, OverflowError):
            number = None
        if number is None or not math.isfinite(number):
            self._bad_number(name)
            return None
        return int(number) if number == int(number) else number

    def _bad_number(self, name: str) -> None:
        self.error(
            "bad-limit",
            Text(f"“{name}”须是数字。", f'"{name}" must be a plain number.'),
            Text("请改为数字；这里不能用表达式。", "Write a number; expressions do not work here."),
        )

    def conditions(self) -> tuple[str, ...]:
        """Read the hide-condition, checked, behind those of the groups around."""
        text = self.section("conditional").get("hide")
        if not text:
            return self.outer_conditions
        if not isinstance(text, str):
            self._bad_condition("=")
            return self.outer_conditions
        expression = text.strip().removeprefix("=").strip()
        fault = self.report.check_expression and self.report.check_expression(expression)
        if fault or not expression:
            self._bad_condition(fault or "")
        return (*self.outer_conditions, expression)

    def _bad_condition(self, fault: str) -> None:
        self.error(
            "bad-condition",
            Text(f"隐藏条件无法识别：{fault}", f"Cannot read the hide condition: {fault}"),
            Text(
                '请写一个FEEL表达式，例如 =kind = "shop"。', 'Write FEEL, such as =kind = "shop".'
            ),
        )
