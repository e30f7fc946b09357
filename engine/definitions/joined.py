"""The version a case runs on, with the processes of other bundles that it has called."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import runtime
from engine.bpmn import calling, joining
from engine.bpmn.model import Process
from engine.definitions.deploy import CACHED_BUNDLES, Bundle, bundle, remember
from engine.models import Case

#: By the version itself and the processes joined to it, all with the hashes of their bundles.
_views: OrderedDict[tuple[object, ...], Bundle] = OrderedDict()


def bundle_of(case: Case) -> Bundle:
    """Return the version a case runs on, with what it has called of other bundles."""
    return viewed(case.version_id, case.joined, case.came_from)


def viewed(version_id: int, joined: Sequence[Any], came_from: Sequence[int]) -> Bundle:
    """Return a version as a case sees it: with what it has called, and where it came from."""
    of = bundle(version_id)
    if joined:
        of = _view(of, joined)
    return _remembering(of, tuple(came_from)) if came_from else of


def _remembering(of: Bundle, came_from: tuple[int, ...]) -> Bundle:
    """Let a version know the steps and forms of those before it, where it has none of the name."""
    key = (of.version_id, of.hash, *((part.hash, part.process) for part in of.parts), came_from)
    if key in _views:
        _views.move_to_end(key)
        return _views[key]
    former = tuple(bundle(version_id) for version_id in came_from)
    forms = {name: form for one in former[::-1] for name, form in one.forms.items()}
    return _kept(key, replace(of, former=former, forms={**forms, **of.forms}))


def join(case: Case, parts: Iterable[runtime.Part]) -> Bundle:
    """Note what a case has called of other bundles: it stays as it is now. Return its new view."""
    new = [_noted(part) for part in parts]
    case.joined = [*case.joined, *(one for one in new if one not in case.joined)]
    return bundle_of(case)


def as_now(of: Bundle) -> Bundle:
    """Return a version with what its calls of other bundles would find at this moment.

    For guides and other overviews; what cannot be found is left out.
    """
    parts: list[runtime.Part] = []
    for process in of.running:
        for node in calling.calls(process):
            name = calling.wanted(node)
            if name and calling.outer(node):
                try:
                    part = of.abroad(calling.asked(node, name))
                except runtime.RuntimeFault:
                    continue
                parts += [part] if part is not None and part not in parts else []
    return _view(of, [_noted(part) for part in parts]) if parts else of


def _noted(part: runtime.Part) -> dict[str, Any]:
    return {
        "version": part.version,
        "item": part.item,
        "number": part.number,
        "hash": part.hash,
        "process": part.process,
    }


def _view(of: Bundle, joined: Iterable[Mapping[str, Any]]) -> Bundle:
    notes = tuple(joined)
    key = (of.version_id, of.hash, *((one["hash"], one["process"]) for one in notes))
    if key in _views:
        _views.move_to_end(key)
        return _views[key]
    return _kept(key, _joined(of, notes))


def _kept(key: tuple[object, ...], found: Bundle) -> Bundle:
    _views[key] = found
    while len(_views) > CACHED_BUNDLES:
        _views.popitem(last=False)
    return found


def _joined(of: Bundle, notes: Iterable[Mapping[str, Any]]) -> Bundle:
    parts: list[runtime.Part] = []
    running: dict[str, Process] = {}
    forms, names = dict(of.forms), of.names
    for note in notes:
        remember(note["version"], note["hash"])
        other = bundle(note["version"])
        part = runtime.Part(**note, compiled=other.compiled)
        parts.append(part)
        running |= {
            part.prefix + process.id: joining.renamed(process, part.prefix)
            for process in other.running[1:]
        }
        forms |= {part.prefix + name: form for name, form in other.forms.items()}
        names |= other.names
    own = tuple(_pointing(process, parts) for process in of.running)
    everything = (*own, *(_pointing(one, parts) for one in running.values()))
    return replace(of, running=everything, forms=forms, names=names, parts=tuple(parts))


def _pointing(process: Process, parts: Iterable[runtime.Part]) -> Process:
    """Let calls name the processes as they are called here; of several versions the latest."""
    latest = {part.process: part.name for part in parts}
    before = joining.prefix_of(process.id)
    nodes = dict(process.nodes)
    for node in calling.calls(process):
        name = calling.wanted(node)
        target = latest.get(name or "") if calling.outer(node) else before + (name or "")
        if name and target:
            given = {**node.attributes, "calledElement": target}
            nodes[node.id] = replace(node, attributes=given)
    return replace(process, nodes=nodes)
