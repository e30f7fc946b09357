"""Check the nodes of a plain diagram: each kind, its events, its loop, its settings."""

import re

from engine.bpmn import elements
from engine.bpmn.check_constants import MOST_BRANCHES, constant
from engine.bpmn.check_plain_rare import check_opening, check_settings, check_watching, fit_together
from engine.bpmn.check_structure import by_event
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import EventDefinition, Loop, Node, Process
from engine.bpmn.plain_rules import AWAITED, BEGINNINGS, EVENTS, HOSTS, NAMED, SETTINGS
from forms.text import Text

_UNDO = "isForCompensation"


def check_node(process: Process, node: Node, findings: Findings, *, plain: bool = False) -> None:
    """Report everything that keeps one node from running as it is drawn.

    Outside of ``plain`` diagrams what few draw is refused, not run.
    """
    _Node(process, node, findings, plain=plain).check()


class _Node:
    def __init__(
        self, process: Process, node: Node, findings: Findings, *, plain: bool = False
    ) -> None:
        self.process, self.node, self.findings, self.plain = process, node, findings, plain
        self.parent = process.nodes.get(node.parent or "")

    def check(self) -> None:
        """Look at everything."""
        self._settings()
        if self.node.type in EVENTS:
            self._event()
        elif by_event(self.node):
            self._event_subprocess()
        if self.node.type == "boundaryEvent":
            self._boundary()
        if self.node.type in HOSTS:
            self._activity()
        elif self.node.type == "eventBasedGateway":
            self._event_gateway()
        elif self.node.type == "complexGateway":
            self._complex()
        if self.node.loop is not None:
            self._loop()

    def say(self, rule: str, zh: str, en: str, hint: Text, line: int | None = None) -> None:
        """Note an error of this node; ``…`` stands for its name."""
        name = called(self.node)
        english = en.replace("…", f"the {name.en}")
        message = Text(zh.replace("…", name.zh), english[:1].upper() + english[1:])
        self.findings.error(rule, self.node, message, hint, line)

    def _settings(self) -> None:
        check_settings(self.node, self.say)
        for name, (plain, remedy) in () if self.plain else SETTINGS.items():
            value = self.node.attributes.get(name, plain)
            if value != plain:
                zh, en = f"…的 {name}=“{value}”不支持。", f"{name}='{value}' on … is not supported."
                self.say("not-run", zh, en, remedy)
        for text, line in self.node.mappings.unread:
            self.say(
                "bad-mapping",
                f"…的输入输出“{text}”无法识别。",
                f"The mapping '{text}' of … cannot be read.",
                Text("请写名称和 FEEL 表达式。", "Give a name and a FEEL expression."),
                line,
            )

    # --- events --------------------------------------------------------------------------------
    def _event(self) -> None:
        node, hint = self.node, Text("请每个事件只保留一个定义。", "Keep one definition each.")
        if len(node.events) > 1 and not fit_together(node):
            self.say(
                "several-definitions", "…有多个事件定义。", "There are several events on ….", hint
            )
            return
        allowed = EVENTS[node.type]
        if node.type == "startEvent" and self.parent is not None:
            allowed = BEGINNINGS if by_event(self.parent) else frozenset({None})
        for event in node.events or (None,):
            if event is None and None not in allowed:
                self.say(
                    "unsupported",
                    "…没有写明是哪一种事件。",
                    "… does not say what kind of event it is.",
                    Text(
                        "请给它一个触发，如消息或定时。",
                        "Give it a trigger, as a message or timer.",
                    ),
                )
            elif event is not None and event.kind not in allowed:
                self.say(
                    "unsupported",
                    f"…不能是“{event.kind}”类型。",
                    f"… cannot be of the kind '{event.kind}' here.",
                    Text("请换一种事件，或换个位置。", "Use another event, or another place."),
                )
            elif event is not None:
                self._definition(event)

    def _definition(self, event: EventDefinition) -> None:
        self._reference(event)
        if event.until:
            self.say(
                "not-run",
                "…的循环写了截止时间 endDate，不支持。",
                "… has a cycle that says endDate, which is not supported.",
                Text("请写次数，如 R10/PT5M。", "Say how often instead, as R10/PT5M."),
                event.line,
            )
        check_watching(event, self.say)
        if event.kind == "link":
            self._link(event)
        elif event.kind == "cancel":
            self._cancel()
        elif event.kind == "compensate" and event.ref:
            self._undone(event)
        catches = self.node.type in {"startEvent", "boundaryEvent"} and not self.node.interrupting
        if event.kind in {"error", "cancel"} and catches:
            self.say(
                "unsupported",
                "…捕获错误或取消却不中断：它们总是中断。",
                f"… catches this {event.kind} without interrupting: it always interrupts.",
                Text("请设为中断，或改用升级。", "Make it interrupting, or use an escalation."),
            )

    def _undone(self, event: EventDefinition) -> None:
        """Check that an event can see the activity it undoes (BPMN 2.0, 10.5.6)."""
        wanted = self.process.nodes.get(event.ref)
        level, seen = self.parent, {self.node.parent}
        while level is not None and by_event(level):
            seen.add(level.parent)
            level = self.process.nodes.get(level.parent or "")
        if wanted is None:
            self.say(
                "dangling-reference",
                f"…要撤销的活动“{event.ref}”不存在。",
                f"… undoes '{event.ref}', which does not exist.",
                Text("请改正 activityRef。", "Mend the activityRef."),
            )
        elif self.plain and self.node.type != "boundaryEvent" and wanted.parent not in seen:
            self.say(
                "compensation-reach",
                f"…够不到要撤销的活动“{event.ref}”：它不在同一层。",
                f"… cannot reach '{event.ref}', which it undoes: it is not on the same level.",
                Text("请撤销它所在的子流程，或移到同一层。", "Undo the subprocess around it."),
            )

    def _reference(self, event: EventDefinition) -> None:
        if event.kind in NAMED and not event.ref and not self._sent_outside(event):
            self.say(
                "missing-name",
                f"…没有写明{event.kind}的名称。",
                f"… does not name its {event.kind}.",
                Text("请指定它的名称。", "Give it a name or a reference."),
                event.line,
            )
        if self.plain and (event.ref.startswith(("=", "#{")) or "${" in event.ref):
            self.say(
                "computed-name",
                f"…的名称“{event.ref}”是算出来的，不支持。",
                f"The name '{event.ref}' of … is computed, which is not supported.",
                Text(
                    "请写固定的名称，用关联键区分。",
                    "Write a fixed name; tell runs apart by a correlation key.",
                ),
                event.line,
            )
        if event.dangling:
            self.say(
                "dangling-reference",
                f"…引用的“{event.ref}”没有定义。",
                f"… refers to '{event.ref}', which is not declared.",
                Text("请在文件里定义它。", "Declare it in the file."),
                event.line,
            )

    def _sent_outside(self, event: EventDefinition) -> bool:
        """Whether a message without a name is sent by a program outside."""
        throws = self.node.type in {"endEvent", "intermediateThrowEvent"}
        told = event.outside or "topic" in self.node.attributes
        return self.plain and throws and event.kind == "message" and told

    def _link(self, event: EventDefinition) -> None:
        same = self.process.linked(self.node.parent, event.ref)
        throws = self.node.type == "intermediateThrowEvent"
        caught = sum(other.type == "intermediateCatchEvent" for other in same)
        if caught != 1 or not any(other.type == "intermediateThrowEvent" for other in same):
            self.say(
                "link-without-end",
                f"链接“{event.ref}”应有一个入口和至少一个出口，且在同一层。",
                f"The link '{event.ref}' needs one catching and a throwing event on one level.",
                Text("请补上另一端，或用顺序流相连。", "Draw its other end, or use a flow."),
            )
        wrong = self.node.outgoing if throws else self.node.incoming
        if wrong:
            self.say(
                "link-with-flow",
                "…这一侧不能有顺序流。",
                "… cannot have a flow on this side.",
                Text("请删除这条顺序流。", "Delete this flow."),
            )

    def _cancel(self) -> None:
        if self.node.type == "boundaryEvent":
            host = self.process.nodes.get(self.node.attached_to or "")
            good = host is not None and host.type == "transaction"
        else:
            edges = self.process.boundaries(self.parent.id) if self.parent else ()
            good = any(event.kind == "cancel" for edge in edges for event in edge.events)
            good = good and self.parent is not None and self.parent.type == "transaction"
        if not good:
            self.say(
                "cancel-outside",
                "…应属于一个带有取消边界事件的事务。",
                "… must belong to a transaction with a cancel event on its edge.",
                Text("请画成事务，并在边上加取消事件。", "Draw a transaction with such an edge."),
            )

    def _boundary(self) -> None:
        node = self.node
        host = self.process.nodes.get(node.attached_to or "")
        if host is not None and (host.type not in HOSTS or by_event(host)):
            self.say(
                "boundary-host",
                "…没有附着在流程中的活动上。",
                "… does not sit on an activity in the flow.",
                Text("请把它放到任务或子流程上。", "Put it on a task or a subprocess in the flow."),
            )
        if not any(event.kind == "compensate" for event in node.events):
            return
        handler = self.process.nodes.get(node.handler or "")
        undoes = handler is not None and handler.attributes.get(_UNDO) == "true"
        if handler is not None and handler.type not in HOSTS:
            undoes = False
        if not undoes or node.outgoing:
            self.say(
                "compensation-handler",
                "…应用关联连到一个补偿活动，而不是顺序流。",
                "… must be associated with an activity for compensation, without a flow.",
                Text(
                    "请画关联，并设活动的 isForCompensation=true。",
                    "Draw an association; set isForCompensation=true on the activity.",
                ),
            )

    def _event_subprocess(self) -> None:
        starts = [n for n in self.process.within(self.node.id) if n.type == "startEvent"]
        if len(starts) != 1 or self.node.incoming or self.node.outgoing:
            self.say(
                "event-subprocess",
                "…应有且只有一个开始事件，且不连顺序流。",
                "… needs exactly one start event, and no flows to or from it.",
                Text("请画一个带触发的开始事件。", "Draw one start event with a trigger."),
            )

    # --- activities and gateways ---------------------------------------------------------------
    def _activity(self) -> None:
        node = self.node
        if node.attributes.get(_UNDO) == "true" and (node.incoming or node.outgoing):
            self.say(
                "compensation-flow",
                "…用于补偿，不能连顺序流。",
                "… is for compensation and cannot have flows.",
                Text("请删除这些顺序流。", "Delete these flows."),
            )
        for event in node.events:
            self._reference(event)
        if node.type == "receiveTask" and not node.events:
            self.say(
                "missing-name",
                "…没有写明等待哪个消息，会永远等下去。",
                "… does not say which message it waits for: it would wait for ever.",
                Text("请写 messageRef。", "Set its messageRef."),
            )
        if node.type == "callActivity" and node.attributes.get("caseRef", "").strip():
            self.say(
                "not-run",
                "…调用 CMMN 案例（caseRef），不支持。",
                "… calls a CMMN case (caseRef), which is not supported.",
                Text(
                    "请调用流程（calledElement），或画即席子流程。",
                    "Call a process (calledElement), or draw an ad-hoc subprocess.",
                ),
            )
        elif node.type == "callActivity" and not node.attributes.get("calledElement", "").strip():
            self.say(
                "unknown-process",
                "…没有写明调用哪个流程。",
                "… does not say which process it calls.",
                Text("请写 calledElement。", "Set its calledElement."),
            )
        if node.type == "callActivity" and self.plain:
            self._binding()

    def _binding(self) -> None:
        given = self.node.attributes
        binding = given.get("calledElementBinding", "latest")
        known = {"latest", "deployment", "versionTag"}
        if binding not in known or given.get("calledElementType", "key") != "key":
            named = binding if binding not in known else given["calledElementType"]
            self.say(
                "not-run",
                f"…的版本绑定“{named}”不支持：文件里没有版本号。",
                f"The binding '{named}' of … is not supported: files carry no version numbers.",
                Text(
                    "请用 latest、deployment 或 versionTag。",
                    "Use latest, deployment or versionTag.",
                ),
            )
        elif binding == "versionTag" and not given.get("calledElementVersionTag"):
            self.say(
                "unknown-process",
                "…没有写明版本标签。",
                "… does not say which version tag it calls.",
                Text("请写 calledElementVersionTag。", "Set its calledElementVersionTag."),
            )

    def _event_gateway(self) -> None:
        if self.plain:
            check_opening(self.process, self.node, self.say)
        elif self.node.attributes.get("instantiate") == "true":
            self.say(
                "unsupported",
                "…不能用来启动流程。",
                "… cannot begin a process here.",
                Text("请用几个消息开始事件。", "Use several message start events."),
            )
        for name in self.node.outgoing:
            target = self.process.nodes.get(self.process.flows[name].target)
            if target is None:
                continue
            kinds = {event.kind for event in target.events}
            catches = target.type in {"intermediateCatchEvent", "receiveTask"}
            if not catches or not kinds <= AWAITED or self.process.boundaries(target.id):
                self.say(
                    "event-gateway",
                    f"…之后只能是等待的事件，“{target.id}”不是。",
                    f"Only events to wait for can follow …; '{target.id}' is none.",
                    Text("请接中间捕获事件或接收任务。", "Lead it to catching events."),
                )

    def _complex(self) -> None:
        if len(self.node.incoming) > 1 and not self.node.condition:
            self.say(
                "condition-missing",
                "…没有激活条件。",
                "… has no activation condition.",
                Text("请写 activationCondition。", "Give it an activationCondition."),
            )

    def _loop(self) -> None:
        loop = self.node.loop
        if loop is None:
            return
        if self.node.type not in elements.TASKS | elements.CONTAINERS:
            what = "loop-place", "…不能循环。", "… cannot loop."
            self.say(*what, Text("请删除循环。", "Delete the loop."))
        else:
            self._times(loop)
        if loop.behavior != "All":
            self._behavior(loop)

    def _times(self, loop: Loop) -> None:
        if any(_negative(text) for text in (loop.cardinality, loop.maximum)):
            self.say(
                "loop-bound",
                "…的循环次数是负数。",
                "The number of runs of … is negative.",
                Text("请写不小于 0 的次数。", "Write a number that is not negative."),
                loop.line,
            )
        elif loop.kind == "standard":
            if loop.completion is None and loop.maximum is None:
                self.say(
                    "loop-bound",
                    "…的循环没有条件也没有次数。",
                    "The loop of … has neither a condition nor a maximum.",
                    Text("请写 loopCondition 或 loopMaximum。", "Give it one of them."),
                    loop.line,
                )
        elif (loop.over is None) == (loop.cardinality is None):
            self.say(
                "loop-bound",
                "…的多实例应有集合或次数之一。",
                "… needs a collection or a cardinality, one of them.",
                Text("请写 collection 或 loopCardinality。", "Give it one of them."),
                loop.line,
            )
        elif _too_many(loop.cardinality):
            self.say(
                "loop-bound",
                f"…的多实例超过 {MOST_BRANCHES} 个。",
                f"… has more than {MOST_BRANCHES} branches.",
                Text(f"请写不超过 {MOST_BRANCHES} 的次数。", f"Write at most {MOST_BRANCHES}."),
                loop.line,
            )

    def _behavior(self, loop: Loop) -> None:
        good = {"error", "escalation", "signal", "message"}
        kinds = {event.kind for _, event in loop.throws}
        asked = all(condition != "" for condition, _ in loop.throws)
        if loop.throws and asked and kinds <= good:
            for _, event in loop.throws:
                self._reference(event)
            return
        self.say(
            "not-run",
            f"…的 behavior=“{loop.behavior}”没有写明抛出什么事件，或不支持。",
            f"behavior='{loop.behavior}' on … does not say what it throws, or is not supported.",
            Text(
                "请写 noneBehaviorEventRef、oneBehaviorEventRef 或 complexBehaviorDefinition。",
                "Give it a noneBehaviorEventRef, oneBehaviorEventRef or complexBehaviorDefinition.",
            ),
            loop.line,
        )


def _negative(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"=?\s*-\s*\d+", text.strip()) is not None


def _too_many(cardinality: str | None) -> bool:
    number = constant(cardinality)
    return isinstance(number, int) and number > MOST_BRANCHES
