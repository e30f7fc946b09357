"""Finding licences, and the page of one."""

from dataclasses import replace
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from engine import cases, clock, definitions, licences, people
from engine.errors import InvalidError, NotFoundError
from engine.licences import Licence, Wanted
from engine.paging import Page
from forms.text import Text
from webapp import licensed, parking, visitor
from webapp.doors import staff_only
from webapp.licences.routes import blueprint


@blueprint.get("")
@staff_only
def search() -> ResponseReturnValue:
    """Search the licences of the visitor's departments by number, holder, state and item."""
    actor, asked = visitor.actor(), request.args
    names = ("text", "state", "item", "at")
    wanted = Wanted(**{name: asked.get(name, "")[:200] for name in names})
    page = _page(wanted)
    return render_template(
        "licences/search.html",
        page=page,
        rows=[
            (row, licensed.standing(row), licensed.holder_id(row, actor, listed=True))
            for row in page.rows
        ],
        wanted=wanted,
        states=licences.STATES,
        items=[(code, _item_name(code)) for code in licences.items(actor)],
        tones=licensed.TONES,
        common=cases.is_common(wanted.text),
    )


def _page(wanted: Wanted) -> Page[Licence]:
    """Return the page asked for; a mark that is none of this list's leads to the first."""
    actor, now = visitor.actor(), clock.now()
    try:
        return cases.licensing.search(actor, wanted, now=now)
    except InvalidError:
        return cases.licensing.search(actor, replace(wanted, at=""), now=now)


def _item_name(code: str) -> Text:
    try:
        return definitions.newest(code).item.title
    except NotFoundError:
        return Text(code, code)


@blueprint.get("/<int:licence_id>")
@staff_only
def licence(licence_id: int) -> ResponseReturnValue:
    """Show one licence: state, term, papers, applications, history, and what may be done."""
    return show(licence_id, {})


def show(licence_id: int, errors: dict[str, Text], given: Any = None) -> str:
    """Render the page of a licence, with what was wrong in what was typed."""
    actor = visitor.actor()
    found = licences.find(licence_id, actor)
    return render_template(
        "licences/licence.html",
        **licensed.page_values(found, staff=True),
        acts=[(code, licences.ACTS[code]) for code in licences.open_to(found, actor)],
        case=cases.get(found.case_id),
        applications=licences.applications(found),
        kinds=licences.APPLICATIONS,
        item=_item_name(found.item_code),
        holder_id=licensed.holder_id(found, actor),
        holder=people.get(found.applicant_id),
        may_extend=licences.may_extend(found, actor),
        may=licensed.may_on_notice(found, actor),
        errors=errors,
        given=given or parking.typed() or {},
    )
