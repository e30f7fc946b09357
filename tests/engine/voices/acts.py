"""Every act on voices and deliveries, prepared to be carried out by whoever may."""

from collections.abc import Callable

from sqlalchemy import select

from engine import clock, db, deliveries, outbox, voices
from engine.models import Delivery
from tests.engine.test_deliveries import OFFICE, subscribe, tell
from tests.engine.voices.scenes import ASKED, actor, answered, asked, ended, filed, moved, rated

Act = Callable[[], object]
NOW = clock.now()
PUBLIC = voices.questions.Publication("证明要几份", "要原件吗？", "出示原件。")
BOSS, CLERK, APPLICANT, ADMIN = "jc.he", "wang.clerk", "zhang.san", "admin"


def rate() -> Act:
    number, given = ended().case.number, voices.ratings.Given(5)
    return lambda: voices.ratings.rate(number, given, origin="", actor=actor(APPLICANT), now=NOW)


def contact() -> Act:
    row, leader = rated(ended()), actor("chen.leader")
    return lambda: voices.ratings.contact(row.id, "true", "已改正", actor=leader, now=NOW)


def call_back() -> Act:
    row, leader = rated(ended()), actor("chen.leader")
    with db.transaction():
        voices.ratings.contact(row.id, "true", "已改正", actor=leader, now=NOW)
    return lambda: voices.ratings.call_back(row.id, "接受", satisfied=True, actor=leader, now=NOW)


def ask_question() -> Act:
    return lambda: voices.questions.ask(ASKED, origin="", actor=actor(APPLICANT), now=NOW)


def answer_question() -> Act:
    row = asked()
    return lambda: voices.questions.answer(row.id, "需要原件", actor=actor(CLERK), now=NOW)


def forward() -> Act:
    row = asked()
    return lambda: voices.questions.forward(row.id, "cgj", actor=actor(CLERK), now=NOW)


def publish() -> Act:
    row = answered(asked())
    return lambda: voices.questions.publish(row.id, PUBLIC, actor=actor(CLERK), now=NOW)


def take_back() -> Act:
    row = answered(asked())
    with db.transaction():
        voices.questions.publish(row.id, PUBLIC, actor=actor(CLERK), now=NOW)
    return lambda: voices.questions.take_back(row.id, actor=actor(CLERK), now=NOW)


def file() -> Act:
    filing = voices.complaints.Filing("窗口人员态度生硬，不给凭证。", True, department="scjg")
    return lambda: voices.complaints.file(filing, origin="", actor=actor(APPLICANT), now=NOW)


def accept() -> Act:
    row = filed()
    return lambda: voices.complaints.accept(row.id, actor=actor(BOSS), now=NOW)


def refuse_complaint() -> Act:
    row = filed()
    return lambda: voices.complaints.refuse(row.id, "不属受理范围", actor=actor(BOSS), now=NOW)


def assign() -> Act:
    row = moved(filed(), (BOSS, "accept", ""))
    return lambda: voices.complaints.assign(row.id, actor=actor(BOSS), now=NOW)


def report() -> Act:
    row = moved(filed(), (BOSS, "accept", ""), (BOSS, "assign", ""))
    return lambda: voices.complaints.report(row.id, "属实", actor=actor("chen.leader"), now=NOW)


def answer_complaint() -> Act:
    row = moved(filed(), (BOSS, "accept", ""))
    return lambda: voices.complaints.answer(row.id, "已责令改正", actor=actor(BOSS), now=NOW)


def choose() -> Act:
    wanted = deliveries.choices_of(0)
    return lambda: deliveries.choose(wanted, actor=actor(APPLICANT), now=NOW)


def retry_delivery() -> Act:
    subscribe()
    tell()
    outbox.push(NOW)
    with db.transaction() as session:
        row = session.scalars(select(Delivery)).one()
        row.state = "dead"
    return lambda: deliveries.retry(row.id, actor=actor(ADMIN), now=NOW)


def subscribing() -> Act:
    return lambda: deliveries.subscribe(OFFICE, actor=actor(ADMIN), now=NOW)


def unsubscribe() -> Act:
    row = subscribe()
    return lambda: deliveries.unsubscribe(row.id, actor=actor(ADMIN), now=NOW)


_ALL = (
    *(rate, contact, call_back, ask_question, answer_question, forward, publish, take_back, file),
    *(accept, refuse_complaint, assign, report, answer_complaint, choose, retry_delivery),
    unsubscribe,
)
ACTS: dict[str, Callable[[], Act]] = {act.__name__: act for act in _ALL}
ACTS["subscribe"] = subscribing
