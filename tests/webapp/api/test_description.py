"""The description fits the interface, and can be read in a browser without any other machine."""

import pytest
import schemathesis
from flask import Flask
from playwright.sync_api import Page

from tests.conftest import LiveServer
from tests.webapp.api.program import Program


def test_the_description_is_valid_openapi_in_the_order_it_was_written(city_app: Flask) -> None:
    description = city_app.test_client().get("/api/openapi.json").get_json()
    schemathesis.openapi.from_dict(description).validate()
    assert list(description["paths"])[:2] == ["/api/v1/token", "/api/v1/me"]


def test_every_operation_is_named_described_and_says_how_it_refuses(city_app: Flask) -> None:
    description = city_app.test_client().get("/api/openapi.json").get_json()
    assert description["openapi"] == "3.1.0"
    operations = [
        operation
        for path in description["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert operation["tags"][0] in {tag["name"] for tag in description["tags"]}
        refusals = {code for code in operation["responses"] if code.startswith("4")}
        open_to_all = operation.get("security") == []
        assert refusals, operation["operationId"]
        assert open_to_all is not ("401" in refusals)


def test_the_error_of_the_description_is_the_error_that_comes(city_app: Flask) -> None:
    description = city_app.test_client().get("/api/openapi.json").get_json()
    body = Program(city_app).refused(404, "GET", "/items/none")
    assert set(description["components"]["schemas"]["Error"]["required"]) == set(body)


def test_the_guide_holds_the_nine_public_elements(city_app: Flask) -> None:
    program = Program(city_app)
    listed = program.ok("GET", "/items?department=scjg")
    assert listed["total"] == 3
    item = program.ok("GET", "/items/medical-device-iii")
    assert len(item["elements"]) == 9
    assert item["elements"]["limits"]["statutory"]["text"]["en"] == "20 working days"
    assert "company" in item["form"]["properties"]
    picture = program.ask("GET", "/items/medical-device-iii/diagram.svg")
    assert picture.data.startswith(b"<svg")


@pytest.mark.slow
def test_the_page_of_the_description_works_under_the_strict_policy(
    live_server: LiveServer, page: Page
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.address}/api/docs")
    page.wait_for_selector(".opblock")
    page.locator(".opblock-summary").first.click()
    page.wait_for_selector(".opblock-body")
    seen: set[str] = set()
    for _ in range(60):  # only what is on the screen is drawn
        seen |= set(page.locator(".opblock-summary-path").all_inner_texts())
        if len(seen) > 25:
            break
        page.mouse.wheel(0, 1200)
        page.wait_for_timeout(100)
    assert len(seen) > 25
    assert complaints == []
