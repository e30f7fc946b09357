"""Make decisions: requirements first, then the logic (DMN 1.3, 8.2.8 and 10.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from engine.dmn.errors import UnknownDecisionError
from engine.dmn.hits import Hits, decide_table
from engine.dmn.model import (
    Box,
    ContextBox,
    Decision,
    DmnModel,
    FunctionBox,
    InvocationBox,
    Knowledge,
    ListBox,
    LiteralBox,
    RelationBox,
    Service,
    TableBox,
)
from engine.dmn.typed import read_typed
from engine.feel import Environment, FeelLimitError, Function
from engine.feel.scope import NOTHING, PLAIN, Scope


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


@dataclass
class _Run:
    """One making of a decision."""

    model: DmnModel
    given: Mapping[str, Any]
    scope: Scope
    values: dict[str, object] = field(default_factory=dict)
    hits: dict[str, Hits] = field(default_factory=dict)

    def decision(self, decision: Decision) -> object:
        """Make a decision, once."""
        if decision.id not in self.values:
            data = self.data_for(decision)
            self.values[decision.id] = self.box(decision.box, self.scope.over(data), decision.name)
        return self.values[decision.id]

    def data_for(self, decision: Decision) -> dict[str, object]:
        """Return what a decision sees: the caller's facts, and what it requires."""
        data = dict(self.given)
        for ref in decision.inputs:
            if fact := self.model.inputs.get(ref):
                # A declared fact that is not given is null.
                data[fact.name] = read_typed(data.get(fact.name), fact.type)
        for ref in decision.decisions:
            needed = self.model.decisions[ref]
            data[needed.variable] = self.decision(needed)
        return data | self.functions(decision.knowledge)

    def functions(self, references: tuple[str, ...]) -> dict[str, object]:
        """Return knowledge models and services as functions."""
        found: dict[str, object] = {}
        for ref in references:
            if ref in self.model.knowledge:
                model = self.model.knowledge[ref]
                found[model.name] = self.knowledge(model)
            elif ref in self.model.services:
                service = self.model.services[ref]
                found[service.name] = self.service(service)
        return found

    def knowledge(self, model: Knowledge) -> Function:
        """Return a knowledge model as a function of its parameters and what it requires."""
        body, parameters = model.function.body, model.function.parameters

        def call(scope: Scope, values: list[object]) -> object:
            data = self.functions(model.knowledge) | dict(zip(parameters, values, strict=True))
            return self.inside(scope, data, lambda inner: self.box(body, inner, model.name))

        return Function(model.name, parameters, call)

    def service(self, service: Service) -> Function:
        """Return a decision service as a function: its inputs replace facts and decisions."""
        places = [self.model.inputs.get(r) or self.model.decisions[r] for r in service.parameters]
        names = tuple(
            place.variable if isinstance(place, Decision) else place.name for place in places
        )

        def call(scope: Scope, values: list[object]) -> object:
            given = dict(self.given) | dict(zip(names, values, strict=True))
            made = {
                place.id: value
                for place, value in zip(places, values, strict=True)
                if isinstance(place, Decision)
            }
            run = _Run(self.model, given, scope, made, self.hits)
            return self.inside(scope, given, lambda _inner: run.outputs(service))

        return Function(service.name, names, call)

    def outputs(self, service: Service) -> object:
        """Make the decisions a service gives: one value, or a context of several."""
        found = [self.model.decisions[ref] for ref in service.outputs]
        if len(found) == 1:
            return self.decision(found[0])
        return {decision.variable: self.decision(decision) for decision in found}

    def inside(
        self, scope: Scope, data: Mapping[str, object], act: Callable[[Scope], object]
    ) -> object:
        """Act one call deeper, at the caller's expense."""
        scope.enter()
        try:
            return act(scope.over(data))
        finally:
            scope.leave()

    # --- boxes -------------------------------------------------------------------------------

    def box(self, box: Box, scope: Scope, name: str) -> object:
        """Evaluate a boxed expression."""
        if isinstance(box, LiteralBox):
            return box.expression.run(scope)
        if isinstance(box, TableBox):
            hits = decide_table(box, scope)
            self.hits[name] = hits
            return hits.result
        if isinstance(box, ContextBox):
            return self.context(box, scope, name)
        if isinstance(box, InvocationBox):
            return self.invocation(box, scope, name)
        if isinstance(box, FunctionBox):
            return self.function(box, scope, name)
        return self.collection(cast("ListBox | RelationBox", box), scope, name)

    def context(self, box: ContextBox, scope: Scope, name: str) -> object:
        """Evaluate the entries in order, each seeing the ones before."""
        made: dict[str, object] = {}
        for entry, inner in box.entries:
            made[entry] = self.box(inner, scope.over({**scope.data, **made}), f"{name}.{entry}")
        if box.result is None:
            return made
        return self.box(box.result, scope.over({**scope.data, **made}), name)

    def invocation(self, box: InvocationBox, scope: Scope, name: str) -> object:
        """Call a function with arguments by name; null when it does not fit."""
        function = self.box(box.function, scope, name)
        given = {entry: self.box(inner, scope, f"{name}.{entry}") for entry, inner in box.bindings}
        if not isinstance(function, Function) or given.keys() - set(function.parameters):
            return None
        return function.call(scope, [given.get(entry) for entry in function.parameters])

    def function(self, box: FunctionBox, scope: Scope, name: str) -> Function:
        """Return a function that sees what is in sight here."""

        def call(caller: Scope, values: list[object]) -> object:
            data = {**scope.data, **dict(zip(box.parameters, values, strict=True))}
            return self.inside(caller, data, lambda inner: self.box(box.body, inner, name))

        return Function(name, box.parameters, call)

    def collection(self, box: ListBox | RelationBox, scope: Scope, name: str) -> object:
        """Evaluate a list or a relation."""
        if isinstance(box, ListBox):
            return [self.box(item, scope, name) for item in box.items]
        return [
            {
                column: self.box(cell, scope, name)
                for column, cell in zip(box.columns, row, strict=True)
            }
            for row in box.rows
        ]


def map_result(made: DecisionResult, mapping: str) -> object:
    """Give a result the shape a business rule task asks for.

    ``singleEntry``: the value itself; ``singleResult``: the outputs by name; ``collectEntries``:
    the values as a list; ``resultList``: the outputs by name of each rule, as a list. Anything
    else: the result as the decision gave it.
    """
    rows = [dict(row) for row in made.rows]
    if mapping == "resultList":
        return rows
    if mapping == "singleResult":
        return rows[0] if rows else None
    if mapping == "collectEntries":
        return [next(iter(row.values())) for row in rows]
    if mapping == "singleEntry" and isinstance(made.result, list) and rows:
        return next(iter(rows[0].values()))
    return made.result


def decide(
    model: DmnModel,
    decision: str,
    context: Mapping[str, object],
    *,
    strict: bool = True,
    environment: Environment = PLAIN,
) -> DecisionResult:
    """Make a decision, by id or name, over the caller's facts.

    Raises UnknownDecisionError, HitPolicyError when a table contradicts itself, and FeelError
    (strictly also for a name that is neither declared nor given).
    """
    found = model.decisions.get(decision)
    if found is None:
        raise UnknownDecisionError(decision)
    run = _Run(model, context, Scope(context, environment, NOTHING, strict=strict))
    try:
        result = run.decision(found)
    except RecursionError as error:
        raise FeelLimitError("决策嵌套过深", "decisions nested too deep") from error
    names = {made: model.decisions[made].name for made in run.values}
    hits = run.hits.get(found.name)
    return DecisionResult(
        result,
        {names[made]: value for made, value in run.values.items()},
        {name: asked.rules for name, asked in run.hits.items()},
        hits.rows if hits and isinstance(found.box, TableBox) else (),
    )
