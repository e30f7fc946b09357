"""A program that uses the interface, as tests play it."""

import io
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from engine import clock
from tools import city, samples
from tools.stories import WORDS


class Program:
    """Speaks to the interface with the token of one person of the demo city."""

    def __init__(self, app: Flask, login: str = "", *, language: str = "zh") -> None:
        self.app = app
        self.headers = {"Accept-Language": language}
        if login:
            sent = {"login": login, "password": city.PASSWORD}
            token = self.ok("POST", "/token", json=sent)["token"]
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send a request to /api/v1 and return the answer, whatever it is."""
        headers = {**self.headers, **more.pop("headers", {})}
        client = self.app.test_client()
        return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def ok(self, method: str, path: str, **more: Any) -> Any:
        """Send a request that must succeed and return its JSON."""
        answer = self.ask(method, path, **more)
        assert 200 <= answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.get_json(silent=True)

    def refused(self, status: int, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Send a request that must be refused with this status and return the error."""
        answer = self.ask(method, path, **more)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        body: dict[str, Any] = answer.get_json()
        assert set(body) == {"code", "message", "fields", "request_id"}
        assert body["message"]
        return body

    def upload(self, path: str, code: str, name: str, data: bytes) -> TestResponse:
        """Send a file for a material."""
        return self.ask("POST", path, data={"code": code, "file": (io.BytesIO(data), name)})

    def apply(self, item: str) -> str:
        """Write, fill and submit an application; return the number of its case."""
        draft = self.ok("POST", "/drafts", json={"item": item})["id"]
        answers = samples.APPLICATIONS[item](1)
        kept = self.ok("PATCH", f"/drafts/{draft}", json={"answers": answers})
        assert kept["missing"]["answers"] == {}
        for code in kept["missing"]["materials"]:
            sent = self.upload(f"/drafts/{draft}/materials", code, "a.pdf", samples.pdf_file(code))
            assert sent.status_code == 201, sent.text
        number: str = self.ok("POST", f"/drafts/{draft}/submission")["number"]
        return number

    def task(self, number: str, element: str) -> dict[str, Any]:
        """Return an open task of a case that this person may complete."""
        for row in self.ok("GET", f"/cases/{number}")["tasks"]:
            found: dict[str, Any] = self.ok("GET", f"/tasks/{row['id']}")
            if row["element"] == element and "complete" in found["may"]:
                return found
        raise LookupError(f"no open task {element} of {number} for this person")

    def do(self, number: str, element: str, outcome: str, **more: Any) -> dict[str, Any]:
        """Complete a task, its form filled as its JSON Schema asks."""
        task = self.task(number, element)
        sent = {"outcome": outcome, "answers": filled(task["form"]), **more}
        done: dict[str, Any] = self.ok("POST", f"/tasks/{task['id']}/completion", json=sent)
        return done


def filled(schema: dict[str, Any] | None) -> dict[str, Any]:
    """Fill a form as on a good day, from its JSON Schema alone."""
    properties = (schema or {}).get("properties", {})
    return {key: _value(part) for key, part in properties.items()}


def _value(part: dict[str, Any]) -> Any:
    if "enum" in part or "const" in part:
        return part.get("const", part.get("enum", [None])[0])
    if part["type"] == "array":
        return [_value(part["items"])]
    if part["type"] == "object":
        return filled(part)
    if part.get("format") == "date":
        return clock.civil_date(clock.now()).isoformat()
    if part.get("format") == "date-time" or "T" in part.get("pattern", ""):
        return f"{clock.civil_date(clock.now()).isoformat()}T10:00"
    return {"boolean": True, "integer": 1, "number": 1}.get(part["type"], WORDS)
