"""What no test may do: speak to another machine, or send mail to a real server."""

import email
import email.policy
import smtplib
import socket
import socketserver
from collections.abc import Callable
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any

import pytest


class OutsideWorldError(AssertionError):
    """A test tried to leave this machine."""


def is_local(address: Any) -> bool:
    """Say whether a socket address is on this machine: a Unix socket or a loopback address."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def refuse_other_machines(patch: pytest.MonkeyPatch) -> None:
    """Make every connection of this process to another machine fail with a telling error."""

    def guard(real: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if not is_local(address):
                raise OutsideWorldError(f"A test connects to {address}; tests stay on this machine")
            return real(self, address)

        return connect

    patch.setattr(socket.socket, "connect", guard(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", guard(socket.socket.connect_ex))


def refuse_real_mail(patch: pytest.MonkeyPatch, allowed: set[int]) -> None:
    """Let smtplib reach only the test's own mail servers, whose ports are in ``allowed``."""
    real = smtplib.SMTP.connect

    def connect(self: smtplib.SMTP, host: str = "localhost", port: int = 0, **more: Any) -> Any:
        if port not in allowed:
            raise OutsideWorldError(f"A test sends mail to {host}:{port}; use the mailbox fixture")
        return real(self, host, port, **more)

    patch.setattr(smtplib.SMTP, "connect", connect)


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server of the test: takes every message and keeps it in ``messages``."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.messages: list[EmailMessage] = []

    @property
    def port(self) -> int:
        """The port it listens on, on 127.0.0.1."""
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    """The few words of SMTP that smtplib needs to hand over a message."""

    def handle(self) -> None:
        self._say("220 mailbox")
        while line := self.rfile.readline():
            word = line.strip().upper()[:4]
            if word == b"DATA":
                self._say("354 go on")
                self._receive()
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _receive(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(self.server, Mailbox)
        assert isinstance(message, EmailMessage)
        self.server.messages.append(message)
        self._say("250 kept")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
