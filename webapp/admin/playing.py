"""Handlers of plays: a bundle tried in the browser on a virtual clock; nothing is stored."""

import io
from dataclasses import replace
from typing import Any

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, clock, db, drafting, playing
from engine.errors import InvalidError
from engine.playing import recording
from forms.text import Text
from webapp import sources, visitor
from webapp.admin import stages
from webapp.admin.routes import blueprint
from webapp.admin.stages import Asked
from webapp.doors import roles
from webapp.language import lang
from webapp.portal import catalogue
from webapp.sources import Source


@blueprint.get("/definitions/<string:ref>/try")
@roles("admin", "designer")
def trial(ref: str) -> ResponseReturnValue:
    """Show the application a play begins with, or the play of a real case."""
    source, number = sources.find(ref), request.args.get("case", "").strip()[:40]
    if source.reading.errors and not source.reading.compiled:
        return refused(source)
    return _shown(stages.of_case(source, number) if number else Asked(source))


@blueprint.post("/definitions/<string:ref>/try")
@roles("admin", "designer")
def play(ref: str) -> ResponseReturnValue:
    """Do one thing in a play and show how it stands then."""
    asked = stages.of_request(sources.find(ref))
    act = stages.ACTS.get(request.form.get("act", "look"), stages.look)
    try:
        asked = act(asked)
    except InvalidError as error:
        if not error.fields:
            raise
        return _shown(Asked(asked.source, asked.script, asked.looks_as, told=error.message)), 422
    page = _shown(asked)
    return (page, 422) if asked.errors else page


@blueprint.post("/definitions/<string:ref>/try/path")
@roles("admin", "designer")
def record(ref: str) -> ResponseReturnValue:
    """Give the play as a path for paths.yaml: the whole file with the path at its end."""
    asked = stages.of_request(sources.find(ref))
    name = Text(request.form.get("name_zh", ""), request.form.get("name_en", ""))
    script = playing.read(request.form.get("script", ""))
    try:
        entry = recording.record(script, asked.source.reading, asked.stage.program, name)
    except InvalidError as error:
        return _shown(Asked(asked.source, script, asked.looks_as, told=error.message)), 422
    whole = recording.appended(asked.source.files.get("paths.yaml"), entry)
    if "draft" in request.form and asked.source.revision:
        return _shown(replace(asked, script=script, told=_written(asked.source, whole)))
    return send_file(
        io.BytesIO(whole),
        mimetype="application/yaml",
        as_attachment=True,
        download_name="paths.yaml",
    )


def _written(source: Source, paths: bytes) -> Text:
    """Write the paths into the draft that is played, as its next revision."""
    with db.transaction():
        saved = drafting.save(
            source.draft_id or 0,
            {"paths.yaml": paths},
            base=source.revision,
            actor=visitor.actor(),
            now=clock.now(),
        )
    return Text(
        f"已写入草稿的 paths.yaml（第{saved.revision}稿）。",
        f"Written into paths.yaml of the draft (revision {saved.revision}).",
    )


@blueprint.get("/definitions/<string:ref>/guide")
@roles("admin", "designer")
def guide(ref: str) -> ResponseReturnValue:
    """Show the guide of a bundle as the public will see it."""
    source = sources.find(ref)
    reading = source.reading
    if reading.item is None or reading.diagram is None:
        return refused(source)
    bundle = source.deployed()
    return render_template(
        "admin/guide_preview.html",
        source=source,
        framed="framed" in request.args,
        bundle=bundle,
        item=bundle.item,
        process=bundle.process,
        kind=catalogue.KINDS[bundle.process.kind],
        steps=catalogue.steps(bundle),
        limit=catalogue.limit_of,
        articles=catalogue.articles,
        svg=bpmn.draw(bundle.diagram, language=lang(), public=True),
        url_for=_no_way_out,
        **catalogue.voices_of(bundle.item.code),
    )


def _no_way_out(endpoint: str, **given: Any) -> str:
    """Keep links of the portal from leading out of a preview."""
    return "#main" if endpoint.startswith("portal.") else url_for(endpoint, **given)


def _shown(asked: Asked) -> str:
    name = "admin/try_start.html" if asked.script is None else "admin/try.html"
    return render_template(name, **stages.values(asked))


def refused(source: Source) -> ResponseReturnValue:
    """Show why a bundle cannot run: its errors, and where they are."""
    diagram = source.reading.diagram
    at_fault = {one.element for one in source.reading.errors if one.element}
    svg = bpmn.draw(diagram, language=lang(), problems=at_fault) if diagram else None
    return render_template("admin/try_refused.html", source=source, svg=svg), 422
