"""Deploying: all problems at once, nothing half done, nothing stored twice."""

import io
import zipfile
from pathlib import Path

import pytest

from engine import clock, db, definitions, events, people
from engine.errors import ForbiddenError, InvalidError
from engine.models import Person
from engine.permissions import Actor
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
PROCESSES = Path(__file__).parents[3] / "processes"
NOW = clock.now()
CONDITION = 'outcome = "not-required"'


def files(item: str = "individual-business") -> dict[str, bytes]:
    """The files of one of the three items."""
    return definitions.read_folder(PROCESSES / item)


def admin() -> Actor:
    """Who may deploy."""
    return people.actor_for_login("admin")


def deploy(bundle: dict[str, bytes]) -> definitions.Deployed:
    """Deploy in a transaction of its own."""
    with db.transaction():
        return definitions.deploy(bundle, actor=admin(), now=NOW)


def changed(bundle: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    """The same files, with one text replaced in the diagram."""
    name = next(name for name in bundle if name.endswith(".bpmn"))
    text = bundle[name].decode()
    assert old in text
    return {**bundle, name: text.replace(old, new, 1).encode()}


def rules(bundle: dict[str, bytes]) -> set[str]:
    """The rules that a bundle breaks; deploying it must be refused and store nothing."""
    before = len(definitions.versions())
    with pytest.raises(definitions.BundleRefusedError) as refusal:
        deploy(bundle)
    assert len(definitions.versions()) == before
    return {p.rule for p in refusal.value.problems if p.severity == "error"}


def test_the_same_files_again_make_no_new_version() -> None:
    """The bundle's hash is its identity."""
    again = deploy(files())
    assert (again.created, again.version.number) == (False, 1)


def test_a_change_makes_the_next_version_and_running_cases_stay_on_theirs() -> None:
    """New cases begin on the newest."""
    old = Story("individual-business").apply()
    new = deploy(changed(files(), 'name="核准登记"', 'name="核准"'))
    assert (new.created, new.version.number) == (True, 2)
    assert definitions.newest("individual-business").number == 2
    assert definitions.bundle(old.case.version_id).number == 1
    running = {
        info.version.number: info.running
        for info in definitions.versions()
        if info.version.item_code == "individual-business"
    }
    assert running == {1: 1, 2: 0}
    assert events.recent("definitions")[0].data["number"] == 2
    old.do("wang.clerk", "accept", "accept")
    assert old.waiting() == [("decide", "scjg")]


def test_only_an_admin_deploys() -> None:
    """A clerk is refused before anything is read."""
    with pytest.raises(ForbiddenError), db.transaction():
        definitions.deploy(files(), actor=people.actor_for_login("wang.clerk"), now=NOW)


def test_a_file_that_is_no_xml_is_named_with_its_line() -> None:
    """Never a traceback."""
    bundle = {**files(), "individual-business.bpmn": b"<bpmn:definitions>\n<oops"}
    with pytest.raises(definitions.BundleRefusedError) as refusal:
        deploy(bundle)
    first = refusal.value.problems[0]
    assert first.file == "individual-business.bpmn"
    assert first.line is not None


def test_a_diagram_without_start_is_refused() -> None:
    """No start: no case could begin."""
    bundle = files()
    name = "individual-business.bpmn"
    text = bundle[name].decode()
    text = text.replace("bpmn:startEvent", "bpmn:intermediateThrowEvent")
    assert rules({**bundle, name: text.encode()})


def test_a_missing_form_is_named_at_the_step_that_asks_for_it() -> None:
    """The element is in the problem."""
    bundle = {name: data for name, data in files().items() if name != "decide.form"}
    with pytest.raises(definitions.BundleRefusedError) as refusal:
        deploy(bundle)
    assert "decide" in {p.element for p in refusal.value.problems}


def test_python_in_a_condition_is_refused_with_its_element_and_line() -> None:
    """A diagram can compute, but not run code."""
    bundle = changed(files(), CONDITION, "__import__('os').system('id') = 0")
    with pytest.raises(definitions.BundleRefusedError) as refusal:
        deploy(bundle)
    assert any(p.line and p.element for p in refusal.value.problems)


def test_all_problems_come_at_once() -> None:
    """A broken diagram, a broken form and a broken item are told together."""
    bundle = {**files(), "decide.form": b"{", "item.yaml": b"code: x"}
    with pytest.raises(definitions.BundleRefusedError) as refusal:
        deploy(bundle)
    assert {"decide.form", "item.yaml"} <= {p.file for p in refusal.value.problems}


def test_a_path_that_no_longer_holds_stops_the_deployment() -> None:
    """paths.yaml is the designer's own test."""
    bundle = files()
    paths = bundle["paths.yaml"].decode().replace("status: completed", "status: waiting", 1)
    assert rules({**bundle, "paths.yaml": paths.encode()}) == {"path-failed"}


def test_a_zip_may_not_name_places_outside_of_itself() -> None:
    """And it need not be a zip at all."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    for data in (packed.getvalue(), b"PK\x03\x04 no zip", b""):
        with pytest.raises(InvalidError):
            definitions.read_zip(data)


def test_a_zip_of_the_folder_is_the_same_bundle() -> None:
    """One common folder at the top does not count."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files().items():
            archive.writestr(f"individual-business/{name}", data)
    assert definitions.read_zip(packed.getvalue()) == files()


def test_a_step_that_reaches_nobody_is_refused() -> None:
    """The role is known, but no active person holds it in the department; two are asked for one."""
    name = "medical-device-iii.bpmn"
    with db.transaction():
        for login in ("zhao.examiner", "sun.inspector"):
            db.session().get_one(Person, admin_of(login)).active = False
    try:
        reading = definitions.check_bundle(files("medical-device-iii"))
    finally:
        with db.transaction():
            for login in ("zhao.examiner", "sun.inspector"):
                db.session().get_one(Person, admin_of(login)).active = True
    found = {(p.rule, p.element): p for p in reading.errors}
    assert ("nobody-holds", "review") in found
    assert found["nobody-holds", "review"].line
    assert {p.file for p in found.values()} == {name}
    assert ("too-few-hold", "site_check") in found or ("nobody-holds", "site_check") in found
    assert definitions.check_bundle(files("medical-device-iii")).errors == ()


def admin_of(login: str) -> int:
    """The id of somebody of the demo city."""
    return people.actor_for_login(login).person_id or 0


def test_a_diagram_that_breaks_its_time_budget_is_refused() -> None:
    """The promise is worth nothing when its own steps break it."""
    assert rules(changed(files("medical-device-iii"), '"14wd"', '"9wd"')) == {"budget-promised"}
