"""Handlers for what the city offers: the items, their guide and their diagram."""

from dataclasses import asdict
from typing import Any

from flask import Response
from flask.views import MethodView

from engine import bpmn, definitions, people
from engine.bpmn.language import limit_text
from engine.definitions import Bundle
from forms import describe
from webapp import language
from webapp.api.item_schemas import ItemRowSchema, ItemSchema
from webapp.api.routes import SVG, answers, route, takes
from webapp.api.schemas import ItemsQuery, paged
from webapp.doors import open_to_all
from webapp.portal import catalogue

PUBLIC = "what can be applied for is public (许可法 30)"


@route("/items", tag="items")
@open_to_all(PUBLIC)
class Items(MethodView):
    """All items."""

    @answers("查找事项", paged(ItemRowSchema), refused=(422,))
    @takes(ItemsQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Find items by words, theme and department."""
        found = catalogue.search(asked["q"], asked["theme"], asked["department"], asked["page"])
        return {
            "rows": [_row(bundle) for bundle in found.rows],
            "total": found.page.total,
            "page": found.page.page,
            "pages": found.page.pages,
        }


@route("/items/<string:code>", tag="items")
@open_to_all(PUBLIC)
class OneItem(MethodView):
    """One item."""

    @answers("办事指南", ItemSchema, refused=(404,))
    def get(self, code: str) -> dict[str, Any]:
        """Show the guide of an item: its nine public elements, steps, and application form."""
        bundle = definitions.newest(code)
        return {**_row(bundle), **_guide(bundle)}


@route("/items/<string:code>/diagram.svg", tag="items")
@open_to_all(PUBLIC)
class ItemDiagram(MethodView):
    """The picture of an item's procedure."""

    @answers("流程图", SVG, refused=(404,), media="image/svg+xml")
    def get(self, code: str) -> Response:
        """Draw the procedure of an item."""
        diagram = definitions.newest(code).diagram
        svg = bpmn.draw(diagram, language=language.lang(), public=True)
        return Response(svg, mimetype="image/svg+xml")


def _row(bundle: Bundle) -> dict[str, Any]:
    item, lead = bundle.item, bundle.process.lead
    return {
        "code": item.code,
        "title": item.title,
        "short": item.short,
        "theme": item.theme,
        "kind": bundle.process.kind,
        "department": {"code": lead, "name": people.department_name(lead)},
        "version": bundle.number,
    }


def _guide(bundle: Bundle) -> dict[str, Any]:
    item = bundle.item
    return {
        "applicants": item.applicants,
        "deployed_at": bundle.deployed_at,
        "elements": _elements(bundle),
        "charged": item.fee.charged,
        "steps": _steps(bundle),
        "result": item.result,
        "parts": [
            {
                "department": {"code": p.department, "name": people.department_name(p.department)},
                "name": p.name,
                "result": p.result,
            }
            for p in item.parts
        ],
        "refusal_reasons": item.refusal_reasons,
        "remedies": item.remedies,
        "contact": item.contact,
        "faq": item.faq,
        "form": describe(bundle.application_form),
    }


def _elements(bundle: Bundle) -> dict[str, Any]:
    item, process = bundle.item, bundle.process
    return {
        "name": item.title,
        "basis": item.basis,
        "conditions": item.conditions,
        "quantity": item.quantity,
        "materials": item.materials,
        "procedure": item.procedure,
        "limits": {
            "statutory": _limit(process.statutory_limit),
            "promised": _limit(process.promised_limit),
        },
        "fee_basis": item.fee.basis,
        "fee_standard": item.fee.standard,
    }


def _steps(bundle: Bundle) -> list[dict[str, Any]]:
    drawn = definitions.as_now(bundle).ordered_steps
    told = catalogue.steps(bundle)
    return [
        {**asdict(guide), "element": step.element, "act": step.act, "limit": _limit(step.limit)}
        for step, guide in zip(drawn, told, strict=True)
    ]


def _limit(value: str | None) -> dict[str, Any] | None:
    return {"value": value, "text": limit_text(value)} if value else None
