"""BPMN diagrams: read them, check them, order their steps, draw them. Pure; knows no engine."""

from engine.bpmn.arranging import pictured
from engine.bpmn.budget import Budget, amount_text, budgets
from engine.bpmn.calling import running
from engine.bpmn.check import Beside, check
from engine.bpmn.check_abroad import Abroad
from engine.bpmn.check_beginnings import openings
from engine.bpmn.check_plain import check_plain
from engine.bpmn.check_plain_names import check_names
from engine.bpmn.compile import compile_process
from engine.bpmn.draw import draw
from engine.bpmn.layout import overlaps
from engine.bpmn.ordering import ordered_steps
from engine.bpmn.picturing import with_picture
from engine.bpmn.reader import read

__all__ = [
    "Abroad",
    "Beside",
    "Budget",
    "amount_text",
    "budgets",
    "check",
    "check_names",
    "check_plain",
    "compile_process",
    "draw",
    "openings",
    "ordered_steps",
    "overlaps",
    "pictured",
    "read",
    "running",
    "with_picture",
]
