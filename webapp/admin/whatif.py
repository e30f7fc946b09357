"""What if: a bundle simulated beside the running version, with a progress bar and no script.

Every request makes one more run of each bundle and asks the browser to come again, until all are
made. Runs are remembered in the process; one that another process made is simply made again.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import bpmn, clock, clocks, definitions, people, whatif
from engine.bpmn.language import APPLICANT
from engine.clock import civil_date
from engine.definitions import calls
from engine.errors import InvalidError, NotFoundError
from engine.whatif import Course, Setup, StepFigures, Summary
from engine.whatif.simulate import Run
from forms.text import Text
from reports import past
from reports.past import Past
from webapp import sources
from webapp.admin.routes import blueprint
from webapp.admin.stages import post_name
from webapp.board.heat import marked
from webapp.doors import roles
from webapp.language import lang
from webapp.sources import Source

CACHED: Final = 60
#: Shares of tasks done after their limit from which a step counts as near the edge, and beyond.
NEAR, HOT = 0.05, 0.2
_runs: OrderedDict[tuple[str, str, int], Run] = OrderedDict()
_NUMBERS: Final = {
    "arrivals": Text("每个工作日的申请数", "Applications a working day"),
    "days": Text("模拟的工作日数", "Working days to simulate"),
    "replications": Text("重复次数", "Runs"),
    "seed": Text("随机种子", "Seed"),
}


@dataclass(frozen=True)
class Question:
    """A simulation as somebody asks for it: the bundle, the one beside it, and the numbers."""

    source: Source
    beside: Source | None
    past: Past
    setup: Setup
    #: The posts that the steps of the bundle name, with the people they have now.
    posts: Mapping[str, int]


@blueprint.get("/definitions/<string:ref>/what-if")
@roles("admin", "designer")
def what_if(ref: str) -> ResponseReturnValue:
    """Ask for numbers, or make the next run and show how far it is, or show what came of it."""
    source = sources.find(ref)
    try:
        asked = question(source, request.args)
        if "run" not in request.args:
            return _page(asked)
        asked.setup.check()
        return _next(asked, request.args.get("run", 0, type=int))
    except InvalidError as error:
        blank = question(source, {})
        return _page(blank, errors=error.fields or {"arrivals": error.message}), 422


def question(source: Source, given: Mapping[str, str]) -> Question:
    """Read what is asked for; what is left empty is taken from past cases and people.

    Raises InvalidError naming the fields that are no numbers.
    """
    reading, now = source.reading, clock.now()
    item = reading.process.item if reading.diagram is not None else ""
    known = past.of_item(item, reading.names, now)
    posts = _posts(source)
    errors: dict[str, Text] = {}
    number = partial(_number, given, errors)
    setup = Setup(
        civil_date(now),
        number("arrivals", round(known.arrivals, 2) or 1.0),
        people={post: int(number(f"people-{post}", count)) for post, count in posts.items()},
        each=1,
        work={**known.work, **_given(given, number)},
        delay=known.delay,
        outcomes=known.outcomes,
        mixes=known.mixes,
        days=int(number("days", 250)),
        replications=int(number("replications", 5)),
        seed=int(number("seed", 1)),
    )
    if errors:
        raise InvalidError(Text("请更正下列数值。", "Please correct these numbers."), fields=errors)
    return Question(source, _beside(source, item), known, setup, posts)


def _number(
    given: Mapping[str, str], errors: dict[str, Text], name: str, otherwise: float
) -> float:
    text = given.get(name, "").strip()
    if not text:
        return otherwise
    try:
        found = float(text[:20])
    except ValueError:
        found = float("nan")
    if found != found or abs(found) > 1e9:  # noqa: PLR0124 - not a number
        errors[name] = Text("请填写数字。", "Write a number.")
        return otherwise
    return found


def _given(given: Mapping[str, str], number: Any) -> dict[str, tuple[float, ...]]:
    """Read the hours of steps that were typed instead of taken from the past."""
    return {
        name.removeprefix("work-"): (number(name, 0.0),)
        for name, text in given.items()
        if name.startswith("work-") and text.strip()
    }


def _beside(source: Source, item: str) -> Source | None:
    """Find the running version, unless it is the one that is simulated."""
    try:
        running = definitions.newest(item)
    except NotFoundError:
        return None
    same = running.hash == definitions.bundle_hash(source.files)
    return None if same else sources.find(str(running.version_id))


def _posts(source: Source) -> dict[str, int]:
    """List the posts of a bundle, each with its people; of co-handlers all that could be asked."""
    reading = source.reading
    found: dict[str, int] = {}
    for step in (step for one in reading.running for step in one.steps.values()):
        if step.role == APPLICANT:
            continue
        named = [reading.process.lead if step.department == "lead" else step.department]
        if step.department in ("co", "each"):
            named = sorted(people.department_codes())
        for code in named:
            count = len(people.holders(code, step.role))
            if count or len(named) == 1:
                found[f"{code}:{step.role}"] = count
    return found


# --- running -----------------------------------------------------------------------------------
@lru_cache(maxsize=16)
def _course(digest: str, ref: str) -> Course:
    source = sources.find(ref)
    item = source.reading.item
    find = partial(calls.find, item.code if item else "", source.version_id)
    return Course(source.reading, digest, find)


def course_of(source: Source) -> Course:
    """Return the course of a bundle. Raises InvalidError for one that cannot run."""
    return _course(definitions.bundle_hash(source.files), source.ref)


def run_of(source: Source, setup: Setup, number: int) -> Run:
    """Return one run, made or remembered. Raises InvalidError."""
    key = definitions.bundle_hash(source.files), repr(setup), number
    if key not in _runs:
        _runs[key] = whatif.replicate(course_of(source), setup, clocks.calendar(), number)
    _runs.move_to_end(key)
    while len(_runs) > CACHED:
        _runs.popitem(last=False)
    return _runs[key]


def summary_of(source: Source, setup: Setup, count: int) -> Summary:
    """Put the first runs of a bundle together. Raises InvalidError."""
    runs = [run_of(source, setup, number) for number in range(count)]
    hours = whatif.Axis(clocks.calendar(), setup.first, 1).hours
    return whatif.summarise(course_of(source), setup, runs, hours)


def _sides(asked: Question) -> list[Source]:
    return [asked.source, *([asked.beside] if asked.beside is not None else [])]


def _next(asked: Question, number: int) -> ResponseReturnValue:
    """Make one more run of each bundle; show the bar, or at the end what came of it."""
    wanted = asked.setup.replications
    if number >= wanted:
        return _page(asked, [(one, summary_of(one, asked.setup, wanted)) for one in _sides(asked)])
    for one in _sides(asked):
        run_of(one, asked.setup, max(0, number))
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
    return marked(bpmn.draw(diagram, language=lang()), diagram.shapes, marks)


def _tone(one: StepFigures) -> str:
    late = one.late.mean if one.late is not None else 0.0
    return "overdue" if late > HOT else "near" if late > NEAR else "calm"


def _hours(value: float) -> str:
    return f"{value:.1f}h" if value < 100 else f"{value:.0f}h"


def _percent(value: float) -> str:
    return f"{value * 100:.0f}%"
