"""A bundle is tried in the browser on a virtual clock: the page carries it, nothing is kept."""

import html
import re
from datetime import date
from typing import Any

import yaml
from flask import Flask

from engine import completion, db, definitions
from engine.models import Case
from forms import plausible
from tests.webapp.api.program import Program
from tests.webapp.conftest import Person
from tests.webapp.staff import MEDICAL, carry_out, new_case, shown
from tests.webapp.test_admin import DIAGRAM, bundle
from webapp.admin.stages import TICKED


class Player:
    """Somebody who tries a version, as the forms of its pages allow."""

    def __init__(self, app: Flask, person: Person) -> None:
        with app.app_context():
            self.of = definitions.newest(MEDICAL)
        self.person, self.path = person, f"/admin/definitions/{self.of.version_id}/try"
        self.page = person.get(self.path).text

    def hidden(self, name: str) -> str:
        """Return a hidden value of the last page; the last one of that name."""
        found = re.findall(rf'name="{name}" value="([^"]*)"', self.page)
        return html.unescape(found[-1]) if found else ""

    def send(self, act: str, *, status: int = 200, **more: Any) -> str:
        """Do one thing; return the words of the page that follows."""
        carried = {"script": self.hidden("script"), "at": self.hidden("at")}
        answer = self.person.post(self.path, {**carried, "act": act, **more})
        assert answer.status_code == status, shown(answer.text)
        self.page = answer.text
        return shown(self.page)

    def start(self, **more: Any) -> str:
        """Hand in a plausible application on a Monday."""
        posted: dict[str, Any] = dict(plausible.posted(self.of.application_form))
        posted[TICKED] = [one.code for one in self.of.item.materials]
        return self.send("start", began="2026-03-02", kind="first", **{**posted, **more})

    def complete(self, element: str, outcome: str, **more: Any) -> str:
        """Complete the open task with a plausibly filled form; both sign where two must."""
        step, day = self.of.step(element), date(2026, 3, 2)
        form = self.of.forms.get(step.form or "")
        filled = plausible.posted(form, today=day) if form else {}
        said: dict[str, Any] = {"outcome": outcome, "opinion": "符合规定", **filled, **more}
        words = self.send("complete", **said)
        return self.send("sign") if step.persons > 1 else words


def test_a_play_goes_from_the_application_to_the_end(app: Flask, visit: Any) -> None:
    """Forms, posts, due times that explain themselves, notices; and no case comes of it."""
    player = Player(app, visit("admin"))
    assert "填入示例内容" in player.page
    words = player.start()
    assert "收件与受理" in words
    assert "2026年3月2日 09:00" in words
    words = player.complete("accept", "accept")
    assert "已受理" in words
    assert "承诺时限" in words
    assert "14个工作日" in words
    assert "书面审查" in words
    words = player.send("advance", how="day")
    assert "2026年3月4日 00:00" in words
    for element, outcome in (
        ("review", "pass"),
        ("site_check", "pass"),
        ("section_opinion", "propose-grant"),
        ("decide", "grant"),
    ):
        words = player.complete(element, outcome)
    assert "准予许可" in words
    words = player.complete("deliver_licence", "delivered")
    assert "已办结" in words
    with app.app_context():
        assert db.session().query(Case).count() == 0


def test_one_can_step_back_start_over_and_look_with_other_eyes(app: Flask, visit: Any) -> None:
    """The applicant sees the public picture and no task of the staff."""
    player = Player(app, visit("admin"))
    player.start()
    player.complete("accept", "accept")
    words = player.send("look", **{"as": "applicant"})
    assert "这个岗位现在没有待办" in words
    words = player.send("look", **{"as": ""})
    assert "这个岗位现在没有待办" not in words
    words = player.send("back")
    assert "承诺时限" not in words
    words = player.send("over")
    assert "申请表" in words


def test_time_goes_on_to_what_is_due_and_not_back(app: Flask, visit: Any) -> None:
    """The next deadline is that of the step; it is overdue then."""
    player = Player(app, visit("admin"))
    player.start()
    words = player.send("advance", how="next")
    assert "2026年3月4日 00:00" in words
    assert "已超期" in words
    assert "日期应在试办的当前时间之后" in player.send(
        "advance", status=422, how="date", until="2020-01-01"
    )


def test_what_the_form_refuses_is_told_at_the_question(app: Flask, visit: Any) -> None:
    """Nothing typed is lost, and the play stays where it was."""
    player = Player(app, visit("admin"))
    words = player.send("start", status=422, company="江城某公司")
    assert "请更正下列内容" in words
    assert "江城某公司" in player.page
    player.start()
    assert "请选择一个办理结果" in player.send("complete", status=422)
    assert "收件与受理" in shown(player.page)


def test_a_play_is_kept_as_a_path_that_holds(app: Flask, visit: Any) -> None:
    """The file has all paths from before and the new one, and the bundle still checks."""
    player = Player(app, visit("admin"))
    player.start()
    player.complete("accept", "accept")
    player.complete("review", "fail")
    answer = player.person.post(
        player.path + "/path", {"script": player.hidden("script"), "name_zh": "书面不合格"}
    )
    assert answer.headers["Content-Disposition"].endswith("paths.yaml")
    new = yaml.safe_load(answer.data)[-1]
    assert new["name"] == "书面不合格"
    assert new["steps"][-1] == {"complete": "review", "outcome": "fail"}
    assert new["expect"]["waiting"] == ["section_opinion"]
    assert not definitions.read_bundle({**bundle(), "paths.yaml": answer.data}).errors
    nameless = player.person.post(player.path + "/path", {"script": player.hidden("script")})
    assert nameless.status_code == 422
    assert "请给这条走法起一个名称" in nameless.text


def test_a_real_case_is_walked_again_without_personal_data(app: Flask, visit: Any) -> None:
    """Its outcomes are the same; names and addresses are not in the page."""
    number = new_case(app)
    carry_out(app, visit("wang.clerk"), "wang.clerk", number, "accept")
    with app.app_context():
        case = db.session().query(Case).filter_by(number=number).one()
        subject = case.subject
    admin = visit("admin")
    player = Player(app, admin)
    answer = admin.get(player.path, case=number)
    assert "个人信息已替换" in answer.text
    assert "书面审查" in answer.text
    assert subject not in answer.text
    assert admin.get(player.path, case="NONE").status_code == 404


def test_the_guide_is_shown_as_the_public_will_see_it(app: Flask, visit: Any) -> None:
    """With every element, and no way out of the preview."""
    player = Player(app, visit("admin"))
    page = visit("admin").get(player.path.replace("/try", "/guide")).text
    assert "预览" in page
    for words in ("申请条件", "申请材料", "救济途径"):
        assert words in page
    assert 'href="/items/' not in page.partition('id="main"')[2]


def test_bad_scripts_and_bundles_with_errors_are_refused(app: Flask, visit: Any) -> None:
    """A spoilt script is told, never a crash."""
    player = Player(app, visit("admin"))
    for script in ("{", '{"began": 1}', '{"began":"2026-03-02T09:00:00+08:00","answers":{}}'):
        answer = player.person.post(player.path, {"script": script, "act": "look"})
        assert answer.status_code == 422
        assert "无法读取" in answer.text
    assert player.person.post(player.path, {"act": "complete"}).status_code == 422
    assert visit("wang.clerk").get(player.path).status_code == 403
    assert DIAGRAM in bundle()


def test_programs_play_and_simulate_too(app: Flask) -> None:
    """The same scene and figures, for those who design alone; a move that is none is refused."""
    with app.app_context():
        of = definitions.newest(MEDICAL).version_id
    program, path = Program(app, "admin"), f"/definitions/{of}/play"
    moves = [{"complete": "accept", "outcome": "accept"}, {"advance": "P1WD"}]
    scene = program.ok("POST", path, json={"began": "2026-03-02T09:00:00+08:00", "moves": moves})
    assert [one["element"] for one in scene["todos"]] == ["review"]
    assert [one["name"]["en"] for one in scene["deadlines"]] == [
        "Promised limit",
        "Statutory limit",
    ]
    assert program.ok("POST", path, json={"moves": [{"complete": "decide"}]})["fault"]["en"]
    program.refused(422, "POST", path, json={"moves": [{"complete": "accept", "advance": "P1D"}]})
    few = {"arrivals": 3, "days": 10, "replications": 2}
    found = program.ok("POST", f"/definitions/{of}/what-if", json=few)
    assert found["sides"][0]["kept"]["mean"] <= 1
    program.refused(422, "POST", f"/definitions/{of}/what-if", json={"days": 0})
    Program(app, "wang.clerk").refused(403, "POST", path, json={})


def test_materials_that_the_item_asks_for_must_be_handed_in(app: Flask, visit: Any) -> None:
    """In the words of the portal, at the material; sample answers tick what they need."""
    player = Player(app, visit("admin"))
    missing = completion.required_materials(player.of.item, {})[0]
    words = player.start(status=422, **{TICKED: []})
    assert f"请上传“{missing.name.zh}”。" in words
    assert f'href="#material-{missing.code}"' in player.page
    player.send("fill")
    assert f'value="{missing.code}" checked' in player.page


def test_a_step_asks_what_the_inbox_asks(app: Flask, visit: Any) -> None:
    """Reasons for a refusal, an agency, every point of a notice: each told at its place."""
    player = Player(app, visit("admin"))
    player.start()
    refused = {"status": 422, "opinion": ""}
    assert "请填写意见或理由。" in player.complete("accept", "not-required", **refused)
    assert "请写明应向哪个机关申请。" in player.complete("accept", "not-competent", **refused)
    assert "请一次列出全部需要补正的内容" in player.complete("accept", "correct", **refused)
    assert "请写明要求。" in player.complete("accept", "correct", fix="field:company", **refused)
    words = player.complete("accept", "accept", opinion="材料齐全，予以受理")
    assert "材料齐全，予以受理" in words


def test_a_correction_asks_just_what_the_notice_names(app: Flask, visit: Any) -> None:
    """The applicant sees the points, corrects those answers; a second notice needs new facts."""
    player = Player(app, visit("admin"))
    player.start()
    notice = {"fix": "field:company", "why:field:company": "与营业执照不一致"}
    words = player.complete("accept", "correct", **notice)
    assert "与营业执照不一致" in words
    assert 'name="company"' in player.page
    assert 'name="capital"' not in player.page
    # Names of parts of the page that only the notice fills in.
    codes = [one.code for one in player.of.item.materials]
    sent = {"outcome": "submitted", "company": "江城新名医疗器械有限公司"}
    assert "请上传" in player.send("complete", status=422, **sent)
    words = player.send("complete", **sent, **{TICKED: codes})
    assert "收件与受理" in words
    assert "江城新名医疗器械有限公司" in words
    assert "再次告知须写明上次告知后才出现的新情况" in player.complete(
        "accept", "correct", status=422, **notice
    )


def test_two_people_sign_the_same(app: Flask, visit: Any) -> None:
    """The first signs and the step stays; other content starts anew; the second completes."""
    player = Player(app, visit("admin"))
    player.start()
    player.complete("accept", "accept")
    player.complete("review", "pass")
    form = player.of.forms[player.of.step("site_check").form or ""]
    day = plausible.posted(form, today=date(2026, 3, 2))
    late = plausible.posted(form, today=date(2026, 4, 2))
    sent = {"outcome": "pass", "opinion": "现场符合要求"}
    assert "核查时间不能晚于今天。" in player.send("complete", status=422, **sent, **late)
    words = player.send("complete", **sent, **day)
    assert "还需1人签名" in words
    assert "核对无误，我也签名" in words
    words = player.send("complete", **{**sent, "opinion": "另一种意见"}, **day)
    assert "还需1人签名" in words
    assert "第2人已签名" not in words
    words = player.send("sign")
    assert "还需1人签名" not in words
    assert "另一种意见" in words
    answer = player.person.post(
        player.path + "/path", {"script": player.hidden("script"), "name_zh": "两人签名"}
    )
    steps = yaml.safe_load(answer.data)[-1]["steps"]
    assert [one["complete"] for one in steps] == ["accept", "review", "site_check"]
    assert not any({"opinion", "sign", "materials"} & set(one) for one in steps)


def test_a_program_is_told_what_the_inbox_would_refuse(app: Flask, visit: Any) -> None:
    """The moves are walked all the same; what is wrong with each stands beside."""
    player = Player(app, visit("admin"))
    program = Program(app, "admin")
    moves = [
        {"complete": "accept", "outcome": "accept"},
        {"complete": "review", "outcome": "fail"},
        {"advance": "P1D"},
    ]
    path = f"/definitions/{player.of.version_id}/play"
    scene = program.ok("POST", path, json={"moves": moves})
    lacking = {(one["number"], one["field"]) for one in scene["lacking"]}
    assert (0, completion.required_materials(player.of.item, {})[0].code) in lacking
    assert (2, "opinion") in lacking
    (todo,) = scene["todos"]
    assert (todo["element"], todo["persons"], todo["signatures"]) == ("section_opinion", 1, 0)
    assert [one["outcome"] for one in scene["steps_done"]] == ["accept", "fail"]
    odd = {"visit_at": "soon", "conclusion": ["x"]}
    moves[1:] = [{"complete": "review"}, {"sign": "site_check", "answers": odd}]
    fields = {one["field"] for one in program.ok("POST", path, json={"moves": moves})["lacking"]}
    assert {"visit_at", "conclusion"} <= fields
    both = [{"complete": "accept", "sign": "accept"}]
    program.refused(422, "POST", path, json={"moves": both})
