"""Pages on which the organisation leaves as a file and comes in from one."""

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from engine import clock, db, organisation
from engine.errors import ConflictError, InvalidError
from engine.organisation import importing, sheets
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import t

APPLIED = Text("已全部导入。", "All of it was taken in.")
NO_FILE = Text("请选择文件。", "Choose a file.")
SHOWN = 500  # most rows of a plan on its page
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/organisation/files")
@roles("admin")
def organisation_files() -> ResponseReturnValue:
    """Show what can be exported, and the form to import."""
    return _page()


def _page(error: InvalidError | None = None) -> str:
    errors = error.fields if error else {}
    return render_template("admin/organisation_files.html", tables=sheets.NAMES, errors=errors)


@blueprint.get("/organisation/export/<string:name>")
@roles("admin")
def export_organisation(name: str) -> ResponseReturnValue:
    """Hand over the organisation: all of it as a workbook, or one table as CSV."""
    tables = organisation.exported(visitor.actor())
    if name == "organisation.xlsx":
        return send_file(BytesIO(sheets.write_xlsx(tables)), _XLSX, True, name)
    table = name.removesuffix(".csv")
    if table not in tables or not name.endswith(".csv"):
        raise NotFound
    return send_file(BytesIO(sheets.write_csv(table, tables[table])), "text/csv", True, name)


@blueprint.post("/organisation/imports")
@roles("admin")
def try_import() -> ResponseReturnValue:
    """Keep a file and show what it would do; nothing is changed."""
    upload, by, now = request.files.get("file"), visitor.actor(), clock.now()
    if upload is None or not upload.filename:
        return _page(InvalidError(NO_FILE, fields={"file": NO_FILE})), 422
    data = upload.read(sheets.MAX_BYTES + 1)
    try:
        with db.transaction():
            kept = importing.keep(data, upload.filename, actor=by, now=now)
    except InvalidError as error:
        return _page(error), 422
    return redirect(url_for("admin.import_plan", import_id=kept.id), 303)


@blueprint.get("/organisation/imports/<int:import_id>")
@roles("admin")
def import_plan(import_id: int) -> ResponseReturnValue:
    """Show what a kept file does: added, changed, removed, and what is wrong where."""
    row, plan = importing.find(import_id, visitor.actor())
    values = {"row": row, "plan": plan, "hows": organisation.HOWS, "shown": SHOWN}
    values |= {"tables": sheets.NAMES, "heads": sheets.HEADS}
    values |= {"stale": plan.digest != row.digest and row.applied_at is None}
    return render_template("admin/import_plan.html", **values)


@blueprint.post("/organisation/imports/<int:import_id>/apply")
@roles("admin")
def apply_import(import_id: int) -> ResponseReturnValue:
    """Take a kept file in, all of it or nothing."""
    try:
        with db.transaction():
            importing.apply(import_id, actor=visitor.actor(), now=clock.now())
        flash(t(APPLIED), "good")
    except (ConflictError, InvalidError) as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.import_plan", import_id=import_id), 303)
