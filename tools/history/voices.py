"""What people say in a history: questions, ratings, complaints; and some take a case back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from engine import cases, db, voices
from engine.cases import withdrawing
from engine.permissions import Actor
from tools.history.course import Course
from tools.history.demand import drawn
from tools.history.habits import WORKDAY_MINUTES
from tools.history.office import Office

#: How often somebody asks about a case, takes it back, rates its end, complains; the latter more
#: often where it went against them or took long.
ASKED, WITHDRAWN, RATED, COMPLAINED, COMPLAINED_AGAINST = 0.05, 0.016, 0.4, 0.004, 0.07
#: How often an answer is published, a bad rating confirmed, a complaint given to the unit.
PUBLISHED, CONFIRMED, ASSIGNED = 0.4, 0.5, 0.7
#: Ratings from 5 down to 1: of who got what they wanted, and of who did not.
CONTENT: Final = (0.63, 0.25, 0.08, 0.03, 0.01)
DISAPPOINTED: Final = (0.12, 0.24, 0.32, 0.2, 0.12)
QUESTIONS: Final = (
    ("材料原件", "受理时需要带哪些材料的原件？", "网上提交的材料清晰可辨的，无需提交原件。"),
    ("办理时间", "我的申请什么时候可以办好？", "承诺期限见办理进度页面，我们会按期办结。"),
    ("联系电话变更", "提交后换了电话号码怎么办？", "请告知新号码，也可在补正时更改。"),
    ("领取方式", "证照可以邮寄吗？", "可以，请在办理进度页面选择邮寄送达。"),
    ("委托他人办理", "可以请别人代为办理吗？", "可以，请上传授权委托书和受托人的身份证明。"),
)
PRAISE: Final = ("办得很快，不用跑腿。", "窗口人员解释得很清楚。", "全程网办，方便。", "")
BLAME: Final = ("等待时间太长。", "补正通知没有一次说清楚。", "电话一直打不通。", "态度有待改进。")
COMPLAINTS: Final = (
    "多次催问没有答复，办理明显慢于承诺的时间。",
    "现场核查时告知的要求与办事指南不一致。",
)


class Voices:
    """Applicants who speak up, and the staff who answer them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        #: what stands published under an item already: the same is not published twice
        self._published: set[tuple[str, str]] = set()
        office.received.append(self._come)
        office.ended.append(self._ended)

    def _come(self, course: Course, now: datetime) -> None:
        chance = drawn(course.arrival.key, "voices")
        if chance.random() < ASKED:
            at = now + timedelta(hours=chance.uniform(3, 140))
            self.office.agenda.put(at, lambda at: self._ask(course, at))
        if chance.random() < WITHDRAWN:
            at = now + timedelta(hours=chance.uniform(5, 120))
            self.office.agenda.put(at, lambda at: self._withdraw(course, at))

    def _ended(self, course: Course, now: datetime) -> None:
        chance = drawn(course.arrival.key, "end")
        sad = bool(course.leaning.against) or course.times > 1
        if chance.random() < RATED:
            level = chance.choices((5, 4, 3, 2, 1), DISAPPOINTED if sad else CONTENT)[0]
            said = chance.choice(PRAISE if level > voices.ratings.BAD else BLAME)
            given = voices.ratings.Given(level, said, named=chance.random() < 0.9)
            at = now + timedelta(hours=chance.uniform(0.2, 90))
            self.office.agenda.put(at, lambda at: self._rate(course, given, at))
        if chance.random() < (COMPLAINED_AGAINST if sad else COMPLAINED):
            at = now + timedelta(hours=chance.uniform(2, 200))
            self.office.agenda.put(at, lambda at: self._complain(course, at))

    def _later(self, at: datetime, days: float) -> datetime:
        return self.office.crew.after(at, WORKDAY_MINUTES * days)

    def _one(self, unit: str, roles: Iterable[str]) -> list[Actor]:
        crew = self.office.crew
        return [self.office.actor(login) for role in roles for login in crew.holders(unit, role)]

    # --- the applicant takes an application back ---

    def _withdraw(self, course: Course, at: datetime) -> None:
        actor, case = self.office.actor(course.arrival.login), cases.get(course.case_id)
        if course.halted_until is not None or withdrawing.why_not(case, actor) is not None:
            return
        signed = withdrawing.Signed(query_code=case.query_code, reason="经营计划有变，不再申请。")
        proof = withdrawing.prove(course.case_id, signed, actor=actor, now=at)
        with db.transaction():
            withdrawing.withdraw(proof, actor=actor, now=at)
        course.open = {}

    # --- a question ---

    def _ask(self, course: Course, at: datetime) -> None:
        chance = drawn(course.arrival.key, "question")
        title, text, told = chance.choice(QUESTIONS)
        number = cases.get(course.case_id).number
        with db.transaction():
            asking = voices.questions.Asking(title, text, case=number)
            actor = self.office.actor(course.arrival.login)
            row = voices.questions.ask(asking, origin="", actor=actor, now=at)
            asked, unit = row.id, row.department_code
        able = self._one(unit, ("clerk", "examiner", "head"))
        if able:
            about = (course.arrival.item, title)
            clerk, public = chance.choice(able), chance.random() < PUBLISHED
            public = public and about not in self._published
            self._published |= {about} if public else set()
            words = voices.questions.Publication(title, text, told) if public else None
            then = self._later(at, chance.lognormvariate(0.1, 0.8))
            self.office.agenda.put(then, lambda at: self._answer(asked, told, words, clerk, at))

    def _answer(
        self,
        asked: int,
        told: str,
        public: voices.questions.Publication | None,
        clerk: Actor,
        at: datetime,
    ) -> None:
        with db.transaction():
            voices.questions.answer(asked, told, actor=clerk, now=at)
            if public is not None:
                voices.questions.publish(asked, public, actor=clerk, now=at)

    # --- a rating ---

    def _rate(self, course: Course, given: voices.ratings.Given, at: datetime) -> None:
        case, actor = cases.get(course.case_id), self.office.actor(course.arrival.login)
        with db.transaction():
            row = voices.ratings.rate(case.number, given, origin="", actor=actor, now=at)
            rated, waits = row.id, row.state == "open"
            able = self._one(row.department_code, ("leader", "head")) if waits else ()
            head = next((one for one in able if voices.ratings.may_look_into(row, one)), None)
        if head is not None:
            days = drawn(course.arrival.key, "contact").lognormvariate(-0.9, 0.8)
            then = self._later(at, days)
            self.office.agenda.put(then, lambda at: self._contact(course, rated, head, at))

    def _contact(self, course: Course, rated: int, head: Actor, at: datetime) -> None:
        chance = drawn(course.arrival.key, "finding")
        finding = list(voices.ratings.FINDINGS)[0 if chance.random() < CONFIRMED else 1]
        said = "已向申请人致歉并说明情况，加强窗口人员培训。"
        with db.transaction():
            voices.ratings.contact(rated, finding, said, actor=head, now=at)
        then = self._later(at, chance.uniform(2, 6))
        self.office.agenda.put(then, lambda at: self._call_back(course, rated, head, at))

    def _call_back(self, course: Course, rated: int, head: Actor, at: datetime) -> None:
        pleased = drawn(course.arrival.key, "call").random() < 0.8
        said = "申请人表示满意。" if pleased else "申请人仍不满意，已记录意见。"
        with db.transaction():
            voices.ratings.call_back(rated, said, satisfied=pleased, actor=head, now=at)

    # --- a complaint ---

    def _complain(self, course: Course, at: datetime) -> None:
        chance = drawn(course.arrival.key, "complaint")
        number = cases.get(course.case_id).number
        filing = voices.complaints.Filing(chance.choice(COMPLAINTS), named=True, case=number)
        with db.transaction():
            actor = self.office.actor(course.arrival.login)
            row = voices.complaints.file(filing, origin="", actor=actor, now=at)
            filed, unit = row.id, row.department_code
        then = self._later(at, chance.uniform(0.2, 2.5))
        self.office.agenda.put(then, lambda at: self._take_up(course, filed, unit, at))

    def _take_up(self, course: Course, filed: int, unit: str, at: datetime) -> None:
        chance, judge = drawn(course.arrival.key, "taken up"), self._one("jcz", ("supervisor",))[0]
        heads = self._one(unit, ("leader", "head"))
        assigned = bool(heads) and chance.random() < ASSIGNED
        with db.transaction():
            voices.complaints.accept(filed, actor=judge, now=at)
            if assigned:
                voices.complaints.assign(filed, actor=judge, now=at)
        then = self._later(at, chance.uniform(1, 5))
        if assigned:
            self.office.agenda.put(then, lambda at: self._report(filed, heads[0], at))
        then = self._later(then, chance.uniform(0.5, 4))
        self.office.agenda.put(then, lambda at: self._close(filed, judge, at))

    def _report(self, filed: int, head: Actor, at: datetime) -> None:
        said = "经核查，经办人未及时答复，已批评教育并向投诉人说明。"
        with db.transaction():
            voices.complaints.report(filed, said, actor=head, now=at)

    def _close(self, filed: int, judge: Actor, at: datetime) -> None:
        said = "经核查，您反映的情况部分属实，有关单位已整改。感谢监督。"
        with db.transaction():
            voices.complaints.answer(filed, said, actor=judge, now=at)
