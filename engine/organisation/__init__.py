"""The organisation: units as a tree, posts, substitutes, leaving, import and export."""

from engine.organisation import importing, leaving, seeing, sheets, staffing, substituting, units
from engine.organisation.importing import HOWS, Fault, Plan, exported
from engine.organisation.leaving import Handover, Leaving, handover, leave
from engine.organisation.seeing import RULES, Seer, who_may_see
from engine.organisation.staffing import Member
from engine.organisation.units import KINDS, Branch, Unit

__all__ = [
    "HOWS",
    "KINDS",
    "RULES",
    "Branch",
    "Fault",
    "Handover",
    "Leaving",
    "Member",
    "Plan",
    "Seer",
    "Unit",
    "exported",
    "handover",
    "importing",
    "leave",
    "leaving",
    "seeing",
    "sheets",
    "staffing",
    "substituting",
    "units",
    "who_may_see",
]
