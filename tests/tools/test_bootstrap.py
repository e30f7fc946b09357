"""dev.py on machines of every kind: wrong Python, no pip, no network, a full disk."""

import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from tools import bootstrap

ROOT = Path(__file__).resolve().parent.parent.parent
Usage = namedtuple("Usage", "total used free")


def run(
    *arguments: str, script: Path = ROOT / "tools" / "dev.py"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, check=False
    )


def test_an_old_python_is_told_what_to_do(tmp_path: Path) -> None:
    """The check comes before anything that an old Python could not read."""
    script = (ROOT / "tools" / "dev.py").read_text()
    (tmp_path / "dev.py").write_text(script.replace("WANTED = (3, 11)", "WANTED = (9, 0)"))
    told = run("demo", script=tmp_path / "dev.py")
    assert told.returncode == 1
    assert "需要 Python 3.11" in told.stdout
    assert "Python 3.11 or newer is needed" in told.stdout


def test_the_entry_reads_on_an_old_python() -> None:
    compile((ROOT / "tools" / "dev.py").read_text(), "dev.py", "exec", flags=0, dont_inherit=True)
    assert 'f"' not in (ROOT / "tools" / "dev.py").read_text()


def test_an_unknown_command_is_refused_with_the_known_ones() -> None:
    told = run("dance")
    assert told.returncode == 2
    assert all(name in told.stderr for name in bootstrap.COMMANDS)


def test_every_command_is_carried_out_by_a_module_that_exists() -> None:
    for module, _, _ in bootstrap.COMMANDS.values():
        assert (ROOT / Path(*module.split("."))).with_suffix(".py").is_file()


def test_a_full_disk_is_said_before_the_first_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1 << 40, 1 << 40, 1 << 20))
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "none")
    with pytest.raises(bootstrap.SetupError, match="磁盘只剩 1 MB"):
        bootstrap._refuse_unfit_machines()


def test_a_python_without_pip_is_told_which_package_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "_works", lambda _command: False)
    with pytest.raises(bootstrap.SetupError, match="apt-get install python3-venv"):
        bootstrap._pip()


def test_no_network_is_told_with_what_to_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package index that does not answer: pip says why, we say what to do."""
    monkeypatch.setattr(bootstrap, "UV", tmp_path / "uv")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "_pip", lambda: [f"{sys.base_prefix}/bin/python3", "-m", "pip"])
    for name, value in (("INDEX_URL", "http://127.0.0.1:9/simple"), ("RETRIES", "0")):
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with pytest.raises(bootstrap.SetupError, match="没有网络"):
        bootstrap._install_uv()


def test_the_machines_pip_settings_hold_for_uv() -> None:
    listing = (
        ":env:.default-timeout='180'\n"
        "global.index-url='http://mirror.example.test/simple'\n"
        "global.extra-index-url='\\nhttp://a.example.test\\nhttp://b.example.test'\n"
        ":env:.cert='/etc/ssl/own.crt'\n"
    )
    assert bootstrap.settings_from_pip(listing) == {
        "UV_DEFAULT_INDEX": "http://mirror.example.test/simple",
        "UV_INDEX": "http://a.example.test http://b.example.test",
        "SSL_CERT_FILE": "/etc/ssl/own.crt",
    }


def test_a_setting_of_uv_itself_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_pip", lambda: ["echo", "global.index-url='http://pip/' #"])
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://uv/")
    assert bootstrap.uv_environment()["UV_DEFAULT_INDEX"] == "http://uv/"


def test_the_fingerprint_changes_with_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bootstrap.fingerprint()
    lock = tmp_path / "requirements.lock"
    lock.write_text(bootstrap.LOCK.read_text() + "\n# changed\n")
    monkeypatch.setattr(bootstrap, "LOCK", lock)
    assert bootstrap.fingerprint() != before


def test_every_package_of_the_lock_is_named_with_its_hashes() -> None:
    lines = bootstrap.LOCK.read_text().splitlines()
    pinned = [line for line in lines if line and line[0] not in " #"]
    assert len(pinned) > 50
    assert all("==" in line and line.endswith("\\") for line in pinned)
