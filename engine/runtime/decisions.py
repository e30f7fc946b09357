"""The decisions of a bundle, read once and asked by reference."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.clock import CIVIL_ZONE
from engine.dmn import DmnModel, decide, map_result, read_dmn
from engine.dmn.model import TableBox
from engine.feel import Environment
from engine.runtime.errors import RuntimeFault
from forms.text import Text


class Decisions:
    """All decisions of a bundle's DMN files; raises RuntimeFault for a file with errors."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        #: The file each is in.
        self.models: dict[str, DmnModel] = {}
        for file, content in files.items():
            model, problems = read_dmn(content, file, others=files)
            if model is None:
                said = next(one.message for one in problems if one.severity == "error")
                raise RuntimeFault(Text(f"{file}：{said.zh}", f"{file}: {said.en}"))
            for ref, decision in model.decisions.items():
                if not decision.shown:
                    self.models.setdefault(ref, model)
        #: The names in their files of those that are called otherwise here.
        self.names: dict[str, str] = {}

    def joined(self, others: Mapping[str, "Decisions"]) -> "Decisions":
        """Give the same decisions with those of other bundles, by what their names begin with."""
        found = Decisions({})
        found.models, found.names = dict(self.models), dict(self.names)
        for before, other in others.items():
            for ref, model in other.models.items():
                found.models[before + ref] = model
                found.names[before + ref] = ref
        return found

    def __contains__(self, ref: object) -> bool:
        return ref in self.models

    def decide(self, ref: str, mapping: str, context: Mapping[str, Any], now: datetime) -> object:
        """Ask a decision that is there; the answer has the shape that ``mapping`` names.

        Raises DmnError, FeelError, and RuntimeFault when a value is not what it is declared to be,
        or a list was asked for and there is none.
        """
        model, ref = self.models[ref], self.names.get(ref, ref)
        lent = Environment(now=now.astimezone(CIVIL_ZONE))
        made = decide(model, ref, context, strict=True, environment=lent)
        if made.problems:
            # What the standard lets count as null is a mistake somebody has to look at.
            said = made.problems[0].message
            raise RuntimeFault(Text(f"决策“{ref}”：{said.zh}。", f"Decision '{ref}': {said.en}."))
        if isinstance(model.decisions[ref].box, TableBox):
            return map_result(made, mapping)
        # Only tables have rows to choose from; any other logic gives its own shape.
        if mapping in ("collectEntries", "resultList") and not isinstance(made.result, list):
            raise RuntimeFault(
                Text(f"决策“{ref}”的结果不是列表。", f"The decision '{ref}' gave no list.")
            )
        return made.result
