"""Licences at some point of their lives, made through the engine's own acts."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from engine import db, definitions, licences, people
from engine.clock import CIVIL_ZONE
from engine.licences import Ending, Licence
from engine.permissions import Actor
from tools.stories import Story

MEDICAL, SHOP = "medical-device-iii", "individual-business"
PROCESSES = Path(__file__).resolve().parents[3] / "processes"
FORETOLD, TOLD_BEFORE = ("revoke", "forfeit"), 30
REASON = "经查证属实，事实清楚。"
#: Works that must begin within three months (建筑法 9), put on an item that has no such rule.
LAPSES = """
  lapses: {after: 3m, unless: works-begun, extensions: 2, extension: 3m,
           article: {zh: "建筑法9", en: "Construction Law art. 9"}}
"""


def noon(day: date) -> datetime:
    """Noon of a day in the city."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=CIVIL_ZONE)


def at(story: Story, day: date) -> Story:
    """Move a story to a day."""
    story.now = noon(day)
    return story


def through(story: Story, decision: str = "grant") -> Story:
    """Handle a case of I2 from acceptance to the decision."""
    story.do("wang.clerk", "accept", "accept").do("zhao.examiner", "review", "pass")
    story.do("sun.inspector", "site_check", "pass").do("zhou.inspector", "site_check", "pass")
    story.do("zhao.examiner", "section_opinion", "propose-grant")
    return story.do("qian.head", "decide", decision)


def granted(day: date = date(2026, 3, 2)) -> tuple[Story, Licence]:
    """A licence of I2 granted that day: five years."""
    story = through(at(Story(MEDICAL), day).apply())
    return story, of(story)


def of(story: Story) -> Licence:
    """The licence a case has granted or is about, as it stands now: a copy that stays so."""
    with db.transaction():
        return _apart(licences.of_case(story.case)[0])


def _apart(licence: Licence) -> Licence:
    session = db.session()
    session.refresh(licence)
    session.expunge(licence)
    return licence


def fresh(licence: Licence) -> Licence:
    """A licence as it stands now: a copy that stays so."""
    with db.transaction():
        return _apart(licences.by_number(licence.number))


def look(day: date) -> int:
    """Let the worker look on a day; return how many licences it looked after."""
    found = licences.due(noon(day))
    for licence_id in found:
        with db.transaction():
            licences.attend(licence_id, now=noon(day))
    return len(found)


def end(
    licence: Licence, act: str, ground: str, day: date, login: str = "qian.head", **more: Any
) -> Licence:
    """End a licence as somebody; where the holder is told beforehand, that was done in time."""
    if more.pop("told", act in FORETOLD) and ground in licences.GROUNDS:
        told = day - days(TOLD_BEFORE)
        forewarn(licence, act, ground, told, article=more.get("article", ""))
    given = {"compensation": "按评估价补偿。"} if act == "withdraw" else {}
    ending = Ending(act, ground, more.pop("reason", REASON), **{**given, **more})
    with db.transaction():
        actor = people.actor_for_login(login)
        return licences.end(licence.id, ending, actor=actor, now=noon(day))


def forewarn(
    licence: Licence, act: str, ground: str, day: date, login: str = "qian.head", **more: Any
) -> licences.EndingNotice:
    """Tell the holder of a licence what is intended."""
    ending = Ending(act, ground, more.pop("reason", REASON), **more)
    with db.transaction():
        actor = people.actor_for_login(login)
        return licences.forewarn(licence.id, ending, actor=actor, now=noon(day))


def let_time_pass(licence: Licence, **moved: datetime) -> None:
    """Let the time to answer be over; ``moved`` are other moments of the notice."""
    with db.transaction() as session:
        notice = licences.ending_notice(licence)
        assert notice is not None
        row = session.get_one(type(notice), notice.id)
        for name, at in {"answer_by": notice.told_at - days(1), **moved}.items():
            setattr(row, name, at)


def holder() -> Actor:
    """Whoever holds the licences of these scenes."""
    return people.actor_for_login("zhang.san")


def offer(licence: Licence, kind: str, day: date) -> licences.Offer:
    """What can be said of a kind of application on a day."""
    found = licences.offers(fresh(licence), day)
    return next(one for one in found if one.kind == kind)


def deploy_lapsing() -> None:
    """Give I1 a time by which works must begin."""
    files = dict(definitions.read_folder(PROCESSES / SHOP))
    text = files["item.yaml"].decode().replace("\nresult:\n", "\nresult:" + LAPSES, 1)
    files["item.yaml"] = text.encode()
    with db.transaction():
        actor = people.actor_for_login("admin")
        definitions.deploy(files, actor=actor, now=noon(date(2026, 1, 5)))


def shop(day: date) -> tuple[Story, Licence]:
    """A registration of I1 granted that day."""
    story = at(Story(SHOP), day).apply().do("wang.clerk", "accept", "accept")
    story.do("feng.registrar", "decide", "grant")
    return story, of(story)


def days(count: int) -> timedelta:
    """So many days."""
    return timedelta(days=count)
