"""A case as its applicant follows it: position, steps, what is asked, what others may see."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage, MultiDict

from engine import bpmn, cases, clock, clocks, licences, tasks
from engine.cases import CaseFile, Progress
from engine.cases import materials as files
from engine.errors import NotFoundError
from engine.permissions import APPLICANT_ROLE, Actor
from forms import Form, Section, parse_post, present
from forms.text import Text
from webapp import language, licensed, questions, visitor
from webapp.portal import applying
from webapp.portal.usual import usual_steps

#: a file input of the page that answers a notice: ``file-<code of the material>``
FILE = "file-"
HANDED_IN = Text("已提交，办理机关将继续办理。", "Sent. The department goes on with your case.")
KEPT = Text(
    "已保存，尚未提交。请记得在期限内提交。", "Saved, not sent yet. Remember to send it in time."
)
#: a person's name as identity papers write it; names of firms are longer
_PERSON = re.compile(r"[\u4e00-\u9fff·]{2,5}")


@dataclass(frozen=True)
class Asked:
    """What the applicant is asked to do now, with everything needed to answer it in place."""

    task: Any
    file: CaseFile
    correction: Any
    answers: Mapping[str, Any]
    errors: Mapping[str, Text] = field(default_factory=dict)
    added: str = ""

    @property
    def step(self) -> Any:
        """Return the step of the diagram."""
        return self.file.bundle.step(self.task.element)

    @property
    def hints(self) -> Sequence[Text]:
        """Return what the law says of this step."""
        return tasks.hints(self.task, clock.now())

    @property
    def entries(self) -> Sequence[Mapping[str, str]]:
        """Return the points of the notice."""
        return self.correction.entries if self.correction is not None else ()

    @property
    def form(self) -> Form | None:
        """Return the step's own form."""
        return self.file.bundle.forms.get(self.step.form or "")

    @property
    def named(self) -> list[questions.Question]:
        """Return the questions of the application that the notice names, with their answers."""
        targets = {entry["target"] for entry in self.entries if entry["kind"] == "field"}
        form = self.file.bundle.application_form
        answers = {**self.file.case.answers, **self.answers}
        drawn = questions.questions(form, None, answers, self.errors, added=self.added)
        return [q for q in drawn if q.field.key and q.field.key in targets]

    @property
    def own(self) -> list[questions.Question]:
        """Return the questions of the step's own form."""
        if self.form is None:
            return []
        return questions.questions(self.form, None, self.answers, self.errors, added=self.added)

    @property
    def slots(self) -> list[applying.Slot]:
        """Return the materials that can be added now: those the notice names come first."""
        codes = [entry["target"] for entry in self.entries if entry["kind"] == "material"]
        answers = {**self.file.case.answers, **self.answers}
        kind = self.file.case.application_kind
        found = applying.slots(self.file.bundle, answers, self.file.materials, kind)
        return sorted(found, key=lambda slot: slot.wanted.code not in codes)

    @property
    def named_materials(self) -> frozenset[str]:
        """Return the codes of the materials that the notice names."""
        return frozenset(e["target"] for e in self.entries if e["kind"] == "material")

    @property
    def links(self) -> list[tuple[str, Text]]:
        """Return where each error leads."""
        codes = {slot.wanted.code for slot in self.slots}
        own = {k: v for k, v in self.errors.items() if k not in codes}
        forms = [self.file.bundle.application_form, *([self.form] if self.form else [])]
        found: list[tuple[str, Text]] = []
        for form in forms:
            mine = {k: v for k, v in own.items() if k.partition(".")[0] in form.keys}
            found += questions.error_links(form, mine)
        named = [(f"material-{k}", v) for k, v in self.errors.items() if k in codes]
        rest = [v for k, v in own.items() if not any(k.partition(".")[0] in f.keys for f in forms)]
        return [*found, *named, *(("answer", text) for text in rest)]


def asked(number: str, task_id: str, actor: Actor, post: Any = None) -> Asked:
    """Return what one open task asks of the applicant, filled with what was typed.

    Raises NotFoundError for the case or the task of somebody else.
    """
    file = cases.file_of(cases.find(number, actor))
    task = next((t for t in file.tasks if t.id == task_id and t.role == APPLICANT_ROLE), None)
    if task is None:
        raise NotFoundError(
            Text("没有找到需要您办理的这件事。", "There is no such thing for you to do.")
        )
    correction = cases.life.open_correction(file.case) if task.act == "correct" else None
    stored = task.draft.get("answers", {})
    found = Asked(task, file, correction, stored)
    return found if post is None else with_typed(found, post)


def with_typed(found: Asked, post: "MultiDict[str, str]") -> Asked:
    """Return the same with the answers of a posted form."""
    kept = questions.without_removed_row(post)
    keys = {question.field.key for question in found.named}
    everything = parse_post(found.file.bundle.application_form, kept)
    answers = {key: value for key, value in everything.items() if key in keys}
    if found.form is not None:
        answers |= parse_post(found.form, kept)
    added = post.get(questions.ADD, "")
    return Asked(found.task, found.file, found.correction, answers, added=added)


def keep(
    found: Asked, post: Mapping[str, str], sent: Mapping[str, FileStorage], actor: Actor
) -> None:
    """Keep, in the open transaction, what was typed, and take in or out the files.

    Raises InvalidError naming the material whose file was refused.
    """
    tasks.save(found.task.id, {"answers": dict(found.answers)}, actor=actor)
    for name, storage in sent.items():
        if name.startswith(FILE) and storage.filename:
            given = (storage.filename, storage.read())
            code = name.removeprefix(FILE)
            files.add_to_case(found.file.case, code, given, actor=actor, now=clock.now())
    removed = post.get("_remove_file", "")
    if removed.isdigit():
        files.remove(int(removed), actor=actor, now=clock.now())


def only_keeps(post: Mapping[str, str]) -> bool:
    """Say whether the form was sent to keep things or change rows, not to hand it in."""
    keeps = any(name in post for name in ("_upload", "_remove_file", "_later"))
    return keeps or questions.only_changes_rows(post)


def hand_in(found: Asked, outcome: str, actor: Actor) -> None:
    """Complete the applicant's task, in the open transaction. Raises as ``tasks.complete``."""
    doing = tasks.Doing(outcome, answers=found.answers)
    tasks.complete(found.task.id, doing, actor=actor, now=clock.now())


def show(number: str, task_id: str, errors: Mapping[str, Text]) -> str:
    """Show the page again with what is wrong; what was typed is still there."""
    found = asked(number, task_id, visitor.actor(), request.form)
    found = replace(found, errors=errors)
    return render_template("portal/answer.html", found=found, case=found.file.case)


def after_answer(number: str, task_id: str) -> ResponseReturnValue:
    """Go on after a form that was kept (same page) or handed in (the case)."""
    post = request.form
    if not only_keeps(post):
        flash(language.t(HANDED_IN), "good")
    elif questions.only_changes_rows(post):
        found = asked(number, task_id, visitor.actor(), request.form)
        return render_template("portal/answer.html", found=found, case=found.file.case)
    elif "_later" not in post:
        code = post.get("_upload") or post.get("_code", "")
        return redirect(
            url_for(".answer", number=number, task_id=task_id) + f"#material-{code}", 303
        )
    else:
        flash(language.t(KEPT), "good")
    return redirect(url_for("portal.case", number=number), 303)


def view(file: CaseFile) -> dict[str, Any]:
    """Return what every page about a case shows: position, steps, diagram, time left."""
    progress = cases.progress(file.case, file)
    return {
        "case": file.case,
        "file": file,
        "progress": progress,
        "svg": diagram(file, progress),
        "entries": timeline(file, progress),
        "left": clocks.left(progress.due_at, clock.now()) if progress.due_at else None,
    }


def clock_of(case: Any, actor: Actor) -> dict[str, Any]:
    """Return every limit of a case with its explanation, and whether it may be withdrawn now."""
    return {
        "hands": cases.clockface.hands(case, actor),
        "emergency": cases.emergencies.words(case),
        "may_withdraw": cases.withdrawing.why_not(case, actor) is None,
    }


def open_tasks(file: CaseFile) -> list[Any]:
    """Return what the applicant is asked to do now."""
    return [t for t in file.tasks if t.state == "open" and t.role == APPLICANT_ROLE]


def answered(file: CaseFile) -> list[Section]:
    """Return the application as people read it."""
    return present(file.bundle.application_form, file.case.answers, language.lang())


def diagram(file: CaseFile, progress: Progress) -> str:
    """Draw the item's process with the case's position on it."""
    return bpmn.draw(
        file.bundle.diagram,
        language=language.lang(),
        current=progress.current,
        done=progress.done,
        public=True,
    )


def timeline(file: CaseFile, progress: Progress) -> list[dict[str, Any]]:
    """Return the steps for the timeline: done, current, and those that ordinarily come."""
    coming = usual_steps(file.bundle.running, progress.current)
    return [
        {
            "title": language.t(state.step.name),
            "by": language.t(state.department),
            "at": state.at,
            "state": state.state,
            "text": _until(state.due_at) if state.state == "current" else "",
        }
        for state in progress.steps
        if state.state != "todo" or state.step.element in coming
    ]


def licence_behind(document: Any) -> dict[str, Any]:
    """Return the licence a document is about, as it stands today, for who checks the paper."""
    licence = licences.of_paper(document)
    if licence is None:
        return {"licence": None}
    return {
        "licence": licence,
        "standing": licensed.standing(licence),
        "tones": licensed.TONES,
        "replaced": document.kind == "licence" and licence.paper != document.verify_code,
    }


def masked(name: str) -> str:
    """Hide a person's name but for the family name; a firm's name is public."""
    if _PERSON.fullmatch(name):
        return name[0] + "*" * (len(name) - 1)
    return name


def _until(due_at: Any) -> str:
    if due_at is None:
        return ""
    day = language.format_due(due_at)
    return language.t(f"本环节最晚{day}完成", f"This step is due on {day} at the latest")
