"""Decisions: DMN files read, checked and made, with FEEL as their only language.

See ``read_dmn``, ``decide`` and ``map_result``.
"""

from engine.dmn.check import required_names
from engine.dmn.errors import DmnError, HitPolicyError, UnknownDecisionError
from engine.dmn.evaluate import DecisionResult, decide, decide_service, parameters_of
from engine.dmn.model import Decision, DmnModel
from engine.dmn.reader import read_dmn, read_sound_parts
from engine.dmn.shapes import map_result
from engine.problems import Problem

__all__ = [
    "Decision",
    "DecisionResult",
    "DmnError",
    "DmnModel",
    "HitPolicyError",
    "Problem",
    "UnknownDecisionError",
    "decide",
    "decide_service",
    "map_result",
    "parameters_of",
    "read_dmn",
    "read_sound_parts",
    "required_names",
]
