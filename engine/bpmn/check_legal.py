"""Check what the law asks of an item's clock, of silence, and of the steps of certain acts."""

from typing import Final

from engine.bpmn import duties, language
from engine.bpmn.check_language import Surroundings
from engine.bpmn.duty import Duty
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process, Step
from forms.text import Text

#: The most a limit may be, by property: 许可法 32(1)(4), 44.
MOST: Final = {"receiptLimit": 5, "deliveryLimit": 10}
#: 许可法 47: the parties have this many days to ask for a hearing, or more.
LEAST_TO_ASK: Final = 5
#: What the application form of an item with an emergency path asks.
EMERGENCY_KEYS: Final = ("emergency", "emergency_at")
#: Calendar days that so many working days take at least, and usually: weeks of five and seven days.
WEEK, WORKWEEK = 7, 5


def check_legal(process: Process, around: Surroundings, findings: Findings) -> None:
    """Report what is unlawful in the facts of an item's process and of its steps."""
    _check_short_limits(process, findings)
    _check_promise(process, findings)
    _check_extension(process, findings)
    _check_silence(process, findings)
    _check_emergency(process, around, findings)
    _check_flag(process, "inspection", findings)
    _check_hearings(process, findings)
    check_duties(process, findings)


def check_duties(process: Process, findings: Findings) -> None:
    """Report steps that are drawn against what the law asks of their act."""
    acts = {step.act for step in process.steps.values()}
    for step in process.steps.values():
        node, duty = process.nodes[step.element], duties.of_step(step)
        if step.act == "correct":
            _check_lapse(node, step, findings)
        if duty is not None:
            _check_duty(node, step, duty, findings)
    for step in process.steps.values():
        if step.act == duties.Hearing.act and duties.HearingNotice.act not in acts:
            findings.error(
                "hearing-without-notice",
                process.nodes[step.element],
                Text("听证之前没有听证通知环节。", "No step announces the hearing."),
                Text(
                    "请在前面画一个 act=hearing-notice 的任务（许可法48）。",
                    "Draw a task with act=hearing-notice before it (art. 48).",
                ),
            )
        if step.act == duties.RequestHearing.act and not process.boundaries(step.element):
            findings.warning(
                "silent-applicant",
                process.nodes[step.element],
                Text(
                    "申请人不答复时办件会一直等下去。",
                    "The case waits for ever when the applicant does not answer.",
                ),
                Text(
                    "请加一个 P5WD 的边界定时事件，到期继续办理。",
                    "Put a boundary timer of P5WD on it, and go on from there.",
                ),
            )


def _check_duty(node: Node, step: Step, duty: Duty, findings: Findings) -> None:
    if step.persons < duty.persons:
        findings.error(
            "too-few-persons",
            node,
            Text(
                f"{called(node).zh}须{duty.persons}人以上办理。",
                f"The {called(node).en} needs {duty.persons} people or more.",
            ),
            Text(f"请设 persons={duty.persons}（许可法34）。", f"Set persons={duty.persons}."),
        )
    for name, example in duty.properties.items():
        if not node.properties.get(name):
            findings.error(
                "duty-property",
                node,
                Text(
                    f"{called(node).zh}没有写 {name}。",
                    f"The {called(node).en} does not say its {name}.",
                ),
                Text(f"请写 {name}，如 {example}。", f"Set {name}, for example {example}."),
            )
    period = node.properties.get("period")
    if period and (found := language.parse_limit(period)) is not None and found[1] in ("d", "wd"):
        return
    if period:
        findings.error(
            "bad-period",
            node,
            Text(f"period“{period}”写法不对。", f"The period '{period}' cannot be read."),
            Text("请写天数，如 7d 或 5wd。", "Write days, such as 7d or 5wd."),
        )
    experts = node.properties.get("experts") or "1"
    if not (experts.isascii() and experts.isdigit() and 1 <= int(experts) <= 50):
        findings.error(
            "bad-experts",
            node,
            Text(f"experts“{experts}”不是 1 到 50 的数。", f"experts '{experts}' is no number."),
            Text("请写专家人数，如 3。", "Write how many experts there are at least, such as 3."),
        )


def _check_lapse(node: Node, step: Step, findings: Findings) -> None:
    """Let a case count as withdrawn only where the item's own rule says so, by its article."""
    if step.lapse not in language.LAPSES:
        _refuse(findings, node, "bad-lapse", "lapse", step.lapse, ", ".join(language.LAPSES))
    elif step.lapse == "withdrawn" and (len(step.lapse_article.strip()) < 2 or not step.limit):
        findings.error(
            "lapse-without-article",
            node,
            Text(
                f"{called(node).zh}逾期视为撤回，但没有写明依据的条款或期限。",
                f"Silence at {called(node).en} counts as withdrawal without article or limit.",
            ),
            Text(
                "请写 limit 和 lapseArticle；没有依据的，改为 lapse=remind。",
                "Set limit and lapseArticle; without an article use lapse=remind.",
            ),
        )


def _refuse(
    findings: Findings, at: Process | Node, rule: str, name: str, value: str, choices: str
) -> None:
    findings.error(
        rule,
        at,
        Text(f"属性 {name} 的值“{value}”不对。", f"The property {name} has no value '{value}'."),
        Text(f"请选用：{choices}。", f"Choose one of: {choices}."),
    )


def _check_flag(process: Process, name: str, findings: Findings) -> None:
    value = process.properties.get(name) or "false"
    if value not in ("true", "false"):
        _refuse(findings, process, f"bad-{name}", name, value, "true, false")


def _check_short_limits(process: Process, findings: Findings) -> None:
    """Let an item shorten the law's limits in working days, never lengthen them."""
    for name, most in MOST.items():
        written = process.properties.get(name)
        if not written:
            continue
        found = language.parse_limit(written)
        if found is None or found[1] != "wd" or found[0] > most:
            findings.error(
                f"bad-{name.lower()}",
                process,
                Text(
                    f"{name}“{written}”须是不超过{most}个工作日的时限。",
                    f"{name} '{written}' must be a limit of at most {most} working days.",
                ),
                Text(f"请写 1wd 至 {most}wd。", f"Write 1wd to {most}wd."),
            )


def _check_promise(process: Process, findings: Findings) -> None:
    """Compare a promise in another unit than the statute by weeks (law.md 4.1, rule 9)."""
    promised = language.parse_limit(process.promised_limit or "")
    statutory = language.parse_limit(process.statutory_limit or "")
    if promised is None or statutory is None or promised[1] == statutory[1]:
        return
    shortest, usual = _days(promised)
    _, allowed = _days(statutory)
    message = Text(
        f"承诺时限 {process.promised_limit} 可能长于法定时限 {process.statutory_limit}。",
        f"The promised limit {process.promised_limit} may be longer than the statutory limit"
        f" {process.statutory_limit}.",
    )
    hint = Text(
        "请用同一单位，或写得更短：承诺时限不得长于法定时限。",
        "Use the same unit, or a shorter promise: it may only be shorter than the law.",
    )
    if shortest > allowed:
        findings.error("promise-too-long", process, message, hint)
    elif usual > allowed:
        findings.warning("promise-maybe-too-long", process, message, hint)


def _days(limit: tuple[int, str]) -> tuple[float, float]:
    """Return how many calendar days a limit takes: at the least, and as a rule."""
    amount, unit = limit
    in_days = {"d": float(amount), "wd": float(amount), "wh": amount / 8, "min": amount / 480}
    found = in_days[unit]
    return found, found if unit == "d" else found * WEEK / WORKWEEK


def _check_extension(process: Process, findings: Findings) -> None:
    extension = language.parse_limit(process.extension or "")
    statutory = language.parse_limit(process.statutory_limit or "")
    if extension is not None and (statutory is None or statutory[1] != extension[1]):
        findings.error(
            "extension-unit",
            process,
            Text(
                f"延长 {process.extension} 与法定时限的单位不同，无法相加。",
                f"The extension {process.extension} is not in the unit of the statutory limit.",
            ),
            Text("请用同一单位，如 20wd 和 10wd。", "Use the same unit, such as 20wd and 10wd."),
        )


def _check_silence(process: Process, findings: Findings) -> None:
    """Let silence grant only by the item's own article, and never a first licence (law.md 3)."""
    said = process.properties
    grant, tacit = said.get("grant") or "first", said.get("tacit") or None
    if grant not in language.GRANTS:
        _refuse(findings, process, "bad-grant", "grant", grant, ", ".join(language.GRANTS))
    if tacit is None:
        return
    if tacit != "granted":
        _refuse(findings, process, "bad-tacit", "tacit", tacit, "granted")
    if grant == "first":
        findings.error(
            "tacit-first",
            process,
            Text(
                "首次许可不能逾期视为同意：沉默是违法，不是许可。",
                "A first licence is never granted by silence: silence is a breach, no grant.",
            ),
            Text(
                "只有延续（grant=renewal）或变更（grant=change）可以，且须有条款。",
                "Only a renewal (grant=renewal) or a change (grant=change) may be, by its article.",
            ),
        )
    joint = process.kind == "joint" or any(s.act == "decide-part" for s in process.steps.values())
    if len(said.get("tacitArticle", "").strip()) < 2 or not process.statutory_limit or joint:
        findings.error(
            "tacit-without-article",
            process,
            Text(
                "视为同意须有依据的条款和法定时限，且不适用于联办件。",
                "Silence that grants needs its article and a statutory limit, and no joint item.",
            ),
            Text(
                "请写 tacitArticle，如 许可法50，和 statutoryLimit。",
                "Set tacitArticle, such as 许可法50, and statutoryLimit.",
            ),
        )


def _check_emergency(process: Process, around: Surroundings, findings: Findings) -> None:
    """Where one may act first and apply afterwards, the application says when one acted."""
    article = process.properties.get("emergency") or None
    if article is None:
        return
    asked = around.forms.get(process.start_form or "", frozenset())
    missing = [key for key in EMERGENCY_KEYS if key not in asked]
    if len(article.strip()) < 2 or missing:
        keys = ", ".join(EMERGENCY_KEYS)
        findings.error(
            "bad-emergency",
            process,
            Text(
                "紧急情况先行处置须写明条款，申请表须有 emergency（是否）和 emergency_at（时间）。",
                f"The emergency path needs its article, and the application asks {keys}.",
            ),
            Text(
                "请写 emergency=条款，如 城市道路管理条例34，并在申请表中加上这两个字段。",
                "Set emergency=<article> and add both questions (yes/no, date and time).",
            ),
        )


def _check_hearings(process: Process, findings: Findings) -> None:
    """Give the parties five days to ask at least, and draw a hearing that the law demands."""
    written = process.properties.get("hearingRequest")
    found = language.parse_limit(written) if written else (LEAST_TO_ASK, "wd")
    if found is None or found[1] not in ("d", "wd") or found[0] < LEAST_TO_ASK:
        findings.error(
            "bad-hearingrequest",
            process,
            Text(
                f"hearingRequest“{written}”须是不少于{LEAST_TO_ASK}日的时限（许可法47）。",
                f"hearingRequest '{written}' must be a limit of {LEAST_TO_ASK} days or more "
                "(art. 47).",
            ),
            Text("请写天数，如 5wd 或 10d。", "Write days, such as 5wd or 10d."),
        )
    article = process.properties.get("publicHearing")
    acts = {step.act for step in process.steps.values()}
    held = {duties.HearingNotice.act, duties.Hearing.act} <= acts
    if article and (len(article.strip()) < 2 or not held):
        findings.error(
            "bad-publichearing",
            process,
            Text(
                "应当举行听证的事项须写明条款，并画出听证通知和听证两个环节（许可法46）。",
                "An item that needs a public hearing names the article, and draws the notice and "
                "the hearing (art. 46).",
            ),
            Text(
                "请写 publicHearing=条款，并画 act=hearing-notice 和 act=hearing 的任务。",
                "Set publicHearing=<article>; draw tasks with act=hearing-notice and act=hearing.",
            ),
        )
