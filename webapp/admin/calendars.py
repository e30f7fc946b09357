"""Pages of the working calendar: years in force, a notice tried, applied and undone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import calendars, clock, db
from engine.errors import ConflictError, InvalidError
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import format_due, t

SHOWN = 200  # most moved due times listed on a page
_APPLIED = Text(
    "日历已启用，期限已重新计算。", "The calendar is in force; due times are computed anew."
)
_UNDONE = Text("已撤销导入，期限已恢复。", "The import is undone; due times are as they were.")


@blueprint.get("/calendar")
@roles("admin")
def list_calendars() -> ResponseReturnValue:
    """Show the years in force and all imports."""
    return _page()


@blueprint.post("/calendar")
@roles("admin")
def try_calendar() -> ResponseReturnValue:
    """Show what a notice would move before it is applied."""
    try:
        found = calendars.preview(_notice(), now=clock.now())
    except InvalidError as error:
        return _page(error.fields), 422
    except ConflictError as refusal:
        return _page({"file": refusal.message}), 422
    return render_template(
        "admin/calendar_preview.html",
        preview=found,
        shown=SHOWN,
        content=_written(found.notice),
        moment=_moment,
    )


def _moment(stored: str | None) -> str:
    """Write the day of a due time as the lists do."""
    return format_due(datetime.fromisoformat(stored)) if stored else "—"


def _notice() -> calendars.Notice:
    year = request.form.get("year", "").strip()
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        data = upload.read(calendars.MAX_BYTES + 1)
        return calendars.read_notice(data, upload.filename)
    known = year.isascii() and year.isdigit() and len(year) == 4
    return calendars.from_package(int(year) if known else 0)


def _written(notice: calendars.Notice) -> str:
    """Write a notice down for the form that applies it."""
    days = [
        {"date": day.isoformat(), "isOffDay": not works, "name": note}
        for day, (works, note) in sorted(notice.days.items())
    ]
    return orjson.dumps({"year": notice.year, "days": days}).decode()


@blueprint.post("/calendar/apply")
@roles("admin")
def apply_calendar() -> ResponseReturnValue:
    """Put a notice into force."""
    try:
        content = request.form.get("notice", "").encode()
        notice = calendars.read_notice(content, request.form.get("source", "")[:200])
        with db.transaction():
            calendars.apply(notice, actor=visitor.actor(), now=clock.now())
        flash(t(_APPLIED), "good")
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.list_calendars"), 303)


@blueprint.post("/calendar/<int:import_id>/undo")
@roles("admin")
def undo_calendar(import_id: int) -> ResponseReturnValue:
    """Take an import back."""
    try:
        with db.transaction():
            calendars.undo(import_id, actor=visitor.actor(), now=clock.now())
        flash(t(_UNDONE), "good")
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.list_calendars"), 303)


def _page(errors: Mapping[str, Text] | None = None) -> str:
    found = calendars.imports()
    values: dict[str, Any] = {
        "years": calendars.years(),
        "imports": found,
        "latest": {row.year: row.id for row in found[::-1] if row.undone_at is None},
        "errors": errors or {},
    }
    return render_template("admin/calendar.html", **values)
