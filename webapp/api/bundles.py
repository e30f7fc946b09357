"""Handlers about bundles, deployed or not: compared, budgeted, played, simulated."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from flask.views import MethodView

from engine import clock, definitions
from engine.clock import CIVIL_ZONE, civil_date
from engine.definitions import compare
from engine.errors import InvalidError
from engine.playing import Scene, Script, Todo, fits
from engine.whatif import Summary
from forms.text import Text
from webapp import simulating, sources, visitor
from webapp.api.bundle_schemas import (
    BudgetsSchema,
    ComparisonSchema,
    PlaySceneSchema,
    PlaySchema,
    SimulatedSchema,
    WhatIfSchema,
)
from webapp.api.routes import SENT, answers, route, takes
from webapp.doors import token_only
from webapp.sources import Source


@route("/definitions/<string:old>/compare/<string:new>", tag="definitions")
@token_only
class BundleComparison(MethodView):
    """Two bundles of one item."""

    @answers("比较两个版本", ComparisonSchema, refused=(401, 403, 404, 422))
    def get(self, old: str, new: str) -> dict[str, Any]:
        """Compare two versions of an item: diagram, forms, tables, guide (admins, designers)."""
        sources.require_designer(visitor.actor())
        before, after = sources.find(old), sources.find(new)
        found = compare.compare(
            (before.reading, before.files), (after.reading, after.files), sources.WORDS
        )
        return {
            "item": after.reading.process.item,
            "old": before,
            "new": after,
            "same": found.same,
            "counts": found.counts(),
            "gaps": found.gaps,
            "changes": found.changes,
        }


@route("/definitions/<string:which>/budget", tag="definitions")
@token_only
class BundleBudget(MethodView):
    """The time budget of a bundle."""

    @answers("时间预算", BudgetsSchema, refused=(401, 403, 404, 422))
    def get(self, which: str) -> dict[str, Any]:
        """Add up the limits of the steps against each limit of the item (admins, designers)."""
        sources.require_designer(visitor.actor())
        found = sources.find(which)
        running = found.reading.running
        return {
            "item": running[0].item if running else "",
            "of": found,
            "budgets": definitions.budgets(running, found.version_id) if running else (),
        }


@route("/definitions/<string:ref>/play", tag="definitions")
@token_only
class BundlePlay(MethodView):
    """A play of a bundle."""

    @answers("在虚拟时钟上试办", PlaySceneSchema, refused=SENT)
    @takes(PlaySchema)
    def post(self, sent: dict[str, Any], ref: str) -> dict[str, Any]:
        """Walk moves through a bundle on a virtual clock; nothing is stored (designers)."""
        sources.require_designer(visitor.actor())
        return _scene(sources.find(ref).stage().play(_script(sent)))


@route("/definitions/<string:ref>/what-if", tag="definitions")
@token_only
class BundleWhatIf(MethodView):
    """A simulation of a bundle."""

    @answers("模拟", SimulatedSchema, refused=SENT)
    @takes(WhatIfSchema)
    def post(self, sent: dict[str, Any], ref: str) -> dict[str, Any]:
        """Simulate a bundle beside the running version; nothing is stored (designers)."""
        sources.require_designer(visitor.actor())
        source = sources.find(ref)
        source.stage()  # refuses what cannot run
        asked = simulating.question(source, _numbers(sent))
        asked.setup.check()
        sides = [_side(one, found) for one, found in simulating.summaries(asked)]
        return {"past_cases": asked.past.cases, "seed": asked.setup.seed, "sides": sides}


def _script(sent: Mapping[str, Any]) -> Script:
    """Read a play. Raises InvalidError for a move that is none."""
    moves = []
    for number, move in enumerate(sent["moves"]):
        named = {("for" if key == "for_" else key): value for key, value in move.items()}
        if not fits(named):
            wrong = Text(
                "每步应是 complete、sign、message、signal、advance 之一。",
                "A move is one of complete, sign, message, signal, advance.",
            )
            raise InvalidError(wrong, fields={f"moves.{number}": wrong})
        moves.append(named)
    morning = datetime.combine(civil_date(clock.now()), time(9), CIVIL_ZONE)
    files = tuple(sent["materials"])
    return Script(sent["began"] or morning, sent["answers"], sent["kind"], tuple(moves), files)


def _scene(scene: Scene) -> dict[str, Any]:
    return {
        "now": scene.now,
        "completed": scene.completed,
        "fault": scene.fault,
        "todos": [_todo(scene, one) for one in scene.todos],
        "awaited": scene.awaited,
        "deadlines": scene.deadlines,
        "notices": scene.notices,
        "done": sorted(scene.done),
        "steps_done": scene.record.done,
        "lacking": scene.lacking,
    }


def _todo(scene: Scene, one: Todo) -> dict[str, Any]:
    signed = scene.record.signatures(one)
    return {
        "element": one.element,
        "name": one.step.name,
        "department": one.department,
        "role": one.step.role,
        "for_": one.item,
        "opened_at": one.opened_at,
        "due": one.due,
        "outcomes": [outcome.code for outcome in one.step.outcomes],
        "form": one.step.form,
        "opinion": one.step.opinion,
        "persons": one.step.persons,
        "signatures": signed.count if signed is not None else 0,
        "hints": scene.record.hints(one, scene.now),
    }


def _numbers(sent: Mapping[str, Any]) -> dict[str, str]:
    """Write what was sent as the page's form would, so that both are read in one place."""
    plain = ("arrivals", "days", "replications", "seed")
    found = {name: str(sent[name]) for name in plain if sent[name] is not None}
    found |= {f"people-{post}": str(count) for post, count in sent["people"].items()}
    return found | {f"work-{element}": str(hours) for element, hours in sent["work"].items()}


def _side(source: Source, found: Summary) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in found.__dataclass_fields__},
        "ref": source.ref,
        "label": source.label,
        "faults": [{"why": why, "cases": cases} for why, cases in found.faults],
    }
