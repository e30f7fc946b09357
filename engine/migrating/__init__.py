"""Running cases moved to another version of their item: planned, tried, done, undone."""

from engine.migrating.batches import (
    BATCH,
    FAULTS,
    UNDER_WAY,
    Wish,
    begin,
    counted,
    find,
    steer,
    undo,
    work,
    work_on_one,
)
from engine.migrating.finding import listed, page_of, reasons, under_way
from engine.migrating.impact import Example, Group, Impact, impact
from engine.migrating.moving import StayError
from engine.migrating.plans import Limit, Plan, PlanRefusedError, outline, plan
from engine.migrating.terms import Change, Choice
from engine.models import RedeployedCase, Redeployment

__all__ = [
    "BATCH",
    "FAULTS",
    "UNDER_WAY",
    "Change",
    "Choice",
    "Example",
    "Group",
    "Impact",
    "Limit",
    "Plan",
    "PlanRefusedError",
    "RedeployedCase",
    "Redeployment",
    "StayError",
    "Wish",
    "begin",
    "counted",
    "find",
    "impact",
    "listed",
    "outline",
    "page_of",
    "plan",
    "reasons",
    "steer",
    "under_way",
    "undo",
    "work",
    "work_on_one",
]
