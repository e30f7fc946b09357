"""What the law asks of a step by what it does: one class an act, for the check and for the work.

Each duty says which answers the step's form must ask, what a diagram has to draw around it, what is
wrong with the way somebody wants to complete it, and what to know beforehand. Pure: the facts are
read by whoever asks. Sources: 行政许可法 34, 46 to 48, 55 (law.md C05, C12, C13, C18).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Final

from typing_extensions import override

from engine.bpmn.duty import Duty, Facts, Key
from engine.bpmn.model import Step
from engine.workdays import Limit, Unit, add_days, parse_limit
from forms.text import Text, dated

#: 许可法 47: the agency holds a hearing within so many working days of the request.
HELD_WITHIN: Final = 20
#: 许可法 48(1): the parties know time and place this long before.
NOTICE_BEFORE: Final = 7
#: 许可法 55: inspectors are assigned this soon after acceptance.
ASSIGNED_WITHIN: Final = 5
MINUTES: Final = 20  # least characters of the minutes of a hearing
#: Who does one of these acts reviews the case, and may not preside over its hearing (48(3)).
REVIEWS: Final = frozenset(
    {"examine", "site-visit", "recheck", "consolidate", "approve", "decide", "decide-part"}
)
NOTICED, HELD = "noticed", "held"


class SiteVisit(Duty):
    """现场核查: two or more people, at a named time (许可法 34(3), 55)."""

    act = "site-visit"
    keys = (Key("visit_at", Text("核查时间", "time of the visit"), frozenset({"datetime"})),)
    persons = 2

    @override
    def faults(self, facts: Facts) -> dict[str, Text]:
        day = facts.day("visit_at")
        if day is not None and day > facts.today:
            said = Text("核查时间不能晚于今天。", "The visit cannot lie in the future.")
            return {"visit_at": said}
        if day is not None and facts.accepted_on is not None and day < facts.accepted_on:
            said = Text(
                f"申请{dated(facts.accepted_on).zh}才受理，核查不能更早（许可法34）。",
                f"The application was accepted on {dated(facts.accepted_on).en}; the visit cannot "
                "be earlier (art. 34).",
            )
            return {"visit_at": said}
        return {}

    @override
    def sample(self, facts: Facts) -> dict[str, Any]:
        return {"visit_at": facts.moved("visit_at", facts.today)}

    @override
    def hints(self, facts: Facts) -> list[Text]:
        people = facts.step.persons
        return [
            Text(
                f"须{people}名以上工作人员共同核查并签名（许可法34）。",
                f"{people} or more of the staff check and sign together (art. 34).",
            )
        ]


class ExpertReview(Duty):
    """专家评审: experts by name, each with a declaration of interests, and a result."""

    act = "expert-review"
    keys = (
        Key(
            "experts",
            Text("专家名单", "list of experts"),
            frozenset({"dynamiclist"}),
            rows=("expert_name", "expert_conflict"),
        ),
        Key("review_result", Text("评审结论", "result"), frozenset({"textarea", "textfield"})),
    )

    @staticmethod
    def _least(facts: Facts) -> int:
        found = facts.step.experts
        return int(found) if found.isascii() and found.isdigit() and int(found) > 0 else 1

    @override
    def faults(self, facts: Facts) -> dict[str, Text]:
        rows = facts.answers.get("experts")
        if not isinstance(rows, list):
            return {}
        found: dict[str, Text] = {}
        names = {str(row.get("expert_name", "")).strip() for row in rows if isinstance(row, dict)}
        least = self._least(facts)
        if len(names - {""}) < least:
            found["experts"] = Text(
                f"至少须有{least}名专家，姓名不重复。",
                f"At least {least} different experts are needed.",
            )
        for number, row in enumerate(rows):
            if isinstance(row, dict) and row.get("expert_conflict") != "no":
                found[f"experts.{number}.expert_conflict"] = Text(
                    "有利害关系或没有声明的专家须回避，请更换。",
                    "Who has an interest in the matter, or has not declared it, must be replaced.",
                )
        return found

    @override
    def sample(self, facts: Facts) -> dict[str, Any]:
        rows = facts.answers.get("experts")
        like = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
        names = (f"专家{number}" for number in range(1, self._least(facts) + 1))
        return {
            "experts": [{**like, "expert_name": name, "expert_conflict": "no"} for name in names]
        }

    @override
    def hints(self, facts: Facts) -> list[Text]:
        least = self._least(facts)
        return [
            Text(
                f"至少{least}名专家；每人须声明与申请人无利害关系，有利害关系的须回避。",
                f"At least {least} experts; each declares to have no interest in the matter.",
            )
        ]


class HearingRight(Duty):
    """告知听证权利: the parties are told that they may ask for a hearing (许可法 46, 47)."""

    act = "hearing-right"

    @override
    def hints(self, facts: Facts) -> list[Text]:
        length = parse_limit(facts.asked_within).text()
        return [
            Text(
                f"办理后向申请人出具听证权利告知书；自告知之日起{length.zh}内可以申请听证，"
                "不收费用（许可法46、47）。",
                f"The applicant gets the notice of this right, may ask within {length.en}, and "
                "pays nothing (art. 46, 47).",
            )
        ]


class RequestHearing(Duty):
    """申请听证, by the applicant: within five days of being told, or more (许可法 47)."""

    act = "request-hearing"

    @override
    def faults(self, facts: Facts) -> dict[str, Text]:
        last = facts.ask_until
        if facts.outcome != "request" or facts.today <= last:
            return {}
        return {
            "outcome": Text(
                f"申请听证的期限已于{dated(last).zh}届满（许可法47）。",
                f"The time to ask for a hearing ended on {dated(last).en} (art. 47).",
            )
        }

    @override
    def hints(self, facts: Facts) -> list[Text]:
        last = facts.ask_until
        return [
            Text(
                f"您可以在{dated(last).zh}前申请听证，不收费用；也可以放弃（许可法47）。",
                f"You may ask for a hearing until {dated(last).en}, free of charge, or waive it "
                "(art. 47).",
            )
        ]


class HearingNotice(Duty):
    """听证通知: time, place and chair, seven working days before, within twenty (许可法 47, 48)."""

    act = "hearing-notice"
    keys = (
        Key("hearing_at", Text("听证时间", "time"), frozenset({"datetime"})),
        Key("hearing_place", Text("听证地点", "place"), frozenset({"textfield", "textarea"})),
        Key("hearing_chair", Text("听证主持人", "chair"), frozenset({"textfield", "select"})),
    )
    reads_hearing = True

    @override
    def faults(self, facts: Facts) -> dict[str, Text]:
        found: dict[str, Text] = {}
        day = facts.day("hearing_at")
        first, last = self.window(facts)
        if day is not None and day < first:
            found["hearing_at"] = Text(
                f"须提前{NOTICE_BEFORE}个工作日通知，最早{dated(first).zh}（许可法48）。",
                f"Notice is given {NOTICE_BEFORE} working days before: not earlier than "
                f"{dated(first).en} (art. 48).",
            )
        elif day is not None and last is not None and day > last:
            found["hearing_at"] = Text(
                f"须自申请听证之日起{HELD_WITHIN}个工作日内组织，最晚{dated(last).zh}（许可法47）。",
                f"It is held within {HELD_WITHIN} working days of the request: not later than "
                f"{dated(last).en} (art. 47).",
            )
        if str(facts.answers.get("hearing_chair", "")).strip() in facts.reviewers:
            found["hearing_chair"] = Text(
                "主持人不能是审查本申请的工作人员（许可法48）。",
                "The chair cannot be somebody who reviews this application (art. 48).",
            )
        return found

    @staticmethod
    def window(facts: Facts) -> tuple[date, date | None]:
        """Return from when on a hearing may be, with notice today, and until when at the latest."""
        first = facts.after(facts.today, NOTICE_BEFORE)
        return first, facts.after(facts.asked_on, HELD_WITHIN) if facts.asked_on else None

    @override
    def sample(self, facts: Facts) -> dict[str, Any]:
        first, _ = self.window(facts)
        return {"hearing_at": facts.moved("hearing_at", first), "hearing_chair": "听证主持人"}

    @override
    def hints(self, facts: Facts) -> list[Text]:
        first, last = self.window(facts)
        zh, en = (
            (f"，最晚{dated(last).zh}", f", and at the latest {dated(last).en}")
            if last
            else ("", "")
        )
        public = Text(
            f"本事项的听证须向社会公告（{facts.public_hearing}）：办理后在网上公告时间、地点和主持人。",
            f"The public is told of this hearing ({facts.public_hearing}): time, place and chair "
            "are announced on the portal with this step.",
        )
        return [
            *([public] if facts.public_hearing else []),
            Text(
                f"听证公开举行。今天通知的，听证最早{dated(first).zh}{zh}（许可法47、48）。",
                f"Hearings are public. With notice today, it is on {dated(first).en} at the "
                f"earliest{en} (art. 47, 48).",
            ),
            Text(
                "主持人须是审查本申请的工作人员以外的人；办理后出具听证通知书。",
                "The chair is not one of those who review the case; the notice is issued with this "
                "step.",
            ),
        ]


class Hearing(Duty):
    """听证: in public, as announced, by a chair who does not review, with minutes (许可法 48)."""

    act = "hearing"
    keys = (
        Key("held_at", Text("举行时间", "time it was held"), frozenset({"datetime"})),
        Key("minutes", Text("听证笔录", "minutes"), frozenset({"textarea"})),
        Key("minutes_signed", Text("笔录已签字", "minutes signed"), frozenset({"checkbox"})),
        Key("held_in_public", Text("公开举行", "held in public"), frozenset({"checkbox"})),
    )
    reads_hearing = True

    @override
    def faults(self, facts: Facts) -> dict[str, Text]:
        found: dict[str, Text] = {}
        if not facts.hearing:
            found["outcome"] = Text(
                "还没有通知听证的时间和地点（许可法48）。",
                "Time and place have not been announced (art. 48).",
            )
        elif facts.hearing_on is not None and facts.today < facts.hearing_on:
            found["outcome"] = Text(
                f"听证通知的时间是{dated(facts.hearing_on).zh}，还没有到。",
                f"The hearing was announced for {dated(facts.hearing_on).en}.",
            )
        held = facts.day("held_at")
        if held is not None and held > facts.today:
            found["held_at"] = Text("举行时间不能晚于今天。", "It cannot lie in the future.")
        elif held is not None and facts.hearing_on is not None and held < facts.hearing_on:
            found["held_at"] = Text(
                f"听证通知的时间是{dated(facts.hearing_on).zh}，不能早于通知的时间举行（许可法48）。",
                f"It was announced for {dated(facts.hearing_on).en} and cannot be held before "
                "(art. 48).",
            )
        if "minutes" in facts.answers and len(str(facts.answers["minutes"] or "")) < MINUTES:
            found["minutes"] = Text(
                f"请写明听证笔录，至少{MINUTES}字。",
                f"Write the minutes, at least {MINUTES} characters.",
            )
        said = Text("请确认；听证须公开举行并制作经签字的笔录。", "Confirm it, as art. 48 asks.")
        ticks = ("minutes_signed", "held_in_public")
        return found | {
            k: said for k in ticks if k in facts.answers and facts.answers[k] is not True
        }

    @override
    def sample(self, facts: Facts) -> dict[str, Any]:
        held = max(facts.hearing_on or facts.today, facts.opened_on)
        return {
            "held_at": facts.moved("held_at", held),
            "minutes": "申请人陈述了意见，审查人员提出了理由和证据，双方进行了质证。",
            "minutes_signed": True,
            "held_in_public": True,
        }

    @override
    def hints(self, facts: Facts) -> list[Text]:
        said = [
            Text(
                "由主持人办理：审查本申请的人不能办理，办理后也不能再审查或决定本申请（许可法48）。",
                "Done by the chair: who reviews the case cannot do it, nor review it afterwards.",
            )
        ]
        if facts.hearing_on is not None:
            said.append(
                Text(
                    f"已通知的听证时间：{dated(facts.hearing_on).zh}。",
                    f"Announced for {dated(facts.hearing_on).en}.",
                )
            )
        return said


class Decision(Duty):
    """决定: after a hearing it is made on the minutes, and says so (许可法 48(2))."""

    act = "decide"
    reads_hearing = True

    @override
    def faults(self, facts: Facts) -> dict[str, Text]:
        if facts.hearing == NOTICED:
            return {
                "outcome": Text(
                    "已通知举行听证，听证结束前不能作出决定（许可法48）。",
                    "A hearing was announced: no decision before it is held (art. 48).",
                )
            }
        if facts.public_hearing and facts.hearing != HELD:
            return {
                "outcome": Text(
                    f"本事项应当举行听证（{facts.public_hearing}），没有举行不能作出决定（许可法46）。",
                    f"This item needs a public hearing ({facts.public_hearing}): no decision "
                    "without it (art. 46).",
                )
            }
        if facts.hearing == HELD and len(facts.opinion.strip()) < 2:
            return {
                "opinion": Text(
                    "经过听证的，须根据听证笔录作出决定：请写明笔录中的依据（许可法48）。",
                    "After a hearing the decision is made on its minutes: say on what in them "
                    "(art. 48).",
                )
            }
        return {}

    @override
    def hints(self, facts: Facts) -> list[Text]:
        if not facts.hearing:
            return []
        return [
            Text(
                "本件经过听证：须根据听证笔录作出决定，并在意见中写明（许可法48）。",
                "There was a hearing: decide on its minutes, and say so in the opinion (art. 48).",
            )
        ]


class PartDecision(Decision):
    """分项决定: the same of one department's part."""

    act = "decide-part"


class Publicity(Duty):
    """公示: for a period of days, begun and ended as told, objections on record."""

    act = "publicity"
    keys = (
        Key("published_from", Text("公示开始", "first day"), frozenset({"datetime"})),
        Key("published_to", Text("公示结束", "last day"), frozenset({"datetime"})),
        Key("objections", Text("异议及处理", "objections"), frozenset({"textarea"})),
    )
    properties: ClassVar[Mapping[str, str]] = {"period": "7d"}

    @staticmethod
    def _period(facts: Facts) -> Limit:
        return parse_limit(facts.step.period) if facts.step.period else Limit(0, Unit.DAY)

    def _least(self, facts: Facts, first: date) -> date:
        """Return the first day on which a publicity may end: its own first day does not count."""
        return add_days(facts.calendar, first, self._period(facts)).due

    @override
    def faults(self, facts: Facts) -> dict[str, Text]:
        first, last = facts.day("published_from"), facts.day("published_to")
        if first is None or last is None:
            return {}
        found: dict[str, Text] = {}
        if first < facts.opened_on:
            found["published_from"] = Text(
                f"本环节{dated(facts.opened_on).zh}才开始，公示不能更早。",
                f"This step began on {dated(facts.opened_on).en}; publicity cannot be earlier.",
            )
        least = self._least(facts, first)
        if last < least:
            length = self._period(facts).text()
            found["published_to"] = Text(
                f"公示期为{length.zh}，最早{dated(least).zh}结束。",
                f"The period is {length.en}: it ends on {dated(least).en} at the earliest.",
            )
        elif facts.today <= last:
            found["published_to"] = Text(
                "公示期还没有结束，结束后才能办理本环节。",
                "The period is not over; complete the step afterwards.",
            )
        if not str(facts.answers.get("objections") or "").strip():
            found["objections"] = Text(
                "请记录收到的异议及处理；没有异议的写“无”。",
                "Record the objections and what became of them; write “none” if there were none.",
            )
        return found

    @override
    def sample(self, facts: Facts) -> dict[str, Any]:
        first = facts.opened_on
        return {
            "published_from": facts.moved("published_from", first),
            "published_to": facts.moved("published_to", self._least(facts, first)),
            "objections": "无",
        }

    @override
    def hints(self, facts: Facts) -> list[Text]:
        length, least = self._period(facts).text(), self._least(facts, facts.today)
        return [
            Text(
                f"公示期{length.zh}，第一天不计。今天开始的，最早{dated(least).zh}结束，次日起可以办理本环节。",
                f"The period is {length.en}, its first day not counted. Begun today, it ends on "
                f"{dated(least).en} at the earliest; complete the step the day after.",
            )
        ]


#: All duties, by act.
DUTIES: Final[Mapping[str, Duty]] = {
    duty.act: duty()
    for duty in (
        SiteVisit, ExpertReview, HearingRight, RequestHearing, HearingNotice, Hearing, Decision,
        PartDecision, Publicity,
    )
}  # fmt: skip


def of_step(step: Step) -> Duty | None:
    """Return what the law asks of a step; None where it asks nothing of its act."""
    return DUTIES.get(step.act)


def apart(step: Step, steps: Iterable[Step]) -> frozenset[str]:
    """Return the steps whose doer may not do this one: a chair reviews nothing (许可法 48(3))."""
    if step.act == Hearing.act:
        return frozenset(one.element for one in steps if one.act in REVIEWS)
    if step.act in REVIEWS:
        return frozenset(one.element for one in steps if one.act == Hearing.act)
    return frozenset()
