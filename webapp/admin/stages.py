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
from engine.cases import retelling
from engine.clock import CIVIL_ZONE, civil_date
from engine.completion import evaluate, missing_materials, required_materials
from engine.errors import InvalidError
from engine.playing import KINDS, Done, Record, Scene, Script, Stage, Todo
from forms import Form, Section, check_answers, parse_post, plausible, present
from forms.text import Text
from webapp.admin.desk import Desk, material_slots
from webapp.given import Given
from webapp.language import lang, t
from webapp.questions import (
    Question,
    error_links,
    only_changes_rows,
    questions,
    without_removed_row,
)
from webapp.sources import Source

EVERYBODY: Final = ""
#: The tick boxes that say a material is handed in.
TICKED: Final = "handed-in"
MAX_TICKED: Final = 200
GONE: Final = Text("这个待办已经不在了。", "This task is no longer open.")


@dataclass(frozen=True)
class Asked:
    """One request about a play: the bundle, the play so far, and who looks on."""

    source: Source
    script: Script | None = None
    #: ``department:role`` whose eyes to look with; empty: all.
    looks_as: str = EVERYBODY
    #: The task that is opened; empty: the first of those who look.
    at: str = ""
    #: What was typed into the application, and into the task that is open; what is wrong with it.
    typed: Mapping[str, Any] = field(default_factory=dict)
    given: Given | None = None
    #: Codes of the materials ticked as handed in; None: those that are on record.
    ticked: frozenset[str] | None = None
    kind: str = "first"
    began: str = ""
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
    script = Script(began, kind=_kind())
    if form is None:
        return replace(asked, script=script)
    raw, ticked = parse_post(form, without_removed_row(request.form)), _ticked()
    day = request.form.get("began", "")
    asked = replace(asked, typed=raw, ticked=ticked, kind=script.kind, began=day)
    if only_changes_rows(request.form):
        return replace(asked, added=request.form.get("_add", ""))
    checked = check_answers(form, raw, evaluate=evaluate, today=civil_date(began))
    item = asked.source.deployed().item
    missing = missing_materials(item, checked.answers, ticked, script.kind)
    if checked.errors or missing:
        return replace(asked, errors={**checked.errors, **missing})
    return replace(
        asked, script=replace(script, answers=checked.answers, materials=tuple(sorted(ticked)))
    )


def _kind() -> str:
    """Read what is applied for."""
    kind = request.form.get("kind", "first")
    return kind if kind in KINDS else "first"


def _ticked() -> frozenset[str]:
    """Read which materials are ticked as handed in."""
    return frozenset(request.form.getlist(TICKED)[:MAX_TICKED])


def fill(asked: Asked) -> Asked:
    """Put plausible answers into the form that is open, and hand in what it asks for."""
    if asked.script is None:
        typed = plausible.answers(asked.form) if asked.form else {}
        kind = _kind()
        needed = required_materials(asked.source.deployed().item, typed, kind)
        return replace(asked, typed=typed, kind=kind, ticked=frozenset(m.code for m in needed))
    scene = asked.stage.play(asked.script)
    desk = _desk(asked, scene)
    if desk is None:
        return asked
    return replace(asked, given=desk.filled(), ticked=_needed(desk))


def _needed(desk: Desk) -> frozenset[str]:
    """Return the materials that are there, those the step needs and those a notice names."""
    codes = {one["target"] for one in desk.entries if one["kind"] == "material"}
    needed = {slot.wanted.code for slot in desk.slots if slot.needed}
    return desk.record.materials | needed | codes


def complete(asked: Asked) -> Asked:
    """Complete the open task with the outcome whose button was pressed, or sign under it."""
    desk = _open_desk(asked)
    if desk is None:
        return replace(asked, at="", told=GONE)
    given, ticked = desk.typed(request.form), _ticked()
    asked = replace(asked, given=given, ticked=ticked)
    if only_changes_rows(request.form):
        return replace(asked, added=request.form.get("_add", ""))
    try:
        move = replace(desk, given=given, ticked=ticked).move()
    except InvalidError as error:
        return replace(asked, errors=error.fields)
    return _go_on(asked, move)


def sign(asked: Asked) -> Asked:
    """Sign, as the next person, just what was signed before."""
    desk = _open_desk(asked)
    move = desk.signing() if desk is not None else None
    return _go_on(asked, move) if move is not None else replace(asked, at="", told=GONE)


def _open_desk(asked: Asked) -> Desk | None:
    """Return the task that was sent; None when it is no longer open."""
    desk = _desk(asked, asked.stage.play(_script(asked)))
    return desk if desk is not None and desk.todo.id == asked.at else None


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
    script = _script(asked)
    day = civil_date(script.began).isoformat()
    return replace(
        asked, typed=script.answers, ticked=frozenset(script.materials), kind=script.kind,
        began=day, script=None, at="",
    )  # fmt: skip


ACTS: Final[Mapping[str, Callable[[Asked], Asked]]] = {
    "start": start,
    "fill": fill,
    "complete": complete,
    "sign": sign,
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
    return replace(asked, script=script, at="", given=None, ticked=None)


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
def _desk(asked: Asked, scene: Scene) -> Desk | None:
    """Return the task that is opened, with what was typed into it."""
    todo = _opened(asked, scene)
    if todo is None:
        return None
    of = replace(asked.source.deployed(), forms=scene.record.reading.forms)
    desk = Desk(of, scene.record, todo, scene.now)
    given = asked.given if asked.given is not None else desk.before()
    return replace(desk, given=given, ticked=asked.ticked, errors=asked.errors, added=asked.added)


def _opened(asked: Asked, scene: Scene) -> Todo | None:
    mine = [one for one in scene.todos if not asked.looks_as or post_of(one) == asked.looks_as]
    return next((one for one in mine if one.id == asked.at), mine[0] if mine else None)


def post_of(todo: Todo | Done) -> str:
    """Return for whom a task is, or who did it, as ``department:role``."""
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
    if asked.script is None:
        return _application(asked)
    scene = asked.stage.play(asked.script)
    desk, form = _desk(asked, scene), asked.form
    return {
        "source": asked.source,
        "asked": asked,
        "errors": asked.errors,
        "scene": scene,
        "script": playing.write(asked.script),
        "desk": desk,
        "todo": desk.todo if desk is not None else None,
        "item": asked.source.reading.item,
        "sections": present(form, scene.record.answers, lang()) if form else [],
        "done": [(one, _sections(scene.record, one)) for one in reversed(scene.record.done)],
        "links": desk.links if desk is not None else [],
        "posts": posts(asked.source, scene),
        "post_of": post_of,
        "post_name": post_name,
        "done_by": lambda one: t(post_name(post_of(one))),
        "svg": _picture(asked, scene),
    }


def _application(asked: Asked) -> dict[str, Any]:
    """Return what the page shows on which a play begins."""
    asked.stage  # noqa: B018 - refuses a bundle that cannot run
    form, of = asked.form, asked.source.deployed()
    offered = material_slots(of, asked.typed, asked.ticked or frozenset(), asked.kind)
    codes = {slot.wanted.code for slot in offered}
    own = {key: text for key, text in asked.errors.items() if key not in codes}
    files = [(f"material-{k}", text) for k, text in asked.errors.items() if k in codes]
    return {
        "source": asked.source,
        "asked": asked,
        "errors": asked.errors,
        "groups": _groups(asked, form) if form else [],
        "slots": offered,
        "links": [*(error_links(form, own) if form else []), *files],
        "kinds": KINDS,
        "began": asked.began or civil_date(clock.now()).isoformat(),
    }


def _groups(asked: Asked, form: Form) -> list[tuple[Text, list[Question]]]:
    """Return the questions of the application under the titles of its pages."""
    drawn = (
        (page.title, questions(form, page.key, asked.typed, asked.errors, added=asked.added))
        for page in form.pages
    )
    return [(title, shown) for title, shown in drawn if shown]


def _sections(record: Record, done: Done) -> list[Section]:
    form = record.reading.forms.get(done.step.form or "")
    return present(form, done.answers, lang()) if form is not None else []


def _picture(asked: Asked, scene: Scene) -> str:
    diagram = asked.source.reading.diagram
    if diagram is None:
        return ""
    public = asked.looks_as == APPLICANT
    return bpmn.draw(
        diagram, language=lang(), current=scene.current, done=scene.done, public=public
    )
