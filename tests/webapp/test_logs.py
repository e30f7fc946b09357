"""One JSON line a request, whatever an error quotes."""

import json
from datetime import UTC, datetime

import pytest
import structlog
from flask import Flask


def test_a_request_is_one_line(city_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"X-Request-ID": "a-proxy-gave-this"}
    city_app.test_client().post("/api/v1/办件", headers=given)
    (line,) = capsys.readouterr().out.splitlines()
    assert "办件" in line
    told = json.loads(line)
    assert told.pop("milliseconds") >= 0
    assert datetime.fromisoformat(told.pop("timestamp")).tzinfo == UTC
    assert told == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "path": "/api/v1/办件",
        "request_id": "a-proxy-gave-this",
        "status": 404,
    }


@pytest.mark.usefixtures("city_app")
@pytest.mark.parametrize("quoted", ["half \ud800 of a pair", 2**70, ("a", "b"), {1: 2}])
def test_what_is_hard_to_write_is_still_one_line(
    quoted: object, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = structlog.get_logger("lianban.web")
    logger.error("unexpected", quoted=quoted, exc_info=ValueError(quoted))
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["event"] == "unexpected"
    assert told["quoted"] == json.loads(json.dumps(quoted))
    assert told["exception"][0]["exc_type"] == "ValueError"
    assert "locals" not in line
