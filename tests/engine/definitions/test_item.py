"""Reading item.yaml: the public elements of an item, and every fault of the file at its line."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.definitions.item import Item, read_item
from engine.definitions.yaml_fields import MAX_BYTES
from engine.problems import Problem
from forms.text import Text

PROCESSES = Path(__file__).parents[3] / "processes"
GOOD = """\
code: dog-licence
title: {zh: 养犬登记, en: Dog licence}
short: {zh: 养犬须登记。, en: Dogs must be registered.}
theme: life
applicants: [person]
subjectField: dog_name
holderIdField: owner_id
basis:
  - title: {zh: 养犬管理条例, en: Dog Regulations}
    articles: 12
conditions:
  - {zh: 犬只已免疫, en: The dog is vaccinated}
quantity: {limited: true, text: {zh: 每户一只, en: One a household}}
materials:
  - code: vaccination
    name: {zh: 免疫证明, en: Vaccination record}
  - code: lease
    name: {zh: 租赁协议, en: Lease}
    requiredWhen: '= home = "rent"'
    types: [pdf]
    maxMB: 5
fee:
  charged: true
  basis: {zh: 条例20, en: Art. 20}
  standard: {zh: 每年100元, en: 100 yuan a year}
result:
  kind: licence
  name: {zh: 养犬登记证, en: Dog Licence}
  validYears: 1
  fields: [dog_name]
refusalReasons:
  - {code: breed, text: {zh: 禁养犬种, en: Breed not allowed}, article: "13"}
remedies: {zh: 可以申请复议。, en: You may ask for reconsideration.}
"""
#: More that may be said of a result.
LICENSED = """\
  validYears: 1
  renewal: {from: 90d, until: 30d, article: {zh: 条例3, en: Art. 3}, materials: [lease]}
  lapses: {after: 3m, article: {zh: 条例4, en: Art. 4}}
"""


def read(text: str) -> tuple[Item | None, list[Problem]]:
    """Read a text as item.yaml."""
    return read_item(text.encode(), "item.yaml")


def faults(text: str) -> list[tuple[str, int | None, str | None]]:
    """Return rule, line and place of every problem."""
    return [(problem.rule, problem.line, problem.element) for problem in read(text)[1]]


def test_a_good_file_gives_every_field_in_both_languages() -> None:
    """Labels, flags, numbers and lists arrive as written; what is left out has its default."""
    item, problems = read(GOOD)
    assert problems == []
    assert item is not None
    assert item.title == Text("养犬登记", "Dog licence")
    assert item.basis[0].articles == "12"
    assert item.quantity.limited is True
    assert item.fee.charged is True
    assert item.result.valid_years == 1
    assert item.refusal_reasons[0].article == "13"
    assert item.answer_keys() == {"dog_name", "owner_id"}
    plain = item.material("vaccination")
    assert plain is not None
    assert (plain.required, plain.required_when, plain.max_mb) == (True, None, 20)
    assert plain.types == ("pdf", "jpg", "png")
    lease = item.material("lease")
    assert lease is not None
    assert (lease.required_when, lease.types, lease.max_mb) == ('home = "rent"', ("pdf",), 5)


@pytest.mark.parametrize(
    "code", ["individual-business", "medical-device-iii", "restaurant-opening"]
)
def test_the_three_items_of_the_project_are_complete_in_both_languages(code: str) -> None:
    """No error, and no warning of missing English either."""
    item, problems = read_item((PROCESSES / code / "item.yaml").read_bytes(), "item.yaml")
    assert problems == []
    assert item is not None
    assert item.code == code


@pytest.mark.parametrize(
    "key", ["title", "basis", "conditions", "quantity", "materials", "fee", "refusalReasons"]
)
def test_each_public_element_must_be_there(key: str) -> None:
    """Leaving one out is an error that names it."""
    kept: list[str] = []
    skipping = False
    for line in GOOD.splitlines():
        if not line.startswith((" ", "-")):
            skipping = line.startswith(f"{key}:")
        if not skipping:
            kept.append(line)
    item, problems = read("\n".join(kept))
    assert item is None
    assert [(problem.rule, problem.element) for problem in problems] == [("item-missing", key)]


@pytest.mark.parametrize("part", ["basis", "standard"])
def test_fee_basis_and_fee_standard_must_both_be_there(part: str) -> None:
    """They are two of the nine elements."""
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"  {part}:"))
    assert ("item-missing", f"fee.{part}") in [(rule, at) for rule, _, at in faults(text)]


def test_an_empty_list_of_conditions_is_no_element() -> None:
    """A list must hold something where the law asks for it."""
    text = GOOD.replace("  - {zh: 犬只已免疫, en: The dog is vaccinated}", "  []")
    assert faults(text) == [("item-missing", 12, "conditions")]


def test_all_problems_are_found_at_once_in_the_order_of_the_file() -> None:
    """One reading shows everything to mend."""
    text = (
        GOOD.replace("theme: life", "theme: pets")
        .replace("limited: true", "limited: maybe")
        .replace("maxMB: 5", "maxMB: big")
        .replace("types: [pdf]", "types: [exe]")
    )
    assert faults(text) == [
        ("item-choice", 4, "theme"),
        ("item-type", 13, "quantity.limited"),
        ("item-choice", 20, "materials[2].types"),
        ("item-type", 21, "materials[2].maxMB"),
    ]


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    """A slip of the pen would otherwise lose what was written."""
    _, problems = read(GOOD.replace("holderIdField", "holderIDField").replace("maxMB", "maxMb"))
    hints = {problem.element: problem.hint.en for problem in problems}
    assert hints == {
        "holderIDField": 'Did you mean "holderIdField"?',
        "materials[2].maxMb": 'Did you mean "maxMB"?',
    }


def test_a_key_given_twice_is_refused() -> None:
    """YAML itself would silently keep the last one."""
    assert faults("title: {zh: 别的, en: Another}\n" + GOOD)[0] == (
        "item-duplicate-key",
        3,
        "title",
    )


def test_a_material_code_used_twice_is_refused_at_the_second_place() -> None:
    """Uploads are kept under the code."""
    text = GOOD.replace("code: lease", "code: vaccination")
    assert faults(text) == [("item-duplicate-code", 17, "materials[2]")]


def test_a_condition_that_is_no_feel_is_refused_at_its_line() -> None:
    """It would otherwise fail when somebody applies."""
    text = GOOD.replace('home = "rent"', "home = = 1")
    assert faults(text) == [("item-expression", 19, "materials[2].requiredWhen")]


def test_missing_english_is_a_warning_and_the_chinese_stands_in() -> None:
    """The item can be deployed; the author is told."""
    item, problems = read(GOOD.replace("title: {zh: 养犬登记, en: Dog licence}", "title: 养犬登记"))
    assert item is not None
    assert item.title == Text("养犬登记", "养犬登记")
    assert [(problem.rule, problem.severity) for problem in problems] == [
        ("item-english", "warning")
    ]


def test_missing_chinese_is_an_error() -> None:
    """Chinese comes first."""
    text = GOOD.replace("{zh: 养犬登记, en: Dog licence}", "{en: Dog licence}")
    assert faults(text) == [("item-missing", 2, "title.zh")]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the places of a tree."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield (*path, key)
        if isinstance(value[key], dict | list):
            yield from _places(value[key], (*path, key))


def _put(tree: Any, path: tuple[Any, ...], value: object) -> bytes:
    """Write a tree with something else at one place; None: nothing."""
    changed = copy.deepcopy(tree)
    at = changed
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return yaml.safe_dump(changed, allow_unicode=True, sort_keys=False).encode()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nb: '\xc3\xa9\nx\x01'\n", 3),
        (b"a: 1\nb: \x7f\n", 2),
        (b"\xef\xbb\xbfa: 1\n\nb: \x00", 3),
        (b"a: 1\nb: \xff\xfe\n", 2),
        (b"a: 1\nb:\n  " + b"[" * 20 + b"]" * 20, 3),
        (b"- a\n", 1),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line(data: bytes, line: int) -> None:
    """Also characters and bytes that no YAML may hold."""
    (problem,) = read_item(data, "item.yaml")[1]
    assert problem.line == line


def test_a_material_that_is_not_there_is_told_where_it_is_asked_for() -> None:
    text = GOOD.replace("  validYears: 1\n", LICENSED.replace("[lease]", "[vaccination, rent]"))
    assert faults(text) == [("item-unknown-material", 30, "materials")]


def test_every_problem_says_in_both_languages_what_to_do() -> None:
    """Whatever stands at whatever place."""
    tree = yaml.safe_load(GOOD.replace("  validYears: 1\n", LICENSED))
    odd = (None, "!!", "vaccination", True, [[]], {"x": 1})
    rules = set()
    for path in _places(tree):
        for value in odd:
            for problem in read_item(_put(tree, path, value), "item.yaml")[1]:
                assert all((*problem.message, *problem.hint)), (path, value, problem)
                assert problem.line, (path, value, problem)
                rules.add(problem.rule)
    assert rules >= {"item-type", "item-missing", "item-limit", "item-choice", "item-unknown-key"}
    assert rules >= {"item-duplicate-code", "item-expression", "item-unknown-material"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"a: [1, 2", "item-yaml"),
        (b"\xff\xfe\x00", "item-yaml"),
        (b"- just\n- a list\n", "item-shape"),
        (b"", "item-shape"),
        (b"a: &x [1]\nb: *x\n", "item-alias"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "item-size"),
        (b"#" * (MAX_BYTES + 1), "item-size"),
        (b"a: [" + b"1," * 30_000 + b"1]", "item-size"),
    ],
    ids=["broken", "not-utf8", "list", "empty", "alias", "deep", "large", "many"],
)
def test_a_file_that_cannot_be_read_safely_is_refused(data: bytes, rule: str) -> None:
    """No alias can multiply, no depth can exhaust the parser, and nothing is raised."""
    item, problems = read_item(data, "item.yaml")
    assert item is None
    assert [problem.rule for problem in problems] == [rule]
    assert all(problem.hint.zh and problem.hint.en for problem in problems)


def test_a_python_tag_is_text_and_builds_nothing() -> None:
    """Only nodes are read; no object is ever made from a tag."""
    text = GOOD.replace("theme: life", 'theme: !!python/object/apply:os.system ["true"]')
    assert faults(text) == [("item-type", 4, "theme")]


def test_the_fire_threshold_of_the_restaurant_is_the_same_in_all_three_places() -> None:
    """The table that finds the parts, the page that asks, and the material follow one figure."""
    folder = PROCESSES / "restaurant-opening"
    item, _ = read_item((folder / "item.yaml").read_bytes(), "item.yaml")
    assert item is not None
    papers = item.material("fire-papers")
    assert papers is not None
    assert papers.required_when == "area >= 300"
    assert "<text>&gt;= 300</text>" in (folder / "parts.dmn").read_text()
    assert '"hide": "=area < 300"' in (folder / "apply.form").read_text()
