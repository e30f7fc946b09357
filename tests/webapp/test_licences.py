"""Pages of licences: one's own, the staff's search and acts, and what a checker of a paper sees."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from engine import clock, db, licences
from engine.clock import civil_date
from engine.licences import Licence
from tests.engine.licences import scenes
from tests.webapp.staff import shown
from tools.stories import Story

REASON = "经查，发证时不符合法定条件。"
SAID = "发证时的条件我单位当时全部具备，附证明。"
Visit = Callable[..., Any]


def made(app: Flask, item: str = scenes.SHOP, **moved: Any) -> Licence:
    """A licence of zhang.san, with parts of its term moved."""
    with app.app_context():
        story = Story(item).apply()
        if item == scenes.MEDICAL:
            scenes.through(story)
        else:
            story.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "grant")
        with db.transaction() as session:
            found = licences.of_case(story.case)[0]
            for name, value in moved.items():
                setattr(found, name, value)
            session.flush()
        return scenes.of(story)


def now(app: Flask, licence: Licence) -> Licence:
    """The licence as it stands now."""
    with app.app_context():
        return scenes.fresh(licence)


def given(**more: str) -> dict[str, str]:
    """A decision filled in."""
    return {"ground": "unqualified", "reason": REASON, "confirmed": "1", **more}


def forewarned(app: Flask, licence: Licence, act: str, ground: str, **more: str) -> None:
    """The holder was told a month ago, and did not answer."""
    with app.app_context():
        told = civil_date(clock.now()) - timedelta(days=30)
        scenes.forewarn(licence, act, ground, told, **more)


def test_without_licences_the_page_says_what_will_stand_there(visit: Visit) -> None:
    """With a way on."""
    page = visit("li.si").get("/my/licences")
    assert "您还没有证照" in page.text
    assert "/items" in page.text
    english = visit("li.si").get("/my/licences", lang="en")
    assert "You have no licences yet" in english.text


def test_the_holder_sees_state_expiry_and_what_can_be_done_until_when(
    app: Flask, visit: Visit
) -> None:
    """Too early to renew: the dates and the article; a change at any time."""
    licence = made(app, scenes.MEDICAL)
    person = visit("zhang.san")
    listed = shown(person.get("/my/licences").text)
    for word in (licence.number, "有效", "变更", "补证", "江城康健医疗器械有限公司"):
        assert word in listed
    page = person.get(f"/my/licences/{licence.id}").text
    assert "还没有到可以申请延续的时间" in page
    assert "器械办法16" in page
    assert page.count('name="kind"') == 2
    assert visit("li.si").get(f"/my/licences/{licence.id}").status_code == 404


def test_renewal_outside_the_window_is_refused_on_the_page_with_the_dates(
    app: Flask, visit: Visit
) -> None:
    """A form kept open too long, or made by hand."""
    licence = made(app, scenes.MEDICAL)
    person = visit("zhang.san")
    answer = person.post(f"/my/licences/{licence.id}/apply", {"kind": "renewal"})
    assert answer.status_code == 409
    assert "还没有到可以申请延续的时间" in answer.text
    assert person.post(f"/my/licences/{licence.id}/apply", {"kind": "x"}).status_code == 422
    assert "没写完" not in person.get("/my").text


def test_a_renewal_begins_filled_in_from_the_licence(app: Flask, visit: Visit) -> None:
    """Inside the window; a second click goes on with the same draft."""
    ends = civil_date(clock.now()) + timedelta(days=80)
    licence = made(app, scenes.MEDICAL, valid_to=ends)
    person = visit("zhang.san")
    first = person.post(f"/my/licences/{licence.id}/apply", {"kind": "renewal"})
    again = person.post(f"/my/licences/{licence.id}/apply", {"kind": "renewal"})
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    page = person.get(first.location).text
    assert "江城康健医疗器械有限公司" in page
    assert "延续" in shown(page)


def test_staff_search_open_and_revoke_a_licence_and_the_paper_says_so(
    app: Flask, visit: Visit
) -> None:
    """From search to the decision; whoever checks the paper sees the present state."""
    licence = made(app, scenes.MEDICAL)
    head = visit("qian.head")
    assert "核验通过" in visit().get(f"/verify/{licence.paper}").text
    assert "证照现在的状态：有效" in shown(visit().get(f"/verify/{licence.paper}").text)
    assert licence.number in head.get("/licences", text="康健医疗", state="valid").text
    page = head.get(f"/licences/{licence.id}").text
    for name in ("撤回许可", "撤销许可", "吊销许可证件", "办理注销"):
        assert name in page
    form = head.get(f"/licences/{licence.id}/acts/revoke").text
    assert "以欺骗、贿赂等不正当手段取得" in form
    assert "law-changed" not in form
    forewarned(app, licence, "revoke", "unqualified")
    done = head.post(f"/licences/{licence.id}/acts/revoke", given())
    assert done.status_code == 303
    assert now(app, licence).state == "revoked"
    checked = shown(visit().get(f"/verify/{licence.paper}").text)
    assert "证照现在的状态：已撤销" in checked
    assert "不具备资格" in checked
    holder = visit("zhang.san")
    own = holder.get(f"/my/licences/{licence.id}")
    assert "已撤销" in shown(own.text)
    assert 'name="kind"' not in own.text
    refused = holder.post(f"/my/licences/{licence.id}/apply", {"kind": "change"})
    assert refused.status_code == 409
    assert "已撤销" in refused.text


def test_what_is_missing_or_wrong_is_shown_at_its_field_and_nothing_is_lost(
    app: Flask, visit: Visit
) -> None:
    """Ground of another act, no confirmation, no compensation, no article."""
    licence = made(app)
    head, base = visit("qian.head"), f"/licences/{licence.id}/acts"
    wrong = [
        ("revoke/notice", given(confirmed=""), "请确认已经核对"),
        ("revoke/notice", given(ground="law-changed"), "请从这一决定的法定事由中选择一项"),
        ("withdraw", given(ground="law-changed"), "撤回许可须写明补偿的意见"),
        ("forfeit/notice", given(ground="beyond-scope"), "单行法律、法规的名称和条款"),
        ("revoke/notice", given(reason="x"), "请写明理由和事实"),
    ]
    for act, sent, said in wrong:
        answer = head.post(f"{base}/{act}", sent)
        assert answer.status_code == 422, act
        assert said in answer.text
        assert "govuk-error-summary" in answer.text
        if sent["reason"] == REASON:
            assert REASON in answer.text
    assert now(app, licence).state == "valid"
    assert head.get(f"{base}/cancel").status_code == 404


def test_a_holder_is_told_before_a_licence_is_revoked_and_answers(app: Flask, visit: Visit) -> None:
    """What comes too early is refused in words; what the holder says stands on both pages."""
    licence = made(app)
    head, holder = visit("qian.head"), visit("zhang.san")
    path, own = f"/licences/{licence.id}", f"/my/licences/{licence.id}"
    unasked = head.post(f"{path}/acts/revoke", given())
    assert unasked.status_code == 409
    assert "须先告知持证人" in unasked.text
    assert "告知持证人" in head.get(f"{path}/acts/revoke").text
    assert head.post(f"{path}/acts/revoke/notice", given()).status_code == 303
    for early in (head.get(f"{path}/acts/revoke"), head.post(f"{path}/acts/revoke", given())):
        assert early.status_code == 409
        assert "在此以前不能作出决定" in early.text
    told = shown(holder.get(own).text)
    for word in ("发证机关拟撤销许可", REASON, "要求听证", "仍然有效"):
        assert word in told, word
    assert "发证机关拟撤销许可" in shown(holder.get("/my/licences").text)
    assert visit("li.si").post(f"{own}/statement", {"statement": REASON}).status_code == 404
    short = holder.post(f"{own}/statement", {"statement": "不"})
    assert short.status_code == 422
    assert "5至4000字" in short.text
    assert holder.post(f"{own}/statement", {"statement": SAID}).status_code == 303
    assert holder.post(f"{own}/hearing-request").status_code == 303
    assert holder.post(f"{own}/hearing-request").status_code == 409
    assert SAID in head.get(path).text


def test_a_hearing_asked_for_is_announced_and_held_and_the_decision_answers_it(
    app: Flask, visit: Visit
) -> None:
    """Each fault at its field, nothing typed is lost."""
    licence = made(app)
    path, own = f"/licences/{licence.id}", f"/my/licences/{licence.id}"
    with app.app_context():
        scenes.forewarn(licence, "revoke", "unqualified", civil_date(clock.now()))
    head, holder = visit("qian.head"), visit("zhang.san")
    assert holder.post(f"{own}/hearing-request").status_code == 303
    sitting = {"hearing_at": "gestern", "hearing_place": "三楼听证室", "hearing_chair": "韩主持"}
    wrong = head.post(f"{path}/notice/hearing", sitting)
    assert wrong.status_code == 422
    assert "三楼听证室" in wrong.text
    day = civil_date(clock.now()) + timedelta(days=21)
    sitting["hearing_at"] = f"{day.isoformat()}T09:30"
    assert head.post(f"{path}/notice/hearing", sitting).status_code == 303
    assert "三楼听证室" in holder.get(own).text
    minutes = {"minutes": "持证人陈述，调查人员出示证据，双方质证并签字。", "minutes_signed": "1"}
    assert head.post(f"{path}/notice/minutes", minutes).status_code == 409
    with app.app_context():
        scenes.let_time_pass(licence, hearing_at=clock.now() - timedelta(days=1))
    assert head.post(f"{path}/notice/minutes", minutes).status_code == 422
    minutes["held_in_public"] = "1"
    assert head.post(f"{path}/notice/minutes", minutes).status_code == 303
    assert "已经告知" in head.get(f"{path}/acts/revoke").text
    silent = head.post(f"{path}/acts/revoke", given())
    assert silent.status_code == 422
    assert "是否采纳" in silent.text
    answered = given(considered="所附证明经核对无效，不予采纳。")
    assert head.post(f"{path}/acts/revoke", answered).status_code == 303
    assert "不予采纳" in shown(holder.get(own).text)
    assert now(app, licence).state == "revoked"


def test_what_was_announced_can_be_dropped(app: Flask, visit: Visit) -> None:
    """With reasons, which the holder reads."""
    licence = made(app)
    forewarned(app, licence, "forfeit", "beyond-scope", article="条例86")
    head, path = visit("qian.head"), f"/licences/{licence.id}/notice/dropping"
    assert head.post(path, {"drop_reason": ""}).status_code == 422
    assert head.post(path, {"drop_reason": "经核实没有超出许可范围。"}).status_code == 303
    assert head.post(path, {"drop_reason": "经核实没有超出许可范围。"}).status_code == 409
    own = shown(visit("zhang.san").get(f"/my/licences/{licence.id}").text)
    assert "经核实没有超出许可范围" in own
    assert now(app, licence).state == "valid"


def test_a_decision_sent_twice_is_refused_the_second_time(app: Flask, visit: Visit) -> None:
    """And by who may not decide; deregistration follows."""
    licence = made(app)
    base = f"/licences/{licence.id}/acts"
    assert visit("wang.clerk").post(f"{base}/revoke", given()).status_code == 403
    assert visit("cg.head").post(f"{base}/revoke", given()).status_code == 404
    head = visit("qian.head")
    forewarned(app, licence, "revoke", "unqualified")
    assert head.post(f"{base}/revoke", given()).status_code == 303
    second = head.post(f"{base}/revoke", given())
    assert second.status_code == 409
    assert "已撤销" in second.text
    registrar = visit("feng.registrar")
    sent = given(ground="after-end", reason="撤销后办理注销登记。")
    assert registrar.post(f"{base}/deregister", sent).status_code == 303
    page = shown(registrar.get(f"/licences/{licence.id}").text)
    assert "已注销" in page
    assert "撤销许可" in page


def test_a_search_that_finds_nothing_says_why_and_a_bad_mark_leads_to_the_first_page(
    app: Flask, visit: Visit
) -> None:
    """Other departments' licences are not found."""
    licence = made(app)
    other = visit("cg.head").get("/licences", text=licence.number)
    assert "没有找到证照" in other.text
    assert licence.number in visit("jc.he").get("/licences", at="nonsense").text
    english = visit("qian.head").get("/licences", lang="en").text
    assert "Find a licence" in english


def test_a_day_that_is_none_is_named(app: Flask, visit: Visit) -> None:
    """On the holder's page and on the staff's."""
    today = civil_date(clock.now())
    licence = made(app, begin_by=today + timedelta(days=30), valid_from=today)
    for login, path in (("zhang.san", "/my/licences"), ("wang.clerk", "/licences")):
        person = visit(login)
        for day in ("", "2026-13-01", "gestern"):
            answer = person.post(f"{path}/{licence.id}/begun", {"begun_on": day})
            assert answer.status_code == 422
            assert "请填写开工日期" in answer.text


def test_works_begun_are_reported_on_the_page(app: Flask, visit: Visit) -> None:
    """Once; more time is refused where the item gives none."""
    today = civil_date(clock.now())
    licence = made(app, begin_by=today + timedelta(days=30), valid_from=today)
    head = visit("qian.head")
    more = head.post(f"/licences/{licence.id}/begin-extension", {"months": "3", "reason": REASON})
    assert more.status_code == 409
    sent = {"begun_on": today.isoformat()}
    holder = visit("zhang.san")
    assert "登记开工" in holder.get("/my/licences").text
    assert holder.post(f"/my/licences/{licence.id}/begun", sent).status_code == 303
    assert holder.post(f"/my/licences/{licence.id}/begun", sent).status_code == 409
    assert "登记开工" not in holder.get("/my/licences").text
    assert now(app, licence).begun_on == today


def test_a_barred_applicant_is_told_reason_and_date_and_keeps_the_draft(
    app: Flask, visit: Visit
) -> None:
    """许可法 79, where the application is handed in."""
    licence = made(app, scenes.MEDICAL)
    with app.app_context():
        scenes.end(licence, "revoke", "fraud", civil_date(clock.now()))
        story = Story(scenes.MEDICAL)
        draft_id = story.write()
    person = visit("zhang.san")
    answer = person.post(f"/apply/{draft_id}/submit", {"declared": "true"})
    assert answer.status_code == 422
    assert "不得再次申请" in answer.text
    until = civil_date(clock.now()).year + 3
    assert f"{until}年" in answer.text
    assert person.get(f"/apply/{draft_id}/check").status_code == 200
