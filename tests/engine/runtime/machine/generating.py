"""Make random diagrams in which every construct may stand beside and inside every other."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.engine.dmn import build as dmn
from tests.engine.runtime.drawing import chain, end, flow, gateway, script, start, timer, user
from tests.engine.runtime.machine.playing import (
    a_process,
    catch,
    conditional,
    definitions,
    edge,
    event,
    event_start,
    throw,
)

PAID = event("message", messageRef="m")
STOP = event("signal", signalRef="sg")
E1 = event("error", errorRef="er")
X1 = event("escalation", escalationRef="es")
TERMINATE = "<terminateEventDefinition/>"
UNDO = "<compensateEventDefinition/>"
TABLES = {
    "t.dmn": dmn.definitions(
        dmn.fact("n", "number"),
        dmn.decision("D", dmn.table("FIRST", ["n"], ["r:number"], ["> 2 => 1", "- => 0"]), "=n"),
    )
}


@dataclass
class Block:
    """A piece of a diagram with one way in and one way out."""

    xml: str
    first: str
    last: str


@dataclass
class Maker:
    """Makes one file; the same seed gives the same file."""

    seed: int
    size: int = 14
    left: int = 0
    number: int = 0
    calls: list[str] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)

    def make(self) -> bytes:
        """Make a whole file."""
        self.chance = random.Random(self.seed)
        self.left = self.size
        main = self._process("p", 0)
        return definitions(main, *self.calls)

    def _process(self, name: str, depth: int) -> str:
        block = self._blocks(depth)
        first, last = self.name("s"), self.name("e")
        body = [start(first), end(last), block.xml, chain(first, block.first)]
        if self.chance.random() < 0.4:
            body.append(self._event_subprocess(depth))
        return a_process(name, *body, chain(block.last, last))

    def name(self, kind: str) -> str:
        """Give a new id."""
        self.number += 1
        return f"{kind}{self.number}"

    def _blocks(self, depth: int) -> Block:
        found = [self._block(depth) for _ in range(self.chance.randint(1, 3))]
        joined = "".join(chain(one.last, two.first) for one, two in itertools.pairwise(found))
        return Block("".join(b.xml for b in found) + joined, found[0].first, found[-1].last)

    def _block(self, depth: int) -> Block:
        self.left -= 1
        simple: list[Callable[[int], Block]] = [self._task, self._task, self._script, self._wait]
        if depth > 3 or self.left < 0:
            return self.chance.choice(simple)(depth)
        return self.chance.choice(
            [
                *simple,
                self._table,
                self._exclusive,
                self._parallel,
                self._inclusive,
                self._loop,
                self._subprocess,
                self._subprocess,
                self._many,
                self._again,
                self._edged,
                self._call,
                self._race,
                self._ad_hoc,
                self._transaction,
                self._undone,
                self._signal,
                self._link,
                self._complex,
            ]
        )(depth)

    # --- single nodes ---
    def _task(self, _depth: int) -> Block:
        name = self.name("t")
        kinds = [user(name), f'<serviceTask id="{name}"/>', f'<task id="{name}"/>']
        return Block(self.chance.choice(kinds), name, name)

    def _script(self, _depth: int) -> Block:
        name = self.name("k")
        return Block(script(name, "n = n + 1"), name, name)

    def _table(self, _depth: int) -> Block:
        name = self.name("d")
        given = 'camunda:decisionRef="D" camunda:resultVariable="r"'
        kept = f'<businessRuleTask id="{name}" {given} camunda:mapDecisionResult="singleEntry"/>'
        return Block(kept, name, name)

    def _wait(self, _depth: int) -> Block:
        name = self.name("c")
        what = self.chance.choice(
            [timer("P1D"), timer("PT4WH"), PAID, STOP, PAID + timer("P2D"), conditional("n > 0")]
        )
        return Block(catch(name, what), name, name)

    def _signal(self, _depth: int) -> Block:
        name = self.name("th")
        return Block(throw(name, self.chance.choice([STOP, X1, PAID, ""])), name, name)

    def _link(self, _depth: int) -> Block:
        out, into, after = self.name("lo"), self.name("li"), self.name("t")
        link = f'<linkEventDefinition name="{out}"/>'
        before = self.name("t")
        xml = f'<task id="{before}"/>' + throw(out, link) + catch(into, link)
        xml += f'<task id="{after}"/>' + chain(before, out) + chain(into, after)
        return Block(xml, before, after)

    # --- ways ---
    def _exclusive(self, depth: int) -> Block:
        return self._ways("exclusive", depth, "n > 1")

    def _inclusive(self, depth: int) -> Block:
        return self._ways("inclusive", depth, "n >= 0")

    def _ways(self, kind: str, depth: int, condition: str) -> Block:
        split, join, default = self.name("g"), self.name("j"), self.name("fl")
        one, two = self._blocks(depth + 1), self._blocks(depth + 1)
        xml = gateway(kind, split, default) + gateway(kind, join) + one.xml + two.xml
        xml += flow(split, one.first, condition) + flow(split, two.first, flow_id=default)
        return Block(xml + chain(one.last, join) + chain(two.last, join), split, join)

    def _parallel(self, depth: int) -> Block:
        split, join = self.name("g"), self.name("j")
        blocks = [self._blocks(depth + 1) for _ in range(self.chance.randint(2, 3))]
        xml = gateway("parallel", split) + gateway("parallel", join)
        xml += "".join(b.xml + chain(split, b.first) + chain(b.last, join) for b in blocks)
        return Block(xml, split, join)

    def _complex(self, depth: int) -> Block:
        split, join = self.name("g"), self.name("j")
        blocks = [self._blocks(depth + 1) for _ in range(2)]
        asked = "<activationCondition>activationCount &gt;= 1</activationCondition>"
        xml = gateway("parallel", split) + f'<complexGateway id="{join}">{asked}</complexGateway>'
        xml += "".join(b.xml + chain(split, b.first) + chain(b.last, join) for b in blocks)
        return Block(xml, split, join)

    def _loop(self, depth: int) -> Block:
        merge, choice, on, count = (self.name(one) for one in ("x", "g", "fl", "k"))
        block = self._blocks(depth + 1)
        xml = gateway("exclusive", merge) + gateway("exclusive", choice, on) + block.xml
        xml += script(count, f"{count} = {count} + 1") + user(wait := self.name("t"))
        xml += chain(merge, block.first) + chain(block.last, count, wait, choice)
        xml += flow(choice, merge, f"{count} < 2")
        after = self.name("t")
        return Block(xml + f'<task id="{after}"/>' + flow(choice, after, flow_id=on), merge, after)

    def _race(self, depth: int) -> Block:
        split, join = self.name("g"), self.name("j")
        xml = f'<eventBasedGateway id="{split}"/>' + gateway("exclusive", join)
        for what in self.chance.sample([timer("P1D"), timer("P3D"), PAID, STOP], 2):
            name, block = self.name("c"), self._blocks(depth + 1)
            xml += catch(name, what) + block.xml + chain(split, name, block.first)
            xml += chain(block.last, join)
        return Block(xml, split, join)

    # --- inside ---
    def _inside(self, depth: int) -> str:
        block = self._blocks(depth + 1)
        first, last = self.name("s"), self.name("e")
        thrown = self.chance.choice(["", "", "", "", X1, STOP, E1, TERMINATE])
        xml = start(first) + end(last, thrown) + block.xml + chain(first, block.first)
        if self.chance.random() < 0.4:
            xml += self._event_subprocess(depth + 1)
        return xml + chain(block.last, last)

    def _event_subprocess(self, depth: int) -> str:
        name, first, last = self.name("h"), self.name("s"), self.name("e")
        what = self.chance.choice([timer("P1D"), timer("R2/P1D", "timeCycle"), PAID, STOP, X1, E1])
        interrupting = what == E1 or self.chance.random() < 0.5
        block = self._blocks(depth + 2)
        return (
            f'<subProcess id="{name}" triggeredByEvent="true">'
            + event_start(first, what, interrupting=interrupting)
            + block.xml
            + end(last)
            + chain(first, block.first)
            + chain(block.last, last)
            + "</subProcess>"
        )

    def _subprocess(self, depth: int, loop: str = "") -> Block:
        name = self.name("sub")
        xml = f'<subProcess id="{name}">{loop}{self._inside(depth)}</subProcess>'
        return Block(xml, name, name)

    def _many(self, depth: int) -> Block:
        order = str(self.chance.random() < 0.5).lower()
        inner = self.chance.choice(
            [
                "<loopCardinality>2</loopCardinality>",
                (
                    "<loopCardinality>3</loopCardinality><completionCondition>"
                    "nrOfCompletedInstances &gt;= 2</completionCondition>"
                ),
            ]
        )
        loop = (
            f'<multiInstanceLoopCharacteristics isSequential="{order}">{inner}'
            "</multiInstanceLoopCharacteristics>"
        )
        if self.chance.random() < 0.5:
            name = self.name("t")
            return Block(user(name, loop), name, name)
        return self._subprocess(depth, loop)

    def _again(self, depth: int) -> Block:
        loop = (
            '<standardLoopCharacteristics loopMaximum="2"><loopCondition>n &lt; 50'
            "</loopCondition></standardLoopCharacteristics>"
        )
        return self._subprocess(depth, loop)

    def _edged(self, depth: int) -> Block:
        block = self._subprocess(depth) if self.chance.random() < 0.6 else self._task(depth)
        name, side, last = self.name("b"), self._blocks(depth + 1), self.name("j")
        what = self.chance.choice(
            [timer("P1D"), timer("R2/P2D", "timeCycle"), PAID, STOP, X1, E1, PAID + timer("P3D")]
        )
        interrupting = what == E1 or self.chance.random() < 0.5
        xml = block.xml + edge(name, block.first, what, interrupting=interrupting)
        xml += side.xml + chain(name, side.first)
        if interrupting:
            xml += gateway("exclusive", last) + chain(side.last, last) + chain(block.last, last)
            return Block(xml, block.first, last)
        return Block(xml + end(last) + chain(side.last, last), block.first, block.last)

    def _call(self, depth: int) -> Block:
        name, process = self.name("ca"), self.name("q")
        self.calls.append(self._process(process, depth + 1))
        passed = '<extensionElements><camunda:in variables="all"/></extensionElements>'
        call = f'<callActivity id="{name}" calledElement="{process}">{passed}</callActivity>'
        return Block(call, name, name)

    def _ad_hoc(self, _depth: int) -> Block:
        name, order = self.name("ah"), self.chance.choice(["Parallel", "Sequential"])
        inner = "".join(self._task(9).xml for _ in range(2))
        xml = f'<adHocSubProcess id="{name}" ordering="{order}">{inner}</adHocSubProcess>'
        return Block(xml, name, name)

    def _undone(self, _depth: int) -> Block:
        task, edge_, undo, thrown = (self.name(one) for one in ("t", "b", "u", "th"))
        xml = user(task) + edge(edge_, task, UNDO) + throw(thrown, UNDO)
        xml += f'<userTask id="{undo}" isForCompensation="true"/>' + chain(task, thrown)
        xml += f'<association id="as{undo}" sourceRef="{edge_}" targetRef="{undo}"/>'
        return Block(xml, task, thrown)

    def _transaction(self, depth: int) -> Block:
        name, edge_, join = self.name("tx"), self.name("b"), self.name("j")
        block, first, last = self._undone(depth), self.name("s"), self.name("e")
        cancel = end(last, "<cancelEventDefinition/>" if self.chance.random() < 0.5 else "")
        inner = start(first) + block.xml + cancel + chain(first, block.first)
        xml = f'<transaction id="{name}">{inner}{chain(block.last, last)}</transaction>'
        xml += edge(edge_, name, "<cancelEventDefinition/>") + gateway("exclusive", join)
        return Block(xml + chain(edge_, join) + chain(name, join), name, join)


def variables(seed: int) -> dict[str, Any]:
    """Give the variables a generated process begins with: its counters."""
    return {"n": seed % 3, **{f"k{number}": 0 for number in range(200)}}
