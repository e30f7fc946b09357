"""What is noted while decisions are made: values that are not as declared."""

from collections.abc import Mapping
from typing import Final

from forms.text import Text

#: Most problems that one decision notes.
MAX_NOTES: Final = 100
_AS_NULL: Final = Text("该值按 null 处理", "It counts as null")
#: By rule: what is said of the named part, and what to do.
NOTES: Final[Mapping[str, tuple[Text, Text]]] = {
    "dmn-no-logic": (
        Text("决策“{name}”没有可用的逻辑", "The decision '{name}' has no logic that works"),
        Text("请补充逻辑，或在输入中给出其值", "Add its logic, or give its value with the input"),
    ),
    "dmn-decision-given": (
        Text("决策“{name}”采用输入中给出的值", "The decision '{name}' is as the input gives it"),
        Text("如需计算，请从输入中删除", "Leave it out of the input to have it made"),
    ),
    "dmn-input-type": (
        Text("输入“{name}”不符合其类型", "The input '{name}' is not of its type"),
        _AS_NULL,
    ),
    "dmn-result-type": (
        Text("“{name}”的结果不符合其类型", "The result of '{name}' is not of its type"),
        _AS_NULL,
    ),
    "dmn-argument-type": (
        Text(
            "给“{name}”的参数不符合其类型", "'{name}' is given an argument that is not of its type"
        ),
        Text("未调用，结果为 null", "It is not called: the result is null"),
    ),
    "dmn-input-value": (
        Text("“{name}”的值不在输入值清单中", "'{name}' is not among the input values"),
        _AS_NULL,
    ),
    "dmn-output-value": (
        Text("“{name}”的值不在输出值清单中", "'{name}' is not among the output values"),
        _AS_NULL,
    ),
}
