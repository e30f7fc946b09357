"""What a machine offers, and what is said when it does not."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from tools import machine
from tools.errors import ToolsError


def test_a_taken_port_is_seen_and_a_free_one_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not machine.port_is_free(port)
        assert machine.free_port(port) > port
    assert machine.port_is_free(machine.free_port())


def test_the_browser_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANBAN_CHROMIUM", "/bin/sh")
    assert machine.find_chromium() == "/bin/sh"
    monkeypatch.setenv("LIANBAN_CHROMIUM", "/no/such/browser")
    assert machine.find_chromium() is None


def test_without_apt_the_packages_to_install_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(ToolsError, match="fonts-noto-cjk"):
        machine.install_tools_of_tests()


def test_a_system_without_the_lean_browser_gets_chromium_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncase "$*" in *{machine.LEAN}*) exit 1;; esac\n'
    )
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LIANBAN_CHROMIUM", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    machine.install_tools_of_tests()
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [machine.LEAN in line for line in asked] == [False, True, False]
    assert " chromium " in asked[2]


def test_where_packages_can_be_installed_the_lean_browser_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("chromium", "pdftotext", "ip", "apt-get", "fc-list"):
        (tmp_path / name).write_text("#!/bin/sh\necho a font\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LIANBAN_CHROMIUM", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert machine.has_tools_of_tests()
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert not machine.has_tools_of_tests()
    (tmp_path / "chromium").rename(tmp_path / machine.LEAN)
    assert machine.has_tools_of_tests()
