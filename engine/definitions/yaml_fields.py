"""Reading a YAML definition file key by key, with every problem at its line.

Pure. Works on the nodes of the parser, so each problem knows its line; bounded in size and depth,
and without aliases, so a small file cannot grow large.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import yaml
from yaml.reader import ReaderError

from engine import plain_yaml
from engine.problems import Problem
from forms.text import Text, both

MAX_BYTES = 262_144
MAX_DEPTH = 12
MAX_NODES = 20_000
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NOTHING = Text("", "")

#: What stands in a field, and how it is written.
_STRING = (
    Text("一个字符串", "a string"),
    Text("冒号后写一个词或一句话", "Write one word or sentence after the colon"),
)
_CODE = (
    Text("小写字母、数字和连字符", "lower-case letters, digits and hyphens"),
    Text("例如 food-permit", "For example food-permit"),
)
_FLAG = (
    Text("true或false", "true or false"),
    Text("写 true 或 false，不加引号", "Write true or false, without quotes"),
)
_LIST = (
    Text("列表", "a list"),
    Text("每项另起一行，以“- ”开头", 'Write each entry on its line, beginning with "- "'),
)
_STRINGS = (Text("字符串列表", "a list of strings"), Text("例如 [a, b]", "For example [a, b]"))
_MAPPING = (
    Text("“键: 值”的映射", "a mapping"),
    Text("在下面缩进，每行写“键: 值”", 'Indent lines of "key: value" below it'),
)
_LABEL = (
    Text("文字，或含zh和en的映射", "a text, or a mapping with zh and en"),
    Text("写成 {zh: …, en: …}", "Write {zh: …, en: …}"),
)
_SHORTEN = Text("请精简，只写事项的公开要素", "Shorten it to the public elements of the item")

#: The library's parser in C where it was built with it: ten times as fast, the same nodes.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

T = TypeVar("T")


class Book:
    """Gathers the problems of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(self, line: int | None, path: str, rule: str, message: Text, hint: Text) -> None:
        """Note an error; the path is the dotted place of the key."""
        self.problems.append(Problem(self.file, line, path or None, rule, "error", message, hint))

    def warn(self, line: int, path: str, rule: str, message: Text, hint: Text) -> None:
        """Note a warning."""
        self.problems.append(Problem(self.file, line, path, rule, "warning", message, hint))


def line_of(node: yaml.Node) -> int:
    """Return the line a node begins on, counted from 1."""
    return int(node.start_mark.line) + 1


def line_where(node: yaml.Node, keys: Iterable[str], word: str) -> int | None:
    """Find the first line on which a word stands as the value of one of some keys, or in its list;
    None where it does not.
    """
    wanted, stack = frozenset(keys), [node]
    found: list[int] = []
    while stack:
        at = stack.pop()
        if isinstance(at, yaml.MappingNode):
            for key, value in at.value:
                ones = value.value if isinstance(value, yaml.SequenceNode) else [value]
                if isinstance(key, yaml.ScalarNode) and key.value in wanted:
                    found += [line_of(one) for one in ones if one.value == word]
                stack.append(value)
        elif isinstance(at, yaml.SequenceNode):
            stack += at.value
    return min(found, default=None)


def compose(data: bytes, book: Book) -> yaml.Node | None:
    """Parse to nodes within bounds; aliases are refused, so nothing can multiply."""
    if len(data) > MAX_BYTES:
        big = Text("文件超过{kb}KB", "The file is larger than {kb} KB").format(kb=MAX_BYTES // 1024)
        book.add(1, "", "item-size", big, _SHORTEN)
        return None
    try:
        text = data.decode("utf-8-sig")
        if not _bounded(text, book):
            return None
        return yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        message = Text("文件不是UTF-8编码", "The file is not UTF-8")
        hint = Text("请以UTF-8编码保存文件", "Save the file in UTF-8")
        book.add(plain_yaml.undecoded_line(error), "", "item-yaml", message, hint)
    except yaml.YAMLError as error:
        what = plain_yaml.reason(error)
        message = Text("YAML格式有误：{what}", "Not valid YAML: {what}").format(what=what)
        hint = Text("检查缩进、冒号和引号", "Check indentation, colons and quotes")
        if isinstance(error, ReaderError):
            hint = Text("删去这一行里看不见的字符", "Delete the invisible character on this line")
        book.add(plain_yaml.fault_line(error, data), "", "item-yaml", message, hint)
    return None


def _bounded(text: str, book: Book) -> bool:
    """Walk the events first: the composer recurses and copies, the event parser does neither."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        if isinstance(event, yaml.AliasEvent):
            message = Text("不允许使用别名（*名称）", "Aliases (*name) are not allowed")
            hint = Text("把内容写在使用处", "Write the content where it is used")
            line = event.start_mark.line + 1 if event.start_mark else None
            book.add(line, "", "item-alias", message, hint)
            return False
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or count > MAX_NODES:
            message = Text("内容过深或过多", "Too deep or too much content")
            line = event.start_mark.line + 1 if event.start_mark else None
            book.add(line, "", "item-size", message, _SHORTEN)
            return False
    return True


class Fields:
    """One mapping of the file, read key by key; keys never asked for are unknown."""

    def __init__(self, book: Book, node: yaml.MappingNode, path: str) -> None:
        self.book, self.node, self.path = book, node, path
        self.nodes: dict[str, yaml.Node] = {}
        self.known: list[str] = []
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in self.nodes:
                message = Text("“{key}”重复", '"{key}" is given twice').format(key=name)
                hint = Text("只留下一个", "Keep one of them")
                book.add(line_of(key), self.at(name), "item-duplicate-key", message, hint)
            self.nodes[name] = value

    def at(self, key: str) -> str:
        """Return the dotted place of a key, for messages."""
        return f"{self.path}.{key}" if self.path else key

    def take(self, key: str, *, needed: bool = False) -> yaml.Node | None:
        """Return the node of a key, None when absent or null; note a needed one that is absent."""
        self.known.append(key)
        node = self.nodes.get(key)
        if node is not None and node.tag == "tag:yaml.org,2002:null":
            node = None
        if node is None and needed:
            message = Text("缺少“{key}”", '"{key}" is missing').format(key=self.at(key))
            hint = Text("补上“{key}: …”", 'Add "{key}: …"').format(key=key)
            self.book.add(line_of(self.node), self.at(key), "item-missing", message, hint)
        return node

    def wrong(self, node: yaml.Node, key: str, expected: Text, hint: Text) -> None:
        """Note a value of the wrong type."""
        message = Text("“{key}”应为{type}", '"{key}" must be {type}')
        message = message.format(key=self.at(key), type=expected)
        self.book.add(line_of(node), self.at(key), "item-type", message, hint)

    def label(self, key: str, *, needed: bool = False) -> Text:
        """Read a text shown to people: a string, or zh and en."""
        node = self.take(key, needed=needed)
        return NOTHING if node is None else read_label(self, node, key)

    def word(self, key: str, *, needed: bool = False, choices: tuple[str, ...] = ()) -> str:
        """Read one plain string, numbers kept as written, from a closed list when there is one."""
        node = self.take(key, needed=needed)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, key, *_STRING)
            return ""
        word = str(node.value).strip()
        if choices and word not in choices:
            self.choice(node, key, word, choices)
        return word

    def choice(self, node: yaml.Node, key: str, word: str, choices: tuple[str, ...]) -> None:
        """Note a word that is not in its closed list."""
        message = Text("“{key}”不能是“{word}”", '"{key}" cannot be "{word}"')
        listed = ", ".join(choices)
        hint = Text("可用值：{list}", "Allowed: {list}").format(list=listed)
        message = message.format(key=self.at(key), word=word)
        self.book.add(line_of(node), self.at(key), "item-choice", message, hint)

    def code(self, key: str) -> str:
        """Read a needed code: lower-case words joined by hyphens."""
        word = self.word(key, needed=True)
        if word and not CODE.fullmatch(word):
            self.wrong(self.nodes[key], key, *_CODE)
        return word

    def flag(self, key: str, *, default: bool, needed: bool = False) -> bool:
        """Read true or false."""
        node = self.take(key, needed=needed)
        if node is None:
            return default
        if node.tag != "tag:yaml.org,2002:bool":
            self.wrong(node, key, *_FLAG)
            return default
        return str(node.value).lower() in {"true", "yes", "on"}

    def number(self, key: str, *, least: int) -> int | None:
        """Read a whole number of at least `least`, or None when absent."""
        node = self.take(key)
        if node is None:
            return None
        if isinstance(node, yaml.ScalarNode) and re.fullmatch(r"\d{1,6}", node.value):
            value = int(node.value)
            if value >= least:
                return value
        expected = Text("不小于{least}的整数", "a whole number of at least {least}")
        hint = Text("只写数字，不加单位", "Write the number alone, without a unit")
        self.wrong(node, key, expected.format(least=least), hint)
        return None

    def words(
        self, key: str, *, choices: tuple[str, ...] = (), needed: bool = False
    ) -> tuple[str, ...]:
        """Read a list of strings."""
        found = []
        for node in self.rows(key, needed=needed):
            if not isinstance(node, yaml.ScalarNode):
                self.wrong(node, key, *_STRINGS)
                continue
            word = str(node.value)
            if choices and word not in choices:
                self.choice(node, key, word, choices)
            found.append(word)
        return tuple(found)

    def rows(self, key: str, *, needed: bool = False, filled: bool = False) -> list[yaml.Node]:
        """Return the nodes of a list; `filled` asks for at least one."""
        node = self.take(key, needed=needed)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, key, *_LIST)
            return []
        if filled and not node.value:
            message = Text("“{key}”至少应有一项", '"{key}" needs at least one entry')
            message = message.format(key=self.at(key))
            self.book.add(line_of(node), self.at(key), "item-missing", message, _LIST[1])
        return list(node.value)

    def group(self, key: str, read: Callable[["Fields"], T], *, needed: bool = False) -> T | None:
        """Read a nested mapping."""
        node = self.take(key, needed=needed)
        if node is None:
            return None
        return self.nested(node, key, read)

    def groups(self, key: str, read: Callable[["Fields"], T], *, needed: bool = False,
               filled: bool = False) -> tuple[T, ...]:  # fmt: skip
        """Read a list of mappings."""
        nodes = self.rows(key, needed=needed, filled=filled)
        found = [self.nested(node, f"{key}[{n}]", read) for n, node in enumerate(nodes, 1)]
        return tuple(entry for entry in found if entry is not None)

    def nested(self, node: yaml.Node, key: str, read: Callable[["Fields"], T]) -> T | None:
        """Read one mapping node as its own fields, and refuse keys nobody asked for."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, key, *_MAPPING)
            return None
        fields = Fields(self.book, node, self.at(key))
        value = read(fields)
        fields.refuse_unknown()
        return value

    def refuse_unknown(self) -> None:
        """Note every key that was not asked for, with the nearest known one."""
        for name, node in self.nodes.items():
            if name in self.known:
                continue
            near = difflib.get_close_matches(name, self.known, 1, 0.6)
            message = Text("未知的键“{key}”", 'Unknown key "{key}"').format(key=self.at(name))
            hint = Text("可用的键：{list}", "Known keys: {list}").format(list=", ".join(self.known))
            if near:
                hint = Text("是否要写“{near}”？", 'Did you mean "{near}"?').format(near=near[0])
            self.book.add(line_of(node), self.at(name), "item-unknown-key", message, hint)


def read_label(fields: Fields, node: yaml.Node, key: str) -> Text:
    """Read a label node; Chinese without English is a warning, a label without Chinese an error."""
    if isinstance(node, yaml.ScalarNode):
        if CHINESE.search(node.value):
            _no_english(fields, node, key)
        return both(node.value.strip())
    if not isinstance(node, yaml.MappingNode):
        fields.wrong(node, key, *_LABEL)
        return NOTHING
    inner = Fields(fields.book, node, fields.at(key))
    words = {"zh": inner.word("zh", needed=True), "en": inner.word("en")}
    inner.refuse_unknown()
    if words["zh"] and not words["en"]:
        _no_english(fields, node, key)
    return both(words)


def _no_english(fields: Fields, node: yaml.Node, key: str) -> None:
    message = Text("“{key}”没有英文", '"{key}" has no English').format(key=fields.at(key))
    fields.book.warn(line_of(node), fields.at(key), "item-english", message, _LABEL[1])
