"""Works begun, and more time to begin them: what keeps a licence from lapsing by itself."""

from datetime import date, datetime

from engine import documents, events, notices
from engine.clock import civil_date
from engine.definitions.licence_rules import Lapse
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.licences import finding, kinds, terms
from engine.licences.telling import about, tell
from engine.models import Case, Licence
from engine.permissions import Actor
from forms.text import Text, dated

#: Who approves more time for the agency. [design]
APPROVES = ("head", "registrar")
_NO_REASON = Text("请写明延期的理由（至少5个字）。", "Write the reasons (at least 5 characters).")


def may_extend(licence: Licence, actor: Actor) -> bool:
    """Say whether an actor's post lets them give more time to begin."""
    return any(actor.holds(licence.department_code, role) for role in APPROVES)


def record_begun(licence_id: int, on: date, *, actor: Actor, now: datetime) -> Licence:
    """Record that the works of a licence have begun, as its holder or the agency reports.

    Raises NotFoundError, ConflictError (not asked for, recorded before, ended), InvalidError.
    """
    finding.find(licence_id, actor)
    licence, case = finding.locked(licence_id)
    _require_waiting(licence)
    if licence.begin_by is None or not licence.valid_from <= on <= civil_date(now):
        said = Text(
            "开工日期应在发证之日以后、今天以前。",
            "Works begin on or after the day of issue, and not after today.",
        )
        raise InvalidError(said, fields={"begun_on": said})
    if on > licence.begin_by:
        said = Text(
            f"应当在{dated(licence.begin_by).zh}以前开工。",
            f"They had to begin by {dated(licence.begin_by).en}.",
        )
        raise InvalidError(said, fields={"begun_on": said})
    licence.begun_on = on
    terms.schedule(licence, civil_date(now), terms.rules_of(licence))
    events.of_case(
        case, "works-begun", actor, now,
        department=licence.department_code, licence=licence.number, begun_on=on,
    )  # fmt: skip
    return licence


def give_more_time(
    licence_id: int, months: int, reason: str, *, actor: Actor, now: datetime
) -> Licence:
    """Give more time to begin, as often and as long as the item allows (建筑法 9).

    Raises NotFoundError, ForbiddenError, ConflictError (none left, ended), InvalidError.
    """
    finding.find(licence_id, actor)
    licence, case = finding.locked(licence_id)
    if not may_extend(licence, actor):
        raise ForbiddenError(
            Text(
                "延期开工由发证机关的负责人或者登记人员批准。",
                "More time to begin is given by the head or registrar of the agency.",
            )
        )
    lapse = _extensible(licence, civil_date(now))
    problems = _problems(months, reason, lapse)
    if problems:
        text = Text("请更正下列各项。", "Please correct the points below.")
        raise InvalidError(text, fields=problems)
    licence.begin_by = terms.add_months(licence.begin_by or civil_date(now), months)
    licence.begin_extensions += 1
    terms.schedule(licence, civil_date(now), terms.rules_of(licence))
    _tell_extended(licence, case, (reason.strip(), lapse.article), actor=actor, now=now)
    return licence


def _extensible(licence: Licence, today: date) -> Lapse:
    """Return the rule under which the time to begin may be extended now. Raises ConflictError."""
    _require_waiting(licence)
    lapse = terms.rules_of(licence).lapses
    if lapse is None or licence.begin_extensions >= lapse.extensions:
        raise ConflictError(
            Text("延期次数已经用完。", "No further extension is allowed for this licence.")
        )
    if licence.begin_by is None or today > licence.begin_by:
        raise ConflictError(
            Text(
                "开工期限已过，不能再延期。",
                "The time to begin has passed: it cannot be extended.",
            )
        )
    return lapse


def _tell_extended(
    licence: Licence, case: Case, words: tuple[str, Text], *, actor: Actor, now: datetime
) -> None:
    """Issue the paper of an extension, record it and tell the holder; reasons and article."""
    reason, article = words
    day = dated(licence.begin_by or civil_date(now))
    content = documents.Content(
        facts=[
            *about(licence),
            (Text("开工期限延至", "Begin by"), day),
            (Text("理由", "Reasons"), Text(reason, reason)),
            (Text("依据", "Article"), article),
        ],
        paragraphs=[Text("准予延期开工。", "More time to begin the works is granted.")],
        licence=licence.number,
    )
    unit = licence.department_code
    document = documents.issue(
        case, "begin-extended", content, department=unit, actor=actor, now=now
    )
    events.of_case(
        case, "begin-extended", actor, now,
        department=unit, licence=licence.number, begin_by=licence.begin_by, reason=reason,
        notice=document.number,
    )  # fmt: skip
    title = Text(f"准予延期开工：{licence.number}", f"More time to begin: {licence.number}")
    body = Text(f"开工期限延至{day.zh}。", f"Begin the works by {day.en}.")
    tell(licence, case, notices.Message("begin-extended", title, body), now=now)


def _problems(months: int, reason: str, lapse: Lapse) -> dict[str, Text]:
    found = {}
    if not 1 <= months <= lapse.extension_months:
        found["months"] = Text(
            f"每次最多延期{lapse.extension_months}个月。",
            f"At most {lapse.extension_months} months at a time.",
        )
    if not 5 <= len(reason.strip()) <= 4000:
        found["reason"] = _NO_REASON
    return found


def _require_waiting(licence: Licence) -> None:
    """Refuse unless a valid licence waits for its works to begin. Raises ConflictError."""
    if licence.begin_by is None:
        raise ConflictError(
            Text("这个证照没有开工期限。", "This licence has no time by which to begin.")
        )
    if licence.state != kinds.VALID:
        state = kinds.STATES[licence.state]
        raise ConflictError(Text(f"这个证照{state.zh}。", f"This licence is: {state.en}."))
    if licence.begun_on is not None:
        raise ConflictError(Text("已经登记开工。", "The beginning is recorded already."))
