"""Turn bytes into an XML tree, safely: no entities, network or DTD; size and depth bounded."""

import re
from itertools import islice
from typing import Any, Final

from lxml import etree

from engine.problems import Problem
from forms.text import Text

Element = etree._Element  # noqa: SLF001 - lxml's one name for the class of an element
Tree = etree._ElementTree  # noqa: SLF001

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"
#: The dialects in which the same facts may be spelled.
VENDORS: Final = frozenset(
    {
        "http://camunda.org/schema/1.0/bpmn",
        ZEEBE,
        "http://flowable.org/bpmn",
        "http://activiti.org/bpmn",
    }
)

#: Largest file, in bytes.
MAX_BYTES: Final = 5 * 1024 * 1024
#: Deepest nesting of elements, most of them, and most attributes of one.
MAX_DEPTH: Final = 100
MAX_ELEMENTS: Final = 150_000
MAX_ATTRIBUTES: Final = 300
#: Most nodes and flows that are read at all; what may run is fewer.
MAX_PARTS: Final = 20_000
#: Most lines of one script, and of all scripts of a file: each line is an expression of its own.
MAX_SCRIPT_LINES: Final = 2_000
MAX_ALL_LINES: Final = 20_000

#: What begins an element, a comment or character data, also in encodings of several bytes.
_BEGINNING: Final = re.compile(rb"<\0{0,3}(?![\0/?])")
#: How the tags of nodes and flows end.
_PARTS: Final = ("Event", "ask", "Gateway", "Flow", "rocess", "Activity", "ransaction")
_SAVE_AGAIN = Text(
    "请在流程设计工具中重新打开并另存为 BPMN 2.0 文件。",
    "Open the diagram in a BPMN editor and save it again as BPMN 2.0.",
)


def parse(data: bytes, file: str) -> tuple["Tree[Any] | None", list[Problem]]:
    """Parse a file into a tree whose root is ``bpmn:definitions``, or say what it is instead."""
    early = _unreadable(data, file)
    if early is not None:
        return None, [early]
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        return None, [_not_xml(error, file)]
    tree = root.getroottree()
    problem = _unwanted(tree, file)
    return (None, [problem]) if problem else (tree, [])


def local(element: Element) -> str:
    """Give an element's tag without its namespace; empty for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def local_name(name: str) -> str:
    """Give the name of an attribute without its namespace."""
    return name.rpartition("}")[2]


def namespace(element: Element) -> str:
    """Give an element's namespace; empty when it has none."""
    return (etree.QName(element).namespace or "") if isinstance(element.tag, str) else ""


def line(element: Element) -> int:
    """Give the line an element starts on, counted from 1."""
    return element.sourceline or 1


def text(element: Element | None) -> str | None:
    """Give the text directly inside an element, trimmed; None when there is none."""
    if element is None:
        return None
    return "".join(str(piece) for piece in element.itertext()).strip() or None


def text_line(element: Element | None) -> int | None:
    """Give the line on which an element's trimmed text starts; None without an element."""
    if element is None:
        return None
    raw = element.text or ""
    return line(element) + raw[: len(raw) - len(raw.lstrip())].count("\n")


def _problem(file: str, number: int | None, rule: str, message: Text, hint: Text) -> Problem:
    return Problem(file, number, None, rule, "error", message, hint)


def _unreadable(data: bytes, file: str) -> Problem | None:
    if not data.strip():
        return _problem(file, 1, "empty", Text("文件是空的。", "The file is empty."), _SAVE_AGAIN)
    if len(data) > MAX_BYTES:
        return _problem(
            file,
            None,
            "too-large",
            Text("文件超过 5 MB。", "The file is larger than 5 MB."),
            Text(
                "请拆分流程，或删去嵌入的内容。", "Split the process, or remove embedded content."
            ),
        )
    # Counted in the bytes: a tree of a million elements takes hundreds of megabytes.
    number = sum(1 for _ in islice(_BEGINNING.finditer(data), MAX_ELEMENTS + 1))
    return _too_many(file, 1) if number > MAX_ELEMENTS else None


def _too_many(file: str, number: int) -> Problem:
    return _problem(
        file,
        number,
        "too-many-nodes",
        Text("文件里的元素过多。", "The file holds too many elements."),
        Text("请拆分为几个流程。", "Split it into several processes."),
    )


def _not_xml(error: etree.XMLSyntaxError, file: str) -> Problem:
    reason = (error.msg or "").strip()
    where = error.lineno or 1
    if "ncod" in reason:
        message = Text(
            f"文件的字符编码与声明不符（{reason}）。",
            f"The file's characters are not in the encoding it declares ({reason}).",
        )
        hint = Text("请以 UTF-8 编码保存文件。", "Save the file in UTF-8.")
        return _problem(file, where, "encoding", message, hint)
    message = Text(
        f"文件不是有效的 XML（{reason}）。", f"The file is not well-formed XML ({reason})."
    )
    return _problem(file, where, "not-xml", message, _SAVE_AGAIN)


def _unwanted(tree: "Tree[Any]", file: str) -> Problem | None:
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        return _problem(
            file,
            1,
            "doctype",
            Text(
                "文件含有 DOCTYPE 声明，出于安全原因不予接受。",
                "The file has a DOCTYPE, which is refused for safety.",
            ),
            Text("请删除 <!DOCTYPE …> 部分。", "Delete the <!DOCTYPE …> part."),
        )
    root = tree.getroot()
    if local(root) != "definitions" or namespace(root) != BPMN:
        return _not_bpmn(root, file)
    return _too_much(root, file) or _long_script(root, file)


def _too_much(root: Element, file: str) -> Problem | None:
    """Refuse a tree beyond our bounds before anything looks at it closely."""
    deep, number, parts = None, 0, 0
    stack = [(root, 1)]
    while stack and deep is None and number <= MAX_ELEMENTS and parts <= MAX_PARTS:
        element, depth = stack.pop()
        number += 1
        parts += isinstance(element.tag, str) and element.tag.endswith(_PARTS)
        if len(element.attrib) > MAX_ATTRIBUTES:
            return _problem(
                file,
                line(element),
                "too-many-attributes",
                Text("元素的属性过多。", "An element has too many attributes."),
                _SAVE_AGAIN,
            )
        deep = element if depth > MAX_DEPTH else None
        stack.extend((child, depth + 1) for child in element)
    if number > MAX_ELEMENTS or parts > MAX_PARTS:
        return _too_many(file, line(root))
    if deep is None:
        return None
    return _problem(
        file,
        line(deep),
        "too-deep",
        Text(f"元素嵌套超过 {MAX_DEPTH} 层。", f"Elements nest deeper than {MAX_DEPTH} levels."),
        _SAVE_AGAIN,
    )


def _long_script(root: Element, file: str) -> Problem | None:
    """Refuse scripts of more lines than people write, before any line is read."""
    total = 0
    for script in root.iter(f"{{{BPMN}}}script"):
        number = len((text(script) or "").splitlines())
        total += number
        if number > MAX_SCRIPT_LINES or total > MAX_ALL_LINES:
            task = script.getparent()
            return Problem(
                file,
                line(script),
                None if task is None else task.get("id"),
                "script-too-long",
                "error",
                Text(
                    f"脚本最多 {MAX_SCRIPT_LINES} 行，全部脚本合计最多 {MAX_ALL_LINES} 行。",
                    f"A script has at most {MAX_SCRIPT_LINES} lines,"
                    f" all scripts of a file together {MAX_ALL_LINES}.",
                ),
                Text(
                    "请用决策表，或由外部程序（服务任务）计算。",
                    "Use a decision table, or let a program outside (service task) compute it.",
                ),
            )
    return None


def _not_bpmn(root: Element, file: str) -> Problem:
    found = local(root)
    message = Text(
        f"文件不是 BPMN 2.0：根元素是 <{found}>，应为 BPMN 的 <definitions>。",
        f"The file is not BPMN 2.0: its root is <{found}>, not BPMN's <definitions>.",
    )
    return _problem(file, line(root), "not-bpmn", message, _SAVE_AGAIN)
