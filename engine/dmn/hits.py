"""Find the rules of a decision table that match, and make its result (DMN 1.3, 8.2.8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.dmn.errors import HitPolicyError
from engine.dmn.model import Input, Output, Rule, TableBox
from engine.dmn.typed import read_typed
from engine.feel import evaluate
from engine.feel.operators import equal
from engine.feel.scope import Scope
