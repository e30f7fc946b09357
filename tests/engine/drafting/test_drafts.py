"""Drafts of items: nothing that somebody drew is lost, and nobody writes over another unseen."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from engine import clock, db, definitions, drafting, events, people
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import ItemDraft
from engine.permissions import Actor
from forms.text import Text

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
PROCESSES = Path(__file__).parents[3] / "processes"
NOW = clock.now()
DIAGRAM = "individual-business.bpmn"
TITLE = Text("临时摊位许可", "Street stall")


def staff(login: str, *posts: tuple[str, str]) -> Actor:
    """Somebody of the city, with these posts besides their own."""
    found = people.actor_for_login(login)
    return Actor("staff", found.person_id, found.name, found.posts | frozenset(posts))


def lin() -> Actor:
    """The administrator, who designs too."""
    return staff("admin")


def wang() -> Actor:
    """A clerk who is a designer besides."""
    return staff("wang.clerk", ("scjg", "designer"))


def bundle() -> dict[str, bytes]:
    """The files of an item that is deployed."""
    return definitions.read_folder(PROCESSES / "individual-business")


def begun(name: str = "改期限") -> ItemDraft:
    """A draft of that item."""
    with db.transaction():
        return drafting.create("individual-business", name, bundle(), actor=lin(), now=NOW)


def save(draft: ItemDraft, base: int, by: Actor, **changes: bytes | None) -> drafting.Saved:
    """Save files, named by keyword: accept -> accept.form, diagram, item."""
    named = {"diagram": DIAGRAM, "item": "item.yaml"}
    files = {named.get(key, f"{key}.form"): data for key, data in changes.items()}
    with db.transaction():
        return drafting.save(draft.id, files, base=base, actor=by, now=NOW)


def test_every_save_is_a_revision_and_any_can_be_returned_to() -> None:
    """The files of each stay byte for byte; the same files again make none."""
    draft = begun()
    assert drafting.files(draft.id) == bundle()
    second = save(draft, 1, lin(), item=b"code: x\n", accept=None)
    assert (second.revision, second.created) == (2, True)
    assert save(draft, 2, lin(), item=b"code: x\n") == drafting.Saved(2, created=False)
    assert drafting.files(draft.id).keys() == bundle().keys() - {"accept.form"}
    with db.transaction():
        back = drafting.return_to(draft.id, 1, actor=lin(), now=NOW)
    assert drafting.files(draft.id, back.revision) == bundle()
    assert drafting.content_of(draft.id, "item.yaml", 2) == b"code: x\n"
    told = [(r.number, r.kind, r.changed, r.returned_to) for r in drafting.revisions(draft.id)]
    changed = ["accept.form", "item.yaml"]
    assert told[:2] == [(3, "returned", changed, 1), (2, "saved", changed, 0)]
    assert [r.number for r in drafting.revisions(draft.id, before=2)] == [1]
    assert events.verify(f"item-draft:{draft.id}") == []


def test_two_who_draw_different_files_are_joined() -> None:
    """The second save keeps what the first changed, and says so."""
    draft = begun()
    save(draft, 1, wang(), accept=b'{"components": []}')
    second = save(draft, 1, lin(), item=b"code: x\n")
    assert (second.revision, second.merged) == (3, ("accept.form",))
    assert drafting.content_of(draft.id, "accept.form") == b'{"components": []}'


def test_a_save_over_a_newer_revision_of_the_same_file_is_refused_and_both_can_be_kept() -> None:
    """The refusal names who changed what, and stores nothing."""
    draft = begun()
    save(draft, 1, wang(), diagram=b"<wang/>", accept=b"{}")
    with pytest.raises(drafting.StaleSaveError) as refusal:
        save(draft, 1, lin(), diagram=b"<lin/>", item=b"code: x\n")
    error = refusal.value
    assert (error.by, error.paths, error.revision) == (wang().name, (DIAGRAM,), 2)
    assert "draft of its own" in error.message.en
    assert drafting.content_of(draft.id, DIAGRAM) == b"<wang/>"
    assert drafting.get(draft.id).revision == 2
    with db.transaction():
        mine = drafting.keep_beside(draft.id, {DIAGRAM: b"<lin/>"}, base=1, actor=lin(), now=NOW)
    assert drafting.files(mine.id) == {**bundle(), DIAGRAM: b"<lin/>"}
    assert mine.name.startswith("改期限 · ")
    assert save(draft, 1, lin(), diagram=b"<wang/>").created is False


@pytest.mark.parametrize(
    "path",
    [
        "../x.form",
        "/x.form",
        "a/../../x.form",
        ".hidden.form",
        "a\\b.form",
        "x.exe",
        "",
        "a\0.form",
    ],
)
def test_a_bad_name_is_refused_at_the_file(path: str) -> None:
    """Nothing outside of the bundle can be named, nor what the check would not know."""
    draft = begun()
    with db.transaction(), pytest.raises(InvalidError) as refusal:
        drafting.save(draft.id, {path: b"{}"}, base=1, actor=lin(), now=NOW)
    assert list(refusal.value.fields) == [path]
    assert drafting.get(draft.id).revision == 1


def test_a_file_of_thirty_megabytes_is_refused_and_nothing_is_stored() -> None:
    """As is a draft whose files are too large together, or that would have none left."""
    draft = begun()
    with pytest.raises(InvalidError, match="larger than 5 MB"):
        save(draft, 1, lin(), diagram=b"x" * 30_000_000)
    large = {f"part{number}": bytes([64 + number]) * 4_990_000 for number in range(4)}
    save(draft, 1, lin(), **dict(list(large.items())[:2]))
    with pytest.raises(InvalidError, match="20 MB together"):
        save(draft, 2, lin(), part2=large["part2"], part3=large["part3"], diagram=b"y" * 4_000_000)
    none = dict.fromkeys(drafting.files(draft.id))
    with db.transaction(), pytest.raises(InvalidError, match="1 to 100 files"):
        drafting.save(draft.id, none, base=2, actor=lin(), now=NOW)
    assert drafting.get(draft.id).revision == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\nb\0", "改期限"])
def test_a_name_that_is_none_or_taken_is_refused(name: str) -> None:
    """When a draft begins and when it is renamed."""
    begun()
    other = begun("别的")
    if name == "a\nb\0":
        name = "a\0b"
    with db.transaction(), pytest.raises(InvalidError) as refusal:
        drafting.rename(other.id, name, actor=lin(), now=NOW)
    assert list(refusal.value.fields) == ["name"]
    with pytest.raises(InvalidError):
        begun(name)


def test_a_discarded_draft_takes_no_save_and_comes_back_with_everything() -> None:
    """Under a free name, when another has taken its own meanwhile."""
    draft = begun()
    with db.transaction():
        drafting.discard(draft.id, actor=lin(), now=NOW)
    with pytest.raises(ConflictError, match="discarded"):
        save(draft, 1, lin(), accept=b"{}")
    assert list(drafting.search(drafting.Wanted()).rows) == []
    begun()
    with db.transaction():
        back = drafting.restore(draft.id, actor=lin(), now=NOW)
    assert back.name == "改期限 (2)"
    found = drafting.search(drafting.Wanted(text="改期", item="individual-business"))
    assert {row.id for row in found.rows} >= {draft.id}
    assert drafting.files(draft.id) == bundle()


def test_who_has_it_open_is_seen_by_the_others_until_the_page_is_closed() -> None:
    """By heartbeats; one that stops is forgotten."""
    draft = begun()

    def touch(actor: Actor, path: str, seconds: int) -> list[tuple[str, str]]:
        with db.transaction():
            now = NOW + timedelta(seconds=seconds)
            return [
                (one.name, one.path) for one in drafting.touch(draft.id, path, actor=actor, now=now)
            ]

    assert touch(wang(), DIAGRAM, 0) == []
    assert touch(lin(), "item.yaml", 10) == [(wang().name, DIAGRAM)]
    assert touch(wang(), "accept.form", 20) == [(lin().name, "item.yaml")]
    assert touch(wang(), "accept.form", 60) == []
    with db.transaction():
        drafting.leave(draft.id, actor=wang())
    assert touch(lin(), "", 61) == []


def test_only_designers_and_admins_draw() -> None:
    """Everybody else is refused before anything is looked at."""
    draft, other = begun(), people.actor_for_login("wang.clerk")
    acts: list[Callable[[], object]] = [
        lambda: drafting.create("x", "x", bundle(), actor=other, now=NOW),
        lambda: drafting.save(draft.id, {}, base=1, actor=other, now=NOW),
        lambda: drafting.keep_beside(draft.id, {}, base=1, actor=other, now=NOW),
        lambda: drafting.return_to(draft.id, 1, actor=other, now=NOW),
        lambda: drafting.rename(draft.id, "y", actor=other, now=NOW),
        lambda: drafting.discard(draft.id, actor=other, now=NOW),
        lambda: drafting.restore(draft.id, actor=other, now=NOW),
        lambda: drafting.touch(draft.id, "", actor=other, now=NOW),
    ]
    for act in acts:
        with db.transaction(), pytest.raises(ForbiddenError):
            act()
    with pytest.raises(NotFoundError):
        drafting.files(draft.id, 9)
    with pytest.raises(NotFoundError):
        drafting.content_of(draft.id, "no.form")


@pytest.mark.parametrize("template", list(drafting.TEMPLATES))
def test_an_item_from_a_template_is_without_a_problem_as_it_is(template: str) -> None:
    """Also with quotes and brackets in its name."""
    title = Text('临时“摊位”<许可> & "x"', "Street: 'stall' <x>")
    files = drafting.new_item(
        template, code="street-stall", title=title, lead="scjg", departments=["cgj", "xfjy"]
    )
    reading = definitions.check_bundle(files)
    assert reading.problems == ()
    assert reading.item is not None
    assert (reading.item.title, reading.process.name) == (title, title)


def test_a_new_item_without_code_name_or_departments_says_what_is_missing() -> None:
    """All at once, each at its field."""
    with pytest.raises(InvalidError) as refusal:
        drafting.new_item("joint", code="Street Stall", title=Text("", "x"), lead="nobody")
    assert refusal.value.fields.keys() == {"item", "title_zh", "lead", "departments"}
    with pytest.raises(InvalidError) as refusal:
        drafting.new_item("other", code="a", title=TITLE, lead="scjg")
    assert refusal.value.fields.keys() == {"template"}


def test_the_revision_that_was_looked_at_is_deployed_and_no_other() -> None:
    """The draft remembers which version it became, and stays."""
    files = drafting.new_item("promise", code="street-stall", title=TITLE, lead="scjg")
    with db.transaction():
        draft = drafting.create("street-stall", "初稿", files, actor=lin(), now=NOW)
    with pytest.raises(ConflictError, match="newer revision 1"), db.transaction():
        drafting.deploy(draft.id, base=0, actor=lin(), now=NOW)
    with db.transaction():
        deployed = drafting.deploy(draft.id, base=1, actor=lin(), now=NOW, note="新事项")
    after = drafting.get(draft.id)
    assert (after.version_id, after.deployed_revision) == (deployed.version.id, 1)
    assert definitions.files_of(deployed.version.id) == files
