"""What handing something in asks: a step's completion, an application with its materials. Pure.

Decided on facts that are given, for the work itself and for plays, so that both ask the same.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import orjson

from engine import feel
from engine.bpmn import duties
from engine.bpmn.duty import Facts
from engine.bpmn.model import Step
from engine.definitions.item import Item, Material
from engine.errors import InvalidError
from forms import Checked, Form, check_answers
from forms.text import Text, dated

MAX_OPINION: Final = 4000
MAX_CORRECTIONS: Final = 200
FIRST: Final = "first"
#: The act whose answers are the application's own, checked as a whole.
CORRECT: Final = "correct"


@dataclass(frozen=True)
class Doing:
    """What somebody does with a task: the outcome chosen and all that goes with it."""

    outcome: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    opinion: str = ""
    #: for ``correct``: ``{kind, target, label_zh, label_en, reason}`` for each point
    corrections: Sequence[Mapping[str, str]] = ()
    #: for a second ``correct``: what was not known when the first notice was sent
    new_facts: str = ""
    #: for ``not-competent``: the right agency
    agency: str = ""
    #: codes of the item's own reasons for refusal that were named
    reasons: Sequence[str] = ()


@dataclass(frozen=True)
class Deed:
    """A completed step, as far as later steps look at it."""

    act: str
    outcome: str
    answers: Mapping[str, Any]
    on: date
    #: the name of who did it; empty for nobody in particular
    name: str = ""


@dataclass(frozen=True)
class Application:
    """What was applied for, as it stands, with the points of the notice that is open."""

    item: Item
    form: Form
    answers: Mapping[str, Any]
    received_on: date
    kind: str = FIRST
    #: codes of the materials that are there
    materials: frozenset[str] = frozenset()
    entries: Sequence[Mapping[str, str]] = ()

    def changed(self, doing: Doing) -> dict[str, Any]:
        """Return the answers an applicant corrects: those named in the open notice."""
        named = {entry["target"] for entry in self.entries if entry["kind"] == "field"}
        return {key: value for key, value in doing.answers.items() if key in named}

    def corrected(self, doing: Doing) -> Checked:
        """Return the application's answers with those the applicant was asked to correct."""
        return check_answers(
            self.form,
            {**self.answers, **self.changed(doing)},
            evaluate=evaluate,
            today=self.received_on,
            refuse_unknown=False,
        )

    def lacking(self, doing: Doing) -> dict[str, Text]:
        """Check the application as corrected, as a whole, with its materials."""
        checked = self.corrected(doing)
        lacking = missing_materials(self.item, checked.answers, self.materials, self.kind)
        return {**checked.errors, **lacking}


def evaluate(expression: str, answers: Mapping[str, Any]) -> object:
    """Evaluate a form's FEEL condition; a question not answered yet is null."""
    return feel.compile_expression(expression).evaluate(answers, strict=False)


# --- materials ------------------------------------------------------------------------------------
def required_materials(item: Item, answers: Mapping[str, Any], kind: str = FIRST) -> list[Material]:
    """Return the materials an application of a kind with these answers must come with.

    Conditions see the kind as ``application_kind``: first, renewal, change, reissue.
    """
    answers = {**answers, "application_kind": kind}
    return [
        material
        for material in item.asked_for(kind)
        if material.source == "applicant"
        and material.required
        and (material.required_when is None or evaluate(material.required_when, answers) is True)
    ]


def missing_materials(
    item: Item, answers: Mapping[str, Any], present: frozenset[str] | set[str], kind: str = FIRST
) -> dict[str, Text]:
    """Return the materials these answers ask for that are not among ``present``."""
    return {
        material.code: Text(f"请上传“{material.name.zh}”。", f"Please upload “{material.name.en}”.")
        for material in required_materials(item, answers, kind)
        if material.code not in present
    }


# --- a step ---------------------------------------------------------------------------------------
def check(step: Step, form: Form | None, doing: Doing, today: date) -> Checked:
    """Check outcome, form and opinion of a completion: the answers, and what is wrong by field."""
    problems: dict[str, Text] = {}
    chosen = step.outcome(doing.outcome)
    if chosen is None:
        problems["outcome"] = Text("请选择一个办理结果。", "Choose one of the outcomes.")
    answers: dict[str, Any] = {}
    if form is not None:
        checked = check_answers(
            form,
            doing.answers,
            evaluate=evaluate,
            today=today,
            refuse_unknown=step.act != CORRECT,
        )
        answers, problems = checked.answers, {**problems, **checked.errors}
    needed = step.opinion == "required" or (chosen is not None and chosen.reasons_required)
    if needed and len(doing.opinion.strip()) < 2:
        problems["opinion"] = Text("请填写意见或理由。", "Write your opinion or the reasons.")
    if len(doing.opinion) > MAX_OPINION:
        problems["opinion"] = Text(
            f"意见最多{MAX_OPINION}字。", f"An opinion has at most {MAX_OPINION} characters."
        )
    return Checked(answers, problems)


def lacking(
    step: Step,
    doing: Doing,
    *,
    asked_before: Callable[[], bool],
    application: Callable[[], Application],
) -> dict[str, Text]:
    """Return what an outcome needs and was not given, by field.

    ``asked_before``: whether a correction notice was sent already. Both are asked only if needed.
    """
    if (step.act, doing.outcome) == ("accept", CORRECT):
        return _lacking_points(doing) | _lacking_new_facts(doing, asked_before)
    if (step.act, doing.outcome) == ("accept", "not-competent") and not doing.agency.strip():
        return {"agency": Text("请写明应向哪个机关申请。", "Name the agency to apply to.")}
    return application().lacking(doing) if step.act == CORRECT else {}


def _lacking_points(doing: Doing) -> dict[str, Text]:
    if not doing.corrections or len(doing.corrections) > MAX_CORRECTIONS:
        return {
            "corrections": Text(
                "请一次列出全部需要补正的内容，至少一处。",
                "List everything to be corrected at once, at least one point.",
            )
        }
    return {
        f"corrections.{index}": Text("请写明要求。", "Say what is asked.")
        for index, entry in enumerate(doing.corrections)
        if not str(entry.get("reason", "")).strip()
    }


def _lacking_new_facts(doing: Doing, asked_before: Callable[[], bool]) -> dict[str, Text]:
    """Ask what is new before a second notice: the law knows one only (许可法 32(1)(4))."""
    if len(doing.new_facts.strip()) >= 2 or not asked_before():
        return {}
    return {
        "new_facts": Text(
            "已经一次性告知过。再次告知须写明上次告知后才出现的新情况，并将告知监察人员。",
            "The one notice was sent already. A second one needs facts that are new since then; "
            "supervisors are told.",
        )
    }


def unlawful(form: Form | None, facts: Facts) -> dict[str, Text]:
    """Return what the law has against completing a step this way, by field."""
    duty = duties.of_step(facts.step)
    if duty is None:
        return {}
    asked = form.keys if form is not None else frozenset()
    said = Text("请填写这一项。", "This must be answered.")
    blank = {
        key.name: said
        for key in duty.keys
        if key.name in asked and facts.answers.get(key.name) in (None, "", [])
    }
    return {**duty.faults(facts), **blank}


def hints(facts: Facts, assigned_by: date | None) -> list[Text]:
    """Return what whoever does an open task should know of the law beforehand.

    ``assigned_by``: the last day on which inspectors are to be assigned (许可法 55), if there is
    one.
    """
    duty = duties.of_step(facts.step)
    found = duty.hints(facts) if duty is not None else []
    if assigned_by is None:
        return found
    within, day = duties.ASSIGNED_WITHIN, assigned_by
    said = Text(
        f"须在受理后{within}个工作日内（{day.month}月{day.day}日前）指派两名以上工作人员（许可法55）。",
        f"Two or more of the staff are assigned within {within} working days of "
        f"acceptance, by {dated(day).en} (art. 55).",
    )
    return [*found, said]


def hearing(deeds: Iterable[Deed]) -> dict[str, Any]:
    """Tell what was done about a hearing in a case, and who has reviewed it so far."""
    found: dict[str, Any] = {"reviewers": frozenset()}
    for deed in deeds:
        if deed.act == duties.RequestHearing.act:
            found["asked_on"] = deed.on if deed.outcome == "request" else None
        elif deed.act == duties.HearingNotice.act:
            found["hearing"] = duties.NOTICED
            found["hearing_on"] = _day(deed.answers.get("hearing_at"))
        elif deed.act == duties.Hearing.act:
            found["hearing"] = duties.HELD
        elif deed.act in duties.REVIEWS and deed.name:
            found["reviewers"] |= {deed.name}
    return found


def _day(value: Any) -> date | None:
    """Read a day; None for what is none, as a play may have it."""
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None


def barred_by(step: Step, steps: Sequence[Step], *, combined: bool) -> set[str]:
    """Return the steps whose doer may not do this one (separation of posts; 许可法 48(3)).

    ``combined``: an item marked 审核合一, where accepting and deciding may be one person.
    """
    barred = set(step.not_same_as)
    if combined:
        barred -= {one.element for one in steps if one.act == "accept"}
    return barred | duties.apart(step, steps)


def digest(doing: Doing, answers: Mapping[str, Any]) -> str:
    """Return the hash of what somebody signs: outcome, opinion and clean answers."""
    content = [doing.outcome, doing.opinion.strip(), answers]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def incomplete(problems: Mapping[str, Text]) -> InvalidError:
    """Make the answer for a completion with something wrong, each at its field."""
    return InvalidError(
        Text("请更正下列各项，尚未提交。", "Please correct the points below; nothing was sent."),
        fields=dict(problems),
    )
