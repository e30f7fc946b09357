"""Set boxes joined by lines into columns and rows, and run the lines between them.

The usual layered way of drawing (Sugiyama, Tagawa, Toda 1981): lines that lead back are turned
aside, each box stands one column right of all that lead to it, lines longer than a column are cut
into pieces that stand in rows like boxes, and rows are sorted by the middle of what leads to them.
"""

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from engine.bpmn.model import Bounds, Point

#: Between rows; between columns at least; between lines in a gap; for labels behind these.
_ROW, _GAP, _LANE, _LABEL = 30.0, 56.0, 10.0, 104.0
#: Before the first line in a gap.
_BEFORE: Final = 16.0
#: A label's room above its line, its own height, and its width on a line that leads back.
_LABEL_HIGH, _LABEL_TALL, _LABEL_WIDE = 17.0, 15.0, 160.0
#: Between what stands lowest and the first line that leads back, and between those.
_BACK, _BACK_LANE = 32.0, 20.0
#: How high a row is that only a line takes.
_THIN: Final = 8.0
_SWEEPS: Final = 4


@dataclass(frozen=True)
class Box:
    """How much room something takes, and how far down the middle is that lines meet."""

    width: float
    height: float
    middle: float


@dataclass(frozen=True)
class Line:
    """A line from one box to another; ``drop`` is how far below the middle it leaves."""

    id: str
    source: str
    target: str
    labelled: bool = False
    drop: float = 0.0


@dataclass
class Grid:
    """Where the corner of each box is, the points of each line, and how large it all is."""

    places: dict[str, Point] = field(default_factory=dict)
    routes: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    #: Where the labels of lines that lead on have room.
    labels: dict[str, Bounds] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


def arrange(boxes: Mapping[str, Box], lines: Sequence[Line]) -> Grid:
    """Arrange boxes in the order given, as far as lines leave it open, and route the lines."""
    if not boxes:
        return Grid()
    forward, back = _turned(boxes, lines)
    ranks = _ranks(boxes, forward)
    chains = {line.id: _chain(line, ranks) for line in forward}
    cells = _Cells(boxes, ranks, chains)
    plan = _Plan(boxes, {line.id: line for line in lines}, back, chains, ranks)
    return _Routing(plan, cells, _rows(cells)).grid()


def _turned(boxes: Mapping[str, Box], lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Part the lines into those that lead on and those that lead back, walking depth first."""
    leaving: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        leaving[line.source].append(line)
    entered = {line.target for line in lines}
    begun, ended, back = set[str](), set[str](), list[Line]()
    for start in sorted(boxes, key=lambda name: name in entered):
        stack = [(start, iter(leaving[start]))] if start not in begun else []
        begun.add(start)
        while stack:
            name, rest = stack[-1]
            ahead = next(rest, None)
            if ahead is None:
                ended.add(name)
                stack.pop()
            elif ahead.target in begun and ahead.target not in ended:
                back.append(ahead)
            elif ahead.target not in begun:
                begun.add(ahead.target)
                stack.append((ahead.target, iter(leaving[ahead.target])))
    aside = {line.id for line in back}
    return [line for line in lines if line.id not in aside], back


def _ranks(boxes: Mapping[str, Box], forward: Iterable[Line]) -> dict[str, int]:
    """Give each box its column: the longest way from where things begin."""
    leaving: dict[str, list[str]] = defaultdict(list)
    waits = dict.fromkeys(boxes, 0)
    for line in forward:
        leaving[line.source].append(line.target)
        waits[line.target] += 1
    ranks = {name: 0 for name, number in waits.items() if number == 0}
    ready = list(ranks)
    while ready:
        name = ready.pop()
        for target in leaving[name]:
            ranks[target] = max(ranks.get(target, 0), ranks[name] + 1)
            waits[target] -= 1
            if waits[target] == 0:
                ready.append(target)
    return ranks


def _chain(line: Line, ranks: Mapping[str, int]) -> list[str]:
    """Name what a line runs through: its source, a piece in each column between, its target."""
    between = range(ranks[line.source] + 1, ranks[line.target])
    return [line.source, *(f"{line.id} {column}" for column in between), line.target]


class _Cells:
    """What stands in each column, and what each thing follows and leads to."""

    def __init__(
        self, boxes: Mapping[str, Box], ranks: Mapping[str, int], chains: Mapping[str, list[str]]
    ) -> None:
        self.before: dict[str, list[str]] = defaultdict(list)
        self.after: dict[str, list[str]] = defaultdict(list)
        self.box = dict(boxes)
        placed = dict(ranks)
        for chain in chains.values():
            for number, (one, other) in enumerate(pairwise(chain)):
                self.before[other].append(one)
                self.after[one].append(other)
                if other not in self.box:
                    self.box[other] = Box(0.0, _THIN, _THIN / 2)
                    placed[other] = placed[chain[0]] + number + 1
        self.columns: list[list[str]] = [[] for _ in range(max(placed.values()) + 1)]
        for name in self._walked(boxes):
            self.columns[placed[name]].append(name)
        for sweep in range(_SWEEPS):
            self._sort(self.before if sweep % 2 == 0 else self.after, back=sweep % 2 == 1)

    def _walked(self, boxes: Mapping[str, Box]) -> list[str]:
        """List everything depth first, so that branches begin one below the other."""
        found: dict[str, None] = {}
        stack = [name for name in reversed(list(boxes)) if not self.before[name]]
        while stack:
            name = stack.pop()
            if name not in found:
                found[name] = None
                stack += reversed(self.after[name])
        return list(found)

    def _sort(self, neighbours: Mapping[str, list[str]], *, back: bool) -> None:
        """Sort each column by the middle of what its things are joined to, one after the other."""
        places = {name: place for column in self.columns for place, name in enumerate(column)}
        for column in reversed(self.columns) if back else self.columns:
            middles = {
                name: sum(places[one] for one in neighbours[name]) / len(neighbours[name])
                if neighbours.get(name)
                else float(places[name])
                for name in column
            }
            column.sort(key=middles.__getitem__)
            places.update((name, place) for place, name in enumerate(column))


def _rows(cells: _Cells) -> dict[str, float]:
    """Give each thing the height of its middle: near what it is joined to, clear of the others."""
    rows: dict[str, float] = {}
    for column in cells.columns:
        _settle(column, cells, rows, cells.before)
    for column in reversed(cells.columns):
        _settle(column, cells, rows, cells.after)
    for column in cells.columns:
        _settle(column, cells, rows, cells.before)
    return rows


def _settle(
    column: Sequence[str], cells: _Cells, rows: dict[str, float], near: Mapping[str, list[str]]
) -> None:
    """Move a column's things as close as they can come to what they are joined to.

    Those that would lie on each other move as one, to the middle of where they want to be (pool
    adjacent violators, Ayer and others 1955).
    """
    blocks: list[list[float]] = []  # sum of wishes, number, where the last was put in the block
    offsets, offset = [], 0.0
    for place, name in enumerate(column):
        if place:
            above, here = cells.box[column[place - 1]], cells.box[name]
            offset += above.height - above.middle + _ROW + here.middle
        offsets.append(offset)
        known = [rows[one] for one in near.get(name, ()) if one in rows]
        wish = sum(known) / len(known) if known else rows.get(name, offset)
        blocks.append([wish - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, number = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += number
    settled = [total / number for total, number in blocks for _ in range(int(number))]
    for name, where, moved in zip(column, settled, offsets, strict=True):
        rows[name] = where + moved


@dataclass(frozen=True)
class _Plan:
    """What is to be drawn, and in which column each thing stands."""

    boxes: Mapping[str, Box]
    lines: Mapping[str, Line]
    #: Lines that lead back; the others have chains.
    back: Sequence[Line]
    chains: Mapping[str, list[str]]
    ranks: Mapping[str, int]


class _Routing:
    """Turn columns and rows into places, and let the lines run in the gaps between columns."""

    def __init__(self, plan: _Plan, cells: _Cells, rows: Mapping[str, float]) -> None:
        self.boxes, self.lines, self.back = plan.boxes, plan.lines, plan.back
        self.chains, self.ranks = plan.chains, plan.ranks
        top = min(rows[name] - cells.box[name].middle for name in rows)
        self.rows = {name: round(row - top) for name, row in rows.items()}
        self.low = max(self.rows[name] + box.height - box.middle for name, box in cells.box.items())
        self.columns = cells.columns
        self.wide = [max(cells.box[name].width for name in column) for column in cells.columns]
        #: the lines that change their row in the gap behind a column, those of back lines included
        self.turns: dict[int, list[tuple[tuple[float, ...], str, int]]] = defaultdict(list)
        self._count_turns()
        self.lanes = {
            (column, name, number): lane
            for column, turns in self.turns.items()
            for lane, (_, name, number) in enumerate(turns)
        }
        self._set_columns()

    def _leaves(self, line: Line) -> float:
        return self.rows[line.source] + line.drop

    def _count_turns(self) -> None:
        for name, chain in self.chains.items():
            line, first = self.lines[name], self.ranks[self.lines[name].source]
            heights = [self._leaves(line), *(self.rows[one] for one in chain[1:])]
            for number, (one, other) in enumerate(pairwise(heights)):
                if one != other:
                    self._turns_in(first + number, name, number, one, other)
        for line in self.back:
            below = self.low + _BACK
            self._turns_in(self.ranks[line.source], line.id, 0, self._leaves(line), below)
            target = self.ranks[line.target] - 1
            self._turns_in(target, line.id, 1, below, self.rows[line.target])

    def _turns_in(self, column: int, name: str, number: int, start: float, end: float) -> None:
        """Note a line that changes its row in a gap.

        Those that go far turn before those that go less far, so that they do not cross.
        """
        order = (0, start, end) if end < start else (1, -start, -end)
        bisect.insort(self.turns[column], (order, name, number))

    def _set_columns(self) -> None:
        labels = {self.ranks[line.source] for line in self._with_labels()}
        self.left, x = [], self._gap(-1, labels) if self.turns.get(-1) else 0.0
        self.gaps = {-1: 0.0}
        for column, wide in enumerate(self.wide):
            self.left.append(x)
            x += wide
            self.gaps[column] = x
            x += self._gap(column, labels)
        self.right = self.left[-1] + self.wide[-1]
        if self.turns.get(len(self.wide) - 1):
            self.right += self._gap(len(self.wide) - 1, labels)

    def _with_labels(self) -> list[Line]:
        """List the lines with a label that lead on."""
        return [self.lines[name] for name in self.chains if self.lines[name].labelled]

    def _lanes(self, column: int) -> float:
        return _BEFORE + len(self.turns.get(column, ())) * _LANE

    def _gap(self, column: int, labels: set[int]) -> float:
        room = _LABEL if column in labels else 2 * _LANE
        return max(_GAP, self._lanes(column) + room)

    def _turn(self, column: int, name: str, number: int) -> float:
        """Say where in the gap behind a column a line changes its row."""
        return round(self.gaps[column] + _BEFORE + self.lanes[column, name, number] * _LANE)

    def grid(self) -> Grid:
        """Give all places and lines."""
        found = Grid(width=self.right, height=self.low)
        for name, box in self.boxes.items():
            column = self.ranks[name]
            x = self.left[column] + (self.wide[column] - box.width) / 2
            found.places[name] = (round(x), self.rows[name] - box.middle)
        for name, chain in self.chains.items():
            found.routes[name] = tuple(self._forward(name, chain))
        found.labels = dict(self._labels())
        for number, line in enumerate(self.back):
            y = self.low + _BACK + number * _BACK_LANE
            found.routes[line.id] = points = tuple(self._backward(line, y))
            if line.labelled:
                wide = min(_LABEL_WIDE, points[2][0] - points[3][0] - _LANE)
                found.labels[line.id] = (points[2][0] - wide, y - _LABEL_HIGH, wide, _LABEL_TALL)
            found.height = y
        return found

    def _labels(self) -> Iterator[tuple[str, Bounds]]:
        """Give labels their room in the gap behind a column, above the line; more on one line,
        one above the other.
        """
        taken: Counter[tuple[int, float]] = Counter()
        for line in self._with_labels():
            column, row = self.ranks[line.source], self.rows[self.chains[line.id][1]]
            taken[column, row] += 1
            x = self.gaps[column] + self._lanes(column)
            wide = self.left[column + 1] - x - _LANE
            yield line.id, (x, row - taken[column, row] * _LABEL_HIGH, wide, _LABEL_TALL)

    def _forward(self, name: str, chain: Sequence[str]) -> list[Point]:
        line, first = self.lines[name], self.ranks[self.lines[name].source]
        y = self._leaves(line)
        points = [(self.gaps[first], y)]
        for number, other in enumerate(chain[1:]):
            if self.rows[other] != y:
                x = self._turn(first + number, name, number)
                points += [(x, y), (x, self.rows[other])]
                y = self.rows[other]
        return [*points, (self.left[self.ranks[line.target]], y)]

    def _backward(self, line: Line, below: float) -> list[Point]:
        here, there = self.ranks[line.source], self.ranks[line.target]
        out, up = self._turn(here, line.id, 0), self._turn(there - 1, line.id, 1)
        y, end = self._leaves(line), self.rows[line.target]
        return [
            *((self.gaps[here], y), (out, y), (out, below)),
            *((up, below), (up, end), (self.left[there], end)),
        ]
