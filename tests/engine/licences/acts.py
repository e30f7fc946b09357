"""Acts on licences, each prepared and then carried out."""

from collections.abc import Callable
from datetime import timedelta

from engine import clock, db, licences, people
from engine.clock import civil_date
from tests.engine.licences import scenes

UNHEARD = "未依法听证，程序违法。"
ON_NOTICE = ("state_case", "ask_hearing", "announce_hearing", "record_hearing", "drop")


def licence() -> licences.Licence:
    """A licence whose works must begin."""
    scenes.deploy_lapsing()
    return scenes.shop(civil_date(clock.now()))[1]


def end() -> Callable[[], object]:
    """Revoking a licence."""
    found, head = licence(), people.actor_for_login("qian.head")
    ending = licences.Ending("revoke", "procedure", UNHEARD)
    told = civil_date(clock.now()) - timedelta(days=30)
    scenes.forewarn(found, "revoke", "procedure", told)
    return lambda: licences.end(found.id, ending, actor=head, now=clock.now())


def forewarn() -> Callable[[], object]:
    """Telling a holder that a licence is to be revoked."""
    found, head = licence(), people.actor_for_login("qian.head")
    ending = licences.Ending("revoke", "procedure", UNHEARD)
    return lambda: licences.forewarn(found.id, ending, actor=head, now=clock.now())


def on_notice(name: str) -> Callable[[], Callable[[], object]]:
    """An act of the holder, or of the agency, on what was announced."""

    def prepared() -> Callable[[], object]:
        found, now = licence(), clock.now()
        scenes.forewarn(found, "revoke", "procedure", civil_date(clock.now()))
        head, holder = people.actor_for_login("qian.head"), scenes.holder()
        sitting = licences.Sitting(now + timedelta(days=21), "三楼听证室", "韩主持")
        minutes = licences.Minutes(UNHEARD * 3, signed=True, in_public=True)
        if name in {"announce_hearing", "record_hearing"}:
            with db.transaction():
                licences.ask_hearing(found.id, actor=holder, now=now)
        if name == "record_hearing":
            scenes.let_time_pass(found, hearing_at=now - timedelta(days=1))
        return {
            "state_case": lambda: licences.state_case(found.id, UNHEARD, actor=holder, now=now),
            "ask_hearing": lambda: licences.ask_hearing(found.id, actor=holder, now=now),
            "drop": lambda: licences.drop(found.id, UNHEARD, actor=head, now=now),
            "announce_hearing": lambda: licences.announce_hearing(
                found.id, sitting, actor=head, now=now
            ),
            "record_hearing": lambda: licences.record_hearing(
                found.id, minutes, actor=head, now=now
            ),
        }[name]

    prepared.__name__ = name
    return prepared


def record_begun() -> Callable[[], object]:
    """Recording that works have begun."""
    found, holder = licence(), people.actor_for_login("zhang.san")
    return lambda: licences.record_begun(
        found.id, civil_date(clock.now()), actor=holder, now=clock.now()
    )


def give_more_time() -> Callable[[], object]:
    """Giving more time to begin them."""
    found, head = licence(), people.actor_for_login("qian.head")
    return lambda: licences.give_more_time(
        found.id, 3, "施工图需要调整", actor=head, now=clock.now()
    )


ACTS: dict[str, Callable[[], Callable[[], object]]] = {
    act.__name__: act
    for act in (end, forewarn, record_begun, give_more_time, *map(on_notice, ON_NOTICE))
}
