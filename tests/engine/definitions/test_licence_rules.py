"""What item.yaml says of a licence afterwards: read whole, each fault at its line."""

from pathlib import Path

import pytest

from engine.definitions.item import Item, read_item
from engine.problems import Problem

ROOT = Path(__file__).resolve().parents[3] / "processes" / "individual-business"
RULES = """
  renewal: {from: 90wd, until: 30wd, silence: renewed, article: {zh: 办法16, en: art. 16}}
  change: {article: {zh: 办法15, en: art. 15}, materials: []}
  lapses: {after: 1y, extensions: 2, extension: 3m, article: {zh: 建筑法9, en: art. 9}}
"""


def read(rules: str) -> tuple[Item | None, list[Problem]]:
    """Read I1 with rules of its licence."""
    text = (ROOT / "item.yaml").read_text().replace("\nresult:\n", "\nresult:" + rules, 1)
    return read_item(text.encode(), "item.yaml")


def test_renewal_change_and_lapse_are_read_with_their_limits() -> None:
    """Limits in days or working days, months or years, materials per kind."""
    item, problems = read(RULES)
    assert item is not None, problems
    rules = item.result.rules
    assert rules.renewal is not None
    assert (str(rules.renewal.opens), str(rules.renewal.until)) == ("90wd", "30wd")
    assert rules.renewal.silence == "renewed"
    assert "between 90 working days and 30 working days" in rules.renewal.text().en
    assert rules.lapses is not None
    assert (rules.lapses.months, rules.lapses.extension_months) == (12, 3)
    assert rules.reissue is None
    assert item.asked_for("change") == ()
    assert item.asked_for("renewal") == item.asked_for("first") == item.materials


@pytest.mark.parametrize(
    ("rules", "rule", "words"),
    [
        ("\n  renewal: {from: 10wd, until: 30wd}\n", "item-type", "earlier than until"),
        ("\n  renewal: {until: soon}\n", "item-limit", "soon"),
        ("\n  renewal: {until: 4wh}\n", "item-type", "days"),
        ("\n  renewal: {silence: renewed}\n", "item-missing", "article"),
        ("\n  renewal: {silence: granted}\n", "item-choice", "granted"),
        ("\n  renewal: {untill: 30d}\n", "item-unknown-key", "untill"),
        ("\n  change: {item: other}\n", "item-missing", "article"),
        ("\n  lapses: {after: 90d, article: {zh: 法9, en: art. 9}}\n", "item-type", "months"),
        (
            "\n  reissue: {article: {zh: 法9, en: art. 9}, materials: [no-such]}\n",
            "item-unknown-material",
            "no-such",
        ),
    ],
)
def test_a_fault_is_named_and_the_item_is_refused(rules: str, rule: str, words: str) -> None:
    """With its rule, in words that say what is expected."""
    item, problems = read(rules)
    assert item is None
    found = [problem for problem in problems if problem.severity == "error"]
    assert rule in {problem.rule for problem in found}
    assert any(words in problem.message.en + problem.hint.en for problem in found)
