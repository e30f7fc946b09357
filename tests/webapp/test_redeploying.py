"""The pages of a redeployment, from what differs to its undoing, and the acts on versions."""

from typing import Any

import pytest
from flask import Flask

from engine import clock, db, definitions, people
from tests.webapp.conftest import PROCESSES, Person
from tests.webapp.staff import SHOP, case_of, new_case, shown
from tools import worker


def deployed(app: Flask, *changes: tuple[bytes, bytes]) -> int:
    """Deploy the item with its diagram changed; return the version's id."""
    files = dict(definitions.read_folder(PROCESSES / SHOP))
    name = f"{SHOP}.bpmn"
    for old, new in changes:
        assert old in files[name]
        files[name] = files[name].replace(old, new)
    if changes[: len(RENAMED)] == RENAMED:
        paths = files["paths.yaml"]
        files["paths.yaml"] = paths.replace(b"complete: accept,", b"complete: receive,")
    with app.app_context(), db.transaction():
        admin = people.actor_for_login("admin")
        return definitions.deploy(files, actor=admin, now=clock.now()).version.id


RENAMED = tuple(
    (f'{name}="accept"{end}'.encode(), f'{name}="receive"{end}'.encode())
    for name, end in (
        ("id", " "), ("sourceRef", " "), ("targetRef", " "), ("bpmnElement", ">"),
        ('name="notSameAs" value', " />"),
    )
)  # fmt: skip
LONGER = (b'value="30min"', b'value="40min"')


def work(app: Flask) -> None:
    """Let a worker do what is waiting."""
    with app.app_context():
        worker.redeploy()


def chosen(version: int, **more: str) -> dict[str, str]:
    """What the last form of the wizard sends."""
    return {"from": str(version), "which": "all", "reason": "表单更新", **more}


def test_the_wizard_shows_what_differs_and_what_would_happen_then_moves_and_undoes(
    app: Flask, visit: Any
) -> None:
    """The renamed step is suggested by its name; the report names each case."""
    first = new_case(app, SHOP)
    old, admin = case_of(app, first).version_id, visit("admin")
    new = deployed(app, *RENAMED, LONGER)
    version = admin.get(f"/admin/definitions/{new}")
    assert f"/admin/definitions/{new}/redeploy" in version.text
    page = admin.get(f"/admin/definitions/{new}/redeploy").text
    assert 'value="receive" selected' in page
    assert "可以迁移" in page
    assert "lb-count" in page
    answer = admin.post(
        f"/admin/definitions/{new}/redeploy", chosen(old, **{"map.accept": "receive"})
    )
    assert answer.status_code == 303
    assert "进行中" in admin.get(answer.location).text
    work(app)
    report = admin.get(answer.location).text
    assert "已完成" in report
    assert first in report
    assert case_of(app, first).version_id == new
    assert "转到事项第2版办理" in visit("wang.clerk").get(f"/cases/{first}").text
    refused = admin.post(f"{answer.location}/undo", {"why": " "})
    assert refused.status_code == 422
    assert admin.post(f"{answer.location}/undo", {"why": "还要再看"}).status_code == 303
    work(app)
    assert "已撤销" in admin.get(answer.location).text
    assert case_of(app, first).version_id == old
    assert "表单更新" in admin.get("/admin/redeployments").text


@pytest.fixture
def running(app: Flask, visit: Any) -> tuple[Person, int, int]:
    """An admin, the old version with a case, and a new one."""
    new_case(app, SHOP)
    with app.app_context():
        old = definitions.newest(SHOP).version_id
    return visit("admin"), old, deployed(app, *RENAMED)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"reason": ""}, "请写明为什么迁移"),
        ({"map.accept": "nowhere"}, "新版本没有元素“nowhere”"),
        ({"map.accept": "decide", "map.decide": "accept"}, "循环"),
        ({"which": "picked", "cases": "LB1"}, "下列办件不在这个版本上"),
        ({"begins_at": "soon"}, "请写成"),
        ({"from": "x"}, "没有这个版本"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_begins(
    running: tuple[Person, int, int], sent: dict[str, str], words: str
) -> None:
    """The page comes back with what was typed."""
    admin, old, new = running
    answer = admin.post(f"/admin/definitions/{new}/redeploy", chosen(old, **sent))
    assert answer.status_code in (404, 422)
    assert words in answer.text
    assert "还没有迁移过办件" in admin.get("/admin/redeployments").text


def test_a_second_move_is_refused_with_a_way_to_the_first(
    running: tuple[Person, int, int],
) -> None:
    """Also paused it stands in the way, until it is cancelled."""
    admin, old, new = running
    first = admin.post(f"/admin/definitions/{new}/redeploy", chosen(old))
    again = admin.post(f"/admin/definitions/{new}/redeploy", chosen(old))
    assert again.status_code == 409
    assert "林若川已开始" in again.text
    assert first.location in again.text
    for act, words in (("pause", "已暂停"), ("resume", "进行中"), ("cancel", "已取消")):
        assert admin.post(f"{first.location}/{act}").status_code == 303
        assert words in admin.get(first.location).text
    assert "请刷新页面" in admin.get(admin.post(f"{first.location}/resume").location).text


def test_a_version_is_retired_taken_back_and_removed_on_its_page(app: Flask, visit: Any) -> None:
    """With a reason that the page shows; who is no admin finds no such button."""
    new = deployed(app, *RENAMED)
    admin, address = visit("admin"), f"/admin/definitions/{new}"
    assert "请写明原因" in admin.get(admin.post(f"{address}/retire").location).text
    admin.post(f"{address}/retire", {"why": "表单有误"})
    page = admin.get(address).text
    assert "表单有误" in page
    assert "删除这个版本" in page
    assert "已停用" in admin.get("/admin/definitions").text
    admin.post(f"{address}/reactivate", {"why": "已改正"})
    assert "请先停用" in admin.get(admin.post(f"{address}/remove").location).text
    admin.post(f"{address}/retire", {"why": "不用"})
    assert admin.post(f"{address}/remove").location == "/admin/definitions"
    assert admin.get(address).status_code == 404


def test_only_admins_come_in(app: Flask, visit: Any) -> None:
    """Others are refused before anything is looked up."""
    new = deployed(app, *RENAMED)
    for name in ("wang.clerk", "chen.leader"):
        person = visit(name)
        assert person.get(f"/admin/definitions/{new}/redeploy").status_code == 403
        assert person.get("/admin/redeployments").status_code == 403


def test_without_cases_elsewhere_the_page_says_so(app: Flask, visit: Any) -> None:
    """Nothing to move: an empty state, no form."""
    new = deployed(app, *RENAMED)
    assert "没有需要迁移的办件" in shown(
        visit("admin").get(f"/admin/definitions/{new}/redeploy").text
    )
