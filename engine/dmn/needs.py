"""Which parts of a model stand on one another in a circle, and which names all of them need.

Everything is found in one walk over the model, however long its chains of decisions are.
"""

from collections.abc import Callable, Iterator, Mapping

from engine.dmn.model import Decision, DmnModel, Knowledge

Logic = Decision | Knowledge
NO_NAMES: frozenset[str] = frozenset()


def required(part: Logic) -> tuple[str, ...]:
    """Return the ids of the decisions and knowledge models a part stands on."""
    return part.knowledge if isinstance(part, Knowledge) else (*part.decisions, *part.knowledge)


def logic_of(model: DmnModel) -> dict[str, Logic]:
    """Return the parts that have logic, by id."""
    found: dict[str, Logic] = dict(model.knowledge)
    return found | {decision.id: decision for decision in model.decisions.values()}


def _edges(model: DmnModel) -> dict[str, list[str]]:
    """Return for each part what it stands on, as far as that has logic."""
    edges = {}
    for name, part in logic_of(model).items():
        nexts = (model.decisions.get(ref) or model.knowledge.get(ref) for ref in required(part))
        edges[name] = list(dict.fromkeys(one.id for one in nexts if one))
    return edges


def _knots(edges: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Yield what hangs together in circles, each part alone otherwise, the needed ones first.

    This is Tarjan's algorithm without recursion.
    """
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    for start in edges:
        work = [] if start in order else [(start, iter(edges[start]))]
        while work:
            name, rest = work[-1]
            if name not in order:
                order[name] = lowest[name] = len(order)
                open_.append(name)
                is_open.add(name)
            following = next((one for one in rest if one not in order or one in is_open), None)
            if following is not None and following in order:
                lowest[name] = min(lowest[name], order[following])
            elif following is not None:
                work.append((following, iter(edges[following])))
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[name])
                if lowest[name] == order[name]:
                    yield _closed(open_, is_open, name)


def _closed(open_: list[str], is_open: set[str], first: str) -> list[str]:
    knot: list[str] = []
    while not knot or knot[-1] != first:
        knot.append(open_.pop())
    is_open.difference_update(knot)
    return knot


def in_circles(model: DmnModel) -> frozenset[str]:
    """Return the ids of the parts that stand on themselves."""
    edges = _edges(model)
    return frozenset(
        name for knot in _knots(edges) for name in knot if len(knot) > 1 or name in edges[name]
    )


def needed_names(
    model: DmnModel, own: Callable[[Logic], frozenset[str]], most: int | None = None
) -> dict[str, frozenset[str]] | None:
    """Return by id what each part needs from the caller with all it stands on.

    ``own`` tells what a part needs for itself; it is asked once a part. None when there are more
    than ``most`` names in all.
    """
    edges, parts = _edges(model), logic_of(model)
    found: dict[str, frozenset[str]] = {}
    total = 0
    for knot in _knots(edges):
        sets = [found.get(ref, NO_NAMES) for name in knot for ref in edges[name]]
        sets += [own(parts[name]) for name in knot]
        widest = max(sets, key=len)
        if any(one is not widest and not one <= widest for one in sets):
            widest = widest.union(*sets)
            total += len(widest)
        if most is not None and total > most:
            return None
        found |= dict.fromkeys(knot, widest)
    return found
