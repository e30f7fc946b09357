"""Two administrators at once, files that other versions use, and a process that changes its id."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine import db, definitions, events, people
from tests.engine.definitions.test_deploy import changed, deploy, files, rules
from tools import deploying as deploying_items
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
ITEM = "individual-business"
DIAGRAM = f"{ITEM}.bpmn"
NAMED = 'name="核准登记"'


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Let some acts begin at the same moment, each in a thread of its own; what they give."""
    gate = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found[place] = act()
        except Exception as error:  # noqa: BLE001 - what went wrong is what the test looks at
            found[place] = error
        finally:
            db.session().close()

    threads = [threading.Thread(target=run, args=(i, act)) for i, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def deploying(bundle: dict[str, bytes]) -> Callable[[], tuple[int, bool]]:
    """Deploy a bundle; the number of its version, and whether it is new."""

    def act() -> tuple[int, bool]:
        done = deploy(bundle)
        return done.version.number, done.created

    return act


def test_versions_deployed_at_once_stand_in_one_order_and_none_is_lost() -> None:
    """Four at once: four numbers, each with its own files, and a record that holds together."""
    bundles = [changed(files(), NAMED, f'name="核准{n}"') for n in range(4)]
    made = together(*map(deploying, bundles))
    assert sorted(made) == [(2, True), (3, True), (4, True), (5, True)]
    stored = {info.version.number: info.version.id for info in definitions.versions(ITEM)}
    for (number, _), bundle in zip(made, bundles, strict=True):
        assert definitions.files_of(stored[number]) == bundle
    assert definitions.newest(ITEM).number == 5
    assert events.verify("definitions") == []


def test_the_same_files_sent_twice_at_once_make_one_version() -> None:
    """A double click: one is new, the other is told that it is there."""
    bundle = changed(files(), NAMED, 'name="核准"')
    assert sorted(together(deploying(bundle), deploying(bundle))) == [(2, False), (2, True)]


def test_items_deployed_at_once_in_any_order_do_not_wait_for_each_other_for_ever() -> None:
    """The command sorts what it deploys in one unit of work."""
    admin = people.actor_for_login("admin")
    pair = [
        deploying_items.Bundle(item, files(item) | {"README.md": b"new"})
        for item in (ITEM, "medical-device-iii")
    ]
    made = together(
        lambda: deploying_items.deploy(pair, admin),
        lambda: deploying_items.deploy(pair[::-1], admin),
    )
    states = sorted(result.state for results in made for result in results)
    assert states == ["deployed", "deployed", "unchanged", "unchanged"]


def test_a_form_that_another_version_uses_stays_as_it_was_there() -> None:
    """A new version brings its own copy; the running case is shown the old question."""
    story = Story(ITEM).apply()
    old = story.case.version_id
    form = files()["accept.form"]
    assert "受理".encode() in form
    new = deploy({**files(), "accept.form": form.replace("受理".encode(), "收件受理".encode())})
    assert new.created
    assert definitions.files_of(old)["accept.form"] == form
    assert definitions.bundle(old).forms["accept"] != definitions.newest(ITEM).forms["accept"]
    for statement in (
        f"update version_file set content = '' where version_id = {old}",
        f"delete from version_file where version_id = {old}",
    ):
        with pytest.raises(DBAPIError), db.transaction() as session:
            session.execute(text(statement))
    story.do("wang.clerk", "accept", "accept")
    assert story.waiting() == [("decide", "scjg")]


def test_a_process_that_changes_its_id_is_refused_or_becomes_an_item_of_its_own() -> None:
    """The refusal says which id, at which line, and both ways out."""
    moved = changed(files(), 'process id="individual_business"', 'process id="stall"')
    moved[DIAGRAM] = moved[DIAGRAM].replace(b'"individual_business"', b'"stall"')
    assert rules(moved) == {"process-renamed"}
    (problem,) = definitions.check_bundle(moved).errors
    assert (problem.file, problem.element) == (DIAGRAM, "stall")
    assert problem.line
    assert "individual_business" in problem.hint.en
    other = {
        name.replace(ITEM, "stall"): data.replace(ITEM.encode(), b"stall")
        for name, data in moved.items()
    }
    done = deploy(other)
    assert (done.version.item_code, done.version.number) == ("stall", 1)
    assert definitions.newest(ITEM).number == 1
