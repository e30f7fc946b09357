"""From a draft to a version: its history, its check, and its deployment."""

from collections.abc import Sequence
from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, clock, db, definitions, drafting, people
from engine.definitions import BundleRefusedError
from engine.errors import ConflictError
from forms.text import Text
from webapp import visitor
from webapp.doors import roles
from webapp.language import lang, t
from webapp.studio import drafts
from webapp.studio.routes import blueprint, designers

PER_PAGE = 30
LONGEST_NOTE = 500


@blueprint.get("/drafts/<int:draft_id>/problems")
@designers
def problems(draft_id: int) -> ResponseReturnValue:
    """Show everything the check finds in the newest revision, and the way to deploy it."""
    return _problems_page(draft_id)


def _problems_page(draft_id: int, wrong: Text | None = None) -> str:
    draft = drafting.get(draft_id)
    files = drafting.files(draft_id)
    reading = definitions.check_bundle(files)
    budgets, svg = _drawn(reading)
    by_file = sorted(reading.problems, key=lambda p: (p.file, p.severity, p.line or 0))
    return render_template(
        "studio/problems.html",
        draft=draft,
        title=drafts.own_title(draft),
        reading=reading,
        files=[(name, list(found)) for name, found in groupby(by_file, lambda p: p.file)],
        known=files,
        svg=svg,
        budgets=budgets,
        may_deploy=visitor.actor().has("admin"),
        wrong=wrong,
    )


def _drawn(reading: definitions.Reading) -> tuple[Sequence[bpmn.Budget], str | None]:
    """Return the time budgets of a draft, and its diagram with faults and the longest way."""
    if reading.diagram is None or not reading.diagram.processes:
        return (), None
    budgets = definitions.budgets(reading.running)
    way = budgets[0].marks if budgets else frozenset()
    at_fault = {one.element for one in reading.problems if one.element}
    return budgets, bpmn.draw(reading.diagram, language=lang(), problems=at_fault, way=way)


@blueprint.post("/drafts/<int:draft_id>/deploy")
@roles("admin")
def deploy(draft_id: int) -> ResponseReturnValue:
    """Deploy the revision that was looked at, or show why not."""
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    base = request.form.get("base", type=int) or 0
    try:
        with db.transaction():
            deployed = drafting.deploy(
                draft_id, base=base, actor=visitor.actor(), now=clock.now(), note=note
            )
    except (BundleRefusedError, ConflictError) as error:
        return _problems_page(draft_id, error.message), 409
    version = deployed.version
    if deployed.created:
        said = t(f"已部署为第{version.number}版。", f"Deployed as version {version.number}.")
    else:
        said = t(
            f"内容与第{version.number}版完全相同，没有产生新版本。",
            f"The files are identical to version {version.number}; no new version was made.",
        )
    flash(said, "good" if deployed.created else "info")
    return redirect(url_for("admin.version", version_id=version.id), 303)


@blueprint.get("/drafts/<int:draft_id>/history")
@designers
def history(draft_id: int) -> ResponseReturnValue:
    """Show the revisions of a draft, the newest first."""
    draft = drafting.get(draft_id)
    before = request.args.get("before", type=int)
    rows = drafting.revisions(draft_id, before=before, size=PER_PAGE + 1)
    who = {row.made_by: people.get(row.made_by) for row in rows if row.made_by is not None}
    return render_template(
        "studio/history.html",
        draft=draft,
        title=drafts.own_title(draft),
        rows=rows[:PER_PAGE],
        more=len(rows) > PER_PAGE,
        before=before,
        names={one: person.name for one, person in who.items() if person is not None},
    )


@blueprint.post("/drafts/<int:draft_id>/return")
@designers
def return_to(draft_id: int) -> ResponseReturnValue:
    """Make an older revision the newest again."""
    number = request.form.get("revision", type=int) or 0
    with db.transaction():
        actor, now = visitor.actor(), clock.now()
        saved = drafting.return_to(draft_id, number, actor=actor, now=now)
    flash(
        t(
            f"已回到第{number}稿的内容，成为第{saved.revision}稿；之前各稿都还在。",
            f"Revision {number} is the newest again, as revision {saved.revision}; "
            "all others are still here.",
        ),
        "good",
    )
    return redirect(url_for("studio.history", draft_id=draft_id), 303)
