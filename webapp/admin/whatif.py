"""What if: a bundle simulated beside the running version, with a progress bar and no script.

Every request makes one more run of each bundle and asks the browser to come again, until all are
made. Runs are remembered in the process; one that another process made is simply made again.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import bpmn
from engine.errors import InvalidError
from engine.whatif import StepFigures, Summary
from forms.text import Text
from webapp import simulating, sources
from webapp.admin.playing import refused
from webapp.admin.routes import blueprint
from webapp.admin.stages import post_name
from webapp.board.heat import marked
from webapp.doors import roles
from webapp.language import lang
from webapp.simulating import Question
from webapp.sources import Source

#: Shares of tasks done after their limit from which a step counts as near the edge, and beyond.
NEAR, HOT = 0.05, 0.2
_NUMBERS: Final = {
    "arrivals": Text("每个工作日的申请数", "Applications a working day"),
    "days": Text("模拟的工作日数", "Working days to simulate"),
    "replications": Text("重复次数", "Runs"),
    "seed": Text("随机种子", "Seed"),
}


@blueprint.get("/definitions/<string:ref>/what-if")
@roles("admin", "designer")
def what_if(ref: str) -> ResponseReturnValue:
    """Ask for numbers, or make the next run and show how far it is, or show what came of it."""
    source = sources.find(ref)
    if not source.reading.compiled:
        return refused(source)
    try:
        asked = simulating.question(source, request.args)
        if "run" not in request.args:
            return _page(asked)
        asked.setup.check()
        return _next(asked, request.args.get("run", 0, type=int))
    except InvalidError as error:
        blank = simulating.question(source, {})
        return _page(blank, errors=error.fields or {"arrivals": error.message}), 422


def _next(asked: Question, number: int) -> ResponseReturnValue:
    """Make one more run of each bundle; show the bar, or at the end what came of it."""
    wanted = asked.setup.replications
    if number >= wanted:
        return _page(asked, simulating.summaries(asked))
    for one in simulating.sides(asked):
        simulating.run_of(one, asked.setup, max(0, number))
    done = max(0, number) + 1
    query = urlencode({**request.args.to_dict(), "run": done})
    page = render_template(
        "admin/whatif_running.html", source=asked.source, done=done, total=wanted
    )
    answer: Response = make_response(page)
    answer.headers["Refresh"] = f"0; url={request.path}?{query}"
    return answer


# --- showing -----------------------------------------------------------------------------------
def _page(
    asked: Question,
    found: list[tuple[Source, Summary]] | None = None,
    errors: Mapping[str, Text] | None = None,
) -> str:
    return render_template(
        "admin/whatif.html",
        source=asked.source,
        asked=asked,
        setup=asked.setup,
        numbers=_NUMBERS,
        given=request.args,
        errors=errors or {},
        found=found or [],
        rows=_rows(found or []),
        loads=_loads(found or []),
        pictures=[(one, _picture(one, summary)) for one, summary in found or []],
        steps=[s for one in asked.source.reading.running for s in one.steps.values()],
        usual=_usual(asked),
        post_name=post_name,
        hours=_hours,
        percent=_percent,
    )


def _usual(asked: Question) -> dict[str, Text]:
    """Say for each step what is known of its hours."""
    said = {}
    for name, values in asked.past.work.items():
        mean, count = sum(values) / len(values), len(values)
        said[name] = Text(
            f"过去平均{mean:.1f}小时（{count}个样本）",
            f"{mean:.1f} hours in the past ({count} samples)",
        )
    return said


def _rows(found: list[tuple[Source, Summary]]) -> list[tuple[Text, list[StepFigures | None]]]:
    """Put the steps of both sides beside each other, in the order of the first."""
    sides = [{one.element: one for one in summary.steps} for _, summary in found]
    names: dict[str, Text] = {}
    for source, summary in found:
        steps = {k: s for one in source.reading.running for k, s in one.steps.items()}
        for one in summary.steps:
            names.setdefault(one.element, steps[one.element].name)
    return [(name, [side.get(key) for side in sides]) for key, name in names.items()]


def _loads(found: list[tuple[Source, Summary]]) -> list[tuple[Text, list[Any]]]:
    sides = [{one.post: one for one in summary.posts} for _, summary in found]
    posts = dict.fromkeys(post for side in sides for post in side)
    return [(post_name(post), [side.get(post) for side in sides]) for post in posts]


def _picture(source: Source, summary: Summary) -> Markup:
    diagram = source.reading.diagram
    if diagram is None:
        return Markup()
    marks = {one.element: (_hours(one.wait.mean), _tone(one)) for one in summary.steps}
    return marked(bpmn.draw(diagram, language=lang()), bpmn.pictured(diagram).shapes, marks)


def _tone(one: StepFigures) -> str:
    late = one.late.mean if one.late is not None else 0.0
    return "overdue" if late > HOT else "near" if late > NEAR else "calm"


def _hours(value: float) -> str:
    return f"{value:.1f}h" if value < 100 else f"{value:.0f}h"


def _percent(value: float) -> str:
    return f"{value * 100:.0f}%"
