"""What a machine offers, and what is said when it does not."""

import shutil
import socket

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
