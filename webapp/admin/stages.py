"""What the pages of a play show, and what can be done on them; a play is carried by the page."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any, Final

from flask import request

from engine import bpmn, clock, people, playing
from engine.bpmn.language import APPLICANT
from engine.bpmn.model import Step
from engine.cases import evaluate, retelling
from engine.clock import CIVIL_ZONE, civil_date
from engine.errors import InvalidError
from engine.playing import KINDS, Scene, Script, Stage, Todo
from forms import Form, check_answers, parse_post, plausible
from forms.text import Text
from webapp.language import lang
from webapp.questions import error_links, only_changes_rows, questions, without_removed_row
from webapp.sources import Source

EVERYBODY: Final = ""


@dataclass(frozen=True)
class Asked:
    """One request about a play: the bundle, the play so far, and who looks on."""

    source: Source
    script: Script | None = None
    #: ``department:role`` whose eyes to look with; empty: all.
    looks_as: str = EVERYBODY
    #: The task that is opened; empty: the first of those who look.
    at: str = ""
    #: What was typed into the form that is open, and what is wrong with it.
    typed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Text] = field(default_factory=dict)
    added: str = ""
    told: Text | None = None

    @property
    def stage(self) -> Stage:
        """The bundle, ready to be played. Raises InvalidError when it has errors."""
        return self.source.stage()

    @property
    def form(self) -> Form | None:
        """The application form."""
        return self.source.reading.forms.get(self.source.reading.process.start_form or "")


def of_request(source: Source) -> Asked:
    """Read the play that a posted page carries. Raises InvalidError."""
    text = request.form.get("script", "")
    script = playing.read(text) if text else None
    looks_as, at = request.form.get("as", "")[:80], request.form.get("at", "")[:80]
    return Asked(source, script, looks_as, at)


def of_case(source: Source, number: str) -> Asked:
    """Begin with the play of a real case. Raises NotFoundError, InvalidError."""
    script = retelling.script_of(number, source.reading)
    told = Text(
        f"这是办件{number}的办理过程，个人信息已替换。",
        f"This is what was done in case {number}; personal data was replaced.",
    )
    return Asked(source, script, told=told)


# --- acts -----------------------------------------------------------------------------------------
def start(asked: Asked) -> Asked:
    """Hand in the application; what the form refuses is told at the question."""
    form, began = asked.form, _began()
    kind = request.form.get("kind", "first")
    script = Script(began, kind=kind if kind in KINDS else "first")
    if form is None:
        return replace(asked, script=script)
    post = without_removed_row(request.form)
    raw = parse_post(form, post)
    if only_changes_rows(request.form):
        return replace(asked, typed=raw, added=request.form.get("_add", ""))
    checked = check_answers(form, raw, evaluate=evaluate, today=civil_date(began))
    if checked.errors:
        return replace(asked, typed=raw, errors=checked.errors)
    return replace(asked, script=replace(script, answers=checked.answers))


def fill(asked: Asked) -> Asked:
    """Put plausible answers into the form that is open."""
    if asked.script is None:
        return replace(asked, typed=plausible.answers(asked.form) if asked.form else {})
    scene = asked.stage.play(asked.script)
    form = form_of(asked.source, _opened(asked, scene))
    today = civil_date(scene.now)
    return replace(asked, typed=plausible.answers(form, today=today) if form else {})


def complete(asked: Asked) -> Asked:
    """Complete the open task with the outcome whose button was pressed."""
    scene = asked.stage.play(_script(asked))
    todo = _opened(asked, scene)
    if todo is None or todo.id != asked.at:
        gone = Text("这个待办已经不在了。", "This task is no longer open.")
        return replace(asked, at="", told=gone)
    move: dict[str, Any] = {"complete": todo.element}
    if todo.step.outcomes:
        move["outcome"] = request.form.get("outcome", "")
    if todo.item:
        move["for"] = todo.item
    form = form_of(asked.source, todo)
    if form is not None:
        raw = parse_post(form, without_removed_row(request.form))
        if only_changes_rows(request.form):
            return replace(asked, typed=raw, added=request.form.get("_add", ""))
        checked = check_answers(form, raw, evaluate=evaluate, today=civil_date(scene.now))
        if checked.errors:
            return replace(asked, typed=raw, errors=checked.errors)
        move["answers"] = checked.answers
    return _go_on(asked, move)


def advance(asked: Asked) -> Asked:
    """Let time pass: to the next moment at which something is due, by a working day, to a date."""
    scene = asked.stage.play(_script(asked))
    how, target = request.form.get("how", "next"), scene.next_moment()
    if how == "day":
        return _go_on(asked, {"advance": "P1WD"})
    if how == "date":
        target = _date(request.form.get("until", ""), scene.now)
    if target is None:
        nothing = Text("没有什么会到期。", "Nothing is going to be due.")
        return replace(asked, told=nothing)
    return _go_on(asked, {"advance": _span(target - scene.now)})


def send(asked: Asked) -> Asked:
    """Let a message or signal come in that the play waits for."""
    kind, name = request.form.get("kind", "message"), request.form.get("name", "")[:200]
    move: dict[str, Any] = {"signal" if kind == "signal" else "message": name}
    key = request.form.get("key", "")[:200]
    if key and "message" in move:
        move["correlation"] = _value(key)
    return _go_on(asked, move)


def back(asked: Asked) -> Asked:
    """Take the last move back."""
    return replace(asked, script=_script(asked).back(), at="")


def look(asked: Asked) -> Asked:
    """Look with other eyes, or at another task."""
    return replace(asked, at=request.form.get("open", ""))


def over(asked: Asked) -> Asked:
    """Start over: with the application as it was."""
    return replace(asked, typed=_script(asked).answers, script=None, at="")


ACTS: Final[Mapping[str, Callable[[Asked], Asked]]] = {
    "start": start,
    "fill": fill,
    "complete": complete,
    "advance": advance,
    "send": send,
    "back": back,
    "look": look,
    "over": over,
}


def _script(asked: Asked) -> Script:
    if asked.script is None:
        raise InvalidError(
            Text("试办还没有开始，请先提交申请。", "The trial has not begun: hand in first.")
        )
    return asked.script


def _go_on(asked: Asked, move: Mapping[str, Any]) -> Asked:
    """Make a move, unless the diagram cannot go on that way: then say why and stay."""
    script = _script(asked).then(move)
    fault = asked.stage.play(script).fault
    if fault is not None:
        return replace(asked, told=fault)
    return replace(asked, script=script, at="")


def _began() -> datetime:
    today = civil_date(clock.now())
    day = _date(request.form.get("began", ""), None)
    morning = datetime.combine(today, time(9), CIVIL_ZONE)
    return day + timedelta(hours=9) if day is not None else morning


def _date(text: str, after: datetime | None) -> datetime | None:
    """Read a day; its first moment. Raises InvalidError for no day, and for one that is past."""
    if not text and after is None:
        return None
    try:
        found = datetime.fromisoformat(text.strip()[:10]).replace(tzinfo=CIVIL_ZONE)
    except ValueError as error:
        said = Text("请按 2026-03-02 的样子写日期。", "Write the date like 2026-03-02.")
        raise InvalidError(said, fields={"until": said}) from error
    if after is not None and not after < found < after + timedelta(days=3660):
        said = Text(
            "日期应在试办的当前时间之后，十年之内。", "The date must lie ahead, within ten years."
        )
        raise InvalidError(said, fields={"until": said})
    return found


def _span(length: timedelta) -> str:
    """Write a length of time for a path; whole minutes, rounded up so that what is due is due."""
    minutes = -(-length // timedelta(minutes=1))
    days, rest = divmod(minutes, 24 * 60)
    return f"P{days}D" if days and not rest else f"PT{minutes}M"


def _value(key: str) -> object:
    """Read a correlation value as it was written for the page; other text stands for itself."""
    try:
        found: object = json.loads(key)
    except ValueError:
        return key
    return found


# --- what is shown --------------------------------------------------------------------------------
def form_of(source: Source, todo: Todo | None) -> Form | None:
    """Return the form of a task; of a correction that of the application."""
    if todo is None:
        return None
    step, reading = todo.step, source.reading
    name = reading.process.start_form if step.act == "correct" and not step.form else step.form
    return reading.forms.get(name or "")


def _opened(asked: Asked, scene: Scene) -> Todo | None:
    mine = [one for one in scene.todos if not asked.looks_as or post_of(one) == asked.looks_as]
    return next((one for one in mine if one.id == asked.at), mine[0] if mine else None)


def post_of(todo: Todo) -> str:
    """Return for whom a task is, as ``department:role``."""
    return f"{todo.department}:{todo.step.role}" if todo.department else APPLICANT


def post_name(post: str) -> Text:
    """Say a post in words."""
    department, _, role = post.partition(":")
    if post == APPLICANT:
        return Text("申请人", "Applicant")
    unit, name = people.department_name(department), people.role_name(role)
    return Text(f"{unit.zh} · {name.zh}", f"{unit.en} · {name.en}")


def posts(source: Source, scene: Scene) -> list[tuple[str, Text]]:
    """List whose eyes one can look with: everybody's, and each post that has a step."""
    process = source.reading.process
    found = [_fixed(step, process.lead) for step in process.steps.values()]
    found += [post_of(one) for one in scene.todos]
    listed = dict.fromkeys([APPLICANT, *(one for one in found if one)])
    return [(EVERYBODY, Text("所有人", "Everybody")), *((one, post_name(one)) for one in listed)]


def _fixed(step: Step, lead: str) -> str:
    if step.department in ("co", "each") or not step.department:
        return ""
    return f"{lead if step.department == 'lead' else step.department}:{step.role}"


def values(asked: Asked) -> dict[str, Any]:
    """Return what the page of a play shows: the application, or how it stands."""
    shared = {"source": asked.source, "asked": asked, "errors": asked.errors}
    if asked.script is None:
        asked.stage  # noqa: B018 - refuses a bundle that cannot run
        form = asked.form
        shown = questions(form, None, asked.typed, asked.errors, added=asked.added) if form else []
        links = error_links(form, asked.errors) if form else []
        today = civil_date(clock.now())
        return {**shared, "questions": shown, "links": links, "kinds": KINDS, "today": today}
    scene = asked.stage.play(asked.script)
    todo = _opened(asked, scene)
    form = form_of(asked.source, todo)
    shown = questions(form, None, asked.typed, asked.errors, added=asked.added) if form else []
    return {
        **shared,
        "scene": scene,
        "script": playing.write(asked.script),
        "todo": todo,
        "questions": shown,
        "links": error_links(form, asked.errors) if form else [],
        "posts": posts(asked.source, scene),
        "post_of": post_of,
        "post_name": post_name,
        "svg": _picture(asked, scene),
    }


def _picture(asked: Asked, scene: Scene) -> str:
    diagram = asked.source.reading.diagram
    if diagram is None:
        return ""
    public = asked.looks_as == APPLICANT
    return bpmn.draw(
        diagram, language=lang(), current=scene.current, done=scene.done, public=public
    )
