"""What leaves the house: notices and e-mail, through the outbox, after the commit."""

import pytest

from engine import cases, clock, db, deliveries, notices, outbox, people
from engine.models import Delivery, Notice
from forms.text import Text
from tests.engine.sending import work
from tests.engine.test_life_of_cases import CORRECTION
from tests.guards import Mailbox
from tools.stories import Story

pytestmark = [pytest.mark.db]
NOW = clock.now()


def told(login: str) -> list[Notice]:
    """Everything a person was told, newest first."""
    person_id = people.actor_for_login(login).person_id
    assert person_id is not None
    return list(notices.list_for(person_id, per_page=100).rows)


def delivery_of(notice: Notice) -> Delivery:
    """The one delivery of a notice, as it stands now."""
    db.session().expire_all()
    (row,) = deliveries.of_notices([notice.id])[notice.id]
    return row


def test_a_notice_is_mailed_once_after_the_commit(
    city_db: str, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real mail server gets it; running the job again sends nothing."""
    monkeypatch.setenv(outbox.MAIL_URL, f"smtp://127.0.0.1:{mailbox.port}")
    Story("individual-business").apply()
    assert mailbox.messages == []
    work(city_db)
    assert len(mailbox.messages) == 1
    assert mailbox.messages[0]["To"] == "zhang.san@example.com"
    assert "已收到申请" in str(mailbox.messages[0]["Subject"])
    (notice,) = told("zhang.san")
    row = delivery_of(notice)
    assert (row.channel, row.state, row.attempts, row.error) == ("email", "sent", 1, "")
    assert mailbox.messages[0]["Message-ID"] == f"<delivery-{row.id}@lianban>"
    outbox.deliver(row.id)
    work(city_db)
    assert len(mailbox.messages) == 1


def test_a_mail_server_that_is_away_leaves_the_reason_and_a_time_to_try_again(
    city_db: str, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    """Nothing is lost: the case is there, the delivery says why and when it is tried again."""
    port = mailbox.port
    mailbox.shutdown()
    mailbox.server_close()
    monkeypatch.setenv(outbox.MAIL_URL, f"smtp://127.0.0.1:{port}")
    Story("individual-business").apply()
    work(city_db)
    (notice,) = told("zhang.san")
    row = delivery_of(notice)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert "Error" in row.error
    assert row.due_at > clock.now()


def test_a_rolled_back_act_queues_no_mail(city_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Job and change are one transaction."""
    monkeypatch.setenv(outbox.MAIL_URL, "smtp://127.0.0.1:1")
    person_id = people.actor_for_login("zhang.san").person_id
    assert person_id is not None
    message = notices.Message("test", Text("一", "one"), Text("二", "two"))

    def tell_and_fail() -> None:
        with db.transaction():
            notices.tell(person_id, message, now=NOW)
            raise LookupError("after the notice")

    with pytest.raises(LookupError):
        tell_and_fail()
    work(city_db)
    assert told("zhang.san") == []


def test_every_turn_of_a_case_is_told_to_its_applicant(city_db: str) -> None:
    """Received, accepted, decided, delivered: a change of status without a notice is a defect."""
    story = Story("individual-business").apply().do("wang.clerk", "accept", "accept")
    story.do("feng.registrar", "decide", "grant").do("wang.clerk", "deliver_licence", "delivered")
    kinds = [notice.kind for notice in reversed(told("zhang.san"))]
    assert kinds == ["case-received", "case-accepted", "case-granted", "result-delivered"]


def test_a_correction_is_told_once(city_db: str) -> None:
    """The notice of what to correct says that it is the applicant's turn; no second one follows."""
    story = Story("medical-device-iii").apply()
    story.do("wang.clerk", "accept", "correct", corrections=[CORRECTION])
    assert [notice.kind for notice in told("zhang.san")] == ["correction-asked", "case-received"]


def test_departments_asked_are_told_and_reading_clears_the_count(city_db: str) -> None:
    """The co-handler's people get a notice; marking read empties the counter."""
    Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")
    actor = people.actor_for_login("cg.wu")
    assert actor.person_id is not None
    assert notices.unread_count(actor.person_id) == 1
    with db.transaction():
        notices.mark_read(actor, now=NOW)
    assert notices.unread_count(actor.person_id) == 0
    assert cases.my_cases(people.actor_for_login("li.si")).total == 1
