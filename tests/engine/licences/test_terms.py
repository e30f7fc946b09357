"""Renewal in its window, change and re-issue, silence, expiry and reminders."""

from datetime import date, timedelta

import pytest

from engine import cases, clocks, db, events, licences, notices, people
from engine.cases import documents, licensing
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.licences import Licence
from engine.workdays import workdays_between
from forms.examples import make_credit_code
from tests.engine.licences.scenes import (
    at,
    end,
    fresh,
    granted,
    look,
    noon,
    offer,
    through,
)
from tests.engine.test_life_of_cases import CORRECTION
from tools.stories import Story

OTHER_CODE = make_credit_code(77)
pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def window(licence: Licence) -> licences.Window:
    """The renewal window of a licence."""
    found = licences.window(licence)
    assert found is not None
    return found


def renewing(story: Story, licence: Licence, day: date | None = None) -> Story:
    """Apply for renewal, in the middle of the window where no day is given."""
    opened = window(licence)
    middle = opened.until_on - timedelta(days=20)
    renewal = at(Story(story.item, story.applicant), day or middle)
    return renewal.apply_on(licence.id, "renewal")


def kinds_told(story: Story) -> list[str]:
    """What the applicant was told in a case."""
    return [notice.kind for notice in notices.of_case(story.case)]


def kinds_happened(licence: Licence) -> list[str]:
    """What happened to a licence."""
    return [event.type for event in licences.history(licence)]


def test_a_grant_makes_a_licence_that_stands_by_itself() -> None:
    """Number, holder, department, case, paper and term; valid; in the record."""
    story, licence = granted(date(2026, 3, 2))
    paper = next(d for d in documents.of_case(story.case) if d.kind == "licence")
    assert (licence.number, licence.paper) == (paper.number, paper.verify_code)
    assert licence.holder_name == "江城康健医疗器械有限公司"
    assert licence.holder_id == story.case.answers["credit_code"]
    assert (licence.state, licence.department_code) == ("valid", "scjg")
    assert (licence.valid_from, licence.valid_to) == (date(2026, 3, 2), date(2031, 3, 1))
    assert kinds_happened(licence) == ["licence-issued"]


def test_each_part_of_a_joint_case_gives_a_licence_of_its_own_department() -> None:
    """With its own term; the joint diagram serves all parts at once, so it renews none of them."""
    story = Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")
    for login in ("cg.wu", "xf.zheng", "zhao.examiner"):
        story.do(login, "part_opinion", "agree")
    story.do("zhao.examiner", "consolidate", "go-on")
    for login in ("sun.inspector", "zhou.inspector"):
        story.do(login, "joint_visit", "recorded")
    story.do("cg.head", "decide_part", "grant").do("xf.head", "decide_part", "grant")
    with db.transaction():
        signboard, fire = licences.of_case(story.case)
        assert (signboard.department_code, fire.department_code) == ("cgj", "xfjy")
        assert (signboard.valid_to is not None, fire.valid_to) == (True, None)
        assert licences.offers(signboard, signboard.valid_from) == []


def test_the_window_of_i2_lies_between_90_and_30_working_days_before_expiry() -> None:
    """器械办法 16: counted back on the working calendar from the last day."""
    _, licence = granted(date(2021, 9, 1))  # ends in a year whose calendar is known
    opened = window(licence)
    assert licence.valid_to == date(2026, 8, 31)
    assert opened.opens_on is not None
    with db.transaction():
        calendar = clocks.calendar()
    assert workdays_between(calendar, opened.until_on, licence.valid_to) == 30
    assert workdays_between(calendar, opened.opens_on, licence.valid_to) == 90
    assert not opened.provisional
    assert window(granted(date(2026, 3, 2))[1]).provisional  # 2031 has no calendar yet


def test_renewal_is_refused_a_day_too_early_and_a_day_too_late_with_the_dates() -> None:
    """The refusal names the window and its article; nothing was begun."""
    _, licence = granted()
    opened = window(licence)
    assert opened.opens_on is not None
    actor = people.actor_for_login("zhang.san")
    for day in (opened.opens_on - timedelta(days=1), opened.until_on + timedelta(days=1)):
        with pytest.raises(ConflictError) as refused, db.transaction():
            licensing.apply_on(licence.id, "renewal", actor=actor, now=noon(day))
        said = refused.value.message
        assert f"{opened.until_on.year}年{opened.until_on.month}月" in said.zh
        assert f"{opened.until_on:%b %Y}" in said.en
        assert "器械办法16" in said.zh
        assert not offer(licence, "renewal", day).open
    for day in (opened.opens_on, opened.until_on):
        assert offer(licence, "renewal", day).open
    assert cases.my_drafts(actor) == []


def test_a_draft_begun_in_time_and_handed_in_late_is_refused() -> None:
    """The window is that of handing in."""
    story, licence = granted()
    opened = window(licence)
    late = renewal_draft(story, licence, opened.until_on)
    actor = people.actor_for_login("zhang.san")
    now = noon(opened.until_on + timedelta(days=1))
    with pytest.raises(ConflictError, match="passed"), db.transaction():
        cases.submit(late, actor=actor, now=now)
    with db.transaction():
        assert cases.get_draft(late, actor).case_id is None


def renewal_draft(story: Story, licence: Licence, day: date) -> str:
    """A complete draft of a renewal, not handed in."""
    renewal = at(Story(story.item, story.applicant), day)
    return renewal.write_on(licence.id, "renewal")


def test_a_renewal_begins_from_the_licence_and_its_term_the_day_after_the_old() -> None:
    """Filled in from what it was granted on; same number, next paper; the old paper stays."""
    story, licence = granted()
    first = licence.paper
    renewal = renewing(story, licence)
    assert renewal.case.answers["company"] == story.case.answers["company"]
    assert (renewal.case.application_kind, renewal.case.licence_number) == (
        "renewal",
        licence.number,
    )
    through(renewal)
    now = fresh(licence)
    assert (now.valid_from, now.valid_to) == (date(2031, 3, 2), date(2036, 3, 1))
    assert (now.number, now.edition) == (licence.number, 2)
    paper = next(d for d in documents.of_case(renewal.case) if d.kind == "licence")
    assert (paper.number, paper.edition, paper.valid_from) == (now.number, 2, now.valid_from)
    assert paper.verify_code == now.paper != first
    assert kinds_happened(licence) == ["licence-issued", "case-received", "licence-renewed"]


def test_what_must_be_declared_is_not_filled_in() -> None:
    """A promise is given anew with each application."""
    story, licence = granted()
    now, actor = noon(date(2026, 5, 6)), people.actor_for_login("zhang.san")
    with db.transaction():
        draft = licensing.apply_on(licence.id, "change", actor=actor, now=now)
        assert draft.answers["company"] == story.case.answers["company"]
        assert "declared" not in draft.answers
        assert "declared" in cases.missing(draft, now=now).answers


def test_a_second_click_goes_on_with_the_same_draft_and_a_second_application_is_refused() -> None:
    """Nothing begins twice; what is being handled is named."""
    story, licence = granted()
    day = window(licence).until_on
    first = renewal_draft(story, licence, day)
    actor = people.actor_for_login("zhang.san")
    with db.transaction():
        again = licensing.apply_on(licence.id, "renewal", actor=actor, now=noon(day))
        assert again.id == first
    changing = at(Story(story.item), day)
    other = changing.write_on(licence.id, "change")
    with db.transaction():
        number = cases.submit(first, actor=actor, now=noon(day)).number
    with db.transaction():
        assert cases.submit(first, actor=actor, now=noon(day)).number == number
    with pytest.raises(ConflictError, match=number), db.transaction():
        licensing.apply_on(licence.id, "reissue", actor=actor, now=noon(day))
    with pytest.raises(ConflictError, match=number):
        changing.finish(other)


def test_only_the_holder_applies_on_a_licence_and_only_in_their_own_name() -> None:
    """To others it does not exist; another credit code is another holder."""
    _, licence = granted()
    day = noon(window(licence).until_on)
    with pytest.raises(NotFoundError), db.transaction():
        licensing.apply_on(licence.id, "renewal", actor=people.actor_for_login("li.si"), now=day)
    renewal = Story("medical-device-iii")
    renewal.now = day
    with pytest.raises(InvalidError) as refused:
        renewal.apply_on(licence.id, "renewal", credit_code=OTHER_CODE)
    assert "credit_code" in refused.value.fields
    with pytest.raises(InvalidError), db.transaction():
        licensing.apply_on(
            licence.id, "transfer", actor=people.actor_for_login("zhang.san"), now=day
        )


def test_silence_renews_on_the_day_after_expiry_with_a_document_that_says_so() -> None:
    """器械办法 16, 许可法 50: by the worker; twice looked is once renewed; no refusal then."""
    story, licence = granted()
    renewal = renewing(story, licence).do("wang.clerk", "accept", "accept")
    look(date(2031, 3, 1))
    assert fresh(licence).edition == 1
    look(date(2031, 3, 2))
    look(date(2031, 3, 2))
    now = fresh(licence)
    assert (now.state, now.edition) == ("valid", 2)
    assert (now.valid_from, now.valid_to) == (date(2031, 3, 2), date(2036, 3, 1))
    assert renewal.case.result == "granted"
    issued = [d for d in documents.of_case(renewal.case) if d.kind == "renewed-by-silence"]
    assert len(issued) == 1
    assert "视为准予延续" in str(issued[0].data["paragraphs"])
    assert "器械办法16" in str(issued[0].data["paragraphs"])
    assert "renewed-by-silence" in kinds_told(renewal)
    at(renewal, date(2031, 3, 4)).do("zhao.examiner", "review", "pass")
    renewal.do("sun.inspector", "site_check", "pass").do("zhou.inspector", "site_check", "pass")
    renewal.do("zhao.examiner", "section_opinion", "propose-grant")
    with pytest.raises(ConflictError, match="silence has granted"):
        renewal.do("qian.head", "decide", "refuse")
    renewal.do("qian.head", "decide", "grant")
    assert fresh(licence).edition == 2


def test_silence_renews_nothing_where_corrections_wait_or_a_decision_was_made() -> None:
    """The agency was not silent; the term ends."""
    story, licence = granted()
    refused = through(renewing(story, licence), "refuse")
    look(date(2031, 3, 2))
    assert fresh(licence).state == "expired"
    assert refused.case.result == "refused"
    assert "renewed-by-silence" not in kinds_told(refused)
    story, licence = granted(date(2026, 3, 3))
    renewing(story, licence).do("wang.clerk", "accept", "correct", corrections=[CORRECTION])
    look(date(2031, 3, 3))
    assert fresh(licence).state == "expired"


def test_a_licence_expires_by_itself_and_the_holder_is_told() -> None:
    """By the worker on the day after the last; in the record; nothing can be applied for."""
    story, licence = granted()
    look(date(2031, 3, 2))
    now = fresh(licence)
    assert (now.state, now.ended_on) == ("expired", date(2031, 3, 1))
    assert "licence-expired" in kinds_told(story)
    assert kinds_happened(licence)[-1] == "licence-expired"
    assert not offer(licence, "change", date(2031, 3, 2)).open
    assert look(date(2031, 3, 3)) == 0


def test_the_holder_is_reminded_before_the_window_closes_and_before_expiry_once_each() -> None:
    """At its opening, 15 days before it closes, 15 days before expiry; not while it is renewed."""
    story, licence = granted()
    opened = window(licence)
    assert opened.opens_on is not None
    assert licence.valid_to is not None
    told = []
    for day in (
        opened.opens_on,
        opened.opens_on + timedelta(days=1),
        opened.until_on - timedelta(days=15),
        licence.valid_to - timedelta(days=15),
        licence.valid_to - timedelta(days=14),
    ):
        look(day)
        told.append(kinds_told(story).count("licence-reminded"))
    assert told == [1, 1, 2, 3, 3]
    body = [n.body_zh for n in notices.of_case(story.case) if n.kind == "licence-reminded"]
    assert f"{opened.until_on.month}月{opened.until_on.day}日" in body[1]
    story, licence = granted(date(2026, 3, 3))
    renewing(story, licence)
    look(date(2031, 2, 17))
    assert "licence-reminded" not in kinds_told(story)


def test_a_worker_that_was_away_sends_the_latest_reminder_only() -> None:
    """Three are overdue: one is sent."""
    story, _ = granted()
    look(date(2031, 2, 25))
    assert kinds_told(story).count("licence-reminded") == 1


def test_a_change_keeps_number_and_term_and_gives_a_new_paper() -> None:
    """许可法 49: another name stands on it from now on."""
    story, licence = granted()
    change = at(Story(story.item), date(2026, 6, 1))
    through(change.apply_on(licence.id, "change", company="江城康健器械股份有限公司"))
    now = fresh(licence)
    assert (now.number, now.valid_to, now.edition) == (licence.number, licence.valid_to, 2)
    assert now.holder_name == "江城康健器械股份有限公司"
    paper = documents.by_code(now.paper)
    assert "江城康健器械股份有限公司" in str(paper.data["facts"])
    granted_paper = next(d for d in documents.of_case(change.case) if d.kind == "granted")
    assert "变更" in str(granted_paper.data["facts"])


def test_a_lost_licence_is_issued_again_with_the_same_number_and_words() -> None:
    """补证: no material, no new check: acceptance, decision, the same paper in a new edition."""
    story, licence = granted()
    first = licence.paper
    again = at(Story(story.item), date(2026, 6, 1)).apply_on(licence.id, "reissue")
    again.do("wang.clerk", "accept", "accept")
    assert again.waiting() == [("decide", "scjg")]
    again.do("qian.head", "decide", "grant")
    now = fresh(licence)
    before, after = documents.by_code(first), documents.by_code(now.paper)
    assert (after.number, after.valid_to, after.edition) == (before.number, before.valid_to, 2)
    assert after.data["facts"][:-1] == before.data["facts"]
    assert cases.materials.of_case(again.case) == []


def test_a_change_of_a_revoked_licence_is_refused_at_every_door() -> None:
    """Before it is written, when it is handed in, and when it is decided."""
    story, licence = granted()
    day = date(2026, 6, 1)
    other_story, other = granted(date(2026, 3, 3))
    drafted = at(Story(story.item), day).write_on(licence.id, "change")
    deciding = at(Story(story.item), day).apply_on(other.id, "change")
    for one in (licence, other):
        end(one, "revoke", "unqualified", day)
    actor = people.actor_for_login("zhang.san")
    with pytest.raises(ConflictError, match="Revoked"), db.transaction():
        licensing.apply_on(licence.id, "change", actor=actor, now=noon(day))
    with pytest.raises(ConflictError, match="Revoked"):
        at(Story(story.item), day).finish(drafted)
    with pytest.raises(ConflictError, match="ended"):
        through(deciding)
    deciding.do("qian.head", "decide", "refuse")
    assert fresh(other).state == "revoked"
    assert other_story.case.result == "granted"


def test_the_record_of_a_licence_is_sealed_with_its_cases() -> None:
    """Its events lie in the chains of its cases."""
    story, licence = granted()
    end(licence, "withdraw", "law-changed", date(2026, 6, 1))
    assert events.verify(events.stream_of(story.case_id)) == []
