"""Read FEEL text into a tree: a Pratt parser over the tokens (DMN 1.3, 10.3.1.2)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from engine.feel.decimals import NUMERIC, read_number
from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, unquote
from engine.feel.nodes import (
    All,
    Arithmetic,
    Between,
    Call,
    Compare,
    ContextOf,
    Either,
    Filter,
    For,
    FunctionOf,
    HalfOpen,
    If,
    In,
    InstanceOf,
    ListOf,
    Literal,
    Name,
    Negate,
    Node,
    Path,
    Quantified,
    Span,
    Test,
    Turn,
    check_height,
)
from engine.feel.operators import negate
from engine.feel.reach import NOTHING_SEEN, Seen
from engine.feel.temporal import read_temporal
from engine.feel.tokens import TokenReader
from engine.feel.typeref import TypeRef

OR, AND, COMPARISON, SUM, PRODUCT, POWER, MINUS, POSTFIX = range(10, 90, 10)

_STRENGTH: Final = {
    "or": OR, "and": AND, "between": COMPARISON, "in": COMPARISON,
    "=": COMPARISON, "!=": COMPARISON, "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON,
    ">=": COMPARISON, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER,
    ".": POSTFIX, "[": POSTFIX, "(": POSTFIX, "instance": POSTFIX,
}  # fmt: skip
_COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
#: After which signs a half-open range cannot begin.
_BARRED: Final = dict.fromkeys(_ORDERS, _ORDERS) | dict.fromkeys(("=", "!="), _COMPARISONS)
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_OPENS: Final = frozenset({"(", "[", "{", "-", "@"})


def parse_expression(
    text: str,
    names: Iterable[str] = (),
    types: Mapping[str, TypeRef] | None = None,
    faults: list[FeelSyntaxError] | None = None,
    seen: Seen = NOTHING_SEEN,
) -> Node:
    """Read one expression; raises FeelSyntaxError or FeelLimitError.

    With a list for ``faults``, wrong literals are null and noted there.
    """
    parser = Parser(text, names, types, seen)
    node = parser.finish(parser.expression())
    if faults is not None:
        faults += parser.faults
    elif parser.faults:
        raise parser.faults[0]
    return node


def parse_unary_tests(
    text: str,
    names: Iterable[str] = (),
    types: Mapping[str, TypeRef] | None = None,
    seen: Seen = NOTHING_SEEN,
) -> tuple[tuple[Test, ...], bool]:
    """Read the tests of a decision table's cell and whether ``not(...)`` stands around them.

    No tests at all means ``-``: anything fits. Raises FeelSyntaxError or FeelLimitError.
    """
    parser = Parser(text, names, types, seen)
    if parser.here.text == "-" and parser.peek(1).kind == "end":
        return (), False
    if negated := parser.is_wrapped("not"):
        parser.take("not")
    # Brackets around all of them change nothing.
    wrapped = negated or (parser.is_wrapped("") and parser.has_comma())
    if wrapped:
        parser.take("(")
    tests = parser.tests(")" if wrapped else "")
    if wrapped:
        parser.take(")")
    parser.finish(In(Literal(None), tests))
    if parser.faults:
        raise parser.faults[0]
    return tests, negated


class Parser(TokenReader):
    """Reads expressions."""

    def finish(self, node: Node) -> Node:
        """Give back the tree when all text was read and the tree is not too deep."""
        if self.here.kind != "end":
            self.unexpected()
        check_height(node)
        return node

    # --- operators ---------------------------------------------------------------------------

    def expression(self, floor: int = 0) -> Node:
        """Read an expression whose operators all bind stronger than ``floor``."""
        self.deeper()
        left = self.operand()
        while (strength := self.strength()) > floor:
            left = self.operation(left, strength)
        self.depth -= 1
        return left

    def inside(self) -> Node:
        """Read an expression between brackets: no bracket in it ends a range outside."""
        before, self.range_end = self.range_end, False
        node = self.expression()
        self.range_end = before
        return node

    def strength(self) -> int:
        """Tell how strong the operator here binds; 0 when there is none."""
        token = self.here
        if token.kind not in {"op", "keyword", "name"}:
            return 0
        if token.text == "instance" and self.peek(1).text != "of":
            return 0
        if token.text == "[" and self.range_end and not self._opens_filter():
            return 0
        return _STRENGTH.get(token.text, 0)

    def _opens_filter(self) -> bool:
        # "]1..3[": a bracket that nothing readable follows closes a range. No condition begins
        # with a range, so what follows in "[ ]0..4[ ]" is the end of the list.
        after = self.peek(1)
        if after.text == "instance" and self.peek(2).text == "of":
            return False
        return after.kind in {"number", "string", "name"} or (
            after.text in _OPENS or after.text in {"true", "false", "null", "if", "some", "every"}
        )

    def operation(self, left: Node, strength: int) -> Node:
        """Read the operator here and what follows it."""
        token = self.here
        self.place += 1
        if strength == POSTFIX:
            return self.postfix(left, token.text)
        if token.text == "between":
            low = self.expression(COMPARISON)
            self.take("and")
            return Between(left, low, self.expression(COMPARISON))
        if token.text == "in":
            return In(left, self.membership())
        right = self.expression(strength)
        if token.text in {"and", "or"}:
            return _chain(All if token.text == "and" else Either, left, right)
        kind = Compare if token.text in _COMPARISONS else Arithmetic
        return kind(token.text, left, right)

    def postfix(self, left: Node, mark: str) -> Node:
        """Read what follows ``.``, ``[``, ``(`` or ``instance``."""
        if mark == ".":
            return Path(left, self.name(left))
        if mark == "[":
            with self.words.filter(left):
                condition = self.inside()
            self.take("]")
            return Filter(left, condition)
        if mark == "(":
            return self.call(left)
        self.take("of")
        return InstanceOf(left, self.type())

    def membership(self) -> tuple[Test, ...]:
        """Read what follows ``in``: one test or several in parentheses."""
        if not self.found("("):
            return (self.test(SUM - 1),)
        first = self.test()
        if not first.operator and self.found(".."):
            return (Test("", self.span(first.operand, closed=False)),)
        tests = [first]
        while self.found(","):
            tests.append(self.test())
        self.take(")")
        if len(tests) == 1 and not first.operator:
            operand = first.operand
            while (strength := self.strength()) > COMPARISON:
                operand = self.operation(operand, strength)
            return (Test("", operand),)
        return tuple(tests)

    def tests(self, closing: str) -> tuple[Test, ...]:
        """Read tests up to, not including, the closing mark or the end."""
        found = [self.test()]
        while self.found(","):
            found.append(self.test())
        if closing and self.here.text != closing:
            self.unexpected(f"，应为“{closing}”", f", expected '{closing}'")
        return tuple(found)

    def test(self, floor: int = 0) -> Test:
        """Read one unary test."""
        if self.here.kind == "op" and self.here.text in _COMPARISONS:
            operator = self.here.text
            self.place += 1
            return Test(operator, self.expression(COMPARISON))
        return Test("", self.expression(floor))

    def is_wrapped(self, word: str) -> bool:
        """Tell whether all the text is one ``(...)`` after a word, or after none."""
        start = 1 if word else 0
        if (word and self.here.text != word) or self.peek(start).text != "(":
            return False
        depth = 0
        for index, token in enumerate(self.tokens[start:], start):
            if token.kind == "op":
                depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0:
                return self.tokens[index + 1].kind == "end"
        return False

    def has_comma(self) -> bool:
        """Tell whether a comma stands right inside the outermost brackets."""
        depth = 0
        for token in self.tokens:
            if token.kind == "op":
                depth += (token.text in "([{") - (token.text in ")]}")
                if token.text == "," and depth == 1:
                    return True
        return False

    # --- operands ----------------------------------------------------------------------------

    def operand(self) -> Node:
        """Read what can begin an expression."""
        token = self.here
        if token.kind == "number":
            return self._number(token)
        if token.kind == "string":
            self.place += 1
            return Literal(unquote(token.text))
        if token.kind in {"name", "quoted"}:
            return self._named()
        if self.words.known_at(self.place):
            return Name(self.name())
        if token.text in _COMPARISONS and self.peek(-1).text not in _BARRED[token.text]:
            self.place += 1
            return HalfOpen(token.text, self.expression(COMPARISON))
        reader = _OPERANDS.get(token.text)
        if reader is None or token.kind == "end":
            self.unexpected()
        self.place += 1
        return reader(self)

    def _number(self, token: Token) -> Node:
        value = read_number(token.text)
        if value is None:
            self.fail("数值超出范围", "The number is out of range")
        self.place += 1
        return Literal(value)

    def _named(self) -> Node:
        if special := self.words.special_at(self.place):
            self.place += special[1]
            return Name(special[0])
        return Name(self.name())

    def constant(self) -> Node:
        """Give back ``true``, ``false`` or ``null``, which was just read."""
        return Literal(_CONSTANTS[self.peek(-1).text])

    def negation(self) -> Node:
        """Read what follows a minus sign."""
        operand = self.expression(MINUS - 1)
        if isinstance(operand, Literal) and type(operand.value) in NUMERIC:
            return Literal(negate(operand.value))
        return Negate(operand)

    def moment(self) -> Node:
        """Read what follows ``@``."""
        token = self.here
        said = "@ 后应为日期、时间或期限文本", "Expected a date, time or duration after @"
        if token.kind != "string":
            self.fail(*said)
        if (value := read_temporal(unquote(token.text))) is None:
            self.wrong(*said, token)
        self.place += 1
        return Literal(value)

    def group(self) -> Node:
        """Read what follows ``(``: a range or an expression in parentheses."""
        inner = self.inside()
        if self.found(".."):
            return self.span(inner, closed=False)
        self.take(")")
        return inner

    def open_range(self) -> Node:
        """Read what follows a ``]`` that begins a range."""
        low = self.expression()
        self.take("..")
        return self.span(low, closed=False)

    def brackets(self) -> Node:
        """Read what follows ``[``: a list or a range."""
        if self.here.text == "]" and not self._opens_range():
            self.place += 1
            return ListOf(())
        first = self.inside()
        if self.found(".."):
            return self.span(first, closed=True)
        items = [first]
        while self.found(","):
            items.append(self.inside())
        self.take("]")
        return ListOf(tuple(items))

    def _opens_range(self) -> bool:
        # "[ ]1..3[ ]": nothing readable follows an empty list but an operator.
        after = self.peek(1)
        if after.text == "-":
            return self.peek(2).kind == "number" and self.peek(3).text == ".."
        if after.kind == "name":
            return after.text != "instance" or self.peek(2).text != "of"
        return after.kind in {"number", "string", "quoted"} or after.text == "@"

    def span(self, low: Node, *, closed: bool) -> Node:
        """Read the upper end of a range and its bracket."""
        self.depth += 1
        before, self.range_end = self.range_end, True
        high = self.operand()
        while (strength := self.strength()) > COMPARISON:
            high = self.operation(high, strength)
        self.range_end = before
        self.depth -= 1
        if not (ends_closed := self.found("]")) and not self.found(")"):
            self.take("[")
        return Span(low, high, closed, ends_closed)

    def braces(self) -> Node:
        """Read what follows ``{``."""
        names: list[str] = []
        values: list[Node] = []
        with self.words.block():
            while not self.found("}"):
                if names:
                    self.take(",")
                token = self.here
                name = self.key()
                if name in names:
                    self.wrong(f"条目“{name}”重复", f"The entry '{name}' appears twice", token)
                names.append(name)
                values.append(self.inside())
                self.words.learn(name, values[-1])
        if len(set(names)) < len(names):
            return Literal(None)
        return ContextOf(tuple(names), tuple(values))

    def call(self, function: Node) -> Node:
        """Read what follows ``(`` of an invocation."""
        if self.found(")"):
            return Call(function, (), None)
        names: list[str] = []
        values: list[Node] = []
        named = self.words.is_named_argument(self.place)
        while True:
            if named:
                names.append(self.key())
            values.append(self.inside())
            if not self.found(","):
                break
        self.take(")")
        return Call(function, tuple(values), tuple(names) if named else None)

    # --- words -------------------------------------------------------------------------------

    def choice(self) -> Node:
        """Read what follows ``if``."""
        condition = self.expression()
        self.take("then")
        then = self.expression()
        self.take("else")
        return If(condition, then, self.expression())

    def loop(self) -> Node:
        """Read what follows ``for``."""
        with self.words.block():
            turns = self.turns()
            self.take("return")
            return For(turns, self.expression())

    def some(self) -> Node:
        """Read what follows ``some``."""
        return self._quantified(every=False)

    def every(self) -> Node:
        """Read what follows ``every``."""
        return self._quantified(every=True)

    def _quantified(self, *, every: bool) -> Node:
        with self.words.block():
            turns = self.turns()
            self.take("satisfies")
            return Quantified(every, turns, self.expression())

    def turns(self) -> tuple[Turn, ...]:
        """Read the iterated names and where their values come from."""
        found: list[Turn] = []
        while not found or self.found(","):
            name = self.name_until({"in", "return", "satisfies"})
            self.take("in")
            domain = self.expression()
            end = self.expression() if self.found("..") else None
            self.words.learn(name, Literal(None) if end else domain)
            found.append(Turn(name, domain, end))
        return tuple(found)

    def function(self) -> Node:
        """Read what follows ``function``."""
        self.take("(")
        parameters: list[str] = []
        types: list[TypeRef | None] = []
        while not self.found(")"):
            if parameters:
                self.take(",")
            parameters.append(self.name_until({",", ")", ":"}))
            types.append(self.type() if self.found(":") else None)
        if self.here.text == "external":
            self.fail("不支持外部函数", "External functions are refused")
        with self.words.block():
            for name, kind in zip(parameters, types, strict=True):
                self.words.learn(name, kind)
            return FunctionOf(tuple(parameters), self.expression(), tuple(types))


def _chain(kind: type[All | Either], left: Node, right: Node) -> Node:
    # One flat node for a long chain: neither reading nor running it goes deep.
    return kind((*left.parts, right) if isinstance(left, kind) else (left, right))


_OPERANDS: Final[dict[str, Callable[[Parser], Node]]] = {
    "true": Parser.constant, "false": Parser.constant, "null": Parser.constant,
    "-": Parser.negation, "@": Parser.moment, "(": Parser.group, "]": Parser.open_range,
    "[": Parser.brackets, "{": Parser.braces, "if": Parser.choice, "for": Parser.loop,
    "some": Parser.some, "every": Parser.every, "function": Parser.function,
}  # fmt: skip
