"""A form as loaded from its file: pages of questions, ready to be asked and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.errors import UnknownPageError
from forms.fields import Field
from forms.fields.base import read_components, report_duplicate_keys
from forms.source import Expression, FormProblem, Node, Report, Source, parse
from forms.text import Text

OLDEST_SCHEMA = 4
MOST_FIELDS = 400


@dataclass(frozen=True, eq=False)
class Page:
    """One question group: one page of the guided application."""

    key: str
    title: Text
    description: Text
    #: questions, texts and headings in order
    fields: tuple[Field, ...]
    #: the page is hidden when any of these FEEL expressions is true
    conditions: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[Field, ...]:
        """Return the questions alone."""
        return tuple(item for item in self.fields if item.takes_answer)


@dataclass(frozen=True, eq=False)
class Form:
    """A form definition; immutable, so that it may be shared between requests."""

    id: str
    file: str
    title: Text
    pages: tuple[Page, ...]
    #: all questions of all pages, in order
    fields: tuple[Field, ...] = field(init=False)
    by_key: Mapping[str, Field] = field(init=False)
    #: whether some answers decide on what else is asked
    is_conditional: bool = field(init=False)

    def __post_init__(self) -> None:
        inputs = tuple(item for page in self.pages for item in page.inputs)
        object.__setattr__(self, "fields", inputs)
        object.__setattr__(self, "by_key", {item.key: item for item in inputs})
        conditional = any(item.is_conditional for item in inputs)
        object.__setattr__(self, "is_conditional", conditional)

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of all questions."""
        return frozenset(self.by_key)

    def page(self, key: str) -> Page:
        """Find a page by its key; raises UnknownPageError."""
        for page in self.pages:
            if page.key == key:
                return page
        raise UnknownPageError(key)

    def questions(self, page: str | None) -> tuple[Field, ...]:
        """Return the questions of a page, or of all pages; raises UnknownPageError."""
        return self.fields if page is None else self.page(page).inputs

    def page_of(self, error_key: str) -> Page | None:
        """Find the page that asks what an error key such as ``staff.0.name`` is about."""
        key = error_key.partition(".")[0]
        return next((p for p in self.pages if any(f.key == key for f in p.inputs)), None)

    def focus_id(self, error_key: str) -> str:
        """Return the id of the input an error summary should lead to."""
        found = self.by_key.get(error_key.partition(".")[0])
        return found.focus_id_of(error_key) if found else error_key.replace(".", "-")


def load_form(
    data: bytes, file: str, *, check_expression: Expression | None = None
) -> tuple[Form | None, list[FormProblem]]:
    """Read a ``*.form`` file (form-js JSON) and report everything wrong with it at once.

    ``check_expression`` tells what is wrong with a FEEL expression, or None. The form is None when
    any problem is an error; warnings leave it usable.
    """
    report = Report(file, check_expression)
    root = parse(data, report)
    if root is None:
        return None, report.problems
    _check_root(root, report)
    source = Source(root, report)
    title = _read_title(source, file)
    form = Form(str(root.get("id") or ""), file, title, _read_pages(root, report, title))
    report_duplicate_keys(form.fields, report)
    _check_size(form, report)
    return (None if report.has_errors else form), report.sorted()


def _check_root(root: Node, report: Report) -> None:
    version = root.get("schemaVersion")
    if not isinstance(version, int) or version < OLDEST_SCHEMA:
        report.add(
            (1, ""),
            "schema-version",
            Text("缺少可用的 schemaVersion。", "There is no usable schemaVersion."),
            Text("请用 form-js 1.x（schemaVersion 16 以上）导出。", "Export it with form-js 1.x."),
        )
    if not root.get("id"):
        report.add(
            (1, ""),
            "form-id",
            Text("表单没有 id。", "The form has no id."),
            Text("请填写表单的 id。", "Give the form an id."),
        )


def _read_title(source: Source, file: str) -> Text:
    """Read the title: ``title`` and ``titleEn``, at the top or in the properties."""
    zh = source.node.get("title") or source.properties.get("title")
    if not isinstance(zh, str) or not zh:
        return _title_of_first_group(source.node, file)
    english = source.node.get("titleEn") or source.properties.get("titleEn")
    return Text(zh, source.english(zh, english, "titleEn"))


def _title_of_first_group(root: Node, file: str) -> Text:
    """Name a form that has no title of its own."""
    components = root.get("components")
    first = components[0] if isinstance(components, list) and components else None
    fields = read_components([first], Report(file))
    if fields and fields[0].is_group and fields[0].label.zh:
        return fields[0].label
    name = file.rsplit("/", 1)[-1].removesuffix(".form")
    return Text(name, name)


def _read_pages(root: Node, report: Report, title: Text) -> tuple[Page, ...]:
    """Make a page of every top-level group; questions outside of any share pages of their own."""
    pages: list[Page] = []
    loose: list[Field] = []
    components = root.get("components")
    for node in components if isinstance(components, list) else ():
        fields = read_components([node], report)
        if fields and fields[0].is_group:
            pages += _loose_page(loose, pages, title)
            loose = []
            pages.append(_group_page(node, fields))
        else:
            loose += fields
    pages += _loose_page(loose, pages, title)
    _check_page_keys(pages, report)
    return tuple(pages)


def _group_page(node: Node, fields: list[Field]) -> Page:
    heading, inner = fields[0], fields[1:]
    properties = node.get("properties")
    named: Any = properties.get("page") if isinstance(properties, Mapping) else None
    key = str(named or node.get("key") or heading.element)
    return Page(key, heading.label, heading.hint, tuple(inner), heading.conditions)


def _loose_page(loose: list[Field], before: list[Page], title: Text) -> list[Page]:
    if not loose:
        return []
    return [Page(f"page-{len(before) + 1}", title, Text("", ""), tuple(loose))]


def _check_page_keys(pages: list[Page], report: Report) -> None:
    seen: set[str] = set()
    for page in pages:
        line = page.fields[0].line if page.fields else 1
        if not page.key or page.key in seen:
            report.add(
                (line, page.key),
                "page-key",
                Text(
                    f"分组的 id“{page.key}”为空或重复。",
                    f'The group id "{page.key}" is not unique.',
                ),
                Text("请给每个顶层分组不同的 id。", "Give every top-level group its own id."),
            )
        if not page.title.zh:
            report.add(
                (line, page.key),
                "page-title",
                Text("分组没有标题，页面就没有标题。", "A group has no label to head its page."),
                Text("请填写分组的 label。", "Fill in the label of the group."),
            )
        seen.add(page.key)


def _check_size(form: Form, report: Report) -> None:
    if not form.fields:
        report.warn(
            (1, ""),
            "no-questions",
            Text("表单里还没有要填写的内容。", "The form asks nothing."),
            Text("请加入要填写的内容，或不引用这个表单。", "Add questions, or do not refer to it."),
        )
    if len(form.fields) > MOST_FIELDS:
        report.add(
            (1, ""),
            "too-many",
            Text(f"问题超过{MOST_FIELDS}个。", f"There are more than {MOST_FIELDS} questions."),
            Text("请拆成几个表单。", "Split the form."),
        )
