"""Pages of the rules: what is in force, its versions, trying and making the next one."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, supervision
from engine.clock import civil_date
from engine.errors import ConflictError, InvalidError
from forms.text import Text
from webapp import parking, visitor
from webapp.doors import roles
from webapp.language import t
from webapp.oversight import shown
from webapp.oversight.routes import blueprint

SAVED = Text(
    "新版本已保存，自生效日起适用；已发的牌不变。",
    "The new version is saved and counts from its day; cards issued before stay as they are.",
)
_NUMBER = Text("请填写整数。", "Enter a whole number.")
_DAY = Text("请填写日期，例如2026-03-02。", "Enter a date, such as 2026-03-02.")


@blueprint.get("/rules")
@roles("supervisor", "leader")
def list_rules() -> ResponseReturnValue:
    """Show every rule with the version in force and those to come."""
    today = civil_date(clock.now())
    groups = []
    for _, found in groupby(supervision.versions(), key=lambda row: row.code):
        rows = list(found)
        now = next((row for row in rows if row.effective_on <= today), rows[-1])
        groups.append((now, [row for row in rows if row.effective_on > today]))
    causes, levels = list(supervision.CAUSES), list(supervision.LEVELS)
    groups.sort(key=lambda group: (causes.index(group[0].cause), levels.index(group[0].level)))
    return render_template("oversight/rules.html", groups=groups, **_words())


@blueprint.get("/rules/<string:code>")
@roles("supervisor", "leader")
def rule(code: str) -> ResponseReturnValue:
    """Show one rule with all its versions, and the form for the next."""
    return _page(code, given=parking.typed())


@blueprint.post("/rules/<string:code>")
@roles("supervisor")
def change_rule(code: str) -> ResponseReturnValue:
    """Try a change, or save it as the next version."""
    given = request.form
    try:
        change = _change(given)
        if given.get("act") == "try":
            tried = supervision.trial(supervision.newest(code), change, now=clock.now())
            falls = supervision.would_fall(code, change.threshold, active=change.active)
            return _page(code, given=given, tried=tried, falls=falls)
        with db.transaction():
            sure = given.get("confirmed") == "1"
            actor, now = visitor.actor(), clock.now()
            supervision.recheck(now)
            supervision.change_rule(code, change, confirmed=sure, actor=actor, now=now)
            supervision.recheck(now)
    except InvalidError as error:
        return _page(code, given=given, errors=error.fields), 422
    except ConflictError as error:
        return _page(code, given=given, errors={"confirmed": error.message}), 409
    flash(t(SAVED), "good")
    return redirect(url_for("oversight.rule", code=code), 303)


def _change(given: Mapping[str, str]) -> supervision.Change:
    """Read the form. Raises InvalidError naming what is no number or date."""
    wrong: dict[str, Text] = {}
    numbers = {}
    for name in ("threshold", "answer_days"):
        text = given.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) <= 4:
            numbers[name] = int(text)
        else:
            wrong[name] = _NUMBER
    day = None
    try:
        day = date.fromisoformat(given.get("effective_on", "").strip())
    except ValueError:
        wrong["effective_on"] = _DAY
    if wrong or day is None:
        raise InvalidError(Text("请更正下列各项。", "Please correct these points."), fields=wrong)
    return supervision.Change(
        threshold=numbers["threshold"],
        answer_days=numbers["answer_days"],
        hearing_first=given.get("hearing_first") == "1",
        active=given.get("active") == "1",
        effective_on=day,
        reason=given.get("reason", ""),
    )


def _page(code: str, *, given: Mapping[str, str] | None, **more: Any) -> str:
    newest = supervision.newest(code)
    values = given or {
        "threshold": str(newest.threshold),
        "answer_days": str(newest.answer_days),
        "active": "1" if newest.active else "0",
        "hearing_first": "1" if newest.hearing_first else "0",
        "effective_on": civil_date(clock.now()).isoformat(),
    }
    return render_template(
        "oversight/rule.html",
        rule=newest,
        versions=supervision.versions(code),
        bounds=supervision.BOUNDS[newest.measure],
        tried_days=supervision.TRIED_DAYS,
        given=values,
        **{"errors": {}, "tried": None, "falls": 0, **more},
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"levels": supervision.LEVELS, "causes": supervision.CAUSES, "shown": shown}
