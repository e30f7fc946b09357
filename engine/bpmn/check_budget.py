"""Check the time budget: the limits of the steps must fit into those of the item (R19)."""

from collections.abc import Mapping, Sequence
from typing import Final

from engine.bpmn.budget import Budget, Way, budgets
from engine.bpmn.budget_time import DELIVERY, PROMISED, RECEIPT, STATUTORY
from engine.bpmn.calling import Running
from engine.bpmn.check_abroad import Lookup
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text

#: What to do about a way that is too long, by clock.
_REMEDIES: Final = {
    PROMISED: Text(
        "请缩短这条路上的环节时限，把部分环节改为并行，或把承诺时限改为至少 {total}"
        "（不得长于法定时限）；依法不计时的环节请写 clock=stop 和 ground。",
        "Shorten limits on this way, let steps run in parallel, or promise at least {total} (never "
        "more than the statute); where the law does not count the time, set clock=stop and ground.",
    ),
    STATUTORY: Text(
        "法定时限不能改长：请缩短这条路上的环节时限，或把部分环节改为并行；"
        "依法不计时的环节请写 clock=stop 和 ground（公示只停承诺时限）。",
        "The statute cannot be lengthened: shorten limits on this way, or let steps run in "
        "parallel; where the law does not count the time, set clock=stop and ground (a public "
        "notice stops the promise only).",
    ),
    RECEIPT: Text(
        "收到申请后须在此期限内受理或一次告知补正，逾期视为受理（许可法32）：请缩短受理及其以前环节的时限。",
        "The applicant must be told within it, or the application counts as accepted (art. 32): "
        "shorten the limits of the accepting step and of those before it.",
    ),
    DELIVERY: Text(
        "准予后须在此期限内送达（许可法44）：请缩短决定以后环节的时限。",
        "What was granted is handed over within it (art. 44): shorten the limits of the steps "
        "after the decision.",
    ),
}
_COMPUTED: Final = Text(
    "名称到运行时才算出来，部署包里也没有可调用的流程",
    "its name is computed, and the bundle has no process to call",
)
#: What the budget could not count, by remark: rule, what is wrong, what to do.
_REMARKS: Final = {
    "applicant": (
        "budget-applicant",
        Text(
            "{node}由申请人办理，时限没有停止计时，也没有写多久：预算按零计算。",
            "The {node} is the applicant's; the clock runs meanwhile, and nothing says how long: "
            "the time budget counts it as nothing.",
        ),
        Text(
            "请写 clock=stop 和 ground，或写 limit，或加边界定时事件。",
            "Set clock=stop and ground, or a limit, or put a boundary timer on it.",
        ),
    ),
    "waits": (
        "budget-waits",
        Text(
            "{node}等待多久没有写明，期间时限照算：预算按零计算。",
            "Nothing says how long {node} waits while the clock runs: the time budget counts it as "
            "nothing.",
        ),
        Text(
            "请用事件网关加定时事件给出期限，或把它放进停止计时的子流程。",
            "Bound it by a timer at an event gateway, or put it into an activity that stops the "
            "clock.",
        ),
    ),
    "runs": (
        "budget-runs",
        Text(
            "{node}依次重复几次要到运行时才知道：预算只算一次。",
            "How often {node} repeats is known only when it runs: the time budget counts one run.",
        ),
        Text(
            "请核对承诺时限够不够，或改为并行。",
            "See whether the promise holds, or let the runs be parallel.",
        ),
    ),
    "elsewhere": (
        "budget-elsewhere",
        Text(
            "{node}调用的流程查不到，它的时间没有计入预算：{why}。",
            "The process that {node} calls cannot be known, so the time budget does not count its "
            "time: {why}.",
        ),
        Text(
            "请在已部署所调事项的系统里再检查，并核对承诺时限够不够。",
            "Check again where the item it calls is deployed, and see whether the promise holds.",
        ),
    ),
    "circle": (
        "budget-circle",
        Text(
            "{node}调用的流程又调用到它自己，要走几遍说不准：预算只算一遍。",
            "What {node} calls leads back to itself, and nobody can say how often: the time budget "
            "counts it once.",
        ),
        Text("请去掉这个循环调用。", "Take this circle of calls away."),
    ),
    "period-short": (
        "budget-period",
        Text(
            "{node}的时限短于公示期，到期不可能办结：预算按公示期计算。",
            "The limit of {node} is shorter than its public notice lasts: it cannot be kept. The "
            "time budget counts the notice.",
        ),
        Text("请把 limit 写得不短于 period。", "Make the limit no shorter than the period."),
    ),
}


def check_budget(
    found: Sequence[Running], findings: Mapping[str, Findings], look: Lookup | None = None
) -> None:
    """Report every clock that the steps break, and what could not be counted.

    ``found``: the processes that run, the main one first; ``findings``: by file; ``look``: finds
    what they call of other items.
    """
    main, *others = found
    places = {node: one for one in reversed(found) for node in one.process.nodes}
    for budget in budgets(main.process, [one.process for one in others], look):
        _check(main.process, budget, places, findings)
        if budget.clock != PROMISED and (budget.clock != STATUTORY or main.process.promised_limit):
            continue
        for element, remark in budget.remarks.items():
            at = places[element]
            if look is not None and element in budget.reasons:
                continue  # the check of the call itself says so, and refuses it
            node, why = at.process.nodes[element], budget.reasons.get(element, _COMPUTED)
            _remark(node, remark, why, findings[at.diagram.file])


def _check(
    process: Process,
    budget: Budget,
    places: Mapping[str, Running],
    findings: Mapping[str, Findings],
) -> None:
    way = budget.again if budget.again_broken and not budget.tight else budget.way
    if way is None or not (budget.broken or budget.tight or budget.again_broken):
        return
    element = _where(budget, way, places)
    at = places.get(element)
    listed = findings[(at or next(iter(places.values()))).diagram.file]
    place: Process | Node = at.process.nodes[element] if at else process
    message, hint = _message(budget, way), _remedy(budget, way)
    if budget.broken:
        listed.error(f"budget-{budget.clock}", place, message, hint)
    else:
        listed.warning(f"budget-{budget.clock}-tight", place, message, hint)


def _where(budget: Budget, way: Way, places: Mapping[str, Running]) -> str:
    """Say at which activity the limit is passed; in another item: at its call."""
    over = (share.element for share in way.shares if share.until > budget.amount)
    last = way.shares[-1].element if way.shares else ""
    element = next(over, last)
    behind = way.elements[way.elements.index(element) :] if element in way.elements else ()
    return next((name for name in behind if name in places), element)


def _message(budget: Budget, way: Way) -> Text:
    named = [share for share in way.shares if share.takes > 0]
    steps = Text(
        " → ".join(f"{share.name.zh or share.element}（{share.limit.zh}）" for share in named),
        " → ".join(f"{share.name.en or share.element} ({share.limit.en})" for share in named),
    )
    total, limit = budget.text(way.total), budget.text(budget.amount)
    if budget.broken:
        said = Text(
            f"各环节时限用足需要 {total.zh}，超过{budget.name.zh} {limit.zh}",
            f"The limits of the steps come to {total.en}, more than the {budget.name.en} of "
            f"{limit.en}",
        )
    elif budget.tight:
        said = Text(
            f"视起算时刻，各环节时限用足需要 {total.zh}，可能超过{budget.name.zh} {limit.zh}",
            f"By the hour and day a case begins, its steps come to {total.en}, which may be more "
            f"than the {budget.name.en} of {limit.en}",
        )
    else:
        said = Text(
            f"退回一次，各环节时限用足需要 {total.zh}，超过{budget.name.zh} {limit.zh}",
            f"When it goes back once, the steps come to {total.en}, more than the "
            f"{budget.name.en} of {limit.en}",
        )
    return Text(f"{said.zh}：{steps.zh}。", f"{said.en}: {steps.en}.")


def _remedy(budget: Budget, way: Way) -> Text:
    total = budget.text(way.total)
    remedy = _REMEDIES[budget.clock]
    return Text(remedy.zh.replace("{total}", total.zh), remedy.en.replace("{total}", total.en))


def _remark(node: Node, remark: str, why: Text, findings: Findings) -> None:
    name = called(node)
    if remark == "co-short":
        findings.error(
            "budget-co-handling",
            node,
            Text(
                f"{name.zh}里的环节用足时限，超过每个部门的时限 {node.properties.get('limit')}。",
                f"The steps inside the {name.en} need more than each department's limit "
                f"{node.properties.get('limit')}.",
            ),
            Text(
                "请缩短里面环节的时限，或放宽协办的 limit。",
                "Shorten the limits inside, or give the co-handling a longer limit.",
            ),
        )
        return
    rule, message, hint = _REMARKS[remark]
    said = message.format(node=name, why=why)
    findings.warning(rule, node, said, hint)
