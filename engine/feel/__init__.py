"""The closed expression language: FEEL of DMN 1.3, read, compiled and run by ourselves.

Whoever writes an expression can compute and nothing else: no attributes, no modules, no loops
without an end. See ``compile_expression``, ``compile_unary_tests`` and ``evaluate``.
"""

from engine.feel.errors import (
    FeelError,
    FeelLimitError,
    FeelNameError,
    FeelSyntaxError,
    FeelValueError,
)
from engine.feel.expression import (
    Expression,
    UnaryTests,
    compile_expression,
    compile_unary_tests,
    evaluate,
)
from engine.feel.scope import Environment
from engine.feel.typeref import TypeRef
from engine.feel.types import conforms
from engine.feel.values import Function, Range, YearsMonths
from engine.feel.writing import from_json, to_json, write_json

__all__ = [
    "Environment",
    "Expression",
    "FeelError",
    "FeelLimitError",
    "FeelNameError",
    "FeelSyntaxError",
    "FeelValueError",
    "Function",
    "Range",
    "TypeRef",
    "UnaryTests",
    "YearsMonths",
    "compile_expression",
    "compile_unary_tests",
    "conforms",
    "evaluate",
    "from_json",
    "to_json",
    "write_json",
]
