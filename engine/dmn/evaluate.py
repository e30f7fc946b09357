"""Make decisions: requirements first, then the logic (DMN 1.3, 8.2.8 and 10.4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.dmn.check import Part, given_fact, label_of, name_of, outer_names
from engine.dmn.errors import UnknownDecisionError
from engine.dmn.hits import Hits, decide_table
from engine.dmn.model import (
    Box,
    ConditionalBox,
    ContextBox,
    Decision,
    DmnModel,
    FilterBox,
    FunctionBox,
    InputData,
    InvocationBox,
    IterationBox,
    Knowledge,
    ListBox,
    LiteralBox,
    RelationBox,
    Service,
    TableBox,
)
from engine.dmn.notes import MAX_NOTES, NOTES
from engine.dmn.typed import fit, read_typed
from engine.feel import Environment, FeelLimitError, Function, TypeRef
from engine.feel.calls import call_value, fitted
from engine.feel.iteration import elements_of
from engine.feel.scope import NOTHING, PLAIN, Scope
from engine.problems import Problem
from forms.text import Text


@dataclass(frozen=True)
class DecisionResult:
    """What was decided, and on what."""

    #: The value; for several outputs a context, for list policies a list.
    result: object
    #: The values of the decision and all it stands on, by name.
    decisions: Mapping[str, object]
    #: For each decision table that was asked, the numbers (from 1) of the rules that matched.
    matched: Mapping[str, tuple[int, ...]]
    #: When the decision is a table: the outputs by name, of each rule that counts.
    rows: tuple[Mapping[str, object], ...] = ()
    #: Values that were not what they are declared to be, and so became null: warnings.
    problems: tuple[Problem, ...] = ()


@dataclass
class _Run:
    """One making of a decision."""

    model: DmnModel
    given: Mapping[str, Any]
    scope: Scope
    values: dict[str, object] = field(default_factory=dict)
    hits: dict[str, Hits] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    #: The decision that was asked, when values that are given for the others stand for them.
    asked: Decision | None = None
    #: What the service that was asked last made inside.
    inside_service: dict[str, object] = field(default_factory=dict)

    def decision(self, decision: Decision) -> object:
        """Make a decision, once; one without logic is what the caller says it is, or null."""
        if decision.id not in self.values:
            self.values[decision.id] = self.made(decision)
        return self.values[decision.id]

    def made(self, decision: Decision) -> object:
        """Make a decision now."""
        name = next((n for n in _names_of(decision) if n in self.given), "")
        assumed = bool(name) and self.asked is not None and self.asked is not decision
        if decision.box is None or assumed:
            if assumed and decision.box:
                self.note("dmn-decision-given", decision.name, decision.line)
            if not name:
                self.note("dmn-no-logic", decision.name, decision.line)
            value = read_typed(self.given.get(name), decision.kind)
        else:
            found = self.data_for(decision)
            scope = self.scope.over({**self.given, **found}, found)
            value = self.box(decision.box, scope, decision.name)
        return self.fitted("dmn-result-type", decision.name, decision.line, value, decision.kind)

    def fitted(
        self, rule: str, name: str, line: int, value: object, kind: TypeRef | None
    ) -> object:
        """Make a value what it is declared to be; noted when that leaves nothing of it."""
        made = fit(self.scope, value, kind)
        if made is None and value is not None:
            self.note(rule, name, line)
        return made

    def note(self, rule: str, name: str, line: int) -> None:
        """Note that something was not as declared."""
        message, hint = NOTES[rule]
        said = Text(message.zh.format(name=name), message.en.format(name=name))
        found = Problem(self.model.file, line or None, None, rule, "warning", said, hint)
        if found not in self.problems and len(self.problems) < MAX_NOTES:
            self.problems.append(found)

    def data_for(self, decision: Decision) -> dict[str, object]:
        """Return what a decision requires: facts, decisions, functions."""
        data: dict[str, object] = {}
        for ref in decision.inputs:
            if fact := self.model.inputs.get(ref):
                self.place(data, decision.home, fact, self.fact(fact))
        for ref in decision.decisions:
            if needed := self.model.decisions.get(ref):
                self.place(data, decision.home, needed, self.decision(needed))
        self.functions(data, decision.home, decision.knowledge)
        return data

    def fact(self, fact: InputData) -> object:
        """Return what the caller gives for a fact; a declared one that is not given is null."""
        given = given_fact(self.given, fact)
        value = read_typed(given, fact.kind)
        if value is None and given is not None:
            self.note("dmn-input-type", fact.name, 0)
        return self.fitted("dmn-input-type", fact.name, 0, value, fact.kind)

    def place(self, data: dict[str, object], home: str, part: Part, value: object) -> None:
        """Put a value where the logic of a file looks for it: imported ones under the import."""
        if not (label := label_of(self.model, home, part)):
            data[name_of(part)] = value
            return
        inner = data.get(label)
        data[label] = {**(inner if isinstance(inner, dict) else {}), name_of(part): value}

    def functions(self, data: dict[str, object], home: str, references: tuple[str, ...]) -> None:
        """Put knowledge models and services, as functions, where the logic looks for them."""
        for ref in references:
            if ref in self.model.knowledge:
                model = self.model.knowledge[ref]
                self.place(data, home, model, self.knowledge(model))
            elif ref in self.model.services:
                service = self.model.services[ref]
                self.place(data, home, service, self.service(service))

    def knowledge(self, model: Knowledge) -> Function:
        """Return a knowledge model as a function of its parameters and what it requires."""
        body, parameters = model.function.body, model.function.parameters
        kinds = _padded(model.function.types, len(parameters))

        def call(scope: Scope, values: list[object]) -> object:
            given = self.arguments(scope, model, values, kinds)
            if given is None:
                return None
            # It may call itself (DMN 1.3, 11.2): it needs no requirement for that.
            data: dict[str, object] = {model.name: itself}
            self.functions(data, model.home, model.knowledge)
            data |= zip(parameters, given, strict=True)
            made = self.inside(scope, data, lambda inner: self.box(body, inner, model.name))
            for kind in (model.function.type and model.function.type.returns, model.kind):
                made = self.fitted("dmn-result-type", model.name, model.line, made, kind)
            return made

        itself = Function(model.name, parameters, call, types=kinds)
        return itself

    def service(self, service: Service) -> Function:
        """Return a decision service as a function: its inputs replace facts and decisions."""
        places = places_of(self.model, service)
        names = tuple(self.parameter(service, place) for place in places)
        kinds = tuple(
            service.takes.get(name) or place.kind for name, place in zip(names, places, strict=True)
        )

        def call(scope: Scope, found: list[object]) -> object:
            values = self.arguments(scope, service, found, kinds)
            if values is None:
                return None
            given = dict(self.given) | dict(zip(names, values, strict=True))
            given |= zip((place.shown or name_of(place) for place in places), values, strict=True)
            made = {
                place.id: value
                for place, value in zip(places, values, strict=True)
                if isinstance(place, Decision)
            }
            run = _Run(self.model, given, scope, made, self.hits, self.problems)
            self.inside_service = run.values
            return self.inside(scope, given, lambda _inner: run.outputs(service))

        return Function(service.name, names, call, types=kinds)

    def arguments(
        self,
        scope: Scope,
        called: Knowledge | Service,
        values: list[object],
        kinds: tuple[TypeRef | None, ...],
    ) -> Sequence[object] | None:
        """Make arguments what the parameters are declared to be; None, noted, when one is not."""
        given = fitted(scope, values, kinds)
        if given is None:
            self.note("dmn-argument-type", called.name, called.line)
        return given

    def parameter(self, service: Service, place: InputData | Decision) -> str:
        """Return the name of a parameter: a fact or decision as the service's file calls it."""
        label = label_of(self.model, service.home, place)
        return f"{label}.{name_of(place)}" if label else name_of(place)

    def outputs(self, service: Service) -> object:
        """Make the decisions a service gives: one value, or a context of several."""
        known = self.model.decisions
        found = [known[ref] for ref in service.outputs if ref in known]
        value: object = {decision.variable: self.decision(decision) for decision in found}
        if len(found) == 1:
            value = self.decision(found[0])
        return self.fitted("dmn-result-type", service.name, service.line, value, service.kind)

    def result(self, value: object, rows: tuple[Mapping[str, object], ...]) -> DecisionResult:
        """Say what was decided, and on what."""
        return DecisionResult(
            value,
            {_names_of(self.model.decisions[made])[0]: one for made, one in self.values.items()},
            {name: asked.rules for name, asked in self.hits.items()},
            rows,
            tuple(self.problems),
        )

    def inside(
        self, scope: Scope, data: Mapping[str, object], act: Callable[[Scope], object]
    ) -> object:
        """Act one call deeper, at the caller's expense."""
        scope.enter()
        try:
            return act(scope.over(data, data))
        finally:
            scope.leave()

    # --- boxes -------------------------------------------------------------------------------

    def box(self, box: Box, scope: Scope, name: str) -> object:
        """Evaluate a boxed expression; null when the value is not of the type it declares."""
        value = self.plain_box(box, scope, name)
        return self.fitted("dmn-result-type", name, box.line, value, box.type)

    def plain_box(self, box: Box, scope: Scope, name: str) -> object:
        """Evaluate a boxed expression as it stands."""
        if isinstance(box, LiteralBox):
            return box.expression.run(scope)
        if isinstance(box, TableBox):
            hits = decide_table(box, scope, self.note)
            self.hits[name] = hits
            return hits.result
        act = self.acts()[type(box)]
        return act(box, scope, name)

    def acts(self) -> Mapping[type[Box], Callable[[Any, Scope, str], object]]:
        """Return how each kind of compound box is evaluated."""
        return {
            ContextBox: self.context,
            InvocationBox: self.invocation,
            FunctionBox: self.function,
            ListBox: self.listed,
            RelationBox: self.relation,
            ConditionalBox: self.conditional,
            FilterBox: self.filtered,
            IterationBox: self.iteration,
        }

    def context(self, box: ContextBox, scope: Scope, name: str) -> object:
        """Evaluate the entries in order, each seeing the ones before."""
        made: dict[str, object] = {}
        for entry, inner in box.entries:
            made[entry] = self.box(inner, scope.adding(made), f"{name}.{entry}")
        if box.result is None:
            return made
        return self.box(box.result, scope.adding(made), name)

    def invocation(self, box: InvocationBox, scope: Scope, name: str) -> object:
        """Call a function with arguments by name; null when it does not fit."""
        function = self.box(box.function, scope, name)
        given = {entry: self.box(inner, scope, f"{name}.{entry}") for entry, inner in box.bindings}
        return call_value(scope, function, list(given.values()), tuple(given))

    def function(self, box: FunctionBox, scope: Scope, name: str) -> Function:
        """Return a function that sees what is in sight here."""
        kinds = _padded(box.types, len(box.parameters))

        def call(caller: Scope, values: list[object]) -> object:
            given = fitted(caller, values, kinds)
            if given is None:
                self.note("dmn-argument-type", name, box.line)
                return None
            inside = scope.adding(dict(zip(box.parameters, given, strict=True)))
            inside.root = caller.root  # whoever calls pays
            caller.enter()
            try:
                return self.box(box.body, inside, name)
            finally:
                caller.leave()

        return Function(name, box.parameters, call, types=kinds)

    def listed(self, box: ListBox, scope: Scope, name: str) -> object:
        """Evaluate a list."""
        return [self.box(item, scope, name) for item in box.items]

    def relation(self, box: RelationBox, scope: Scope, name: str) -> object:
        """Evaluate a relation."""
        return [
            {
                column: self.fitted(
                    "dmn-result-type", column, cell.line, self.box(cell, scope, name), kind
                )
                for column, cell, kind in zip(box.columns, row, box.types, strict=True)
            }
            for row in box.rows
        ]

    def conditional(self, box: ConditionalBox, scope: Scope, name: str) -> object:
        """Evaluate one of two; null when the condition is neither true, false nor null."""
        asked = self.box(box.condition, scope, name)
        if not _is_truth(asked):
            return None
        return self.box(box.then if asked is True else box.otherwise, scope, name)

    def filtered(self, box: FilterBox, scope: Scope, name: str) -> object:
        """Keep the elements for which the match is true; a number picks one, as in FEEL."""
        found = self.box(box.source, scope, name)
        items = found if isinstance(found, list) else [] if found is None else [found]
        kept: list[object] = []
        for place, item in enumerate(items, 1):
            inside = scope.adding({"item": item, **(item if isinstance(item, dict) else {})})
            inside.strict = False  # an element may lack the entry
            matches = self.box(box.match, inside, name)
            if type(matches) is int:
                return _picked(items, matches)
            if not _is_truth(matches):
                return None
            if matches is True:
                kept.append(items[place - 1])
        return kept

    def iteration(self, box: IterationBox, scope: Scope, name: str) -> object:
        """Go through a list: the value of each turn, or whether some or every one is true."""
        items = elements_of(self.box(box.source, scope, name))
        if items is None:
            return None
        partial = any(used == "partial" for used, _ in outer_names(box.body))
        results: list[object] = []
        for item in items:
            more = {"partial": scope.items(list(results))} if partial else {}
            results.append(self.box(box.body, scope.adding({box.variable: item, **more}), name))
            scope.room(len(results))
            if box.kind != "for" and not _is_truth(results[-1]):
                return None
            if box.kind != "for" and results[-1] is (box.kind == "some"):
                return results[-1]
        if box.kind == "for":
            return results
        return (box.kind == "every") if all(type(one) is bool for one in results) else None


def _is_truth(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _picked(items: list[object], place: int) -> object:
    index = place - 1 if place > 0 else len(items) + place
    return items[index] if place and 0 <= index < len(items) else None


def _padded(kinds: tuple[TypeRef | None, ...], count: int) -> tuple[TypeRef | None, ...]:
    return kinds or (None,) * count


def _names_of(decision: Decision) -> tuple[str, ...]:
    # How the result lists it, then how a caller may give its value.
    own = (decision.name, decision.variable)
    return (decision.shown, *own) if decision.shown else own


def places_of(model: DmnModel, service: Service) -> list[InputData | Decision]:
    """Return the facts and decisions that are the parameters of a service, in order."""
    found = (model.inputs.get(ref) or model.decisions.get(ref) for ref in service.parameters)
    return [place for place in found if place]


def decide(
    model: DmnModel,
    decision: str,
    context: Mapping[str, object],
    *,
    strict: bool = True,
    environment: Environment = PLAIN,
    assume: bool = False,
) -> DecisionResult:
    """Make a decision, by id or name, over the caller's facts.

    With ``assume`` a value that is given for a decision it stands on is taken, and noted; else
    every decision is made, whatever the data of a case is called.

    Raises UnknownDecisionError, HitPolicyError when a table contradicts itself, and FeelError
    (strictly also for a name that is neither declared nor given).
    """
    found = model.decisions.get(decision)
    if found is None:
        raise UnknownDecisionError(decision)
    scope = Scope(context, environment, NOTHING, strict=strict)
    run = _Run(model, context, scope, asked=found if assume else None)
    result = _within_depth(lambda: run.decision(found))
    hits = run.hits.get(found.name)
    rows = hits.rows if hits and isinstance(found.box, TableBox) else ()
    return run.result(result, rows)


def decide_service(
    model: DmnModel,
    service: str,
    context: Mapping[str, object],
    *,
    strict: bool = True,
    environment: Environment = PLAIN,
) -> DecisionResult:
    """Ask a decision service or a knowledge model, by id or name, as it is called by others.

    Its parameters are taken from the context by name; one that is not there is null. Raises as
    ``decide`` does.
    """
    run = _Run(model, context, Scope(context, environment, NOTHING, strict=strict))
    function = _function(run, service)
    values = [
        read_typed(context.get(name, context.get(name.rpartition(".")[2])), kind)
        for name, kind in zip(
            function.parameters, _padded(function.types, len(function.parameters)), strict=True
        )
    ]
    found = _within_depth(lambda: function.call(run.scope, values))
    if _named(model.services, service):
        run.values = run.inside_service
    return run.result(found, ())


def parameters_of(model: DmnModel, service: str) -> tuple[str, ...]:
    """Return the names of what a service or knowledge model takes; raises UnknownDecisionError."""
    return _function(
        _Run(model, {}, Scope(NOTHING, PLAIN, NOTHING, strict=False)), service
    ).parameters


def _function(run: _Run, wanted: str) -> Function:
    if asked := _named(run.model.services, wanted):
        return run.service(asked)
    if shared := _named(run.model.knowledge, wanted):
        return run.knowledge(shared)
    raise UnknownDecisionError(wanted)


_Part = TypeVar("_Part", Service, Knowledge)


def _named(parts: Mapping[str, _Part], wanted: str) -> _Part | None:
    if wanted in parts:
        return parts[wanted]
    # The own ones come first; those of imported files go by their qualified names too.
    names = ((part, {part.name, part.shown or part.name}) for part in parts.values())
    return next((part for part, known in names if wanted in known), None)


def _within_depth(act: Callable[[], object]) -> object:
    try:
        return act()
    except RecursionError as error:
        raise FeelLimitError("决策嵌套过深", "decisions nested too deep") from error
