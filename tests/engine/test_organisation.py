"""Units, posts, substitutes, people who leave, and files that bring all of it."""

import io
import zipfile
from datetime import date, timedelta

import pytest

from engine import clock, db, events, organisation, people, tasks
from engine.clock import civil_date
from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError, NotFoundError
from engine.organisation import (
    Leaving,
    Member,
    Unit,
    importing,
    sheets,
    staffing,
    substituting,
    units,
)
from engine.permissions import Actor
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
NOW = clock.now()
TODAY = civil_date(NOW)


def admin() -> Actor:
    """The administrator."""
    return people.actor_for_login("admin")


def id_of(login: str) -> int:
    """The number of a person."""
    return people.actor_for_login(login).person_id or 0


def save_unit(unit: Unit, *, new: bool = True, login: str = "admin") -> None:
    """Add or change a unit."""
    with db.transaction():
        units.save(unit, actor=people.actor_for_login(login), now=NOW, new=new)


def save_person(member: Member, *, new: bool = True) -> None:
    """Add or change one of the staff."""
    with db.transaction():
        staffing.save_person(member, actor=admin(), now=NOW, new=new)


def appointed(
    person: str, other: str, *, days: tuple[int, int] = (0, 5), posts: list[str] | None = None
) -> int:
    """Let somebody stand in for a person, days counted from today."""
    first, last = (TODAY + timedelta(days=day) for day in days)
    span = substituting.Span(first, last, posts)
    with db.transaction():
        row = substituting.appoint(
            id_of(person), id_of(other), span, "年假", actor=admin(), now=NOW
        )
        return row.id


def claimed(story: Story, login: str, element: str) -> str:
    """Claim the open task of a step."""
    task_id: str = story.task(element, login).id
    with db.transaction():
        tasks.claim(task_id, actor=people.actor_for_login(login), now=NOW)
    return task_id


def leave(login: str, **how: object) -> None:
    """Let somebody leave."""
    with db.transaction():
        found = Leaving(**{"reason": "调离本单位", **how})  # type: ignore[arg-type]
        organisation.leave(login, found, actor=admin(), now=NOW)


def test_units_stand_in_a_tree_in_their_order_and_never_in_a_circle() -> None:
    """Each field that is wrong is named; a unit is added once."""
    save_unit(Unit("scjg-xk", "许可科", "Licensing section", "scjg", "section", 2))
    save_unit(Unit("scjg-dj", "登记科", "Registration section", "scjg", "section", 1))
    save_unit(Unit("scjg-dj-1", "一号窗口", "Window 1", "scjg-dj", "window"))
    shown = [(branch.row.code, branch.depth) for branch in units.tree()]
    at = shown.index(("scjg", 0))
    assert shown[at + 1 : at + 4] == [("scjg-dj", 1), ("scjg-dj-1", 2), ("scjg-xk", 1)]
    with pytest.raises(InvalidError) as error:
        save_unit(Unit("A", "", "x" * 200, "nowhere", "shop", -1))
    assert {*error.value.fields} == {"code", "name_zh", "name_en", "parent", "kind", "position"}
    with pytest.raises(InvalidError) as error:
        save_unit(Unit("scjg", "局", "Bureau", "scjg-dj-1"), new=False)
    assert "circle" in error.value.fields["parent"].en
    with pytest.raises(InvalidError) as error:
        save_unit(Unit("cgj", "局", "Bureau"))
    assert {*error.value.fields} == {"code"}
    with pytest.raises(NotFoundError):
        save_unit(Unit("none", "局", "Bureau"), new=False)
    with pytest.raises(ForbiddenError):
        save_unit(Unit("x-y", "科", "Section"), login="wang.clerk")


def test_a_substitute_sees_and_does_the_tasks_and_the_record_says_for_whom() -> None:
    """Also what the absent person had claimed; before and after those days nothing of it."""
    story = Story("medical-device-iii").apply().do("wang.clerk", "accept", "accept")
    task_id = claimed(story, "zhao.examiner", "review")
    later = appointed("zhao.examiner", "cg.wu", days=(2, 3))
    assert not people.actor_for_login("cg.wu").standing
    with db.transaction():
        substituting.end(later, actor=admin(), now=NOW)
    row = appointed("zhao.examiner", "cg.wu")
    wu = people.actor_for_login("cg.wu")
    assert wu.holds("scjg", "examiner")
    assert [task.id for task in tasks.inbox(wu).rows] == [task_id]
    assert wu.person_id in {one.id for one in people.holders("scjg", "examiner")}
    with db.transaction():
        tasks.claim(task_id, actor=wu, now=NOW)
    story.do("cg.wu", "review", "fail")
    said = {
        e.type: e.data.get("for_whom")
        for e in events.history(story.case_id)
        if e.actor_id == wu.person_id
    }
    assert said == {"task-claimed": "赵明哲", "task-completed": "赵明哲", "case-advanced": None}
    with db.transaction():
        substituting.end(row, actor=people.actor_for_login("chen.leader"), now=NOW)
    assert not people.actor_for_login("cg.wu").standing
    with pytest.raises(ConflictError), db.transaction():
        substituting.end(row, actor=admin(), now=NOW)
    with pytest.raises(EngineError):
        story.do("cg.wu", "section_opinion", "propose-refuse")


def two_posts() -> None:
    """Let an examiner be a clerk as well, and another colleague an examiner too."""
    both = frozenset({("scjg", "examiner"), ("scjg", "clerk")})
    save_person(Member("zhao.examiner", "赵明哲", posts=both), new=False)
    save_person(Member("ma.examiner", "马小青", posts=frozenset({("scjg", "examiner")})))


def test_single_posts_go_to_different_people_on_different_days() -> None:
    """Each holds the one post only, and whoever asks who sees a case is told whose, until when."""
    two_posts()
    appointed("zhao.examiner", "cg.wu", posts=["scjg:examiner"])
    appointed("zhao.examiner", "xf.zheng", days=(0, 2), posts=["scjg:clerk"])
    appointed("zhao.examiner", "xf.zheng", days=(3, 4), posts=["scjg:examiner"])
    wu, zheng = (people.actor_for_login(login) for login in ("cg.wu", "xf.zheng"))
    held = [{role for unit, role in one.posts if unit == "scjg"} for one in (wu, zheng)]
    assert held == [{"examiner"}, {"clerk"}]
    assert [
        {one.login for one in people.holders("scjg", role)} & {"cg.wu", "xf.zheng"}
        for role in ("examiner", "clerk")
    ] == [{"cg.wu"}, {"xf.zheng"}]
    story = Story("medical-device-iii").apply()
    _, seers = organisation.who_may_see(story.case.number, admin())
    [through] = next(one.posts for one in seers if one.person.login == "xf.zheng")
    assert (through.role, through.for_whom) == ("clerk", "赵明哲")
    assert through.until == TODAY + timedelta(days=2)
    with pytest.raises(ConflictError):
        appointed("zhao.examiner", "cg.wu", days=(5, 6), posts=["scjg:clerk", "scjg:examiner"])
    with pytest.raises(ConflictError):
        appointed("zhao.examiner", "cg.wu")
    for wrong in ([], ["cgj:head"]):
        with pytest.raises(InvalidError) as error:
            appointed("zhao.examiner", "li.clerk", posts=wrong)
        assert {*error.value.fields} == {"posts"}
    save_person(
        Member("zhao.examiner", "赵明哲", posts=frozenset({("scjg", "examiner")})), new=False
    )
    assert not people.actor_for_login("xf.zheng").standing


def test_what_was_claimed_at_one_post_is_not_open_to_the_substitute_of_another() -> None:
    """A colleague with the same post can go on with it, by the arrangement alone."""
    two_posts()
    story = Story("medical-device-iii").apply().do("wang.clerk", "accept", "accept")
    task_id = claimed(story, "zhao.examiner", "review")
    appointed("zhao.examiner", "ma.examiner", posts=["scjg:clerk"])
    ma = people.actor_for_login("ma.examiner")
    assert (ma.holds("scjg", "clerk"), list(tasks.inbox(ma).rows)) == (True, [])
    with pytest.raises(ConflictError), db.transaction():
        tasks.claim(task_id, actor=ma, now=NOW)
    appointed("zhao.examiner", "ma.examiner", posts=["scjg:examiner"])
    ma = people.actor_for_login("ma.examiner")
    assert [task.id for task in tasks.inbox(ma).rows] == [task_id]
    with db.transaction():
        tasks.claim(task_id, actor=ma, now=NOW)
    assert story.task("review", "ma.examiner").assignee_id == ma.person_id


def test_what_no_substitute_can_be_is_refused() -> None:
    """Not oneself, not back to front, not both ways, not for power over the system."""
    for days in ((3, 1), (-5, -1), (0, 400)):
        with pytest.raises(InvalidError) as error:
            appointed("zhao.examiner", "cg.wu", days=days)
        assert {*error.value.fields} == {"until_on"}
    with pytest.raises(InvalidError) as error:
        appointed("zhao.examiner", "zhao.examiner")
    assert {*error.value.fields} == {"substitute"}
    with pytest.raises(InvalidError):
        appointed("zhao.examiner", "zhang.san")
    away, other = id_of("zhao.examiner"), id_of("cg.wu")
    with pytest.raises(InvalidError) as error:
        substituting.appoint(away, other, substituting.Span(None, None), "", actor=admin(), now=NOW)
    assert {*error.value.fields} == {"from_on", "until_on", "reason"}
    appointed("zhao.examiner", "cg.wu")
    for pair in (("zhao.examiner", "cg.wu"), ("cg.wu", "zhao.examiner")):
        with pytest.raises(ConflictError):
            appointed(*pair)
    clerk = people.actor_for_login("wang.clerk")
    with pytest.raises(ForbiddenError):
        substituting.appoint(
            away, other, substituting.Span(TODAY, TODAY), "有事", actor=clerk, now=NOW
        )
    appointed("admin", "wang.clerk")
    assert not people.actor_for_login("wang.clerk").has("admin")


def test_who_leaves_hands_over_and_can_no_longer_log_in() -> None:
    """Open tasks go to the successor in the same act; the token is dead at once."""
    story = Story("medical-device-iii").apply()
    task_id = claimed(story, "wang.clerk", "accept")
    with db.transaction():
        token = people.issue_token(people.actor_for_login("wang.clerk"), now=NOW)
    found = organisation.handover("wang.clerk", admin())
    assert ([task.id for task in found.tasks], found.alone) == ([task_id], [])
    with pytest.raises(InvalidError) as error:
        leave("wang.clerk", successor=id_of("zhao.examiner"))
    assert "kept apart" in error.value.fields["successor"].en
    leave("wang.clerk", successor=id_of("li.clerk"))
    assert story.task("accept", "li.clerk").assignee_id == id_of("li.clerk")
    assert people.actor_for(found.person.id) is None
    assert people.actor_for_token(token, now=NOW) is None
    assert events.recent(people.STREAM, 1)[0].data["tasks"] == 1
    assert events.history(story.case_id)[-1].type == "task-reassigned"
    with pytest.raises(ConflictError):
        leave("wang.clerk")


def test_a_post_with_open_tasks_is_never_left_with_nobody() -> None:
    """The successor takes the posts, or somebody else holds them already."""
    story = Story("medical-device-iii").apply().do("wang.clerk", "accept", "accept")
    assert organisation.handover("zhao.examiner", admin()).alone == [("scjg", "examiner", 1)]
    with pytest.raises(InvalidError) as error:
        leave("zhao.examiner")
    assert "Nobody else" in error.value.fields["successor"].en
    leave("zhao.examiner", successor=id_of("li.clerk"), takes_posts=True)
    story.do("li.clerk", "review", "fail")
    for login, why in (("admin", "own"), ("zhang.san", "none"), ("nobody", "none")):
        with pytest.raises((ConflictError, NotFoundError)):
            leave(login)
        assert why


def test_people_are_added_changed_and_keep_a_post_whose_tasks_they_hold() -> None:
    """A new person has no password before they are given one."""
    save_person(Member("ma.clerk", "马小青", posts=frozenset({("scjg", "clerk")})))
    with pytest.raises(InvalidError):
        people.authenticate("ma.clerk", "", now=NOW)
    with db.transaction():
        secret = staffing.new_password("ma.clerk", actor=admin(), now=NOW)
    assert people.authenticate("ma.clerk", secret, now=NOW).holds("scjg", "clerk")
    with pytest.raises(InvalidError) as error:
        save_person(Member("M", "", "x", "12", frozenset({("none", "clerk")})))
    assert {*error.value.fields} == {"login", "name", "email", "phone", "posts"}
    claimed(Story("medical-device-iii").apply(), "ma.clerk", "accept")
    moved = Member("ma.clerk", "马小青", posts=frozenset({("cgj", "clerk")}))
    with pytest.raises(ConflictError) as refusal:
        save_person(moved, new=False)
    assert "hand them over" in refusal.value.message.en
    both = frozenset({("scjg", "clerk"), ("cgj", "clerk")})
    save_person(Member("ma.clerk", "马青", posts=both), new=False)
    assert people.actor_for_login("ma.clerk").departments == {"scjg", "cgj"}


PEOPLE = "登录名 login,姓名 name,任职 posts,在职 active\n"


def planned(text: str) -> importing.Plan:
    """What a CSV file would do."""
    return importing.plan(text.encode(), "people.csv", actor=admin())


def applied(text: str) -> importing.Plan:
    """Keep a CSV file and apply it."""
    with db.transaction():
        kept = importing.keep(text.encode(), "people.csv", actor=admin(), now=NOW).id
    with db.transaction():
        return importing.apply(kept, actor=admin(), now=NOW)


def test_a_file_says_what_it_would_do_and_what_is_wrong_by_row_and_column() -> None:
    """And does nothing while anything is wrong."""
    rows = "ma.clerk,马小青,scjg:clerk,\nzhang.san,张三,,\nli.clerk,李志远,scjg:none; x,maybe\n"
    found = planned(PEOPLE + rows)
    assert [(fault.row, fault.column) for fault in found.faults] == [
        *((3, "login"), (4, "posts"), (4, "active"), (4, "posts")),
    ]
    assert (found.changes[0].how, found.changes[0].key) == ("added", "ma.clerk")
    with pytest.raises(InvalidError):
        applied(PEOPLE + rows)
    with pytest.raises(NotFoundError):
        staffing.find("ma.clerk")
    done = applied(
        PEOPLE + "ma.clerk,马小青,scjg:clerk,\nli.clerk,李志远,,no\nqian.head,钱文博,scjg:head,\n"
    )
    assert [(one.how, one.key) for one in done.changes] == [
        ("added", "ma.clerk"),
        ("removed", "li.clerk"),
    ]
    assert done.same == 1
    assert staffing.find("li.clerk").left_at is not None
    twice = planned(PEOPLE + "a.bcd,甲乙,,\na.bcd,甲乙,,\n")
    assert [(fault.row, fault.column) for fault in twice.faults] == [(3, "login")]


def test_arrangements_come_from_a_file_and_go_into_one() -> None:
    """Those that stand already are the same; what is wrong is told by row and column."""
    two_posts()
    appointed("zhao.examiner", "cg.wu", posts=["scjg:examiner"])
    [row] = organisation.exported(admin())["substitutes"]
    assert (row["person"], row["substitute"], row["posts"]) == (
        "zhao.examiner", "cg.wu", "scjg:examiner",
    )  # fmt: skip
    heads = ",".join(sheets.TABLES["substitutes"]) + "\n"
    same = ",".join(row[name] for name in sheets.TABLES["substitutes"]) + "\n"
    first, last = TODAY.strftime("%Y/%m/%d"), (TODAY - date(1899, 12, 30)).days + 3
    new = f"zhao.examiner,li.clerk,{first},{last},scjg:clerk,年假\n"
    wrong = f"nobody,li.clerk,soon,{last},,年假\nli.clerk,li.clerk,{first},{last},cgj:head,x\n"
    found = planned(heads + same + new + wrong)
    assert (found.same, [one.key for one in found.changes][:1]) == (1, ["zhao.examiner ← li.clerk"])
    assert [(fault.row, fault.column) for fault in found.faults] == [
        (4, "person"), (5, "substitute"), (5, "reason"), (5, "posts"),
    ]  # fmt: skip
    longer = f"zhao.examiner,cg.wu,{first},{last},,年假\n"
    assert [(one.row, one.column) for one in planned(heads + longer).faults] == [(2, "from_on")]
    done = applied(heads + same + new)
    assert [one.how for one in done.changes] == ["added"]
    again = planned(heads + same + new)
    assert (again.same, list(again.changes)) == (2, [])
    assert people.actor_for_login("li.clerk").covers == {
        ("scjg", "clerk", id_of("zhao.examiner")),
    }  # fmt: skip


def test_a_plan_that_no_longer_holds_is_not_applied_nor_one_twice() -> None:
    """What was shown is what is done."""
    text = PEOPLE + "ma.clerk,马小青,scjg:clerk,\n"
    with db.transaction():
        kept = importing.keep(text.encode(), "a.csv", actor=admin(), now=NOW).id
    save_person(Member("ma.clerk", "马青"))
    with pytest.raises(ConflictError), db.transaction():
        importing.apply(kept, actor=admin(), now=NOW)
    with db.transaction():
        again = importing.keep(text.encode(), "a.csv", actor=admin(), now=NOW).id
    with db.transaction():
        importing.apply(again, actor=admin(), now=NOW)
    with pytest.raises(ConflictError), db.transaction():
        importing.apply(again, actor=admin(), now=NOW)
    with pytest.raises(NotFoundError):
        importing.find(999, admin())
    with pytest.raises(ForbiddenError):
        importing.plan(text.encode(), "a.csv", actor=people.actor_for_login("wang.clerk"))


def test_what_is_exported_comes_in_again_as_it_is() -> None:
    """As CSV and as a workbook; new units and their people come in one file."""
    tables = organisation.exported(admin())
    book = sheets.write_xlsx(tables)
    found = importing.plan(book, "city.xlsx", actor=admin())
    assert (list(found.changes), list(found.faults)) == ([], [])
    assert found.same == sum(map(len, tables.values()))
    for name, rows in tables.items():
        one = importing.plan(sheets.write_csv(name, rows), "x.csv", actor=admin())
        assert (list(one.changes), one.same) == ([], len(rows))
    blank = dict.fromkeys(sheets.TABLES["units"], "")
    unit = {**blank, "kind": "section", "position": "1", "name_en": "Section"}
    tables["units"] = [
        {**unit, "code": "new-b", "name_zh": "二科", "parent": "new-a"},
        {**unit, "code": "new-a", "name_zh": "一科", "parent": "scjg"},
    ]
    tables["roles"] = [{"code": "guide", "name_zh": "导办员", "name_en": "Guide"}]
    person = {"login": "ma.guide", "name": "马小青", "email": "", "phone": "", "active": "yes"}
    tables["people"] = [{**person, "posts": "new-b:guide"}]
    with db.transaction():
        data = sheets.write_xlsx(tables)
        kept = importing.keep(data, "city.xlsx", actor=admin(), now=NOW).id
    with db.transaction():
        importing.apply(kept, actor=admin(), now=NOW)
    assert people.actor_for_login("ma.guide").holds("new-b", "guide")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.csv"),
        (b"\x00\x01\x02", "a.csv"),
        (b"PK\x03\x04 nonsense", "a.xlsx"),
        (b"colour,size\nred,1\n", "a.csv"),
        (b"login,login\na,b\n", "a.csv"),
        (b"login,shoe\na,b\n", "a.csv"),
        (b"x" * 2_000_001, "a.csv"),
        ("登录名,姓名".encode("utf-16"), "a.csv"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, name: str) -> None:
    """At the field of the file."""
    with pytest.raises(InvalidError) as error:
        sheets.read(data, name)
    assert {*error.value.fields} == {"file"}


def test_a_workbook_of_another_program_is_read() -> None:
    """Shared texts, gaps between cells, numbers, and no word of how to pronounce it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{link}"><sheets>'
        '<sheet name="部门" sheetId="1" r:id="rId9"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships><Relationship Id='rId9'"
        " Target='/xl/worksheets/a.xml'/></Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{main}"><si><t>code</t></si><si><r><t>顺</t></r>'
        "<r><t>序</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si></sst>",
        "xl/worksheets/a.xml": f'<worksheet xmlns="{main}"><sheetData>'
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row>'
        '<row r="4"><c r="A4" t="str"><v>scjg</v></c><c r="C4"><v>7.0</v></c></row>'
        "</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    (table,) = sheets.read(out.getvalue(), "a.xlsx")
    assert (table.name, table.columns) == ("units", ("code", "position"))
    assert [(row.number, dict(row.cells)) for row in table.rows] == [
        (4, {"code": "scjg", "position": "7"})
    ]
