"""The tables of licences come and go, and licences issued before are entered."""

from datetime import date

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from engine import db
from tests.engine.licences.scenes import at, fresh, granted, noon
from tools.stories import Story

pytestmark = [pytest.mark.db]
OWN = "0010"


def test_a_licence_issued_before_there_were_licences_is_entered(city_db: str) -> None:
    """With number, holder, term and paper; a later paper of the same number survives both ways."""
    _, licence = granted()
    again = at(Story("medical-device-iii"), date(2026, 6, 1)).apply_on(licence.id, "reissue")
    again.do("wang.clerk", "accept", "accept").do("qian.head", "decide", "grant")
    db.dispose()
    config = db.alembic_config(city_db)
    before = ScriptDirectory(str(db.MIGRATIONS)).get_revision(OWN).down_revision
    command.downgrade(config, str(before))
    command.upgrade(config, "head")
    db.configure(city_db)
    now = fresh(licence)
    assert (now.holder_id, now.valid_to, now.state) == (
        licence.holder_id,
        licence.valid_to,
        "valid",
    )
    assert now.paper == licence.paper
    assert now.look_on is not None
    assert noon(now.look_on) >= noon(date(2026, 1, 1))
