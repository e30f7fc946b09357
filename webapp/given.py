"""What somebody has put into a task's form: read from a post or a draft, shown again, handed on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.bpmn.model import Step
from engine.definitions import Bundle
from engine.tasks import Doing
from forms import Form, parse_post, present
from forms.text import Text
from webapp.language import lang, t
from webapp.questions import error_links, without_removed_row

#: names of the inputs of the correction notice: ``fix=field:company``, ``why:field:company=…``
FIX, WHY = "fix", "why:"
OTHER = "other:"
NAMES = {"fix": FIX, "why": WHY, "other": OTHER}
_OTHER_LABEL = Text("其他", "Other")
#: Where the message about a part of the task's own form leads.
_PLACES = {
    "outcome": "outcomes", "opinion": "opinion", "agency": "agency", "new_facts": "new_facts",
}  # fmt: skip


@dataclass(frozen=True)
class Given:
    """The contents of a task's form, as typed and not yet checked."""

    outcome: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    opinion: str = ""
    #: codes of the item's refusal reasons that were ticked
    reasons: tuple[str, ...] = ()
    #: ``kind:target`` of every point to be corrected, with what is asked
    fixes: Mapping[str, str] = field(default_factory=dict)
    agency: str = ""
    new_facts: str = ""

    @classmethod
    def from_post(cls, of: Bundle, step: Step, post: "MultiDict[str, str]") -> "Given":
        """Read a posted form."""
        form = of.forms.get(step.form or "")
        return cls(
            outcome=post.get("outcome", ""),
            answers=parse_post(form, without_removed_row(post)) if form else {},
            opinion=post.get("opinion", "").replace("\r\n", "\n").strip(),
            reasons=tuple(post.getlist("reason")),
            fixes={point: post.get(WHY + point, "").strip() for point in post.getlist(FIX)},
            agency=post.get("agency", "").strip(),
            new_facts=post.get("new_facts", "").strip(),
        )

    @classmethod
    def from_draft(cls, draft: Mapping[str, Any]) -> "Given":
        """Read what was kept before, by this page or by a first signature."""
        return cls(
            outcome=str(draft.get("outcome", "")),
            answers=dict(draft.get("answers", {})),
            opinion=str(draft.get("opinion", "")),
            reasons=tuple(draft.get("reasons", ())),
            fixes=dict(draft.get("fixes", {})),
            agency=str(draft.get("agency", "")),
            new_facts=str(draft.get("new_facts", "")),
        )

    def draft(self) -> dict[str, Any]:
        """Return what to keep, so that ``from_draft`` gives the same again."""
        return {
            "outcome": self.outcome,
            "answers": dict(self.answers),
            "opinion": self.opinion,
            "reasons": list(self.reasons),
            "fixes": dict(self.fixes),
            "agency": self.agency,
            "new_facts": self.new_facts,
        }

    def doing(self, of: Bundle, step: Step) -> Doing:
        """Return it as the engine takes it: reasons written out, every point named."""
        return Doing(
            outcome=self.outcome,
            answers=dict(self.answers),
            opinion=self._with_reasons(of, step),
            corrections=list(_named(of, self.fixes)),
            agency=self.agency,
            new_facts=self.new_facts,
            reasons=self._named_reasons(of, step),
        )

    def asked_for(self, of: Bundle) -> list[tuple[Text, str]]:
        """Return the points to be corrected: what it is, and what is asked."""
        return [(_label(of, *_split(point)), reason) for point, reason in self.fixes.items()]

    def point_label(self, of: Bundle, key: str) -> Text | None:
        """Name the point of the correction notice that an error ``corrections.2`` is about."""
        kind, _, number = key.partition(".")
        points = list(self.fixes)
        if kind != "corrections" or not number.isdecimal() or int(number) >= len(points):
            return None
        return _label(of, *_split(points[int(number)]))

    def _named_reasons(self, of: Bundle, step: Step) -> list[str]:
        """Return the item's reasons that were ticked, where the outcome asks for reasons."""
        chosen = step.outcome(self.outcome)
        if chosen is None or not chosen.reasons_required:
            return []
        return [r.code for r in of.item.refusal_reasons if r.code in self.reasons]

    def _with_reasons(self, of: Bundle, step: Step) -> str:
        """Write the ticked reasons out before the free text, where the outcome asks for reasons."""
        chosen = step.outcome(self.outcome)
        if chosen is None or not chosen.reasons_required:
            return self.opinion
        named = self._named_reasons(of, step)
        ticked = [r for r in of.item.refusal_reasons if r.code in named]
        lines = [f"{r.text.zh}（{r.article}）" if r.article else r.text.zh for r in ticked]
        return "\n".join([*lines, self.opinion]).strip()


def _named(of: Bundle, fixes: Mapping[str, str]) -> Iterable[dict[str, str]]:
    for point, reason in fixes.items():
        kind, target = _split(point)
        label = _label(of, kind, target)
        yield {
            "kind": kind,
            "target": target,
            "label_zh": label.zh,
            "label_en": label.en,
            "reason": reason,
        }


def _split(point: str) -> tuple[str, str]:
    kind, _, target = point.partition(":")
    return kind, target


def _label(of: Bundle, kind: str, target: str) -> Text:
    if kind == "field" and target in of.application_form.by_key:
        return of.application_form.by_key[target].label
    if kind == "material" and (material := of.item.material(target)) is not None:
        return material.name
    return _OTHER_LABEL


def links(
    form: Form | None, of: Bundle, given: Given, errors: Mapping[str, Text]
) -> list[tuple[str, Text]]:
    """Return where each message leads: into the step's own form, or to the parts around it."""
    own = {k: v for k, v in errors.items() if form and k.partition(".")[0] in form.keys}
    around = []
    for key, text in errors.items():
        if key not in own:
            point = given.point_label(of, key)
            said = Text(f"{point.zh}：{text.zh}", f"{point.en}: {text.en}") if point else text
            around.append((_PLACES.get(key.partition(".")[0], "corrections"), said))
    return [*(error_links(form, own) if form else []), *around]


def points(of: Bundle, answers: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, Text]]]]:
    """Return what a correction notice may ask for: (heading, [(``kind:target``, label)])."""
    answered = present(of.application_form, answers, lang())
    known = of.application_form.by_key
    groups = []
    for section in answered:
        keys = dict.fromkeys(row.key.partition(".")[0] for row in section.rows)
        groups.append((section.title, [(f"field:{k}", known[k].label) for k in keys if k in known]))
    materials = [(f"material:{m.code}", m.name) for m in of.item.materials]
    groups.append((t("申请材料", "Materials"), materials))
    return groups
