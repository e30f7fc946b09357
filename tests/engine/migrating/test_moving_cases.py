"""Cases moved between versions of an item: nothing open is lost, nothing jumps, all is undone."""

import json
import random
from datetime import timedelta

import pytest

from engine import (
    cases,
    cohandling,
    db,
    definitions,
    duetimes,
    events,
    migrating,
    people,
    tasks,
)
from engine.errors import InvalidError
from engine.models import Case, Task
from tests.engine import clockwork, wide
from tests.engine.migrating.scenes import (
    ACCEPT,
    DECIDE,
    admin,
    begun,
    chain,
    deployed,
    drafted,
    end,
    fared,
    flow,
    moved,
    node,
    start,
    straight,
    undone,
    user,
    version_of,
    work_of,
)
from tools import worker
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
EXAMINER = "zhao.examiner"


def accepted(number: int = 1) -> Story:
    """A case whose application was accepted."""
    return Story("individual-business").apply(number=number).do("wang.clerk", "accept", "accept")


def at_work(*pieces: str) -> tuple[int, Story]:
    """A version and a case on it that an examiner has taken and typed in."""
    old, story = deployed(*(pieces or straight("examine"))), accepted()
    drafted(story, EXAMINER, "examine", {"opinion": "写了一半", "answers": {}})
    return old, story


def test_an_inserted_step_leaves_open_work_as_it_is_and_is_met_later() -> None:
    old, story = at_work()
    before = work_of(story)
    new = deployed(*straight("examine", "review"))
    moved(old, new)
    assert work_of(story) == before
    assert version_of(story) == new
    story.do(EXAMINER, "examine", "done")
    assert [name for name, _ in story.waiting()] == ["review"]
    assert events.verify(events.stream_of(story.case_id)) == []


def test_a_renamed_step_keeps_its_task_and_the_separation_of_posts_knows_who_did_it() -> None:
    apart = (start(), ACCEPT, user("examine"), user("look", notSameAs="examine"), DECIDE, end(),
             chain("start", "accept", "examine", "look", "decide", "end"))  # fmt: skip
    old, story = at_work(*apart)
    task = story.task("examine", EXAMINER)
    again = (start(), ACCEPT, user("check"), user("look", notSameAs="check"), DECIDE, end(),
             chain("start", "accept", "check", "look", "decide", "end"))  # fmt: skip
    new = deployed(*again)
    moved(old, new, {"examine": "check"})
    found = story.task("check", EXAMINER)
    assert (found.id, found.draft["opinion"]) == (task.id, "写了一半")
    assert found.assignee_id == people.actor_for_login(EXAMINER).person_id
    story.do(EXAMINER, "check", "done")
    view = tasks.find(story.task("look", EXAMINER).id, people.actor_for_login(EXAMINER))
    assert view.why_not is not None
    assert "任务check" in view.why_not.en


def test_a_step_done_before_the_rename_still_keeps_posts_apart() -> None:
    old = deployed(*straight("examine", "look"))
    story = accepted().do(EXAMINER, "examine", "done")
    again = (start(), ACCEPT, user("check"), user("look", notSameAs="check"), DECIDE, end(),
             chain("start", "accept", "check", "look", "decide", "end"))  # fmt: skip
    moved(old, deployed(*again), {"examine": "check"})
    view = tasks.find(story.task("look", EXAMINER).id, people.actor_for_login(EXAMINER))
    assert view.why_not is not None
    with db.transaction():
        progress = cases.progress(story.case)
    assert [state.state for state in progress.steps if state.step.element == "check"] == ["done"]


def test_what_was_done_at_a_removed_step_can_still_be_read() -> None:
    old = deployed(*straight("examine", "look"))
    story = accepted()
    done = story.task("examine", EXAMINER).id
    story.do(EXAMINER, "examine", "done")
    moved(old, deployed(*straight("look")))
    view = tasks.find(done, people.actor_for_login(EXAMINER))
    assert (view.step.element, view.task.state) == ("examine", "completed")
    assert story.do(EXAMINER, "look", "done").waiting()[0][0] == "decide"


def test_an_open_step_that_is_gone_stays_with_a_reason_or_goes_where_the_mapping_says() -> None:
    old, story = at_work(*straight("examine", "look"))
    before = work_of(story)
    new = deployed(*straight("look"))
    assert fared(moved(old, new)) == [
        ("refused", "examine",
         "The case stands here and the new version has nothing for it; map it.")
    ]  # fmt: skip
    assert (work_of(story), version_of(story)) == (before, old)
    moved(old, new, {"examine": "look"})
    assert [name for name, _ in story.waiting()] == ["look"]


def test_due_times_of_steps_move_only_where_that_was_chosen() -> None:
    old, story = at_work()
    before = work_of(story)
    new = deployed(*straight("examine", examine="5wd"))
    row = moved(old, new)
    assert work_of(story) == before
    undone(row)
    assert (work_of(story), version_of(story)) == (before, old)
    moved(old, new, choice=migrating.Choice(steps_anew=True))
    [task] = tasks.open_of_case(story.case)
    [was] = [due for _, _, _, due, _ in before["tasks"].values()]
    assert task.due_at is not None
    assert task.due_at - was >= timedelta(days=2)
    assert task.due_facts["limit"] == "5wd"
    changed = clockwork.event(story, "case-migrated")["due"]
    assert [one[0] for one in changed] == ["examine"]


def test_an_accepted_case_keeps_its_promise_and_later_stops_count_from_it() -> None:
    old, story = at_work()
    before = work_of(story)["due"]
    new = deployed(*straight("examine"), promisedLimit="15wd", statutoryLimit="30wd")
    row = moved(old, new)
    assert work_of(story)["due"] == before
    with db.transaction():
        case = db.session().get_one(Case, story.case_id)
        of = cases.file_of(case).bundle
        assert duetimes.recompute(case, of, "again", actor=admin(), now=story.now) == {}
    undone(row)
    moved(old, new, choice=migrating.Choice(promise_anew=True))
    assert work_of(story)["due"][0] > before[0]


def test_a_shorter_statute_counts_at_once_and_the_promise_never_ends_behind_it() -> None:
    old, story = at_work()
    before = work_of(story)["due"]
    moved(
        old,
        deployed(*straight("examine", examine="1wd"), promisedLimit="5wd", statutoryLimit="8wd"),
    )
    promised, statutory, _ = work_of(story)["due"]
    assert statutory < before[1]
    assert promised == statutory
    case = db.session().get_one(Case, story.case_id)
    assert case.due_facts["kept"]["promised"] == "10wd"


def test_a_version_with_a_co_handling_takes_cases_that_the_other_machine_ran() -> None:
    old, story = at_work()
    before = work_of(story)
    new = deployed(*joint())
    moved(old, new)
    assert work_of(story) == before
    story.do(EXAMINER, "examine", "done")
    assert sorted(story.waiting()) == [("opinion", "cgj"), ("opinion", "xfjy")]


def joint(*inner: str, limit: str = "3wd") -> tuple[str, ...]:
    """An examination and then two departments at once."""
    share = f"{int(limit[:-2]) // (1 + len(inner))}wd"
    body = (
        '<bpmn:multiInstanceLoopCharacteristics camunda:collection="=[&quot;cgj&quot;,'
        '&quot;xfjy&quot;]" camunda:elementVariable="department"/>'
        + start("is", form="")
        + "".join(user(name, "co:examiner", act="co-handle", limit=share,
                       outcomes="agree=同意|Agree; disagree!=不同意|No")
                  for name in ("opinion", *inner))
        + end("ie")
        + chain("is", "opinion", *inner, "ie")
    )  # fmt: skip
    part = node("subProcess", "together", body, coHandling="true", lead="lead", limit=limit,
                noReply="wait", answers="opinions")  # fmt: skip
    return (start(), ACCEPT, user("examine", limit="1wd"), part, DECIDE, end(),
            chain("start", "accept", "examine", "together", "decide", "end"))  # fmt: skip


def test_a_co_handling_under_way_keeps_who_answered_and_who_is_asked() -> None:
    old = deployed(*joint())
    story = accepted().do(EXAMINER, "examine", "done").do("cg.wu", "opinion", "agree")
    before = work_of(story)
    assert len(before["asked"]) == 2
    moved(old, deployed(*joint("second", limit="4wd")))
    assert work_of(story) == before
    story.do("xf.zheng", "opinion", "agree")
    assert story.waiting() == [("second", "xfjy")]
    rows = cohandling.board(story.case_id, people.actor_for_login(EXAMINER), now=story.now)
    assert [row.row.state for row in rows] == ["answered", "open"]


def test_a_finished_co_handling_that_the_new_version_lacks_can_still_be_read() -> None:
    old = deployed(*joint())
    story = accepted().do(EXAMINER, "examine", "done")
    story.do("cg.wu", "opinion", "agree").do("xf.zheng", "opinion", "agree")
    moved(old, deployed(*straight("examine")))
    assert [name for name, _ in story.waiting()] == ["decide"]
    rows = cohandling.board(story.case_id, people.actor_for_login(EXAMINER), now=story.now)
    assert [row.outcome.en if row.outcome else None for row in rows] == ["Agree", "Agree"]


def test_put_back_a_case_is_as_it_was_and_one_that_was_touched_stays_and_is_named() -> None:
    old, story = at_work()
    other = accepted(2)
    before = work_of(story)
    row = moved(old, deployed(*straight("check", "review")), {"examine": "check"})
    other.do(EXAMINER, "check", "done")
    counts = undone(row)
    assert (counts["undone"], counts["kept"]) == (1, 1)
    assert (work_of(story), version_of(story)) == (before, old)
    assert [name for name, _ in other.waiting()] == ["review"]
    assert [state for state, _, _ in fared(row)] == ["undone", "kept"]
    story.do(EXAMINER, "examine", "done")
    assert [name for name, _ in story.waiting()] == ["decide"]
    assert events.verify(events.stream_of(story.case_id)) == []


def test_a_case_that_was_closed_meanwhile_is_told_and_stays() -> None:
    old, _story = at_work()
    closed = accepted(2)
    row = begun(old, deployed(*straight("examine", "review")))
    closed.do(EXAMINER, "examine", "done").do("qian.head", "decide", "grant")
    worker.redeploy()
    assert [why for state, _, why in fared(row) if state == "refused"] == [
        "The case has been closed."
    ]


NAMES = ("one", "two", "three", "four")


@pytest.mark.parametrize("seed", range(3))
def test_generated_pairs_of_versions_change_no_open_work_draft_or_due_time(seed: int) -> None:
    """Renamed, inserted, removed and split steps; limits of others: moved there and back."""
    chance = random.Random(seed)
    wide_enough = {"promisedLimit": "60wd", "statutoryLimit": "60wd"}
    old = deployed(*straight(*NAMES), **wide_enough)
    story, position = accepted(), chance.randrange(len(NAMES))
    for name in NAMES[:position]:
        story.do(EXAMINER, name, "done")
    drafted(story, EXAMINER, NAMES[position], {"opinion": f"草稿{seed}", "answers": {}})
    before = work_of(story)
    names, mapping = changed(chance, NAMES[position])
    limits = {name: chance.choice(["1wd", "9wd"]) for name in names}
    row = moved(old, deployed(*straight(*names, **limits), **wide_enough), mapping)
    assert [state for state, _, _ in fared(row)] == ["moved"]
    after = work_of(story)
    here = mapping.get(NAMES[position], NAMES[position])
    for was, now in zip(before["tasks"].values(), after["tasks"].values(), strict=True):
        assert now == (here, *was[1:])
    assert before["tasks"].keys() == after["tasks"].keys()
    assert (before["due"], before["timers"]) == (after["due"], after["timers"])
    if chance.random() < 0.5:
        undone(row)
        assert work_of(story) == before
        names, here = list(NAMES), NAMES[position]
    for name in names[names.index(here) :]:
        story.do(EXAMINER, name, "done")
    assert [name for name, _ in story.waiting()] == ["decide"]


def changed(chance: random.Random, here: str) -> tuple[list[str], dict[str, str]]:
    """Make the steps of another version, and the mapping to it."""
    names, mapping = [], {}
    for name in NAMES:
        act = chance.choice(["keep", "rename", "insert", "split", "remove"])
        if act == "remove" and name != here:
            continue
        if act in ("rename", "split"):
            mapping[name] = f"{name}_new"
            names += [f"{name}_new"] + ([f"{name}_more"] if act == "split" else [])
        else:
            names += ([f"before_{name}"] if act == "insert" else []) + [name]
    return names, mapping


def test_a_gateway_that_looks_at_another_answer_finds_it_in_a_moved_case() -> None:
    old, story = at_work()
    asks = node("exclusiveGateway", "big", more='default="f_big_decide"')
    new = deployed(
        start(), ACCEPT, user("examine"), asks, user("extra"), DECIDE, end(),
        chain("start", "accept", "examine", "big", "decide", "end"),
        flow("big", "extra", 'string length(trade_name) > 0'), flow("extra", "decide"),
    )  # fmt: skip
    moved(old, new)
    with db.transaction():
        assert "trade_name" in story.case.answers
    story.do(EXAMINER, "examine", "done")
    assert [name for name, _ in story.waiting()] == ["extra"]


def test_a_post_that_differs_takes_the_task_over_and_its_draft_stays() -> None:
    old, story = at_work()
    other = (start(), ACCEPT, user("examine", "lead:inspector"), DECIDE, end(),
             chain("start", "accept", "examine", "decide", "end"))  # fmt: skip
    moved(old, deployed(*other))
    with db.transaction() as session:
        [task] = session.query(Task).filter(Task.case_id == story.case_id, Task.state == "open")
        assert (task.role, task.assignee_id, task.draft["opinion"]) == (
            "inspector", None, "写了一半",
        )  # fmt: skip


def test_a_new_required_question_is_asked_at_the_open_step_and_not_of_those_done() -> None:
    folder = wide.FOLDER
    files = definitions.read_folder(folder)
    form = json.loads(files["decide.form"])
    asked = {
        "type": "textfield", "id": "extra", "key": "extra", "label": "补充核查",
        "properties": {"labelEn": "Further check"}, "validate": {"required": True},
    }  # fmt: skip
    form["components"].append(asked)
    old = definitions.newest(wide.ITEM).version_id
    story = accepted()
    wide.deploy({**files, "decide.form": json.dumps(form, ensure_ascii=False).encode()})
    moved(old, definitions.newest(wide.ITEM).version_id)
    assert story.filled("decide").keys() >= {"extra"}
    with pytest.raises(InvalidError) as refused:
        story.do("feng.registrar", "decide", "grant", answers={"extra": ""})
    assert "extra" in str(refused.value.fields)
    story.do("feng.registrar", "decide", "grant")
    assert [name for name, _ in story.waiting()] == ["deliver_licence"]
