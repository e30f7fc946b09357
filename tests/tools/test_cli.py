"""The command `lianban`: what it checks and deploys, and what it says of bad input."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from engine import clock, db, definitions, people
from tools import city, cli

ROOT = Path(__file__).resolve().parent.parent.parent
ITEM = ROOT / "processes" / "medical-device-iii"


@pytest.fixture
def database(engine_db: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database that the command uses; the engine itself is not bound to it."""
    db.dispose()
    monkeypatch.setenv("DATABASE_URL", engine_db)
    return engine_db


def test_our_items_pass_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(ROOT / "processes")]) == 0
    assert "individual-business: 通过 passed" in capsys.readouterr().out


def test_a_broken_item_is_refused_with_place_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "item.yaml").write_bytes((ITEM / "item.yaml").read_bytes())
    (tmp_path / "item.bpmn").write_text("this is no XML")
    assert cli.main(["check", str(tmp_path)]) == 1
    assert "item.bpmn" in capsys.readouterr().out


def test_problems_are_also_told_to_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "item.yaml").write_text("code: [")
    assert cli.main(["check", "--json", str(tmp_path)]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert all(problem["file"].startswith(str(tmp_path)) for problem in problems)
    assert all(set(problem["message"]) == {"zh", "en"} for problem in problems)
    assert any(problem["severity"] == "error" for problem in problems)


def test_a_path_without_an_item_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(tmp_path)]) == 1
    assert "nothing to check" in capsys.readouterr().out
    assert cli.main(["deploy", str(tmp_path)]) == 2
    assert "no item.yaml" in capsys.readouterr().err


def test_a_zip_file_is_an_item_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "medical.zip", "w") as archive:
        for name, content in definitions.read_folder(ITEM).items():
            archive.writestr(f"medical-device-iii/{name}", content)
    assert cli.main(["check", str(tmp_path / "medical.zip")]) == 0


def test_an_item_is_deployed_once_and_the_same_files_make_no_new_version(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["migrate"]) == 0
    assert cli.main(["seed-demo"]) == 0
    capsys.readouterr()
    for new in (True, False):
        assert cli.main(["deploy", "--json", "--as", "admin", str(ITEM)]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        assert (row["item"], row["number"], row["new"]) == ("medical-device-iii", 1, new)
        assert row["state"] == ("deployed" if new else "unchanged")


def test_a_dry_run_deploys_nothing(database: str) -> None:
    assert cli.main(["seed-demo"]) == 0
    assert cli.main(["deploy", "--dry-run", str(ITEM)]) == 0
    db.configure(database)
    assert definitions.versions() == []


def test_an_item_for_departments_that_do_not_exist_is_refused(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The database has no departments yet, so the diagram asks posts that nobody can hold."""
    assert cli.main(["deploy", str(ITEM)]) == 1
    told = capsys.readouterr().out
    assert "没有部署" in told
    assert f"{ITEM}/medical-device-iii.bpmn:" in told


def copied(folder: Path, item: Path, **replaced: str) -> Path:
    """A copy of an item with words of its diagram replaced."""
    shutil.copytree(item, folder / item.name)
    diagram = folder / item.name / f"{item.name}.bpmn"
    text = diagram.read_text()
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    diagram.write_text(text)
    return folder / item.name


def states(told: str) -> dict[str, str]:
    """What became of each item."""
    return {row["item"]: row["state"] for row in json.loads(told)}


def test_one_refused_item_holds_back_all_unless_told_to_go_on(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """CI reads the exit code and the states; a dry run tells the same and stores nothing."""
    copied(tmp_path, ITEM, **{'value="14wd"': 'value="9wd"'})
    copied(tmp_path, ITEM.parent / "individual-business")
    assert cli.main(["seed-demo"]) == 0
    capsys.readouterr()
    names = "individual-business", "medical-device-iii"
    assert cli.main(["deploy", "--json", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert states(told) == dict(zip(names, ("held-back", "refused"), strict=True))
    (problem,) = json.loads(told)[1]["problems"]
    assert (problem["rule"], problem["element"]) == ("budget-promised", "section_opinion")
    assert problem["file"] == str(tmp_path / names[1] / f"{names[1]}.bpmn")
    assert cli.main(["deploy", "--json", "--keep-going", "--dry-run", str(tmp_path)]) == 1
    assert states(capsys.readouterr().out)["individual-business"] == "deployed"
    db.configure(database)
    assert definitions.versions() == []
    assert cli.main(["deploy", "--keep-going", str(tmp_path)]) == 1
    assert "individual-business: 新版本 new version 1" in capsys.readouterr().out
    db.configure(database)
    assert [info.version.item_code for info in definitions.versions()] == ["individual-business"]


def test_the_files_of_an_older_version_are_told_apart_from_the_newest(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They make no version, and another one stays in force: no silent success."""
    newer = copied(tmp_path, ITEM, **{'value="14wd"': 'value="13wd"'})
    assert cli.main(["seed-demo"]) == 0
    for path, code in ((ITEM, 0), (newer, 0), (newer, 0), (ITEM, 1)):
        assert cli.main(["deploy", str(path)]) == code
    assert "older version 1" in capsys.readouterr().out


def test_a_database_out_of_reach_is_no_problem_of_the_items(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CI can tell the two apart by the exit code."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert cli.main(["deploy", str(ITEM)]) == 2
    assert "nothing was deployed" in capsys.readouterr().err


def test_who_deploys_must_be_an_administrator(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["seed-demo"]) == 0
    assert cli.main(["deploy", "--as", "wang.clerk", str(ITEM)]) == 1
    assert capsys.readouterr().err


def test_the_doctor_looks_at_everything(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANBAN_METRICS_KEY", "short")
    cli.main(["doctor", "--json"])
    findings = {row["name"]["en"]: row for row in json.loads(capsys.readouterr().out)}
    assert findings["database"]["well"]
    assert set(findings) == {
        *("disk", "database", "web assets", "mail", "SMS", "cookie key", "workers", "browser"),
        *("limits of questions and complaints", "metrics", "programs outside"),
    }
    assert "LIANBAN_METRICS_KEY is too short" in findings["metrics"]["detail"]["en"]
    assert "0 running, none has ever run; 0 timers due" in findings["workers"]["detail"]["en"]


def test_the_doctor_says_what_to_do_about_a_missing_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert cli.main(["doctor"]) == 1
    assert "✗ 数据库 database" in capsys.readouterr().out


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    told = capsys.readouterr().out
    assert all(
        name in told
        for name in ("serve", "worker", "check", "deploy", "doctor", "migrate", "seed-demo")
    )


def test_the_city_is_seeded_once(engine_db: str) -> None:
    now = clock.now()
    for _ in range(2):
        city.seed(now=now)
    assert len(people.departments()) == len(city.UNITS)
    for login in city.LOGINS:
        actor = people.authenticate(login.login, city.PASSWORD, now=now)
        assert actor.posts == frozenset(login.posts)


@pytest.mark.parametrize("words", [["migrate"], ["doctor", "--all-cases"], ["seed-demo"]])
def test_a_database_that_does_not_answer_is_said_in_a_line(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback; its code is not that of a refusal."""
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/none?host={tmp_path}")
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert "数据库不可用" in said
    assert "Traceback" not in said
