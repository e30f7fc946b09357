"""An application on its way: its pages, where it stands, what each page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from engine import cases, clock
from engine.cases import materials
from engine.definitions import Bundle, bundle
from engine.definitions.item import Material as Wanted
from forms import Page, Section, parse_post, present, visible_pages
from forms.text import Text
from webapp import language, questions

MATERIALS = Text("上传材料", "Upload materials")
CHECK = Text("核对并提交", "Check and submit")


@dataclass(frozen=True)
class Stage:
    """One page of the guided application: a question group, the materials, or the last check."""

    title: Text
    path: str
    number: int


@dataclass(frozen=True)
class Slot:
    """One material asked for, with the files given so far."""

    wanted: Wanted
    needed: bool
    files: Sequence[Any]


@dataclass(frozen=True)
class Application:
    """A draft together with the version it is written on."""

    draft: Any
    bundle: Bundle

    @property
    def pages(self) -> tuple[Page, ...]:
        """Return the question groups that the answers so far call for, without the declaration."""
        around = questions.situation(self.draft.answers)
        visible = visible_pages(
            self.bundle.application_form,
            self.draft.answers,
            evaluate=around.evaluate,
            today=around.today,
        )
        return tuple(page for page in visible if page != self.declaration)

    @property
    def declaration(self) -> Page | None:
        """Return the form's own declaration, asked for where the application is handed in.

        It is the last page when it asks for nothing but a promise: ticks that must be set.
        """
        last = self.bundle.application_form.pages[-1]
        promises = [item.required and item.template == "checkbox" for item in last.inputs]
        return last if promises and all(promises) else None

    @property
    def stages(self) -> list[Stage]:
        """Return all pages of the application in order."""
        of = self.draft.id
        paths = [(p.title, page_path(of, p.key)) for p in self.pages]
        if self.slots:
            paths.append((MATERIALS, url_for("portal.materials", draft_id=of)))
        paths.append((CHECK, url_for("portal.check", draft_id=of)))
        return [Stage(title, path, n) for n, (title, path) in enumerate(paths, 1)]

    @property
    def slots(self) -> list[Slot]:
        """Return the materials to upload: those needed by these answers, and the optional ones."""
        given = materials.of_draft(self.draft)
        return slots(self.bundle, self.draft.answers, given, self.draft.application_kind)

    def stage(self, path: str) -> Stage:
        """Return the stage of a path; the first one for a page the answers no longer call for."""
        return next((s for s in self.stages if s.path == path), self.stages[0])

    def before(self, stage: Stage) -> str | None:
        """Return the path of the page before, None on the first."""
        return self.stages[stage.number - 2].path if stage.number > 1 else None

    def after(self, stage: Stage) -> str:
        """Return the path of the page that follows; the last check has none but itself."""
        stages = self.stages
        return stages[min(stage.number, len(stages) - 1)].path

    def first_open(self) -> str:
        """Return the page to go on with: the first that still lacks something."""
        missing = cases.missing(self.draft, now=clock.now())
        form = self.bundle.application_form
        lacking = {page.key for key in missing.answers if (page := form.page_of(key))}
        for page in self.pages:
            if page.key in lacking:
                return page_path(self.draft.id, page.key)
        if missing.materials:
            return url_for("portal.materials", draft_id=self.draft.id)
        return url_for("portal.check", draft_id=self.draft.id)

    def answered(self) -> list[Section]:
        """Return all answers as people read them, questions left blank included."""
        answers = self.draft.answers
        sections = present(
            self.bundle.application_form,
            answers,
            language.lang(),
            situation=questions.situation(answers),
        )
        return [s for s in sections if self.declaration is None or s.page != self.declaration.key]

    def lacks(self) -> list[tuple[str, Text]]:
        """Return what still keeps it from being submitted, each with the page that mends it."""
        missing = cases.missing(self.draft, now=clock.now())
        form = self.bundle.application_form
        found = []
        for key, (target, text) in zip(
            questions.error_keys(form, missing.answers),
            questions.error_links(form, missing.answers),
            strict=True,
        ):
            page = form.page_of(key)
            if page is not None and page != self.declaration:
                found.append((f"{page_path(self.draft.id, page.key, check=1)}#{target}", text))
        upload = url_for("portal.materials", draft_id=self.draft.id)
        found += [(f"{upload}#material-{code}", text) for code, text in missing.materials.items()]
        return found


def subject_of(draft: Any) -> str:
    """Return what a draft is about, as far as it has been written; may be empty."""
    return str(draft.answers.get(bundle(draft.version_id).item.subject_field) or "")


def load(draft_id: str, actor: Any) -> Application:
    """Return one of the actor's own applications. Raises NotFoundError."""
    draft = cases.get_draft(draft_id, actor)
    return Application(draft, bundle(draft.version_id))


def page_path(draft_id: str, page: str, check: int | None = None) -> str:
    """Return the address of a question group; ``check`` leads back to the last check."""
    return url_for("portal.page", draft_id=draft_id, page_key=page, check=check)


def typed_answers(
    application: Application, page: str, post: "MultiDict[str, str]"
) -> dict[str, Any]:
    """Take the answers of a page out of a posted form, without a row that was removed."""
    form = application.bundle.application_form
    return parse_post(form, questions.without_removed_row(post), page)


def page_view(
    application: Application,
    page: str,
    answers: Mapping[str, Any] | None = None,
    errors: Mapping[str, Text] | None = None,
    *,
    added: str = "",
) -> dict[str, Any]:
    """Return what the template of a question group shows."""
    form = application.bundle.application_form
    known = {**application.draft.answers, **(answers or {})}
    stage = application.stage(page_path(application.draft.id, page))
    return {
        "application": application,
        "item": application.bundle.item,
        "page": form.page(page),
        "stage": stage,
        "stages": application.stages,
        "before": application.before(stage),
        "questions": questions.questions(form, page, known, errors, added=added),
        "links": questions.error_links(form, errors or {}),
        "refreshes": questions.has_conditions(form, page),
        "action": page_path(application.draft.id, page),
    }


def slots(of: Bundle, answers: Mapping[str, Any], files: Sequence[Any], kind: str) -> list[Slot]:
    """Return the materials an applicant can upload, given the answers, with the files so far."""
    needed = {wanted.code for wanted in cases.required_materials(of, answers, kind)}
    found = []
    asked = of.item.asked_for(kind)
    for wanted in of.item.materials:
        given = [file for file in files if file.code == wanted.code]
        offered = (
            wanted.source == "applicant"
            and wanted in asked
            and (wanted.code in needed or wanted.required_when is None)
        )
        if offered or given:
            found.append(Slot(wanted, wanted.code in needed, given))
    return found


def accept_of(wanted: Wanted) -> str:
    """Return the file types of a material for the browser's file dialog."""
    more = [".jpeg"] if "jpg" in wanted.types else []
    return ",".join([*(f".{kind}" for kind in wanted.types), *more])
