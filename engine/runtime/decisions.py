"""The decision tables of a bundle, read once and asked by reference."""

from collections.abc import Mapping
from typing import Any

from engine import dmn


class Decisions:
    """All decisions of a bundle's DMN files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._models = [dmn.read_dmn(content, file) for file, content in files.items()]

    def decide(self, ref: str, mapping: str, variables: Mapping[str, Any]) -> object:
        """Ask the decision ``ref``; the answer has the shape that ``mapping`` names."""
        raise NotImplementedError
