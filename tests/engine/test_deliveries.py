"""Deliveries: by SMS and webhook, chosen by their readers, quiet at night, retried, given up."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import clock, db, deliveries, notices, outbox, people
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Delivery, Notice, Subscriber
from engine.outbox import addresses, sms, webhook
from engine.outbox.parcels import DeliveryError
from engine.outbox.quiet import Quiet, read_time
from forms.text import Text
from tests.engine.sending import Careful, Receiver, ReplayRefusedError, receiving, work

ROOT = Path(__file__).parents[2]
NOW = clock.now()
GRANTED = notices.Message(
    "case-granted", Text("准予许可", "Granted"), Text("可下载", "Ready"), "/my"
)
ASKED = notices.Message("question-answered", Text("已答复", "Answered"), Text("好", "Fine"))
RED = notices.Message("card-red", Text("红牌", "Red card"), Text("请答复", "Answer"))
OFFICE = deliveries.Subscription("办公系统", "http://127.0.0.1:1/hook", "all", secret="s" * 20)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A server of another system, which the city has allowed."""
    monkeypatch.setenv(addresses.ALLOWED, "127.0.0.1")
    with receiving() as found:
        yield found


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which SMS are written."""
    monkeypatch.setenv(sms.URL, (tmp_path / "sms").as_uri())
    return tmp_path / "sms"


def tell(login: str = "zhang.san", message: notices.Message = GRANTED) -> int:
    """Tell somebody something."""
    with db.transaction() as session:
        person_id = people.actor_for_login(login).person_id
        assert person_id is not None
        notice = notices.tell(person_id, message, now=clock.now())
        session.flush()
        return notice.id


def rows() -> list[Delivery]:
    """All deliveries as they stand now, without the queue's own state."""
    db.session().expire_all()
    return list(db.session().scalars(select(Delivery).order_by(Delivery.id)))


def subscribe(wanted: deliveries.Subscription = OFFICE) -> Subscriber:
    """Add a system to be told."""
    with db.transaction():
        return deliveries.subscribe(wanted, actor=people.actor_for_login("admin"), now=NOW)


def choose(login: str = "zhang.san", off: tuple[str, ...] = (), **quiet: str) -> None:
    """Choose for somebody."""
    wanted = replace(deliveries.choices_of(0), off=frozenset(off), **quiet)
    with db.transaction():
        deliveries.choose(wanted, actor=people.actor_for_login(login), now=NOW)


def waited(hours: float = 24) -> None:
    """Let the time for the next attempt come."""
    with db.transaction() as session:
        for row in session.scalars(select(Delivery)):
            row.due_at -= timedelta(hours=hours)
            row.tried_at = row.tried_at and row.tried_at - timedelta(hours=hours)


def test_an_sms_goes_through_the_gateway_the_city_describes(
    city_db: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Address, body and key are templates; what is sent cannot add a field to them."""
    choose(quiet_from="0:00", quiet_to="00:00")
    monkeypatch.setenv(sms.URL, f"{receiver.url}/send?to={{phone}}")
    monkeypatch.setenv(sms.BODY, '{"mobile": ["{phone}"], "content": "{text}", "ref": "{id}"}')
    monkeypatch.setenv(sms.KEY, "k1")
    tell(message=replace(GRANTED, title=Text('准予"{key}"', "x")))
    work(city_db)
    ((path, headers, body),) = receiver.taken
    (row,) = rows()
    assert (path, headers["Authorization"]) == ("/send?to=13800000001", "Bearer k1")
    said = json.loads(body)
    assert said["mobile"] == ["13800000001"]
    assert said["content"].startswith('【联办】准予"{key}"。可下载 http')
    assert said["ref"] == f"delivery-{row.id}"
    assert (row.channel, row.state) == ("sms", "sent")


def test_a_gateway_without_a_body_is_asked_by_address(
    city_db: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything quoted; the key where the address wants it."""
    choose(quiet_from="00:00", quiet_to="00:00")
    monkeypatch.setenv(sms.URL, f"{receiver.url}/?p={{phone}}&t={{text}}&k={{key}}")
    monkeypatch.setenv(sms.BODY, "-")
    monkeypatch.setenv(sms.KEY, "a&b")
    tell(message=ASKED)
    work(city_db)
    ((path, _, body),) = receiver.taken
    assert body == b""
    assert path.startswith("/?p=13800000001&t=%E3%80%90")
    assert path.endswith("&k=a%26b")


def test_a_webhook_is_signed_and_its_receiver_refuses_forgeries_and_replays(
    city_db: str, receiver: Receiver
) -> None:
    """Id, time and body are under the signature; the secret never leaves."""
    subscriber = subscribe(replace(OFFICE, url=f"{receiver.url}/hook"))
    tell("wang.clerk", ASKED)
    work(city_db)
    ((path, headers, body),) = receiver.taken
    assert path == "/hook"
    careful, now = Careful(subscriber.secret), time.time()
    careful.take(headers, body, now)
    with pytest.raises(ReplayRefusedError, match="seen"):
        careful.take(headers, body, now)
    fresh = Careful(subscriber.secret)
    with pytest.raises(ReplayRefusedError, match="old"):
        fresh.take(headers, body, now + 600)
    with pytest.raises(ReplayRefusedError, match="signature"):
        fresh.take({**headers, "Webhook-Timestamp": str(int(now) + 600)}, body, now + 600)
    with pytest.raises(ReplayRefusedError, match="signature"):
        fresh.take(headers, body.replace(b"wang", b"feng"), now)
    said = json.loads(body)
    assert said["to"] == {"login": "wang.clerk", "audience": "staff"}
    assert subscriber.secret not in body.decode() + str(headers)


def test_subscribers_are_told_of_their_kinds_and_audience_only(
    city_db: str, receiver: Receiver
) -> None:
    """A switched-off one of nothing; one that is gone loses what was on its way."""
    url = receiver.url
    subscribe(replace(OFFICE, url=f"{url}/staff", audience="staff"))
    subscribe(replace(OFFICE, url=f"{url}/red", kinds=("card-red",)))
    subscribe(replace(OFFICE, url=f"{url}/off", active=False))
    gone = subscribe(replace(OFFICE, url=f"{url}/gone", audience="applicant"))
    tell("chen.leader", RED)
    tell("zhang.san", ASKED)
    outbox.push(clock.now())
    with db.transaction():
        deliveries.unsubscribe(gone.id, actor=people.actor_for_login("admin"), now=NOW)
    work(city_db)
    assert sorted(path for path, _, _ in receiver.taken) == ["/red", "/staff"]
    assert [row.state for row in rows()] == ["sent", "sent", "dead"]


def test_a_receiver_that_fails_is_tried_again_ever_later_and_then_given_up(
    city_db: str, receiver: Receiver
) -> None:
    """Until the attempts are used up; an administrator may begin anew, nobody else."""
    subscribe(replace(OFFICE, url=receiver.url))
    receiver.statuses = [500] * outbox.MOST
    tell()
    waits = []
    for _ in range(outbox.MOST):
        work(city_db)
        waits.append(rows()[0].due_at - clock.now())
        waited()
    (row,) = rows()
    assert (row.state, row.attempts, len(receiver.taken)) == ("dead", outbox.MOST, outbox.MOST)
    assert "HTTP 500" in row.error
    assert waits[0] < waits[1] < waits[2] < timedelta(hours=1) < waits[6] < timedelta(hours=13)
    admin = people.actor_for_login("admin")
    with pytest.raises(ForbiddenError), db.transaction():
        deliveries.retry(row.id, actor=people.actor_for_login("wang.clerk"), now=NOW)
    with db.transaction():
        deliveries.retry(row.id, actor=admin, now=NOW)
    work(city_db)
    assert rows()[0].state == "sent"
    with pytest.raises(ConflictError), db.transaction():
        deliveries.retry(row.id, actor=admin, now=NOW)
    assert len({headers["Webhook-Id"] for _, headers, _ in receiver.taken}) == 1


@pytest.mark.parametrize("status", [302, 400, 410])
def test_a_redirect_or_a_refusal_is_final(city_db: str, receiver: Receiver, status: int) -> None:
    """Nobody follows to where it was never judged whether one may go."""
    subscribe(replace(OFFICE, url=receiver.url))
    receiver.statuses, receiver.location = [status], f"{receiver.url}/inside"
    tell()
    work(city_db)
    assert [row.state for row in rows()] == ["dead"]
    assert len(receiver.taken) == 1


def test_without_leave_no_webhook_goes_inside(
    city_db: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own machine is inside, whatever it is called."""
    monkeypatch.delenv(addresses.ALLOWED)
    port = receiver.server_address[1]
    for host in ("127.0.0.1", "localhost", "2130706433"):
        subscribe(replace(OFFICE, url=f"http://{host}:{port}/"))
    tell()
    work(city_db)
    assert receiver.taken == []
    assert {row.state for row in rows()} == {"dead"}
    assert all("is inside" in row.error for row in rows())


@pytest.mark.parametrize(
    ("address", "free"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("::1", False),
        ("10.2.3.4", False), ("172.16.0.1", False), ("192.168.1.1", False), ("0.0.0.0", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("fe80::1", False),
        ("fd00::1", False), ("224.0.0.1", False), ("255.255.255.255", False),
    ],
)  # fmt: skip
def test_inside_is_known_in_all_its_spellings(address: str, free: bool) -> None:
    """Private, loopback, link-local, shared, multicast; IPv4 wrapped in IPv6."""
    assert addresses.may_reach(ip_address(address), []) is free


@pytest.mark.parametrize(
    "url", ["ftp://a.cn/", "file:///etc/passwd", "http://", "http://u:p@a.cn/", "http://a.cn/ b",
            "http://a.cn:0/", "http://a.cn:99999/", "http://例子.cn/", "javascript:alert(1)"],
)  # fmt: skip
def test_addresses_that_no_webhook_has_are_refused_at_their_field(city_db: str, url: str) -> None:
    """With what else is wrong."""
    with pytest.raises(InvalidError) as refused:
        subscribe(replace(OFFICE, url=url, name=" ", secret="short"))
    assert set(refused.value.fields) == {"url", "name", "secret"}


def test_people_choose_their_ways_but_the_law_keeps_its_own(city_db: str, texts: Path) -> None:
    """By group and way; what is off on this site stands in the list without being counted."""
    with pytest.raises(InvalidError) as refused:
        choose(off=("case:app",))
    assert set(refused.value.fields) == {"off"}
    for wrong in ({"quiet_from": "25:00"}, {"quiet_to": "x"}, {"zone": "../etc"}, {"zone": "a"}):
        with pytest.raises(InvalidError) as refused:
            choose(**wrong)
        assert set(refused.value.fields) == set(wrong)
    with pytest.raises(InvalidError):
        choose(off=("supervision:sms",))
    choose(off=("case:sms", "voices:app"), quiet_from="00:00", quiet_to="00:00")
    tell()
    answered = tell(message=ASKED)
    work(city_db)
    (text,) = texts.iterdir()
    assert "已答复" in text.read_text()
    person_id = people.actor_for_login("zhang.san").person_id or 0
    assert notices.unread_count(person_id) == 1
    assert notices.list_for(person_id).rows[0].id == answered


def test_at_night_only_what_is_urgent_goes_out(
    city_db: str, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest waits for the morning where its reader is; an hour of the clock is not one here."""
    night = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)  # 23:30 in the city, 21:30 in Ürümqi
    monkeypatch.setattr(clock, "now", lambda: night)
    with db.transaction() as session:
        for login in ("li.si", "chen.leader"):
            person = people.get(people.actor_for_login(login).person_id or 0)
            assert person is not None
            person.phone = "13900000002"
        session.flush()
    choose("li.si", quiet_from="22:00", quiet_to="8:00", zone="Asia/Urumqi")
    for login, message in (("zhang.san", GRANTED), ("li.si", GRANTED), ("chen.leader", RED)):
        tell(login, message)
    work(city_db)
    due = {row.notice_id: (row.state, row.due_at) for row in rows()}
    assert list(due.values()) == [
        ("waiting", datetime(2026, 12, 1, 23, 0, tzinfo=UTC)),
        ("sent", night),
        ("sent", night),
    ]
    monkeypatch.setattr(clock, "now", lambda: night + timedelta(hours=8))
    work(city_db)
    assert {row.state for row in rows()} == {"sent"}


@pytest.mark.parametrize(
    ("start", "end", "at", "until"),
    [
        ("22:00", "07:00", "2026-03-01T21:59", "2026-03-01T21:59"),
        ("22:00", "07:00", "2026-03-01T22:00", "2026-03-02T07:00"),
        ("22:00", "07:00", "2026-03-02T06:59", "2026-03-02T07:00"),
        ("22:00", "07:00", "2026-03-02T07:00", "2026-03-02T07:00"),
        ("12:00", "14:00", "2026-03-01T13:00", "2026-03-01T14:00"),
        ("00:00", "00:00", "2026-03-01T00:00", "2026-03-01T00:00"),
    ],
)
def test_quiet_hours_may_cross_midnight(start: str, end: str, at: str, until: str) -> None:
    """In the civil time of their zone."""
    quiet = Quiet(read_time(start), read_time(end))
    asked = datetime.fromisoformat(f"{at}+08:00")
    assert quiet.not_before(asked) == datetime.fromisoformat(f"{until}+08:00")


def test_a_worker_killed_while_sending_sends_once_more_and_says_so(
    city_db: str, receiver: Receiver
) -> None:
    """Under the same number, marked; a second loss gives it up instead of sending it again."""
    receiver.held = threading.Event()
    subscribe(replace(OFFICE, url=receiver.url))
    tell()
    outbox.push(clock.now())
    (row,) = rows()
    kill_while_sending(city_db, row.id, receiver, 1)
    receiver.held.set()
    outbox.deliver(row.id)
    assert len(receiver.taken) == 1, "somebody may still be at it"
    waited()
    work(city_db)
    (first, second) = (json.loads(body) for _, _, body in receiver.taken)
    assert (first["id"], first["repeated"]) == (second["id"], False)
    assert second["repeated"]
    (row,) = rows()
    assert (row.state, row.repeated, row.attempts) == ("sent", True, 2)
    with db.transaction() as session:
        lost = session.get_one(Delivery, row.id)
        lost.state = "sending"
    waited()
    work(city_db)
    (row,) = rows()
    assert (row.state, len(receiver.taken)) == ("dead", 2)
    assert "may have arrived" in row.error


def kill_while_sending(url: str, delivery_id: int, receiver: Receiver, count: int) -> None:
    """Let another process send a delivery, and kill it when the receiver has it."""
    code = f"from engine import db, outbox; db.configure({url!r}); outbox.deliver({delivery_id})"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ)
    deadline = time.monotonic() + 30
    while len(receiver.taken) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(receiver.taken) == count


def test_a_name_that_is_not_found_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a passing fault; a broken setting of the gateway says which it is."""
    with pytest.raises(DeliveryError) as refused:
        addresses.reachable(addresses.split("http://no-such-host.invalid/"))
    assert not refused.value.final
    monkeypatch.setenv(sms.URL, "gopher://x/")
    assert sms.URL in sms.problem()
    monkeypatch.setenv(sms.URL, "https://x/")
    monkeypatch.setenv(sms.BODY, "{not json")
    assert sms.BODY in sms.problem()


def test_the_signature_is_the_one_described() -> None:
    """Anybody can compute it from the description alone."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    signed = webhook.signed("delivery-7", at, b"{}", "secret")
    Careful("secret").take(signed, b"{}", at.timestamp())
    assert signed["Webhook-Id"] == "delivery-7"


def test_every_notice_is_spread_once_whoever_looks(city_db: str) -> None:
    """A second look makes no second delivery."""
    subscribe()
    tell()
    outbox.push(clock.now())
    outbox.push(clock.now())
    assert len(rows()) == 1
    assert db.session().scalars(select(Notice.spread_at)).all() != [None]
