"""``lianban compare`` and ``lianban whatif``: bundles in folders, no database, exit codes, JSON."""

import json
import shutil
from pathlib import Path

import pytest

from tools import cli

SHOP = Path(__file__).parents[2] / "processes" / "individual-business"
FEW = ["--days", "15", "--replications", "2", "--arrivals", "3"]


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of an item whose guide says something else."""
    folder = tmp_path / "changed"
    shutil.copytree(SHOP, folder)
    guide = folder / "item.yaml"
    guide.write_text(guide.read_text().replace("maxMB: 20", "maxMB: 30", 1))
    return folder


def test_compare_tells_what_differs_and_says_so_by_its_exit_code(
    changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 the same, 1 they differ; each fact before and after."""
    assert cli.main(["compare", str(SHOP), str(SHOP)]) == 0
    assert "nothing differs" in capsys.readouterr().out
    assert cli.main(["compare", str(SHOP), str(changed), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["changed"] == 1
    assert found["changes"][0]["facts"][0]["after"] == {"zh": "30", "en": "30"}
    other = SHOP.parent / "medical-device-iii"
    assert cli.main(["compare", str(SHOP), str(other)]) == 1
    assert "different items" in capsys.readouterr().err
    assert cli.main(["compare", str(SHOP), str(changed / "none.zip")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_whatif_gives_the_same_figures_for_a_seed_beside_each_other(
    changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two bundles that differ in their guide alone go through the same."""
    words = ["whatif", str(SHOP), str(changed), *FEW, "--outcome", "accept:correct=0.2"]
    words += ["--outcome", "accept:accept=0.8", "--people", "scjg:clerk=1", "--work", "accept=0.5"]
    assert cli.main([*words, "--json"]) == 0
    one, other = json.loads(capsys.readouterr().out)
    assert one == other
    assert one["steps"][0]["element"] == "accept"
    assert cli.main(words) == 0
    assert "promises kept" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--people", "scjg:clerk"], "NAME=NUMBER"),
        (["--people", "scjg:clerk=0"], "at least 1 people"),
        (["--vars", "[1]"], "JSON object"),
        (["--days", "0"], "correct these numbers"),
    ],
)
def test_absurd_words_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a sentence, and exit code 1."""
    assert cli.main(["whatif", str(SHOP), *FEW, *words]) == 1
    assert said in capsys.readouterr().err
