"""Tell a walk through a diagram as people would live it: tasks, deadlines, notices, a log."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from engine.bpmn.findings import KINDS
from engine.bpmn.grounds import cause_of
from engine.bpmn.joining import bare
from engine.bpmn.model import Node, Step
from engine.clock import civil_date
from engine.definitions.compare import Words
from engine.playing import notices
from engine.playing.moves import Move, Script
from engine.playing.notices import Notice
from engine.playing.record import Record, unsent
from engine.playing.scenes import Awaited, Happened, Scene
from engine.playing.todos import Deadline, Lacking, Todo
from engine.runtime import Branch, Followed, Moment, OpenTask
from engine.runtime import Step as Reached
from engine.workdays import Stop
from forms.text import Text

#: Of the law, where the item does not say less (许可法 32, 44).
RECEIPT, DELIVERY = "5wd", "10wd"
_NO_LIMIT: Final = Text("计时停止，恢复后顺延", "the clock stands still; it goes on afterwards")
_STATUTORY = Text("法定时限", "Statutory limit")
_PROMISED = Text("承诺时限", "Promised limit")
_RECEIPT = Text("受理或告知期限", "To accept or say what is missing")
_DELIVERY = Text("送达时限", "Limit of delivery")
Compute = Callable[[Text, datetime, str, Sequence[Stop]], Deadline]


class Telling:
    """Goes through the moments of one walk; used once."""

    def __init__(self, record: Record, deadline: Compute, words: Words) -> None:
        self.deadline, self.words = deadline, words
        self.record, reading = record, record.reading
        self.lacking: list[Lacking] = []
        #: How many moves were told so far.
        self.told = 0
        self.process = reading.process
        self.steps = {name: step for one in reading.running for name, step in one.steps.items()}
        self.nodes = {name: node for one in reading.running for name, node in one.nodes.items()}
        self.has_acceptance = any(step.act == "accept" for step in self.steps.values())
        self.opened: dict[str, datetime] = {}
        self.before: dict[str, OpenTask] = {}
        self.entered: list[str] = []
        self.log: list[Happened] = []
        self.notices: list[Notice] = []
        #: When the case was received (anew), accepted, decided and delivered.
        self.received: datetime | None = None
        self.accepted: datetime | None = None
        self.decided: datetime | None = None
        self.delivered: datetime | None = None
        #: Lawful stops drawn in the diagram: element, from, to.
        self.stops: list[tuple[Node, datetime, datetime | None]] = []

    def scene(self, script: Script, followed: Followed) -> Scene:
        """Tell the whole walk and how things stand at its end."""
        # What was called of other items is known only once it was called.
        self.steps |= followed.steps
        self.nodes = {bare(name): one for name, one in followed.nodes.items()} | self.nodes
        self.received = self.began = script.began
        if not self.has_acceptance:
            self.accepted = script.began
        self.notices.append(notices.received(script.began))
        self._check_application()
        for moment in followed.moments:
            self._signatures(moment.number - 1, script.moves, followed.times)
            self._moment(moment, script.moves)
        self._signatures(len(followed.times), script.moves, followed.times)
        result = followed.result
        fault = result.failures[0] if result.failures else result.elsewhere
        if not followed.moments:
            return Scene(
                script.began, (), (), (), (), (), completed=False, current=frozenset(),
                done=frozenset(), data={}, record=self.record, fault=fault,
            )  # fmt: skip
        last = followed.moments[-1].reached
        current = frozenset(map(bare, _waits(last)))
        return Scene(
            now=followed.now,
            todos=tuple(self._todo(one, n) for n, one in enumerate(_in_order(last.open_tasks))),
            awaited=tuple(self._awaited(followed.moments[-1])),
            deadlines=tuple(self._deadlines()) if not last.completed else (),
            notices=tuple(self.notices),
            log=tuple(self.log),
            completed=last.completed,
            current=current,
            done=frozenset(self.entered) - current,
            data=last.data,
            record=self.record,
            lacking=tuple(self.lacking),
            fault=fault,
        )

    def _check_application(self) -> None:
        """Note the materials that were not handed in, as the portal would."""
        if self.process.start_form in self.record.reading.forms:
            missing = unsent(self.record.application)
            self.lacking += [Lacking(0, code, text) for code, text in missing]

    # --- signatures: moves that leave the diagram where it is ----------------------------------
    def _signatures(self, until: int, moves: Sequence[Move], times: Sequence[datetime]) -> None:
        """Tell the signatures among the moves up to this number."""
        for number in range(self.told + 1, min(until, len(times)) + 1):
            move, at = moves[number - 1], times[number - 1]
            if "sign" in move:
                self._signed(move, at, number)
        self.told = max(self.told, until)

    def _signed(self, move: Move, at: datetime, number: int) -> None:
        todo = self._todo_of(move, str(move["sign"]))
        name = self._name(str(move["sign"]))
        if todo is None:
            gone = Text(f"“{name.zh}”没有待办。", f"“{name.en}” is not open.")
            self.lacking.append(Lacking(number, "sign", gone))
            return
        self.lacking += self.record.lacking(todo, move, at, number)
        self.record = self.record.signing(todo, move, at)
        signed = self.record.signatures(todo)
        count = signed.count if signed is not None else 0
        words = Text(f"{name.zh}：第{count}人已签名", f"{name.en}: signature {count}")
        self.log.append(Happened(at, words, number))

    def _todo_of(self, move: Move, element: str) -> Todo | None:
        """Find the open task that a move is about."""
        wanted = move.get("for")
        open_now = _in_order(list(self.before.values()))
        todos = [
            self._todo(one, number)
            for number, one in enumerate(open_now)
            if bare(one.element) == element
        ]
        return next((one for one in todos if wanted is None or one.item == str(wanted)), None)

    # --- one moment ----------------------------------------------------------------------------
    def _moment(self, moment: Moment, moves: Sequence[Move]) -> None:
        reached, at, number = moment.reached, moment.at, moment.number
        first = not self.log
        open_now = {one.id: one for one in reached.open_tasks}
        self.told = max(self.told, number)
        move = moves[number - 1] if number and not moment.timer else {}
        if "complete" in move and not any(one.number == number for one in self.log):
            self._on_record(move, at, number)
        self._log(moment, move, first=first)
        for entry in reached.trace:
            self._trace(bare(entry.element), entry.event, at, number)
        if "complete" in move and not self._was_told(number):
            gone = [one for key, one in self.before.items() if key not in open_now]
            done = next((o for o in gone if bare(o.element) == move["complete"]), None)
            self._completed(done, str(move.get("outcome") or ""), at, number)
        for key, one in open_now.items():
            if key not in self.opened:
                self.opened[key] = at
                self._opened(one, at, number)
        self.before = open_now

    def _on_record(self, move: Move, at: datetime, number: int) -> None:
        """Put a completion on record, and note what the inbox would have refused in it."""
        todo = self._todo_of(move, str(move["complete"]))
        if todo is not None:
            self.lacking += self.record.lacking(todo, move, at, number)
            self.record = self.record.completing(todo, move, at)

    def _was_told(self, number: int) -> bool:
        """Whether the move of this number was told before: what follows it happens by itself."""
        return sum(one.number == number for one in self.log) > 1

    def _log(self, moment: Moment, move: Move, *, first: bool) -> None:
        if first:
            text = Text("申请已提交", "The application was handed in")
        elif moment.timer:
            name = self._name(bare(moment.timer))
            text = Text(f"定时“{name.zh}”到时", f"The timer “{name.en}” went off")
        elif "complete" in move and not any(one.number == moment.number for one in self.log):
            text = self._completion(move)
        elif "message" in move or "signal" in move:
            sent = str(move.get("message") or move.get("signal"))
            text = Text(f"收到“{sent}”", f"“{sent}” came in")
        else:
            text = Text("流程自动继续", "The process went on by itself")
        self.log.append(Happened(moment.at, text, moment.number))

    def _completion(self, move: Move) -> Text:
        element = str(move["complete"])
        done = next((one for one in self.before.values() if bare(one.element) == element), None)
        name, step = self._name(element), self.steps.get(done.element if done else element)
        outcome = step.outcome(str(move.get("outcome") or "")) if step is not None else None
        label = outcome.label if outcome is not None else Text("完成", "done")
        whose = self.words.department(str(move["for"])) if "for" in move else None
        zh, en = (f"（{whose.zh}）", f" ({whose.en})") if whose is not None else ("", "")
        return Text(f"{name.zh}{zh}：{label.zh}", f"{name.en}{en}: {label.en}")

    def _trace(self, element: str, event: str, at: datetime, number: int) -> None:
        if event == "entered":
            self.entered.append(element)
        node = self.nodes.get(element)
        if node is None or node.properties.get("clock") != "stop":
            return
        ground = cause_of(node.properties.get("ground", ""))
        if event == "entered":
            self.stops.append((node, at, None))
            if ground is not None:
                self.notices.append(notices.clock_stopped(ground.text, at, number))
            return
        running = [n for n, one in enumerate(self.stops) if one[0] is node and one[2] is None]
        for place in running[:1]:
            self.stops[place] = (node, self.stops[place][1], at)
            if ground is not None:
                self.notices.append(notices.clock_resumed(at, number))

    def _completed(self, task: OpenTask | None, outcome: str, at: datetime, number: int) -> None:
        if task is None or (step := self.steps.get(task.element)) is None:
            return
        told = notices.of_turn(step, outcome, at, number)
        if told is not None:
            self.notices.append(told)
        if (step.act, outcome) == ("accept", "accept"):
            self.accepted, self.received = at, None
        elif step.act == "accept":
            self.received = None
        elif step.act == "correct":
            self.received = at
        elif step.act == "decide":
            self.decided = at
        elif step.act == "deliver":
            self.delivered = at

    def _opened(self, task: OpenTask, at: datetime, number: int) -> None:
        step = self.steps.get(task.element)
        if step is None or (step.role == "applicant" and self._told_at(number)):
            return
        name = self.words.department(self._department(step, task.branch))
        told = notices.of_opened(step, name, at, number)
        if told is not None:
            self.notices.append(told)

    def _told_at(self, number: int) -> bool:
        return any(one.number == number and one.to == notices.APPLICANT for one in self.notices)

    # --- how it stands -------------------------------------------------------------------------
    def _todo(self, task: OpenTask, number: int) -> Todo:
        element = bare(task.element)
        step, opened = self.steps[task.element], self.opened[task.id]
        due = self.deadline(step.name, opened, step.limit, ()) if step.limit else None
        branch = task.branch
        item = str(branch.item) if branch is not None else ""
        department = self._department(step, branch)
        # The runtime's own ids differ from walk to walk.
        name = f"{number}-{element}"
        return Todo(name, element, step, department, opened, due, item, task.data)

    def _department(self, step: Step, branch: Branch | None) -> str:
        if step.department in ("co", "each"):
            return str(branch.item) if branch is not None else ""
        return self.process.lead if step.department == "lead" else step.department

    def _awaited(self, moment: Moment) -> Iterator[Awaited]:
        for timer in moment.reached.timers:
            yield Awaited("timer", bare(timer.element), "", at=timer.due_at)
        for one in moment.reached.subscriptions:
            yield Awaited(one.kind, bare(one.element), one.name, one.key)

    def _name(self, element: str) -> Text:
        node = self.nodes.get(element)
        if node is None:
            return Text(element, element)
        kind = KINDS.get(node.type, Text(element, element))
        return Text(node.name.zh or kind.zh, node.name.en or kind.en)

    # --- the clocks of the case ----------------------------------------------------------------
    def _deadlines(self) -> Iterator[Deadline]:
        process = self.process
        if self.decided is not None:
            if self.delivered is None:
                limit = process.properties.get("deliveryLimit") or DELIVERY
                yield self.deadline(_DELIVERY, self.decided, limit, ())
            return
        if self.received is not None and self.accepted is None:
            limit = process.properties.get("receiptLimit") or RECEIPT
            yield self.deadline(_RECEIPT, self.received, limit, ())
        start = self.began if process.clock_start == "received" else self.accepted
        if start is None or self.accepted is None:
            return
        if process.promised_limit:
            yield self._clock(_PROMISED, start, process.promised_limit, statutory=False)
        if process.statutory_limit:
            yield self._clock(_STATUTORY, start, process.statutory_limit, statutory=True)

    def _clock(self, name: Text, start: datetime, limit: str, *, statutory: bool) -> Deadline:
        found: list[Stop] = []
        for node, since, until in self.stops:
            ground = cause_of(node.properties.get("ground", ""))
            if ground is None or not (ground.statutory if statutory else ground.promised):
                continue
            planned = node.properties.get("limit")
            end = until or (self.deadline(name, since, planned, ()).at if planned else None)
            if end is None:
                return Deadline(name, None, _NO_LIMIT)
            # 24:00 belongs to the day it ends.
            last = civil_date(end - timedelta(microseconds=1))
            found.append(Stop(civil_date(since), last, ground.text))
        return self.deadline(name, start, limit, found)


def _waits(reached: Reached) -> Iterator[str]:
    """Give the elements at which a case waits."""
    yield from (one.element for one in reached.open_tasks)
    yield from (one.element for one in reached.timers)
    yield from (one.element for one in reached.subscriptions)


def _in_order(tasks: Sequence[OpenTask]) -> list[OpenTask]:
    """Sort open tasks by their step and branch, so that every walk gives the same order."""
    return sorted(tasks, key=lambda one: (bare(one.element), str(one.branch and one.branch.item)))
